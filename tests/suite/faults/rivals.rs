//! Several processes and hosts on one ledger: each submission is processed by one at a time, and the work of a dead process is
//! taken over.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::{Db, Harness, anonymous_names, give_secret};

const SUBMISSIONS: usize = 12;

fn phone(n: usize) -> String {
    format!("+161755501{n:02}")
}

/// Two configured drops, with attempts in the account of each.
fn two_drops() -> Harness {
    let mut harness = Harness::new();
    let drops: Vec<String> = [("north", "110"), ("south", "120")]
        .iter()
        .map(|(name, account)| {
            fs::create_dir_all(harness.path(name).join("GDPR_Submit")).unwrap();
            format!(
                "[[drop]]\nname = \"{name}\"\npath = {:?}\naccounts = [\"{account}\"]\n",
                harness.path(name)
            )
        })
        .collect();
    harness.config = format!(
        "watch_interval = \"100ms\"\ndevices_per_transaction = 1\n{}",
        drops.concat()
    );
    for n in 0..SUBMISSIONS {
        let (name, account) = [("north", "110"), ("south", "120")][n % 2];
        harness.db.run(&format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, attempted_at, account_id, device)
                 VALUES ({n}, '2018-02-03', '{account}', '{}')", phone(n)
        ));
        let text = format!(
            r#"{{"requests": [{{"accountid": "{account}", "type": "FORGET", "contacts": [{{"phone": "{}"}}, {{"phone": "1"}}, {{"phone": "{}"}}]}}]}}"#,
            phone(n),
            phone(n + 40)
        );
        fs::write(
            harness
                .path(name)
                .join(format!("GDPR_Submit/forget-20180315_{n}.json")),
            text,
        )
        .unwrap();
    }
    harness
}

/// A run over all drops that writes its summary to a file.
fn start(harness: &Harness, number: usize, words: &[&str]) -> Child {
    command(harness, number, words).spawn().unwrap()
}

/// The same, not started yet. This writes the configuration, so no other process may be reading it.
fn command(harness: &Harness, number: usize, words: &[&str]) -> Command {
    let file = |kind: &str| fs::File::create(harness.path(&format!("{kind}-{number}"))).unwrap();
    let mut command = harness.command(&["run", "--settle", "0s", "--format", "json"]);
    command
        .args(words)
        .stdout(file("summary"))
        .stderr(file("errors"));
    command
}

/// The submissions that a process reports; a watching process reports each pass.
fn told(harness: &Harness, number: usize) -> Vec<String> {
    let text = fs::read_to_string(harness.path(&format!("summary-{number}"))).unwrap();
    let passes = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let files = |pass: Value| -> Vec<String> {
        let submissions = pass["submissions"].as_array().unwrap().iter();
        submissions
            .map(|s| {
                assert_eq!(s["state"], "done", "{s}");
                s["file"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    passes.flat_map(|pass| files(pass.unwrap())).collect()
}

/// All results by path, and the data with placeholders numbered in order.
fn left(harness: &Harness) -> (BTreeMap<PathBuf, String>, String) {
    let mut results = BTreeMap::new();
    for drop in ["north", "south"] {
        for entry in fs::read_dir(harness.path(drop).join("GDPR_Result")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(harness.dir.path()).unwrap().to_owned();
            results.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    let data: Vec<String> = harness.dump().into_values().flatten().collect();
    (results, anonymous_names(&data.join("\n")))
}

/// Slows down each change of an attempt, so that no process finishes before another has started.
fn slow(harness: &mut Harness, seconds: f64) {
    harness.db.run(&format!(
        "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$;
         CREATE TRIGGER slow BEFORE UPDATE ON contact_centre.contact_attempt FOR EACH ROW EXECUTE FUNCTION public.slow()"
    ));
    harness.accepted = BTreeMap::from([("contact_attempt".to_owned(), vec!["slow".to_owned()])]);
    harness.grant();
}

const DONE: &str = "SELECT count(*) FROM lethe.submission WHERE state = 'done'";

fn terminate(runs: &mut [Child]) {
    for run in runs {
        kill(Pid::from_raw(run.id() as i32), Signal::SIGTERM).unwrap();
        // Contacts were answered with errors, or a pass ended while another process was at work.
        assert!(matches!(run.wait().unwrap().code(), Some(3 | 1)));
    }
}

#[test]
fn concurrent_processes_share_the_work_and_get_the_result_of_one() {
    let one = two_drops();
    start(&one, 0, &[]).wait().unwrap();
    let expected = left(&one);
    assert_eq!(expected.0.len(), SUBMISSIONS);
    for (processes, watch) in [(2, false), (4, false), (3, true)] {
        let mut harness = two_drops();
        slow(&mut harness, 0.15);
        let words: &[&str] = if watch { &["--watch"] } else { &[] };
        let mut runs: Vec<Child> = (0..processes)
            .map(|n| command(&harness, n, words))
            .collect::<Vec<_>>()
            .iter_mut()
            .map(|command| command.spawn().unwrap())
            .collect();
        if watch {
            harness.db.wait_for(&SUBMISSIONS.to_string(), DONE);
            terminate(&mut runs);
        }
        let codes: Vec<_> = runs
            .iter_mut()
            .map(|run| run.wait().unwrap().code().unwrap())
            .collect();
        let all: Vec<Vec<String>> = (0..processes).map(|n| told(&harness, n)).collect();
        let mut files = all.concat();
        files.sort();
        files.dedup();
        assert_eq!(
            all.concat().len(),
            SUBMISSIONS,
            "each is told once: {all:?}"
        );
        assert_eq!(files.len(), SUBMISSIONS, "{all:?}");
        let shared = all.iter().filter(|told| !told.is_empty()).count();
        assert!(shared > 1, "one did it all: {all:?}");
        for (n, (code, told)) in codes.iter().zip(&all).enumerate().filter(|_| !watch) {
            let said = fs::read_to_string(harness.path(&format!("errors-{n}"))).unwrap();
            let left = said.contains("is left alone: another session is processing it");
            let done = if told.is_empty() { 0 } else { 3 };
            assert_eq!(*code, if left { 1 } else { done }, "{said}");
        }
        assert_eq!(left(&harness), expected, "{processes} processes");
    }
}

#[test]
fn a_name_is_never_claimed_without_the_lock_on_it() {
    // Another process would take the row for one that a dead process left, and begin the submission a second time.
    let harness = Harness::new();
    harness.submit_contacts(FILE, "110", r#"{"phone": "+1 617 555 0100"}"#);
    let held = Db::open(&harness.db.address());
    held.run("BEGIN; LOCK TABLE lethe.lock IN SHARE MODE");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.submission"), "0");
    held.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(harness.answers(STEM), ["SUCCESS: not found"]);
}

/// Locks the attempt of a submission, in a session of its own.
fn hold(harness: &Harness, n: usize) -> Db {
    let db = Db::open(&harness.db.address());
    db.run(&format!(
        "BEGIN; UPDATE contact_centre.contact_attempt SET disposition = 'x' WHERE attempt_id = {n}"
    ));
    db
}

/// The number of lethe's sessions that wait for a lock.
fn until_waiting(harness: &Harness, sessions: usize) {
    harness.db.wait_for(
        &sessions.to_string(),
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
         AND application_name LIKE 'lethe forget%' AND wait_event_type = 'Lock'",
    );
}

fn sigkill(run: &mut Child) {
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn a_watching_process_takes_over_the_work_of_a_killed_one() {
    let harness = two_drops();
    let held = hold(&harness, 0);
    let mut first = start(&harness, 0, &["--watch"]);
    until_waiting(&harness, 1);
    let mut second = [start(&harness, 1, &["--watch"])];
    harness.db.wait_for(&(SUBMISSIONS - 1).to_string(), DONE);
    sigkill(&mut first);
    held.run("COMMIT");
    harness.db.wait_for(&SUBMISSIONS.to_string(), DONE);
    terminate(&mut second);
    let mut all = told(&harness, 1);
    all.sort();
    assert!(all.contains(&"forget-20180315_0.json".to_owned()));
    assert_eq!(all.len(), SUBMISSIONS);
}

#[test]
fn a_pass_takes_over_the_work_of_a_process_killed_meanwhile() {
    let harness = two_drops();
    let (held, other) = (hold(&harness, 0), hold(&harness, 1));
    let mut first = start(&harness, 0, &[]);
    until_waiting(&harness, 1);
    let mut second = start(&harness, 1, &[]);
    until_waiting(&harness, 2);
    sigkill(&mut first);
    held.run("COMMIT");
    // The server ends the session of the killed process.
    harness.db.wait_for(
        "1",
        "SELECT count(*) FROM lethe.lock k JOIN pg_stat_activity a USING (pid) WHERE k.kind = 'submission'",
    );
    other.run("COMMIT");
    assert_eq!(second.wait().unwrap().code(), Some(3));
    assert_eq!(harness.db.one(DONE), SUBMISSIONS.to_string());
    assert_eq!(told(&harness, 1).len(), SUBMISSIONS);
}

const FILE: &str = "forget-20180315_1.json";
const STEM: &str = "forget-20180315_1";

/// A harness whose only host was killed when it had answered the first of three contacts.
fn killed() -> Harness {
    let mut harness = Harness::new();
    harness.config = "devices_per_transaction = 1".into();
    for n in 0..3 {
        harness.db.run(&format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES ({n}, '110', '{}')", phone(n)
        ));
    }
    let contacts: Vec<String> = (0..3)
        .map(|n| format!(r#"{{"phone": "{}"}}"#, phone(n)))
        .collect();
    harness.submit_contacts(FILE, "110", &contacts.join(", "));
    let held = hold(&harness, 1);
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    sigkill(&mut run);
    held.run("ROLLBACK");
    harness.db.wait_for("0", "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'");
    // From here on it is another host.
    move_folder(&harness.path("data"), &harness.path("first"));
    // The hosts share the ledger secret.
    give_secret(&harness.path("data"));
    harness
}

fn move_folder(from: &Path, to: &Path) {
    fs::rename(from, to).unwrap();
    fs::create_dir(from).unwrap();
}

/// The first host is back.
fn comes_back(harness: &Harness) {
    fs::remove_dir_all(harness.path("data")).unwrap();
    fs::rename(harness.path("first"), harness.path("data")).unwrap();
}

fn copies(harness: &Harness) -> usize {
    fs::read_dir(harness.spool()).unwrap().count()
}

const REPLACED: &str =
    "SELECT count(*) FROM contact_centre.contact_attempt WHERE device LIKE 'anon-phone-%'";

#[test]
fn another_host_continues_with_the_file_that_is_still_there() {
    let harness = killed();
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"; 3]);
    assert_eq!(harness.db.one(REPLACED), "3");
    comes_back(&harness);
    assert_eq!(copies(&harness), 1);
    assert!(harness.run().ok(0).submissions().is_empty());
    assert_eq!(copies(&harness), 0, "nobody needs its copy any more");
    assert_eq!(harness.results().len(), 1);
}

#[test]
fn if_the_file_is_gone_the_submission_waits_for_the_host_with_the_copy() {
    for changed in [false, true] {
        let harness = killed();
        fs::remove_file(harness.submit_path(FILE)).unwrap();
        if changed {
            harness.submit_contacts(FILE, "110", r#"{"phone": "1"}"#);
        }
        for _ in 0..2 {
            let run = harness.run().ok(1);
            assert_eq!(run.states()[0], (FILE.to_owned(), "failed".to_owned()));
            assert!(run.stderr.contains("its content is lost"), "{}", run.stderr);
        }
        comes_back(&harness);
        harness.run();
        assert_eq!(harness.answers(STEM), ["SUCCESS"; 3]);
        assert_eq!(harness.db.one(REPLACED), "3");
        let answered = harness
            .results()
            .iter()
            .filter(|name| name.contains("duplicate"))
            .count();
        assert_eq!(answered, usize::from(changed));
    }
}

#[test]
fn lost_content_is_answered_after_a_day_or_when_cancelled() {
    for cancelled in [false, true] {
        let mut harness = killed();
        fs::remove_file(harness.submit_path(FILE)).unwrap();
        if cancelled {
            harness.lethe(&["cancel", FILE]).ok(0);
        } else {
            harness.now = "2018-03-16T11:59:00Z".into();
            harness.run().ok(1);
            harness.now = "2018-03-16T12:01:00Z".into();
        }
        let run = harness.run().ok(3);
        assert_eq!(run.states(), [(FILE.to_owned(), "failed".to_owned())]);
        let log = harness.log(STEM);
        let error = log["error"].as_str().unwrap();
        assert!(
            error.contains("1 of 3 contacts had been processed"),
            "{error}"
        );
        assert_eq!(log["requests"].as_array().unwrap().len(), 0);
        assert_eq!(harness.db.one(REPLACED), "1");
        assert_eq!(harness.db.one(DONE), "1");
        comes_back(&harness);
        assert!(harness.run().ok(0).submissions().is_empty());
        assert_eq!(copies(&harness), 0);
    }
}
