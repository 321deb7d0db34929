//! `history`: volumes, answers, durations, and what is overdue.

use serde_json::{Value, json};

use crate::support::Harness;

fn harness() -> Harness {
    let harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id, first_name) VALUES (1, '110', 'Ada');
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 1, '110', 'phone', '+16175550100')",
    );
    let request = |case: &str, contacts: &str| {
        format!(
            r#"{{"requestcase": "{case}", "accountid": "110", "type": "FORGET", "contacts": [{contacts}]}}"#
        )
    };
    let (found, wrong) = (r#"{"phone": "+1 617 555 0100"}"#, r#"{"phone": "1"}"#);
    let absent = r#"{"phone": "+1 617 555 0199"}"#;
    for (number, requests) in [
        (
            1,
            [
                request("4711", found),
                request("=4712", &format!("{absent}, {wrong}")),
            ]
            .join(", "),
        ),
        (2, request("4711", absent)),
    ] {
        harness.submit(
            &format!("forget-20180315_{number}.json"),
            format!(r#"{{"requests": [{requests}]}}"#),
        );
    }
    harness.submit("forget-20180315_3.json", "{");
    harness.run().ok(3);
    harness
}

fn report(harness: &Harness, words: &[&str]) -> Value {
    let all = [&["history", "--format", "json"], words].concat();
    harness.lethe(&all).ok(0).json()
}

fn csv(harness: &Harness, words: &[&str]) -> Vec<std::collections::BTreeMap<String, String>> {
    let all = [&["history", "--format", "csv"], words].concat();
    let text = harness.lethe(&all).ok(0).stdout;
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn volumes_answers_and_durations_are_reported_for_all_submissions() {
    let harness = harness();
    let report = report(&harness, &["--limit", "1"]);
    assert_eq!(report["submissions"].as_array().unwrap().len(), 1);
    let totals = &report["totals"];
    let expected = json!({"submissions": 3, "open": 0, "unreadable": 1, "contacts": 4, "success": 3, "not_found": 2, "error": 2, "rows": 2});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&totals[name], value, "{name}: {totals}");
    }
    assert!(totals["longest_seconds"].as_f64() >= totals["median_seconds"].as_f64());
    assert_eq!(
        (&totals["overdue"], &totals["due_unknown"]),
        (&json!(0), &json!(3))
    );
    let table = harness.lethe(&["history", "--limit", "2"]).ok(0).stdout;
    for words in [
        "total: 3 submissions, 1 unreadable, 4 contacts, 1 found, 2 not found, 2 errors, 2 rows",
        "not known",
        "shown are the newest 2",
        "0 overdue",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

#[test]
fn only_the_contacts_of_a_case_count_for_it() {
    let harness = harness();
    let totals = report(&harness, &["--case", "4711"])["totals"].clone();
    assert_eq!(
        [
            &totals["submissions"],
            &totals["contacts"],
            &totals["success"],
            &totals["not_found"],
            &totals["error"]
        ],
        [2, 2, 2, 1, 0].map(|n| json!(n)).each_ref()
    );
    let totals = report(&harness, &["--case", "=4712"])["totals"].clone();
    assert_eq!(
        (&totals["contacts"], &totals["error"], &totals["rows"]),
        (&json!(2), &json!(1), &json!(0))
    );
}

#[test]
fn csv_is_readable_by_other_programs_and_contains_no_formula() {
    let harness = harness();
    let rows = csv(&harness, &[]);
    assert_eq!(rows.len(), 3);
    let first = rows
        .iter()
        .find(|row| row["submission"] == "forget-20180315_1.json")
        .unwrap();
    assert_eq!(first["cases"], "4711 =4712");
    for (column, value) in [
        ("contacts", "3"),
        ("found", "1"),
        ("not_found", "1"),
        ("errors", "1"),
        ("rows", "2"),
        ("due", ""),
        ("overdue", ""),
        ("state", "done"),
        ("action", "FORGET"),
    ] {
        assert_eq!(first[column], value, "{column}");
    }
    assert!(first["received"].starts_with("2018-03-15T12:00:0"));
    assert_eq!(
        rows.iter()
            .filter(|row| row["state"] == "unreadable")
            .count(),
        1
    );
    harness.lethe(&["--format", "csv", "history"]).ok(2);
    harness.lethe(&["status", "--format", "csv"]).ok(2);
    let help = harness.lethe(&["history", "--help"]).ok(0).stdout;
    assert!(
        help.contains("csv")
            && !harness
                .lethe(&["status", "--help"])
                .ok(0)
                .stdout
                .contains("csv"),
        "{help}"
    );
    harness.submit("forget-20180315_4.json", r#"{"requests": [{"requestcase": "=1+1", "accountid": "110", "type": "FORGET", "contacts": []}]}"#);
    harness.run().ok(0);
    assert_eq!(csv(&harness, &["--case", "=1+1"])[0]["cases"], "'=1+1");
}

#[test]
fn overdue_answers_are_known_if_the_day_was_recorded_even_after_a_purge() {
    let mut harness = harness();
    let overdue = |harness: &Harness| -> Vec<(String, Value, Value)> {
        let told = |s: &Value| {
            (
                s["file"].as_str().unwrap().to_owned(),
                s["due_on"].clone(),
                s["overdue"].clone(),
            )
        };
        report(harness, &[])["submissions"]
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .map(told)
            .collect()
    };
    harness.db.run("INSERT INTO lethe.care_case (case_id, product, accounts, received_on, opened_at)
         SELECT case_id, 'outbound', '{110}', received_on::date, '2018-03-01'
         FROM (VALUES ('=4712', '2018-01-31'), ('4711', '2018-02-15'), ('other', NULL)) v (case_id, received_on)");
    let name = |n: usize| format!("forget-20180315_{n}.json");
    let expected = [
        (name(1), json!("2018-02-28"), json!(true)),
        (name(2), json!("2018-03-15"), json!(false)),
        (name(3), Value::Null, Value::Null),
    ];
    assert_eq!(overdue(&harness), expected);
    assert_eq!(report(&harness, &[])["totals"]["overdue"], 1);
    assert_eq!(
        report(&harness, &["--case", "4711"])["totals"]["overdue"],
        0
    );
    assert_eq!(
        csv(&harness, &["--limit", "3"])
            .iter()
            .filter(|row| row["overdue"] == "yes")
            .count(),
        1
    );
    let table = harness.lethe(&["history"]).ok(0).stdout;
    assert!(table.contains("overdue"), "{table}");
    harness.now = "2018-04-10T12:00:00Z".into();
    harness.in_drop(&["purge"]).ok(0);
    assert_eq!(overdue(&harness), expected, "the days stay");
    assert_eq!(
        harness.db.one("SELECT count(*) FROM lethe.request"),
        "0",
        "the cases are gone"
    );
}

#[test]
fn a_file_in_the_folder_of_a_case_belongs_to_that_case_whatever_it_names() {
    let mut harness = harness();
    harness.config = "[care]\npath = '{dir}/care'\naccounts = ['110']".into();
    std::fs::create_dir_all(harness.path("care/7")).unwrap();
    // No requestcase, another one, and a file that cannot be read.
    let request = |case: &str| {
        format!(
            r#"{{{case}"accountid": "110", "type": "FORGET", "contacts": [{{"phone": "+16175550177"}}]}}"#
        )
    };
    let both = [request(""), request(r#""requestcase": "other", "#)].join(", ");
    let submit =
        |name: &str, text: &str| std::fs::write(harness.path("care/7").join(name), text).unwrap();
    submit(
        "forget-20180315_1.json",
        &format!(r#"{{"requests": [{both}]}}"#),
    );
    submit("forget-20180315_2.json", "{");
    harness.db.run(
        "INSERT INTO lethe.care_case (case_id, product, accounts, received_on, opened_at)
         VALUES ('7', 'outbound', '{110}', '2018-02-01', '2018-03-01')",
    );
    harness.lethe(&["case", "run", "7", "--settle", "0s"]).ok(3);
    let of_case = report(&harness, &["--case", "7"]);
    assert_eq!(of_case["submissions"].as_array().unwrap().len(), 2);
    assert_eq!(of_case["totals"]["contacts"], 2);
    assert_eq!(of_case["totals"]["not_found"], 2);
    assert_eq!(of_case["totals"]["overdue"], 2);
    assert_eq!(
        report(&harness, &["--case", "other"])["totals"]["contacts"],
        1
    );
    assert_eq!(
        report(&harness, &["--drop", "case/7"])["totals"]["submissions"],
        2
    );
    harness.now = "2018-04-10T12:00:00Z".into();
    harness.lethe(&["purge"]).ok(0);
    let readable = |s: &&Value| s["due_on"] == "2018-03-01";
    let all = report(&harness, &[]);
    assert_eq!(
        all["submissions"]
            .as_array()
            .unwrap()
            .iter()
            .filter(readable)
            .count(),
        2,
        "{all}"
    );
}

#[test]
fn a_period_that_ends_before_it_begins_is_refused() {
    let harness = harness();
    let words = ["history", "--from", "20180316", "--to", "20180315"];
    let refused = harness.lethe(&words).ok(2);
    assert!(
        refused.stderr.contains("is later than"),
        "{}",
        refused.stderr
    );
    assert_eq!(
        report(&harness, &["--from", "20180315", "--to", "20180315"])["totals"]["submissions"],
        3
    );
    let submissions = |words: &[&str]| report(&harness, words)["totals"]["submissions"].clone();
    assert_eq!(submissions(&["--from", "20180316"]), 0);
    let drop = harness.drop_folder().display().to_string();
    assert_eq!(submissions(&["--drop", &drop]), 3);
    assert_eq!(submissions(&["--drop", "other"]), 0);
    assert_eq!(
        report(&harness, &["--to", "20180314"])["totals"]["submissions"],
        0
    );
}
