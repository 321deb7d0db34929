//! Two people must agree on a submission of a case, whatever somebody writes into the ledger (contract section 12).

use std::fs;
use std::process::Stdio;

use crate::care::agent::{Agent, attempt, care, digest, file, is_root, left};
use crate::support::{CARE, Db, Ended, Harness, ended};

const RUN: [&str; 7] = ["case", "run", "7", "--settle", "0s", "--format", "json"];

/// A case that Anna opened where two people must agree, and that nobody approved.
fn opened(action: &str) -> Harness {
    let harness = care("two_people = true");
    attempt(&harness, 1, "+16175550100");
    let words = [
        "case",
        "open",
        "7",
        "--account",
        "110",
        action,
        "--phone",
        "+1 617 555 0100",
        "--yes",
    ];
    Agent::ANNA.lethe(&harness, &words).ok(0);
    harness
}

/// SQL for the HMAC-SHA-256 of a file's content under a key of zeros.
fn digest_under_zeros(harness: &Harness) -> String {
    let content = fs::read(harness.path("care/7").join(file(harness, "7"))).unwrap();
    let content = data_encoding::HEXLOWER.encode(&content);
    let padding = |byte: &str| format!("decode(repeat('{byte}', 64), 'hex')");
    format!(
        "sha256({} || sha256({} || '\\x{content}'))",
        padding("5c"),
        padding("36")
    )
}

/// A row of the ledger that claims that a run has begun the case.
fn forged(harness: &Harness, action: &str, state: &str) -> String {
    format!(
        "INSERT INTO lethe.submission (drop_name, file_name, action, state, digest_key, digest, received_at, started_at)
         VALUES ('case/7', '{}', '{action}', '{state}', decode(repeat('00', 32), 'hex'), {}, now(), now())",
        file(harness, "7"),
        digest_under_zeros(harness)
    )
}

#[track_caller]
fn refused(harness: &Harness, reason: &str) -> Ended {
    let run = Agent::LETHE.lethe(harness, &RUN).ok(3);
    assert!(run.stderr.contains(reason), "{}", run.stderr);
    assert_eq!(run.states(), [(file(harness, "7"), "refused".to_owned())]);
    assert_eq!(left(harness), ["+16175550100"]);
    assert_eq!(results(harness), [""; 0]);
    run
}

/// What was published in the case.
fn results(harness: &Harness) -> Vec<String> {
    let Ok(entries) = fs::read_dir(harness.path("care/7/Transfer Files")) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn an_agent_cannot_claim_that_her_own_case_is_running() {
    let harness = opened("--forget");
    refused(&harness, "it is not approved");
    let anna = Db::open(&harness.db.address());
    anna.run(&format!("SET ROLE {CARE}"));
    let error = anna
        .try_run(&forged(&harness, "FORGET", "running"))
        .unwrap_err();
    assert!(error.starts_with("42501"), "{error}");
    refused(&harness, "it is not approved");
}

#[test]
fn a_forged_row_of_the_ledger_does_not_replace_an_approval() {
    for (option, action) in [("--forget", "FORGET"), ("--export", "EXPORT")] {
        for state in ["running", "answered"] {
            let harness = opened(option);
            // With the rights of the engine, or of the owner.
            harness.db.run(&forged(&harness, action, state));
            refused(&harness, "not resumed: it is not approved");
            // Not with an approval of the person who opened it either, nor with one of something else.
            harness.db.run(
                "INSERT INTO lethe.case_approval (case_id, drop_name, file_name, plan, approved_at, os_uid, os_user, digest)
                 SELECT case_id, 'case/7', file_name, '{}', now(), os_uid, os_user, digest FROM lethe.case_file",
            );
            refused(&harness, "opened by the same operating system user");
            harness.db.run(
                "INSERT INTO lethe.case_approval (case_id, drop_name, file_name, plan, approved_at, os_uid, os_user, digest)
                 SELECT case_id, 'case/7', file_name, '{}', now(), 1, 'x', sha256(digest) FROM lethe.case_file",
            );
            refused(&harness, "approved with other content");
            if state == "answered" {
                continue;
            }
            // It can be ended, which changes nothing.
            let name = file(&harness, "7");
            Agent::LETHE.lethe(&harness, &["cancel", &name]).ok(0);
            let run = Agent::LETHE.lethe(&harness, &RUN).ok(3);
            assert_eq!(run.states(), [(name, "cancelled".to_owned())]);
            assert_eq!(left(&harness), ["+16175550100"]);
        }
    }
}

#[test]
fn an_approval_that_disappears_between_the_check_and_the_beginning_is_missed() {
    // Only root can act as two people.
    if !is_root() {
        return;
    }
    for (option, table) in [
        ("--forget", "case_approval"),
        ("--export", "case_approval"),
        ("--forget", "case_file"),
    ] {
        let harness = opened(option);
        let words = ["case", "approve", "7", "--digest"];
        let digest = digest(&harness, Agent::BEN, "7");
        Agent::BEN
            .lethe(&harness, &[&words[..], &[&digest]].concat())
            .ok(0);
        // The run has read the approval when its preview waits for the key of plan digests; by then the approval is gone.
        harness
            .db
            .run("BEGIN; LOCK TABLE lethe.plan_key IN ACCESS EXCLUSIVE MODE");
        let run = harness
            .command(&RUN)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        harness.wait_until_blocked();
        harness
            .db
            .run(&format!("DELETE FROM lethe.{table}; COMMIT"));
        let run = ended(run.wait_with_output().unwrap()).ok(1);
        assert!(
            run.stderr.contains("its approval was withdrawn"),
            "{}",
            run.stderr
        );
        assert_eq!(left(&harness), ["+16175550100"]);
        assert_eq!(results(&harness), [""; 0]);
        // The next run says what is missing.
        let run = Agent::LETHE.lethe(&harness, &RUN).ok(3);
        assert!(run.stderr.contains("not run: "), "{}", run.stderr);
    }
}
