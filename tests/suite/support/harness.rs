//! The harness of a test: a drop, a database and a time for the real binary, and access to its results.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::{Database, Db, LETHE, give_secret, role_of, with_digests, with_role};

/// How a command ended.
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Standard output, which must be one JSON object.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}\n{}", self.stdout, self.stderr))
    }

    /// The submissions of a run's summary.
    #[track_caller]
    pub fn submissions(&self) -> Vec<Value> {
        self.json()["submissions"].as_array().unwrap().clone()
    }

    /// File and state of each submission in a run's summary.
    #[track_caller]
    pub fn states(&self) -> Vec<(String, String)> {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        self.submissions()
            .iter()
            .map(|s| (text(&s["file"]), text(&s["state"])))
            .collect()
    }

    #[track_caller]
    pub fn ok(self, code: i32) -> Ended {
        assert_eq!(
            self.code, code,
            "exit code\nstdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        self
    }
}

/// A drop and a database. Unless changed, the time is 2018-03-15T12:00:00Z and the drop belongs to enterprise 100.
pub struct Harness {
    pub db: Database,
    pub dir: TempDir,
    pub now: String,
    pub accounts: Vec<String>,
    pub product: String,
    pub time_zone: String,
    /// More lines of `lethe.toml`, before any table.
    pub config: String,
    /// More environment variables.
    pub environment: BTreeMap<String, String>,
    /// Options of every command.
    pub options: Vec<String>,
    /// The engine's address; each command connects with the role that it is meant for instead. Another role that a test sets here is
    /// that of all commands.
    pub database: String,
    /// Triggers that the catalogue accepts as they are, by table.
    pub accepted: BTreeMap<String, Vec<String>>,
}

impl Harness {
    pub fn new() -> Harness {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["drop/GDPR_Submit", "data", "media"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        give_secret(&dir.path().join("data"));
        let db = Database::new();
        Harness {
            database: db.worker_address(),
            db,
            dir,
            now: "2018-03-15T12:00:00Z".into(),
            accounts: vec!["100".into()],
            product: "outbound".into(),
            time_zone: "UTC".into(),
            config: String::new(),
            environment: BTreeMap::new(),
            options: Vec::new(),
            accepted: BTreeMap::new(),
        }
    }

    /// A copy of the database, which must be closed, and of all files.
    pub fn copy(&self) -> Harness {
        let dir = tempfile::tempdir().unwrap();
        copy_folder(self.dir.path(), dir.path());
        let db = Database::copy_of(&self.db);
        Harness {
            database: db.worker_address(),
            db,
            dir,
            now: self.now.clone(),
            accounts: self.accounts.clone(),
            product: self.product.clone(),
            time_zone: self.time_zone.clone(),
            config: self.config.clone(),
            environment: self.environment.clone(),
            options: self.options.clone(),
            accepted: self.accepted.clone(),
        }
    }

    /// Grants every role what it needs for this catalogue. Call it after creating tables.
    #[track_caller]
    pub fn grant(&self) {
        let printed = self.as_administrator(&["catalogue", "grants"]);
        self.db.run_beside_others(&printed.ok(0).stdout);
    }

    /// The same in tests whose catalogue does not match the schema.
    pub fn grant_if_it_fits(&self) {
        let printed = self.as_administrator(&["catalogue", "grants"]);
        if printed.code == 0 {
            self.db.run_beside_others(&printed.stdout);
        }
    }

    /// Makes every command connect with a role that may read all tables, also those that the catalogue does not declare.
    pub fn read_all(&mut self) {
        let role = format!("{}_reading", self.db.name());
        self.db.run(&format!(
            "CREATE ROLE {role} LOGIN IN ROLE pg_read_all_data"
        ));
        self.database = self.db.address_of(&role);
    }

    /// Runs a command with another role.
    pub fn as_role(&self, role: &str, words: &[&str]) -> Ended {
        let mut command = self.command(words);
        command.env("LETHE_DATABASE", self.db.address_of(role));
        ended(command.output().unwrap())
    }

    /// Runs a command as a superuser.
    pub fn as_administrator(&self, words: &[&str]) -> Ended {
        let address = self.db.address();
        let output = self
            .command(words)
            .args(["--database", &address])
            .output()
            .unwrap();
        ended(output)
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    pub fn drop_folder(&self) -> PathBuf {
        self.path("drop")
    }

    pub fn submit_path(&self, name: &str) -> PathBuf {
        self.path("drop/GDPR_Submit").join(name)
    }

    pub fn result_path(&self, name: &str) -> PathBuf {
        self.path("drop/GDPR_Result").join(name)
    }

    pub fn submit(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.submit_path(name), content).unwrap();
    }

    /// Submits a FORGET or EXPORT (from the file name) of contacts, in one request for an account.
    pub fn submit_contacts(&self, name: &str, account: &str, contacts: &str) {
        let action = if name.starts_with("forget") {
            "FORGET"
        } else {
            "EXPORT"
        };
        self.submit(
            name,
            format!(
                r#"{{"requests": [{{"accountid": "{account}", "type": "{action}", "contacts": [{contacts}]}}]}}"#
            ),
        );
    }

    /// The options that name the drop.
    pub fn drop_options(&self) -> Vec<String> {
        let mut options = vec![
            "--drop".to_owned(),
            self.drop_folder().display().to_string(),
        ];
        for account in &self.accounts {
            options.extend(["--account".to_owned(), account.clone()]);
        }
        options.extend(["--product".to_owned(), self.product.clone()]);
        options.extend(["--time-zone".to_owned(), self.time_zone.clone()]);
        options
    }

    /// The configuration line that names the shipped catalogue and what is accepted in addition.
    fn catalogue(&self) -> String {
        if self.accepted.is_empty() {
            return String::new();
        }
        let mut catalogue = lethe::catalogue::REFERENCE.to_owned();
        for (table, triggers) in &self.accepted {
            let line = format!("\ntable = \"{table}\"\n");
            assert!(catalogue.contains(&line), "{table} is in the catalogue");
            catalogue = catalogue.replace(&line, &format!("{line}accepted = {triggers:?}\n"));
        }
        let path = self.path("catalogue.toml");
        let catalogue = with_digests(&catalogue, &self.db.worker_address());
        fs::write(&path, catalogue).unwrap();
        format!("catalogue = {path:?}\n")
    }

    /// The folder of this database's ledger in the spool.
    pub fn spool(&self) -> PathBuf {
        let names = names(&self.path("data/spool"));
        assert_eq!(names.len(), 1, "{names:?}");
        self.path("data/spool").join(&names[0])
    }

    /// A command with database, configuration and clock, ready to start, with the role that it is meant for.
    pub fn command(&self, words: &[&str]) -> Command {
        let config = self.path("lethe.toml");
        let text = self
            .config
            .replace("{dir}", &self.dir.path().display().to_string());
        let data = self.path("data");
        let text = format!("{}{text}", self.catalogue());
        fs::write(&config, format!("data = \"{}\"\n{text}\n", data.display())).unwrap();
        let mut command = Command::new(LETHE);
        for (name, _) in std::env::vars_os() {
            let shown = name.to_string_lossy();
            if shown.starts_with("LETHE_") && name != "LETHE_PG_BIN" || shown.starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
            .args(words)
            .args(&self.options)
            .args(["--config", config.to_str().unwrap()])
            .env("LETHE_DATABASE", with_role(&self.database, role_of(words)))
            .env("LETHE_NOW", &self.now)
            .env("XDG_DATA_HOME", &data)
            .envs(&self.environment)
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command that needs no drop.
    pub fn lethe(&self, words: &[&str]) -> Ended {
        ended(self.command(words).output().unwrap())
    }

    /// Runs a command about the drop.
    pub fn in_drop(&self, words: &[&str]) -> Ended {
        let options = self.drop_options();
        let all: Vec<&str> = words
            .iter()
            .copied()
            .chain(options.iter().map(String::as_str))
            .collect();
        self.lethe(&all)
    }

    /// Starts a run without waiting for it; its output is discarded.
    pub fn start_run(&self) -> Child {
        self.command(&["run", "--settle", "0s"])
            .args(self.drop_options())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Waits until a session of Lethe waits for a lock.
    #[track_caller]
    pub fn wait_until_blocked(&self) {
        self.db.wait_for(
            "t",
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()
             AND application_name LIKE 'lethe%' AND wait_event_type = 'Lock'",
        );
    }

    /// `lethe run` with a JSON summary.
    pub fn run(&self) -> Ended {
        self.run_with(&[])
    }

    pub fn run_with(&self, words: &[&str]) -> Ended {
        let mut all = vec!["run", "--settle", "0s", "--format", "json"];
        all.extend(words);
        self.in_drop(&all)
    }

    /// Names in the result folder, sorted.
    pub fn results(&self) -> Vec<String> {
        names(&self.path("drop/GDPR_Result"))
    }

    #[track_caller]
    pub fn result(&self, name: &str) -> String {
        let read = fs::read_to_string(self.result_path(name));
        read.unwrap_or_else(|e| panic!("{name}: {e}; there is {:?}", self.results()))
    }

    /// The execution log of a stem.
    #[track_caller]
    pub fn log(&self, stem: &str) -> Value {
        // A number beyond this parser's range is echoed unchanged, but cannot be parsed here.
        let text = self.result(&format!("{stem}-execution-log.json"));
        serde_json::from_str(&text.replace("1e400", "1")).unwrap()
    }

    /// All answers of an execution log, in order.
    #[track_caller]
    pub fn answers(&self, stem: &str) -> Vec<String> {
        let log = self.log(stem);
        let text = |v: &Value| v["response"].as_str().unwrap().to_owned();
        let of = |request: &Value| match request["contacts"].as_array() {
            Some(contacts) if request.get("response").is_none() => {
                contacts.iter().map(text).collect::<Vec<_>>()
            }
            _ => vec![text(request)],
        };
        log["result"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(of)
            .collect()
    }

    /// The archive's files.
    #[track_caller]
    pub fn archive(&self, stem: &str) -> BTreeMap<String, String> {
        unzip(&self.result_path(&format!("{stem}-archive.zip")))
    }

    /// Every row of every table of the contact centre, as JSON, by table.
    pub fn dump(&self) -> BTreeMap<String, Vec<String>> {
        dump(&self.db)
    }

    /// Row versions written by updates so far, by `<schema>.<table>`.
    pub fn updated(&self) -> BTreeMap<String, i64> {
        let rows = self.db.rows(
            "SELECT CASE WHEN relname LIKE 'contact_attempt%' THEN 'contact_attempt' ELSE relname END, sum(n_tup_upd)
             FROM pg_stat_user_tables WHERE schemaname = 'contact_centre' GROUP BY 1 HAVING sum(n_tup_upd) > 0",
        );
        let pair = |row: &String| {
            let (table, n) = row.split_once('|').unwrap();
            (format!("contact_centre.{table}"), n.parse().unwrap())
        };
        rows.iter().map(pair).collect()
    }
}

/// Every row of every table of the contact centre in a database.
pub fn dump(db: &Db) -> BTreeMap<String, Vec<String>> {
    TABLES
        .iter()
        .map(|table| {
            let sql = format!(
                "SELECT row_to_json(t) FROM contact_centre.{table} t ORDER BY row_to_json(t)->>'{}', row_to_json(t)::text",
                ORDER.iter().find(|(t, _)| t == table).map_or("account_id", |(_, key)| key)
            );
            ((*table).to_owned(), db.rows(&sql))
        })
        .collect()
}

/// How a command ended.
pub fn ended(output: std::process::Output) -> Ended {
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The tables of the reference schema.
pub const TABLES: [&str; 11] = [
    "account",
    "short_code",
    "short_code_account",
    "contact_list",
    "contact",
    "contact_device",
    "contact_attempt",
    "sms_message",
    "recording",
    "recording_media",
    "suppression_entry",
];

const ORDER: [(&str, &str); 6] = [
    ("contact", "contact_id"),
    ("contact_device", "contact_id"),
    ("contact_attempt", "attempt_id"),
    ("sms_message", "message_id"),
    ("recording", "recording_id"),
    ("recording_media", "media_id"),
];

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Copies the contents of a folder with their modes; both folders exist.
pub fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir(&target).unwrap();
            copy_folder(&entry.path(), &target);
            let permissions = entry.metadata().unwrap().permissions();
            fs::set_permissions(&target, permissions).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Every file of a zip, by its path in it.
#[track_caller]
pub fn unzip(path: &Path) -> BTreeMap<String, String> {
    let file = fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut zip = zip::ZipArchive::new(file).unwrap();
    let mut files = BTreeMap::new();
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        files.insert(name, text);
    }
    files
}
