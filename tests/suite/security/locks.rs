//! A role without rights on the ledger cannot keep Lethe from its work, and whoever waits is told for whom.

use crate::support::{Db, Harness};

const FILE: &str = "forget-20180315_1.json";
const STEM: &str = "forget-20180315_1";

/// A session of a role that may connect, and nothing else.
fn stranger(harness: &Harness) -> Db {
    let db = Db::open(&harness.db.address());
    db.run("DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
    let stranger = Db::open_plainly(&harness.db.address_of("stranger")).unwrap();
    assert_eq!(stranger.one("SELECT current_user"), "stranger");
    stranger
}

fn with_contact() -> Harness {
    let harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id) VALUES (1, '110');
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 1, '110', 'phone', '+16175550100')",
    );
    harness.submit_contacts(FILE, "110", r#"{"phone": "+1 617 555 0100"}"#);
    harness
}

#[test]
fn numbers_of_advisory_locks_keep_nobody_from_work() {
    let harness = with_contact();
    let stranger = stranger(&harness);
    // The numbers that releases before 0.2 locked, and those of the next submissions in every form.
    stranger.one(
        "SELECT count(pg_advisory_lock(1279611976, i)) + count(pg_advisory_lock(1279611977, i)) + count(pg_advisory_lock(i))
         FROM generate_series(0, 1000) i",
    );
    stranger.one("SELECT pg_advisory_lock(1279611976)");
    stranger.one("SELECT pg_advisory_lock(1279611978, 0)");
    harness.as_administrator(&["migrate"]).ok(0);
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
    harness.as_administrator(&["scrub", "--level", "2", "--wait", "0s", "--yes"]);
    let scrubbed = harness.lethe(&["scrub"]);
    assert!(
        !scrubbed.stderr.contains("another scrub"),
        "{}",
        scrubbed.stderr
    );
}

#[test]
fn a_token_of_a_dead_session_that_a_stranger_holds_keeps_nobody_from_work() {
    let harness = with_contact();
    let stranger = stranger(&harness);
    // What a killed process leaves: a claimed name, and a lock whose token everyone could see while it was held.
    harness.db.run(
        "INSERT INTO lethe.submission (drop_name, file_name, action, state, digest_key, received_at)
         VALUES ('drop', 'forget-20180315_1.json', 'FORGET', 'received', sha256('key'), now())",
    );
    let drop_name = harness.drop_folder().canonicalize().unwrap();
    harness.db.run(&format!(
        "UPDATE lethe.submission SET drop_name = '{}'",
        drop_name.display()
    ));
    let pid = stranger.one("SELECT pg_backend_pid()");
    stranger.one("SELECT pg_advisory_lock(12345678901)");
    // Even a process number that the stranger's session happens to have is not enough: its login role is another.
    harness.db.run(&format!(
        "INSERT INTO lethe.lock (kind, id, pid, token, role_id)
         SELECT kind, s.submission_id, {pid}, 12345678901, 'lethe_engine'::regrole
         FROM lethe.submission s, unnest(ARRAY['submission', 'worker']) kind"
    ));
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
}

#[test]
fn a_role_without_rights_on_the_ledger_cannot_take_its_locks() {
    let harness = Harness::new();
    let stranger = stranger(&harness);
    for statement in [
        "INSERT INTO lethe.lock (kind, id, pid, token, role_id) SELECT 'scrub', 0, pg_backend_pid(), 1, usesysid FROM pg_stat_get_activity(pg_backend_pid())",
        "SELECT * FROM lethe.lock FOR UPDATE",
        "BEGIN; LOCK TABLE lethe.lock IN ACCESS SHARE MODE",
        "ROLLBACK; BEGIN; LOCK TABLE lethe.migration_lock IN ACCESS SHARE MODE",
    ] {
        let refused = stranger.try_run(statement).unwrap_err();
        assert!(refused.starts_with("42501"), "{statement}: {refused}");
    }
}

#[test]
fn a_run_that_finds_a_submission_at_work_elsewhere_names_the_session_and_ends_with_1() {
    let harness = with_contact();
    let held = Db::open(&harness.db.address());
    held.run("BEGIN; UPDATE contact_centre.contact_device SET position = position");
    let mut first = harness.start_run();
    harness.wait_until_blocked();
    let pid = harness
        .db
        .one("SELECT pid FROM lethe.lock WHERE kind = 'submission'");
    let second = harness.run().ok(1);
    let expected = format!(
        "{FILE} is left alone: another session is processing it\n  detail: session {pid} of role \"lethe_engine\""
    );
    assert!(second.stderr.contains(&expected), "{}", second.stderr);
    assert!(second.submissions().is_empty());
    held.run("COMMIT");
    assert_eq!(first.wait().unwrap().code(), Some(0));
    // It is done: there is nothing to wait for.
    harness.run().ok(0);
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.lock"), "0");
}

#[test]
fn a_second_scrub_is_told_who_scrubs() {
    let harness = with_contact();
    harness.run().ok(0);
    let other = Db::open(&harness.db.address());
    let pid = other.one("SELECT pg_backend_pid()");
    other.one("SELECT pg_advisory_lock(77)");
    other.run(
        "INSERT INTO lethe.lock (kind, id, pid, token, role_id)
         SELECT 'scrub', 0, pg_backend_pid(), 77, usesysid FROM pg_stat_get_activity(pg_backend_pid())",
    );
    let busy = harness.lethe(&["scrub"]).ok(1);
    let expected =
        format!("error: another scrub of this ledger is running\n  detail: session {pid} of role ");
    assert!(busy.stderr.contains(&expected), "{}", busy.stderr);
    drop(other);
    harness.db.wait_for(
        "0",
        &format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}"),
    );
    let scrubbed = harness.lethe(&["scrub"]);
    assert!(
        !scrubbed.stderr.contains("another scrub"),
        "{}",
        scrubbed.stderr
    );
}
