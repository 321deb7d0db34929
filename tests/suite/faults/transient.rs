//! Transient errors are retried for a while, then answered; a failing device is found among thousands by halving.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Instant;

use crate::support::{Harness, WORKER};

const FILE: &str = "forget-20180315_1.json";
const STEM: &str = "forget-20180315_1";

fn phone(n: usize) -> String {
    format!("+1{}555{:04}", 200 + n / 100, 100 + n % 100)
}

/// An attempt for each phone, and a submission of them all.
fn harness(phones: usize) -> Harness {
    let harness = Harness::new();
    let rows: Vec<String> = (0..phones)
        .map(|n| format!("({n}, '110', '{}', 'Hello Ada')", phone(n)))
        .collect();
    harness.db.run(&format!(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, message_text) VALUES {}",
        rows.join(", ")
    ));
    let contacts: Vec<String> = (0..phones)
        .map(|n| format!(r#"{{"phone": "{}"}}"#, phone(n)))
        .collect();
    harness.submit_contacts(FILE, "110", &contacts.join(", "));
    harness
}

const BEFORE: &str = "TRIGGER fault BEFORE UPDATE ON contact_centre.contact_attempt";
const AT_COMMIT: &str = "CONSTRAINT TRIGGER fault AFTER UPDATE ON contact_centre.contact_attempt DEFERRABLE INITIALLY DEFERRED";

/// Creates a trigger that runs when the device of an attempt is replaced; it sees `OLD`.
fn trigger(harness: &mut Harness, when: &str, body: &str) {
    harness.db.run(&format!(
        "CREATE FUNCTION public.fault() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
             BEGIN {body} RETURN NEW; END $$;
         CREATE {when} FOR EACH ROW EXECUTE FUNCTION public.fault()"
    ));
    harness.accepted = BTreeMap::from([("contact_attempt".to_owned(), vec!["fault".to_owned()])]);
    harness.grant();
}

/// All devices except those of `failing` are answered with success and replaced; these are unchanged.
#[track_caller]
fn all_but(harness: &Harness, phones: usize, failing: &BTreeMap<usize, String>) {
    let success = "SUCCESS".to_owned();
    let expected: Vec<&String> = (0..phones)
        .map(|n| failing.get(&n).unwrap_or(&success))
        .collect();
    assert_eq!(harness.answers(STEM).iter().collect::<Vec<_>>(), expected);
    let left = harness.db.rows(
        "SELECT attempt_id, device, message_text FROM contact_centre.contact_attempt WHERE device NOT LIKE 'anon-%' ORDER BY 1",
    );
    let unchanged: Vec<String> = failing
        .keys()
        .map(|n| format!("{n}|{}|Hello Ada", phone(*n)))
        .collect();
    assert_eq!(left, unchanged);
}

const CODES: [&str; 5] = ["40001", "40P01", "55P03", "57P01", "08006"];

/// The first `times` changes of attempt n (below five) fail with the n-th code.
fn raise(times: u32) -> String {
    format!(
        "IF OLD.attempt_id < 5 AND nextval('public.tries_' || OLD.attempt_id) <= {times} THEN
             RAISE EXCEPTION 'no' USING ERRCODE = ('{{{}}}'::text[])[OLD.attempt_id + 1];
         END IF;",
        CODES.join(",")
    )
}

fn sequences(harness: &Harness) {
    for n in 0..CODES.len() {
        harness.db.run(&format!("CREATE SEQUENCE public.tries_{n}"));
    }
}

#[test]
fn transient_errors_never_appear_in_an_answer() {
    let mut harness = harness(12);
    sequences(&harness);
    trigger(&mut harness, BEFORE, &raise(3));
    harness.run().ok(0);
    all_but(&harness, 12, &BTreeMap::new());
}

#[test]
fn persistent_errors_are_answered_and_all_other_devices_are_processed() {
    let mut harness = harness(12);
    sequences(&harness);
    trigger(&mut harness, BEFORE, &raise(1000));
    harness.run().ok(3);
    let failing = CODES
        .iter()
        .enumerate()
        .map(|(n, code)| (n, format!("ERROR: processing failed: {code}")));
    all_but(&harness, 12, &failing.collect());
    for (n, code) in CODES.iter().enumerate() {
        let tries: u32 = harness
            .db
            .one(&format!("SELECT last_value FROM public.tries_{n}"))
            .parse()
            .unwrap();
        assert!((6..=12).contains(&tries), "{code}: {tries}");
    }
}

#[test]
fn a_failed_commit_is_retried_like_any_statement() {
    let mut harness = harness(8);
    sequences(&harness);
    trigger(&mut harness, AT_COMMIT, &raise(2));
    harness.run().ok(0);
    all_but(&harness, 8, &BTreeMap::new());
}

#[test]
fn an_export_starts_again_after_a_transient_error() {
    let harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')");
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    let name = harness.db.name();
    harness.db.run(&format!(
        "ALTER ROLE {WORKER} IN DATABASE {name} SET lock_timeout = '200ms'"
    ));
    harness
        .db
        .run("BEGIN; LOCK lethe.table_count IN ACCESS EXCLUSIVE MODE");
    let run = harness
        .command(&["run", "--settle", "0s"])
        .args(harness.drop_options())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    harness.wait_until_blocked();
    // The lock is not granted in time, once or more often.
    std::thread::sleep(std::time::Duration::from_millis(500));
    harness.db.run("COMMIT");
    let ended = run.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert_eq!(harness.answers("export-20180315_1"), ["SUCCESS"]);
    assert_eq!(harness.results().len(), 2);
}

#[test]
fn a_device_that_ends_every_session_does_not_prevent_the_answers_of_others() {
    let mut harness = harness(40);
    let end = "IF OLD.attempt_id = 17 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;";
    trigger(&mut harness, BEFORE, end);
    harness.submit_contacts(
        "forget-20180315_2.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    let began = Instant::now();
    let run = harness.run().ok(3);
    assert_eq!(run.states().len(), 2, "{}", run.stderr);
    let failing = BTreeMap::from([(17, "ERROR: processing failed: 57P01".to_owned())]);
    all_but(&harness, 40, &failing);
    assert_eq!(harness.answers("forget-20180315_2"), ["SUCCESS: not found"]);
    assert!(began.elapsed().as_secs() < 30);
}

/// The failed transactions of the harness's database so far; sessions report them at their end at the latest.
fn failed(harness: &Harness) -> i64 {
    let lethe = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'";
    harness.db.wait_for("0", lethe);
    let count = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()";
    harness.db.one(count).parse().unwrap()
}

/// The number of failed transactions in a FORGET of 1,000 phones, of which these fail permanently.
fn failed_with(culprits: &[usize]) -> i64 {
    let mut harness = harness(1000);
    let named: Vec<String> = culprits.iter().map(usize::to_string).collect();
    let refuse = format!(
        "IF OLD.attempt_id IN (-1 {}{}) THEN RAISE EXCEPTION 'no' USING ERRCODE = '23514'; END IF;",
        if named.is_empty() { "" } else { "," },
        named.join(", ")
    );
    trigger(&mut harness, BEFORE, &refuse);
    harness.config = "devices_per_transaction = 1000".into();
    let before = failed(&harness);
    harness.run_with(&["--offline", "--workers", "1"]);
    let failing = culprits
        .iter()
        .map(|n| (*n, "ERROR: processing failed: 23514".to_owned()));
    all_but(&harness, 1000, &failing.collect());
    failed(&harness) - before
}

#[test]
fn culprits_among_a_thousand_are_found_in_logarithmic_time() {
    let none = failed_with(&[]);
    let three = failed_with(&[3, 500, 997]);
    // Ten levels, and the device alone; what fails is done in two halves, so that no more than twice as many are tried.
    let most = 3 * 11;
    assert!(three > none, "{none} {three}");
    assert!(three - none <= most, "{none} {three}");
}
