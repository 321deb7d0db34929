//! `pause`, `resume`, `cancel` and signals: a submission stops between two transactions, and continues as if undisturbed.

use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Db, Harness, cluster};

const FILE: &str = "forget-20180315_1.json";
const STEM: &str = "forget-20180315_1";
const PHONES: [&str; 3] = ["+16175550100", "+16175550101", "+16175550102"];

/// Three devices, a transaction each; another session has locked the row of the first.
fn held_up(harness: &mut Harness) {
    harness.config = "devices_per_transaction = 1".into();
    for (n, phone) in PHONES.iter().enumerate() {
        harness.db.run(&format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES ({n}, '110', '{phone}')"
        ));
    }
    let contacts = PHONES.map(|phone| format!(r#"{{"phone": "{phone}"}}"#));
    harness.submit_contacts(FILE, "110", &contacts.join(", "));
    harness
        .db
        .run("BEGIN; UPDATE contact_centre.contact_attempt SET disposition = 'busy' WHERE attempt_id = 0");
}

/// A run with a JSON summary that has not ended.
fn started(harness: &Harness) -> Child {
    started_with(harness, &[])
}

fn started_with(harness: &Harness, words: &[&str]) -> Child {
    harness
        .command(&["run", "--settle", "0s", "--format", "json"])
        .args(words)
        .args(harness.drop_options())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Its exit code and the state of its only submission.
fn ended(run: Child) -> (Option<i32>, String) {
    let output = run.wait_with_output().unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let state = summary["submissions"][0]["state"]
        .as_str()
        .unwrap_or("none");
    (output.status.code(), state.to_owned())
}

/// The phones that are not replaced.
fn left(harness: &Harness) -> Vec<String> {
    harness.db.rows(
        "SELECT device FROM contact_centre.contact_attempt WHERE device NOT LIKE 'anon-%' ORDER BY attempt_id",
    )
}

#[test]
fn a_paused_submission_stops_after_its_transaction_and_continues_when_resumed() {
    let mut harness = Harness::new();
    held_up(&mut harness);
    let run = started(&harness);
    harness.wait_until_blocked();
    let paused = harness.lethe(&["pause", FILE]).ok(0);
    assert!(paused.stdout.contains("paused"), "{}", paused.stdout);
    assert!(
        paused.stdout.contains("ends after its transaction"),
        "{}",
        paused.stdout
    );
    harness.db.run("COMMIT");
    assert_eq!(ended(run), (Some(0), "paused".to_owned()));
    assert_eq!(left(&harness), PHONES[1..], "one transaction was under way");
    assert!(harness.results().is_empty());

    let again = harness.run().ok(0);
    assert_eq!(again.states(), [(FILE.to_owned(), "paused".to_owned())]);
    assert_eq!(left(&harness).len(), 2, "no run continues it");
    let status = harness.in_drop(&["status"]);
    assert!(status.stdout.contains("paused"), "{}", status.stdout);

    harness.lethe(&["resume", FILE]).ok(0);
    let done = harness.run().ok(0);
    assert_eq!(done.states(), [(FILE.to_owned(), "done".to_owned())]);
    assert_eq!(harness.answers(STEM), ["SUCCESS"; 3]);
    assert!(left(&harness).is_empty());
    let late = harness.lethe(&["pause", FILE]).ok(2);
    assert!(late.stderr.contains("answer already"), "{}", late.stderr);
}

#[test]
fn a_cancelled_submission_is_answered_in_full_and_changes_nothing_more() {
    let mut harness = Harness::new();
    held_up(&mut harness);
    let run = started(&harness);
    harness.wait_until_blocked();
    harness.lethe(&["cancel", FILE]).ok(0);
    let refused = harness.lethe(&["resume", FILE]).ok(2);
    assert!(refused.stderr.contains("cancelled"), "{}", refused.stderr);
    harness.db.run("COMMIT");
    assert_eq!(ended(run), (Some(3), "cancelled".to_owned()));
    assert_eq!(
        harness.answers(STEM),
        [
            "SUCCESS",
            "ERROR: processing failed: cancelled",
            "ERROR: processing failed: cancelled"
        ]
    );
    assert_eq!(left(&harness), PHONES[1..]);
    harness.run().ok(0);
    assert_eq!(harness.results(), [format!("{STEM}-execution-log.json")]);
}

#[test]
fn a_paused_submission_can_be_cancelled() {
    let mut harness = Harness::new();
    held_up(&mut harness);
    let run = started(&harness);
    harness.wait_until_blocked();
    harness.lethe(&["pause", FILE]).ok(0);
    harness.db.run("COMMIT");
    ended(run);
    let cancelled = harness.lethe(&["cancel", FILE]).ok(0);
    assert!(
        cancelled.stdout.contains("the next run publishes the log"),
        "{}",
        cancelled.stdout
    );
    let run = harness.run().ok(3);
    assert_eq!(run.states(), [(FILE.to_owned(), "cancelled".to_owned())]);
    assert_eq!(harness.answers(STEM)[0], "SUCCESS");
}

/// An export that waits for a table while it searches, and the session that has locked the table.
fn held_up_export(harness: &Harness, words: &[&str]) -> (Child, Db) {
    // Not earlier: what comes before the search needs the table too.
    harness
        .db
        .run("BEGIN; LOCK TABLE lethe.contact IN ACCESS EXCLUSIVE MODE");
    let run = started_with(harness, words);
    harness.wait_until_blocked();
    let holder = Db::connect(cluster(), harness.db.name());
    holder.run("BEGIN; LOCK TABLE contact_centre.contact_attempt IN ACCESS EXCLUSIVE MODE");
    harness.db.run("COMMIT");
    harness.db.wait_for(
        "t",
        "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'contact_centre.contact_attempt'::regclass",
    );
    (run, holder)
}

#[test]
fn an_export_that_is_cancelled_has_a_log_and_no_archive() {
    let harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')");
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+16175550100"}"#,
    );
    let (run, holder) = held_up_export(&harness, &[]);
    harness.lethe(&["cancel", "export-20180315_1.json"]).ok(0);
    // It does not wait for the lock.
    assert_eq!(ended(run), (Some(3), "cancelled".to_owned()));
    holder.run("COMMIT");
    assert_eq!(harness.results(), ["export-20180315_1-execution-log.json"]);
    assert_eq!(
        harness.answers("export-20180315_1"),
        ["ERROR: processing failed: cancelled"]
    );
}

#[test]
fn a_terminated_run_stops_after_its_transaction_and_the_next_run_continues() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut harness = Harness::new();
        held_up(&mut harness);
        let run = started(&harness);
        harness.wait_until_blocked();
        kill(Pid::from_raw(run.id() as i32), signal).unwrap();
        harness.db.run("COMMIT");
        let (code, state) = ended(run);
        // The signal may arrive shortly after the lock is released, and more transactions may be committed before.
        assert_eq!(code, Some(0));
        assert!(["paused", "done"].contains(&&*state), "{state}");
        harness.run().ok(0);
        assert_eq!(harness.answers(STEM), ["SUCCESS"; 3]);
        assert!(left(&harness).is_empty());
    }
}

#[test]
fn a_terminated_export_stops_at_once_and_the_next_run_starts_it_again() {
    let harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')");
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+16175550100"}"#,
    );
    let (run, holder) = held_up_export(&harness, &[]);
    kill(Pid::from_raw(run.id() as i32), Signal::SIGTERM).unwrap();
    assert_eq!(ended(run), (Some(0), "paused".to_owned()));
    assert!(harness.results().is_empty());
    holder.run("COMMIT");
    harness.run().ok(0);
    assert_eq!(harness.archive("export-20180315_1").len(), 2);
}

#[test]
fn the_submission_to_control_must_be_unambiguous() {
    let harness = Harness::new();
    let unknown = harness.lethe(&["pause", FILE]).ok(2);
    assert!(
        unknown.stderr.contains("lethe status"),
        "{}",
        unknown.stderr
    );
    let wrong = harness.lethe(&["cancel", "report.txt"]).ok(2);
    assert!(
        wrong.stderr.contains("forget-<yyyymmdd>"),
        "{}",
        wrong.stderr
    );
    harness.db.run(
        "INSERT INTO lethe.submission (drop_name, file_name, action, state, received_at) VALUES
             ('north', 'forget-20180315_1.json', 'FORGET', 'running', now()),
             ('south', 'forget-20180315_1.json', 'FORGET', 'running', now())",
    );
    let several = harness.lethe(&["pause", FILE]).ok(2);
    assert!(
        several.stderr.contains("north, south"),
        "{}",
        several.stderr
    );
    let one = harness
        .lethe(&["pause", FILE, "--drop", "south", "--format", "json"])
        .ok(0);
    assert_eq!(one.json()["drop"], "south");
    assert_eq!(one.json()["at_work"], false);
    assert_eq!(
        harness
            .db
            .rows("SELECT drop_name, wish FROM lethe.submission ORDER BY drop_name"),
        ["north|NULL", "south|pause"]
    );
}

#[test]
fn an_export_that_began_in_its_window_is_completed() {
    let harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')");
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+16175550100"}"#,
    );
    // The run's clock begins at noon.
    let (run, holder) = held_up_export(&harness, &["--until", "2018-03-15T12:00:04Z"]);
    harness.db.wait_for(
        "t",
        "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'contact_centre.contact_attempt'::regclass
             AND clock_timestamp() - waitstart > interval '5 seconds'",
    );
    holder.run("COMMIT");
    assert_eq!(ended(run), (Some(0), "done".to_owned()));
    assert_eq!(harness.archive("export-20180315_1").len(), 2);
}
