//! Customers' files that name a case: which parts belong to the case, and which to other consumers.

use std::fs;

use serde_json::{Value, json};

use super::agent::{Agent, attempt, care, digest, file};
use crate::support::Harness;

const NAME: &str = "forget-20180315_two.json";

fn request(case: &str, contacts: &str) -> String {
    format!(
        r#"{{"requestcase": "{case}", "accountid": "110", "type": "FORGET", "contacts": [{contacts}]}}"#
    )
}

/// A processed customer's file with requests of the cases 7 and 8, each with a success and an error.
fn carried_out() -> Harness {
    let mut harness = care("");
    harness.config += "\n[[drop]]\nname = 'acme'\npath = '{dir}/drop'\naccounts = ['100']\n";
    attempt(&harness, 1, "+16175550100");
    attempt(&harness, 2, "+16175550108");
    let seven = request(
        "7",
        r#"{"phone": "+16175550100"}, {"phone": "617 555 0107"}"#,
    );
    let eight = request(
        "8",
        r#"{"phone": "+16175550108"}, {"phone": "617 555 0109"}"#,
    );
    harness.submit(NAME, format!(r#"{{"requests": [{seven}, {eight}]}}"#));
    harness.lethe(&["run", "--settle", "0s"]).ok(3);
    harness
}

#[test]
fn only_contacts_of_the_case_are_corrected() {
    let harness = carried_out();
    let list = harness.path("list.csv");
    let to = |submission: &str, case: &[&str]| {
        let _ = fs::remove_file(&list);
        let words = [
            "case",
            "resubmit",
            submission,
            "--to",
            list.to_str().unwrap(),
        ];
        Agent::LETHE
            .lethe(&harness, &[&words[..], case].concat())
            .ok(0);
        fs::read_to_string(&list).unwrap()
    };
    let all = to(NAME, &[]);
    assert!(all.contains("0107") && all.contains("0109"), "{all}");
    let eight = to("8", &[]);
    assert!(
        !eight.contains("0107") && eight.contains("2,2,phone,617 555 0109"),
        "{eight}"
    );
    let seven = to("7", &[]);
    assert!(
        seven.contains("1,2,phone,617 555 0107") && !seven.contains("0109"),
        "{seven}"
    );
    // A list cannot add a contact of another case.
    fs::write(&list, "request,contact,phone\n2,2,+16175550109\n").unwrap();
    let from = [
        "case",
        "resubmit",
        "7",
        "--from",
        list.to_str().unwrap(),
        "--yes",
    ];
    let refused = Agent::LETHE.lethe(&harness, &from).ok(2);
    assert!(
        refused.stderr.contains("does not belong to a contact"),
        "{}",
        refused.stderr
    );

    fs::write(&list, seven.replace("617", "+1 617")).unwrap();
    Agent::LETHE.lethe(&harness, &from).ok(0);
    let path = harness.path("care/7").join(file(&harness, "7"));
    let text: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(text["requests"].as_array().unwrap().len(), 1);
    assert_eq!(
        text["requests"][0]["contacts"],
        json!([{"phone": "+1 617 555 0107"}])
    );
}

#[test]
fn errors_of_another_case_are_not_offered_for_correction() {
    let mut harness = care("");
    harness.config += "\n[[drop]]\nname = 'acme'\npath = '{dir}/drop'\naccounts = ['100']\n";
    let seven = request("7", r#"{"phone": "+16175550100"}"#);
    let eight = request("8", r#"{"phone": "617 555 0109"}"#);
    harness.submit(NAME, format!(r#"{{"requests": [{seven}, {eight}]}}"#));
    harness.lethe(&["run", "--settle", "0s"]).ok(3);
    let refused = Agent::LETHE
        .lethe(&harness, &["case", "resubmit", "7"])
        .ok(2);
    assert!(
        refused
            .stderr
            .contains("no submission of case 7 was answered with errors"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_verification_reports_only_contacts_of_the_case() {
    let harness = carried_out();
    attempt(&harness, 3, "+16175550108");
    let verify = |case: &str, code| {
        Agent::LETHE
            .lethe(&harness, &["verify", "--case", case, "--format", "json"])
            .ok(code)
            .json()
    };
    let seven = verify("7", 0);
    let contacts = seven["submissions"][0]["contacts"].as_array().unwrap();
    let requests: Vec<&Value> = contacts.iter().map(|c| &c["request"]).collect();
    assert_eq!(requests, [1, 1], "{seven}");
    assert_eq!(seven["submissions"][0]["clean"], 1);
    // Because something is left of case 8, its rows for tracing client IDs are kept.
    let eight = verify("8", 3);
    assert_eq!(eight["submissions"][0]["found"], 1);
}

#[test]
fn a_removed_file_does_not_prevent_verification_of_the_others() {
    let harness = carried_out();
    let words = [
        "case",
        "open",
        "7",
        "--account",
        "110",
        "--forget",
        "--phone",
        "+16175550101",
        "--yes",
    ];
    Agent::LETHE.lethe(&harness, &words).ok(0);
    Agent::LETHE
        .lethe(&harness, &["case", "run", "7", "--settle", "0s"])
        .ok(0);
    fs::remove_file(harness.submit_path(NAME)).unwrap();
    let verify = ["verify", "--case", "7", "--format", "json"];
    let verified = Agent::LETHE.lethe(&harness, &verify).ok(2).json();
    assert_eq!(verified["submissions"].as_array().unwrap().len(), 1);
    assert_eq!(verified["submissions"][0]["clean"], 1);
    assert_eq!(verified["not_verified"][0]["file"], NAME);
    let output = Agent::LETHE.lethe(&harness, &verify[..3]).ok(2).stdout;
    assert!(
        output.contains("NOT VERIFIED: submission forget-20180315_two.json was removed or changed"),
        "{output}"
    );
    // A finding takes precedence in the exit code.
    attempt(&harness, 4, "+16175550101");
    Agent::LETHE.lethe(&harness, &verify).ok(3);
}

#[test]
fn an_old_approval_is_purged_once_its_file_is_removed() {
    let mut harness = care("");
    harness.config += "\n[[drop]]\nname = 'acme'\npath = '{dir}/drop'\naccounts = ['100']\n";
    harness.submit(
        NAME,
        format!(
            r#"{{"requests": [{}]}}"#,
            request("7", r#"{"phone": "+16175550100"}"#)
        ),
    );
    let digest = digest(&harness, Agent::LETHE, "7");
    let approve = ["case", "approve", "7", "--digest", &digest];
    Agent::LETHE.lethe(&harness, &approve).ok(0);
    let approvals = |harness: &Harness| harness.db.one("SELECT count(*) FROM lethe.case_approval");
    harness.now = "2018-04-15T12:00:00Z".into();
    harness.lethe(&["purge"]).ok(0);
    assert_eq!(approvals(&harness), "1", "its file waits");
    fs::remove_file(harness.submit_path(NAME)).unwrap();
    harness.lethe(&["purge"]).ok(0);
    assert_eq!(approvals(&harness), "0");
}

#[test]
fn listing_many_cases_reads_the_drops_once() {
    let mut harness = care("");
    harness.config += "\n[[drop]]\nname = 'acme'\npath = '{dir}/drop'\naccounts = ['100']\n";
    for n in 0..30 {
        let case = format!("{n}");
        let words = [
            "case",
            "open",
            &case,
            "--account",
            "110",
            "--export",
            "--phone",
            "+16175550100",
            "--yes",
        ];
        Agent::LETHE.lethe(&harness, &words).ok(0);
    }
    let both = [
        request("1", r#"{"phone": "+16175550100"}"#),
        request("2", r#"{"phone": "+16175550100"}"#),
    ];
    harness.submit(NAME, format!(r#"{{"requests": [{}]}}"#, both.join(", ")));
    let list = Agent::LETHE
        .lethe(&harness, &["case", "list", "--format", "json"])
        .ok(0)
        .json();
    for case in list["cases"].as_array().unwrap() {
        let named = ["1", "2"].contains(&case["case"].as_str().unwrap());
        assert_eq!(case["submissions"], 1 + i64::from(named), "{case}");
    }
}
