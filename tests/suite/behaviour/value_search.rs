//! The value search of `verify` and `catalogue discover`: every table is read, in whatever column and spelling a device is.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::support::{Ended, Harness};

const PHONE: &str = r#"{"phone": "+1 202 555 0147"}"#;
const ALL: &str = r#"{"phone": "+1 202 555 0147"}, {"email": "ada.quartz@example.com"}, {"ipaddr": "192.0.2.77"}"#;
const FILE: &str = "forget-20180315_1.json";

/// A table with a column of each type, and a catalogue that declares some of them for devices.
const MATRIX: &str = r#"
    CREATE EXTENSION citext SCHEMA public; CREATE EXTENSION hstore SCHEMA public; CREATE EXTENSION ltree SCHEMA public;
    CREATE SCHEMA matrix;
    SET search_path = matrix, public;
    CREATE TYPE phone_t AS (country int, number text);
    CREATE TYPE channel AS ENUM ('sms', 'voice');
    CREATE TABLE account (id text PRIMARY KEY);
    INSERT INTO account VALUES ('1'), ('2');
    CREATE TABLE t (
        id int PRIMARY KEY, account_id text NOT NULL, ph text, c_citext citext, c_bigint bigint, c_numeric numeric(15,0), c_int int, c_char char(15),
        c_array text[], c_array_nn text[] NOT NULL, c_jsonb jsonb, c_hstore hstore, c_xml xml, c_bytea bytea, c_bytea_nn bytea NOT NULL,
        c_composite phone_t, c_composite_arr phone_t[], c_inet inet, c_cidr cidr, c_inet_nn inet NOT NULL, c_inetarr inet[],
        c_ltree ltree, c_tsv tsvector, c_enum channel, c_name name, c_md5 text, c_b64 text, c_kept_text text, c_keptarr text[],
        c_kept_hstore hstore, c_kept_xml xml, c_kept_bytea bytea, c_kept_composite phone_t, c_kept_numarr bigint[], c_json_escaped json,
        c_json_key jsonb, c_json_num jsonb, c_sha1 bytea, c_sha256 text, c_uuid uuid, c_lines text, c_partial int, c_when timestamptz, c_numbers int[]);
    INSERT INTO t VALUES (1, '1', '+12025550147', 'Ada.Quartz@example.com', 12025550147, 12025550147, 2025550147, '+12025550147',
        '{+12025550147}', '{ada.quartz@example.com}', '{"p":"+12025550147"}', 'phone=>"+12025550147"', '<p>+12025550147</p>', '+12025550147',
        'ada.quartz@example.com', '(1,2025550147)', array['(1,2025550147)'::phone_t], '192.0.2.77', '192.0.2.77/32', '192.0.2.77/24', '{192.0.2.77}',
        'example.ada_quartz', 'ada:1 quartz:2', 'sms', 'ada.quartz@example.com', md5('ada.quartz@example.com'), encode('ada.quartz@example.com', 'base64'),
        'x', '{"+12025550147"}', '"+12025550147"=>"yes"', '<contact email="ada.quartz@example.com"/>', 'ada.quartz@example.com', '(1,+12025550147)',
        '{12025550147}', '{"a":"ada.quartz\u0040example.com"}', '{"ada.quartz@example.com": {"optin": true}}', '{"phone": 12025550147}',
        '\xae70f097b97607e1342ec82b81ee0b2555155424', encode(sha256('12025550147'), 'base64'), md5('192.0.2.77')::uuid,
        E'a\ttab, a \\ backslash\nand (202) 555-0147.', 5550147, '2020-02-02 02:02:55.550147', '{5550147}');
    -- The same for another tenant, and without any device.
    INSERT INTO t SELECT 2, '2', ph, c_citext, c_bigint, c_numeric, c_int, c_char, c_array, c_array_nn, c_jsonb, c_hstore, c_xml, c_bytea, c_bytea_nn,
        c_composite, c_composite_arr, c_inet, c_cidr, c_inet_nn, c_inetarr FROM t;
    INSERT INTO t (id, account_id, c_array_nn, c_bytea_nn, c_inet_nn) VALUES (3, '1', '{}', '\x00ff', '192.0.2.78');
    RESET search_path;
"#;

const MATRIX_CATALOGUE: &str = r#"
schema = "matrix"
[accounts]
table = "account"
account = "id"
[[record]]
name = "t"
[record.root]
table = "t"
[record.root.columns]
id = "key"
account_id = "account"
ph = { role = "device", kinds = ["phone"] }
c_citext = { role = "device", kinds = ["email"] }
c_jsonb = "pii"
c_tsv = "pii"
"#;

/// The columns that hold something else.
const WITHOUT: [&str; 9] = [
    "id",
    "account_id",
    "c_ltree",
    "c_tsv",
    "c_enum",
    "c_kept_text",
    "c_partial",
    "c_when",
    "c_numbers",
];

fn harness_with(tables: &str, catalogue: &str) -> Harness {
    let mut harness = Harness::new();
    harness.db.run(tables);
    let path = harness.path("own.toml");
    fs::write(&path, catalogue).unwrap();
    harness.config = format!("catalogue = {path:?}");
    harness
}

/// Makes every command connect with a role that may verify, and read all tables.
fn read_everything(harness: &mut Harness) {
    harness.read_all();
    let role = format!("{}_reading", harness.db.name());
    harness.db.run(&format!("GRANT lethe_engine TO {role}"));
}

/// A harness with the table of all types.
fn matrix() -> Harness {
    let columns = MATRIX.split("CREATE TABLE t (").nth(1).unwrap();
    let columns = columns.split(");").next().unwrap().split(',');
    let names = columns.filter_map(|column| column.split_whitespace().next());
    let kept: String = names
        .filter(|name| name.starts_with("c_") && !MATRIX_CATALOGUE.contains(&format!("{name} =")))
        .map(|name| format!("{name} = \"keep\"\n"))
        .collect();
    let mut harness = harness_with(MATRIX, &format!("{MATRIX_CATALOGUE}{kept}"));
    harness.accounts = vec!["1".into()];
    harness.grant();
    read_everything(&mut harness);
    harness.submit_contacts(FILE, "1", ALL);
    harness
}

fn search(harness: &Harness, words: &[&str]) -> Ended {
    let path = harness.submit_path(FILE);
    let file = path.to_str().unwrap();
    harness.lethe(&[&["catalogue", "discover", "--value-search", file], words].concat())
}

fn verify(harness: &Harness, words: &[&str]) -> Ended {
    let path = harness.submit_path(FILE);
    let file = path.to_str().unwrap();
    harness.in_drop(&[&["verify", file, "--value-search"], words].concat())
}

/// `<certainty> <spellings> <rows>` by column, of a table.
fn places(of: &Value, table: &str) -> BTreeMap<String, Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for place in of.as_array().unwrap() {
        if place["table"] == table {
            let spellings = place["spellings"].as_array().unwrap().iter();
            let spellings: Vec<&str> = spellings.map(|one| one.as_str().unwrap()).collect();
            let certainty = place["certainty"].as_str().unwrap();
            let described = format!("{certainty} {} {}", spellings.join("+"), place["rows"]);
            let column = place["column"].as_str().unwrap().to_owned();
            places.entry(column).or_default().push(described);
        }
    }
    places
}

fn given_up(ended: &Value) -> Vec<String> {
    let all = ended["given_up"].as_array().unwrap().iter();
    let mut all: Vec<String> = all.map(|one| one.as_str().unwrap().to_owned()).collect();
    all.retain(|one| !one.starts_with("contact_centre."));
    all.sort();
    all
}

#[test]
fn devices_are_found_in_columns_of_every_type() {
    let harness = matrix();
    let found = search(&harness, &["--format", "json"]).ok(3).json();
    assert_eq!(given_up(&found), [] as [&str; 0]);
    let columns = harness.db.rows("SELECT attname FROM pg_attribute WHERE attrelid = 'matrix.t'::regclass AND attnum > 0 ORDER BY 1");
    let mut held = places(&found["found"], "matrix.t");
    let expected: Vec<&String> = columns
        .iter()
        .filter(|column| !WITHOUT.contains(&column.as_str()))
        .collect();
    assert_eq!(held.keys().collect::<Vec<_>>(), expected);
    for (column, described) in [
        ("c_bytea", "certain hex 2"),
        ("c_md5", "certain digest 1"),
        ("c_sha1", "certain digest 1"),
        ("c_sha256", "certain digest 1"),
        ("c_uuid", "certain digest 1"),
        ("c_b64", "certain base64 1"),
        ("c_json_escaped", "certain escaped 1"),
        ("c_json_key", "certain canonical 1"),
        ("c_kept_xml", "certain canonical 1"),
        ("c_hstore", "certain canonical 2"),
        ("c_kept_composite", "certain canonical 1"),
        ("c_composite", "possible national 2"),
        ("c_composite_arr", "possible national 2"),
        ("c_int", "possible national 2"),
        ("c_inet_nn", "possible canonical 2"),
        ("c_lines", "possible national 1"),
    ] {
        assert_eq!(
            held.remove(column),
            Some(vec![described.to_owned()]),
            "{column}"
        );
    }
    for (column, described) in held {
        assert!(
            described[0].starts_with("certain "),
            "{column}: {described:?}"
        );
    }
}

#[test]
fn rows_of_other_tenants_do_not_count_in_declared_tables() {
    let harness = matrix();
    let verified = verify(&harness, &["--format", "json"]).ok(3).json();
    assert_eq!(given_up(&verified), [] as [&str; 0]);
    let mut columns: BTreeMap<String, i64> = BTreeMap::new();
    for contact in verified["contacts"].as_array().unwrap() {
        assert_eq!(contact["verdict"], "found");
        for place in contact["places"].as_array().unwrap() {
            assert_eq!(place["declared"], true, "{place}");
            *columns
                .entry(place["column"].as_str().unwrap().to_owned())
                .or_default() += place["rows"].as_i64().unwrap();
        }
        // What the catalogue finds is not repeated.
        for (column, rows) in contact["columns"].as_object().unwrap() {
            columns.insert(
                column.rsplit('.').next().unwrap().to_owned(),
                rows.as_i64().unwrap(),
            );
        }
    }
    assert!(columns.len() > 30, "{columns:?}");
    assert!(columns.values().all(|rows| *rows == 1), "{columns:?}");
    let printed = verify(&harness, &[]).ok(3).stdout;
    for line in [
        "    found in matrix.t.c_hstore: 1 row, canonical\n        catalogue: c_hstore = { role = \"device\", kinds = [\"phone\"] }\n",
        "    possible in matrix.t.c_int: 1 row, national\n",
        "    found in matrix.t.c_md5: 1 row, digest\n    ",
        "    the device is in: matrix.t.ph 1\n",
        "0 clean, 3 with something left, 0 not looked for\n",
    ] {
        assert!(printed.contains(line), "{line:?} is not in\n{printed}");
    }
    for value in ["0147", "quartz@", "192.0.2"] {
        assert!(!printed.contains(value), "{printed}");
    }
}

#[test]
fn a_value_that_may_be_the_device_makes_it_possible() {
    let mut harness = Harness::new();
    harness.db.run("CREATE TABLE public.note (about text); INSERT INTO public.note VALUES ('call 202 555 0147')");
    read_everything(&mut harness);
    harness.submit_contacts(FILE, "110", PHONE);
    let verified = verify(&harness, &["--format", "json"]).ok(3).json();
    assert_eq!(
        [
            &verified["possible"],
            &verified["found"],
            &verified["clean"]
        ],
        [1, 0, 0]
    );
    assert_eq!(verified["contacts"][0]["verdict"], "possible");
    assert_eq!(
        verified["contacts"][0]["places"],
        json!([{"table": "public.note", "column": "about", "rows": 1, "certainty": "possible", "spellings": ["national"], "declared": false,
            "catalogue_line": "about = { role = \"device\", kinds = [\"phone\"] }"}])
    );
    let printed = verify(&harness, &[]).ok(3).stdout;
    for line in [
        ": phone: POSSIBLE: values may be it, and may be something else\n",
        "    possible in public.note.about, outside the catalogue, rows of any tenant: 1 row, national\n",
        "0 clean, 1 with something possible, 0 with something left, 0 not looked for\n",
    ] {
        assert!(printed.contains(line), "{line:?} is not in\n{printed}");
    }
}

#[test]
fn a_national_number_is_read_in_the_country_of_its_account() {
    let mut harness = Harness::new();
    harness.db.run(
        "UPDATE contact_centre.account SET dialling_code = '1' WHERE account_id = '110';
         INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, message_text) VALUES (1, '110', 'call (202) 555-0147'), (2, '900', 'call (202) 555-0147')",
    );
    read_everything(&mut harness);
    harness.submit_contacts(FILE, "110", PHONE);
    let verified = verify(&harness, &["--format", "json"]).ok(3).json();
    let held = places(
        &verified["contacts"][0]["places"],
        "contact_centre.contact_attempt",
    );
    assert_eq!(held["message_text"], ["certain national 1"]);
}

/// The spellings of ordinary tables, in a column that is declared for canonical numbers.
#[test]
fn formatted_values_in_declared_columns_are_found() {
    let mut harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id) VALUES (2, '110');
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (2, 11, '110', 'phone', '+1 202 555 0147'),
            (2, 12, '110', 'phone', '+1 (202) 555-0147'), (2, 13, '110', 'phone', '+12025550147 '), (2, 14, '110', 'phone', '0012025550147'),
            (2, 15, '110', 'phone', 'tel:+12025550147;ext=5'), (2, 16, '110', 'email', 'Ada <ada.quartz@example.com> '), (2, 17, '110', 'phone', 'anon-phone-abcdefghijklmnopqrstuvwxyz')",
    );
    read_everything(&mut harness);
    harness.submit_contacts(FILE, "110", ALL);
    let verified = verify(&harness, &["--format", "json"]).ok(3).json();
    let contacts = &verified["contacts"];
    let rows = |contact: usize| {
        let held = contacts[contact]["places"].as_array().unwrap().iter();
        held.map(|place| place["rows"].as_i64().unwrap())
            .sum::<i64>()
            + contacts[contact]["columns"]
                .as_object()
                .unwrap()
                .values()
                .map(|rows| rows.as_i64().unwrap())
                .sum::<i64>()
    };
    assert!(rows(0) >= 5, "{verified}");
    assert!(rows(1) >= 1, "{verified}");
    assert_eq!(contacts[2]["verdict"], "clean");
    let found = search(&harness, &["--format", "json"]).ok(3).json();
    let held = &places(&found["found"], "contact_centre.contact_device")["device"];
    assert_eq!(held.len(), 1, "{held:?}");
    assert!(
        held[0].starts_with("certain ") && held[0].ends_with(" 6"),
        "{held:?}"
    );
}

#[test]
fn what_is_not_read_is_named_once_for_each_table_with_the_reason() {
    let harness = Harness::new();
    harness.db.run(
        "CREATE SCHEMA app;
         CREATE TYPE app.own;
         CREATE FUNCTION app.own_in(cstring) RETURNS app.own LANGUAGE internal IMMUTABLE STRICT AS 'textin';
         CREATE FUNCTION app.own_out(app.own) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
         CREATE TYPE app.own (INPUT = app.own_in, OUTPUT = app.own_out, LIKE = pg_catalog.text);
         CREATE TYPE app.pair AS (a int, b app.own);
         CREATE TABLE app.mixed (id int, note text, one app.own, many app.own[], pairs app.pair);
         INSERT INTO app.mixed VALUES (1, '+12025550147', '+12025550147');
         CREATE TABLE app.secret (a text, b text, c text);
         CREATE TABLE app.half (a text, b text);
         INSERT INTO app.half VALUES ('+12025550147', '+12025550147');
         CREATE TABLE app.dates (a date, b timestamptz);
         SELECT lo_from_bytea(0, '+12025550147')",
    );
    harness.db.run(
        "GRANT USAGE ON SCHEMA app TO PUBLIC; GRANT SELECT ON app.mixed TO PUBLIC; GRANT SELECT (a) ON app.half TO PUBLIC",
    );
    harness.submit_contacts(FILE, "110", PHONE);
    let found = search(&harness, &["--format", "json"]).ok(3).json();
    assert_eq!(
        given_up(&found),
        [
            "app.half (column b): this role has no SELECT privilege on it",
            "app.mixed (columns one, many, pairs): printing its values runs app.own_out, which others define",
            "app.secret: this role has no SELECT privilege on it",
            "large objects (1): they are not read",
        ]
    );
    assert_eq!(places(&found["found"], "app.mixed").len(), 1);
    assert_eq!(
        places(&found["found"], "app.half")["a"],
        ["certain canonical 1"]
    );
    let verified = verify(&harness, &[]).ok(3).stdout;
    let line = "not checked: app.secret: this role has no SELECT privilege on it\n";
    assert!(verified.contains(line), "{verified}");
}

#[test]
fn heirs_partitions_and_materialised_views_are_read_once() {
    let mut harness = Harness::new();
    harness.db.run(
        "CREATE TABLE contact_centre.old_message (extra text) INHERITS (contact_centre.sms_message);
         INSERT INTO contact_centre.old_message (message_id, account_id, short_code, body, extra) VALUES
             (91, '110', '51110', 'call +12025550147', NULL), (92, '900', '51110', 'call +12025550147', '+12025550147');
         CREATE TABLE public.log (at date, what text) PARTITION BY RANGE (at);
         CREATE TABLE public.log_1 PARTITION OF public.log FOR VALUES FROM ('2018-01-01') TO ('2019-01-01');
         INSERT INTO public.log VALUES ('2018-03-15', 'x +12025550147 y');
         CREATE MATERIALIZED VIEW public.digest AS SELECT what FROM public.log",
    );
    read_everything(&mut harness);
    harness.submit_contacts(FILE, "110", PHONE);
    let found = search(&harness, &["--format", "json"]).ok(3).json();
    let tables: Vec<String> = found["found"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| {
            format!(
                "{}.{} {}",
                hit["table"].as_str().unwrap(),
                hit["column"].as_str().unwrap(),
                hit["rows"]
            )
        })
        .collect();
    assert_eq!(
        tables,
        [
            "contact_centre.old_message.body 2",
            "contact_centre.old_message.extra 1",
            "public.digest.what 1",
            "public.log.what 1"
        ]
    );
    // An heir of a declared table belongs to it.
    let declared = found["found"].as_array().unwrap().iter();
    let declared: Vec<bool> = declared
        .map(|hit| hit["declared"].as_bool().unwrap())
        .collect();
    assert_eq!(declared, [true, true, false, false]);
}

#[test]
fn megabytes_of_rows_are_searched_to_their_end() {
    let mut harness = Harness::new();
    harness.db.run(
        r"CREATE TABLE public.big AS SELECT i, md5(i::text) || E'\t\n\\' || repeat('lorem ipsum ', 20) AS text, i::bigint * 7919 AS n FROM generate_series(1, 30000) i;
          UPDATE public.big SET text = text || ' (+1) 202.555.0147' WHERE i IN (1, 14999, 30000);
          UPDATE public.big SET text = repeat('x', 3000000) || ' ada.quartz@example.com ' || repeat('y', 10) WHERE i = 20000",
    );
    read_everything(&mut harness);
    harness.submit_contacts(FILE, "110", ALL);
    let found = search(&harness, &["--format", "json"]).ok(3).json();
    assert_eq!(given_up(&found), [] as [&str; 0]);
    let hit = &found["found"][0];
    assert_eq!([&hit["table"], &hit["column"]], ["public.big", "text"]);
    assert_eq!([&hit["rows"], &hit["devices"]], [4, 2]);
    assert_eq!(found["found"].as_array().unwrap().len(), 1, "{found}");
}
