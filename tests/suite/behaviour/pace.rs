//! Pace and workers: limits, windows and several workers do not change the result of a FORGET.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{Db, Harness, anonymous_names, cluster};

const FILE: &str = "forget-20180315_1.json";
const STEM: &str = "forget-20180315_1";

/// Phone `n` of 400, in four area codes; the numbers are reserved for fiction.
fn phone(n: usize) -> String {
    let area = ["617", "781", "212", "303"][n / 100];
    format!("+1{area}55501{:02}", n % 100)
}

fn contacts(range: std::ops::Range<usize>) -> String {
    let contact = |n| format!(r#"{{"phone": "{}"}}"#, phone(n));
    range.map(contact).collect::<Vec<_>>().join(", ")
}

/// A contact with one device and one attempt for each phone except every tenth.
fn alone(harness: &Harness) {
    for n in (0..400).filter(|n| n % 10 != 9) {
        let phone = phone(n);
        harness.db.run(&format!(
            "INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES ({n}, '110', 'C-{n}', 'Ada');
             INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES ({n}, 1, '110', 'phone', '{phone}');
             INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, contact_id, channel, device, message_text)
                 VALUES ({n}, '110', {n}, 'sms', '{phone}', 'Hello Ada')"
        ));
    }
}

/// Contacts and recordings with two phones each, of which each of two workers gets one, as devices are assigned in turn.
fn together(harness: &Harness) {
    for n in (0..400).step_by(2) {
        let (one, two) = (phone(n), phone(n + 1));
        harness.db.run(&format!(
            "INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES ({n}, '110', 'C-{n}', 'Ada');
             INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
                 ({n}, 1, '110', 'phone', '{one}'), ({n}, 2, '110', 'phone', '{two}');
             INSERT INTO contact_centre.recording (recording_id, account_id, caller, dialled, started_at, legal_hold)
                 VALUES ('R-{n}', '110', '{one}', '{two}', '2018-02-03', {held})",
            held = n == 100
        ));
    }
}

/// Answers, rows by table and the whole data after a FORGET of all phones.
fn forget_all(
    fill: fn(&Harness),
    words: &[&str],
) -> (Vec<String>, serde_json::Value, String, Harness) {
    let harness = Harness::new();
    fill(&harness);
    harness.submit_contacts(FILE, "110", &contacts(0..400));
    let ended = harness.run_with(words);
    assert!([0, 3].contains(&ended.code), "{}", ended.stderr);
    let report = ended.submissions()[0].clone();
    assert_eq!(report["state"], "done");
    let dump: Vec<String> = harness.dump().into_values().flatten().collect();
    let dump = anonymous_names(&dump.join("\n"));
    (harness.answers(STEM), report["rows"].clone(), dump, harness)
}

fn workers_at_work(harness: &Harness) -> Vec<String> {
    harness
        .db
        .rows("SELECT DISTINCT worker FROM lethe.table_count ORDER BY 1")
}

#[test]
fn two_workers_get_the_result_of_one() {
    let (answers, rows, dump, harness) = forget_all(alone, &["--workers", "1"]);
    assert_eq!(workers_at_work(&harness), ["0"]);
    assert_eq!(answers[0], "SUCCESS");
    assert_eq!(answers[9], "SUCCESS: not found");
    assert_eq!(rows["contact_centre.contact"], 360);
    assert!(!dump.contains("+1617"), "every device is replaced");
    for words in [
        &["--workers", "2"][..],
        &["--offline"],
        &["--workers", "3", "--offline"],
    ] {
        let two = forget_all(alone, words);
        assert!(workers_at_work(&two.3).len() > 1, "{words:?}");
        assert_eq!(two.0, answers, "{words:?}");
        assert_eq!(two.1, rows, "{words:?}");
        assert_eq!(two.2, dump, "{words:?}");
    }
}

#[test]
fn two_workers_change_rows_that_hold_devices_of_both() {
    let (answers, _, dump, harness) = forget_all(together, &["--workers", "1", "--offline"]);
    assert_eq!(workers_at_work(&harness), ["0"]);
    assert_eq!(answers[100], "ERROR: legal hold");
    assert_eq!(answers[101], "ERROR: legal hold");
    assert_eq!(answers.iter().filter(|a| *a == "SUCCESS").count(), 398);
    for words in [&["--workers", "2", "--offline"][..], &["--workers", "2"]] {
        let two = forget_all(together, words);
        assert_eq!(workers_at_work(&two.3), ["0", "1"]);
        assert_eq!(two.0, answers, "{words:?}");
        assert_eq!(two.2, dump, "{words:?}");
    }
}

#[test]
fn a_run_pauses_when_its_window_ends_and_the_next_run_continues() {
    let harness = Harness::new();
    alone(&harness);
    let before = harness.dump();
    harness.submit_contacts(FILE, "110", &contacts(0..20));
    for _ in 0..2 {
        let paused = harness.run_with(&["--until", "2018-03-15T11:59:00Z"]).ok(0);
        assert_eq!(paused.states(), [(FILE.to_owned(), "paused".to_owned())]);
        assert_eq!(harness.dump(), before);
        assert!(harness.results().is_empty());
        let status = harness
            .in_drop(&["status", "--format", "json"])
            .ok(0)
            .json();
        let running = &status["drops"][0]["running"][0];
        assert_eq!(running["file"], FILE);
        assert_eq!(running["progress"]["at_work"], false);
        assert_eq!(running["progress"]["answered"], 0);
    }
    let done = harness.run_with(&["--until", "2018-03-15T23:00:00Z"]).ok(0);
    assert_eq!(done.states(), [(FILE.to_owned(), "done".to_owned())]);
    let answers = harness.answers(STEM);
    assert_eq!(answers.iter().filter(|a| *a == "SUCCESS").count(), 18);
}

#[test]
fn an_export_does_not_begin_after_its_window() {
    let harness = Harness::new();
    alone(&harness);
    harness.submit_contacts("export-20180315_1.json", "110", &contacts(0..5));
    let paused = harness.run_with(&["--until", "2018-03-15T11:59:00Z"]).ok(0);
    assert_eq!(paused.states()[0].1, "paused");
    assert!(harness.results().is_empty());
    let done = harness.run().ok(0);
    assert_eq!(done.states()[0].1, "done");
}

/// One value of the metrics file.
fn metric(harness: &Harness, name: &str) -> f64 {
    let text = fs::read_to_string(harness.path("lethe.prom")).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name} ")));
    line.unwrap().rsplit_once(' ').unwrap().1.parse().unwrap()
}

/// Forgets a tenth of the phones. Returns the seconds that it took, and how many of them it paused.
fn timed(harness: &Harness, number: usize, words: &[&str]) -> (f64, f64) {
    let name = format!("forget-20180315_{number}.json");
    harness.submit_contacts(&name, "110", &contacts(number * 40..number * 40 + 40));
    let before = match harness.path("lethe.prom").exists() {
        true => metric(harness, "lethe_rested_seconds_total"),
        false => 0.0,
    };
    let began = Instant::now();
    let report = harness.run_with(words).ok(0).submissions()[0].clone();
    let took = began.elapsed().as_secs_f64();
    assert_eq!(report["rows"]["contact_centre.contact_device"], 36);
    (took, metric(harness, "lethe_rested_seconds_total") - before)
}

#[test]
fn limits_make_a_run_pause() {
    let mut harness = Harness::new();
    harness.config = "metrics_file = \"{dir}/lethe.prom\"\ndevices_per_transaction = 4".into();
    alone(&harness);
    let (free, rested) = timed(&harness, 0, &[]);
    assert!(rested < 0.5, "nothing limits it: {rested}");
    // 36 contacts with a device and an attempt each: 108 rows.
    let (limited, rested) = timed(&harness, 1, &["--max-rows-per-second", "40"]);
    assert!(
        (2.4..free + 5.0).contains(&rested),
        "rested for {rested} s, of {limited} s"
    );
    assert!(limited > 2.4, "{limited} s");
    harness.config += "\nmax_rows_per_second = 40";
    let (_, rested) = timed(&harness, 2, &[]);
    assert!(rested > 2.4, "the configuration limits it too: {rested}");
    harness.config = harness
        .config
        .replace("max_rows_per_second = 40", "max_wal_rate = \"16kB\"")
        .replace(
            "devices_per_transaction = 4",
            "devices_per_transaction = 20",
        );
    let (_, rested) = timed(&harness, 3, &["--offline"]);
    // Once, as the first measurement has nothing to compare with; other tests write WAL too.
    assert!(
        rested > 0.0 && rested < 11.0,
        "WAL limits it, but never for long: {rested}"
    );
    let (_, rested) = timed(&harness, 4, &["--max-wal-rate", "64GB"]);
    // Asking for the WAL position takes its time too.
    assert!(rested < 0.5, "the command line counts: {rested}");
}

#[test]
fn replicas_are_watched_only_by_a_role_that_sees_them() {
    let mut harness = Harness::new();
    alone(&harness);
    harness.submit_contacts(FILE, "110", &contacts(0..20));
    let refused = harness.run_with(&["--max-replica-lag", "10s"]).ok(2);
    assert!(
        refused.stderr.contains("GRANT pg_monitor"),
        "{}",
        refused.stderr
    );
    assert!(harness.results().is_empty());
    // Another role, because all tests share theirs.
    let role = format!("sees_replicas_{}", harness.db.name());
    harness.db.run(&format!(
        "CREATE ROLE {role} LOGIN; GRANT lethe_engine, pg_monitor TO {role}"
    ));
    harness.database = harness.db.address_of(&role);
    harness.run_with(&["--max-replica-lag", "10s"]).ok(0);
    assert_eq!(harness.answers(STEM)[0], "SUCCESS");
}

/// The names of the working sessions.
fn names(harness: &Harness) -> Vec<String> {
    harness.db.run("SELECT pg_stat_clear_snapshot()");
    harness.db.rows(
        "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%' ORDER BY 1",
    )
}

fn hold(harness: &Harness, n: usize) {
    harness.db.run(&format!(
        "BEGIN; UPDATE contact_centre.contact_device SET device_type = 'x' WHERE contact_id = {n}"
    ));
}

#[test]
fn sessions_are_named_after_their_work() {
    let mut harness = Harness::new();
    alone(&harness);
    harness.config = "devices_per_transaction = 1".into();
    let long = format!("forget-20180315_{}.json", "x".repeat(64));
    for (name, shown, first) in [
        (FILE, FILE.to_owned(), 0),
        // The server would truncate a longer name.
        (&long, format!("{}...", &long[..28]), 10),
    ] {
        harness.submit_contacts(name, "110", &contacts(first..first + 3));
        hold(&harness, first + 1);
        let mut run = harness.start_run();
        harness.wait_until_blocked();
        let seen = names(&harness);
        assert!(seen.contains(&format!("lethe {shown} 1/3")), "{seen:?}");
        assert!(!seen.join(" ").contains("555"), "no value: {seen:?}");
        harness.db.run("ROLLBACK");
        assert_eq!(run.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn the_next_run_rechecks_what_an_interrupted_run_had_answered() {
    let mut harness = Harness::new();
    alone(&harness);
    harness.config = "devices_per_transaction = 1\nreconnect_for = \"0s\"".into();
    harness.submit_contacts(FILE, "110", &contacts(0..3));
    hold(&harness, 1);
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    harness.db.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'",
    );
    assert_eq!(run.wait().unwrap().code(), Some(1));
    harness.db.run("ROLLBACK");
    let answered = "SELECT response FROM lethe.contact WHERE contact = 1";
    assert_eq!(harness.db.one(answered), "SUCCESS");
    // A call is recorded between the two runs.
    let phone = phone(0);
    harness.db.run(&format!(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, contact_id, device, message_text)
             VALUES (9001, '110', 0, '{phone}', 'Hello again')"
    ));
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"; 3]);
    let row = "SELECT left(device, 11), message_text FROM contact_centre.contact_attempt WHERE attempt_id = 9001";
    assert_eq!(harness.db.one(row), "anon-phone-|[redacted]");
}

#[test]
fn sessions_that_wait_for_lethes_locks_are_noticed() {
    let mut harness = Harness::new();
    alone(&harness);
    harness.config = "metrics_file = \"{dir}/lethe.prom\"".into();
    harness.submit_contacts(FILE, "110", &contacts(0..4));
    // Roots are changed last: the devices are locked by then.
    harness
        .db
        .run("BEGIN; UPDATE contact_centre.contact SET company = 'x' WHERE contact_id = 2");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    let name = harness.db.name().to_owned();
    let other = std::thread::spawn(move || {
        let db = Db::connect(cluster(), &name);
        let began = Instant::now();
        db.run("UPDATE contact_centre.contact_device SET device_type = 'y' WHERE contact_id = 1");
        began.elapsed()
    });
    let waited = other.join().unwrap();
    assert!(
        waited < Duration::from_secs(5),
        "it is let go after two seconds: {waited:?}"
    );
    harness.db.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert!(metric(&harness, "lethe_waits_seen_total") >= 1.0);
    assert!(metric(&harness, "lethe_retries_total") >= 1.0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"; 4]);
    assert_eq!(
        harness.db.one("SELECT left(device, 11), device_type FROM contact_centre.contact_device WHERE contact_id = 1"),
        "anon-phone-|y"
    );
}
