//! A drop with a hostile owner: replaced files, obstructions, floods and bombs. Nothing outside the drop is read or written, no
//! other drop waits, and memory and time stay bounded.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Ended, Harness};

const FORGET: &str = "forget-20180315_1.json";
const LOG: &str = "forget-20180315_1-execution-log.json";
const EXPORT: &str = "export-20180315_1.json";
const SECRET: &str = r#"{"requests": [{"note": "secret of another", "accountid": "110", "type": "FORGET", "contacts": []}]}"#;

fn forget_of(contacts: &str) -> String {
    format!(
        r#"{{"requests": [{{"accountid": "110", "type": "FORGET", "contacts": [{contacts}]}}]}}"#
    )
}

fn phone(n: usize) -> String {
    format!(r#"{{"phone": "+1617555{n:04}"}}"#)
}

fn add_attempt(harness: &Harness) {
    harness.db.run(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')",
    );
}

/// Two configured drops: the hostile one, and one that has work to do.
fn two_drops() -> Harness {
    let mut harness = Harness::new();
    harness.config = "[[drop]]\nname = \"hostile\"\npath = \"{dir}/drop\"\naccounts = [\"900\"]\n\
                    [[drop]]\nname = \"north\"\npath = \"{dir}/north\"\naccounts = [\"110\"]"
        .into();
    for folder in ["north/GDPR_Submit", "drop/GDPR_Result"] {
        fs::create_dir_all(harness.path(folder)).unwrap();
    }
    fs::write(
        harness.path("north/GDPR_Submit").join(FORGET),
        forget_of(&phone(100)),
    )
    .unwrap();
    harness
}

fn northern_log(harness: &Harness) -> PathBuf {
    harness.path("north/GDPR_Result").join(LOG)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A command without root's privilege to ignore modes; it still owns its files.
fn without_override(command: Command) -> Command {
    if !nix::unistd::geteuid().is_root() {
        return command;
    }
    let mut bare = Command::new("setpriv");
    bare.args([
        "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-all",
    ])
    .arg(command.get_program())
    .args(command.get_args())
    .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bare.env(name, value),
            None => bare.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        bare.current_dir(dir);
    }
    bare
}

/// The server's socket in a place that such a command can reach: its own folder belongs to the server's user.
fn reachable(harness: &mut Harness) {
    let folder = harness.path("socket");
    let address = harness.database.clone();
    let host = address.split("host=").nth(1);
    let host = host.and_then(|rest| rest.split(' ').next());
    let host = host.unwrap_or_else(|| panic!("{address}")).to_owned();
    let socket = ".s.PGSQL.5432";
    fs::create_dir(&folder).unwrap();
    let listener = UnixListener::bind(folder.join(socket)).unwrap();
    harness.database = address.replace(&host, folder.to_str().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = UnixStream::connect(Path::new(&host).join(socket)).unwrap();
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server, client),
            ] {
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
}

fn ended(mut command: Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a command; also returns its peak resident memory in MiB.
fn with_peak(mut command: Command) -> (Ended, u64) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let done = AtomicBool::new(false);
    let look = || {
        let mut peak = 0;
        while !done.load(Ordering::Relaxed) {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let kb = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kb = kb.and_then(|kb| kb.trim().trim_end_matches(" kB").parse::<u64>().ok());
            peak = peak.max(kb.unwrap_or(0) / 1024);
            std::thread::sleep(Duration::from_millis(5));
        }
        peak
    };
    std::thread::scope(|scope| {
        let looking = scope.spawn(look);
        let read = |pipe: &mut dyn std::io::Read| {
            let mut text = String::new();
            pipe.read_to_string(&mut text).unwrap();
            text
        };
        let mut stderr = child.stderr.take().unwrap();
        let stderr = scope.spawn(move || read(&mut stderr));
        let stdout = read(&mut child.stdout.take().unwrap());
        let code = child.wait().unwrap().code().unwrap_or(-1);
        done.store(true, Ordering::Relaxed);
        let peak = looking.join().unwrap();
        let stderr = stderr.join().unwrap();
        (
            Ended {
                code,
                stdout,
                stderr,
            },
            peak,
        )
    })
}

fn run_command(harness: &Harness) -> Command {
    let mut command = harness.command(&["run", "--settle", "0s", "--format", "json"]);
    command.args(harness.drop_options());
    command
}

/// Processes one file in a harness of its own; also returns the peak memory.
fn carried_out(name: &str, text: &str, config: &str) -> (Harness, Ended, u64) {
    let mut harness = Harness::new();
    harness.config = config.into();
    harness.submit(name, text);
    let (ended, peak) = with_peak(run_command(&harness));
    (harness, ended, peak)
}

#[test]
fn a_submitted_file_replaced_at_full_speed_never_leads_outside() {
    let harness = Harness::new();
    let secret = harness.path("secret");
    fs::write(&secret, SECRET).unwrap();
    let (path, aside) = (harness.submit_path(FORGET), harness.path("aside"));
    let done = AtomicBool::new(false);
    let swap = || {
        let mut round = 0;
        while !done.load(Ordering::Relaxed) {
            round += 1;
            let _ = fs::remove_file(&aside).or_else(|_| fs::remove_dir(&aside));
            match round % 5 {
                0 => symlink(&secret, &aside).unwrap(),
                1 => fs::hard_link(&secret, &aside).unwrap(),
                2 => nix::unistd::mkfifo(&aside, nix::sys::stat::Mode::S_IRWXU).unwrap(),
                3 => fs::create_dir(&aside).unwrap(),
                _ => fs::write(&aside, "{").unwrap(),
            }
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
            let _ = fs::rename(&aside, &path);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(swap);
        for settle in ["0s", "1ms", "0s", "20ms", "0s", "0s", "3ms", "0s"] {
            let words = ["run", "--settle", settle, "--format", "json"];
            let ended = harness.in_drop(&words);
            assert!([0, 3].contains(&ended.code), "{}", ended.stderr);
        }
        done.store(true, Ordering::Relaxed);
    });
    for name in harness.results() {
        assert!(!harness.result(&name).contains("secret"), "{name}");
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), SECRET);
}

#[test]
fn a_file_replaced_while_it_settles_is_refused_or_left() {
    let harness = Harness::new();
    let secret = harness.path("secret");
    fs::write(&secret, SECRET).unwrap();
    let names: Vec<String> = (1..=5)
        .map(|n| format!("forget-20180315_{n}.json"))
        .collect();
    for name in &names {
        harness.submit(name, forget_of(""));
    }
    let mut run = harness
        .command(&["run", "--settle", "1500ms", "--format", "json"])
        .args(harness.drop_options())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Its first look opens nothing, and is over when the spool exists, which is created right before.
    let spool = harness.path("data/spool");
    let give_up = Instant::now() + Duration::from_secs(10);
    while !spool.exists() {
        assert!(Instant::now() < give_up, "the run has not begun");
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(500));
    for name in &names {
        fs::remove_file(harness.submit_path(name)).unwrap();
    }
    symlink(&secret, harness.submit_path(&names[0])).unwrap();
    nix::unistd::mkfifo(
        &harness.submit_path(&names[1]),
        nix::sys::stat::Mode::S_IRWXU,
    )
    .unwrap();
    fs::hard_link(&secret, harness.submit_path(&names[2])).unwrap();
    fs::create_dir(harness.submit_path(&names[3])).unwrap();
    let mut stdout = String::new();
    std::io::Read::read_to_string(run.stdout.as_mut().unwrap(), &mut stdout).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(3), "{stdout}");
    let summary: Value = serde_json::from_str(&stdout).unwrap();
    let states = summary["submissions"].as_array().unwrap().iter();
    let states: Vec<_> = states.map(|s| s["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["refused", "refused", "unsettled", "refused"]);
    assert!(harness.results().is_empty(), "{:?}", harness.results());
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.submission"), "0");
}

#[test]
fn a_drop_folder_that_is_a_link_is_not_followed_and_other_drops_are_processed() {
    for folder in ["GDPR_Submit", "GDPR_Result"] {
        let harness = two_drops();
        harness.submit(FORGET, forget_of(&phone(100)));
        let path = harness.path("drop").join(folder);
        fs::rename(&path, harness.path("moved")).unwrap();
        symlink(harness.path("north").join(folder), &path).unwrap();
        let run = harness
            .lethe(&["run", "--settle", "0s", "--format", "json"])
            .ok(2);
        assert!(run.stderr.contains("drop hostile"), "{}", run.stderr);
        assert!(run.stderr.contains("is a symbolic link"), "{}", run.stderr);
        assert_eq!(run.states(), [(FORGET.to_owned(), "done".to_owned())]);
        // The other's own, once.
        assert!(
            fs::read_to_string(northern_log(&harness))
                .unwrap()
                .contains("SUCCESS")
        );
        let status = harness.lethe(&["status", "--format", "json"]).ok(2).json();
        let problem = status["drops"][0]["problem"].as_str().unwrap();
        let expected = format!(
            "cannot open the drop folder: {} is a symbolic link, which is never followed; replace it with a real folder",
            path.display()
        );
        assert_eq!(problem, expected);
        assert_eq!(status["drops"][1]["done"][0]["file"], FORGET);
        let text = harness.lethe(&["status"]).ok(2).stdout;
        let line = format!("  cannot be read: {expected}\n");
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn a_result_folder_replaced_during_a_run_diverts_nothing() {
    let harness = Harness::new();
    add_attempt(&harness);
    harness.submit(FORGET, forget_of(&phone(100)));
    let elsewhere = harness.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    harness
        .db
        .run("BEGIN; UPDATE contact_centre.contact_attempt SET disposition = 'busy'");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    for folder in ["GDPR_Result", "GDPR_Submit"] {
        fs::rename(
            harness.path("drop").join(folder),
            harness.path("moved").join(folder),
        )
        .or_else(|_| {
            fs::create_dir(harness.path("moved"))?;
            fs::rename(
                harness.path("drop").join(folder),
                harness.path("moved").join(folder),
            )
        })
        .unwrap();
        symlink(&elsewhere, harness.path("drop").join(folder)).unwrap();
    }
    harness.db.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    assert!(harness.path("moved/GDPR_Result").join(LOG).exists());
}

#[test]
fn folders_removed_during_a_run_lose_no_log() {
    let harness = Harness::new();
    add_attempt(&harness);
    harness.submit(FORGET, forget_of(&phone(100)));
    harness
        .db
        .run("BEGIN; UPDATE contact_centre.contact_attempt SET disposition = 'busy'");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    fs::remove_dir_all(harness.path("drop/GDPR_Submit")).unwrap();
    fs::remove_dir_all(harness.path("drop/GDPR_Result")).unwrap();
    harness.db.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(1));
    fs::create_dir(harness.path("drop/GDPR_Submit")).unwrap();
    let again = harness.run().ok(0);
    assert_eq!(again.states(), [(FORGET.to_owned(), "done".to_owned())]);
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
}

#[test]
fn an_existing_file_under_the_name_of_a_result_stays_and_the_log_is_published_later() {
    let part = format!(".{LOG}.part");
    let results = |harness: &Harness| harness.path("drop/GDPR_Result");
    type Trap = (&'static str, fn(&Harness, &Path));
    let traps: [Trap; 5] = [
        ("dangling", |harness, at| {
            symlink(harness.path("absent"), at).unwrap()
        }),
        ("outside", |harness, at| {
            symlink(harness.path("target"), at).unwrap()
        }),
        ("other drop", |harness, at| {
            symlink(harness.path("north/GDPR_Submit/x"), at).unwrap()
        }),
        ("directory", |_, at| fs::create_dir(at).unwrap()),
        ("their own", |_, at| fs::write(at, "theirs").unwrap()),
    ];
    for (what, trap) in traps {
        for at_part in [false, true] {
            let harness = Harness::new();
            fs::create_dir_all(harness.path("north/GDPR_Submit")).unwrap();
            fs::create_dir(results(&harness)).unwrap();
            fs::write(harness.path("target"), "untouched").unwrap();
            fs::write(harness.path("north/GDPR_Submit/x"), "untouched").unwrap();
            add_attempt(&harness);
            harness.submit(FORGET, forget_of(&phone(100)));
            let name = if at_part { part.as_str() } else { LOG };
            let at = results(&harness).join(name);
            trap(&harness, &at);
            let run = harness.run();
            // A link or file under the name aside is removed, as a leftover would be; never what it leads to.
            let goes_on = at_part && what != "directory";
            assert_eq!(
                run.code,
                if goes_on { 0 } else { 1 },
                "{what}: {}",
                run.stderr
            );
            for target in ["target", "north/GDPR_Submit/x"] {
                assert_eq!(
                    fs::read_to_string(harness.path(target)).unwrap(),
                    "untouched"
                );
            }
            assert!(!harness.path("absent").exists());
            if !goes_on {
                assert!(run.stderr.contains("GDPR_Result/"), "{}", run.stderr);
                assert!(fs::symlink_metadata(&at).is_ok(), "{what} is left");
                let _ = fs::remove_file(&at).or_else(|_| fs::remove_dir(&at));
                harness.run().ok(0);
            }
            assert_eq!(harness.results(), [LOG], "{what}");
            assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
        }
    }
}

#[test]
fn a_folder_without_permissions_is_reported_and_delays_no_other_drop() {
    // Readable but not searchable: it can be opened, but no file in it can be examined.
    for (folder, mode) in [
        ("GDPR_Submit", 0o444),
        ("GDPR_Submit", 0o000),
        ("GDPR_Result", 0o000),
    ] {
        let mut harness = two_drops();
        reachable(&mut harness);
        harness.submit(FORGET, forget_of(&phone(100)));
        let path = harness.path("drop").join(folder);
        set_mode(&path, mode);
        for metrics in [false, true] {
            fs::remove_file(northern_log(&harness)).unwrap_or_default();
            let name = if metrics {
                "forget-20180315_2.json"
            } else {
                FORGET
            };
            fs::write(
                harness.path("north/GDPR_Submit").join(name),
                forget_of(&phone(100)),
            )
            .unwrap();
            let mut command = harness.command(&["run", "--settle", "0s", "--format", "json"]);
            if metrics {
                command
                    .arg("--metrics-file")
                    .arg(harness.path("metrics.prom"));
            }
            let run = ended(without_override(command)).ok(1);
            assert!(run.stderr.contains("drop hostile"), "{}", run.stderr);
            assert_eq!(run.states(), [(name.to_owned(), "done".to_owned())]);
        }
        let status = ended(without_override(
            harness.command(&["status", "--format", "json"]),
        ));
        let status = status.ok(2).json();
        assert!(status["drops"][0]["problem"].is_string(), "{status}");
        assert_eq!(status["drops"][1]["done"].as_array().unwrap().len(), 2);
        set_mode(&path, 0o755);
        let run = harness.lethe(&["run", "--settle", "0s"]).ok(3);
        assert!(run.stderr.is_empty(), "{}", run.stderr);
    }
    // Not writable: detected before any data is changed.
    let mut harness = Harness::new();
    reachable(&mut harness);
    add_attempt(&harness);
    let before = harness.dump();
    fs::create_dir(harness.path("drop/GDPR_Result")).unwrap();
    harness.submit(FORGET, forget_of(&phone(100)));
    set_mode(&harness.path("drop/GDPR_Result"), 0o555);
    let run = ended(without_override(run_command(&harness))).ok(1);
    assert!(
        run.stderr.contains("check disk space and permissions"),
        "{}",
        run.stderr
    );
    assert_eq!(harness.dump(), before);
    set_mode(&harness.path("drop/GDPR_Result"), 0o755);
    ended(without_override(run_command(&harness))).ok(0);
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
    // Unreadable files are reported and left.
    harness.submit("forget-20180315_2.json", forget_of(""));
    set_mode(&harness.submit_path("forget-20180315_2.json"), 0o000);
    let run = ended(without_override(run_command(&harness))).ok(1);
    assert!(
        run.stderr.contains("readable for Lethe's user"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_obstructed_drop_does_not_stop_the_purge_of_another() {
    let mut harness = two_drops();
    harness.submit(FORGET, forget_of(""));
    harness.submit("forget-20180315_2.json", forget_of(""));
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    let log = harness.result_path(LOG);
    fs::remove_file(&log).unwrap();
    fs::create_dir(&log).unwrap();
    // A sparse file as large as a disk.
    let path = harness.submit_path("forget-20180315_2.json");
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1 << 42)
        .unwrap();
    harness.now = "2018-05-01T00:00:00Z".into();
    let began = Instant::now();
    let purged = harness.lethe(&["purge", "--format", "json"]).ok(1);
    assert!(began.elapsed() < Duration::from_secs(60));
    assert!(
        purged.stderr.contains("hostile/forget-20180315_1.json"),
        "{}",
        purged.stderr
    );
    let told = purged.json();
    assert_eq!(
        (&told["submissions"], &told["failed"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(told["kept"], json!(["forget-20180315_2.json"]));
    assert!(!northern_log(&harness).exists());
    fs::remove_dir(&log).unwrap();
    assert_eq!(
        harness.lethe(&["purge", "--format", "json"]).ok(0).json()["submissions"],
        1
    );
    // A drop that cannot be opened at all does not stop it either.
    let harness = two_drops();
    harness.submit(FORGET, forget_of(""));
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    fs::rename(harness.path("drop"), harness.path("away")).unwrap();
    let mut harness = harness;
    harness.now = "2018-05-01T00:00:00Z".into();
    let told = harness.lethe(&["purge", "--format", "json"]).ok(1).json();
    assert_eq!(
        (&told["submissions"], &told["failed"]),
        (&json!(1), &json!(1))
    );
}

/// A small file system, if this user may mount one.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path) -> Option<Small> {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=96k", "lethe-test"])
            .arg(at);
        let mounted = mount.stderr(Stdio::null()).status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Small(at.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_is_full_while_results_are_written_loses_nothing() {
    let harness = Harness::new();
    let folder = harness.path("drop/GDPR_Result");
    fs::create_dir(&folder).unwrap();
    let Some(_small) = Small::mount(&folder) else {
        return println!("SKIPPED: this user may not mount a small file system");
    };
    for n in 0..40 {
        let text = "x".repeat(400);
        harness.db.run(&format!("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, message_text) VALUES ({n}, '110', '+1617555{n:04}', '{text}')"));
    }
    let contacts: Vec<String> = (0..200).map(phone).collect();
    let long = "n".repeat(9_000);
    let request = |action| {
        format!(
            r#"{{"requests": [{{"note": "{long}", "accountid": "110", "type": "{action}", "contacts": [{}]}}]}}"#,
            contacts.join(",")
        )
    };
    for (name, action) in [(FORGET, "FORGET"), (EXPORT, "EXPORT")] {
        let filler = folder.join("filler");
        fs::write(&filler, vec![0; 80_000]).unwrap();
        harness.submit(name, request(action));
        let run = harness.run().ok(1);
        assert!(run.stderr.contains("check disk space"), "{}", run.stderr);
        // A complete archive may be there already, but no partial one.
        let aside = |name: &String| name.starts_with('.');
        assert!(
            !harness.results().iter().any(aside),
            "{:?}",
            harness.results()
        );
        assert!(!harness.results().contains(&format!(
            "{}-execution-log.json",
            name.trim_end_matches(".json")
        )));
        fs::remove_file(&filler).unwrap();
        let run = harness.run().ok(0);
        assert_eq!(run.states(), [(name.to_owned(), "done".to_owned())]);
        let stem = name.trim_end_matches(".json");
        assert_eq!(harness.answers(stem).len(), 200);
        for result in harness.results() {
            fs::remove_file(folder.join(result)).unwrap();
        }
    }
}

#[test]
fn a_file_of_four_gigabytes_is_refused_unread() {
    let harness = Harness::new();
    let path = harness.submit_path(FORGET);
    fs::File::create(&path).unwrap().set_len(4 << 30).unwrap();
    let began = Instant::now();
    let (run, peak) = with_peak(run_command(&harness));
    assert_eq!(
        run.ok(3).states(),
        [(FORGET.to_owned(), "refused".to_owned())]
    );
    let told = harness
        .in_drop(&["status", "--format", "json"])
        .ok(0)
        .json();
    let reason = told["drops"][0]["refused"][0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("larger than 268435456 bytes (max_submission_bytes)"),
        "{reason}"
    );
    assert!(
        harness
            .lethe(&["check", path.to_str().unwrap()])
            .ok(3)
            .stdout
            .contains("would be refused")
    );
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "{:?}",
        began.elapsed()
    );
    assert!(peak < 100, "{peak} MiB");
}

#[test]
fn a_hundred_thousand_files_are_listed_in_bounded_time_and_memory() {
    let harness = Harness::new();
    for n in 0..100_000 {
        let name = match n % 2 {
            0 => format!("forget-20180314_{n}.json"),
            _ => format!("junk {n}"),
        };
        fs::write(harness.submit_path(&name), "{").unwrap();
    }
    // Many large sparse files, which cost their owner nothing, delay nobody.
    for n in 0..100 {
        let path = harness.submit_path(&format!("forget-20180314_large{n}.json"));
        fs::File::create(path).unwrap().set_len(256 << 20).unwrap();
    }
    harness.submit(FORGET, forget_of(&phone(100)));
    let began = Instant::now();
    let run = harness.run().ok(0);
    assert_eq!(run.states(), [(FORGET.to_owned(), "done".to_owned())]);
    let ran = began.elapsed();
    let mut command = harness.command(&["status"]);
    command.args(harness.drop_options());
    let began = Instant::now();
    let (status, peak) = with_peak(command);
    let text = status.ok(0).stdout;
    let told = began.elapsed();
    for line in [
        "  missed: 50,100",
        "  done: 1",
        "left untouched: 50,000",
        "… and 50,050 more (--format json lists all)",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.lines().count() < 300);
    assert!(
        ran < Duration::from_secs(120) && told < Duration::from_secs(120),
        "{ran:?}, {told:?}"
    );
    assert!(peak < 400, "{peak} MiB");
}

#[test]
fn a_file_with_more_values_than_allowed_is_answered_without_being_parsed() {
    // Not as large as a file may be, because that would take too long here.
    let text = format!(r#"{{"requests":[{}1]}}"#, "1,".repeat(12_000_000));
    let (harness, run, peak) = carried_out(FORGET, &text, "");
    assert_eq!(
        run.ok(3).states(),
        [(FORGET.to_owned(), "failed".to_owned())]
    );
    let error = harness.log("forget-20180315_1")["error"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        error
            .contains("more than 10000000 values (max_submission_values), at line 1 column 200000"),
        "{error}"
    );
    assert!(peak < 100, "{peak} MiB");
    let checked = harness
        .lethe(&["check", harness.submit_path(FORGET).to_str().unwrap()])
        .ok(3);
    assert!(checked.stdout.contains(&error), "{}", checked.stdout);
    // The limit is the configuration's.
    let contacts: Vec<String> = (0..30).map(phone).collect();
    for (limit, code) in [(65, 0), (64, 3)] {
        let config = format!("max_submission_values = {limit}");
        let (_, run, _) = carried_out(FORGET, &forget_of(&contacts.join(",")), &config);
        assert_eq!(run.code, code, "{limit}: {}", run.stderr);
    }
}

#[test]
fn the_worst_files_are_answered_in_bounded_memory_and_time() {
    let many = 50_000;
    let list = |one: &dyn Fn(usize) -> String| (0..many).map(one).collect::<Vec<_>>().join(",");
    let request =
        |rest: &str| format!(r#"{{"requests":[{{"accountid":"110","type":"FORGET",{rest}}}]}}"#);
    let number = "9".repeat(3_000_000);
    let text = "\\u0041".repeat(1_000_000);
    let bombs = [
        (
            "requests of one digit",
            format!(r#"{{"requests":[{}]}}"#, list(&|_| "1".into())),
            "ERROR: malformed request",
        ),
        (
            "empty contacts",
            request(&format!(r#""contacts":[{}]"#, list(&|_| "{}".into()))),
            "ERROR: exactly one device expected",
        ),
        (
            "keys of a contact",
            request(&format!(
                r#""contacts":[{{{}}}]"#,
                list(&|n| format!(r#""{n}":1"#))
            )),
            "ERROR: exactly one device expected",
        ),
        (
            "a key a million times",
            request(&format!(
                r#""contacts":[{{{}}}]"#,
                list(&|_| r#""phone":1"#.into())
            )),
            "ERROR: duplicate property",
        ),
        (
            "keys of a request",
            request(&format!(
                r#""contacts":[{{}}],{}"#,
                list(&|n| format!(r#""{n}":1"#))
            )),
            "ERROR: exactly one device expected",
        ),
        (
            "short codes",
            request(&format!(
                r#""contacts":[{}],"shortcodes":[{}]"#,
                phone(100),
                list(&|n| format!(r#""{n}""#))
            )),
            "SUCCESS: not found",
        ),
        (
            "a long string",
            request(&format!(
                r#""contacts":[{{"phone":"{text}"}},{{"email":"{text}"}},{{"ipaddr":"{text}"}}]"#
            )),
            "ERROR: incorrect device format",
        ),
        (
            "a huge number",
            request(&format!(
                r#""x":{number},"contacts":[{{"phone":{number}}}]"#
            )),
            "ERROR: incorrect device format",
        ),
    ];
    for (what, text, answer) in bombs {
        let began = Instant::now();
        let (harness, run, peak) = carried_out(FORGET, &text, "");
        assert!([0, 3].contains(&run.code), "{what}: {}", run.stderr);
        assert_eq!(
            run.states(),
            [(FORGET.to_owned(), "done".to_owned())],
            "{what}"
        );
        let answers = harness
            .result(LOG)
            .matches(&format!("\"response\": \"{answer}\""))
            .count();
        assert!(answers >= 1, "{what}");
        assert!(peak < 120, "{what}: {peak} MiB");
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "{what}: {:?}",
            began.elapsed()
        );
        println!("{what}: {peak} MiB, {:?}", began.elapsed());
    }
}

#[test]
fn many_scopes_of_one_enterprise_are_staged_once() {
    let harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.account (account_id, parent_id, name) SELECT 'sub-' || n, '100', 'x' FROM generate_series(1, 2000) n");
    let many = 20_000;
    let requests: Vec<String> = (0..many)
        .map(|n| format!(r#"{{"type":"FORGET","accountid":"100","shortcodes":["none-{n}"],"contacts":[{}]}}"#, phone(100 + n % 100)))
        .collect();
    harness.submit(
        FORGET,
        format!(r#"{{"requests":[{}]}}"#, requests.join(",")),
    );
    let began = Instant::now();
    let (run, peak) = with_peak(run_command(&harness));
    assert_eq!(run.ok(0).submissions()[0]["not_found"], many);
    assert!(peak < 120, "{peak} MiB");
    assert!(
        began.elapsed() < Duration::from_secs(120),
        "{:?}",
        began.elapsed()
    );
}

/// The figure of the documentation.
#[test]
#[ignore = "takes minutes in a debug build"]
fn a_million_contacts_take_less_than_256_mebibytes() {
    let list =
        |one: &dyn Fn(usize) -> String| (0..1_000_000).map(one).collect::<Vec<_>>().join(",");
    let contacts = [
        list(&|n| format!(r#"{{"phone": "+1555{n:07}"}}"#)),
        list(&|n| format!(r#"{{"email": "{n}@example.com"}}"#)),
        list(&|_| "{}".to_owned()),
    ];
    for contacts in contacts {
        for (name, action) in [(FORGET, "FORGET"), (EXPORT, "EXPORT")] {
            let text = forget_of(&contacts).replace("FORGET", action);
            let (_, run, peak) = carried_out(name, &text, "");
            assert_eq!(run.states(), [(name.to_owned(), "done".to_owned())]);
            println!("{action}, file of {} MiB: {peak} MiB", text.len() >> 20);
            assert!(peak < 256, "{peak} MiB");
        }
    }
}

#[test]
fn a_nul_is_answered_and_stops_nothing() {
    let harness = Harness::new();
    let contact = r#"{"phone": "+16175550100\u0000"}, {"email": "a\u0000@example.com"}, {"ipaddr": "192.0.2.1\u0000"}, {"\u0000": "x"}, {"phone": "+16175550101"}"#;
    let request = |head: &str| format!(r#"{{{head}, "type": "FORGET", "contacts": [{contact}]}}"#);
    let requests = [
        request(r#""requestcase": "a\u0000b", "accountid": "110""#),
        request(r#""accountid": "110\u0000""#),
        request(r#""accountid": "110", "shortcodes": ["51110", "5\u0000", "\u0000"]"#),
        request(r#""\u0000": "\u0000", "accountid": "110""#),
    ];
    let text = format!(r#"{{"requests": [{}]}}"#, requests.join(", "));
    let format = "ERROR: incorrect device format";
    let usual = [format, format, format, "ERROR: unsupported device type"];
    let expected: Vec<&str> = [
        "SUCCESS: not found",
        "ERROR: unknown account",
        "SUCCESS: not found",
        "SUCCESS: not found",
    ]
    .iter()
    .flat_map(|last| usual.iter().copied().chain([*last]))
    .collect();
    harness.submit(FORGET, &text);
    harness.submit(EXPORT, text.replace("FORGET", "EXPORT"));
    harness.run().ok(3);
    for stem in ["forget-20180315_1", "export-20180315_1"] {
        assert_eq!(harness.answers(stem), expected);
        assert_eq!(
            harness.log(stem)["requests"],
            serde_json::from_str::<Value>(&text.replace(
                "FORGET",
                if stem.starts_with('f') {
                    "FORGET"
                } else {
                    "EXPORT"
                }
            ))
            .unwrap()["requests"]
        );
    }
    let history = harness
        .lethe(&["history", "--case", "a\u{fffd}b", "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(history["submissions"].as_array().unwrap().len(), 2);
}

#[test]
fn no_case_id_leads_out_of_its_folder_in_an_archive() {
    let harness = Harness::new();
    add_attempt(&harness);
    let long = "x".repeat(10_000);
    let cases = [
        "../../x",
        "..",
        ".",
        "/etc/passwd",
        "C:\\\\x",
        "a\\u0000b",
        long.as_str(),
        "Case",
        "cASE",
        "CON",
        "nul.txt",
        "a:b",
        "\\u202etxt",
        "x ",
        "x.",
        "\\u001b[2J",
        "\\n",
        "~",
        "-rf",
        "manifest.json",
    ];
    let requests: Vec<String> = cases
        .iter()
        .map(|case| format!(r#"{{"requestcase": "{case}", "accountid": "110", "type": "EXPORT", "contacts": [{}]}}"#, phone(100)))
        .collect();
    harness.submit(
        EXPORT,
        format!(r#"{{"requests": [{}]}}"#, requests.join(",")),
    );
    harness.run().ok(0);
    let archive = harness.archive("export-20180315_1");
    let manifest: Value = serde_json::from_str(&archive["manifest.json"]).unwrap();
    let names: Vec<&str> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), cases.len());
    assert_eq!(archive.len(), cases.len() + 1);
    let mut folded: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    folded.sort();
    folded.dedup();
    assert_eq!(folded.len(), cases.len(), "also where case does not count");
    for (number, name) in (1..).zip(names) {
        assert!(archive.contains_key(name), "{name}");
        let parts: Vec<&str> = name.split('/').collect();
        assert_eq!(parts.len(), 2, "{name}");
        assert_eq!(parts[1], "contact-attempts.csv");
        let case = parts[0].strip_prefix(&format!("{number:03}-")).unwrap();
        assert!(case.len() <= 64 && !case.is_empty(), "{name}");
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        assert!(case.chars().all(plain), "{name}");
    }
}

#[test]
fn no_name_forges_a_line_or_moves_the_cursor() {
    let forged = "x\u{1b}[2J\n  done: 1\n\u{202e}\u{9b}31m";
    let mut harness = Harness::new();
    let toml = serde_json::to_string(forged).unwrap();
    let drop = |name: &str, path: &str| {
        format!(
            "[[drop]]\nname = {name}\npath = \"{{dir}}/{path}\"\naccounts = [{toml}, \"110\"]\n"
        )
    };
    harness.config = drop(&toml.replace("x\\", "y\\"), "drop") + &drop(&toml, "gone");
    harness.submit(FORGET, format!(r#"{{"requests": [{{"requestcase": {toml}, "accountid": {toml}, "type": "FORGET", "contacts": [{{"phone": {toml}}}, {}]}}]}}"#, phone(100)));
    harness.submit(
        "forget-20180315_2.json",
        format!("{{\"requests\": {forged:?}"),
    );
    harness.submit("forget-20180314_3.json", "{}");
    let listed = ["--drop", "drop", "--account", forged];
    let commands: [(&[&str], bool); 7] = [
        (&["run", "--settle", "0s", "-vv"], true),
        (
            &["run", "--settle", "0s", "--log-format", "json", "-vv"],
            true,
        ),
        (&["status"], true),
        (&["history"], true),
        (&["history", "--case", forged], true),
        (&["history", "--drop", forged], true),
        (&["trace", "--client-id", forged], true),
    ];
    for (words, _) in commands {
        for format in ["text", "json"] {
            let said = harness.lethe(&[words, &["--format", format]].concat());
            quiet(words, &said);
        }
    }
    harness.config = String::new();
    for words in [["run"], ["status"]] {
        let said = harness.lethe(&[&words[..], &listed[..]].concat());
        quiet(&words, &said);
    }
    let said = harness.lethe(&["run", "--drop", forged, "--account", "110"]);
    quiet(&["run", "--drop"], &said);
    let said = harness.lethe(&["check", forged]);
    quiet(&["check"], &said);
}

#[track_caller]
fn quiet(words: &[&str], ended: &Ended) {
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!said.is_empty(), "{words:?}");
    let obeyed = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!said.contains(obeyed), "{words:?}: {said:?}");
    assert!(
        !said.lines().any(|line| line == "  done: 1"),
        "{words:?}: {said}"
    );
}
