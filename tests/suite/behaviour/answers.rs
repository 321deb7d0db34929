//! Answers: which error takes precedence, and the contract's rules about devices, at the command line.

use rstest::rstest;

use crate::support::Harness;

/// Request errors in the contract's order, each with the request that causes it.
const REQUEST_ERRORS: [(&str, &str); 5] = [
    ("ERROR: duplicate property", "duplicate"),
    ("ERROR: unsupported type", "type"),
    ("ERROR: type does not match file name", "mismatch"),
    ("ERROR: accountid required", "account"),
    ("ERROR: shortcodes required", "codes"),
];

fn request_with(errors: &[&str], contacts: &str) -> String {
    let has = |error| errors.contains(&error);
    let kind = match (has("type"), has("mismatch")) {
        // These two cannot be combined: an unsupported type matches no file name.
        (true, _) => "\"delete\"",
        (false, true) => "\"EXPORT\"",
        _ => "\"FORGET\"",
    };
    let account = if has("account") { "7" } else { "\"900\"" };
    let codes = if has("codes") { "null" } else { "[]" };
    let twice = if has("duplicate") {
        "\"x\": 1, \"x\": 2,"
    } else {
        ""
    };
    format!(
        r#"{{{twice} "type": {kind}, "accountid": {account}, "shortcodes": {codes}, "contacts": [{contacts}]}}"#
    )
}

#[test]
fn of_two_errors_the_first_in_the_table_is_the_answer() {
    let harness = Harness::new();
    let mut requests = Vec::new();
    let mut expected = Vec::new();
    // Each request error alone, and each pair of them, with a contact that has errors of its own.
    let contact = r#"{"fax": 1, "fax": 2, "phone": "x"}"#;
    for (i, (response, error)) in REQUEST_ERRORS.iter().enumerate() {
        requests.push(request_with(&[error], contact));
        expected.push(*response);
        for (_, later) in &REQUEST_ERRORS[i + 1..] {
            requests.push(request_with(&[error, later], contact));
            expected.push(*response);
        }
    }
    // A malformed request takes precedence over all of them.
    requests.push(
        r#"{"x": 1, "x": 2, "type": "delete", "accountid": 7, "shortcodes": null, "contacts": {}}"#
            .into(),
    );
    expected.push("ERROR: malformed request");
    // Contact errors, in a request for an account that is unknown here, which comes last.
    let contacts = [
        (r#"{"fax": 1, "fax": 2}"#, "ERROR: duplicate property"),
        (
            r#"{"phone": "x", "phone": "x"}"#,
            "ERROR: duplicate property",
        ),
        (
            r#"{"phone": "x", "fax": 1, "fax": 2}"#,
            "ERROR: duplicate property",
        ),
        (
            r#"{"phone": "x", "fax": 1}"#,
            "ERROR: exactly one device expected",
        ),
        (
            r#"{"phone": "x", "email": "x"}"#,
            "ERROR: exactly one device expected",
        ),
        (r#"{}"#, "ERROR: exactly one device expected"),
        (r#"{"fax": "x"}"#, "ERROR: unsupported device type"),
        (r#"{"phone": "x"}"#, "ERROR: incorrect device format"),
        (r#"{"phone": "+1 617 555 0100"}"#, "ERROR: unknown account"),
    ];
    let all: Vec<&str> = contacts.iter().map(|(contact, _)| *contact).collect();
    requests.push(request_with(&[], &all.join(", ")));
    expected.extend(contacts.iter().map(|(_, response)| *response));
    harness.submit(
        "forget-20180315_1.json",
        format!("{{\"requests\": [{}]}}", requests.join(",\n")),
    );
    harness.run().ok(3);
    assert_eq!(harness.answers("forget-20180315_1"), expected);
}

#[test]
fn messaging_checks_the_type_then_short_codes_and_needs_no_account() {
    let mut harness = Harness::new();
    harness.product = "messaging".into();
    harness.submit(
        "export-20180315_1.json",
        r#"{"requests": [
            {"type": "FORGET", "contacts": [{"phone": "x"}]},
            {"type": "EXPORT", "accountid": 7, "contacts": [{"phone": "x"}]},
            {"type": "EXPORT", "shortcodes": [7], "contacts": [{"phone": "x"}]},
            {"type": "EXPORT", "shortcodes": ["7"], "accountid": null, "contacts": [{"phone": "x"}]}]}"#,
    );
    harness.run().ok(3);
    assert_eq!(
        harness.answers("export-20180315_1"),
        [
            "ERROR: type does not match file name",
            "ERROR: shortcodes required",
            "ERROR: shortcodes required",
            "ERROR: incorrect device format"
        ]
    );
}

/// Accepted devices, with what each must find; refused ones are in the case `contact-errors` and in unit tests.
#[rstest]
#[case("phone", "+1 617 555 0100", "+16175550100")]
#[case("phone", "\\t+16175550100\\n", "+16175550100")]
#[case("phone", "+999 555 0100", "+9995550100")]
#[case("phone", "+1 2 3 4 5 6 7", "+1234567")]
#[case("phone", "+123456789012345", "+123456789012345")]
#[case("email", "O'Neil+tag@Example.COM", "o'neil+tag@example.com")]
#[case("email", "ada@a-b.example.com", "Ada@A-B.example.com")]
#[case("email", "ada@bücher.example.com", "ada@xn--bcher-kva.example.com")]
#[case("email", "ada@xn--bcher-kva.example.com", "ADA@Bücher.example.com")]
#[case("ipaddr", "3fff:0::A", "3fff::a")]
#[case("ipaddr", "::ffff:192.0.2.1", "192.0.2.1")]
#[case("ipaddr", "10.0.0.1", "10.0.0.1")]
fn a_device_is_found_in_the_form_that_is_stored(
    #[case] kind: &str,
    #[case] given: &str,
    #[case] stored: &str,
) {
    let harness = Harness::new();
    harness.db.run(&format!(
        "INSERT INTO contact_centre.contact (contact_id, account_id, first_name) VALUES (1, '110', 'Ada');
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 1, '110', '{kind}', '{}')",
        stored.replace('\'', "''")
    ));
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        &format!(r#"{{"{kind}": "{given}"}}"#),
    );
    harness.run().ok(0);
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
    let now = harness
        .db
        .one("SELECT device FROM contact_centre.contact_device");
    assert!(now.starts_with(&format!("anon-{kind}-")), "{now}");
}

#[test]
fn a_placeholder_is_accepted_nowhere_as_a_device() {
    let harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, response_ip) VALUES (1, '110', '+16175550100', '192.0.2.1'), (2, '110', 'ada@example.com', NULL)",
    );
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}, {"email": "ada@example.com"}, {"ipaddr": "192.0.2.1"}"#,
    );
    harness.run().ok(0);
    let stored = harness
        .db
        .rows("SELECT device FROM contact_centre.contact_attempt ORDER BY attempt_id");
    let address = harness
        .db
        .one("SELECT host(response_ip) FROM contact_centre.contact_attempt WHERE attempt_id = 1");
    assert!(address.starts_with("2001:db8:"), "{address}");
    let all: Vec<String> = stored
        .iter()
        .chain([&address])
        .flat_map(|v| ["phone", "email", "ipaddr"].map(|kind| format!(r#"{{"{kind}": "{v}"}}"#)))
        .collect();
    harness.submit_contacts("export-20180315_1.json", "110", &all.join(", "));
    harness.run().ok(3);
    assert_eq!(
        harness.answers("export-20180315_1"),
        vec!["ERROR: incorrect device format"; 9]
    );
}

#[test]
fn placeholders_differ_by_account_and_between_submissions() {
    let harness = Harness::new();
    let insert = |id: i32, account: &str| {
        harness.db.run(&format!("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES ({id}, '{account}', '+16175550100')"));
    };
    insert(1, "110");
    insert(2, "110");
    insert(3, "120");
    harness.submit_contacts(
        "forget-20180315_1.json",
        "100",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    insert(4, "110");
    harness.submit_contacts(
        "forget-20180315_2.json",
        "100",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    assert_eq!(
        harness.answers("forget-20180315_2"),
        ["SUCCESS"],
        "a later upload works as ever"
    );
    let d = harness
        .db
        .rows("SELECT device FROM contact_centre.contact_attempt ORDER BY attempt_id");
    assert_eq!(d[0], d[1], "joins survive");
    assert!(d[0] != d[2] && d[0] != d[3] && d[2] != d[3], "{d:?}");
}

#[test]
fn a_change_between_finding_and_replacing_is_not_overwritten() {
    // Another session locks the row while lethe waits for it, and gives it another device.
    let harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, message_text) VALUES (1, '110', '+16175550100', 'for Ada')");
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.db.run("BEGIN; UPDATE contact_centre.contact_attempt SET device = '+16175550199', message_text = 'for Zoe' WHERE attempt_id = 1");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    harness.db.run("COMMIT");
    let ended = run.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
    assert_eq!(
        harness
            .db
            .one("SELECT device, message_text FROM contact_centre.contact_attempt"),
        "+16175550199|for Zoe"
    );
}

#[test]
fn a_row_written_during_a_run_is_found_by_a_recheck() {
    let harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')");
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.db.run("BEGIN; UPDATE contact_centre.contact_attempt SET disposition = 'busy' WHERE attempt_id = 1");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    harness.db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (2, '110', '+16175550100'); COMMIT");
    let ended = run.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
    assert_eq!(
        harness.db.one(
            "SELECT count(*) FROM contact_centre.contact_attempt WHERE device LIKE 'anon-phone-%'"
        ),
        "2"
    );
}

#[test]
fn a_client_id_can_still_be_traced() {
    let harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C-1', 'Ada'), (2, '900', 'C-1', 'Zoe');
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 1, '110', 'phone', '+16175550100');
         INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, device) VALUES (1, '110', 'C-1', '+16175550100')",
    );
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    let traced = harness
        .lethe(&[
            "trace",
            "--client-id",
            "C-1",
            "--account",
            "110",
            "--format",
            "json",
        ])
        .ok(0);
    let tables = traced.json();
    let names: Vec<&str> = tables["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["table"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "contact_centre.contact_attempt",
            "contact_centre.contact",
            "contact_centre.contact_device"
        ]
    );
    let contact = &tables["tables"][1]["rows"];
    assert_eq!(
        contact.as_array().unwrap().len(),
        1,
        "the other account's row is not asked for"
    );
    assert_eq!(contact[0]["first_name"], "[redacted]");
    assert_eq!(contact[0]["client_id"], "C-1");
    // A mistyped account is not an answer.
    let words = ["trace", "--client-id", "C-1", "--account"];
    let mistyped = harness.lethe(&[&words[..], &["110,1l0"]].concat()).ok(2);
    assert!(mistyped.stdout.is_empty(), "{}", mistyped.stdout);
    let message = "error: unknown account\n  detail: 1l0 is not in the table of accounts; nothing was searched\n";
    assert!(mistyped.stderr.starts_with(message), "{}", mistyped.stderr);
    harness
        .db
        .run("INSERT INTO contact_centre.account (account_id, name) VALUES ('130', 'South')");
    let other = harness.lethe(&[&words[..], &["130"]].concat()).ok(0);
    assert_eq!(other.stdout, "no row has this client ID\n");
}

#[test]
fn a_trace_shows_every_row_also_values_that_only_postgresql_can_represent() {
    let harness = Harness::new();
    harness.db.run(
        r#"INSERT INTO contact_centre.contact (contact_id, account_id, client_id, attributes)
           VALUES (1, '110', 'C-1', '{"n": 1e400}'), (2, '110', 'C-1', '{"n": 1}')"#,
    );
    let words = ["trace", "--client-id", "C-1", "--format", "json"];
    let traced = harness.lethe(&words).ok(0).json();
    let rows = traced["tables"][0]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{traced}");
    // PostgreSQL writes the number with all its digits.
    let huge = rows[0]["attributes"].as_str().unwrap();
    assert_eq!(huge, format!(r#"{{"n": 1{}}}"#, "0".repeat(400)));
    assert_eq!(rows[1]["attributes"], serde_json::json!({"n": 1}));
    let text = harness.lethe(&words[..3]).ok(0).stdout;
    assert!(
        text.contains("contact_centre.contact, row 2 of 2"),
        "{text}"
    );
    assert!(text.contains(huge), "{text}");
}

#[test]
fn check_needs_no_database_and_reports_line_and_column() {
    let mut harness = Harness::new();
    harness.database = "host=/nowhere port=1".into();
    harness.submit(
        "forget-20180315_1.json",
        "{\"requests\": [\n  {\"accountid\": \"110\", \"type\": \"FORGET\", \"contacts\": [\n    {\"phone\": \"+1 617 555 0100\"},\n      {\"phone\": \"617\"}\n]}]}",
    );
    harness.submit("anything.json", "{}");
    let path = harness.submit_path("forget-20180315_1.json");
    let checked = harness.lethe(&["check", path.to_str().unwrap()]).ok(3);
    assert!(
        checked.stdout.contains(
            "forget-20180315_1.json:4:7: request 1 contact 2: ERROR: incorrect device format"
        ),
        "{}",
        checked.stdout
    );
    let other = harness.submit_path("anything.json");
    harness.lethe(&["check", other.to_str().unwrap()]).ok(3);
    let good = harness.path("export-20180315_2.json");
    std::fs::write(
        &good,
        r#"{"requests": [{"accountid": "1", "type": "EXPORT", "contacts": []}]}"#,
    )
    .unwrap();
    harness.lethe(&["check", good.to_str().unwrap()]).ok(0);
    harness
        .lethe(&["check", good.to_str().unwrap(), other.to_str().unwrap()])
        .ok(3);
}

#[test]
fn an_export_changes_nothing() {
    let harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id, first_name) VALUES (1, '110', 'Ada');
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 1, '110', 'phone', '+16175550100')",
    );
    let state = "SELECT xmin, xmax, ctid FROM contact_centre.contact UNION ALL SELECT xmin, xmax, ctid FROM contact_centre.contact_device";
    let (before, dumped) = (harness.db.rows(state), harness.dump());
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    let run = harness.run().ok(0);
    assert_eq!(run.submissions()[0]["rows"]["contact_centre.contact"], 1);
    assert_eq!((harness.db.rows(state), harness.dump()), (before, dumped));
    let archive = harness.archive("export-20180315_1");
    let manifest: serde_json::Value = serde_json::from_str(&archive["manifest.json"]).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        use sha2::Digest as _;
        let text = &archive[file["name"].as_str().unwrap()];
        let digest: String = sha2::Sha256::digest(text.as_bytes())
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(file["sha256"], digest.as_str());
    }
    assert_eq!(
        manifest["files"].as_array().unwrap().len(),
        archive.len() - 1
    );
}

#[test]
fn media_objects_are_deleted_after_the_commit_and_nothing_else_is() {
    let mut harness = Harness::new();
    harness.config = "[media]\nfolder = \"{dir}/media\"".into();
    for file in ["media/a.wav", "media/b.wav", "outside.wav"] {
        std::fs::write(harness.path(file), "sound").unwrap();
    }
    harness.db.run(
        "INSERT INTO contact_centre.recording (recording_id, account_id, caller) VALUES ('R-1', '110', '+16175550100'), ('R-2', '110', '+16175550101'), ('R-3', '110', '+16175550102');
         INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES
             ('M-1', 'R-1', '110', 'a.wav'), ('M-2', 'R-2', '110', 'b.wav'), ('M-3', 'R-3', '110', '../outside.wav')",
    );
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}, {"phone": "+1 617 555 0102"}"#,
    );
    harness.run().ok(3);
    assert_eq!(
        harness.answers("forget-20180315_1"),
        ["SUCCESS", "ERROR: recording media not deleted"]
    );
    assert!(!harness.path("media/a.wav").exists());
    assert!(harness.path("media/b.wav").exists() && harness.path("outside.wav").exists());
    assert_eq!(
        harness
            .db
            .rows("SELECT media_uri FROM contact_centre.recording_media ORDER BY media_id"),
        ["NULL", "b.wav", "../outside.wav"],
        "the URI leaves the row when its object is gone"
    );
}

#[test]
fn commits_are_durable_whatever_the_role_has_set() {
    let mut harness = Harness::new();
    harness.accepted = [("contact_attempt".into(), vec!["look".into()])].into();
    harness.db.run(&format!(
        "ALTER ROLE lethe_engine IN DATABASE {} SET synchronous_commit = off;
         INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100');
         CREATE TABLE public.seen (setting text);
         CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
           INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NEW;
         END $$;
         CREATE TRIGGER look BEFORE UPDATE ON contact_centre.contact_attempt FOR EACH ROW EXECUTE FUNCTION public.look()",
        harness.db.name()
    ));
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    assert_eq!(harness.db.rows("SELECT setting FROM public.seen"), ["on"]);
}

#[test]
fn many_devices_are_processed_in_many_transactions() {
    let mut harness = Harness::new();
    harness.config = "devices_per_transaction = 7".into();
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id, first_name) SELECT i, '110', 'Ada' FROM generate_series(1, 100) i;
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
             SELECT i, p, '110', 'phone', '+1617555' || lpad((i + p)::text, 4, '0') FROM generate_series(1, 100) i, generate_series(0, 1) p",
    );
    let all: Vec<String> = (1..=100)
        .map(|n| format!(r#"{{"phone": "+1617555{n:04}"}}"#))
        .collect();
    harness.submit_contacts("forget-20180315_1.json", "110", &all.join(", "));
    let run = harness.run().ok(0);
    assert_eq!(harness.answers("forget-20180315_1"), vec!["SUCCESS"; 100]);
    assert_eq!(
        run.submissions()[0]["rows"]["contact_centre.contact_device"],
        199
    );
    assert_eq!(
        harness.db.rows(
            "SELECT device FROM contact_centre.contact_device WHERE device NOT LIKE 'anon-phone-%'"
        ),
        ["+16175550101"],
        "the one that was not asked for"
    );
    assert_eq!(
        harness
            .db
            .one("SELECT count(DISTINCT device) FROM contact_centre.contact_device"),
        "101"
    );
    assert_eq!(
        harness
            .db
            .one("SELECT count(*) FROM contact_centre.contact WHERE first_name = 'Ada'"),
        "0"
    );
}

#[test]
fn hostile_values_stay_values() {
    let harness = Harness::new();
    let before = harness.dump();
    harness.submit(
        "forget-20180315_1.json",
        r#"{"requests": [
            {"requestcase": "'; DROP SCHEMA contact_centre CASCADE; --", "accountid": "110'; DROP TABLE x; --", "type": "FORGET", "contacts": [{"email": "o'brien--@example.com"}]},
            {"requestcase": "\u0000\\N\t\n", "accountid": "110", "shortcodes": ["'", "\\N", "\u0000", "\t"], "type": "FORGET", "contacts": [{"email": "a'-'version@example.com"}, {"email": "{x}@example.com"}, {"phone": "+1617555\u0000100"}]},
            {"requestcase": {"a": [1]}, "accountid": "\u0000", "type": "FORGET", "contacts": [{"email": "$1@example.com"}]}]}"#,
    );
    let run = harness.run().ok(3);
    let answers = harness.answers("forget-20180315_1");
    assert_eq!(answers[0], "ERROR: unknown account");
    assert_eq!(answers[1..3], ["SUCCESS: not found"; 2]);
    assert_eq!(
        answers[3], "ERROR: incorrect device format",
        "{}",
        run.stderr
    );
    assert_eq!(answers[4], "ERROR: unknown account");
    assert_eq!(harness.dump(), before);
}

#[test]
fn all_configured_drops_are_processed_and_each_reaches_its_own_accounts() {
    let mut harness = Harness::new();
    harness.config = "[[drop]]\nname = \"north\"\npath = \"{dir}/drop\"\naccounts = [\"110\"]\n\
                    [[drop]]\nname = \"south\"\npath = \"{dir}/south\"\naccounts = [\"900\"]\nproduct = \"messaging\"\n\
                    [[drop]]\nname = \"gone\"\npath = \"{dir}/gone\"\naccounts = [\"900\"]".into();
    std::fs::create_dir_all(harness.path("south/GDPR_Submit")).unwrap();
    harness.db.run(
        "INSERT INTO contact_centre.sms_message (message_id, account_id, short_code, handset) VALUES (1, '110', '52000', '+16175550100'), (2, '900', '52000', '+16175550100')",
    );
    let text = r#"{"requests": [{"shortcodes": ["52000"], "accountid": "900", "type": "FORGET", "contacts": [{"phone": "+1 617 555 0100"}]}]}"#;
    harness.submit("forget-20180315_1.json", text);
    std::fs::write(
        harness.path("south/GDPR_Submit/forget-20180315_1.json"),
        text,
    )
    .unwrap();
    let run = harness.lethe(&["run", "--settle", "0s", "--format", "json"]);
    assert_eq!(
        harness.answers("forget-20180315_1"),
        ["ERROR: unknown account"]
    );
    let log = std::fs::read_to_string(
        harness.path("south/GDPR_Result/forget-20180315_1-execution-log.json"),
    )
    .unwrap();
    assert!(log.contains("\"response\": \"SUCCESS\""), "{log}");
    assert!(
        run.stderr.contains("gone"),
        "the drop that is not there is named"
    );
    assert_ne!(run.code, 0);
    assert_eq!(
        harness
            .db
            .rows("SELECT left(handset, 5) FROM contact_centre.sms_message ORDER BY message_id"),
        ["+1617", "anon-"]
    );
}

#[test]
fn remaining_media_are_deleted_by_a_later_run_and_the_media_log_says_so() {
    let mut harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.recording (recording_id, account_id, caller) VALUES ('r1', '110', '+16175550100');
         INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES ('m1', 'r1', '110', 'a.wav')",
    );
    std::fs::write(harness.path("media/a.wav"), "sound").unwrap();
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(3);
    assert_eq!(
        harness.answers("forget-20180315_1"),
        ["ERROR: recording media not deleted"]
    );
    harness.config = "[media]\nfolder = \"{dir}/media\"".into();
    harness.run().ok(0);
    assert!(!harness.path("media/a.wav").exists());
    assert_eq!(
        harness
            .db
            .rows("SELECT media_uri FROM contact_centre.recording_media"),
        ["NULL"]
    );
    let log = harness.result("forget-20180315_1-media-log.json");
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!(
        log["media"],
        serde_json::json!([{"request": 1, "contact": 1, "response": "SUCCESS"}])
    );
    harness.run().ok(0);
}
