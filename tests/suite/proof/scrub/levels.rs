//! What each level removes, and what it reports if it could not.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::fixture::{CANARY, Scrubbing, ended};
use crate::support::bytes::{Needle, found};
use crate::support::with_digests;

#[test]
fn level_1_leaves_no_dead_row_version_and_no_statistics_with_the_value() {
    let s = Scrubbing::new();
    s.db.run("ANALYZE contact_centre.sms_message");
    let in_statistics = format!(
        "SELECT count(*) FROM pg_stats WHERE most_common_vals::text LIKE '%{CANARY}%' OR histogram_bounds::text LIKE '%{CANARY}%'"
    );
    assert_ne!(s.db.one(&in_statistics), "0", "the control: it is there");
    s.forget();
    assert!(s.dead() > 0);
    let scrubbed = s.scrub(&[]);
    scrubbed.assert_complete();
    assert_eq!(s.dead(), 0);
    assert_eq!(s.db.one(&in_statistics), "0");
    assert!(
        scrubbed
            .units("table")
            .contains(&"contact_centre.sms_message".to_owned())
    );
    assert!(
        scrubbed
            .units("parent")
            .contains(&"contact_centre.contact_attempt".to_owned())
    );
    assert_eq!(scrubbed.units("statistics").len(), 2);
    // Nothing is due again before the next forget.
    let again = s.scrub(&[]);
    again.assert_complete();
    assert_eq!(again.json["units"].as_array().unwrap().len(), 0);
    assert_eq!(s.db.one("SELECT count(*) FROM lethe.scrub"), "1");
    // A deeper level is.
    let deeper = s.scrub(&["--level", "1.5"]);
    deeper.assert_complete();
    assert_eq!(deeper.units("table"), [""; 0]);
    assert!(
        deeper
            .units("index")
            .iter()
            .any(|index| index.contains("sms_message")),
        "{:?}",
        deeper.units("index")
    );
    let primary = "contact_centre.sms_message_pkey".to_owned();
    assert!(
        !deeper.units("index").contains(&primary),
        "its columns are kept"
    );
}

/// Data files that hold the canary.
fn files_with_canary(s: &Scrubbing) -> BTreeSet<String> {
    let data = PathBuf::from(s.db.one("SHOW data_directory"));
    let needle = [Needle::new("it", CANARY)];
    let mut all = found(&data.join("base"), &needle);
    all.append(&mut found(&data.join("global"), &needle));
    all
}

#[test]
fn level_2_rewrites_every_table() {
    let s = Scrubbing::new();
    s.forget();
    s.db.run("CHECKPOINT");
    assert!(
        !files_with_canary(&s).is_empty(),
        "the control: they are there"
    );
    let file = "SELECT pg_relation_filenode('contact_centre.sms_message')";
    let before = s.db.one(file);
    let estimated = s.scrub(&["--level", "2", "--estimate"]);
    assert_eq!(estimated.code, 0, "{}", estimated.stderr);
    assert_eq!(s.db.one("SELECT count(*) FROM lethe.scrub"), "0");
    let sms = estimated.json["units"]
        .as_array()
        .unwrap()
        .iter()
        .find(|unit| unit["relation"] == "contact_centre.sms_message")
        .unwrap();
    assert_eq!(sms["exclusive"], true);
    assert!(
        estimated.json["room"]["free"].as_i64().unwrap() > 0,
        "{:#}",
        estimated.json["room"]
    );
    let scrubbed = s.scrub(&["--level", "2"]);
    scrubbed.assert_complete();
    assert_ne!(s.db.one(file), before);
    assert_eq!(scrubbed.units("checkpoint"), ["checkpoint"]);
    assert_eq!(files_with_canary(&s), BTreeSet::new());
    assert_eq!(s.dead(), 0);
    // The indexes are clean as well.
    assert_eq!(
        s.scrub(&["--level", "1.5"]).json["units"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn every_blocker_of_row_versions_makes_it_incomplete_and_is_named() {
    let s = Scrubbing::new();
    let other = s.server.db();
    let pid = other.one("SELECT pg_backend_pid()");
    other.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    s.forget();
    for level in ["1", "1.5", "2"] {
        let held = s.scrub(&["--level", level, "--wait", "1s"]);
        held.assert_incomplete();
        assert_eq!(
            held.holders(),
            [("idle".to_owned(), pid.clone())],
            "{level}"
        );
        assert!(s.dead() > 0);
    }
    let recorded = s.db.one("SELECT string_agg(DISTINCT kind || ' ' || pid, ', ') FROM lethe.scrub_holder WHERE keeps = 'rows'");
    assert_eq!(recorded, format!("idle {pid}"));
    other.run("ROLLBACK");
    s.db.run("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'left by a driver'");
    // It began after the forget, so it keeps no old value.
    s.scrub(&["--wait", "0s"]).assert_complete();
    assert_eq!(s.dead(), 0);
}

#[test]
fn a_scrub_waits_for_a_blocker_that_ends_in_time() {
    let s = Scrubbing::new();
    let other = s.server.db();
    other.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    s.forget();
    let scrub = s.start(&["--wait", "60s"]);
    s.db.wait_for(
        "1",
        "SELECT count(*) FROM lethe.scrub_unit WHERE complete IS NULL",
    );
    s.db.wait_for("t", "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'lethe%' AND query LIKE '-- Whatever makes%' AND state = 'idle'");
    other.run("COMMIT");
    let output = scrub.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(s.dead(), 0);
}

#[test]
fn a_killed_scrub_continues_and_drops_its_unfinished_indexes() {
    let s = Scrubbing::new();
    s.forget();
    // REINDEX CONCURRENTLY waits for sessions that write the table, VACUUM does not.
    let writer = s.server.db();
    writer.run("BEGIN; LOCK TABLE contact_centre.sms_message IN ROW EXCLUSIVE MODE");
    let mut scrub = s.start(&["--level", "1.5", "--wait", "5m"]);
    s.db.wait_for("t", "SELECT count(*) > 0 FROM lethe.scrub_unit WHERE complete AND relation = 'contact_centre.sms_message'");
    s.db.wait_for(
        "t",
        "SELECT count(*) > 0 FROM pg_index WHERE NOT indisvalid",
    );
    s.db.run("CREATE INDEX other_ccnew ON contact_centre.recording (agent_id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'contact_centre.other_ccnew'::regclass");
    kill(Pid::from_raw(scrub.id() as i32), Signal::SIGKILL).unwrap();
    scrub.wait().unwrap();
    s.db.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lethe%'");
    s.db.wait_for(
        "0",
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'lethe%'",
    );
    writer.run("ROLLBACK");
    assert_eq!(s.db.one("SELECT complete FROM lethe.scrub"), "NULL");
    let on = s.scrub(&["--level", "1.5"]);
    on.assert_complete();
    assert!(
        !on.units("table")
            .contains(&"contact_centre.sms_message".to_owned()),
        "done before"
    );
    assert!(!on.units("index").is_empty());
    let invalid =
        s.db.rows("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid");
    assert_eq!(invalid, ["contact_centre.other_ccnew"], "another's stays");
}

#[test]
fn two_scrubs_do_not_run_at_once() {
    let s = Scrubbing::new();
    let other = s.server.db();
    other.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    s.forget();
    let first = s.start(&["--wait", "60s"]);
    s.db.wait_for(
        "1",
        "SELECT count(*) FROM lethe.scrub_unit WHERE complete IS NULL",
    );
    let second = s.scrub(&[]);
    assert_eq!(second.code, 1);
    assert!(second.stderr.contains("another scrub"), "{}", second.stderr);
    other.run("COMMIT");
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn a_window_that_ends_leaves_targets_for_the_next_scrub() {
    let s = Scrubbing::new();
    assert!(s.server.lethe(&["keygen"]).status().unwrap().success());
    s.forget();
    let over = s.scrub(&["--until", "2018-03-15T00:00:00Z"]);
    over.assert_incomplete();
    assert_eq!(over.json["units"].as_array().unwrap().len(), 0);
    assert_eq!(over.json["certificates"], 0, "it treated nothing");
    assert_eq!(over.holders()[0].0, "window");
    s.scrub(&["--until", "2999-03-15T00:00:00Z"])
        .assert_complete();
    assert_eq!(s.dead(), 0);
}

#[test]
fn a_table_owner_without_other_privileges_scrubs_and_is_told_what_is_missing() {
    let s = Scrubbing::new();
    s.forget();
    s.db.run(
        "CREATE ROLE owner_only LOGIN;
         GRANT USAGE ON SCHEMA lethe, contact_centre TO owner_only;
         GRANT CREATE ON SCHEMA contact_centre TO owner_only;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO owner_only;
         DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'contact_centre'::regnamespace AND relkind IN ('r', 'p')
             LOOP EXECUTE format('ALTER TABLE %s OWNER TO owner_only', t); END LOOP; END $$",
    );
    let plain = s.server.address().replace("user=lethe", "user=owner_only");
    let as_owner = |words: &[&str]| {
        let mut command = s.command(words);
        command.args(["--database", &plain]);
        let twice: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        // Without the default address of the server.
        let at = twice.iter().position(|word| word == "--database").unwrap();
        let mut once = std::process::Command::new(command.get_program());
        once.args(&twice[..at]).args(&twice[at + 2..]);
        if let Some(folder) = command.get_current_dir() {
            once.current_dir(folder);
        }
        once.stdin(Stdio::null());
        ended(once)
    };
    let scrubbed = as_owner(&["--level", "1.5"]);
    scrubbed.assert_incomplete();
    assert_eq!(s.dead(), 0);
    let holders = scrubbed.holders();
    assert!(
        holders
            .iter()
            .all(|(kind, name)| kind == "right" && name.contains("pg_statistic")),
        "{holders:?}"
    );
    // The free space of the disk cannot be determined.
    let refused = as_owner(&["--level", "2"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    assert_eq!(as_owner(&["--level", "2", "--yes", "--wait", "1s"]).code, 3);
}

#[test]
fn statistics_that_analyze_leaves_are_named() {
    let s = Scrubbing::new();
    s.db.run(
        "ANALYZE contact_centre.sms_message;
         ALTER TABLE contact_centre.sms_message ALTER COLUMN handset SET STATISTICS 0",
    );
    s.forget();
    let scrubbed = s.scrub(&[]);
    scrubbed.assert_incomplete();
    let holders = scrubbed.holders();
    assert_eq!(holders.len(), 1, "{holders:?}");
    assert!(
        holders[0]
            .1
            .starts_with("contact_centre.sms_message.handset;"),
        "{holders:?}"
    );
    s.db.run("ALTER TABLE contact_centre.sms_message ALTER COLUMN handset SET STATISTICS -1");
    s.scrub(&[]).assert_complete();
    s.fill();
    s.db.run("DELETE FROM lethe.scrub_unit; DELETE FROM contact_centre.sms_message");
    let empty = s.scrub(&[]);
    empty.assert_incomplete();
    assert!(
        empty
            .holders()
            .iter()
            .all(|(kind, name)| kind == "statistics" && name.contains("is empty")),
        "{:?}",
        empty.holders()
    );
}

#[test]
fn materialised_views_are_refreshed_concurrently_if_possible() {
    let s = Scrubbing::new();
    let view = "CREATE MATERIALIZED VIEW contact_centre";
    s.db.run(&format!(
        "{view}.handsets AS SELECT message_id, handset FROM contact_centre.sms_message;
         CREATE UNIQUE INDEX ON contact_centre.handsets (message_id);
         {view}.unkeyed AS SELECT handset FROM contact_centre.handsets"
    ));
    let catalogue = lethe::catalogue::REFERENCE.replace(
        "\ntable = \"sms_message\"\n",
        "\ntable = \"sms_message\"\naccepted = [\"contact_centre.handsets\", \"contact_centre.unkeyed\", \"handsets\", \"unkeyed\"]\n",
    );
    let catalogue = with_digests(&catalogue, &s.server.address());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), catalogue).unwrap();
    s.server
        .configure(&format!("catalogue = {:?}", file.path()));
    s.forget();
    let of = |view: &str| {
        s.db.one(&format!(
            "SELECT count(*) FROM contact_centre.{view} WHERE handset = '{CANARY}'"
        ))
    };
    assert_ne!(of("handsets"), "0");
    let first = s.scrub(&["--level", "1.5"]);
    first.assert_incomplete();
    assert_eq!(of("handsets"), "0");
    assert_eq!(
        first.units("view"),
        ["contact_centre.handsets", "contact_centre.unkeyed"]
    );
    assert!(
        first
            .holders()
            .iter()
            .all(|(kind, name)| kind == "view" && name.contains("unkeyed")),
        "{:?}",
        first.holders()
    );
    s.scrub(&["--level", "2"]).assert_complete();
    assert_eq!(of("unkeyed"), "0");
}

#[test]
fn a_scrub_can_be_restricted_to_the_tables_of_a_submission() {
    let s = Scrubbing::new();
    s.forget();
    s.db.run(
        "INSERT INTO lethe.submission (drop_name, file_name, action, state, received_at) VALUES ('d', 'forget-20180316_9.json', 'FORGET', 'done', now());
         INSERT INTO lethe.table_count (submission_id, table_name, row_count) SELECT max(submission_id), 'contact_centre.recording', 1 FROM lethe.submission",
    );
    let one = s.scrub(&["--submission", "forget-20180316_9.json"]);
    one.assert_complete();
    assert_eq!(one.units("table"), ["contact_centre.recording"]);
    assert_eq!(s.scrub(&["--submission", "forget-20180317_9.json"]).code, 2);
    let rest = s.scrub(&[]);
    rest.assert_complete();
    assert!(
        !rest
            .units("table")
            .contains(&"contact_centre.recording".to_owned())
    );
}

#[test]
fn a_run_scrubs_at_its_end_if_configured() {
    let s = Scrubbing::new();
    s.server.configure("scrub = 1.5");
    s.forget();
    assert_eq!(s.dead(), 0);
    assert_eq!(
        s.db.one("SELECT level || ' ' || complete FROM lethe.scrub"),
        "1.5 true"
    );
    s.server.run(&[]).output().unwrap();
    assert_eq!(
        s.db.one("SELECT count(*) FROM lethe.scrub"),
        "1",
        "nothing was due"
    );
    s.server.configure("scrub = 3");
    let wrong = s.scrub(&[]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("scrub is \"off\", 1, 1.5 or 2"),
        "{}",
        wrong.stderr
    );
}

/// A server with pg_repack, if it is installed.
fn with_repack() -> Option<Scrubbing> {
    let s = Scrubbing::new();
    let there = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_repack'";
    if s.db.one(there) == "0" {
        eprintln!("SKIPPED: no pg_repack for this server here");
        return None;
    }
    s.db.run("CREATE EXTENSION pg_repack");
    Some(s)
}

#[test]
fn pg_repack_rewrites_tables_with_a_key() {
    let Some(s) = with_repack() else { return };
    s.forget();
    s.db.run("CHECKPOINT");
    assert_ne!(files_with_canary(&s), BTreeSet::new(), "the control");
    let estimated = s.scrub(&["--level", "2", "--repack", "--estimate"]);
    let exclusive = |relation: &str| {
        let units = estimated.json["units"].as_array().unwrap();
        let unit = units.iter().find(|unit| unit["relation"] == relation);
        unit.unwrap()["exclusive"].as_bool().unwrap()
    };
    assert!(!exclusive("contact_centre.sms_message"));
    assert!(exclusive("pg_catalog.pg_statistic"), "it has no key");
    let file = "SELECT pg_relation_filenode('contact_centre.sms_message')";
    let rows = "SELECT md5(string_agg(m::text, ';' ORDER BY message_id)) FROM contact_centre.sms_message m";
    let before = (s.db.one(file), s.db.one(rows));
    let scrubbed = s.scrub(&["--level", "2", "--repack"]);
    scrubbed.assert_complete();
    assert_ne!(s.db.one(file), before.0);
    assert_eq!(s.db.one(rows), before.1);
    assert_eq!(files_with_canary(&s), BTreeSet::new());
    assert_eq!(
        s.db.one("SELECT count(*) FROM pg_trigger WHERE tgname = 'repack_trigger'"),
        "0"
    );
}

#[test]
fn pg_repack_terminates_no_session_that_blocks_it() {
    let Some(s) = with_repack() else { return };
    s.forget();
    s.scrub(&["--level", "2"]).assert_complete();
    // One table only is due from here on.
    s.db.run(&format!("INSERT INTO contact_centre.sms_message (message_id, account_id, handset) VALUES (9000, '110', '{CANARY}')"));
    let first = s.server.path("drop/GDPR_Submit/forget-20180315_1.json");
    fs::copy(&first, first.with_file_name("forget-20180315_2.json")).unwrap();
    let ended = s.server.run(&[]).stdout(Stdio::null()).status();
    assert!(ended.unwrap().success());
    let reader = s.server.db();
    // Without a snapshot, so that it blocks only by its lock.
    reader.run("BEGIN; LOCK TABLE contact_centre.sms_message IN ACCESS SHARE MODE");
    let words = ["--level", "2", "--repack", "--wait", "1s"];
    let held = s.scrub(&words);
    held.assert_incomplete();
    let told = held.holders();
    let [(kind, name)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(kind, "lock");
    assert!(name.contains("contact_centre.sms_message"), "{name}");
    assert_eq!(
        s.db.one("SELECT count(*) FROM pg_trigger WHERE tgname = 'repack_trigger'"),
        "0",
        "it left nothing"
    );
    reader.run("COMMIT");
    s.scrub(&words).assert_complete();
}

#[test]
fn pg_repack_must_be_installed_if_it_is_requested() {
    let s = Scrubbing::new();
    s.forget();
    let refused = s.scrub(&["--level", "2", "--repack"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("CREATE EXTENSION pg_repack"),
        "{}",
        refused.stderr
    );
    let refused = s.scrub(&["--repack"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--level 2"), "{}", refused.stderr);
}
