//! Metrics in a file, and the progress of a run as other processes see it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use crate::support::Harness;

const ROWS: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C-1', 'Ada'), (2, '110', 'C-2', 'Zoe');
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
        (1, 1, '110', 'phone', '+16175550100'), (1, 2, '110', 'email', 'ada@example.com'), (2, 1, '110', 'phone', '+16175550101')";
const CONTACTS: &str = r#"{"phone": "+1 617 555 0100"}, {"phone": "+1 617 555 0101"}, {"phone": "1"}, {"email": "nobody@example.com"}"#;
const FILE: &str = "forget-20180315_1.json";
/// Blocks the second device.
const HOLD: &str =
    "BEGIN; UPDATE contact_centre.contact_device SET device_type = 'x' WHERE contact_id = 2";

fn harness() -> Harness {
    let mut harness = Harness::new();
    harness.config = "metrics_file = \"{dir}/lethe.prom\"\ndevices_per_transaction = 1".into();
    harness.db.run(ROWS);
    harness.submit_contacts(FILE, "110", CONTACTS);
    harness
}

/// Every sample of the metrics file.
fn samples(harness: &Harness) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(harness.path("lethe.prom")).unwrap_or_default();
    let sample = |line: &str| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        (series.to_owned(), value.parse().unwrap())
    };
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(sample)
        .collect()
}

#[test]
fn a_run_writes_its_metrics_to_a_file() {
    let harness = harness();
    let ended = harness.run().ok(3);
    let report = ended.submissions()[0].clone();
    let found = samples(&harness);
    let devices = |outcome: &str| {
        found[&format!("lethe_devices_total{{action=\"FORGET\",outcome=\"{outcome}\"}}")]
    };
    assert_eq!(
        ["success", "not_found", "error"].map(devices),
        [2.0, 1.0, 1.0]
    );
    let rows = report["rows"].as_object().unwrap();
    assert!(!rows.is_empty());
    for (table, rows) in rows {
        let series = format!("lethe_rows_total{{action=\"FORGET\",table=\"{table}\"}}");
        assert_eq!(found[&series], rows.as_f64().unwrap());
    }
    assert_eq!(
        found["lethe_chunks_total"], 3.0,
        "one transaction for each device"
    );
    for (series, expected) in [
        (
            "lethe_submissions_total{action=\"FORGET\",state=\"done\"}",
            1.0,
        ),
        (
            "lethe_submission_duration_seconds_count{action=\"FORGET\"}",
            1.0,
        ),
        ("lethe_backlog_submissions", 0.0),
        ("lethe_oldest_due_age_seconds", 0.0),
        ("lethe_running", 0.0),
        ("lethe_last_pass_exit_code", 3.0),
        ("lethe_passes_total", 1.0),
    ] {
        assert_eq!(found[series], expected, "{series}");
    }
    let ended_at = found["lethe_last_pass_timestamp_seconds"];
    // 2018-03-15T12:00:00Z and some seconds.
    assert!(
        (1_521_115_200.0..1_521_115_800.0).contains(&ended_at),
        "{ended_at}"
    );
    let path = harness.path("lethe.prom");
    let text = fs::read_to_string(&path).unwrap();
    for value in ["555", "example.com", "20180315_1", "C-1"] {
        assert!(!text.contains(value), "{value} in\n{text}");
    }
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o644
    );
    // The next run has nothing to do, and continues the counters.
    harness.run().ok(0);
    let later = samples(&harness);
    assert_eq!(later["lethe_passes_total"], 2.0);
    assert_eq!(later["lethe_chunks_total"], 3.0);
    assert_eq!(later["lethe_last_pass_exit_code"], 0.0);
}

#[test]
fn a_run_reports_its_progress_while_it_runs() {
    let mut harness = harness();
    harness.options = vec![
        "--metrics-file".into(),
        harness.path("lethe.prom").display().to_string(),
    ];
    harness.config = "devices_per_transaction = 1".into();
    harness.db.run(HOLD);
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    let give_up = Instant::now() + Duration::from_secs(20);
    let seen = loop {
        let seen = samples(&harness);
        if seen.get("lethe_running") == Some(&1.0) {
            break seen;
        }
        assert!(Instant::now() < give_up, "{seen:?}");
        std::thread::sleep(Duration::from_millis(50));
    };
    harness.db.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(3));
    assert_eq!(seen["lethe_running_devices"], 3.0);
    assert!(seen["lethe_running_devices_answered"] < 3.0);
    assert_eq!(seen["lethe_backlog_submissions"], 1.0);
    assert_eq!(samples(&harness)["lethe_running"], 0.0);
    assert_eq!(samples(&harness)["lethe_backlog_submissions"], 0.0);
}

#[test]
fn the_backlog_is_what_is_due_and_not_done() {
    let harness = harness();
    let two_hours_ago = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_521_108_000);
    let file = fs::File::options()
        .write(true)
        .open(harness.submit_path(FILE))
        .unwrap();
    file.set_modified(two_hours_ago).unwrap();
    // Tomorrow's file is not due.
    harness.submit_contacts("forget-20180316_1.json", "110", CONTACTS);
    let paused = harness.run_with(&["--until", "2018-03-15T00:00:00Z"]).ok(0);
    assert_eq!(paused.states(), [(FILE.to_owned(), "paused".to_owned())]);
    let found = samples(&harness);
    assert_eq!(found["lethe_backlog_submissions"], 1.0);
    let age = found["lethe_oldest_due_age_seconds"];
    assert!((7200.0..7800.0).contains(&age), "{age}");
    assert_eq!(
        found["lethe_submissions_total{action=\"FORGET\",state=\"paused\"}"],
        1.0
    );
    assert_eq!(
        found["lethe_devices_total{action=\"FORGET\",outcome=\"success\"}"], 0.0,
        "counted when it is complete"
    );
}

#[test]
fn an_unwritable_metrics_file_stops_nothing() {
    let mut harness = harness();
    harness.config = "metrics_file = \"{dir}/missing/lethe.prom\"".into();
    let ended = harness.run().ok(3);
    assert_eq!(
        ended
            .stderr
            .matches("cannot write the metrics file")
            .count(),
        1
    );
    assert_eq!(ended.states(), [(FILE.to_owned(), "done".to_owned())]);
}

#[test]
fn status_reports_the_progress_of_another_process() {
    let mut harness = harness();
    harness.config.push_str("\nreconnect_for = \"0s\"");
    harness.db.run(HOLD);
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    // A minute later, by the clock of the asking process.
    harness.now = "2018-03-15T12:01:00Z".into();
    let held = |harness: &Harness| {
        let json = harness
            .in_drop(&["status", "--format", "json"])
            .ok(0)
            .json();
        json["drops"][0]["running"][0].clone()
    };
    let running = held(&harness);
    assert_eq!(running["file"], FILE);
    let progress = &running["progress"];
    assert_eq!(progress["at_work"], true);
    assert_eq!(progress["contacts"], 4);
    // The device with a wrong format, and the first one.
    assert_eq!(progress["answered"], 2);
    let rate = progress["per_second"].as_f64().unwrap();
    assert!(rate > 0.0 && rate < 0.1, "{rate}: two in a minute");
    let left = progress["seconds_left"].as_u64().unwrap();
    assert!((50..=70).contains(&left), "{left}: as many again");
    let text = harness.in_drop(&["status"]).ok(0).stdout;
    assert!(text.contains("2 of 4 contacts answered, "), "{text}");
    assert!(text.contains(" left"), "{text}");
    harness.db.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'",
    );
    assert_eq!(run.wait().unwrap().code(), Some(1));
    harness.db.run("COMMIT");
    fs::remove_file(harness.submit_path(FILE)).unwrap();
    let interrupted = held(&harness);
    assert_eq!(interrupted["file"], FILE, "also when its file is gone");
    assert_eq!(interrupted["progress"]["at_work"], false);
    assert_eq!(interrupted["progress"]["answered"], 2);
    assert!(interrupted["progress"].get("seconds_left").is_none());
    // An hour later another run continues: neither the hour nor the earlier contacts count for its rate.
    harness.db.run(HOLD);
    harness.now = "2018-03-15T13:00:00Z".into();
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    let resumed = held(&harness);
    assert_eq!(resumed["progress"]["at_work"], true);
    assert_eq!(resumed["progress"]["answered"], 2);
    assert!(resumed["progress"].get("per_second").is_none());
    harness.db.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(3));
    let json = harness
        .in_drop(&["status", "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(json["drops"][0]["running"].as_array().unwrap().len(), 0);
}
