//! Records of several tables: the root's account and codes apply to its parts, and a hold in one table to the whole record.

use std::fs;

use crate::support::Harness;

const SCHEMA: &str = "
CREATE SCHEMA m;
CREATE TABLE m.account (id text PRIMARY KEY, parent text);
CREATE TABLE m.code (code text PRIMARY KEY, kind text);
CREATE TABLE m.owner (code text, account text);
CREATE TABLE m.message (id int, account text, code text, held boolean, address inet, PRIMARY KEY (account, id));
CREATE TABLE m.recipient (id int, message int NOT NULL, account text, phone varchar(37), short text, held boolean, PRIMARY KEY (account, id));
INSERT INTO m.account VALUES ('E', NULL), ('A', 'E'), ('B', 'E');
INSERT INTO m.code VALUES ('51110', 'dedicated');
INSERT INTO m.owner VALUES ('51110', 'A');";
const CATALOGUE: &str = r#"
schema = "m"
accounts = { table = "account", account = "id", parent = "parent" }
short_codes = { table = "code", short_code = "code", kind = "kind", shared = "shared", owners = { table = "owner", short_code = "code", account = "account" } }
[[record]]
name = "message"
siblings = "keep"
[record.root]
table = "message"
columns = { id = "key", account = "account", code = "short code", held = "legal hold", address = { role = "device", kinds = ["ipaddr"] } }
[[record.part]]
table = "recipient"
join = { message = "id" }
[record.part.columns]
id = "key"
message = "keep"
account = "account"
phone = { role = "device", kinds = ["phone", "email"], forms = ["e164", "email"] }
short = { role = "device", kinds = ["phone"], forms = ["e164"], placeholder = "short" }
held = "legal hold"
"#;

/// A harness of messages and their recipients.
fn messages(catalogue: &str, rows: &str) -> Harness {
    let mut harness = Harness::new();
    harness.db.run(SCHEMA);
    harness.db.run(rows);
    let path = harness.path("messages.toml");
    fs::write(&path, catalogue).unwrap();
    harness.config = format!("catalogue = {path:?}");
    harness.accounts = vec!["E".into()];
    harness.grant_if_it_fits();
    harness
}

/// Answers of a FORGET of one request with these short codes.
fn forget(harness: &Harness, name: &str, codes: &str, contacts: &str) -> Vec<String> {
    harness.submit(
        &format!("{name}.json"),
        format!(
            r#"{{"requests": [{{"accountid": "E", "shortcodes": {codes}, "type": "FORGET", "contacts": [{contacts}]}}]}}"#
        ),
    );
    harness.run();
    harness.answers(name)
}

const PHONE: &str = r#"{"phone": "+16175550100"}"#;

#[test]
fn a_part_is_reached_by_the_short_code_of_its_root() {
    let rows = "INSERT INTO m.message VALUES (1, 'A', '51110');
                INSERT INTO m.recipient VALUES (1, 1, 'A', '+16175550100')";
    let mut harness = messages(CATALOGUE, rows);
    assert_eq!(
        forget(&harness, "forget-20180315_1", "[]", PHONE),
        ["SUCCESS: not found"],
        "with no short code given, messages on one are not searched"
    );
    harness.product = "messaging".into();
    assert_eq!(
        forget(&harness, "forget-20180315_2", r#"["51110"]"#, PHONE),
        ["SUCCESS"]
    );
}

#[test]
fn a_legal_hold_in_any_table_holds_the_record() {
    let rows = "INSERT INTO m.message VALUES (1, 'A', NULL, false);
                INSERT INTO m.recipient VALUES (1, 1, 'A', '+16175550100', NULL, true)";
    let harness = messages(CATALOGUE, rows);
    assert_eq!(
        forget(&harness, "forget-20180315_1", "[]", PHONE),
        ["ERROR: legal hold"]
    );
}

#[test]
fn siblings_are_redacted_even_if_a_request_that_does_not_reach_them_names_them() {
    let rows = "INSERT INTO m.message VALUES (1, 'A');
                INSERT INTO m.recipient VALUES (1, 1, 'A', '+16175550100'), (2, 1, 'A', '+16175550101'), (3, 1, 'A', 'unknown')";
    let harness = messages(
        &CATALOGUE.replace("\"keep\"\n[record.root]", "\"redact\"\n[record.root]"),
        rows,
    );
    let request = |account: &str, phone: &str| {
        format!(
            r#"{{"accountid": "{account}", "type": "FORGET", "contacts": [{{"phone": "{phone}"}}]}}"#
        )
    };
    harness.submit(
        "forget-20180315_1.json",
        format!(
            r#"{{"requests": [{}, {}]}}"#,
            request("A", "+16175550100"),
            request("B", "+16175550101")
        ),
    );
    harness.run().ok(0);
    assert_eq!(
        harness.db.one(
            "SELECT count(*) FROM m.recipient WHERE phone ~ '^anon-(phone|email)-[a-z2-7]{26}$'"
        ),
        "3",
        "a sibling without the looks of a device gets a placeholder that fits, too"
    );
}

#[test]
fn the_same_text_in_columns_of_two_kinds_gets_a_placeholder_of_each() {
    let rows = "ALTER TABLE m.recipient ADD mail text;
                INSERT INTO m.message VALUES (1, 'A');
                INSERT INTO m.recipient (id, message, account, phone, mail) VALUES
                    (1, 1, 'A', '+16175550100', NULL), (2, 1, 'A', 'a@example.com', 'a@example.com'), (3, 1, 'A', '?', '?')";
    let catalogue = CATALOGUE
        .replace("\"keep\"\n[record.root]", "\"redact\"\n[record.root]")
        .replace(
            "[\"phone\", \"email\"], forms = [\"e164\", \"email\"]",
            "[\"phone\"], forms = [\"e164\"]",
        )
        + "mail = { role = \"device\", kinds = [\"email\", \"ipaddr\"], forms = [\"email\", \"address\"] }\n";
    let harness = messages(&catalogue, rows);
    assert_eq!(
        forget(&harness, "forget-20180315_1", "[]", PHONE),
        ["SUCCESS"]
    );
    assert_eq!(
        harness.db.rows("SELECT substring(phone FROM 'anon-[a-z]+'), substring(mail FROM 'anon-[a-z]+') FROM m.recipient ORDER BY id"),
        ["anon-phone|NULL", "anon-phone|anon-email", "anon-phone|anon-ipaddr"]
    );
}

#[test]
fn short_placeholders_are_not_siblings() {
    let rows = "INSERT INTO m.message VALUES (1, 'A');
                INSERT INTO m.recipient VALUES (1, 1, 'A', '+16175550100', '+16175550102'), (2, 1, 'A', '+16175550101', NULL)";
    let harness = messages(
        &CATALOGUE.replace("\"keep\"\n[record.root]", "\"redact\"\n[record.root]"),
        rows,
    );
    forget(&harness, "forget-20180315_1", "[]", PHONE);
    let drawn = || {
        harness
            .db
            .rows("SELECT phone, short FROM m.recipient ORDER BY id")
    };
    let before = drawn();
    harness
        .db
        .run("INSERT INTO m.recipient VALUES (3, 1, 'A', '+16175550100')");
    forget(&harness, "forget-20180315_2", "[]", PHONE);
    assert_eq!(drawn()[..2], before);
}

#[test]
fn a_full_placeholder_that_was_copied_into_a_short_column_is_not_a_sibling() {
    const COPIED: &str = "anon-phone-aaaaaaaaaaaaaaaaaaaaaaaaaa";
    let rows = format!(
        "INSERT INTO m.message VALUES (1, 'A', NULL);
         INSERT INTO m.recipient VALUES (1, 1, 'A', '+16175550100', '{COPIED}')"
    );
    let harness = messages(
        &CATALOGUE.replace("\"keep\"\n[record.root]", "\"redact\"\n[record.root]"),
        &rows,
    );
    assert_eq!(
        forget(&harness, "forget-20180315_1", "[]", PHONE),
        ["SUCCESS"]
    );
    assert_eq!(harness.db.rows("SELECT short FROM m.recipient"), [COPIED]);
}

/// An error that was answered is final: a later run must not redact the device as a sibling.
#[test]
fn a_device_that_an_interrupted_run_refused_is_not_a_sibling_for_the_next() {
    let rows = "INSERT INTO m.message VALUES (1, 'A', NULL), (2, 'A', NULL);
                INSERT INTO m.recipient VALUES (1, 1, 'A', '+16175550100'), (2, 1, 'A', 'everybody@example.com'), (3, 2, 'A', 'everybody@example.com')";
    let mut harness = messages(
        &CATALOGUE.replace("\"keep\"\n[record.root]", "\"redact\"\n[record.root]"),
        rows,
    );
    harness.config += "\nmax_rows_per_device = 1\ndevices_per_transaction = 1";
    let contacts = r#"{"email": "everybody@example.com"}, {"phone": "+1 617 555 0100"}"#;
    harness.submit_contacts("forget-20180315_1.json", "E", contacts);
    harness
        .db
        .run("BEGIN; SELECT 1 FROM m.recipient WHERE id = 1 FOR UPDATE");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    run.kill().unwrap();
    run.wait().unwrap();
    harness.db.run("COMMIT");
    harness.db.wait_for(
        "0",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'",
    );
    harness.run().ok(3);
    assert_eq!(
        harness.answers("forget-20180315_1"),
        ["ERROR: too many rows (2 found, limit 1)", "SUCCESS"]
    );
    assert_eq!(
        harness
            .db
            .rows("SELECT left(phone, 10) FROM m.recipient ORDER BY id"),
        ["anon-phone", "everybody@", "everybody@"]
    );
}

#[test]
fn an_inet_column_may_have_null_as_its_placeholder() {
    let rows = "ALTER TABLE m.message ADD CHECK (NOT address <<= '2001:db8::/32');
                INSERT INTO m.message VALUES (1, 'A', NULL, NULL, '192.0.2.1')";
    let catalogue = CATALOGUE.replace("[\"ipaddr\"]", "[\"ipaddr\"], placeholder = \"null\"");
    let harness = messages(&catalogue, rows);
    assert_eq!(
        forget(
            &harness,
            "forget-20180315_1",
            "[]",
            r#"{"ipaddr": "192.0.2.1"}"#
        ),
        ["SUCCESS"]
    );
    assert_eq!(harness.db.rows("SELECT address FROM m.message"), ["NULL"]);
}

#[test]
fn declarations_that_cannot_work_are_refused() {
    let refused = |from: &str, to: &str, message: &str| {
        assert!(CATALOGUE.contains(from));
        let harness = messages(&CATALOGUE.replace(from, to), "");
        let check = harness.lethe(&["catalogue", "check"]);
        assert_eq!(check.code, 2);
        let said = format!("{}{}", check.stdout, check.stderr);
        assert!(said.contains(message), "{said}");
    };
    refused(
        "placeholder = \"short\"",
        "on_forget = \"gone\"",
        "recipient.short: a device is replaced by a placeholder and cannot have on_forget",
    );
    refused(
        "table = \"recipient\"\n",
        "table = \"recipient\"\nlabel = \"message\"\n",
        "m.recipient has the label \"message\", which m.message has too",
    );
}
