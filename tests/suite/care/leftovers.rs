//! Unfinished cases: media objects that are not deleted yet, submissions that were never run, overdue answers, folders that
//! cannot be read, and how purge treats them.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use super::agent::{Agent, attempt, care, digest, file, left};
use crate::support::Harness;

const RUN: [&str; 5] = ["case", "run", "7", "--settle", "0s"];

#[track_caller]
fn open(harness: &Harness, case: &str, further: &[&str]) {
    let words = [
        "case",
        "open",
        case,
        "--account",
        "110",
        "--phone",
        "+16175550100",
        "--yes",
    ];
    Agent::LETHE
        .lethe(harness, &[&words[..], further].concat())
        .ok(0);
}

#[track_caller]
fn listed(harness: &Harness, code: i32) -> Value {
    let words = ["case", "list", "--format", "json"];
    Agent::LETHE.lethe(harness, &words).ok(code).json()["cases"].clone()
}

#[track_caller]
fn shown(harness: &Harness, case: &str) -> Value {
    Agent::LETHE
        .lethe(harness, &["case", "show", case, "--format", "json"])
        .json()
}

/// Case 7 with a FORGET whose media object cannot be deleted, because a folder is in its place.
fn with_media() -> Harness {
    let mut harness = care("");
    harness.config = format!(
        "media_wait = '1s'\n{}\n[media]\nfolder = '{{dir}}/media'\n",
        harness.config
    );
    harness.db.run(
        "INSERT INTO contact_centre.recording (recording_id, account_id, caller) VALUES ('R', '110', '+16175550100');
         INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES ('M', 'R', '110', 'a.wav')",
    );
    fs::create_dir_all(harness.path("media/a.wav")).unwrap();
    open(&harness, "7", &["--forget"]);
    Agent::LETHE.lethe(&harness, &RUN).ok(3);
    harness
}

#[test]
fn media_not_deleted_yet_are_reported_and_retried_by_every_run() {
    let harness = with_media();
    let submission = file(&harness, "7");
    // A second run reports what is left, and so do show and list.
    let again = Agent::LETHE.lethe(&harness, &RUN).ok(0);
    assert!(
        again
            .stderr
            .contains("recording media still to be deleted: 1"),
        "{}",
        again.stderr
    );
    let output = Agent::LETHE
        .lethe(&harness, &["case", "show", "7"])
        .ok(0)
        .stdout;
    assert!(
        output.contains("recording media still to be deleted: 1 ("),
        "{output}"
    );
    assert_eq!(
        shown(&harness, "7")["submissions"][0]["media"][0]["objects"],
        1
    );
    assert_eq!(listed(&harness, 0)[0]["media_objects"], 1);
    let output = Agent::LETHE.lethe(&harness, &["case", "list"]).ok(0).stdout;
    assert!(
        output.contains("case 7: recording media still to be deleted: 1"),
        "{output}"
    );

    // A run over one drop ignores them, a run over all drops retries them; neither processes a case.
    fs::remove_dir(harness.path("media/a.wav")).unwrap();
    open(&harness, "8", &["--forget"]);
    attempt(&harness, 1, "+16175550100");
    harness.run().ok(0);
    assert_eq!(
        shown(&harness, "7")["submissions"][0]["media"][0]["objects"],
        1
    );
    let run = harness
        .lethe(&["run", "--settle", "0s", "--format", "json"])
        .ok(0);
    assert!(run.submissions().is_empty(), "{}", run.stdout);
    assert_eq!(left(&harness).len(), 1);
    let case = shown(&harness, "7");
    assert_eq!(case["submissions"][0]["media"], json!([]));
    let log = submission.replace(".json", "-media-log.json");
    assert!(
        case["submissions"][0]["results"]
            .as_array()
            .unwrap()
            .contains(&json!(log))
    );
    assert!(harness.path("care/7/Transfer Files").join(log).exists());
    assert_eq!(
        harness
            .db
            .one("SELECT media_uri IS NULL FROM contact_centre.recording_media"),
        "t"
    );
    assert_eq!(listed(&harness, 0)[1]["media_objects"], 0);
}

#[test]
fn a_case_is_kept_while_its_media_are_not_deleted() {
    let mut harness = with_media();
    harness.now = "2018-04-15T12:00:00Z".into();
    harness.lethe(&["purge"]).ok(0);
    // Its results are purged; the case is kept, so that the object is retried.
    assert!(!harness.path("care/7").join(file_of(&harness)).exists());
    assert_eq!(listed(&harness, 0)[0]["media_objects"], 1);
    fs::remove_dir(harness.path("media/a.wav")).unwrap();
    // The clock of each command starts at the configured time, however long the previous command took.
    harness.now = "2018-04-15T13:00:00Z".into();
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert_eq!(
        harness
            .db
            .one("SELECT media_uri IS NULL FROM contact_centre.recording_media"),
        "t"
    );
    harness.now = "2018-05-15T12:00:00Z".into();
    harness.lethe(&["purge"]).ok(0);
    assert!(!harness.path("care/7").exists());
    assert_eq!(listed(&harness, 0), json!([]));
}

fn file_of(harness: &Harness) -> String {
    harness.db.one("SELECT file_name FROM lethe.submission")
}

#[test]
fn a_submission_never_run_is_reported_after_retention_and_never_removed() {
    let mut harness = care("");
    open(&harness, "7", &["--forget"]);
    let name = file(&harness, "7");
    harness.lethe(&["purge"]).ok(0);
    assert_eq!(listed(&harness, 0)[0]["abandoned"], 0);
    harness.now = "2018-04-15T12:00:00Z".into();
    let purged = harness.lethe(&["purge", "--format", "json"]).ok(0).json();
    let abandoned = &purged["abandoned"][0];
    assert_eq!(
        (&abandoned["case"], &abandoned["file"]),
        (&json!("7"), &json!(name))
    );
    assert!(
        abandoned["since"]
            .as_str()
            .unwrap()
            .starts_with("2018-03-15T12:"),
        "{purged}"
    );
    let output = harness.lethe(&["purge"]).ok(0).stdout;
    assert!(
        output.contains(&format!(
            "left case 7: {name} waits since 2018-03-15 and was never run"
        )),
        "{output}"
    );
    assert_eq!(listed(&harness, 0)[0]["abandoned"], 1);
    assert_eq!(listed(&harness, 0)[0]["state"], "waiting");
    let output = Agent::LETHE
        .lethe(&harness, &["case", "show", "7"])
        .ok(0)
        .stdout;
    assert!(output.contains("run it, or remove the file"), "{output}");
    // It can still be run. If its file is removed instead, the next purge removes the case.
    fs::remove_file(harness.path("care/7").join(&name)).unwrap();
    harness.lethe(&["purge"]).ok(0);
    assert!(!harness.path("care/7").exists());
    assert_eq!(listed(&harness, 0), json!([]));
}

#[test]
fn an_overdue_answer_is_reported_even_if_the_case_was_never_run() {
    let mut harness = care("");
    open(&harness, "7", &["--forget", "--received", "20180215"]);
    open(&harness, "8", &["--forget"]);
    let of = |harness: &Harness, case: &str| {
        let all = listed(harness, 0);
        let case = all
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["case"] == case)
            .unwrap()
            .clone();
        (case["due_on"].clone(), case["overdue"].clone())
    };
    assert_eq!(of(&harness, "7"), (json!("2018-03-15"), json!(false)));
    assert_eq!(of(&harness, "8"), (Value::Null, Value::Null), "not guessed");
    harness.now = "2018-03-16T12:00:00Z".into();
    assert_eq!(of(&harness, "7"), (json!("2018-03-15"), json!(true)));
    let output = Agent::LETHE.lethe(&harness, &["case", "list"]).ok(0).stdout;
    assert!(output.contains("2018-03-15, overdue"), "{output}");
    let output = Agent::LETHE
        .lethe(&harness, &["case", "show", "7"])
        .ok(0)
        .stdout;
    assert!(output.contains("due on 2018-03-15, overdue"), "{output}");
    // History counts processed submissions, and mentions those that were never run.
    let history = harness.lethe(&["history", "--format", "json"]).ok(0).json();
    assert_eq!(history["not_run"], json!({"submissions": 2, "overdue": 1}));
    let output = harness.lethe(&["history"]).ok(0).stdout;
    assert!(
        output.contains("2 submissions of cases were not run so far, 1 of them overdue"),
        "{output}"
    );
    // A late answer stays overdue.
    Agent::LETHE.lethe(&harness, &RUN).ok(0);
    assert_eq!(of(&harness, "7"), (json!("2018-03-15"), json!(true)));
    let history = harness
        .lethe(&["history", "--case", "7", "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(history["totals"]["overdue"], 1);
    assert_eq!(history["not_run"], json!({"submissions": 0, "overdue": 0}));
}

#[test]
fn an_unreadable_folder_does_not_hide_other_cases() {
    let mut harness = care("");
    open(&harness, "7", &["--forget"]);
    open(&harness, "8", &["--forget"]);
    Agent::LETHE
        .lethe(&harness, &["case", "run", "8", "--settle", "0s"])
        .ok(0);
    let elsewhere = harness.path("elsewhere");
    fs::rename(harness.path("care/7"), &elsewhere).unwrap();
    symlink(&elsewhere, harness.path("care/7")).unwrap();
    let problem = format!(
        "cannot open the drop folder: {} is a symbolic link, which is never followed; replace it with a real folder",
        harness.path("care/7").display()
    );
    let all = listed(&harness, 2);
    assert_eq!(all.as_array().unwrap().len(), 2);
    for case in all.as_array().unwrap() {
        match case["case"].as_str() {
            Some("7") => {
                assert_eq!(case["state"], "broken");
                assert_eq!(case["problem"], problem, "{case}");
            }
            _ => assert_eq!(case["state"], "done"),
        }
    }
    let expected = format!("cannot read its folder: {problem}\n");
    for command in [&["case", "show", "7"][..], &["case", "list"]] {
        let output = Agent::LETHE.lethe(&harness, command).ok(2).stdout;
        assert!(output.contains(&expected), "{output}");
    }
    // It does not prevent the purge of other cases.
    harness.now = "2018-04-15T12:00:00Z".into();
    let purged = harness.lethe(&["purge"]).ok(1);
    assert!(
        purged.stderr.contains("error: case 7: "),
        "{}",
        purged.stderr
    );
    assert!(!harness.path("care/8").exists());
    assert!(elsewhere.exists());
}

#[test]
fn a_purge_names_each_folder_that_it_cannot_read() {
    let harness = care("");
    fs::create_dir(harness.path("care/9")).unwrap();
    fs::write(harness.path("care/9/Transfer Files"), "").unwrap();
    let purged = harness.lethe(&["purge"]).ok(1);
    let named = purged.stderr.matches("error: case 9: ").count();
    assert_eq!(named, 1, "{}", purged.stderr);
}

#[test]
fn what_cannot_be_read_in_the_ledger_is_an_error_and_never_left_out() {
    let harness = care("");
    open(&harness, "7", &["--forget"]);
    Agent::LETHE.lethe(&harness, &RUN).ok(0);
    open(&harness, "7", &["--forget"]);
    Agent::LETHE.lethe(&harness, &RUN).ok(0);
    harness.db.run(
        "UPDATE lethe.submission SET file_name = 'odd.json'
         WHERE submission_id = (SELECT max(submission_id) FROM lethe.submission)",
    );
    let failed = Agent::LETHE
        .lethe(&harness, &["verify", "--case", "7"])
        .ok(1);
    assert!(failed.stderr.contains("file_name"), "{}", failed.stderr);
    assert!(!failed.stderr.contains("odd"), "{}", failed.stderr);
    harness
        .db
        .run("INSERT INTO lethe.care_case VALUES ('a/b', 'outbound', '{110}', NULL, now())");
    let failed = Agent::LETHE.lethe(&harness, &["case", "list"]).ok(1);
    assert!(failed.stderr.contains("case_id"), "{}", failed.stderr);
}

#[test]
fn a_folder_made_by_hand_is_purged_with_everything_that_names_it() {
    let mut harness = care("accounts = ['110']");
    attempt(&harness, 1, "+16175550100");
    fs::create_dir(harness.path("care/7")).unwrap();
    fs::create_dir(harness.path("care/empty")).unwrap();
    let text = r#"{"requests": [{"accountid": "110", "type": "FORGET", "contacts": [{"phone": "+16175550100"}]}]}"#;
    fs::write(harness.path("care/7/forget-20180315_1.json"), text).unwrap();
    let digest = digest(&harness, Agent::LETHE, "7");
    let approve = ["case", "approve", "7", "--digest", &digest];
    Agent::LETHE.lethe(&harness, &approve).ok(0);
    Agent::LETHE.lethe(&harness, &RUN).ok(0);
    harness.now = "2018-04-15T12:00:00Z".into();
    harness.lethe(&["purge"]).ok(0);
    assert!(!harness.path("care/7").exists());
    assert!(
        harness.path("care/empty").exists(),
        "nobody has used it so far"
    );
    let named = harness.db.rows(
        "SELECT t FROM (SELECT s::text FROM lethe.submission s UNION ALL SELECT a::text FROM lethe.case_approval a) AS all_rows (t)
         WHERE t LIKE '%case/7%'",
    );
    assert!(named.is_empty(), "{named:?}");
}

#[test]
fn an_old_approval_must_be_renewed() {
    let mut harness = care("");
    attempt(&harness, 1, "+16175550100");
    open(&harness, "7", &["--forget"]);
    let digest = digest(&harness, Agent::LETHE, "7");
    let approve = ["case", "approve", "7", "--digest", &digest];
    Agent::LETHE.lethe(&harness, &approve).ok(0);
    harness
        .db
        .run("UPDATE lethe.plan_key SET made_at = '2018-03-15'");
    harness.now = "2018-04-15T12:00:00Z".into();
    harness.lethe(&["purge"]).ok(0);
    let refused = Agent::LETHE.lethe(&harness, &RUN).ok(3);
    assert!(
        refused
            .stderr
            .contains("`lethe purge` has replaced the key"),
        "{}",
        refused.stderr
    );
    assert_eq!(left(&harness).len(), 1);
    // The approval is purged with the submission.
    fs::remove_file(harness.path("care/7").join(file(&harness, "7"))).unwrap();
    harness.lethe(&["purge"]).ok(0);
    assert_eq!(
        harness.db.one("SELECT count(*) FROM lethe.case_approval"),
        "0"
    );
}

#[test]
fn a_device_that_reappears_is_found_even_in_undeclared_columns() {
    let harness = care("");
    attempt(&harness, 1, "+16175550100");
    open(&harness, "7", &["--forget"]);
    Agent::LETHE.lethe(&harness, &RUN).ok(0);
    let verify = |further: &[&str], code: i32| {
        let words = ["verify", "--case", "7", "--format", "json"];
        Agent::LETHE
            .lethe(&harness, &[&words[..], further].concat())
            .ok(code)
            .json()
    };
    assert_eq!(verify(&[], 0)["submissions"][0]["clean"], 1);
    harness.db.run(&format!(
        "CREATE TABLE public.note (about text); INSERT INTO public.note VALUES ('+1617' || '5550100');
         GRANT SELECT ON public.note TO {}",
        crate::support::WORKER
    ));
    assert_eq!(
        verify(&[], 0)["submissions"][0]["found"],
        0,
        "not without being asked"
    );
    let found = verify(&["--value-search"], 3);
    assert_eq!(
        found["submissions"][0]["contacts"][0]["places"][0]["table"],
        "public.note"
    );
    attempt(&harness, 2, "+16175550100");
    assert_eq!(
        verify(&[], 3)["submissions"][0]["contacts"][0]["columns"],
        json!({"contact_centre.contact_attempt.device": 1})
    );
}
