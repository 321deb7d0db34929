//! Power cuts: the worst state of the folders at each point, and of a server that lost what it had not flushed.
//!
//! A debug build records each change of a folder (`LETHE_FAULT_LOG`). What was not synced may be lost: a name whose folder
//! was not synced is new or old, contents that were not synced are empty or truncated. The server recovers as after a
//! crash, and so loses commits that nothing waited for. Lethe then runs again on what is left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::end::End;
use super::passed;
use super::scenes::{DROP, ROWS, RUN, requests};
use crate::support::{Db, Ended, OwnServer, TABLES, ended};

/// Inode by name.
type Names = BTreeMap<String, u64>;

/// The folders before a run, and the changes that the run made.
struct Disk {
    /// By folder: the current names, and the durable ones.
    folders: BTreeMap<PathBuf, (Names, Names)>,
    /// Files whose contents are not durable.
    unsynced: BTreeSet<u64>,
}

/// Which changes are lost, of those that may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// All changes of names; contents are empty.
    Names,
    /// No change of names, but contents are truncated to half.
    Contents,
    /// New names, but no removal.
    NewNames,
    /// Removals, but no new name.
    Removals,
}

const LOSSES: [Loss; 4] = [Loss::Names, Loss::Contents, Loss::NewNames, Loss::Removals];

impl Disk {
    fn before(root: &Path) -> Disk {
        let mut disk = Disk {
            folders: BTreeMap::new(),
            unsynced: BTreeSet::new(),
        };
        for folder in ["drop", "data/spool", "media"] {
            disk.look(&root.join(folder));
        }
        disk
    }

    fn look(&mut self, folder: &Path) {
        let mut names = Names::new();
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            names.insert(
                entry.file_name().into_string().unwrap(),
                entry.metadata().unwrap().ino(),
            );
            if entry.path().is_dir() {
                self.look(&entry.path());
            }
        }
        self.folders
            .insert(folder.to_owned(), (names.clone(), names));
    }

    /// Applies what a run recorded.
    fn follow(&mut self, log: &str) {
        for line in log.lines() {
            let mut fields = line.split('\t');
            let (Some(what), Some(inode), Some(place)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let names: Vec<&str> = fields.filter(|name| !name.is_empty()).collect();
            let Ok(inode) = inode.parse::<u64>() else {
                continue;
            };
            if what == "fsync" {
                self.unsynced.remove(&inode);
                continue;
            }
            // Folders above these are synced too.
            let Some(folder) = self.folders.get_mut(Path::new(place)) else {
                continue;
            };
            match what {
                "create" | "mkdir" | "link" => {
                    folder.0.insert(names[names.len() - 1].to_owned(), inode);
                    if what == "create" {
                        self.unsynced.insert(inode);
                    }
                    if what == "mkdir" {
                        let inner = Path::new(place).join(names[0]);
                        self.folders.entry(inner).or_default();
                    }
                }
                "unlink" => {
                    folder.0.remove(names[0]);
                }
                "sync" => folder.1 = folder.0.clone(),
                other => panic!("{other} is unknown"),
            }
        }
    }

    /// What is left of each folder.
    fn left(&self, loss: Loss) -> BTreeMap<PathBuf, Names> {
        let of = |(now, durable): &(Names, Names)| -> Names {
            let both = || now.iter().filter(|(name, _)| durable.contains_key(*name));
            match loss {
                Loss::Names => durable.clone(),
                Loss::Contents => now.clone(),
                Loss::NewNames => both().map(|(name, inode)| (name.clone(), *inode)).collect(),
                Loss::Removals => durable
                    .iter()
                    .chain(now)
                    .map(|(n, i)| (n.clone(), *i))
                    .collect(),
            }
        };
        self.folders
            .iter()
            .map(|(folder, names)| (folder.clone(), of(names)))
            .collect()
    }

    /// Whether this image differs from those before it.
    fn is_new(&self, loss: Loss) -> bool {
        let earlier = LOSSES.iter().take_while(|other| **other != loss);
        let cuts = |loss| match loss {
            Loss::Names | Loss::NewNames => 0,
            Loss::Contents | Loss::Removals => 1,
        };
        let holds_unsynced = |left: &BTreeMap<PathBuf, Names>| {
            left.values()
                .flat_map(|names| names.values())
                .any(|inode| self.unsynced.contains(inode))
        };
        let left = self.left(loss);
        let same = |other: &&Loss| {
            self.left(**other) == left && (cuts(**other) == cuts(loss) || !holds_unsynced(&left))
        };
        !earlier.filter(same).any(|_| true)
    }

    /// Replaces the folders by what is left; `kept` has the files whose names were removed.
    fn cut(&self, loss: Loss, kept: &Path) {
        let mut contents: BTreeMap<u64, (Vec<u8>, u32)> = BTreeMap::new();
        let paths = self.folders.keys().cloned().chain([kept.to_owned()]);
        for path in paths
            .filter(|path| path.is_dir())
            .flat_map(|path| fs::read_dir(path).unwrap())
        {
            let path = path.unwrap().path();
            if path.is_file() {
                let metadata = path.metadata().unwrap();
                contents.insert(
                    metadata.ino(),
                    (fs::read(&path).unwrap(), metadata.permissions().mode()),
                );
                fs::remove_file(&path).unwrap();
            }
        }
        let left = self.left(loss);
        for (folder, names) in &left {
            let is_there = folder
                .parent()
                .and_then(|above| left.get(above))
                .is_none_or(|above| {
                    above.contains_key(folder.file_name().unwrap().to_str().unwrap())
                });
            if !is_there {
                fs::remove_dir(folder).unwrap();
                continue;
            }
            for (name, inode) in names {
                let path = folder.join(name);
                if self.folders.contains_key(&path) {
                    continue;
                }
                let (content, mode) = contents
                    .get(inode)
                    .unwrap_or_else(|| panic!("{name} was noted"));
                let length = match (self.unsynced.contains(inode), loss) {
                    (false, _) => content.len(),
                    (true, Loss::Names | Loss::NewNames) => 0,
                    (true, _) => content.len() / 2,
                };
                fs::write(&path, &content[..length]).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
            }
        }
    }
}

/// A server that flushes only what a session waits for, and a drop that is set up again for each cut.
struct Powered {
    server: OwnServer,
}

impl Powered {
    fn new() -> Powered {
        let server = OwnServer::new(&[
            ("wal_writer_delay", "10s"),
            ("wal_writer_flush_after", "1GB"),
        ]);
        let folder = server.path("").display().to_string();
        let drop = DROP
            .replace("{dir}", folder.trim_end_matches('/'))
            .replace("100", "110");
        server.configure(&format!(
            "devices_per_transaction = 3\nmax_contacts_per_log = 4\n[media]\nfolder = {:?}\n{drop}",
            server.path("media")
        ));
        Powered { server }
    }

    /// The rows and files before the run.
    fn set_up(&self) {
        let tables: Vec<String> = TABLES[3..]
            .iter()
            .map(|table| format!("contact_centre.{table}"))
            .collect();
        let db = self.db();
        db.run(&format!(
            "SET synchronous_commit = on;
             TRUNCATE {}, lethe.submission, lethe.request, lethe.contact, lethe.table_count, lethe.duplicate, lethe.result, lethe.media, lethe.lock RESTART IDENTITY CASCADE;
             {ROWS}",
            tables.join(", ")
        ));
        db.run(
            "UPDATE contact_centre.contact SET created_at = '2018-01-02'; UPDATE contact_centre.contact_attempt SET attempted_at = '2018-01-02';
             UPDATE contact_centre.recording SET started_at = '2018-01-02'",
        );
        for folder in ["drop", "media", "data/spool", "faults.kept"] {
            let _ = fs::remove_dir_all(self.server.path(folder));
        }
        let _ = fs::remove_file(self.server.path("faults.log"));
        for folder in ["drop/GDPR_Submit", "media", "data/spool"] {
            fs::create_dir_all(self.server.path(folder)).unwrap();
        }
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(self.server.path("data/spool"), private).unwrap();
        for object in ["a.wav", "b.wav"] {
            fs::write(self.server.path("media").join(object), object).unwrap();
        }
        for action in ["FORGET", "EXPORT"] {
            let name = format!("drop/GDPR_Submit/{}-20180315_a.json", action.to_lowercase());
            fs::write(self.server.path(&name), requests(action)).unwrap();
        }
        // The spool's folder, which the first run creates.
        self.run("claim.before#1=kill");
    }

    fn db(&self) -> Db {
        self.server.db()
    }

    /// A run with a fault; returns its record.
    fn run(&self, fault: &str) -> (Ended, String) {
        let log = self.server.path("faults.log");
        let _ = fs::remove_file(&log);
        let mut command = self.server.lethe(RUN);
        command
            .env("LETHE_NOW", "2018-03-15T12:00:00Z")
            .env("LETHE_FAULT", fault);
        let output = command.env("LETHE_FAULT_LOG", &log).output().unwrap();
        (ended(output), fs::read_to_string(log).unwrap_or_default())
    }

    fn end(&self) -> End {
        End::in_folder(&self.db(), &self.server.path(""))
    }

    /// Crashes the server as a power cut would, and waits until it has recovered.
    fn crash(&self) {
        const SINCE: &str =
            "SELECT max(backend_start) FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
        let session = self.db();
        let before = session.one(SINCE);
        let victim = session.one("SELECT pg_backend_pid()").parse().unwrap();
        kill(Pid::from_raw(victim), Signal::SIGKILL).unwrap();
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            std::thread::sleep(Duration::from_millis(10));
            // A session may still be accepted before the postmaster notices, and then ends with the others.
            let opened = Db::try_open(&self.server.address()).ok();
            let since = opened.and_then(|db| db.try_one(SINCE));
            if since.is_some_and(|since| since != before) {
                return;
            }
            assert!(Instant::now() < give_up, "the server does not come back");
        }
    }
}

#[test]
fn a_power_cut_at_any_point_loses_nothing() {
    let powered = Powered::new();
    powered.set_up();
    let (undisturbed, log) = powered.run("");
    assert_eq!(undisturbed.code, 3, "{}", undisturbed.stderr);
    let calm = powered.end();
    let passes = passed(&log).len();
    let all = std::env::var("LETHE_FAULTS").is_ok_and(|all| all == "all");
    let mut wrong = Vec::new();
    let mut cuts = 0;
    for pass in 1..=passes {
        for (number, loss) in LOSSES.into_iter().enumerate() {
            // Without the variable only some of them, each loss at different points.
            if !all && (pass + 11 * number) % 47 != 0 {
                continue;
            }
            powered.set_up();
            let mut disk = Disk::before(&powered.server.path("").canonicalize().unwrap());
            let (killed, log) = powered.run(&format!("*#{pass}=kill"));
            assert_eq!(killed.code, -1, "{}", killed.stderr);
            disk.follow(&log);
            if all && !disk.is_new(loss) {
                continue;
            }
            powered.crash();
            disk.cut(loss, &powered.server.path("faults.kept"));
            let (again, _) = powered.run("");
            cuts += 1;
            let point = passed(&log).pop().unwrap_or_default();
            let difference = match again.code {
                // 0 if the server had happened to flush the completion, which nothing waited for.
                0 | 3 => powered.end().same(&calm).err(),
                code => Some(format!("exit {code}\n{}", again.stderr)),
            };
            if let Some(difference) = difference {
                wrong.push(format!(
                    "=== pass {pass} ({point}), lost: {loss:?}\n{difference}"
                ));
            }
        }
    }
    println!("{cuts} power cuts at {passes} points");
    assert!(cuts > 0);
    assert!(
        wrong.is_empty(),
        "{} of {cuts}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
