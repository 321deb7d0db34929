//! Opening a case: its ID, its submission, and input that is rejected.

use std::fs;

use serde_json::Value;

use super::agent::{Agent, attempt, care, file, left};

const RUN: [&str; 7] = ["case", "run", "7", "--settle", "0s", "--format", "json"];

#[test]
fn an_unsafe_id_is_rejected_with_the_reason() {
    let harness = care("");
    for (id, why) in [
        ("../7", "it begins with a dot"),
        ("a/b", "it contains one of /"),
        ("7.", "ends with a dot"),
        ("CON", "reserve for devices"),
        ("a\u{202e}b", "invisible characters"),
    ] {
        let words = [
            "case",
            "open",
            id,
            "--account",
            "110",
            "--forget",
            "--phone",
            "+16175550100",
            "--yes",
        ];
        let refused = Agent::LETHE.lethe(&harness, &words).ok(2);
        assert!(refused.stderr.contains(why), "{id}: {}", refused.stderr);
    }
    // A device in place of the ID is not quoted in the message.
    for device in ["+1 617 555 0100", "ann@example.com", "192.0.2.7"] {
        for verb in ["show", "preview", "run", "resubmit"] {
            let refused = Agent::LETHE.lethe(&harness, &["case", verb, device]).ok(2);
            assert!(
                refused
                    .stderr
                    .contains("it is a phone number, an email address or an IP address"),
                "{}",
                refused.stderr
            );
            assert!(!refused.stderr.contains(device), "{}", refused.stderr);
        }
        Agent::LETHE
            .lethe(&harness, &["verify", "--case", device])
            .ok(2);
    }
    let open = |id| {
        let words = [
            "case",
            "open",
            id,
            "--account",
            "110",
            "--forget",
            "--phone",
            "+16175550100",
            "--yes",
        ];
        Agent::LETHE.lethe(&harness, &words)
    };
    open("Case-7").ok(0);
    let refused = open("case-7").ok(2);
    assert!(
        refused.stderr.contains("differ only in letter case"),
        "{}",
        refused.stderr
    );
    fs::create_dir(harness.path("care/Other")).unwrap();
    open("other").ok(2);
    let mut cases: Vec<String> = fs::read_dir(harness.path("care"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    // The secret of cases is there too.
    cases.retain(|name| name != ".lethe-secret");
    cases.sort();
    assert_eq!(cases, ["Case-7", "Other"]);
}

#[test]
fn a_list_of_devices_makes_a_correct_submission() {
    let harness = care("");
    let open = [
        "case",
        "open",
        "7",
        "--account",
        "110",
        "--export",
        "--from",
        "-",
    ];
    let alone = Agent::LETHE
        .lethe_reading(&harness, &open, "phone\n+16175550100\n")
        .ok(2);
    assert!(alone.stderr.contains("no terminal"), "{}", alone.stderr);
    let sure = [&open[..], &["--yes", "--format", "json"]].concat();
    let wrong = "kind,value\nphone,617 555 0100\nfax,1\n";
    let refused = Agent::LETHE.lethe_reading(&harness, &sure, wrong).ok(2);
    assert!(
        refused
            .stderr
            .contains("standard input: line 2 column 7: incorrect phone format"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("line 3 column 1: unknown kind"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("617"), "{}", refused.stderr);
    assert!(!harness.path("care/7").exists());

    let list = "phone,email\n+1 617 555 0100,A@example.com\n+16175550100,\n";
    let opened = Agent::LETHE
        .lethe_reading(&harness, &sure, list)
        .ok(0)
        .json();
    assert_eq!(opened["contacts"], 2, "each device once");
    let path = harness
        .path("care/7")
        .join(opened["file"].as_str().unwrap());
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("+1 617 555 0100") && text.contains("A@example.com"),
        "as written: {text}"
    );
    let checked = Agent::LETHE.lethe(&harness, &["check", path.to_str().unwrap()]);
    assert!(checked.ok(0).stdout.contains("nothing would be refused"));
    // A second submission of the same case gets another name.
    let again = Agent::LETHE
        .lethe_reading(&harness, &sure, list)
        .ok(0)
        .json();
    assert_ne!(again["file"], opened["file"]);
    // The ledger contains no device.
    let ledger = harness.db.rows(
        "SELECT c::text FROM lethe.care_case c UNION ALL SELECT f::text FROM lethe.case_file f",
    );
    assert!(!ledger.join("").contains("6175550100"), "{ledger:?}");
}

#[test]
fn duplicate_accounts_and_devices_are_submitted_once() {
    let harness = care("");
    let words = [
        "case",
        "open",
        "7",
        "--account",
        "110,110",
        "--account",
        "110",
        "--export",
        "--phone",
        "+16175550100",
        "--phone",
        "+1 617 555 0100",
        "--yes",
        "--format",
        "json",
    ];
    let opened = Agent::LETHE.lethe(&harness, &words).ok(0);
    assert!(
        opened.stderr.contains("duplicate devices: 1"),
        "{}",
        opened.stderr
    );
    let text = fs::read_to_string(harness.path("care/7").join(file(&harness, "7"))).unwrap();
    let requests = serde_json::from_str::<Value>(&text).unwrap()["requests"].clone();
    assert_eq!(requests.as_array().unwrap().len(), 1, "{text}");
    assert_eq!(
        requests[0]["contacts"].as_array().unwrap().len(),
        1,
        "{text}"
    );
}

#[test]
fn invalid_input_is_rejected_before_anything_is_written() {
    let harness = care("");
    let base = ["case", "open", "7", "--account", "110", "--forget", "--yes"];
    for (further, why) in [
        // Today is the fifteenth.
        (
            vec!["--phone", "+16175550100", "--received", "20180316"],
            "is in the future",
        ),
        (
            vec!["--phone", "+16175550100", "--received", "2018-03-15"],
            "YYYYMMDD",
        ),
        (
            vec!["--phone", "+16175550100", "--shortcode", ""],
            "a short code is empty",
        ),
        (
            vec!["--phone", "ann@example.com"],
            "--phone 1: not a phone number",
        ),
        (
            vec!["--email", "+16175550100"],
            "--email 1: not an email address",
        ),
        (
            vec!["--ipaddr", "ann@example.com"],
            "--ipaddr 1: not an IP address",
        ),
        (
            vec![
                "--ipaddr",
                "192.0.2.1",
                "--email",
                "a@example.com",
                "--phone",
                "1",
            ],
            "--phone 1: not a phone number",
        ),
    ] {
        let words = [&base[..], &further].concat();
        let refused = Agent::LETHE.lethe(&harness, &words).ok(2);
        assert!(
            refused.stderr.contains(why),
            "{further:?}: {}",
            refused.stderr
        );
        assert!(
            !refused.stderr.contains("0100 ") && !refused.stderr.contains("ann@"),
            "{}",
            refused.stderr
        );
    }
    assert!(!harness.path("care/7").exists());
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.care_case"), "0");
    let today = [
        &base[..],
        &["--phone", "+16175550100", "--received", "20180315"],
    ]
    .concat();
    Agent::LETHE.lethe(&harness, &today).ok(0);
}

#[test]
fn an_unknown_case_is_distinguished_from_one_without_pending_submissions() {
    let harness = care("");
    for words in [
        vec!["case", "show", "70"],
        vec!["case", "preview", "70"],
        vec!["case", "run", "70"],
        vec!["case", "approve", "70", "--digest", "aaaa-aaaa-aaaa-aaaa"],
        vec!["case", "resubmit", "70"],
        vec!["verify", "--case", "70"],
    ] {
        let refused = Agent::LETHE.lethe(&harness, &words).ok(2);
        assert!(
            refused
                .stderr
                .contains("case 70 is not known\n  hint: `lethe case list` lists all cases"),
            "{words:?}: {}",
            refused.stderr
        );
    }
    fs::create_dir(harness.path("care/70")).unwrap();
    let preview = Agent::LETHE
        .lethe(&harness, &["case", "preview", "70"])
        .ok(0);
    assert!(
        preview
            .stdout
            .contains("case 70 has no pending submissions"),
        "{}",
        preview.stdout
    );
}

#[test]
fn a_case_of_the_messaging_product_searches_its_short_codes() {
    let harness = care("");
    attempt(&harness, 1, "+16175550100");
    harness.db.run(
        "INSERT INTO contact_centre.sms_message (message_id, account_id, short_code, handset, body) VALUES
             (1, '110', '51110', '+16175550100', 'hello'), (2, '110', '52000', '+16175550100', 'hello')",
    );
    let open = |further: &[&str]| {
        let words = [
            "case",
            "open",
            "7",
            "--account",
            "110",
            "--forget",
            "--phone",
            "+16175550100",
            "--yes",
        ];
        Agent::LETHE.lethe(&harness, &[&words[..], further].concat())
    };
    let refused = open(&["--product", "messaging"]).ok(2);
    assert!(
        refused.stderr.contains("give --shortcode"),
        "{}",
        refused.stderr
    );
    open(&["--product", "messaging", "--shortcode", "51110"]).ok(0);
    let refused = open(&["--product", "outbound"]).ok(2);
    assert!(
        refused.stderr.contains("belongs to the product messaging"),
        "{}",
        refused.stderr
    );
    let preview = Agent::LETHE
        .lethe(&harness, &["case", "preview", "7", "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(
        preview["submissions"][0]["contacts"][0]["rows"],
        serde_json::json!({"contact_centre.sms_message": 1})
    );
    Agent::LETHE.lethe(&harness, &RUN).ok(0);
    let kept = harness
        .db
        .rows("SELECT message_id FROM contact_centre.sms_message WHERE handset = '+16175550100'");
    assert_eq!(kept, ["2"], "a short code that nobody named");
    assert_eq!(left(&harness).len(), 1, "voice is no messaging");
}
