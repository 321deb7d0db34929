//! Recovery: after any crash the next run gives the same answers.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Harness, OwnServer};

const ROWS: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C-1', 'Ada'), (2, '110', 'C-2', 'Zoe'), (3, '110', 'C-3', 'Eva');
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
        (1, 1, '110', 'phone', '+16175550100'), (2, 1, '110', 'phone', '+16175550101'), (3, 1, '110', 'phone', '+16175550102');
    INSERT INTO contact_centre.recording (recording_id, account_id, caller, legal_hold) VALUES ('R-1', '110', '+16175550102', true)";
const CONTACTS: &str = r#"{"phone": "+1 617 555 0100"}, {"phone": "1"}, {"phone": "+1 617 555 0101"}, {"phone": "+1 617 555 0102"}, {"phone": "+1 617 555 0199"}"#;

fn harness() -> Harness {
    let harness = Harness::new();
    harness.db.run(ROWS);
    harness
}

/// State after a crash between commit and publication.
const ANSWERED: &str = "UPDATE lethe.submission SET state = 'answered', completed_at = NULL";

#[test]
fn a_committed_but_unpublished_forget_gets_the_same_log() {
    let mut harness = harness();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    let first = harness.run().ok(3);
    let log = harness.result("forget-20180315_1-execution-log.json");
    let (after, updated) = (harness.dump(), first.submissions()[0].clone());
    for state in ["answered", "running"] {
        harness.db.run(ANSWERED);
        harness.db.run(&format!(
            "UPDATE lethe.submission SET state = '{state}'; DELETE FROM lethe.result"
        ));
        fs::remove_file(harness.result_path("forget-20180315_1-execution-log.json")).unwrap();
        // Even if the day has passed.
        harness.now = "2018-03-17T12:00:00Z".into();
        let again = harness.run().ok(3);
        assert_eq!(again.submissions()[0], updated);
        assert_eq!(harness.result("forget-20180315_1-execution-log.json"), log);
        assert_eq!(harness.dump(), after);
        assert_eq!(harness.db.one("SELECT state FROM lethe.submission"), "done");
    }
    assert!(harness.run().ok(0).submissions().is_empty());
}

#[test]
fn a_published_log_that_was_not_recorded_is_kept() {
    let harness = harness();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    harness.run().ok(3);
    let log = harness.result("forget-20180315_1-execution-log.json");
    harness
        .db
        .run(&format!("{ANSWERED}; DELETE FROM lethe.result"));
    harness.run().ok(3);
    assert_eq!(harness.result("forget-20180315_1-execution-log.json"), log);
    assert_eq!(harness.results().len(), 1);
}

#[test]
fn an_export_continues_from_where_it_was_interrupted() {
    let harness = harness();
    harness.submit_contacts("export-20180315_1.json", "110", CONTACTS);
    harness.run().ok(3);
    let (log, archive) = (
        harness.result("export-20180315_1-execution-log.json"),
        harness.archive("export-20180315_1"),
    );
    // Interrupted before the log.
    harness.db.run(ANSWERED);
    fs::remove_file(harness.result_path("export-20180315_1-execution-log.json")).unwrap();
    harness.run().ok(3);
    assert_eq!(harness.result("export-20180315_1-execution-log.json"), log);
    assert_eq!(harness.archive("export-20180315_1"), archive);
    // Interrupted before the archive.
    harness.db.run(&format!(
        "{ANSWERED}; UPDATE lethe.result SET published_at = NULL"
    ));
    for name in harness.results() {
        fs::remove_file(harness.result_path(&name)).unwrap();
    }
    harness.run().ok(3);
    assert_eq!(harness.result("export-20180315_1-execution-log.json"), log);
    assert_eq!(harness.archive("export-20180315_1"), archive);
}

#[test]
fn a_killed_forget_is_completed_by_the_next_run() {
    let mut harness = harness();
    // One device for each transaction: the first is committed when the second waits for the lock.
    harness.config = "devices_per_transaction = 1".into();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    harness.db.run(
        "BEGIN; UPDATE contact_centre.contact_device SET device_type = 'x' WHERE contact_id = 2",
    );
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    let before = harness
        .db
        .one("SELECT count(*) FROM contact_centre.contact_device WHERE device LIKE 'anon-%'");
    assert_eq!(before, "1", "the first device is done");
    assert!(harness.results().is_empty());
    kill(Pid::from_raw(run.id() as i32), Signal::SIGKILL).unwrap();
    run.wait().unwrap();
    harness.db.run("COMMIT");
    harness.db.wait_for(
        "0",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'",
    );
    let status = harness
        .in_drop(&["status", "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(
        status["drops"][0]["running"][0]["file"],
        "forget-20180315_1.json"
    );
    fs::remove_file(harness.submit_path("forget-20180315_1.json")).unwrap();
    harness.run().ok(3);
    assert_eq!(
        harness.answers("forget-20180315_1"),
        [
            "SUCCESS",
            "ERROR: incorrect device format",
            "SUCCESS",
            "ERROR: legal hold",
            "SUCCESS: not found"
        ]
    );
    assert_eq!(
        harness.db.rows("SELECT contact_id, left(device, 5), device_type FROM contact_centre.contact_device ORDER BY 1"),
        ["1|anon-|NULL", "2|anon-|x", "3|+1617|NULL"]
    );
    assert_eq!(
        harness
            .db
            .rows("SELECT first_name FROM contact_centre.contact ORDER BY contact_id"),
        ["[redacted]", "[redacted]", "Eva"]
    );
    assert_eq!(fs::read_dir(harness.spool()).unwrap().count(), 0);
    assert_eq!(
        harness.results(),
        ["forget-20180315_1-execution-log.json"],
        "nothing half written is left"
    );
}

#[test]
fn a_killed_export_is_completed_by_the_next_run() {
    let harness = harness();
    harness.submit_contacts("export-20180315_1.json", "110", CONTACTS);
    harness
        .db
        .run("BEGIN; LOCK contact_centre.contact_device IN ACCESS EXCLUSIVE MODE");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    kill(Pid::from_raw(run.id() as i32), Signal::SIGKILL).unwrap();
    run.wait().unwrap();
    harness.db.run("COMMIT");
    harness.db.wait_for(
        "0",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'",
    );
    harness.run().ok(3);
    assert_eq!(
        harness.answers("export-20180315_1"),
        [
            "SUCCESS",
            "ERROR: incorrect device format",
            "SUCCESS",
            "SUCCESS",
            "SUCCESS: not found"
        ]
    );
    assert_eq!(
        harness.results(),
        [
            "export-20180315_1-archive.zip",
            "export-20180315_1-execution-log.json"
        ],
        "nothing half written is left"
    );
}

#[test]
fn two_runs_at_once_process_a_submission_once() {
    let harness = harness();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    harness.db.run(
        "BEGIN; UPDATE contact_centre.contact_device SET device_type = 'x' WHERE contact_id = 2",
    );
    let mut first = harness.start_run();
    harness.wait_until_blocked();
    let second = harness.run().ok(1);
    assert!(second.submissions().is_empty());
    harness.db.run("COMMIT");
    assert_eq!(first.wait().unwrap().code(), Some(3));
    assert_eq!(
        harness
            .db
            .one("SELECT count(*) FROM lethe.submission WHERE state = 'done'"),
        "1"
    );
    assert_eq!(harness.results(), ["forget-20180315_1-execution-log.json"]);
}

/// Terminates all sessions of lethe.
const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'";

#[test]
fn a_lost_connection_loses_nothing() {
    let mut harness = harness();
    harness.config = "reconnect_for = \"0s\"".into();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    harness.db.run(
        "BEGIN; UPDATE contact_centre.contact_device SET device_type = 'x' WHERE contact_id = 2",
    );
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    harness.db.run(TERMINATE);
    assert_eq!(run.wait().unwrap().code(), Some(1));
    harness.db.run("COMMIT");
    assert!(harness.results().is_empty());
    assert_eq!(
        harness
            .db
            .one("SELECT count(*) FROM contact_centre.contact_device WHERE device LIKE 'anon-%'"),
        "0",
        "one transaction for them all"
    );
    harness.run().ok(3);
    assert_eq!(harness.answers("forget-20180315_1")[0], "SUCCESS");
}

#[test]
fn a_run_that_lost_its_session_continues_on_a_new_one() {
    let mut harness = harness();
    harness.config = "devices_per_transaction = 1".into();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    harness.db.run(
        "BEGIN; UPDATE contact_centre.contact_device SET device_type = 'x' WHERE contact_id = 2",
    );
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    for _ in 0..2 {
        harness.db.run(TERMINATE);
        // Another session of lethe waits again.
        harness.wait_until_blocked();
    }
    harness.db.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(3));
    assert_eq!(
        harness.answers("forget-20180315_1"),
        [
            "SUCCESS",
            "ERROR: incorrect device format",
            "SUCCESS",
            "ERROR: legal hold",
            "SUCCESS: not found"
        ]
    );
    assert_eq!(
        harness.results(),
        ["forget-20180315_1-execution-log.json"],
        "published once"
    );
}

#[test]
fn an_export_starts_again_if_its_session_is_lost() {
    let harness = harness();
    harness.submit_contacts("export-20180315_1.json", "110", CONTACTS);
    harness
        .db
        .run("BEGIN; LOCK lethe.contact IN ACCESS EXCLUSIVE MODE");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    harness.db.run(TERMINATE);
    harness.wait_until_blocked();
    harness.db.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(3));
    assert_eq!(harness.results().len(), 2);
    assert_eq!(harness.answers("export-20180315_1")[0], "SUCCESS");
}

#[test]
fn a_run_waits_for_a_server_that_crashes_and_recovers() {
    let server = OwnServer::new(&[]);
    server.configure("devices_per_transaction = 1");
    let db = server.db();
    let phones: Vec<String> = (0..6).map(|n| format!("+1617555010{n}")).collect();
    for (n, phone) in phones.iter().enumerate() {
        db.run(&format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES ({n}, '110', '{phone}')"
        ));
    }
    let contacts: Vec<String> = phones
        .iter()
        .map(|phone| format!(r#"{{"phone": "{phone}"}}"#))
        .collect();
    server.submit("FORGET", &contacts.join(", "));
    db.run(
        "BEGIN; UPDATE contact_centre.contact_attempt SET disposition = 'x' WHERE attempt_id = 3",
    );
    let mut run = server.run(&[]).spawn().unwrap();
    let victim = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'lethe%' AND wait_event_type = 'Lock'";
    let watcher = server.db();
    watcher.wait_for("t", &format!("SELECT EXISTS ({victim})"));
    let victim: i32 = watcher.one(victim).parse().unwrap();
    // The postmaster ends all sessions and recovers; the lock on the row ends with its session.
    kill(Pid::from_raw(victim), Signal::SIGKILL).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(server.answers("forget"), ["SUCCESS"; 6]);
    assert_eq!(
        server.db().one("SELECT count(*), count(DISTINCT device) FROM contact_centre.contact_attempt WHERE device LIKE 'anon-phone-%'"),
        "6|6"
    );
}
