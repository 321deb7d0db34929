//! The rules for cases are in the ledger, and only its owner changes them (contract section 12).

use crate::care::agent::{Agent, attempt, care, digest, left};
use crate::support::{CARE, Ended, Harness, OWNER, READER, WORKER};

const RUN: [&str; 7] = ["case", "run", "7", "--settle", "0s", "--format", "json"];

fn policy(harness: &Harness, role: &str, words: &[&str]) -> Ended {
    harness.as_role(role, &[&["case", "policy"], words].concat())
}

fn opened(lines: &str) -> Harness {
    let harness = care(lines);
    attempt(&harness, 1, "+16175550100");
    let words = [
        "case",
        "open",
        "7",
        "--account",
        "110",
        "--forget",
        "--phone",
        "+1 617 555 0100",
        "--yes",
    ];
    Agent::ANNA.lethe(&harness, &words).ok(0);
    harness
}

#[test]
fn the_owner_changes_the_rules_and_others_read_them() {
    let harness = care("");
    let first = policy(&harness, CARE, &[]).ok(0);
    assert_eq!(
        first.stdout,
        "two people must agree: off\ncounts may differ from the approved ones by: 0 rows\n"
    );
    let words = ["--two-people", "on", "--count-tolerance", "3"];
    for role in [CARE, WORKER, READER] {
        let refused = policy(&harness, role, &words).ok(2);
        assert!(
            refused.stderr.contains("  hint: connect as lethe_owner"),
            "{}",
            refused.stderr
        );
    }
    policy(&harness, READER, &[]).ok(2);
    let changed = policy(&harness, OWNER, &words).ok(0);
    assert!(
        changed.stdout.contains("changed at ") && changed.stdout.contains(" by lethe_owner\n"),
        "{}",
        changed.stdout
    );
    policy(&harness, OWNER, &["--count-tolerance", "4"]).ok(0);
    let json = policy(&harness, WORKER, &["--format", "json"]).ok(0).json();
    assert_eq!(
        json,
        serde_json::json!({"two_people": true, "count_tolerance": 4})
    );
}

#[test]
fn a_configuration_cannot_lift_what_the_ledger_requires() {
    // The configuration of the host that runs says nothing, or the opposite.
    for lines in ["", "two_people = false"] {
        let harness = opened(lines);
        policy(&harness, OWNER, &["--two-people", "on"]).ok(0);
        let refused = Agent::LETHE.lethe(&harness, &RUN).ok(3);
        assert!(
            refused.stderr.contains("it is not approved"),
            "{}",
            refused.stderr
        );
        let own = digest(&harness, Agent::ANNA, "7");
        Agent::ANNA
            .lethe(&harness, &["case", "approve", "7", "--digest", &own])
            .ok(3);
        // Somebody who may delete the row leaves the strictest rules behind.
        harness.db.run("DELETE FROM lethe.policy");
        Agent::LETHE.lethe(&harness, &RUN).ok(3);
        assert_eq!(left(&harness).len(), 1);
        policy(&harness, OWNER, &["--two-people", "off"]).ok(0);
        Agent::LETHE.lethe(&harness, &RUN).ok(0);
        assert_eq!(left(&harness).len(), 0);
    }
}

#[test]
fn the_lower_tolerance_of_ledger_and_configuration_counts() {
    for (lines, set, allowed) in [
        ("", "2", 2),
        ("count_tolerance = 1", "2", 1),
        ("count_tolerance = 3", "2", 2),
        ("count_tolerance = 3", "0", 0),
    ] {
        let harness = opened(lines);
        policy(&harness, OWNER, &["--count-tolerance", set]).ok(0);
        let approved = digest(&harness, Agent::LETHE, "7");
        Agent::LETHE
            .lethe(&harness, &["case", "approve", "7", "--digest", &approved])
            .ok(0);
        for id in 2..=2 + allowed {
            attempt(&harness, id, "+16175550100");
        }
        let refused = Agent::LETHE.lethe(&harness, &RUN).ok(3);
        assert!(
            refused.stderr.contains("but 1 were approved"),
            "{}",
            refused.stderr
        );
        harness
            .db
            .run("DELETE FROM contact_centre.contact_attempt WHERE attempt_id = 2");
        Agent::LETHE.lethe(&harness, &RUN).ok(0);
    }
}
