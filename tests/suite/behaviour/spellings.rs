//! Columns that are searched in any spelling (contract section 2a): what holds a device is found, its occurrence is replaced and
//! nothing else, and what may be something else stays.

use std::fs;

use crate::support::Harness;

const ACCOUNTS: &str = "
CREATE SCHEMA s;
CREATE TABLE s.account (id text PRIMARY KEY, code text, trunk text);
INSERT INTO s.account VALUES ('1', '1', NULL), ('2', '1', NULL), ('44', '44', '0'), ('0', NULL, NULL);";

const CATALOGUE: &str = r#"
schema = "s"
accounts = { table = "account", account = "id", dialling_code = "code", trunk_prefix = "trunk" }
"#;

/// A harness with a table `person` of one device column `c` in any spelling, and a personal field `who`.
fn people(column: &str, options: &str, rows: &str) -> Harness {
    let tables = format!(
        "CREATE TABLE s.person (id int PRIMARY KEY, account text NOT NULL, who text, country text, c {column}); {rows}"
    );
    let record = format!(
        "[[record]]\nname = \"person\"\n[record.root]\ntable = \"person\"\n[record.root.columns]\nid = \"key\"\naccount = \"account\"\n\
         who = \"pii\"\ncountry = \"keep\"\nc = {{ role = \"device\", {options} }}\n"
    );
    with(&tables, &record)
}

fn with(tables: &str, records: &str) -> Harness {
    let mut harness = Harness::new();
    harness.db.run(ACCOUNTS);
    harness.db.run(tables);
    let path = harness.path("spellings.toml");
    fs::write(&path, format!("{CATALOGUE}{records}")).unwrap();
    harness.config = format!("catalogue = {path:?}\n");
    harness.accounts = ["1", "44", "0"].map(str::to_owned).into();
    harness.grant();
    harness
}

/// Answers of a FORGET in an account.
#[track_caller]
fn forget(harness: &Harness, name: &str, account: &str, contacts: &str) -> Vec<String> {
    harness.submit_contacts(&format!("{name}.json"), account, contacts);
    harness.run();
    harness.answers(name)
}

/// The exit code and the output of a verification of a submission.
fn verify(harness: &Harness, name: &str) -> (i32, String) {
    let file = harness.submit_path(&format!("{name}.json"));
    let verified = harness.in_drop(&["verify", file.to_str().unwrap()]);
    (verified.code, verified.stdout)
}

/// The values of `c` with each placeholder as `anon`, in the order of `id`.
fn values(harness: &Harness) -> Vec<String> {
    harness.db.rows(
        "SELECT regexp_replace(c::text, 'anon-(phone|email|ipaddr)-[a-z2-7]{26}', 'anon', 'g') FROM s.person ORDER BY id",
    )
}

const PHONE: &str = r#"{"phone": "+1 202 555 0147"}"#;
const NAME: &str = "forget-20180315_1";

#[test]
fn a_phone_is_forgotten_in_every_spelling_and_nothing_else_changes() {
    let spellings = [
        ("+1 202 555 0147", "anon"),
        ("(202) 555-0147", "anon"),
        ("+1-202-555-0147", "anon"),
        ("202.555.0147", "anon"),
        ("0012025550147", "anon"),
        ("tel:+12025550147", "tel:anon"),
        ("sip:+12025550147@example.com", "sip:anon@example.com"),
        ("+12025550147;ext=5", "anon;ext=5"),
        ("+1 (202) 555-0147", "anon"),
        ("whatsapp:+12025550147", "whatsapp:anon"),
        (" +12025550147", " anon"),
        ("202\u{a0}555\u{a0}0147", "anon"),
        (
            "call 202-555-0147 or 202-555-0199",
            "call anon or 202-555-0199",
        ),
        ("a\tb\n+12025550147\\", "a\tb\nanon\\"),
        // Strangers.
        ("+44 20 2555 0147", "+44 20 2555 0147"),
        ("(203) 555-0147", "(203) 555-0147"),
        ("912025550147", "912025550147"),
    ];
    let harness = people("text", r#"kinds = ["phone"]"#, "");
    for (id, (stored, _)) in spellings.iter().enumerate() {
        let stored = stored.replace('\'', "''");
        harness.db.run(&format!(
            "INSERT INTO s.person VALUES ({id}, '1', 'Ada', NULL, '{stored}'), ({}, '2', 'Ada', NULL, '{stored}')",
            id + 100
        ));
    }
    let before = harness
        .db
        .rows("SELECT c, who FROM s.person WHERE account = '2' ORDER BY id");
    assert_eq!(forget(&harness, NAME, "1", PHONE), ["SUCCESS"]);
    let expected: Vec<&str> = spellings.iter().map(|(_, after)| *after).collect();
    let escaped = |text: &str| text.to_owned();
    assert_eq!(
        values(&harness)[..expected.len()],
        expected.iter().map(|t| escaped(t)).collect::<Vec<_>>()
    );
    let redacted = "SELECT count(*) FROM s.person WHERE account = '1' AND who = '[redacted]'";
    assert_eq!(harness.db.rows(redacted), ["14"]);
    assert_eq!(
        harness
            .db
            .rows("SELECT c, who FROM s.person WHERE account = '2' ORDER BY id"),
        before,
        "another tenant"
    );
    assert_eq!(verify(&harness, NAME).0, 0);
}

#[test]
fn the_same_value_gets_one_placeholder_and_each_account_its_own() {
    let harness = people(
        "text",
        r#"kinds = ["email"]"#,
        "INSERT INTO s.person VALUES (1, '1', '', NULL, 'Ada <ada@example.com>'), (2, '1', '', NULL, 'ADA@Example.com'), (3, '44', '', NULL, 'ada@example.com')",
    );
    for (number, account) in ["1", "44"].iter().enumerate() {
        let name = format!("forget-20180315_{number}");
        assert_eq!(
            forget(&harness, &name, account, r#"{"email": "ada@example.com"}"#),
            ["SUCCESS"]
        );
    }
    let all = harness
        .db
        .rows("SELECT substring(c from 'anon-email-[a-z2-7]{26}') FROM s.person ORDER BY id");
    assert_eq!(all[0], all[1]);
    assert_ne!(all[0], all[2]);
    assert_eq!(values(&harness), ["Ada <anon>", "anon", "anon"]);
}

#[test]
fn the_country_of_the_row_decides() {
    let harness = people(
        "text",
        r#"kinds = ["phone"], country = "country""#,
        "INSERT INTO s.person VALUES (1, '1', 'Ada', '+1', '2025550147'), (2, '1', 'Bystander', '+44', '2025550147'), (3, '1', 'Cy', 'GB', '020 7946 0100'),
         (4, '1', 'Ada', NULL, '2025550147'), (5, '1', 'Unknown', 'Atlantis', '2025550147')",
    );
    let contacts = format!("{PHONE}, {}", r#"{"phone": "+44 20 7946 0100"}"#);
    assert_eq!(
        forget(&harness, NAME, "1", &contacts),
        ["SUCCESS", "SUCCESS"]
    );
    assert_eq!(
        values(&harness),
        ["anon", "2025550147", "anon", "anon", "2025550147"]
    );
    let who = harness.db.rows("SELECT who FROM s.person ORDER BY id");
    assert_eq!(
        who,
        [
            "[redacted]",
            "Bystander",
            "[redacted]",
            "[redacted]",
            "Unknown"
        ]
    );
}

/// A number that could be another one is listed with its place, and never changed.
#[test]
fn what_may_be_something_else_stays_and_is_reported() {
    let harness = people(
        "text",
        r#"kinds = ["phone"]"#,
        "INSERT INTO s.person VALUES (1, '0', 'Ada', NULL, '2025550147'), (2, '0', 'Ben', NULL, '555-0147')",
    );
    harness.submit_contacts(&format!("{NAME}.json"), "0", PHONE);
    let file = harness.submit_path(&format!("{NAME}.json"));
    let preview = harness
        .in_drop(&["preview", file.to_str().unwrap()])
        .ok(0)
        .stdout;
    assert!(preview.contains("SUCCESS: not found"), "{preview}");
    assert!(
        preview.contains("may be it, and stays s.person.c 2"),
        "{preview}"
    );
    harness.run().ok(0);
    assert_eq!(harness.answers(NAME), ["SUCCESS: not found"]);
    assert_eq!(values(&harness), ["2025550147", "555-0147"]);
    let (code, verified) = verify(&harness, NAME);
    assert_eq!(code, 3, "{verified}");
    assert!(verified.contains("phone: POSSIBLE"), "{verified}");
    assert!(verified.contains("s.person.c 2"), "{verified}");
    assert!(
        verified.contains("0 clean, 1 with something possible"),
        "{verified}"
    );
}

#[test]
fn documents_arrays_and_composites_keep_the_rest() {
    let types = "CREATE TYPE s.phone_t AS (country int, number text);";
    for (column, stored, after) in [
        (
            "text[]",
            "{+12025550147,\"+1 202 555 0199\"}",
            "{anon,\"+1 202 555 0199\"}",
        ),
        (
            "jsonb",
            r#"{"n": 1.50, "phone": 12025550147, "+12025550147": ["(202) 555-0147", "x"]}"#,
            r#"{"n": 1.50, "phone": "anon", "anon": ["anon", "x"]}"#,
        ),
        (
            "json",
            r#"{ "b": 1.50,  "a": "\u002b12025550147", "b": 2 }"#,
            r#"{ "b": 1.50,  "a": "anon", "b": 2 }"#,
        ),
        (
            "hstore",
            r#""+12025550147"=>"yes", "x"=>"12025550147""#,
            r#""x"=>"anon", "anon"=>"yes""#,
        ),
        (
            "xml",
            r#"<c p="+12025550147">tel: 202-555-0147</c>"#,
            r#"<c p="anon">tel: anon</c>"#,
        ),
        ("s.phone_t", "(1,2025550147)", "(1,anon)"),
        (
            "s.phone_t[]",
            // Each element may name a country of its own, so national numbers are possible only.
            "{\"(1,2025550147)\",\"(44,2025550147)\",\"(1,+12025550147)\"}",
            "{\"(1,2025550147)\",\"(44,2025550147)\",\"(1,anon)\"}",
        ),
        ("text", r#"{"p": "+12025550147"}"#, r#"{"p": "anon"}"#),
    ] {
        let rows = format!(
            "{types} CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public; ALTER TABLE s.person ALTER c TYPE {column} USING NULL;
             INSERT INTO s.person VALUES (1, '1', 'Ada', NULL, '{stored}'), (2, '2', 'Ada', NULL, '{stored}'), (3, '1', 'Ben', NULL, NULL)"
        );
        let column = if column.contains("hstore") || column.starts_with("s.") {
            "text"
        } else {
            column
        };
        let harness = people(column, r#"kinds = ["phone"]"#, &rows);
        assert_eq!(forget(&harness, NAME, "1", PHONE), ["SUCCESS"], "{stored}");
        let found = values(&harness);
        assert_eq!(found[0], after, "{stored}");
        assert!(!found[1].contains("anon"), "{stored}: another tenant");
        let is_clean = !after.contains("2025550147");
        assert_eq!(
            verify(&harness, NAME).0,
            if is_clean { 0 } else { 3 },
            "{stored}"
        );
    }
}

#[test]
fn a_number_without_room_for_a_placeholder_is_cleared() {
    let harness = people(
        "bigint",
        r#"kinds = ["phone"], placeholder = "null""#,
        "INSERT INTO s.person VALUES (1, '1', 'Ada', NULL, 12025550147), (2, '1', 'Ada', NULL, 2025550147), (3, '1', 'Ben', NULL, 912025550147)",
    );
    assert_eq!(forget(&harness, NAME, "1", PHONE), ["SUCCESS"]);
    assert_eq!(values(&harness), ["NULL", "NULL", "912025550147"]);
}

/// Only A to Z are folded, whatever letters the locale of the database folds, and however a column is searched.
#[test]
fn other_mailboxes_are_not_taken_for_the_one_requested() {
    for options in [
        r#"kinds = ["email"]"#,
        r#"kinds = ["email"], forms = ["email"]"#,
    ] {
        let harness = people(
            "text",
            options,
            "INSERT INTO s.person VALUES (1, '1', 'Kate', NULL, 'KATE@example.com'), (2, '1', 'Other', NULL, U&'\\212Aate@example.com'),
             (3, '1', 'Kate', NULL, U&'kate@B\\00DCCHER.example'), (4, '1', 'Other', NULL, U&'\\212Aate@b\\00FCcher.example'),
             (5, '1', 'Other', NULL, U&'\\0130nfo@example.com'), (6, '1', 'Other', NULL, U&'info@\\0130.example'), (7, '1', 'Info', NULL, 'Info@example.com')",
        );
        let contacts = r#"{"email": "kate@example.com"}, {"email": "kate@bücher.example"}, {"email": "info@example.com"}, {"email": "info@i.example"}"#;
        assert_eq!(
            forget(&harness, NAME, "1", contacts),
            ["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS: not found"],
            "{options}"
        );
        let who = harness.db.rows("SELECT who FROM s.person ORDER BY id");
        let gone = "[redacted]";
        assert_eq!(
            who,
            [gone, "Other", gone, "Other", "Other", "Other", gone],
            "{options}"
        );
        assert_eq!(verify(&harness, NAME).0, 0, "{options}");
    }
}

/// Keys of a document that spell one device in two ways stay two keys.
#[test]
fn keys_of_a_document_do_not_become_one() {
    for (column, stored) in [
        (
            "jsonb",
            r#"{"+12025550147": 1, "(202) 555-0147": 2, "Ada@example.com": 3, "ada@example.com": 4}"#,
        ),
        (
            "hstore",
            r#""+12025550147"=>"1", "(202) 555-0147"=>"2", "Ada@example.com"=>"3", "ada@example.com"=>"4""#,
        ),
    ] {
        let rows = format!(
            "CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public; ALTER TABLE s.person ALTER c TYPE {column} USING NULL;
             INSERT INTO s.person VALUES (1, '1', 'Ada', NULL, '{stored}')"
        );
        let harness = people("text", r#"kinds = ["phone", "email"]"#, &rows);
        let contacts = format!("{PHONE}, {}", r#"{"email": "ada@example.com"}"#);
        assert_eq!(
            forget(&harness, NAME, "1", &contacts),
            ["SUCCESS", "SUCCESS"]
        );
        let keys = format!(
            "SELECT count(*) FROM s.person, LATERAL {}",
            match column {
                "jsonb" => "jsonb_object_keys(c) AS k WHERE k LIKE 'anon-%'",
                _ => "skeys(c) AS k WHERE k LIKE 'anon-%'",
            }
        );
        assert_eq!(harness.db.rows(&keys), ["4"], "{column}");
    }
}

/// Devices of one value are in transactions of their own: each finds what the other left.
#[test]
fn several_devices_of_one_value_go_one_after_the_other() {
    let mut harness = people(
        "text",
        r#"kinds = ["phone", "email"]"#,
        "INSERT INTO s.person VALUES (1, '1', 'Ada', NULL, 'Ada ada@example.com, +1 202 555 0147; 202-555-0199 (home) 202-555-0111')",
    );
    harness.config += "devices_per_transaction = 1\nworkers = 2\n";
    let contacts = format!(
        "{}, {PHONE}, {}",
        r#"{"email": "ada@example.com"}"#, r#"{"phone": "+12025550199"}"#
    );
    assert_eq!(
        forget(&harness, NAME, "1", &contacts),
        ["SUCCESS", "SUCCESS", "SUCCESS"]
    );
    assert_eq!(
        values(&harness),
        ["Ada anon, anon; anon (home) 202-555-0111"]
    );
    assert_eq!(verify(&harness, NAME).0, 0);
}

#[test]
fn an_export_hands_out_what_is_found_in_any_spelling() {
    let harness = people(
        "jsonb",
        r#"kinds = ["phone"]"#,
        r#"INSERT INTO s.person VALUES (1, '1', 'Ada', NULL, '{"p": ["(202) 555-0147"]}'), (2, '1', 'Ben', NULL, '{"p": ["(202) 555-0199"]}'), (3, '2', 'Cy', NULL, '{"p": ["(202) 555-0147"]}')"#,
    );
    harness.submit_contacts("export-20180315_1.json", "1", PHONE);
    harness.run().ok(0);
    let archive = harness.archive("export-20180315_1");
    let csv = archive
        .iter()
        .find(|(name, _)| name.ends_with("person.csv"))
        .unwrap()
        .1;
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains("1,1,Ada,"), "{csv}");
}

/// A column whose catalogue promises canonical values, which are not: the run is exact, and the verification is not.
#[test]
fn a_verification_reads_columns_with_declared_forms_in_any_spelling() {
    let harness = people(
        "text",
        r#"kinds = ["phone"], forms = ["e164"]"#,
        "INSERT INTO s.person VALUES (1, '1', 'Ada', NULL, '+12025550147'), (2, '1', 'Ada', NULL, '(202) 555-0147')",
    );
    assert_eq!(forget(&harness, NAME, "1", PHONE), ["SUCCESS"]);
    assert_eq!(values(&harness), ["anon", "(202) 555-0147"]);
    let (code, verified) = verify(&harness, NAME);
    assert_eq!(code, 3, "{verified}");
    assert!(
        verified.contains("FOUND") && verified.contains("s.person.c 1"),
        "{verified}"
    );
}

#[test]
fn siblings_go_where_the_catalogue_says_so_and_documents_cannot_have_any() {
    let tables = "CREATE TABLE s.person (id int PRIMARY KEY, account text NOT NULL);
         CREATE TABLE s.reach (id int PRIMARY KEY, account text NOT NULL, person int NOT NULL, c text);
         INSERT INTO s.person VALUES (1, '1'), (2, '1');
         INSERT INTO s.reach VALUES (1, '1', 1, '(202) 555-0147'), (2, '1', 1, '(202) 555-0199'), (3, '1', 2, '(202) 555-0199'), (4, '1', 1, '')";
    let records = r#"
[[record]]
name = "person"
siblings = "redact"
root = { table = "person", columns = { id = "key", account = "account" } }
[[record.part]]
table = "reach"
join = { person = "id" }
columns = { id = "key", account = "account", person = "keep", c = { role = "device", kinds = ["phone"] } }
"#;
    let harness = with(tables, records);
    assert_eq!(forget(&harness, NAME, "1", PHONE), ["SUCCESS"]);
    let kept = harness
        .db
        .rows("SELECT left(c, 5) FROM s.reach ORDER BY id");
    assert_eq!(kept, ["anon-", "anon-", "(202)", ""]);
    harness
        .db
        .run("ALTER TABLE s.reach ALTER c TYPE text[] USING NULL");
    let check = harness.lethe(&["catalogue", "check"]).ok(2).stdout;
    assert!(
        check.contains("s.reach.c holds more than a device alone, and siblings"),
        "{check}"
    );
}

#[test]
fn a_country_that_is_no_column_is_a_mismatch() {
    let harness = people("text", r#"kinds = ["phone"], country = "country""#, "");
    harness
        .db
        .run("ALTER TABLE s.person RENAME country TO land");
    let path = harness.path("spellings.toml");
    let catalogue = fs::read_to_string(&path).unwrap();
    let catalogue = catalogue.replace("country = \"keep\"", "land = \"keep\"");
    fs::write(&path, catalogue).unwrap();
    let check = harness.lethe(&["catalogue", "check"]).ok(2).stdout;
    assert!(
        check.contains("s.person has no column country, which c names as its country"),
        "{check}"
    );
}

/// What could hold a device and no placeholder is refused before a run.
#[test]
fn types_without_room_for_a_placeholder_are_mismatches() {
    for (column, message) in [
        (
            "bigint[]",
            "type bigint[] of s.person.c does not accept a placeholder",
        ),
        (
            "int8range",
            "s.person.c has a type that cannot hold a device",
        ),
        ("boolean", "s.person.c has a type that cannot hold a device"),
        (
            "bigint",
            "s.person.c is a number, which cannot hold a placeholder",
        ),
    ] {
        let harness = people("text", r#"kinds = ["phone"]"#, "");
        harness.db.run(&format!(
            "ALTER TABLE s.person ALTER c TYPE {column} USING NULL"
        ));
        let check = harness.lethe(&["catalogue", "check"]).ok(2).stdout;
        assert!(check.contains(message), "{check}");
    }
}

#[test]
fn an_address_in_an_array_is_replaced_by_an_address() {
    let harness = people(
        "inet[]",
        r#"kinds = ["ipaddr"]"#,
        "INSERT INTO s.person VALUES (1, '1', 'Ada', NULL, '{192.0.2.77,192.0.2.78}'), (2, '1', 'Net', NULL, '{192.0.2.0/24}')",
    );
    let contacts = r#"{"ipaddr": "192.0.2.77"}"#;
    assert_eq!(forget(&harness, NAME, "1", contacts), ["SUCCESS"]);
    let left = "SELECT c[1] <<= '2001:db8::/32', c[2], who FROM s.person WHERE id = 1";
    assert_eq!(harness.db.rows(left), ["t|192.0.2.78|[redacted]"]);
    assert_eq!(
        harness.db.rows("SELECT who FROM s.person WHERE id = 2"),
        ["Net"]
    );
}
