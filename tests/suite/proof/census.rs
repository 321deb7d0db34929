//! The census: everything that may hold old values is found and named, and what the role cannot see is unknown.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::proof::scrub::fixture::{CANARY, Scrubbing};
use crate::support::{Db, LETHE, PlainServer, WORKER, with_digests, with_role};

const FILE: &str = "forget-20180315_1.json";

/// What a census printed as JSON, and how it ended.
pub struct Taken {
    pub code: i32,
    pub json: Value,
}

/// A census with the rights of a role.
#[track_caller]
pub fn census_at(s: &Scrubbing, address: &str, words: &[&str]) -> Taken {
    let output = Command::new(LETHE)
        .args(["census", "--format", "json", "--database"])
        .arg(with_role(address, WORKER))
        .args(words)
        .env("LETHE_CONFIG", s.server.path("lethe.toml"))
        .current_dir(s.server.path(""))
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stdout.contains(&CANARY[1..]) && !stderr.contains(&CANARY[1..]));
    Taken {
        code: output.status.code().unwrap(),
        json: serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout}{stderr}")),
    }
}

#[track_caller]
pub fn census(s: &Scrubbing, words: &[&str]) -> Taken {
    census_at(s, &s.server.address(), words)
}

impl Taken {
    pub fn findings(&self) -> &Vec<Value> {
        self.json["findings"].as_array().unwrap()
    }

    /// The grades of a place, each with its object, in their order.
    pub fn of(&self, place: &str) -> Vec<(String, String)> {
        let there = self.findings().iter().filter(|f| f["place"] == place);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        there
            .map(|f| (text(&f["object"]), text(&f["grade"])))
            .collect()
    }

    /// The grade of an object of a place.
    #[track_caller]
    pub fn grade(&self, place: &str, object: &str) -> String {
        let all = self.of(place);
        let found = all.iter().find(|(name, _)| name == object);
        found
            .unwrap_or_else(|| panic!("{place} {object}: {all:?}"))
            .1
            .clone()
    }

    /// All grades of a place.
    pub fn grades(&self, place: &str) -> Vec<String> {
        let mut grades: Vec<String> = self.of(place).into_iter().map(|(_, grade)| grade).collect();
        grades.sort();
        grades.dedup();
        grades
    }

    /// What ends it.
    pub fn way_out(&self, place: &str) -> Vec<String> {
        let there = self.findings().iter().filter(|f| f["place"] == place);
        let lines = there.flat_map(|f| f["way_out"].as_array().cloned().unwrap_or_default());
        lines
            .map(|line| line.as_str().unwrap().to_owned())
            .collect()
    }
}

const SMS: &str = "contact_centre.sms_message";

#[test]
fn if_nothing_was_forgotten_nothing_is_left() {
    let s = Scrubbing::new();
    let taken = census(&s, &[]);
    assert_eq!(taken.code, 0);
    assert_eq!(taken.json["clean"], true);
    assert_eq!(taken.json["tables"].as_array().unwrap().len(), 0);
    assert_eq!(taken.grades("rows"), ["gone"]);
    assert_eq!(taken.of("indexes"), []);
}

#[test]
fn each_level_of_a_scrub_has_its_own_grades() {
    let s = Scrubbing::new();
    s.db.run(
        "CREATE INDEX handset_gin ON contact_centre.sms_message USING gin (to_tsvector('simple', body));
         CREATE INDEX handset_brin ON contact_centre.sms_message USING brin (handset);
         ANALYZE contact_centre.sms_message",
    );
    s.forget();
    let before = census(&s, &["--submission", FILE]);
    assert_eq!(before.code, 3);
    assert_eq!(before.grade("rows", SMS), "may_remain");
    assert_eq!(before.grades("indexes"), ["may_remain"]);
    assert_eq!(
        before.grade("statistics", &format!("{SMS}.handset")),
        "may_remain",
        "the very value is found"
    );
    assert!(before.way_out("rows").contains(&"lethe scrub".to_owned()));
    assert!(before.json["files_clean"].is_null());
    let dead = |taken: &Taken| {
        let rows = taken.findings().iter();
        let of = rows.filter(|f| f["place"] == "rows" && f["object"] == SMS);
        of.map(|f| f["detail"].as_str().unwrap().to_owned())
            .collect::<String>()
    };
    assert_eq!(
        dead(&before),
        "5 dead row versions (the server's estimate, any cause)"
    );
    s.db.run("CREATE EXTENSION pgstattuple");
    assert_eq!(
        dead(&census(&s, &[])),
        "5 dead row versions (counted, any cause)"
    );

    s.scrub(&[]).assert_complete();
    let one = census(&s, &["--submission", FILE]);
    assert_eq!(one.grades("rows"), ["unreachable"]);
    assert_eq!(
        one.grade("indexes", "contact_centre.handset_gin"),
        "may_remain"
    );
    assert_eq!(
        one.grade("indexes", "contact_centre.handset_brin"),
        "may_remain"
    );
    assert_eq!(
        one.grade("indexes", "contact_centre.sms_message_handset"),
        "unreachable"
    );
    assert_eq!(one.grades("statistics"), ["gone", "unreachable"]);
    assert_eq!(
        one.grade("statistics", "pg_catalog.pg_statistic"),
        "unreachable"
    );
    assert_eq!(dead(&one), "0 dead row versions (counted, any cause)");

    s.scrub(&["--level", "1.5"]).assert_complete();
    let more = census(&s, &[]);
    assert_eq!(more.grades("indexes"), ["gone"]);
    assert_eq!(more.grades("rows"), ["unreachable"]);
    assert!(more.json["files_clean"].is_null());

    s.scrub(&["--level", "2"]).assert_complete();
    let two = census(&s, &["--submission", FILE, "--backup-retention", "35d"]);
    for place in ["rows", "indexes", "statistics"] {
        assert_eq!(two.grades(place), ["gone"], "{place}");
    }
    let since = two.json["files_clean"]["since"].as_str().unwrap();
    assert!(
        two.json["files_clean"]["position"]
            .as_str()
            .unwrap()
            .contains('/')
    );
    let backups = two
        .findings()
        .iter()
        .find(|f| f["place"] == "backups")
        .unwrap();
    let day = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap();
    let until = day(backups["until_moment"].as_str().unwrap());
    assert_eq!(until - day(since), chrono::TimeDelta::days(35));
    // Changes of a later forget do not count.
    s.fill();
    let again = s.db.one("SELECT count(*) FROM contact_centre.sms_message");
    assert_eq!(again, "600");
    s.db.run("UPDATE lethe.table_count SET row_count = row_count + 1 WHERE table_name = 'contact_centre.sms_message'");
    let later = census(&s, &[]);
    assert_eq!(later.grade("rows", SMS), "may_remain");
    assert_eq!(later.code, 3);
}

#[test]
fn a_blocked_scrub_is_not_reported_as_complete() {
    let s = Scrubbing::new();
    let other = s.server.db();
    other.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    s.forget();
    s.scrub(&["--level", "2", "--wait", "0s"])
        .assert_incomplete();
    let held = census(&s, &[]);
    assert_eq!(held.grades("rows"), ["may_remain"]);
    assert_eq!(held.grades("indexes"), ["may_remain"]);
    let pid: i64 = other.one("SELECT pg_backend_pid()").parse().unwrap();
    for list in ["stood", "holders"] {
        let named = held.json[list].as_array().unwrap().iter();
        assert!(
            named.clone().any(|h| h["pid"] == pid),
            "{list}: {:#}",
            held.json[list]
        );
    }
}

#[test]
fn statistics_that_cannot_be_examined_are_unknown() {
    let s = Scrubbing::new();
    s.db.run(
        "CREATE ROLE looker LOGIN; GRANT USAGE ON SCHEMA lethe, contact_centre TO looker;
         GRANT SELECT ON ALL TABLES IN SCHEMA contact_centre TO looker;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO looker",
    );
    s.forget();
    s.scrub(&[]).assert_complete();
    s.db.run("REVOKE SELECT ON pg_catalog.pg_stats_ext_exprs FROM PUBLIC");
    let address = s.server.address().replace("user=lethe", "user=looker");
    let taken = census_at(&s, &address, &[]);
    assert_eq!(taken.code, 3);
    for table in [SMS, "contact_centre.contact_attempt_default"] {
        assert_eq!(taken.grade("statistics", table), "unknown", "{table}");
    }
}

#[test]
fn what_triggers_and_rules_write_to_is_named() {
    let s = Scrubbing::new();
    s.db.run(
        "CREATE SCHEMA audit; CREATE TABLE audit.\"Trail\" (old text); CREATE TABLE audit.rules (old text);
         CREATE FUNCTION audit.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit.\"Trail\" VALUES (OLD.handset); RETURN NEW; END $$;
         CREATE FUNCTION audit.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.sent_at := now(); RETURN NEW; END $$;
         CREATE FUNCTION audit.elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('a.b', OLD.handset, false); RETURN NEW; END $$;
         CREATE TRIGGER keep AFTER UPDATE ON contact_centre.sms_message FOR EACH ROW EXECUTE FUNCTION audit.keep();
         CREATE TRIGGER stamp BEFORE UPDATE ON contact_centre.sms_message FOR EACH ROW EXECUTE FUNCTION audit.stamp();
         CREATE TRIGGER elsewhere AFTER UPDATE ON contact_centre.sms_message FOR EACH ROW EXECUTE FUNCTION audit.elsewhere();
         CREATE TRIGGER same BEFORE UPDATE ON contact_centre.sms_message FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
         CREATE TRIGGER off AFTER UPDATE ON contact_centre.sms_message FOR EACH ROW EXECUTE FUNCTION audit.keep();
         ALTER TABLE contact_centre.sms_message DISABLE TRIGGER off",
    );
    let catalogue = lethe::catalogue::REFERENCE.replace(
        "\ntable = \"sms_message\"\n",
        "\ntable = \"sms_message\"\naccepted = [\"keep\", \"stamp\", \"elsewhere\", \"same\"]\n",
    );
    let catalogue = with_digests(&catalogue, &s.server.address());
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), catalogue).unwrap();
    s.server
        .configure(&format!("catalogue = {:?}", file.path()));
    s.forget();
    s.db.run("INSERT INTO lethe.table_count (submission_id, table_name, row_count) SELECT max(submission_id), 'contact_centre.recording', 1 FROM lethe.submission ON CONFLICT DO NOTHING");
    // A run would refuse a rule, but it may be created later.
    s.db.run("CREATE RULE noted AS ON UPDATE TO contact_centre.recording DO ALSO INSERT INTO audit.rules VALUES (OLD.caller)");
    let taken = census(&s, &[]);
    let trigger = |name: &str| taken.grade("copies", &format!("{SMS}: {name}"));
    assert_eq!(trigger("keep"), "may_remain");
    assert_eq!(trigger("stamp"), "gone");
    assert_eq!(trigger("elsewhere"), "unknown");
    assert_eq!(trigger("same"), "gone");
    assert_eq!(
        taken.grade("copies", "contact_centre.recording: noted"),
        "may_remain"
    );
    let shown = taken.json.to_string();
    assert!(shown.contains("writes to audit.Trail") && shown.contains("writes to audit.rules"));
    assert_eq!(taken.of("copies").len(), 5, "{:?}", taken.of("copies"));
}

#[test]
fn replicas_slots_wal_and_its_archive_are_named() {
    let s = Scrubbing::with(&[
        ("wal_level", "logical"),
        ("max_wal_senders", "4"),
        ("max_replication_slots", "4"),
        ("archive_mode", "on"),
        ("archive_command", "/bin/true"),
    ]);
    let none = census(&s, &[]);
    assert_eq!(none.grades("replicas"), ["gone"]);
    s.db.run("CREATE PUBLICATION to_warehouse FOR TABLE contact_centre.sms_message");
    s.db.run("SELECT pg_create_logical_replication_slot('warehouse', 'test_decoding')");
    let standby = PlainServer::standby_of(&s.server.address());
    s.db.wait_for(
        "1",
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL",
    );
    s.forget();
    let taken = census(&s, &["--backup-retention", "35d"]);
    assert_eq!(taken.grade("replicas", "to_warehouse"), "unknown");
    assert_eq!(taken.grade("replicas", "warehouse"), "may_remain");
    assert!(
        taken
            .way_out("replicas")
            .iter()
            .any(|line| line.contains("pg_drop_replication_slot('warehouse')"))
    );
    assert_eq!(taken.grade("replicas", "walreceiver"), "may_remain");
    assert_eq!(taken.grades("wal"), ["may_remain"]);
    assert_eq!(taken.grades("wal_archive"), ["may_remain"]);
    let replica = Db::open(&standby.address());
    s.scrub(&["--wait", "0s"]).assert_incomplete();
    s.db.run("SELECT pg_drop_replication_slot('warehouse')");
    s.scrub(&[]).assert_complete();
    let there = s.db.one("SELECT pg_current_wal_insert_lsn()");
    replica.wait_for(
        "t",
        &format!("SELECT pg_last_wal_replay_lsn() >= '{there}'"),
    );
    s.db.wait_for(
        "t",
        &format!("SELECT bool_and(replay_lsn >= '{there}') FROM pg_stat_replication"),
    );
    let done = census(&s, &["--backup-retention", "35d"]);
    assert_eq!(done.grade("replicas", "walreceiver"), "unreachable");
    let archive = done
        .findings()
        .iter()
        .find(|f| f["place"] == "wal_archive")
        .unwrap();
    assert!(archive["until_moment"].is_string(), "{archive:#}");
    // A role that may not see the progress of a replica says so.
    s.db.run("CREATE ROLE looker LOGIN; GRANT USAGE ON SCHEMA lethe, contact_centre TO looker; GRANT SELECT ON ALL TABLES IN SCHEMA contact_centre TO looker; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO looker");
    let blind = census_at(
        &s,
        &s.server.address().replace("user=lethe", "user=looker"),
        &[],
    );
    assert_eq!(blind.grade("replicas", "walreceiver"), "unknown");
}

#[test]
fn the_servers_wal_is_unreachable_once_all_older_files_are_gone() {
    let s = Scrubbing::with(&[
        ("wal_recycle", "off"),
        ("min_wal_size", "32MB"),
        ("max_wal_size", "32MB"),
    ]);
    s.forget();
    s.scrub(&["--level", "2"]).assert_complete();
    assert_eq!(census(&s, &[]).grades("wal"), ["may_remain"]);
    // The times of the server's files have a precision of a second.
    s.db.wait_for(
        "t",
        "SELECT clock_timestamp() > max(ended_at) + interval '1 second' FROM lethe.scrub_unit",
    );
    for _ in 0..3 {
        s.db.run("SELECT pg_switch_wal(); SELECT pg_current_xact_id(); CHECKPOINT");
    }
    let passed = census(&s, &[]);
    assert_eq!(passed.grades("wal"), ["unreachable"]);
}

#[test]
fn statements_and_comments_are_searched_for_devices() {
    let s = Scrubbing::with(&[("shared_preload_libraries", "pg_stat_statements")]);
    s.db.run("CREATE EXTENSION pg_stat_statements SCHEMA contact_centre");
    s.forget();
    let blind = census(&s, &[]);
    assert_eq!(blind.grades("statements"), ["unknown"]);
    assert_eq!(blind.grades("comments"), ["unknown"]);
    let clean = census(&s, &["--submission", FILE]);
    assert_eq!(clean.grade("statements", "pg_stat_statements"), "gone");
    assert_eq!(clean.grade("statements", "pg_stat_activity"), "gone");
    assert_eq!(clean.grades("comments"), ["gone"]);
    assert_eq!(clean.grades("large_objects"), ["gone"]);
    let other = s.server.db();
    other.run("SET pg_stat_statements.track = 'all'");
    other.run(&format!(
        "COMMENT ON TABLE contact_centre.sms_message IS 'ask {CANARY}, then go on'"
    ));
    s.db.run("SELECT lo_from_bytea(0, 'x')");
    let found = census(&s, &["--submission", FILE]);
    assert_eq!(
        found.grade("statements", "pg_stat_statements"),
        "may_remain"
    );
    assert_eq!(found.grade("statements", "pg_stat_activity"), "may_remain");
    assert_eq!(found.grades("comments"), ["may_remain"]);
    assert_eq!(found.grades("large_objects"), ["unknown"]);
    // A file other than the processed one does not count.
    fs::write(s.server.path("drop/GDPR_Submit").join(FILE), "{}").unwrap();
    let other = census(&s, &["--submission", FILE]);
    assert_eq!(other.json["searched"], false);
    assert_eq!(other.grade("statements", "pg_stat_statements"), "unknown");
}

#[test]
fn a_role_without_privileges_is_told_what_it_cannot_see_and_what_to_grant() {
    let s = Scrubbing::with(&[("shared_preload_libraries", "pg_stat_statements")]);
    s.db.run(
        "CREATE EXTENSION pg_stat_statements SCHEMA public;
         CREATE ROLE looker LOGIN; GRANT USAGE ON SCHEMA lethe, contact_centre TO looker;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO looker;
         GRANT SELECT ON contact_centre.contact_attempt TO looker;
         CREATE STATISTICS contact_centre.extended (mcv) ON handset, body FROM contact_centre.sms_message",
    );
    s.forget();
    let address = s.server.address().replace("user=lethe", "user=looker");
    let taken = census_at(&s, &address, &["--submission", FILE]);
    assert_eq!(taken.code, 3);
    for place in ["statements", "temp_files", "wal"] {
        assert_eq!(taken.grades(place), ["unknown"], "{place}");
    }
    assert_eq!(
        taken.grade("statistics", &format!("{SMS}.handset")),
        "unknown"
    );
    assert_eq!(
        taken.grade("statistics", "contact_centre.extended"),
        "unknown"
    );
    let loud = taken.of("log_settings");
    assert!(
        loud.iter()
            .any(|(name, grade)| name == "log_min_messages" && grade == "may_remain"),
        "{loud:?}"
    );
    // The printed statements fix that.
    let lines = taken.way_out("log_settings");
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("GRANT SET ON PARAMETER ")
                || line.starts_with("ALTER ROLE ")),
        "{lines:?}"
    );
    for line in lines {
        s.db.run(&line);
    }
    let put_right = census_at(&s, &address, &[]);
    assert_eq!(put_right.grades("log_settings"), ["gone"]);
    s.db.run("GRANT pg_monitor TO looker");
    let more = census_at(&s, &address, &["--submission", FILE]);
    for (place, grade) in [
        ("statements", "gone"),
        ("temp_files", "gone"),
        ("wal", "may_remain"),
    ] {
        assert_eq!(more.grades(place), [grade], "{place}");
    }
}

#[test]
fn temporary_files_and_tables_of_dead_processes_are_found() {
    let s = Scrubbing::new();
    let data = PathBuf::from(s.db.one("SHOW data_directory"));
    let clean = census(&s, &[]);
    assert_eq!(
        (clean.grades("temp_files"), clean.grades("staging")),
        (vec!["gone".to_owned()], vec!["gone".to_owned()])
    );
    let lost = data.join("base/pgsql_tmp");
    fs::create_dir_all(&lost).unwrap();
    fs::write(lost.join("pgsql_tmp4194303.0"), "old").unwrap();
    fs::set_permissions(&lost, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(census(&s, &[]).grades("temp_files"), ["may_remain"]);
    // A killed backend ends all others, and leaves its temporary tables behind.
    let other = s.server.db();
    other.run("CREATE TEMP TABLE lethe_lookup (value text)");
    let pid: i32 = other.one("SELECT pg_backend_pid()").parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let is_back = |db: &Db| {
        let left = db.try_one("SELECT count(*) FROM pg_class WHERE relname = 'lethe_lookup'");
        left.as_deref() == Some("1")
    };
    let db = loop {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let opened = Db::try_open(&s.server.address()).ok();
        if let Some(db) = opened.filter(is_back) {
            break db;
        }
        assert!(std::time::Instant::now() < give_up);
    };
    let left = census(&s, &[]);
    assert_eq!(left.grades("staging"), ["may_remain"]);
    let lines = left.way_out("staging");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("DROP SCHEMA \"pg_temp_"), "{lines:?}");
    db.run(&lines[0]);
    assert_eq!(census(&s, &[]).grades("staging"), ["gone"]);
}

#[test]
fn it_is_printed_as_text_too_and_wrong_arguments_are_errors() {
    let s = Scrubbing::new();
    s.forget();
    let said = |words: &[&str]| {
        let output = s.server.lethe(&["census"]).args(words).output().unwrap();
        let text =
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(!text.contains(&CANARY[1..]));
        (output.status.code().unwrap(), text)
    };
    let (code, text) = said(&["--submission", FILE]);
    assert_eq!(code, 3);
    for words in [
        "rows of tables: may remain",
        "lethe scrub",
        "backups: may remain",
        " open: ",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(said(&["--submission", "forget-20180316_1.json"]).0, 2);
    assert_eq!(said(&["--submission", "holiday.json"]).0, 2);
    assert_eq!(said(&["--backup-retention", "35"]).0, 2);
    assert_eq!(
        s.db.one("SELECT count(*) FROM lethe.scrub"),
        "0",
        "it changes nothing"
    );
}
