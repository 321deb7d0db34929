//! A server with a canary in every kind of place in which PostgreSQL keeps values, and scanners for them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::bytes::{Needle, found, in_bytes};
use crate::support::{Db, OwnDrop, PlainServer, with_digests};

/// The devices that are forgotten.
pub const CONTACTS: &str = r#"{"phone": "+16175550171"}, {"ipaddr": "3fff:a1b2:c3d4:e5f6:9a8b:7c6d:5e4f:3a2b"}, {"ipaddr": "192.0.2.171"}"#;

/// The parts of the devices and their records that must not be found anywhere.
pub fn needles() -> Vec<Needle> {
    let address = [
        0x3f, 0xff, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x9a, 0x8b, 0x7c, 0x6d, 0x5e, 0x4f, 0x3a,
        0x2b,
    ];
    vec![
        Needle::new("phone", "6175550171"),
        Needle::new("text", "Kanarie"),
        Needle::new("lower", "kanarie"),
        Needle::new("upper", "KANARIE"),
        // A family, 32 bits of it, the address.
        Needle::new("IPv4 bytes", [2, 32, 192, 0, 2, 171]),
        Needle::new("IPv4 text", "192.0.2.171"),
        Needle::new("IPv6 bytes", address),
        Needle::new("IPv6 text", "3fff:a1b2:c3d4"),
    ]
}

pub struct Canaries {
    pub server: PlainServer,
    pub drop: OwnDrop,
    pub db: Db,
}

/// What a scrub said.
pub struct Scrubbed {
    pub code: i32,
    pub json: Value,
    pub stderr: String,
}

impl Scrubbed {
    /// Kinds and names of the blockers of targets, each once.
    pub fn holders(&self) -> Vec<String> {
        let units = self.json["units"].as_array().unwrap().iter();
        let all = units.flat_map(|unit| unit["holders"].as_array().unwrap());
        let word = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let named = |holder: &Value| {
            let name = if holder["name"].is_null() {
                &holder["pid"]
            } else {
                &holder["name"]
            };
            format!("{} {}", word(&holder["kind"]), word(name))
        };
        let all: BTreeSet<String> = all.map(named).collect();
        all.into_iter().collect()
    }
}

impl Canaries {
    pub fn new(settings: &[&str]) -> Canaries {
        let mut all = vec![
            "autovacuum=off",
            "wal_level=logical",
            "max_prepared_transactions=5",
        ];
        all.extend(settings);
        let server = PlainServer::new(&all);
        let drop = OwnDrop::at(&server.address());
        let db = drop.db();
        let apart = server.new_folder("apart");
        db.run(&format!(
            "CREATE TABLESPACE apart LOCATION '{}'",
            apart.display()
        ));
        db.run(include_str!("canaries.sql"));
        // Twice: the row versions of the first are dead after the second.
        for _ in 0..2 {
            db.run("VACUUM (ANALYZE) care.caller, care.event, care.seen, care.seen_again");
        }
        drop.maintain();
        let catalogue = with_digests(include_str!("canaries.toml"), &drop.address());
        fs::write(drop.path("catalogue.toml"), catalogue).unwrap();
        drop.configure("catalogue = \"catalogue.toml\"");
        drop.grant();
        Canaries { server, drop, db }
    }

    pub fn forget(&self) {
        self.drop.submit("FORGET", CONTACTS);
        let ended = self.drop.run(&[]).stdout(Stdio::null()).status().unwrap();
        assert_eq!(ended.code(), Some(0));
        assert_eq!(self.drop.answers("forget"), ["SUCCESS"; 3]);
    }

    pub fn scrub(&self, level: &str) -> Scrubbed {
        let words = [
            "scrub", "--format", "json", "--level", level, "--wait", "2s",
        ];
        let mut command = self.drop.lethe(&words);
        let output = command.output().unwrap();
        Scrubbed {
            code: output.status.code().unwrap(),
            json: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn scrub_completely(&self, level: &str) {
        let scrubbed = self.scrub(level);
        assert_eq!(
            (scrubbed.code, &scrubbed.json["complete"]),
            (0, &Value::Bool(true)),
            "{}\n{:#}",
            scrubbed.stderr,
            scrubbed.json
        );
    }

    /// The relations of the customer's, and the catalogues that keep statistics, with their TOAST and whose it is.
    fn relations(&self, kinds: &str) -> Vec<(String, String)> {
        let sql = format!(
            "SELECT c.oid::regclass || '|' || coalesce(o.relname || ' TOAST', c.relname)
             FROM pg_class c LEFT JOIN pg_class o ON o.reltoastrelid = c.oid
             WHERE c.relkind IN ({kinds}) AND pg_relation_filepath(c.oid) IS NOT NULL
               AND (coalesce(o.relnamespace, c.relnamespace) = 'care'::regnamespace
                    OR coalesce(o.oid, c.oid) IN ('pg_statistic'::regclass, 'pg_statistic_ext_data'::regclass))
             ORDER BY 1"
        );
        let split = |row: String| {
            let (relation, name) = row.split_once('|').unwrap();
            (relation.to_owned(), name.to_owned())
        };
        self.db.rows(&sql).into_iter().map(split).collect()
    }

    fn file_of(&self, relation: &str) -> Vec<u8> {
        let path = format!("SELECT pg_relation_filepath('{relation}')");
        fs::read(self.server.data().join(self.db.one(&path))).unwrap()
    }

    /// The needles in the files of tables (`'r', 'm', 't'`) or indexes (`'i'`), as `<needle> in <relation>`; after a checkpoint.
    pub fn in_files_of(&self, kinds: &str) -> BTreeSet<String> {
        self.db.run("CHECKPOINT");
        let mut all = BTreeSet::new();
        for (relation, name) in self.relations(kinds) {
            let held = in_bytes(&self.file_of(&relation), &needles()).into_iter();
            all.extend(held.map(|needle| format!("{needle} in {name}")));
        }
        all
    }

    /// Whether the hash index contains the hash of the phone.
    pub fn in_hash_index(&self) -> bool {
        self.db.run("CHECKPOINT");
        let number: i32 = self
            .db
            .one("SELECT hashtext('+16175550171')")
            .parse()
            .unwrap();
        let needle = [Needle::new("hash", number.to_le_bytes())];
        !in_bytes(&self.file_of("care.caller_hash"), &needle).is_empty()
    }

    /// The needles in row versions, dead or alive, that a page of a table still points to: `<needle> in <table>`.
    pub fn in_row_versions(&self) -> BTreeSet<String> {
        self.db.run("CREATE EXTENSION IF NOT EXISTS pageinspect");
        let mut all = BTreeSet::new();
        for (relation, name) in self.relations("'r', 'm', 't'") {
            for needle in needles() {
                let hex: String = needle.bytes.iter().map(|b| format!("{b:02x}")).collect();
                let held = self.db.one(&format!(
                    "SELECT count(*) FROM generate_series(0, pg_relation_size('{relation}') / 8192 - 1) AS p (page),
                         LATERAL heap_page_items(get_raw_page('{relation}', p.page::int)) AS i
                     WHERE position('\\x{hex}'::bytea IN i.t_data) > 0"
                ));
                if held != "0" {
                    all.insert(format!("{} in {name}", needle.name));
                }
            }
        }
        all
    }

    /// What `pg_dirtyread` reads of them, by value; `None` if it is not installed.
    pub fn read_dirtily(&self) -> Option<BTreeSet<String>> {
        let library = self.dirtyread()?;
        self.db.run(&format!(
            "CREATE OR REPLACE FUNCTION pg_dirtyread(regclass) RETURNS SETOF record LANGUAGE c STRICT AS '{}', 'pg_dirtyread'",
            library.display()
        ));
        let mut all = BTreeSet::new();
        let mut look = |relation: &str, columns: &str, holds: &str| {
            let sql = format!(
                "SELECT count(*) FROM pg_dirtyread('{relation}') AS t ({columns}) WHERE {holds}"
            );
            if self.db.one(&sql) != "0" {
                all.insert(relation.to_owned());
            }
        };
        let told = "t::text ~* 'kanarie|6175550171|192[.]0[.]2[.]171|3fff:a1b2'";
        let caller = "caller_id bigint, account_id text, phone text, ip inet, full_name text, profile jsonb, tags text[], words tsvector";
        let event = "event_id bigint, day date, account_id text, phone text, ip inet, body text";
        look("care.caller", caller, told);
        look("care.event_2017_110", event, told);
        look("care.event_later", event, told);
        look(
            "care.audit",
            "audit_id bigint, account_id text, phone text, ip inet, full_name text",
            told,
        );
        look(
            "care.seen",
            "caller_id bigint, phone text, full_name text, profile jsonb",
            told,
        );
        look("care.seen_again", "caller_id bigint, name text", told);
        let toast = self.db.one(
            "SELECT reltoastrelid::regclass FROM pg_class WHERE oid = 'care.caller'::regclass",
        );
        look(
            &toast,
            // Not all columns: rows of TOAST have no type of their own.
            "chunk_id oid, chunk_data bytea",
            "position('Kanarie'::bytea IN chunk_data) > 0",
        );
        Some(
            all.into_iter()
                .map(|name| {
                    if name == toast {
                        "TOAST of care.caller".to_owned()
                    } else {
                        name
                    }
                })
                .collect(),
        )
    }

    /// The statistics that contain a canary.
    pub fn in_statistics(&self) -> BTreeSet<String> {
        let told = "~* 'kanarie|6175550171|192[.]0[.]2[.]171|3fff:a1b2'";
        let sql = format!(
            "SELECT tablename || '.' || attname FROM pg_stats s WHERE schemaname = 'care' AND s::text {told}
             UNION ALL SELECT 'together ' || statistics_name FROM pg_stats_ext s WHERE s::text {told}
             UNION ALL SELECT 'expression ' || statistics_name FROM pg_stats_ext_exprs s
                 WHERE coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, '') {told}"
        );
        self.db.rows(&sql).into_iter().collect()
    }

    /// The needles in the files of the stopped server, except its WAL; the server is started again.
    pub fn on_disk(&mut self) -> BTreeSet<String> {
        self.db.run("CHECKPOINT");
        self.server.stop(Signal::SIGINT);
        let data = self.server.data();
        let held = found(&data, &needles());
        self.server.start();
        self.db = self.drop.db();
        let inside = |line: &String| !line.contains("/pg_wal/");
        held.into_iter()
            .filter(inside)
            .map(|line| line.replace(&format!("{}/", data.display()), ""))
            .collect()
    }

    /// The library of `pg_dirtyread` for the server that the tests run on: beside it, or a copy of what `scripts/prepare` unpacked.
    fn dirtyread(&self) -> Option<PathBuf> {
        let beside = self
            .db
            .one("SELECT setting FROM pg_config WHERE name = 'PKGLIBDIR'");
        let beside = PathBuf::from(beside).join("pg_dirtyread.so");
        let major = self
            .db
            .one("SELECT current_setting('server_version_num')::int / 10000");
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        let unpacked = target.join(format!(
            "dirtyread-{major}/usr/lib/postgresql/{major}/lib/pg_dirtyread.so"
        ));
        if beside.exists() {
            return Some(beside);
        }
        if unpacked.exists() {
            // The server's user may not get at the other one. Once: it is in use from then on.
            let copy = self.server.data().with_file_name("pg_dirtyread.so");
            if !copy.exists() {
                fs::copy(unpacked, &copy).unwrap();
            }
            return Some(copy);
        }
        assert!(
            std::env::var_os("LETHE_TEST_DIRTYREAD").is_none(),
            "pg_dirtyread is required, and there is no {beside:?} or {unpacked:?}"
        );
        eprintln!(
            "SKIPPED: nothing reads dead rows by value, for pg_dirtyread is not installed for PostgreSQL {major}"
        );
        None
    }
}
