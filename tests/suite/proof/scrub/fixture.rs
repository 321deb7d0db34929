//! A server of a test's own with rows to forget, and `lethe scrub` over it.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::{Db, OwnServer, SUPERUSER};

/// The device that is forgotten.
pub const CANARY: &str = "+16175550142";
/// Rows that hold it.
const ROWS: usize = 5;

/// A server with rows that hold the canary, among others that do not.
pub struct Scrubbing {
    pub server: OwnServer,
    pub db: Db,
}

/// The JSON output of a scrub, and how it ended.
pub struct Scrubbed {
    pub code: i32,
    pub json: Value,
    pub stderr: String,
}

impl Scrubbing {
    pub fn new() -> Scrubbing {
        Scrubbing::with(&[])
    }

    pub fn with(settings: &[(&str, &str)]) -> Scrubbing {
        let mut all = vec![("autovacuum", "off"), ("max_prepared_transactions", "5")];
        all.extend(settings);
        let server = OwnServer::new(&all);
        server.maintain();
        let db = server.db();
        let scrubbing = Scrubbing { server, db };
        scrubbing.fill();
        scrubbing
    }

    /// Rows that hold the canary.
    pub fn fill(&self) {
        self.db.run(&format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, attempted_at, account_id, device, first_name)
                 SELECT (SELECT coalesce(max(attempt_id), 0) FROM contact_centre.contact_attempt) + i, '2018-03-15', '110', CASE WHEN i <= {ROWS} THEN '{CANARY}' ELSE '+1617555' || 2000 + i END, 'Canary ' || i
                 FROM generate_series(1, 300) i;
             INSERT INTO contact_centre.sms_message (message_id, account_id, handset, body)
                 SELECT (SELECT coalesce(max(message_id), 0) FROM contact_centre.sms_message) + i, '110', CASE WHEN i <= {ROWS} THEN '{CANARY}' ELSE '+1617555' || 2000 + i END, 'Canary ' || i
                 FROM generate_series(1, 300) i",
        ));
    }

    /// Forgets the canary.
    pub fn forget(&self) {
        self.server.maintain();
        // Not even as the last statement of the session that filled the tables.
        self.db.run("SELECT 1");
        self.server
            .submit("FORGET", &format!(r#"{{"phone": "{CANARY}"}}"#));
        let ended = self.server.run(&[]).stdout(Stdio::null()).status().unwrap();
        assert_eq!(ended.code(), Some(0));
        assert_eq!(self.server.answers("forget"), ["SUCCESS"]);
    }

    pub fn command(&self, words: &[&str]) -> Command {
        self.server.maintain();
        let scrub = ["scrub", "--format", "json"];
        // pg_repack before 1.5 demands a superuser.
        let mut command = match words.starts_with(&["--level", "2", "--repack"]) {
            true => self.server.lethe_as(SUPERUSER, &scrub),
            false => self.server.lethe(&scrub),
        };
        command.args(words);
        command
    }

    #[track_caller]
    pub fn scrub(&self, words: &[&str]) -> Scrubbed {
        ended(self.command(words))
    }

    pub fn start(&self, words: &[&str]) -> Child {
        let mut command = self.command(words);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// Dead row versions of the tables, as pgstattuple counts them.
    pub fn dead(&self) -> i64 {
        self.db.run("CREATE EXTENSION IF NOT EXISTS pgstattuple");
        let sql = "SELECT sum((pgstattuple(c.oid)).dead_tuple_count)::bigint FROM pg_class c
                   WHERE c.relnamespace = 'contact_centre'::regnamespace AND c.relkind = 'r'";
        self.db.one(sql).parse().unwrap()
    }
}

#[track_caller]
pub fn ended(mut command: Command) -> Scrubbed {
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    Scrubbed {
        code: output.status.code().unwrap_or(-1),
        json: serde_json::from_str(&stdout).unwrap_or(Value::Null),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Scrubbed {
    /// Kinds and names of the blockers of all targets.
    pub fn holders(&self) -> Vec<(String, String)> {
        let units = self.json["units"].as_array().cloned().unwrap_or_default();
        let mut all: Vec<(String, String)> = units
            .iter()
            .flat_map(|unit| unit["holders"].as_array().unwrap())
            .chain(
                self.json["holders"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|h| h["keeps"] != "wal"),
            )
            .map(|holder| {
                let name = match holder["pid"].as_i64() {
                    Some(pid) => pid.to_string(),
                    None => holder["name"].as_str().unwrap_or_default().to_owned(),
                };
                (holder["kind"].as_str().unwrap().to_owned(), name)
            })
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// The relations of a kind of target.
    pub fn units(&self, kind: &str) -> Vec<String> {
        let units = self.json["units"].as_array().unwrap().iter();
        units
            .filter(|unit| unit["kind"] == kind)
            .map(|unit| unit["relation"].as_str().unwrap().to_owned())
            .collect()
    }

    #[track_caller]
    pub fn assert_complete(&self) {
        assert_eq!(self.code, 0, "{}\n{:#}", self.stderr, self.json);
        assert_eq!(self.json["complete"], true, "{:#}", self.json);
    }

    #[track_caller]
    pub fn assert_incomplete(&self) {
        assert_eq!(self.code, 3, "{}\n{:#}", self.stderr, self.json);
        assert_eq!(self.json["complete"], false, "{:#}", self.json);
    }
}
