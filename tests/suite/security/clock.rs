//! Times: what was written under `LETHE_NOW` says so, and no time that a customer gets reveals rows of other tenants
//! (contract sections 4, 7 and 10).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::support::Harness;

const ROWS: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C-1', 'Ada');
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 1, '110', 'phone', '+16175550100');";
const CONTACTS: &str = r#"{"phone": "+1 617 555 0100"}"#;

fn harness() -> Harness {
    let harness = Harness::new();
    harness.db.run(ROWS);
    harness.lethe(&["keygen"]).ok(0);
    harness
}

fn receipt(harness: &Harness, stem: &str) -> Value {
    serde_json::from_str(&harness.result(&format!("{stem}-receipt.json"))).unwrap()
}

fn notes(harness: &Harness, stem: &str) -> String {
    let file = harness.result_path(&format!("{stem}-receipt.json"));
    let file = file.to_str().unwrap();
    let verified = harness.lethe(&["receipt", "verify", file, "--format", "json"]);
    verified.ok(0).json()["notes"].to_string()
}

/// Whether a time is within a minute of now.
fn is_now(time: &Value) -> bool {
    let time = DateTime::parse_from_rfc3339(time.as_str().unwrap()).unwrap();
    (Utc::now() - time.to_utc()).abs() < TimeDelta::minutes(1)
}

#[test]
fn what_is_written_under_lethe_now_says_so() {
    let harness = harness();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    harness.submit("forget-20180315_2.json", "no JSON");
    harness.run().ok(3);
    for stem in ["forget-20180315_1", "forget-20180315_2"] {
        assert_eq!(harness.log(stem)["clock"], "LETHE_NOW", "{stem}");
        let receipt = receipt(&harness, stem);
        assert_eq!(receipt["clock"], "LETHE_NOW", "{stem}");
        assert!(
            receipt["made"]
                .as_str()
                .unwrap()
                .starts_with("2018-03-15T12:00")
        );
        assert!(is_now(&receipt["server_clock"]), "{receipt}");
        let notes = notes(&harness, stem);
        assert!(
            notes.contains("its times are by LETHE_NOW, a test or a rehearsal"),
            "{notes}"
        );
    }
    let file = harness.result_path("forget-20180315_1-receipt.json");
    let text = harness.lethe(&[
        "receipt",
        "verify",
        file.to_str().unwrap(),
        "--receipt-text",
    ]);
    assert!(text.ok(0).stdout.contains("\n\nThis is a rehearsal: "));
}

#[test]
fn what_is_written_by_a_real_clock_is_not_marked() {
    let mut harness = harness();
    harness.now = String::new();
    let stem = format!("forget-{}_1", Utc::now().format("%Y%m%d"));
    harness.submit_contacts(&format!("{stem}.json"), "110", CONTACTS);
    harness.run().ok(0);
    assert_eq!(harness.log(&stem).get("clock"), None);
    let receipt = receipt(&harness, &stem);
    assert_eq!(receipt["clock"], "system");
    assert!(is_now(&receipt["made"]) && is_now(&receipt["server_clock"]));
    assert_eq!(notes(&harness, &stem), "[]");
}

/// A pass under `LETHE_NOW` that another one completes leaves its times behind.
#[test]
fn a_submission_that_was_begun_under_lethe_now_stays_marked() {
    let mut harness = harness();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    harness
        .environment
        .insert("LETHE_FAULT".into(), "receipt.before#1=kill".into());
    assert_ne!(harness.run().code, 0);
    harness.environment.clear();
    harness.now = String::new();
    harness.run().ok(0);
    assert_eq!(harness.log("forget-20180315_1")["clock"], "LETHE_NOW");
    assert_eq!(receipt(&harness, "forget-20180315_1")["clock"], "LETHE_NOW");
}

#[test]
fn customers_get_whole_seconds_and_the_operator_exact_times() {
    let mut harness = harness();
    harness.now = "2018-03-15T12:00:00.123456Z".into();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    harness.run().ok(0);
    let receipt = receipt(&harness, "forget-20180315_1");
    for member in ["received", "begun", "answered", "made", "server_clock"] {
        let time = receipt[member].as_str().unwrap();
        assert!(
            time.ends_with('Z') && !time.contains('.'),
            "{member}: {time}"
        );
    }
    let copies = harness.path("data/receipts");
    let chain = std::fs::read_dir(copies).unwrap().next().unwrap().unwrap();
    let names = std::fs::read_dir(chain.path()).unwrap();
    let operator = names
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with("-operator.json"));
    let operator = std::fs::read_to_string(operator.unwrap()).unwrap();
    let operator: Value = serde_json::from_str(&operator).unwrap();
    for member in ["received", "begun", "answered", "made", "server_clock"] {
        let time = operator["times"][member].as_str().unwrap();
        assert!(time.contains('.'), "{member}: {time}");
    }
}

/// Many requests for one phone that another tenant's rows hold: each of these rows is read once, not once for each request.
#[test]
fn rows_of_other_tenants_are_not_read_again_for_each_request() {
    let harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.account (account_id, parent_id, name) SELECT '110.' || i, '110', 'x' FROM generate_series(1, 100) i;
         INSERT INTO contact_centre.contact_attempt (account_id, device, channel)
         SELECT '200', '+16175550100', 'voice' FROM generate_series(1, 500)",
    );
    let request =
        |i| format!(r#"{{"accountid": "110.{i}", "type": "FORGET", "contacts": [{CONTACTS}]}}"#);
    let requests: Vec<String> = (1..=100).map(request).collect();
    let fetched = || -> i64 {
        let sql = "SELECT sum(idx_tup_fetch + seq_tup_read)::bigint FROM pg_stat_user_tables
                   WHERE relname LIKE 'contact_attempt%'";
        harness.db.one(sql).parse().unwrap()
    };
    harness.db.run("SELECT pg_stat_reset()");
    harness.submit(
        "forget-20180315_1.json",
        format!(r#"{{"requests": [{}]}}"#, requests.join(",")),
    );
    harness.run().ok(0);
    // The sessions of the run have ended, and reported what they read.
    harness
        .db
        .wait_for("t", "SELECT sum(idx_tup_fetch) >= 500 FROM pg_stat_user_tables WHERE relname LIKE 'contact_attempt%'");
    let fetched = fetched();
    assert!(fetched < 5_000, "{fetched} rows were read");
    assert_eq!(
        harness.answers("forget-20180315_1")[0],
        "SUCCESS: not found"
    );
}
