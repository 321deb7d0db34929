//! A server that restarts, or fails over to a standby, in the middle of a submission.

use std::process::Child;

use nix::sys::signal::Signal;

use crate::support::{Db, OwnDrop, PlainServer};

fn phones(from: usize) -> Vec<String> {
    (from..from + 6)
        .map(|n| format!("+161755501{n:02}"))
        .collect()
}

/// Attempts for six phones, and a submission with them.
fn submit(drop: &OwnDrop, db: &Db, action: &str) {
    for (n, phone) in phones(0).iter().enumerate() {
        db.run(&format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, attempted_at, account_id, device) VALUES ({n}, '2018-02-03', '110', '{phone}')
                 ON CONFLICT DO NOTHING"
        ));
    }
    let contacts: Vec<String> = phones(0)
        .iter()
        .map(|phone| format!(r#"{{"phone": "{phone}"}}"#))
        .collect();
    drop.submit(action, &contacts.join(", "));
}

fn until_blocked(db: &Db) {
    db.wait_for("t", "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'lethe%' AND wait_event_type = 'Lock'");
}

const HOLD: &str =
    "BEGIN; UPDATE contact_centre.contact_attempt SET disposition = 'x' WHERE attempt_id = 3";
const HOLD_ANSWERS: &str = "BEGIN; LOCK lethe.contact IN ACCESS EXCLUSIVE MODE";
const REPLACED: &str = "SELECT count(*), count(DISTINCT device) FROM contact_centre.contact_attempt WHERE device LIKE 'anon-phone-%'";

#[track_caller]
fn is_done(mut run: Child, drop: &OwnDrop, action: &str) {
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(drop.answers(action), ["SUCCESS"; 6]);
}

#[test]
fn a_run_waits_for_a_server_that_is_restarted() {
    for signal in [Signal::SIGINT, Signal::SIGQUIT] {
        let mut server = PlainServer::new(&[]);
        let drop = OwnDrop::at(&server.address());
        drop.configure("devices_per_transaction = 1");
        for (action, hold) in [("EXPORT", HOLD_ANSWERS), ("FORGET", HOLD)] {
            let db = drop.db();
            submit(&drop, &db, action);
            db.run(hold);
            let run = drop.run(&[]).spawn().unwrap();
            until_blocked(&db);
            server.stop(signal);
            server.start();
            is_done(run, &drop, &action.to_lowercase());
        }
        assert!(drop.has_result("export-20180315_1-archive.zip"));
        assert_eq!(drop.db().one(REPLACED), "6|6", "{signal}");
    }
}

/// A primary with a standby in sync, and a drop whose address lists both.
fn pair() -> (PlainServer, PlainServer, OwnDrop, String) {
    let primary = PlainServer::new(&["wal_level=replica", "max_wal_senders=3"]);
    let drop = OwnDrop::at(&primary.address());
    let standby = PlainServer::standby_of(&primary.address());
    let both = format!(
        "postgresql://lethe@127.0.0.1:{},127.0.0.1:{}/postgres",
        primary.port, standby.port
    );
    (primary, standby, drop, both)
}

fn until_replayed(db: &Db) {
    db.wait_for("t", "SELECT count(*) = 1 AND bool_and(replay_lsn >= pg_current_wal_lsn()) FROM pg_stat_replication");
}

#[test]
fn a_submission_continues_on_the_promoted_standby() {
    let (mut primary, standby, drop, both) = pair();
    drop.configure("devices_per_transaction = 1");
    let db = drop.db();
    submit(&drop, &db, "FORGET");
    db.run(HOLD);
    let run = drop.run_at(&both, &[]).spawn().unwrap();
    let watcher = drop.db();
    until_blocked(&watcher);
    until_replayed(&watcher);
    let first = "SELECT device FROM contact_centre.contact_attempt WHERE attempt_id = 0";
    let before = watcher.one(first);
    assert!(before.starts_with("anon-phone-"));
    primary.stop(Signal::SIGQUIT);
    standby.promote();
    is_done(run, &drop, "forget");
    let promoted = Db::open(&standby.address());
    assert_eq!(promoted.one(REPLACED), "6|6");
    assert_eq!(
        promoted.one(first),
        before,
        "what was committed is not repeated"
    );
    assert_eq!(promoted.one("SELECT state FROM lethe.submission"), "done");
}

#[test]
fn changes_missing_on_a_promoted_standby_are_repeated_before_publishing() {
    let (mut primary, standby, drop, both) = pair();
    drop.configure("devices_per_transaction = 1");
    let db = drop.db();
    submit(&drop, &db, "FORGET");
    db.run(HOLD);
    let run = drop.run_at(&both, &[]).spawn().unwrap();
    let watcher = drop.db();
    until_blocked(&watcher);
    until_replayed(&watcher);
    // From here on nothing reaches the standby; all contacts are answered, and no log can be written yet.
    let behind = Db::open(&standby.address());
    behind.run("ALTER SYSTEM SET primary_conninfo = ''");
    behind.run("SELECT pg_reload_conf()");
    watcher.wait_for("0", "SELECT count(*) FROM pg_stat_replication");
    watcher.run("BEGIN; SELECT 1 FROM lethe.submission FOR NO KEY UPDATE");
    db.run("COMMIT");
    db.wait_for("6|6", REPLACED);
    until_blocked(&db);
    assert!(!drop.has_result("forget-20180315_1-execution-log.json"));
    primary.stop(Signal::SIGQUIT);
    standby.promote();
    is_done(run, &drop, "forget");
    assert_eq!(behind.one(REPLACED), "6|6");
    assert_eq!(behind.one("SELECT state FROM lethe.submission"), "done");
}
