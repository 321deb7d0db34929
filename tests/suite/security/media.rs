//! Recordings that must stay, whatever the ledger claims: held ones, those of other tenants, and those that nobody asked to delete.

use std::fs;
use std::process::{Child, Stdio};

use rstest::rstest;

use crate::support::{CARE, Db, Ended, Harness, ended};

const FOLDER: &str = "[media]\nfolder = \"{dir}/media\"\n[[drop]]\nname = \"acme\"\npath = \"{dir}/drop\"\naccounts = [\"100\"]\n";
const URIS: &str = "SELECT media_uri FROM contact_centre.recording_media ORDER BY media_id";

/// A harness with one recording in an account, perhaps under legal hold, and its object.
fn recorded(account: &str, hold: bool) -> Harness {
    let mut harness = Harness::new();
    harness.config = FOLDER.to_owned();
    add(&harness, "M1", account, hold);
    harness
}

fn add(harness: &Harness, id: &str, account: &str, hold: bool) {
    fs::write(harness.path("media/evidence.wav"), "sound").unwrap();
    harness.db.run(&format!(
        "INSERT INTO contact_centre.recording (recording_id, account_id, caller, legal_hold) VALUES ('{id}', '{account}', '+1617555010{}', {hold});
         INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES ('{id}', '{id}', '{account}', 'evidence.wav')",
        &id[1..]
    ));
}

/// What an agent would write to have a recording deleted: a FORGET of a customer's drop that is done, and its outbox.
fn forged(account: &str, digest: &str) -> String {
    format!(
        "WITH s AS (
             INSERT INTO lethe.submission (drop_name, file_name, action, state, received_at, answered_at, completed_at, purged_at)
             VALUES ('acme', 'forget-20180101_x.json', 'FORGET', 'done', now(), now(), now(), now()) RETURNING submission_id)
         INSERT INTO lethe.media (submission_id, request, contact, table_name, row_key, object_digest)
         SELECT submission_id, 1, 1, 'contact_centre.recording_media', '{{\"account_id\": \"{account}\", \"media_id\": \"M1\"}}', {digest} FROM s"
    )
}

/// SQL for the digest of the object under a key of zeros.
fn digest() -> String {
    let padding = |byte: &str| format!("decode(repeat('{byte}', 64), 'hex')");
    format!(
        "decode(repeat('00', 32), 'hex') || sha256({} || sha256({} || 'evidence.wav'::bytea))",
        padding("5c"),
        padding("36")
    )
}

#[track_caller]
fn kept(harness: &Harness, reason: &str) {
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert!(harness.path("media/evidence.wav").exists());
    assert_eq!(harness.db.rows(URIS)[0], "evidence.wav");
    let why = harness
        .db
        .rows("SELECT DISTINCT failure FROM lethe.media WHERE deleted_at IS NULL");
    assert_eq!(why, [reason]);
}

#[test]
fn an_agent_cannot_ask_for_the_deletion_of_a_recording() {
    let harness = recorded("900", true);
    let agent = Db::open(&harness.db.address());
    agent.run(&format!("SET ROLE {CARE}"));
    let refused = agent.try_run(&forged("900", "NULL")).unwrap_err();
    assert!(refused.starts_with("42501"), "{refused}");
}

#[test]
fn an_entry_that_does_not_identify_its_object_deletes_nothing() {
    for (account, hold) in [("900", true), ("110", false)] {
        let harness = recorded(account, hold);
        harness.db.run(&forged(account, "NULL"));
        kept(
            &harness,
            "the ledger does not say which object the row named at the time of the FORGET",
        );
    }
}

#[test]
fn hold_and_scope_are_judged_again_before_an_object_is_deleted() {
    for (account, hold, reason) in [
        ("110", true, "the recording is under legal hold"),
        (
            "900",
            false,
            "the recording belongs to an account that the drop may not reach",
        ),
    ] {
        let harness = recorded(account, hold);
        harness.db.run(&forged(account, &digest()));
        kept(&harness, reason);
    }
    let harness = recorded("110", false);
    harness.db.run(&forged("110", &digest()));
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert!(
        !harness.path("media/evidence.wav").exists(),
        "the forged entries of this test are complete"
    );
}

#[test]
fn a_hold_that_is_set_after_the_forget_keeps_the_object_until_it_is_lifted() {
    let mut harness = recorded("110", false);
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0101"}"#,
    );
    harness.config = FOLDER.replace("[media]\nfolder = \"{dir}/media\"\n", "");
    harness.lethe(&["run", "--settle", "0s"]).ok(3);
    harness.config = FOLDER.to_owned();
    let hold = |hold: bool| {
        harness.db.run(&format!(
            "UPDATE contact_centre.recording SET legal_hold = {hold}"
        ));
    };
    hold(true);
    kept(&harness, "the recording is under legal hold");
    hold(false);
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert!(!harness.path("media/evidence.wav").exists());
    assert_eq!(harness.db.rows(URIS), ["NULL"]);
    let log = "forget-20180315_1-media-log.json".to_owned();
    assert!(harness.results().contains(&log));
}

#[test]
fn an_object_that_a_held_recording_names_stays_though_that_one_is_forgotten_too() {
    let mut harness = recorded("110", false);
    add(&harness, "M2", "110", false);
    harness.config = FOLDER.replace("[media]\nfolder = \"{dir}/media\"\n", "");
    for n in [1, 2] {
        harness.submit_contacts(
            &format!("forget-20180315_{n}.json"),
            "110",
            &format!(r#"{{"phone": "+1 617 555 010{n}"}}"#),
        );
    }
    harness.lethe(&["run", "--settle", "0s"]).ok(3);
    harness.config = FOLDER.to_owned();
    harness
        .db
        .run("UPDATE contact_centre.recording SET legal_hold = true WHERE recording_id = 'M2'");
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert!(harness.path("media/evidence.wav").exists());
    assert_eq!(harness.db.rows(URIS), ["NULL", "evidence.wav"]);
}

const FORGET: &str = "forget-20180315_1.json";
const PHONE: &str = r#"{"phone": "+1 617 555 0101"}"#;
/// Keeps or restores the URI of a row after it was cleared.
const RESTORE: &str = "IF pg_trigger_depth() = 1 AND NEW.media_uri IS NULL THEN
    UPDATE contact_centre.recording_media SET media_uri = OLD.media_uri WHERE media_id = OLD.media_id; END IF; RETURN NULL;";
const KEPT: &str = "the object is deleted, but the URI was not changed by the database: a trigger kept or restored it";

/// A trigger on media rows with this body, which the catalogue accepts.
fn with_trigger(harness: &mut Harness, time: &str, body: &str) {
    harness.db.run(&format!(
        "CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
         CREATE {time} ON contact_centre.recording_media {} FOR EACH ROW EXECUTE FUNCTION public.touch()",
        if time.contains("CONSTRAINT") { "DEFERRABLE INITIALLY DEFERRED" } else { "" }
    ));
    harness.accepted = [("recording_media".to_owned(), vec!["touch".to_owned()])].into();
}

#[rstest]
#[case(
    "TRIGGER touch BEFORE UPDATE",
    "IF NEW.media_uri IS NULL THEN RETURN NULL; END IF; RETURN NEW;",
    KEPT
)]
#[case(
    "TRIGGER touch BEFORE UPDATE",
    "NEW.media_uri := OLD.media_uri; RETURN NEW;",
    KEPT
)]
#[case("TRIGGER touch AFTER UPDATE", RESTORE, KEPT)]
#[case("CONSTRAINT TRIGGER touch AFTER UPDATE", RESTORE, KEPT)]
#[case(
    "TRIGGER touch BEFORE UPDATE",
    "IF NEW.media_uri IS NULL THEN PERFORM set_config('search_path', 'public', false); END IF; RETURN NEW;",
    "the object is deleted, but the change of its row was rolled back: search_path changed by the database"
)]
fn a_row_that_the_database_does_not_clear_is_not_reported_as_cleared(
    #[case] time: &str,
    #[case] body: &str,
    #[case] reason: &str,
) {
    let mut harness = recorded("110", false);
    with_trigger(&mut harness, time, body);
    harness.submit_contacts(FORGET, "110", PHONE);
    harness.lethe(&["run", "--settle", "0s"]).ok(3);
    let answers = harness.answers("forget-20180315_1");
    assert_eq!(answers, ["ERROR: recording media not deleted"]);
    assert_eq!(harness.db.rows(URIS), ["evidence.wav"]);
    let waiting = "SELECT DISTINCT failure FROM lethe.media WHERE deleted_at IS NULL";
    assert_eq!(harness.db.rows(waiting), [reason]);
    // The object is gone; the row follows when the trigger lets it.
    assert!(!harness.path("media/evidence.wav").exists());
    harness
        .db
        .run("DROP TRIGGER touch ON contact_centre.recording_media");
    harness.accepted.clear();
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert_eq!(harness.db.rows(URIS), ["NULL"]);
    assert_eq!(harness.db.rows(waiting), [""; 0]);
}

/// Runs a FORGET whose object cannot be deleted, because there is no store yet.
fn not_deleted(harness: &mut Harness) {
    harness.submit_contacts(FORGET, "110", PHONE);
    harness.config = FOLDER.replace("[media]\nfolder = \"{dir}/media\"\n", "");
    harness.lethe(&["run", "--settle", "0s"]).ok(3);
    harness.config = FOLDER.to_owned();
}

/// Starts a run that waits for a lock.
fn blocked_run(harness: &Harness) -> Child {
    let run = harness
        .command(&["run", "--settle", "0s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    harness.wait_until_blocked();
    run
}

/// A FORGET whose object could not be deleted, then a run that waits where `lock` makes it; the statements are executed
/// meanwhile, and the lock is released.
fn clear_while(harness: &mut Harness, lock: &str, statements: &str) -> Ended {
    not_deleted(harness);
    harness.db.run(&format!("BEGIN; {lock}"));
    let run = blocked_run(harness);
    // The lock of the table is held by the run: only what needs none of it can change.
    let other = Db::open(&harness.db.address());
    match lock.starts_with("LOCK") {
        true => harness.db.run(statements),
        false => other.run(statements),
    }
    harness.db.run("COMMIT");
    ended(run.wait_with_output().unwrap())
}

const FIRED: &str = "CREATE SEQUENCE public.fired; GRANT USAGE ON SEQUENCE public.fired TO PUBLIC";
const SPY: &str = "CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('public.fired'); RETURN NEW; END $$";

#[test]
fn a_trigger_that_appears_before_a_row_is_cleared_does_not_run() {
    let mut harness = recorded("110", false);
    harness.db.run(FIRED);
    let created = format!(
        "{SPY}; CREATE TRIGGER touch BEFORE UPDATE ON contact_centre.recording_media FOR EACH ROW EXECUTE FUNCTION public.touch()"
    );
    let lock = "LOCK TABLE contact_centre.recording_media IN EXCLUSIVE MODE";
    let run = clear_while(&mut harness, lock, &created).ok(1);
    let changed = "the schema changed during the run\n  detail: triggers, constraints or columns of contact_centre.recording_media are not";
    assert!(run.stderr.contains(changed), "{}", run.stderr);
    assert_eq!(harness.db.rows(URIS), ["evidence.wav"]);
    assert_eq!(harness.db.one("SELECT is_called FROM public.fired"), "f");
}

#[test]
fn a_row_stays_if_the_function_of_an_accepted_trigger_is_replaced_while_it_is_cleared() {
    let mut harness = recorded("110", false);
    harness.db.run(FIRED);
    with_trigger(&mut harness, "TRIGGER touch BEFORE UPDATE", "RETURN NEW;");
    let lock = "SELECT FROM contact_centre.recording_media FOR UPDATE";
    let run = clear_while(&mut harness, lock, SPY).ok(1);
    assert!(
        run.stderr.contains("the schema changed during the run"),
        "{}",
        run.stderr
    );
    assert_eq!(harness.db.rows(URIS), ["evidence.wav"]);
    let waiting = "SELECT count(*) FROM lethe.media WHERE deleted_at IS NULL";
    assert_eq!(harness.db.one(waiting), "1");
}

#[test]
fn a_row_that_another_session_locks_is_not_waited_for_long_and_cleared_by_a_later_run() {
    let mut harness = recorded("110", false);
    let other = Db::open(&harness.db.address());
    not_deleted(&mut harness);
    other.run("BEGIN; SELECT FROM contact_centre.recording_media FOR UPDATE");
    let run = blocked_run(&harness);
    // It stops waiting though the lock is still held.
    harness.db.wait_for(
        "0",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
         AND application_name LIKE 'lethe%' AND wait_event_type = 'Lock'",
    );
    assert_eq!(harness.db.rows(URIS), ["evidence.wav"]);
    ended(run.wait_with_output().unwrap()).ok(0);
    other.run("COMMIT");
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert_eq!(harness.db.rows(URIS), ["NULL"]);
}
