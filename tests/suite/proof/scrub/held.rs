//! Each kind of blocker, started before the forget: a scrub of any level names it and is incomplete;
//! once it has ended, the next scrub is complete.

use std::process::{Child, Command, Stdio};

use rstest::rstest;

use super::fixture::{CANARY, Scrubbing};
use crate::support::{Db, PlainServer};

/// Ends a blocker.
type Release = Box<dyn FnOnce(&Scrubbing)>;

/// Starts a blocker; returns the name by which it is reported, and what ends it.
type Hold = fn(&Scrubbing) -> (String, Release);

fn pid(db: &Db) -> String {
    db.one("SELECT pg_backend_pid()")
}

/// A transaction of another session, which is idle.
fn idle(s: &Scrubbing, sql: &str) -> (String, Release) {
    let other = s.server.db();
    other.run(sql);
    (pid(&other), Box::new(move |_| other.run("ROLLBACK")))
}

/// A session that runs a statement.
fn busy(s: &Scrubbing, sql: &str) -> (String, Release) {
    let mut psql = psql(s, sql);
    let at_work = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'";
    s.db.wait_for("1", &format!("SELECT count(*) FROM ({at_work}) AS w"));
    let pid = s.db.one(at_work);
    let end = format!("SELECT pg_terminate_backend({pid}, 10000)");
    let release = move |s: &Scrubbing| {
        s.db.run(&end);
        psql.wait().unwrap();
    };
    (pid, Box::new(release))
}

fn psql(s: &Scrubbing, sql: &str) -> Child {
    Command::new("psql")
        .args([&s.server.address(), "--command", sql])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn old_snapshot(s: &Scrubbing) -> (String, Release) {
    busy(s, "SELECT pg_sleep(600)")
}

fn busy_writer(s: &Scrubbing) -> (String, Release) {
    busy(s, "SELECT pg_current_xact_id(), pg_sleep(600)")
}

fn idle_snapshot(s: &Scrubbing) -> (String, Release) {
    idle(s, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
}

fn idle_writer(s: &Scrubbing) -> (String, Release) {
    idle(s, "BEGIN; SELECT pg_current_xact_id()")
}

fn open_cursor(s: &Scrubbing) -> (String, Release) {
    idle(
        s,
        "BEGIN; DECLARE c CURSOR FOR SELECT * FROM contact_centre.account; FETCH 1 FROM c",
    )
}

fn prepared(s: &Scrubbing) -> (String, Release) {
    s.db.run("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'left by a driver'");
    let release = |s: &Scrubbing| s.db.run("ROLLBACK PREPARED 'left by a driver'");
    ("left by a driver".to_owned(), Box::new(release))
}

#[rstest]
#[case::old_snapshot(old_snapshot, "snapshot")]
#[case::idle_snapshot(idle_snapshot, "idle")]
#[case::open_cursor(open_cursor, "idle")]
#[case::busy_writer(busy_writer, "writer")]
#[case::idle_writer(idle_writer, "idle")]
#[case::prepared(prepared, "prepared")]
fn rows_are_kept_until_it_is_gone(#[case] hold: Hold, #[case] kind: &str) {
    let s = Scrubbing::new();
    let (name, release) = hold(&s);
    s.forget();
    for level in ["1", "1.5", "2"] {
        let held = s.scrub(&["--level", level, "--wait", "1s"]);
        held.assert_incomplete();
        let named = (kind.to_owned(), name.clone());
        assert!(held.holders().contains(&named), "{:?}", held.holders());
        assert!(s.dead() > 0);
    }
    release(&s);
    for level in ["1", "1.5", "2"] {
        s.scrub(&["--level", level]).assert_complete();
        assert_eq!(s.dead(), 0);
    }
}

#[test]
fn a_physical_slot_keeps_wal_only() {
    let s = Scrubbing::with(&[("max_replication_slots", "5")]);
    s.db.run("SELECT pg_create_physical_replication_slot('archive', true)");
    s.forget();
    let scrubbed = s.scrub(&["--level", "1"]);
    scrubbed.assert_complete();
    assert_eq!(s.dead(), 0);
    let holders = scrubbed.json["holders"].as_array().unwrap();
    let archive = holders.iter().find(|holder| holder["name"] == "archive");
    let archive = archive.unwrap();
    assert_eq!(
        (&archive["kind"], &archive["keeps"]),
        (&"slot".into(), &"wal".into())
    );
}

/// Without a slot the WAL sender is the blocker; with one the slot is, even if the standby is not connected.
#[test]
fn a_standby_keeps_rows_by_its_feedback_and_by_its_slot() {
    let s = Scrubbing::with(&[
        ("wal_level", "replica"),
        ("max_wal_senders", "3"),
        ("max_replication_slots", "5"),
        // The standby has no open transaction any more.
        ("max_prepared_transactions", "0"),
    ]);
    let mut standby = PlainServer::standby_of(&s.server.address());
    let replica = Db::open(&standby.address());
    s.db.run("SELECT pg_create_physical_replication_slot('standby', true)");
    for sql in [
        "ALTER SYSTEM SET hot_standby_feedback = on",
        "ALTER SYSTEM SET wal_receiver_status_interval = '1s'",
        "SELECT pg_reload_conf()",
        "BEGIN ISOLATION LEVEL REPEATABLE READ",
        "SELECT count(*) FROM contact_centre.account",
    ] {
        replica.run(sql);
    }
    s.db.wait_for("1", "SELECT count(backend_xmin) FROM pg_stat_replication");
    s.forget();
    let held = s.scrub(&["--level", "1", "--wait", "1s"]);
    held.assert_incomplete();
    let kinds = |holders: Vec<(String, String)>| -> Vec<String> {
        let mut kinds: Vec<String> = holders.into_iter().map(|(kind, _)| kind).collect();
        kinds.dedup();
        kinds
    };
    assert_eq!(kinds(held.holders()), ["standby"]);

    // The same standby, through its slot, with an old transaction.
    let other = Db::open(&standby.address());
    other.run("ALTER SYSTEM SET primary_slot_name = 'standby'");
    other.run("SELECT pg_reload_conf()");
    s.db.wait_for("1", "SELECT count(xmin) FROM pg_replication_slots");
    let held = s.scrub(&["--level", "1", "--wait", "1s"]);
    held.assert_incomplete();
    assert_eq!(kinds(held.holders()), ["slot"]);
    // If the standby is stopped during the transaction, the slot keeps blocking.
    standby.stop(nix::sys::signal::Signal::SIGQUIT);
    s.db.wait_for("0", "SELECT count(*) FROM pg_stat_replication");
    let held = s.scrub(&["--level", "2", "--wait", "1s"]);
    held.assert_incomplete();
    assert_eq!(held.holders(), [("slot".to_owned(), "standby".to_owned())]);
    assert!(s.dead() > 0);
    s.db.run("SELECT pg_drop_replication_slot('standby')");
    s.scrub(&["--level", "2"]).assert_complete();
    assert_eq!(s.dead(), 0);
}

/// A cursor in the table itself pins a page, which VACUUM skips, and prevents the rewrite.
#[test]
fn a_cursor_newer_than_the_forget_is_named_until_it_ends() {
    let s = Scrubbing::new();
    s.db.run(&format!(
        "DELETE FROM contact_centre.sms_message WHERE handset <> '{CANARY}'"
    ));
    s.db.run("VACUUM FULL contact_centre.sms_message");
    s.forget();
    // Its sessions write once more when they end.
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'lethe%'";
    s.db.wait_for("0", sessions);
    let other = s.server.db();
    other.run(
        "BEGIN; DECLARE c CURSOR FOR SELECT * FROM contact_centre.sms_message; FETCH 1 FROM c",
    );
    let pid = other.one("SELECT pg_backend_pid()");
    // The lock of the scrub takes a transaction ID, so the cursor's snapshot is older than the scrub.
    for level in ["1", "2"] {
        let held = s.scrub(&["--level", level, "--wait", "1s"]);
        held.assert_incomplete();
        let names_it = ("idle".to_owned(), pid.clone());
        assert!(held.holders().contains(&names_it), "{:?}", held.holders());
    }
    other.run("COMMIT");
    s.scrub(&["--level", "2"]).assert_complete();
    assert_eq!(s.dead(), 0);
}

/// When transaction IDs run out, VACUUM bypasses indexes whatever its options.
#[test]
fn an_index_that_vacuum_bypassed_is_named() {
    let s = Scrubbing::with(&[
        ("autovacuum_freeze_max_age", "100000"),
        ("vacuum_failsafe_age", "0"),
    ]);
    s.forget();
    s.db.run("DO $$ BEGIN FOR i IN 1..106000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
    // From the first VACUUM on, the server freezes by itself, too: it is not known how many tables it leaves.
    let held = s.scrub(&["--level", "1"]);
    held.assert_incomplete();
    let holders = held.holders();
    let names_it = |(kind, name): &(String, String)| {
        kind == "bypassed" && name.ends_with(" (vacuum_failsafe_age)")
    };
    assert!(
        !holders.is_empty() && holders.iter().all(names_it),
        "{holders:?}"
    );
    // Once the table is frozen, VACUUM cleans its indexes again.
    let mut scrubbed = s.scrub(&["--level", "1"]);
    for _ in 0..10 {
        if scrubbed.code == 0 {
            break;
        }
        scrubbed = s.scrub(&["--level", "1"]);
    }
    scrubbed.assert_complete();
    assert_eq!(s.dead(), 0);
}
