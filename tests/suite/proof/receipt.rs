//! Receipts: one for each completed submission, genuine, in an unbroken chain, whatever was killed in between.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use hmac::{Hmac, KeyInit as _, Mac as _};
use lethe::proof::receipt::{self, Receipt, Signed, SigningKey};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Harness, ended, opened_key};

const ROWS: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C-1', 'Ada'), (2, '110', 'C-2', 'Zoe');
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
        (1, 1, '110', 'phone', '+16175550100'), (2, 1, '110', 'phone', '+16175550101');";
const CONTACTS: &str =
    r#"{"phone": "+1 617 555 0100"}, {"phone": "1"}, {"phone": "+1 617 555 0199"}"#;

/// A drop with a key.
fn harness() -> Harness {
    let harness = Harness::new();
    harness.db.run(ROWS);
    harness.lethe(&["keygen"]).ok(0);
    harness
}

/// The same after so many submissions.
fn chain_of(length: usize) -> Harness {
    let harness = harness();
    for number in 1..=length {
        harness.submit_contacts(&format!("forget-20180315_{number}.json"), "110", CONTACTS);
        harness.run().ok(3);
    }
    harness
}

fn name(number: usize) -> String {
    format!("forget-20180315_{number}-receipt.json")
}

fn read(harness: &Harness, name: &str) -> Signed<Receipt> {
    receipt::read(harness.result(name)).unwrap()
}

fn verify(harness: &Harness, words: &[&str]) -> (i32, Value) {
    let all = [&["receipt", "verify", "--format", "json"], words].concat();
    let ended = harness.lethe(&all);
    assert!(matches!(ended.code, 0 | 3), "{}", ended.stderr);
    let verified = ended.json();
    assert_eq!(
        ended.code == 0,
        verified["problems"].as_array().unwrap().is_empty(),
        "{verified}"
    );
    (ended.code, verified)
}

/// Verifies the whole chain of the drop.
fn verify_chain(harness: &Harness, words: &[&str]) -> (i32, Value) {
    let folder = harness.drop_folder();
    verify(
        harness,
        &[&["--chain", folder.to_str().unwrap()], words].concat(),
    )
}

/// What is wrong, as `<file>: <what>`.
fn problems(verified: &Value) -> Vec<String> {
    let told = |problem: &Value| {
        let what = problem["problem"].as_str().unwrap();
        match problem["file"].as_str() {
            Some(file) => format!("{}: {what}", Path::new(file).file_name().unwrap().display()),
            None => what.to_owned(),
        }
    };
    verified["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(told)
        .collect()
}

/// The operator's folder of the one chain.
fn copies(harness: &Harness) -> PathBuf {
    let mut folders = fs::read_dir(harness.path("data/receipts")).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    assert!(folders.next().is_none());
    folder
}

fn signing_key(harness: &Harness) -> SigningKey {
    SigningKey::read(&harness.path("data/receipt-key.pem")).unwrap()
}

#[test]
fn a_key_is_made_once_for_its_owner_only_and_its_public_key_is_printed() {
    let harness = Harness::new();
    let made = harness.lethe(&["keygen"]).ok(0);
    let key = harness.path("data/receipt-key.pem");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&key), 0o600);
    assert!(
        made.stdout.starts_with("-----BEGIN PUBLIC KEY-----\n"),
        "{}",
        made.stdout
    );
    assert_eq!(
        fs::read_to_string(harness.path("data/receipt-key.pem.pub")).unwrap(),
        made.stdout
    );
    let fingerprint = signing_key(&harness).public().fingerprint();
    assert!(made.stderr.contains(&fingerprint), "{}", made.stderr);
    let before = fs::read(&key).unwrap();
    let secret = String::from_utf8(before.clone()).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    assert!(!made.stdout.contains(secret) && !made.stderr.contains(secret));

    let refused = harness.lethe(&["keygen"]).ok(2);
    assert!(
        refused.stderr.contains("never overwritten"),
        "{}",
        refused.stderr
    );
    assert_eq!(fs::read(&key).unwrap(), before);
    let again = harness.lethe(&["keygen", "--public"]).ok(0);
    assert_eq!(again.stdout, made.stdout);
    let told = harness
        .lethe(&["keygen", "--public", "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(told["fingerprint"], fingerprint);

    fs::create_dir(harness.path("open")).unwrap();
    fs::set_permissions(harness.path("open"), fs::Permissions::from_mode(0o777)).unwrap();
    let other = harness.path("open/key.pem");
    let refused = harness
        .lethe(&["keygen", "--key", other.to_str().unwrap()])
        .ok(2);
    assert!(refused.stderr.contains("chmod go-w"), "{}", refused.stderr);
    assert!(!other.exists());
}

#[test]
fn a_key_that_cannot_be_used_stops_a_run_before_anything_is_changed() {
    let mut harness = harness();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    let before = harness.dump();
    let key = harness.path("data/receipt-key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = harness.run().ok(2);
    assert!(refused.stderr.contains("chmod 600"), "{}", refused.stderr);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    harness.config = "[receipt]\nkey = \"{dir}/elsewhere.pem\"".into();
    let refused = harness.run().ok(2);
    assert!(
        refused.stderr.contains("lethe keygen"),
        "{}",
        refused.stderr
    );
    assert_eq!(harness.dump(), before);
    assert!(harness.results().is_empty());
}

#[test]
fn a_receipt_says_what_was_done_and_not_to_whom() {
    let harness = harness();
    let case = "CASE-4711";
    harness.submit(
        "forget-20180315_1.json",
        format!(
            r#"{{"requests": [{{"requestcase": "{case}", "accountid": "110", "type": "FORGET", "contacts": [{CONTACTS}]}}, 7]}}"#
        ),
    );
    let run = harness.run().ok(3);
    assert_eq!(
        run.submissions()[0]["results"],
        serde_json::json!([name(1), "forget-20180315_1-execution-log.json"]),
        "before the log"
    );
    let signed = read(&harness, &name(1));
    let receipt = &signed.content;
    assert!(signed.is_signed_by(signing_key(&harness).public()));
    assert_eq!((receipt.number, &receipt.previous), (1, &None));
    assert_eq!((receipt.requests, receipt.contacts), (2, 3));
    assert_eq!(receipt.submission, "forget-20180315_1.json");
    assert_eq!(receipt.received.to_rfc3339()[..16], *"2018-03-15T12:00");
    assert!(receipt.answered.unwrap() >= receipt.begun.unwrap());
    assert_eq!(receipt.lethe, env!("CARGO_PKG_VERSION"));
    let counts = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
        pairs.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect()
    };
    assert_eq!(
        receipt.answers,
        counts(&[
            ("ERROR: incorrect device format", 1),
            ("ERROR: malformed request", 1),
            ("SUCCESS", 1),
            ("SUCCESS: not found", 1)
        ])
    );
    assert_eq!(
        receipt.rows,
        counts(&[("contact", 1), ("contact_device", 1)])
    );
    assert_eq!(
        receipt.catalogue,
        data_encoding::HEXLOWER.encode(&Sha256::digest(lethe::catalogue::REFERENCE))
    );
    let key = harness
        .db
        .one("SELECT encode(digest_key, 'hex') FROM lethe.submission");
    let key = opened_key(&data_encoding::HEXLOWER.decode(key.as_bytes()).unwrap());
    let digest = |path: PathBuf| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(&fs::read(path).unwrap());
        data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
    };
    let log = "forget-20180315_1-execution-log.json";
    assert_eq!(
        receipt.files,
        [
            (
                "forget-20180315_1.json".to_owned(),
                digest(harness.submit_path("forget-20180315_1.json"))
            ),
            (log.to_owned(), digest(harness.result_path(log))),
        ]
        .into()
    );
    // Without random values, digests and times, which may contain any three characters by chance.
    let mut told: Value = serde_json::from_str(signed.text()).unwrap();
    let fields = told.as_object_mut().unwrap();
    for name in [
        "chain",
        "key",
        "catalogue",
        "signature",
        "received",
        "begun",
        "answered",
        "made",
        "server_clock",
    ] {
        assert!(fields.remove(name).is_some(), "{name}");
    }
    for digest in fields["files"].as_object_mut().unwrap().values_mut() {
        *digest = Value::Null;
    }
    let told = told.to_string();
    for secret in [
        case,
        "6175550100",
        "555 0100",
        "5550199",
        "Ada",
        "C-1",
        "110",
        "transaction",
        "wal",
        "contact_centre",
        &harness.drop_folder().display().to_string(),
    ] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    assert_eq!(
        fs::metadata(harness.result_path(&name(1)))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o640
    );
}

#[test]
fn the_operators_copy_has_transactions_and_wal_positions() {
    let harness = chain_of(1);
    let folder = copies(&harness);
    let copy = folder.join("000001-forget-20180315_1-receipt.json");
    assert_eq!(fs::read_to_string(&copy).unwrap(), harness.result(&name(1)));
    let text = fs::read_to_string(folder.join("000001-forget-20180315_1-operator.json")).unwrap();
    let operator: Signed<receipt::OperatorCopy> = receipt::read(text).unwrap();
    assert!(operator.is_signed_by(signing_key(&harness).public()));
    let operator = operator.content;
    assert_eq!(operator.receipt, receipt::hash(&harness.result(&name(1))));
    assert_eq!(
        operator.drop,
        harness
            .drop_folder()
            .canonicalize()
            .unwrap()
            .display()
            .to_string()
    );
    let answers: Vec<String> = operator
        .transactions
        .answers
        .iter()
        .map(|t| t.to_string())
        .collect();
    let written = harness
        .db
        .rows("SELECT DISTINCT xmin::text::bigint FROM lethe.contact ORDER BY 1");
    assert_eq!(answers, written);
    let between = format!(
        "SELECT '{}'::pg_lsn < '{}'::pg_lsn AND '{}'::xid8 < '{}'::xid8",
        operator.wal.from.unwrap(),
        operator.wal.to,
        operator.transactions.begun.unwrap(),
        operator.transactions.receipt,
    );
    assert_eq!(harness.db.one(&between), "t");
    let changed =
        "SELECT xmin::text::bigint FROM contact_centre.contact_device WHERE device LIKE 'anon-%'";
    assert!(
        answers.contains(&harness.db.one(changed)),
        "the transaction that changed the data"
    );
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&copy)), (0o700, 0o600));
}

#[test]
fn openssl_verifies_a_receipt_as_the_page_says() {
    let harness = chain_of(1);
    let page = include_str!("../../../docs/how-to/receipts.md");
    let block = page
        .split("```sh\n")
        .find(|block| block.contains("openssl pkeyutl"));
    let script = block.unwrap().split("```").next().unwrap();
    let script = script.replace("forget-20180315_225837-receipt.json", "receipt.json");
    fs::copy(harness.result_path(&name(1)), harness.path("receipt.json")).unwrap();
    fs::copy(
        harness.path("data/receipt-key.pem.pub"),
        harness.path("lethe.pub"),
    )
    .unwrap();
    let run = || {
        let output = Command::new("sh")
            .args(["-ec", &script])
            .current_dir(harness.dir.path())
            .output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            said.contains(&signing_key(&harness).public().fingerprint()),
            "{output:?}"
        );
        (output.status.success(), said)
    };
    let (good, said) = run();
    assert!(good && said.contains("Verified Successfully"), "{said}");
    let text = harness
        .result(&name(1))
        .replace("\"contacts\": 3", "\"contacts\": 2");
    fs::write(harness.path("receipt.json"), text).unwrap();
    assert!(!run().0);
}

#[test]
fn every_kind_of_submission_gets_its_receipt_and_nothing_else_does() {
    let mut harness = harness();
    harness.config = "max_contacts_per_log = 1".into();
    let request = |action: &str, phone: &str| {
        format!(
            r#"{{"accountid": "110", "type": "{action}", "contacts": [{{"phone": "{phone}"}}]}}"#
        )
    };
    let requests = |action: &str| {
        let all: Vec<String> = ["+1 617 555 0100", "+1 617 555 0101", "1"]
            .map(|p| request(action, p))
            .into();
        format!(r#"{{"requests": [{}]}}"#, all.join(", "))
    };
    harness.submit("export-20180315_1.json", requests("EXPORT"));
    harness.submit("forget-20180315_2.json", requests("FORGET"));
    harness.submit("forget-20180315_3.json", "{\"requests\": [");
    harness.submit("forget-20180314_9.json", "of another day");
    harness.run().ok(3);
    let receipt = |name: &str| read(&harness, name).content;
    let export = receipt("export-20180315_1-receipt.json");
    let stem = "export-20180315_1";
    let log = |n: &str| format!("{stem}-execution-log{n}.json");
    let expected = [
        format!("{stem}-archive.zip"),
        log("-2"),
        log("-3"),
        log(""),
        format!("{stem}.json"),
    ];
    let mut names: Vec<&String> = export.files.keys().collect();
    names.sort();
    let mut sorted: Vec<&String> = expected.iter().collect();
    sorted.sort();
    assert_eq!(names, sorted);
    let digest = harness
        .db
        .one("SELECT encode(digest, 'hex') FROM lethe.result WHERE file_name LIKE '%.zip'");
    assert_eq!(export.files[&expected[0]], digest);
    assert_eq!(export.action, "EXPORT");
    let unreadable = receipt("forget-20180315_3-receipt.json");
    assert_eq!(
        (unreadable.readable, unreadable.contacts, unreadable.begun),
        (false, 0, None)
    );
    assert!(unreadable.answers.is_empty() && unreadable.files.len() == 2);
    assert!(receipt("forget-20180315_2-receipt.json").readable);

    harness.submit("forget-20180315_2.json", requests("EXPORT"));
    harness.run().ok(3);
    let results = harness.results();
    assert!(results.contains(&"forget-20180315_2-duplicate-1.json".to_owned()));
    assert_eq!(
        results
            .iter()
            .filter(|name| name.ends_with("-receipt.json"))
            .count(),
        3
    );
    assert_eq!(verify_chain(&harness, &["--ledger"]).0, 0);
}

#[test]
fn the_messaging_product_and_a_cancelled_submission_get_receipts() {
    let mut harness = harness();
    harness.product = "messaging".into();
    harness.submit(
        "forget-20180315_1.json",
        r#"{"requests": [{"shortcodes": ["11111"], "type": "FORGET", "contacts": [{"phone": "+1 617 555 0100"}]}]}"#,
    );
    harness.run().ok(0);
    assert_eq!(
        read(&harness, &name(1)).content.answers,
        [("SUCCESS: not found".to_owned(), 1)].into()
    );

    // Cancelled by a run that finds the control request.
    harness.submit(
        "forget-20180315_2.json",
        r#"{"requests": [{"shortcodes": ["11111"], "type": "FORGET", "contacts": [{"phone": "+1 617 555 0100"}]}]}"#,
    );
    harness.run_with(&["--until", "2018-03-15T11:00:00Z"]).ok(0);
    assert!(
        !harness.results().contains(&name(2)),
        "not done, no receipt"
    );
    harness.lethe(&["cancel", "forget-20180315_2.json"]).ok(0);
    harness.run().ok(3);
    assert_eq!(
        read(&harness, &name(2)).content.answers,
        [("ERROR: processing failed".to_owned(), 1)].into()
    );
    assert_eq!(verify_chain(&harness, &["--ledger"]).0, 0);
}

#[test]
fn without_a_key_there_is_no_receipt_and_a_lost_key_is_an_error() {
    let harness = Harness::new();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    let run = harness.run().ok(3);
    assert_eq!(harness.results(), ["forget-20180315_1-execution-log.json"]);
    assert!(!run.stderr.contains("receipt"), "{}", run.stderr);
    let harness = chain_of(1);
    fs::remove_file(harness.path("data/receipt-key.pem")).unwrap();
    harness.submit_contacts("forget-20180315_2.json", "110", CONTACTS);
    let run = harness.run().ok(3);
    assert!(
        run.stderr.contains("no receipts are made"),
        "{}",
        run.stderr
    );
    assert!(!harness.results().contains(&name(2)));
}

#[test]
fn a_chain_and_its_single_receipts_are_genuine() {
    let harness = chain_of(3);
    let (_, verified) = verify_chain(&harness, &["--ledger"]);
    assert_eq!(problems(&verified), Vec::<String>::new());
    assert_eq!(verified["receipts"].as_array().unwrap().len(), 3);
    assert_eq!(
        verified["chains"][0]["compared_with"],
        serde_json::json!(["the operator's copies", "the ledger"])
    );
    for number in 2..=3 {
        let before = receipt::hash(&harness.result(&name(number - 1)));
        assert_eq!(read(&harness, &name(number)).content.previous, Some(before));
    }
    let some = [1, 3].map(|n| harness.result_path(&name(n)).display().to_string());
    assert_eq!(
        verify(&harness, &[&some[0], &some[1]]).0,
        0,
        "what is between may be elsewhere"
    );
    assert_eq!(
        verify(
            &harness,
            &[copies(&harness).to_str().unwrap()]
                .map(|dir| ["--chain", dir])
                .concat()
        )
        .0,
        0
    );

    // By somebody who has only a receipt and the public key.
    let other = Harness::new();
    for (from, to) in [
        (harness.result_path(&name(2)), "saved as.json"),
        (harness.path("data/receipt-key.pem.pub"), "key"),
    ] {
        fs::copy(from, other.path(to)).unwrap();
    }
    let mut stranger =
        other.command(&["receipt", "verify", "saved as.json", "--public-key", "key"]);
    stranger.env("LETHE_DATABASE", "host=/nowhere");
    let output = stranger.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let asked = other.lethe(&["receipt", "verify", "saved as.json"]).ok(2);
    assert!(asked.stderr.contains("--public-key"), "{}", asked.stderr);
    other
        .lethe(&["receipt", "verify", "not there.json", "--public-key", "key"])
        .ok(2);
    other.lethe(&["receipt", "verify"]).ok(2);
    // A folder that is missing is reported without a connection.
    let words = ["receipt", "verify", "--chain", "not there"];
    let mut offline = other.command(&[&words[..], &["--public-key", "key", "--ledger"]].concat());
    offline.env("LETHE_DATABASE", "host=/nowhere");
    let missing = ended(offline.output().unwrap()).ok(2);
    assert!(missing.stderr.contains("not there"), "{}", missing.stderr);
}

#[test]
fn copies_that_cannot_be_read_are_no_mistake_of_the_caller() {
    let harness = chain_of(1);
    let file = harness.path("a file");
    fs::write(&file, "").unwrap();
    let drop = harness.drop_folder();
    let (drop, file) = (drop.to_str().unwrap(), file.to_str().unwrap());
    let words = ["receipt", "verify", "--chain", drop, "--operator", file];
    let failed = harness.lethe(&words).ok(1);
    assert!(failed.stderr.contains("a file"), "{}", failed.stderr);
}

#[test]
fn a_tampered_receipt_is_distinguished_from_a_missing_one() {
    let harness = chain_of(3);
    let path = harness.result_path(&name(2));
    let original = harness.result(&name(2));
    for (from, to) in [
        ("\"SUCCESS\": 0", "\"SUCCESS\": 9"),
        ("\"contacts\": 3", "\"contacts\": 4"),
        ("2018-03-15T12", "2018-03-15T11"),
    ] {
        let changed = original.replacen(from, to, 1);
        if changed == original {
            continue;
        }
        fs::write(&path, changed).unwrap();
        let (code, verified) = verify_chain(&harness, &[]);
        assert_eq!(code, 3);
        let said = problems(&verified);
        assert_eq!(
            said,
            [format!(
                "{}: its signature is wrong: it was changed after it was signed",
                name(2)
            )]
        );
        assert_eq!(
            verified["receipts"].as_array().unwrap().len(),
            2,
            "it vouches for nothing"
        );
    }
    fs::write(&path, &original[..original.len() / 2]).unwrap();
    let said = problems(&verify_chain(&harness, &[]).1);
    assert!(
        said[0].starts_with(&format!("{}: it does not end with a signature", name(2))),
        "{said:?}"
    );
    let told = harness
        .lethe(&["receipt", "verify", path.to_str().unwrap()])
        .ok(3);
    assert!(
        told.stdout.contains("wrong: ") && !told.stdout.contains("nothing is wrong"),
        "{}",
        told.stdout
    );
}

#[test]
fn a_removed_receipt_is_detected_at_any_position() {
    for (number, expected) in [
        (1, format!("receipt 1 is missing before {}", name(2))),
        (
            2,
            format!("receipt 2 is missing between {} and {}", name(1), name(3)),
        ),
    ] {
        let harness = chain_of(3);
        fs::remove_file(harness.result_path(&name(number))).unwrap();
        let (code, verified) = verify_chain(&harness, &[]);
        let folder = harness.path("drop/GDPR_Result");
        let said: Vec<String> = problems(&verified)
            .iter()
            .map(|p| p.replace(&format!("{}/", folder.display()), ""))
            .collect();
        assert_eq!((code, said), (3, vec![expected]));
    }
    // At the end it is detected with the operator's copies or the ledger, and not without them.
    let harness = chain_of(3);
    fs::remove_file(harness.result_path(&name(3))).unwrap();
    let said = problems(&verify_chain(&harness, &[]).1);
    assert_eq!(
        said,
        ["receipt 3 is missing at the end of the chain; the operator's copies have it"]
    );
    let nowhere = harness.path("nowhere").display().to_string();
    assert_eq!(verify_chain(&harness, &["--operator", &nowhere]).0, 0);
    let said = problems(&verify_chain(&harness, &["--operator", &nowhere, "--ledger"]).1);
    assert!(
        said[0].starts_with("receipt 3 is missing at the end of the chain, behind "),
        "{said:?}"
    );
    // The other way round: the operator's copies are cut off.
    let harness = chain_of(2);
    fs::remove_file(copies(&harness).join("000002-forget-20180315_2-receipt.json")).unwrap();
    let said = problems(&verify_chain(&harness, &[]).1);
    assert_eq!(
        said,
        [format!(
            "{}: receipt 2 is not among the operator's copies",
            name(2)
        )]
    );
    // All of them.
    for number in 1..=2 {
        fs::remove_file(harness.result_path(&name(number))).unwrap();
    }
    let said = problems(&verify_chain(&harness, &[]).1);
    assert_eq!(said, ["GDPR_Result: it contains no receipts"]);
}

#[test]
fn a_reordered_chain_is_detected() {
    // Two receipts are swapped: each is genuine.
    let harness = chain_of(3);
    let (first, second) = (harness.result(&name(1)), harness.result(&name(2)));
    fs::write(harness.result_path(&name(1)), &second).unwrap();
    fs::write(harness.result_path(&name(2)), &first).unwrap();
    let (code, verified) = verify_chain(&harness, &[]);
    assert_eq!(code, 3);
    let said = problems(&verified);
    assert!(
        said.contains(&format!(
            "{}: it is the receipt of forget-20180315_2.json: receipts were renamed or swapped",
            name(1)
        )),
        "{said:?}"
    );

    // Somebody with the key signs them again in another order.
    let harness = chain_of(3);
    let key = signing_key(&harness);
    let mut before = None;
    for (number, of) in [(1, 2), (2, 1)] {
        let mut receipt = read(&harness, &name(of)).content;
        (receipt.number, receipt.previous) = (number, before);
        let text = receipt::sign(&receipt, &key);
        before = Some(receipt::hash(&text));
        fs::write(harness.result_path(&name(of)), text).unwrap();
    }
    let said = problems(
        &verify_chain(
            &harness,
            &["--operator", harness.path("nowhere").to_str().unwrap()],
        )
        .1,
    );
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("does not carry the hash of receipt 2"),
        "{said:?}"
    );
    let said = problems(&verify_chain(&harness, &[]).1);
    assert!(
        said.iter()
            .any(|problem| problem.contains("it is another receipt 1 than that among")),
        "{said:?}"
    );
}

#[test]
fn a_foreign_key_and_a_foreign_receipt_are_detected() {
    let harness = chain_of(2);
    let forger = SigningKey::of_seed([9; 32]);
    // Signed with another key, which it names, or with the name of ours.
    let mut receipt = read(&harness, &name(2)).content;
    let ours = receipt.key.clone();
    receipt.contacts = 100;
    for (named, expected) in [
        (forger.public().fingerprint(), "with another key"),
        (ours, "signature is wrong"),
    ] {
        receipt.key = named;
        fs::write(
            harness.result_path(&name(2)),
            receipt::sign(&receipt, &forger),
        )
        .unwrap();
        let said = problems(&verify_chain(&harness, &[]).1);
        assert!(said.len() == 1 && said[0].contains(expected), "{said:?}");
    }
    // Genuine, of another drop of the same operator.
    let foreign = chain_of(1);
    let mut receipt = read(&foreign, &name(1)).content;
    receipt.key = signing_key(&harness).public().fingerprint();
    let text = receipt::sign(&receipt, &signing_key(&harness));
    fs::write(harness.path("foreign.json"), text).unwrap();
    let file = harness.path("foreign.json").display().to_string();
    let said = problems(&verify_chain(&harness, &[&file]).1);
    assert!(
        said.iter()
            .any(|p| p == "foreign.json: it is not part of the chain in this folder"),
        "{said:?}"
    );
}

#[test]
fn a_file_that_is_not_regular_is_not_followed_and_does_not_block() {
    let harness = chain_of(1);
    nix::unistd::mkfifo(
        &harness.result_path("fifo-receipt.json"),
        nix::sys::stat::Mode::S_IRWXU,
    )
    .unwrap();
    std::os::unix::fs::symlink(
        harness.result_path(&name(1)),
        harness.result_path("link-receipt.json"),
    )
    .unwrap();
    let (_, verified) = verify_chain(&harness, &[]);
    let said = problems(&verified);
    assert!(
        said.len() == 2
            && said
                .iter()
                .all(|problem| problem.contains("it cannot be read")),
        "{said:?}"
    );
    assert_eq!(verified["receipts"].as_array().unwrap().len(), 1);
}

#[test]
fn after_any_crash_the_same_bytes_are_published() {
    for kind in ["forget", "export"] {
        let mut harness = harness();
        let stem = format!("{kind}-20180315_1");
        harness.config = "max_contacts_per_log = 2".into();
        harness.submit_contacts(&format!("{stem}.json"), "110", CONTACTS);
        harness.run().ok(3);
        let of = |harness: &Harness| -> BTreeMap<String, Vec<u8>> {
            let read = |name: String| (name.clone(), fs::read(harness.result_path(&name)).unwrap());
            harness.results().into_iter().map(read).collect()
        };
        let published = of(&harness);
        assert!(published.contains_key(&format!("{stem}-receipt.json")));
        let copies_before = fs::read_dir(copies(&harness)).unwrap().count();
        // Killed after each step once the receipt has its place: before the copies, before the receipt, before the log.
        let copy = copies(&harness).join(format!("000001-{stem}-receipt.json"));
        let steps: [&[PathBuf]; 4] = [
            &[
                copy,
                harness.result_path(&format!("{stem}-receipt.json")),
                harness.result_path(&format!("{stem}-execution-log.json")),
            ],
            &[
                harness.result_path(&format!("{stem}-receipt.json")),
                harness.result_path(&format!("{stem}-execution-log.json")),
            ],
            &[harness.result_path(&format!("{stem}-execution-log.json"))],
            &[],
        ];
        for lost in steps {
            for path in lost {
                fs::remove_file(path).unwrap();
            }
            harness.db.run(
                "UPDATE lethe.submission SET state = 'answered', completed_at = NULL;
                 DELETE FROM lethe.result WHERE file_name NOT LIKE '%.zip'",
            );
            // Later, with other settings and without the key: the recorded receipt is published.
            harness.now = "2018-03-17T12:00:00Z".into();
            harness.config = "max_contacts_per_log = 1".into();
            fs::rename(harness.path("data/receipt-key.pem"), harness.path("aside")).unwrap();
            harness.run().ok(3);
            fs::rename(harness.path("aside"), harness.path("data/receipt-key.pem")).unwrap();
            assert_eq!(of(&harness), published, "{kind}");
            assert_eq!(
                fs::read_dir(copies(&harness)).unwrap().count(),
                copies_before
            );
            assert_eq!(verify_chain(&harness, &["--ledger"]).0, 0);
            assert_eq!(harness.db.one("SELECT state FROM lethe.submission"), "done");
        }
    }
}

#[test]
fn answers_are_final_once_there_is_a_receipt() {
    let harness = chain_of(1);
    let log = harness.result("forget-20180315_1-execution-log.json");
    harness
        .db
        .run("UPDATE lethe.submission SET state = 'answered', completed_at = NULL");
    fs::remove_file(harness.result_path("forget-20180315_1-execution-log.json")).unwrap();
    // A later upload of the same device works as before.
    harness.db.run(
        "UPDATE contact_centre.contact_device SET device = '+16175550100' WHERE contact_id = 1",
    );
    harness.run().ok(3);
    assert_eq!(harness.result("forget-20180315_1-execution-log.json"), log);
    assert_eq!(
        harness
            .db
            .one("SELECT device FROM contact_centre.contact_device WHERE contact_id = 1"),
        "+16175550100"
    );
}

#[test]
fn a_run_killed_at_the_receipt_leaves_a_whole_chain() {
    // Before it has its place, and after it is published but not recorded.
    for lock in [
        "LOCK lethe.receipt_chain IN EXCLUSIVE MODE",
        "LOCK lethe.result IN SHARE MODE",
    ] {
        let harness = chain_of(1);
        harness.submit_contacts("forget-20180315_2.json", "110", CONTACTS);
        harness.db.run(&format!("BEGIN; {lock}"));
        let mut run = harness.start_run();
        harness.wait_until_blocked();
        kill(Pid::from_raw(run.id() as i32), Signal::SIGKILL).unwrap();
        run.wait().unwrap();
        harness.db.run("COMMIT");
        let there = fs::read(harness.result_path(&name(2))).ok();
        assert_eq!(there.is_some(), lock.contains("result"), "{lock}");
        assert!(
            !harness
                .results()
                .contains(&"forget-20180315_2-execution-log.json".to_owned())
        );
        harness.db.wait_for(
            "0",
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'",
        );
        harness.run().ok(3);
        assert_eq!(verify_chain(&harness, &["--ledger"]).0, 0, "{lock}");
        assert_eq!(harness.db.one("SELECT count(*) FROM lethe.receipt"), "2");
        if let Some(there) = there {
            assert_eq!(fs::read(harness.result_path(&name(2))).unwrap(), there);
        }
    }
}

#[test]
fn two_processes_do_not_fork_a_chain() {
    let harness = chain_of(1);
    for number in 2..=3 {
        harness.submit_contacts(&format!("forget-20180315_{number}.json"), "110", CONTACTS);
    }
    // Both see the same end of the chain.
    harness
        .db
        .run("BEGIN; SELECT FROM lethe.receipt_chain FOR UPDATE");
    let mut runs = [harness.start_run(), harness.start_run()];
    harness.db.wait_for(
        "2",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
         AND application_name LIKE 'lethe%' AND wait_event_type = 'Lock'",
    );
    harness.db.run("COMMIT");
    // Whoever ends first may leave the submission of the other, which is still at work.
    let codes = runs.each_mut().map(|run| run.wait().unwrap().code());
    assert!(
        [[Some(3), Some(3)], [Some(1), Some(3)], [Some(3), Some(1)]].contains(&codes),
        "{codes:?}"
    );
    assert_eq!(
        harness
            .db
            .rows("SELECT number FROM lethe.receipt ORDER BY 1"),
        ["1", "2", "3"]
    );
    assert_eq!(verify_chain(&harness, &["--ledger"]).0, 0);
}

#[test]
fn each_drop_has_a_chain_of_its_own() {
    let mut harness = harness();
    harness.submit_contacts("forget-20180315_1.json", "110", CONTACTS);
    harness.run().ok(3);
    let first = read(&harness, &name(1)).content.chain;
    fs::rename(harness.path("drop"), harness.path("old")).unwrap();
    fs::create_dir_all(harness.path("drop/GDPR_Submit")).unwrap();
    fs::rename(harness.path("drop"), harness.path("other")).unwrap();
    fs::rename(harness.path("old"), harness.path("drop")).unwrap();
    harness.config =
        "[[drop]]\nname = \"other\"\npath = \"{dir}/other\"\naccounts = [\"100\"]".into();
    fs::copy(
        harness.submit_path("forget-20180315_1.json"),
        harness.path("other/GDPR_Submit/forget-20180315_1.json"),
    )
    .unwrap();
    harness.lethe(&["run", "--settle", "0s"]).ok(3);
    let text = fs::read_to_string(harness.path("other/GDPR_Result").join(name(1))).unwrap();
    let other = receipt::read::<Receipt>(text).unwrap().content;
    assert_eq!((other.number, &other.previous), (1, &None));
    assert_ne!(other.chain, first);
    let folders: Vec<String> = fs::read_dir(harness.path("data/receipts"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        folders.contains(&format!("other-{}", other.chain)),
        "{folders:?}"
    );
}

#[test]
fn purge_leaves_receipts_and_the_chain_still_verifies() {
    let mut harness = chain_of(2);
    let (first, second) = (harness.result(&name(1)), harness.result(&name(2)));
    harness.now = "2018-03-31T12:00:01Z".into();
    harness.in_drop(&["purge"]).ok(0);
    assert_eq!(harness.results(), [name(1), name(2)]);
    assert_eq!(
        (harness.result(&name(1)), harness.result(&name(2))),
        (first, second)
    );
    assert_eq!(
        harness
            .db
            .one("SELECT count(digest_key) FROM lethe.submission"),
        "0"
    );
    assert_eq!(verify_chain(&harness, &["--ledger"]).0, 0);
    // The chain continues.
    harness.submit_contacts("forget-20180331_3.json", "110", CONTACTS);
    harness.run().ok(3);
    assert_eq!(verify_chain(&harness, &["--ledger"]).0, 0);
    let last = harness.result("forget-20180331_3-receipt.json");
    assert_eq!(receipt::read::<Receipt>(last).unwrap().content.number, 3);
}

#[test]
fn a_confirmation_is_made_from_a_genuine_receipt_only() {
    let harness = chain_of(1);
    let path = harness.result_path(&name(1)).display().to_string();
    let words = ["receipt", "verify", &path, "--receipt-text"];
    let told = harness.lethe(&words).ok(0);
    assert!(
        told.stdout.starts_with(
            "Confirmation\n\nThis is a rehearsal: its times are not those of a real clock.\n\nOn 15 March 2018 at 12:00 (UTC) your request to be forgotten"
        ),
        "{}",
        told.stdout
    );
    assert!(
        told.stdout.contains("- 1 was found, and erased"),
        "{}",
        told.stdout
    );
    let json = harness
        .lethe(&[&words[..], &["--format", "json"]].concat())
        .ok(0)
        .json();
    assert_eq!(json["text"].as_str().unwrap(), told.stdout);
    let changed = harness
        .result(&name(1))
        .replace("\"SUCCESS\": 1", "\"SUCCESS\": 2");
    fs::write(&path, changed).unwrap();
    let refused = harness.lethe(&words).ok(3);
    assert!(
        !refused.stdout.contains("Confirmation"),
        "{}",
        refused.stdout
    );
    harness
        .lethe(&["receipt", "verify", "--receipt-text", "--chain", &path])
        .ok(2);
    harness.submit("forget-20180315_2.json", "{");
    harness.run().ok(3);
    let path = harness.result_path(&name(2)).display().to_string();
    let refused = harness
        .lethe(&["receipt", "verify", &path, "--receipt-text"])
        .ok(3);
    assert!(
        refused.stderr.contains("nothing to confirm"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_clock_that_was_set_back_and_a_second_chain_are_noted() {
    let mut harness = chain_of(2);
    let verified = verify_chain(&harness, &[]).1;
    assert!(
        !verified["notes"].to_string().contains("behind"),
        "{verified}"
    );
    harness.now = "2018-03-14T09:00:00Z".into();
    harness.submit_contacts("forget-20180314_3.json", "110", CONTACTS);
    harness.run().ok(3);
    let (code, verified) = verify_chain(&harness, &["--ledger"]);
    assert_eq!((code, &verified["problems"]), (0, &json!([])));
    let notes = verified["notes"].to_string();
    assert!(
        notes.contains("its clock was behind that of receipt 2")
            && notes.contains("2018-03-14 09:0"),
        "{notes}"
    );
    // The receipt of another drop under its own name does not belong to this chain.
    let foreign = chain_of(1);
    let mut receipt = read(&foreign, &name(1)).content;
    receipt.key = signing_key(&harness).public().fingerprint();
    let text = receipt::sign(&receipt, &signing_key(&harness));
    fs::write(harness.result_path("strange-receipt.json"), text).unwrap();
    let verified = verify_chain(&harness, &[]).1;
    let notes = verified["notes"].to_string();
    assert!(
        notes.contains("it contains receipts of 2 chains"),
        "{notes}"
    );
    let path = harness.path("drop").display().to_string();
    let told = harness
        .lethe(&["receipt", "verify", "--chain", &path])
        .ok(0)
        .stdout;
    assert!(
        told.contains("note: ") && told.contains("nothing is wrong"),
        "{told}"
    );
}
