//! `verify`: what it finds after a FORGET, what it traces, and what it says it cannot check.

use serde_json::{Value, json};

use crate::support::{Ended, Harness, WORKER};

const PHONE: &str = r#"{"phone": "+1 617 555 0142"}"#;
const EMAIL: &str = r#"{"email": "ann@example.com"}"#;
const FORGET: &str = "forget-20180315_1";

/// One consumer with a phone in a list and in the history, another row of the same client ID without it, and other consumers.
const ROWS: &str = "
INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name, last_name) VALUES
    (1, '110', 'C-1', 'Ann', 'Lee'), (2, '110', 'C-1', 'Ann', 'Lee'), (3, '900', 'C-1', 'Bo', 'Day');
INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
    (1, 1, '110', 'phone', '+16175550142'), (1, 2, '110', 'email', 'Ann@Example.com'),
    (2, 1, '110', 'phone', '+16175550199'), (3, 1, '900', 'phone', '+16175550142');
INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, channel, first_name, message_text, device) VALUES
    (1, '110', 'C-1', 'voice', 'Ann', 'hello', '+16175550142'), (2, '110', 'C-1', 'voice', 'Ann', 'hello', '+16175550199');";

/// A harness in which the contacts were forgotten.
fn forgotten(contacts: &str) -> Harness {
    forgotten_with("", contacts)
}

fn forgotten_with(config: &str, contacts: &str) -> Harness {
    let mut harness = Harness::new();
    harness.config = config.into();
    harness.db.run(ROWS);
    harness.submit_contacts(&format!("{FORGET}.json"), "110", contacts);
    harness.run();
    harness
}

#[track_caller]
fn verify_file(harness: &Harness, name: &str, words: &[&str], code: i32) -> Value {
    let path = harness.submit_path(name);
    let options = harness.drop_options();
    let mut all = vec!["verify", path.to_str().unwrap(), "--format", "json"];
    all.extend(words);
    all.extend(options.iter().map(String::as_str));
    // The engine also removes the keys that were used, which Care may not.
    harness.as_role(WORKER, &all).ok(code).json()
}

#[track_caller]
fn verify(harness: &Harness, words: &[&str], code: i32) -> Value {
    verify_file(harness, &format!("{FORGET}.json"), words, code)
}

/// The row keys that the ledger keeps for tracing, and the state that it records.
fn kept(harness: &Harness) -> (Vec<String>, String) {
    let rows = "SELECT request, contact, table_name, row_key FROM lethe.found_client ORDER BY 1, 2, 3, 4::text";
    let trace = "SELECT coalesce(trace, 'no') FROM lethe.submission ORDER BY submission_id LIMIT 1";
    (harness.db.rows(rows), harness.db.one(trace))
}

fn unchecked(verified: &Value) -> String {
    verified["unchecked"].to_string()
}

fn notes(verified: &Value) -> String {
    verified["notes"].to_string()
}

/// Where the value search found a contact: `<column> <rows> <certainty>`, and whether the table is declared.
fn places(contact: &Value) -> Vec<String> {
    let place = |place: &Value| {
        let text = |key: &str| place[key].as_str().unwrap().to_owned();
        let declared = match place["declared"].as_bool().unwrap() {
            true => " declared",
            false => "",
        };
        let (table, column) = (text("table"), text("column"));
        format!(
            "{table}.{column} {} {}{declared}",
            place["rows"],
            text("certainty")
        )
    };
    contact["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(place)
        .collect()
}

/// Lets the role of the binary read the columns that it does not need for a FORGET.
const READ_ALL: &str = "GRANT SELECT ON ALL TABLES IN SCHEMA contact_centre TO lethe_engine";

#[test]
fn a_forgotten_device_is_clean_and_its_client_id_traced() {
    let harness = forgotten(&format!("{PHONE}, {EMAIL}"));
    // One row for each contact and client ID, never the client ID.
    let (rows, trace) = kept(&harness);
    assert_eq!(trace, "kept");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(!rows.concat().contains("C-1"), "{rows:?}");
    let verified = verify(&harness, &[], 0);
    assert_eq!(
        [
            &verified["clean"],
            &verified["found"],
            &verified["not_looked_for"]
        ],
        [2, 0, 0]
    );
    assert_eq!(
        verified["contacts"][0],
        json!({
            "request": 1, "contact": 1, "kind": "phone", "verdict": "clean", "answered": "SUCCESS",
            "columns": {}, "possible": {}, "places": [], "client_ids": 1, "rows_gone": 0, "media_objects": 0, "unredacted": {},
            // Rows without a requested device are unchanged.
            "kept_rows": {"contact_centre.contact": 1, "contact_centre.contact_attempt": 1}
        })
    );
    assert!(notes(&verified).contains("--value-search"));
    assert_eq!(verified["unchecked"], json!([]));
    // The keys are removed after use, and the next verification says so.
    assert_eq!(kept(&harness), (vec![], "verified".to_owned()));
    let again = verify(&harness, &[], 0);
    assert!(
        notes(&again).contains("an earlier verification found nothing"),
        "{again}"
    );
    assert_eq!(again["contacts"][0]["client_ids"], 0);
}

#[test]
fn an_export_of_the_same_devices_can_be_verified_too() {
    let harness = forgotten(PHONE);
    harness.submit_contacts("export-20180315_1.json", "110", PHONE);
    let verified = verify_file(&harness, "export-20180315_1.json", &[], 0);
    assert_eq!(verified["clean"], 1);
    assert!(
        notes(&verified).contains("client IDs were not traced"),
        "{verified}"
    );
    assert_eq!(kept(&harness).1, "kept");
    harness.db.run("INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 7, '110', 'phone', '+16175550142')");
    let verified = verify_file(&harness, "export-20180315_1.json", &[], 3);
    assert_eq!(
        verified["contacts"][0]["columns"],
        json!({"contact_centre.contact_device.device": 1})
    );
}

#[test]
fn a_device_that_came_back_is_found_in_every_form() {
    let harness = forgotten(&format!("{PHONE}, {EMAIL}"));
    for (device, kind, contact) in [
        ("+16175550142", "phone", 0),
        // A form that the catalogue does not declare for this column.
        ("16175550142", "phone", 0),
        ("ANN@example.COM", "email", 1),
    ] {
        harness.db.run(&format!(
            "INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (2, 7, '110', '{kind}', '{device}')"
        ));
        let verified = verify(&harness, &[], 3);
        let found = &verified["contacts"][contact];
        assert_eq!(found["verdict"], "found", "{device}");
        assert_eq!(
            found["columns"],
            json!({"contact_centre.contact_device.device": 1}),
            "{device}"
        );
        assert_eq!(
            verified["contacts"][1 - contact]["verdict"],
            "clean",
            "{device}"
        );
        harness
            .db
            .run("DELETE FROM contact_centre.contact_device WHERE position = 7");
    }
    // If something was found, the keys are kept.
    assert_eq!(kept(&harness).1, "kept");
    verify(&harness, &[], 0);
}

#[test]
fn other_tenants_are_not_reported() {
    let harness = forgotten(PHONE);
    // Account 900 has the device, a name and the client ID; all of it belongs to another tenant.
    harness.db.run(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, first_name, caller_id, device) VALUES (9, '900', 'C-1', 'Bo', '+16175550142', '+16175550142')",
    );
    harness.db.run(READ_ALL);
    let verified = verify(&harness, &["--value-search"], 0);
    assert_eq!(verified["contacts"][0]["verdict"], "clean");
    assert!(!verified.to_string().contains("900"), "{verified}");
}

#[test]
fn values_are_searched_in_columns_that_nobody_declared() {
    let harness = forgotten(&format!("{PHONE}, {EMAIL}"));
    harness.db.run(
        "CREATE TABLE public.note (id int PRIMARY KEY, about text, tags text[], more jsonb);
         INSERT INTO public.note VALUES (1, '(none)', '{x,617555}', '{}'), (2, '6175550142', '{ANN@example.com}', '{\"a\": [\"+16175550142\"]}'), (3, '+16175550142', NULL, NULL);
         UPDATE contact_centre.contact_attempt SET caller_id = '+16175550142' WHERE attempt_id = 2;
         INSERT INTO contact_centre.suppression_entry (entry_id, account_id, kind, value) VALUES (1, '110', 'device', '+16175550142')",
    );
    // Only with --value-search.
    assert_eq!(verify(&harness, &[], 0)["clean"], 2);
    // A role that may not read the table is told so.
    let verified = verify(&harness, &["--value-search"], 3);
    assert!(
        verified["given_up"]
            .to_string()
            .contains("public.note: this role has no SELECT privilege on it"),
        "{verified}"
    );
    harness.db.run(
        "GRANT SELECT ON public.note, contact_centre.contact_list TO lethe_engine, lethe_care",
    );
    let verified = verify(&harness, &["--value-search"], 3);
    assert_eq!(verified["given_up"], json!([]));
    let contacts = &verified["contacts"];
    assert_eq!(
        places(&contacts[0]),
        [
            "contact_centre.contact_attempt.caller_id 1 certain declared",
            "public.note.about 1 certain",
            "public.note.about 1 possible",
            "public.note.more 1 certain",
        ]
    );
    assert_eq!(contacts[0]["columns"], json!({}));
    assert_eq!(places(&contacts[1]), ["public.note.tags 1 certain"]);
    assert!(!unchecked(&verified).contains("--value-search"));
    let told = harness
        .in_drop(&[
            "verify",
            harness
                .submit_path(&format!("{FORGET}.json"))
                .to_str()
                .unwrap(),
            "--value-search",
        ])
        .ok(3)
        .stdout;
    for words in [
        "request 1 contact 1: phone: FOUND (answered SUCCESS)\n",
        "    found in public.note.about, outside the catalogue, rows of any tenant: 1 row, canonical\n",
        "    possible in public.note.about, outside the catalogue, rows of any tenant: 1 row, national\n",
        "    found in contact_centre.contact_attempt.caller_id: 1 row, canonical\n        catalogue: caller_id = { role = \"device\", kinds = [\"phone\"] }\n",
        "0 clean, 2 with something left, 0 not looked for\n",
    ] {
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
    assert!(!told.contains("617") && !told.contains("ann@"), "{told}");
}

#[test]
fn personal_fields_of_a_forgotten_record_are_found() {
    let harness = forgotten(PHONE);
    // Its own row, one that a placeholder points to, and one that was never forgotten.
    harness.db.run(
        "UPDATE contact_centre.contact SET first_name = 'Ann' WHERE contact_id = 1;
         UPDATE contact_centre.contact_attempt SET message_text = 'hello again' WHERE attempt_id = 1;
         UPDATE contact_centre.contact SET last_name = 'Lee-Day' WHERE contact_id = 2",
    );
    let verified = verify(&harness, &[], 3);
    let contact = &verified["contacts"][0];
    assert_eq!(
        (&contact["verdict"], &contact["columns"]),
        (&json!("found"), &json!({}))
    );
    assert_eq!(
        contact["unredacted"],
        json!({"contact_centre.contact": 1, "contact_centre.contact_attempt": 1})
    );
    assert_eq!(
        contact["kept_rows"],
        json!({"contact_centre.contact": 1, "contact_centre.contact_attempt": 1})
    );
    let told = harness
        .in_drop(&[
            "verify",
            harness
                .submit_path(&format!("{FORGET}.json"))
                .to_str()
                .unwrap(),
        ])
        .ok(3);
    assert!(
        told.stdout
            .contains("personal fields of forgotten records: contact_centre.contact 1, "),
        "{}",
        told.stdout
    );
    // A row that was deleted cannot be traced, and the output says so.
    harness.db.run("DELETE FROM contact_centre.contact_device WHERE contact_id = 1; DELETE FROM contact_centre.contact WHERE contact_id = 1; DELETE FROM contact_centre.contact_attempt WHERE attempt_id = 1");
    let verified = verify(&harness, &[], 3);
    assert_eq!(verified["contacts"][0]["rows_gone"], 1);
    assert_eq!(verified["contacts"][0]["verdict"], "incomplete");
    assert!(
        unchecked(&verified).contains("1 rows by which client IDs were to be traced are gone"),
        "{verified}"
    );
}

#[test]
fn a_sibling_that_was_not_requested_is_not_reported_as_left_over() {
    let harness = forgotten(PHONE);
    assert_eq!(verify(&harness, &[], 0)["clean"], 1);
    // It is found if it is requested.
    harness.submit_contacts("forget-20180315_2.json", "110", EMAIL);
    let verified = verify_file(&harness, "forget-20180315_2.json", &[], 3);
    assert_eq!(
        verified["contacts"][0]["columns"],
        json!({"contact_centre.contact_device.device": 1})
    );
    assert!(
        notes(&verified).contains("no submission of this name was processed"),
        "{verified}"
    );
}

#[test]
fn a_refused_contact_is_not_reported_as_clean() {
    let mut harness = Harness::new();
    harness.db.run(ROWS);
    harness.db.run("INSERT INTO contact_centre.recording (recording_id, account_id, caller, legal_hold) VALUES ('R', '110', '+16175550190', true)");
    let held = r#"{"phone": "+16175550190"}"#;
    harness.submit(
        &format!("{FORGET}.json"),
        format!(
            r#"{{"requests": [{{"accountid": "110", "type": "FORGET", "contacts": [{PHONE}, {held}, {{"phone": "617"}}]}},
                {{"accountid": "900", "type": "FORGET", "contacts": [{PHONE}]}}]}}"#
        ),
    );
    harness.run().ok(3);
    let verified = verify(&harness, &[], 3);
    let told: Vec<String> = verified["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            format!(
                "{} {} {}",
                c["verdict"].as_str().unwrap(),
                c["answered"],
                c.get("refused").unwrap_or(&json!(null))
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"clean "SUCCESS" null"#,
            r#"found "ERROR: legal hold" null"#,
            r#"not_looked_for "ERROR: incorrect device format" "ERROR: incorrect device format""#,
            r#"not_looked_for "ERROR: unknown account" "ERROR: unknown account""#
        ]
    );
    // A submission without anything to search for is not clean.
    harness.accounts = vec!["900".into()];
    harness.submit_contacts("forget-20180315_2.json", "110", PHONE);
    let path = harness.submit_path("forget-20180315_2.json");
    let ended: Ended = harness.in_drop(&["verify", path.to_str().unwrap()]).ok(2);
    assert!(
        ended.stderr.contains("no device of it can be searched"),
        "{}",
        ended.stderr
    );
}

#[test]
fn media_that_are_not_deleted_are_left_over() {
    let mut harness = Harness::new();
    harness.config = "media_wait = '1s'\n[media]\nfolder = '{dir}/media'".into();
    harness.db.run(
        "INSERT INTO contact_centre.recording (recording_id, account_id, caller) VALUES ('R', '110', '+16175550142');
         INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES ('M', 'R', '110', 'a.wav')",
    );
    // A folder is in the place of the object.
    std::fs::create_dir(harness.path("media/a.wav")).unwrap();
    harness.submit_contacts(
        &format!("{FORGET}.json"),
        "110",
        &format!("{PHONE}, {EMAIL}"),
    );
    harness.run().ok(3);
    let verified = verify(&harness, &[], 3);
    let contacts = &verified["contacts"];
    assert_eq!(
        (&contacts[0]["verdict"], &contacts[0]["media_objects"]),
        (&json!("found"), &json!(1))
    );
    assert_eq!(contacts[1]["verdict"], "clean");
    std::fs::remove_dir(harness.path("media/a.wav")).unwrap();
    harness.run();
    assert_eq!(verify(&harness, &[], 0)["contacts"][0]["verdict"], "clean");
}

#[test]
fn it_says_what_it_cannot_check() {
    // Too many devices.
    let harness = forgotten_with("max_traced_devices = 1", &format!("{PHONE}, {EMAIL}"));
    assert_eq!(kept(&harness), (vec![], "no".to_owned()));
    let verified = verify(&harness, &[], 3);
    assert_eq!([&verified["clean"], &verified["incomplete"]], [0, 2]);
    assert!(
        unchecked(&verified).contains("more than 1 devices"),
        "{verified}"
    );
    // Purged: the file was moved away.
    let mut harness = forgotten_with("", PHONE);
    assert!(!kept(&harness).0.is_empty());
    let path = harness.submit_path(&format!("{FORGET}.json"));
    let text = std::fs::read(&path).unwrap();
    harness.now = "2018-04-15T12:00:00Z".into();
    harness.in_drop(&["purge"]).ok(0);
    assert!(kept(&harness).0.is_empty(), "purge removes them");
    assert!(!path.exists());
    std::fs::write(&path, &text).unwrap();
    let verified = verify(&harness, &[], 3);
    assert!(
        unchecked(&verified).contains("were purged: only the devices were looked for"),
        "{verified}"
    );
    assert_eq!(verified["contacts"][0]["answered"], Value::Null);
    // Another file of this name.
    let harness = forgotten_with("", PHONE);
    harness.submit_contacts(
        &format!("{FORGET}.json"),
        "110",
        &format!("{EMAIL}, {PHONE}"),
    );
    let verified = verify(&harness, &[], 3);
    assert!(
        unchecked(&verified).contains("differs from the one that was processed"),
        "{verified}"
    );
}

#[test]
fn what_was_not_searched_completely_is_not_called_clean() {
    let harness = forgotten(PHONE);
    let verified = verify(&harness, &["--value-search"], 3);
    assert!(
        verified["given_up"]
            .to_string()
            .contains("contact_centre.contact_list: this role has no SELECT privilege on it"),
        "{verified}"
    );
    assert_eq!(verified["contacts"][0]["verdict"], "incomplete");
    assert_eq!(kept(&harness).1, "kept", "the next one may need them");
    let path = harness.submit_path(&format!("{FORGET}.json"));
    let words = ["verify", path.to_str().unwrap(), "--value-search"];
    let text = harness.in_drop(&words).ok(3).stdout;
    for line in [
        "request 1 contact 1: phone: nothing found, but not everything could be checked (answered SUCCESS)\n",
        "not checked: contact_centre.contact_list: ",
        "0 clean, 1 not checked completely, 0 with something left, 0 not looked for\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    harness.db.run(READ_ALL);
    assert_eq!(verify(&harness, &["--value-search"], 0)["clean"], 1);
}

#[test]
fn a_contact_that_was_refused_was_not_checked() {
    let harness = forgotten(&format!(r#"{PHONE}, {{"phone": "617"}}"#));
    let verified = verify(&harness, &[], 3);
    assert_eq!([&verified["clean"], &verified["not_looked_for"]], [1, 1]);
}

#[test]
fn it_changes_no_data() {
    let harness = forgotten(PHONE);
    let before = harness.dump();
    verify(&harness, &["--value-search"], 3);
    assert_eq!(before, harness.dump());
}
