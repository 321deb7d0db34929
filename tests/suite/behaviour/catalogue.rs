//! The catalogue: tables of any shape and name; a mismatch with the live schema stops a run before any change.

use std::fs;

use crate::support::Harness;

const SCHEMA: &str = include_str!("../../../fixtures/schemas/hostile/schema.sql");
const CATALOGUE: &str = include_str!("../../../fixtures/schemas/hostile/catalogue.toml");
const TABLE: &str = r#""we ird""; drop"."select""#;

/// A harness whose tables have hostile names.
fn hostile(catalogue: &str) -> Harness {
    let mut harness = Harness::new();
    harness.db.run(SCHEMA);
    let path = harness.path("hostile.toml");
    fs::write(&path, catalogue).unwrap();
    harness.config = format!("catalogue = {path:?}");
    harness.accounts = vec!["E".into()];
    harness.grant();
    harness
}

const DEVICES: &str =
    r#"{"phone": "+44 20 7946 0100"}, {"email": "ANN@example.com"}, {"ipaddr": "192.0.2.9"}"#;

/// The columns of the wide table, placeholders by their shape.
fn rows(harness: &Harness) -> Vec<String> {
    let text = |column: &str| {
        format!(
            r#"CASE WHEN "{column}" ~ '^anon-[a-z]+-[a-z2-7]{{26}}$' THEN 'anon' WHEN "{column}" ~ '^[a-z2-7]{{13}}$' THEN 'short' ELSE "{column}" END"#
        )
    };
    harness.db.rows(&format!(
        r#"SELECT "k'1", {}, {}, {}, CASE WHEN "адрес" <<= '2001:db8::/32' THEN 'anon' ELSE host("адрес") END, {}, {},
                  "first ""name", tags, doc::text, doc2::text, born, state FROM {TABLE} ORDER BY 1"#,
        text("phone_1"),
        text("phone--2"),
        text("e/*mail*/"),
        text("nat"),
        text("dig"),
    ))
}

#[test]
fn a_wide_table_of_hostile_names_is_forgotten_in_every_form() {
    let harness = hostile(CATALOGUE);
    harness.submit_contacts("forget-20180315_1.json", "E", DEVICES);
    harness.run().ok(0);
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"; 3]);
    assert_eq!(
        rows(&harness),
        [
            r#"1|anon|+442079460101|anon|anon|anon|NULL|[redacted]|{}|{"keep": 2}|{"keep": 2}|NULL|it's closed"#,
            r#"2|+442079460199|NULL|NULL|NULL|anon|NULL|NULL|{}|NULL|NULL|NULL|it's closed"#,
            r#"3|+442079460100|NULL|ann@example.com|NULL|02079460100|NULL|X|NULL|{}|[]|NULL|open"#,
        ]
    );
    harness.submit_contacts("export-20180315_1.json", "E", DEVICES);
    harness.run().ok(0);
    assert_eq!(
        harness.answers("export-20180315_1"),
        ["SUCCESS: not found"; 3]
    );
}

#[test]
fn siblings_are_redacted_where_the_catalogue_says_so() {
    let harness = hostile(&CATALOGUE.replace("siblings = \"keep\"", "siblings = \"redact\""));
    harness.submit_contacts("forget-20180315_1.json", "E", DEVICES);
    harness.run().ok(0);
    let rows = rows(&harness);
    assert!(
        rows[0].starts_with("1|anon|short|anon|anon|anon|NULL|"),
        "{}",
        rows[0]
    );
    assert!(
        rows[1].starts_with("2|anon|NULL|NULL|NULL|anon|NULL|"),
        "{}",
        rows[1]
    );
    assert!(
        rows[2].starts_with("3|+442079460100|"),
        "another tenant's record stays: {}",
        rows[2]
    );
}

#[test]
fn a_record_under_legal_hold_is_not_changed() {
    let harness = hostile(CATALOGUE);
    harness
        .db
        .run(&format!("UPDATE {TABLE} SET hold = true WHERE \"k'1\" = 1"));
    let before = rows(&harness);
    harness.submit_contacts("forget-20180315_1.json", "E", DEVICES);
    harness.run().ok(3);
    assert_eq!(
        harness.answers("forget-20180315_1"),
        ["ERROR: legal hold"; 3]
    );
    assert_eq!(rows(&harness), before);
}

#[test]
fn the_reference_catalogue_matches_and_every_device_column_has_an_index() {
    let harness = Harness::new();
    let checked = harness
        .lethe(&["catalogue", "check", "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(checked["misfits"].as_array().unwrap().len(), 0);
    let devices = checked["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 6);
    assert!(
        devices.iter().all(|d| d["index"].is_string()),
        "{devices:?}"
    );
}

/// The warnings of a check that ends with 0, after an edit of the reference catalogue.
fn warnings_after(edits: &[(&str, &str)]) -> Vec<String> {
    let mut harness = Harness::new();
    let mut catalogue = lethe::catalogue::REFERENCE.to_owned();
    for (from, to) in edits {
        assert!(catalogue.contains(from), "the catalogue has no {from}");
        catalogue = catalogue.replace(from, to);
    }
    let path = harness.path("edited.toml");
    fs::write(&path, catalogue).unwrap();
    harness.config = format!("catalogue = {path:?}");
    let check = ["catalogue", "check", "--format", "json"];
    let checked = harness.lethe(&check).ok(0).json();
    let warnings = checked["warnings"].as_array().unwrap().clone();
    let text = harness.lethe(&["catalogue", "check"]).ok(0).stdout;
    for warning in &warnings {
        let (primary, hint) = warning.as_str().unwrap().split_once("; ").unwrap();
        let message = format!("warning: {primary}\n  hint: {hint}\n");
        assert!(text.contains(&message), "{text}");
    }
    let texts = warnings
        .iter()
        .map(|warning| warning.as_str().unwrap().to_owned());
    texts.collect()
}

#[test]
fn a_record_that_no_device_can_find_is_a_warning() {
    assert_eq!(warnings_after(&[]), [""; 0]);
    let warnings = warnings_after(&[(
        "handset = { role = \"device\", kinds = [\"phone\"], forms = [\"e164\"] }",
        "handset = \"pii\"",
    )]);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let expected =
        "record sms message has no device column in any of its tables, so no device ever finds it";
    assert!(warnings[0].contains(expected), "{warnings:?}");
}

#[test]
fn digits_and_national_numbers_in_one_column_are_a_warning() {
    let mixed = "forms = [\"e164\", \"digits\", \"national\", \"email\", \"address\"]";
    let warnings = warnings_after(&[("forms = [\"e164\", \"email\", \"address\"]", mixed)]);
    assert!(!warnings.is_empty());
    let is_named = |warning: &&String| {
        warning.contains("contact_centre.contact_device.device has digits and national in forms")
    };
    assert_eq!(warnings.iter().filter(is_named).count(), 1, "{warnings:?}");
}

#[test]
fn values_in_no_declared_form_are_a_warning_with_their_share() {
    let harness = Harness::new();
    let add = |position: u32, device: &str| {
        harness.db.run(&format!(
            "INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
             VALUES (1, {position}, '110', 'phone', '{device}')"
        ));
    };
    let check = || harness.lethe(&["catalogue", "check", "--format", "json"]);
    harness
        .db
        .run("INSERT INTO contact_centre.contact (contact_id, account_id) VALUES (1, '110')");
    let placeholder = "anon-phone-aaaaaaaaaaaaaaaaaaaaaaaaaa";
    let fine = ["+12025550101", "", "unknown", placeholder];
    (1..)
        .zip(fine)
        .for_each(|(position, device)| add(position, device));
    assert_eq!(check().ok(0).json()["warnings"], serde_json::json!([]));

    add(11, "12025550102");
    let warned = check().ok(0);
    let warning = warned.json()["warnings"][0].as_str().unwrap().to_owned();
    let expected = "1 of 2 sampled values of contact_centre.contact_device.device that look like devices have a declared form (50.0 %), and the others are not found; \
                    declare device = { role = \"device\", kinds = [\"phone\", \"email\", \"ipaddr\"], forms = [\"e164\", \"email\", \"address\", \"digits\"] }";
    assert!(warning.contains(expected), "{warning}");

    add(12, "(202) 555-0103");
    let warned = check().ok(0);
    let expected = "(33.3 %), and the others are not found; declare device = { role = \"device\", kinds = [\"phone\", \"email\", \"ipaddr\"] }\"";
    assert!(
        warned.stdout.replace("\\\"", "\"").contains(expected),
        "{}",
        warned.stdout
    );
    assert!(!warned.stdout.contains("555"), "{}", warned.stdout);
}

#[test]
fn a_missing_index_is_reported_with_statements_that_create_it() {
    let harness = Harness::new();
    harness.db.run("DROP INDEX contact_centre.contact_attempt_device; DROP INDEX contact_centre.sms_message_handset");
    let check = || {
        harness
            .lethe(&["catalogue", "check", "--format", "json"])
            .ok(0)
            .json()
    };
    let mut made = 0;
    for device in check()["devices"].as_array().unwrap() {
        for statement in device["create"].as_array().into_iter().flatten() {
            harness.db.run(statement.as_str().unwrap());
            made += 1;
        }
    }
    assert!(made > 3, "each partition has a statement of its own");
    assert!(
        check()["devices"]
            .as_array()
            .unwrap()
            .iter()
            .all(|d| d["index"].is_string())
    );
}

#[test]
fn a_run_continues_once_a_new_column_is_declared() {
    let mut harness = Harness::new();
    harness
        .db
        .run("ALTER TABLE contact_centre.contact ADD COLUMN note text");
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(2);
    let path = harness.path("named.toml");
    let named = lethe::catalogue::REFERENCE
        .replace("company = \"pii\"", "company = \"pii\"\nnote = \"pii\"");
    fs::write(&path, named).unwrap();
    harness.config = format!("catalogue = {path:?}");
    let run = harness.run().ok(2);
    assert!(
        run.stderr.contains(
            "note cannot be changed by this role (no UPDATE privilege)
  hint: see `lethe catalogue grants`"
        ),
        "{}",
        run.stderr
    );
    harness.grant();
    harness.run().ok(0);
}

#[test]
fn the_printed_grants_are_sufficient_and_necessary() {
    let mut harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.contact (contact_id, account_id, first_name) VALUES (1, '110', 'Ada');
        INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 1, '110', 'phone', '+16175550100')");
    let role = format!("worker_{}", harness.db.name());
    harness.db.run(&format!("CREATE ROLE {role} LOGIN"));
    let grants = harness
        .as_administrator(&["catalogue", "grants", &role])
        .ok(0)
        .stdout;
    harness.database = harness.db.address_of(&role);
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    assert_ne!(harness.run().code, 0, "without rights nothing is done");
    harness.db.run(&grants);
    harness.run().ok(0);
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    assert_eq!(harness.answers("export-20180315_1"), ["SUCCESS: not found"]);
    assert!(
        !grants
            .to_uppercase()
            .contains("DELETE ON \"CONTACT_CENTRE\""),
        "{grants}"
    );
}

/// Undeclared tables; none of their values may be printed.
const UNKNOWN: &str = r#"
    CREATE TABLE public.crm (id int PRIMARY KEY, tenant_id text NOT NULL, mail text, reach text, n int, "odd ""one" text[], doc jsonb,
        cell_number bigint, at_home text, x text);
    COMMENT ON COLUMN public.crm.x IS 'Free text about the customer';
    INSERT INTO public.crm SELECT i, 'T', 'person' || i || '@example.com', '+1617555010' || i % 10, i, ARRAY['person' || i || '@example.com'],
        jsonb_build_object('deep', jsonb_build_array('+1617555010' || i % 10)), 16175550100 + i % 10, '617555010' || i % 10, 'secret'
    FROM generate_series(1, 30) i;
    CREATE SCHEMA "a.b";
    CREATE TABLE "a.b".c (email text, "line
[accounts]" text);
    CREATE MATERIALIZED VIEW public.reached AS SELECT mail FROM public.crm;
    CREATE FOREIGN DATA WRAPPER nothing;
    CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
    CREATE FOREIGN TABLE public.far (phone text) SERVER elsewhere;
    INSERT INTO contact_centre.suppression_entry (account_id, kind, value) VALUES ('110', 'device', '+16175550105')"#;

#[test]
fn discovery_reports_undeclared_columns_and_prints_no_value() {
    let mut harness = Harness::new();
    harness.db.run(UNKNOWN);
    let names_only = harness.lethe(&["catalogue", "discover"]).ok(0);
    let told = "note: public.crm was judged by names and types only\n  detail: this role may not SELECT all of it\n";
    assert!(names_only.stderr.contains(told), "{}", names_only.stderr);
    harness.read_all();
    let ended = harness.lethe(&["catalogue", "discover"]).ok(0);
    let found = &ended.stdout;
    for part in [
        "public.crm.mail",
        "public.crm.reach",
        "public.crm.x",
        "a.b.c.email",
        "public.far.phone",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(
        ended
            .stderr
            .contains("public.far was judged by names and types only\n  detail: a foreign table"),
        "{}",
        ended.stderr
    );
    for value in ["person1", "+1617", "secret", "61755"] {
        assert!(!found.contains(value), "a value is printed: {found}");
    }
    // The proposal is a valid catalogue.
    let proposed: Vec<&str> = found
        .lines()
        .skip_while(|line| *line != "[[record]]")
        .collect();
    let sources = lethe::catalogue::Source::parse("p.toml".into(), proposed.join("\n")).unwrap();
    let tables: Vec<String> = sources.tables().iter().map(|t| t.plain()).collect();
    assert_eq!(
        tables,
        ["a.b.c", "contact_centre.contact_list", "public.crm"]
    );
    assert!(
        found.contains("# public.reached is a materialised view"),
        "{found}"
    );
}

#[test]
fn discovery_names_columns_whose_values_could_not_be_read() {
    let harness = Harness::new();
    // A policy is not evaluated.
    harness.db.run(
        "CREATE TABLE public.guarded (id int PRIMARY KEY, phone text);
         INSERT INTO public.guarded VALUES (0, '+16175550105');
         ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
         CREATE POLICY failing ON public.guarded USING (1 / id > 0);
         GRANT SELECT ON public.guarded TO lethe_engine",
    );
    let found = harness.lethe(&["catalogue", "discover"]).ok(3);
    let told = "public.guarded was judged by names and types only\n  detail: could not be checked: row-level security applies to this role (policies failing)";
    assert!(found.stderr.contains(told), "{}", found.stderr);
    assert!(
        !found.stdout.contains("holds no values yet"),
        "{}",
        found.stdout
    );
    let json = harness.lethe(&["catalogue", "discover", "--format", "json"]);
    let columns = json.ok(3).json()["columns"].as_array().unwrap().clone();
    let phone = columns
        .iter()
        .find(|c| c["table"] == "public.guarded" && c["column"] == "phone");
    assert_eq!(phone.unwrap()["readable"], false);
}

#[test]
fn undeclared_personal_columns_are_listed_first() {
    let mut harness = Harness::new();
    harness.db.run(UNKNOWN);
    harness.read_all();
    let found = harness
        .lethe(&["catalogue", "discover", "--format", "json"])
        .ok(0)
        .json();
    let columns = found["columns"].as_array().unwrap();
    let open: Vec<bool> = columns
        .iter()
        .map(|c| c["personal"].as_bool().unwrap() && !c["covered"].as_bool().unwrap())
        .collect();
    let first = open.iter().filter(|open| **open).count();
    assert!(first > 6 && columns.len() > 60);
    assert!(open[..first].iter().all(|open| *open));
}

#[test]
fn a_value_search_finds_devices_in_text_numbers_arrays_and_documents() {
    let mut harness = Harness::new();
    harness.db.run(UNKNOWN);
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0105"}, {"email": "Person7@example.com"}"#,
    );
    let file = harness.submit_path("forget-20180315_1.json");
    let file = file.to_str().unwrap();
    let search = ["catalogue", "discover", "--value-search", file];
    let blind = harness.lethe(&search).ok(3);
    let told = "not checked: public.crm: this role has no SELECT privilege on it";
    assert!(blind.stderr.contains(told), "{}", blind.stderr);
    let none = "no column that could be searched holds any of these devices; not checked: ";
    assert!(blind.stdout.starts_with(none), "{}", blind.stdout);
    harness.read_all();
    let hits = harness
        .lethe(&[&search[..], &["--format", "json"]].concat())
        .ok(3)
        .json();
    let places: Vec<_> = hits["found"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| {
            let number = |name: &str| hit[name].as_i64().unwrap();
            (
                hit["table"].as_str().unwrap(),
                hit["column"].as_str().unwrap(),
                number("rows"),
                number("devices"),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("public.crm", "mail", 1, 1),
            ("public.crm", "reach", 3, 1),
            ("public.crm", "odd \"one", 1, 1),
            ("public.crm", "doc", 3, 1),
            ("public.crm", "cell_number", 3, 1),
            ("public.crm", "at_home", 3, 1),
            ("public.reached", "mail", 1, 1),
        ],
        "suppression is kept by rule and no leftover"
    );
    assert_eq!(hits["given_up"].as_array().unwrap().len(), 1, "{hits}");
}

/// A message with a short code and a part with a device: the messaging product searches the root only.
const MESSAGE_PARTS: &str = "
    CREATE SCHEMA chat;
    CREATE TABLE chat.thread (thread_id int, tenant text, code text, phone text, title text, PRIMARY KEY (tenant, thread_id));
    CREATE TABLE chat.member (thread_id int, seat int, tenant text, email text, PRIMARY KEY (tenant, thread_id, seat));
    INSERT INTO chat.thread VALUES (1, '110', '51110', '+16175550100', 'Ada'), (2, '110', '51110', '+16175550101', 'Ben');
    INSERT INTO chat.member VALUES (1, 1, '110', 'ada@example.com'), (1, 2, '110', NULL), (2, 1, '110', 'ben@example.com')";

const MESSAGE_PARTS_CATALOGUE: &str = r#"
    [[record]]
    name = "thread"
    siblings = "redact"
    root.schema = "chat"
    root.table = "thread"
    root.columns = { thread_id = "key", tenant = "account", code = "short code", phone = { role = "device", kinds = ["phone"], forms = ["e164"] }, title = "pii" }
    [[record.part]]
    schema = "chat"
    table = "member"
    join = { thread_id = "thread_id" }
    columns = { thread_id = "key", seat = "key", tenant = "account", email = { role = "device", kinds = ["email"], forms = ["email"] } }
"#;

#[test]
fn siblings_are_redacted_in_parts_that_the_product_does_not_search() {
    let mut harness = Harness::new();
    harness.db.run(MESSAGE_PARTS);
    let path = harness.path("chat.toml");
    let catalogue = format!("{}{MESSAGE_PARTS_CATALOGUE}", lethe::catalogue::REFERENCE);
    fs::write(&path, catalogue).unwrap();
    harness.config = format!("catalogue = {path:?}");
    harness.product = "messaging".into();
    harness.grant();
    harness.submit(
        "forget-20180315_1.json",
        r#"{"requests": [{"shortcodes": ["51110"], "type": "FORGET", "contacts": [{"phone": "+1 617 555 0100"}]}]}"#,
    );
    let run = harness.run().ok(0);
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
    let emails = "SELECT CASE WHEN email LIKE 'anon-email-%' THEN 'anon' ELSE email END FROM chat.member ORDER BY thread_id, seat";
    assert_eq!(harness.db.rows(emails), ["anon", "NULL", "ben@example.com"]);
    assert_eq!(
        harness.db.rows("SELECT title FROM chat.thread ORDER BY 1"),
        ["Ben", "[redacted]"]
    );
    let rows = &run.submissions()[0]["rows"];
    assert_eq!(
        *rows,
        serde_json::json!({"chat.member": 1, "chat.thread": 1})
    );
}

/// Every file of these folders is run by a submission, except those listed.
#[test]
fn every_statement_of_a_run_is_printed() {
    let harness = Harness::new();
    let printed = |words: &[&str]| {
        harness
            .lethe(&[&["catalogue", "sql"], words].concat())
            .ok(0)
    };
    let all = printed(&[]).stdout;
    let apart = [
        // Used by other commands.
        "stage/trace.sql",
        "stage/trace_statistics.sql",
        "stage/copy_trace.sql",
        "stage/analyze_lookup.sql",
        "ledger/policy/change.sql",
        // The reference catalogue redacts no siblings, and declares the forms of all columns.
        "forget/siblings.sql",
        "find/changed.sql",
        "find/discard_sighted.sql",
        "forget/placeholders.sql",
        "stage/copy_rewritten.sql",
    ];
    let sql = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    let mut missing = Vec::new();
    let mut folders: Vec<String> = ["stage", "find", "forget", "export", "preview", "media"]
        .map(str::to_owned)
        .to_vec();
    for aggregate in fs::read_dir(sql.join("ledger")).unwrap() {
        let aggregate = aggregate.unwrap().file_name().into_string().unwrap();
        // Those of other commands.
        if !["schema", "migrate", "history", "purge", "vacuum"].contains(&aggregate.as_str()) {
            folders.push(format!("ledger/{aggregate}"));
        }
    }
    for folder in &folders {
        for file in fs::read_dir(sql.join(folder)).unwrap() {
            let path = format!("{folder}/{}", file.unwrap().file_name().display());
            let is_printed = all.contains(&format!("-- {path}"));
            if is_printed == apart.contains(&path.as_str()) {
                missing.push(path);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
    for (verb, has, has_not) in [
        ("find", "-- find/match.sql", "-- forget/replace.sql"),
        ("forget", "-- forget/replace.sql", "-- find/match.sql"),
        ("export", "-- export/rows.sql", "-- find/match.sql"),
        ("preview", "-- preview/others.sql", "-- find/match.sql"),
    ] {
        let some = printed(&["--verb", verb]).stdout;
        assert!(
            some.contains(has) && !some.contains(has_not),
            "{verb}: {some}"
        );
        assert!(!some.contains("/*"), "a slot is left");
    }
}

/// As a DBA would use it: run the printed staging, then EXPLAIN a statement after it.
#[test]
fn printed_statements_can_be_run_and_explained_unchanged() {
    let harness = Harness::new();
    let found = harness
        .lethe(&["catalogue", "sql", "--verb", "find"])
        .ok(0)
        .stdout;
    harness.db.run("SET search_path = ''");
    for statement in found.split(";\n\n") {
        let text: Vec<&str> = statement
            .lines()
            .filter(|line| !line.starts_with("--"))
            .collect();
        let text = text.join("\n");
        match text.split_whitespace().next() {
            Some("CREATE" | "ALTER" | "ANALYZE" | "SET") => harness.db.run(&text),
            Some("INSERT" | "SELECT" | "DELETE" | "WITH") => {
                let made = format!("PREPARE s AS {text}; DEALLOCATE s");
                harness.db.run(&made);
            }
            Some("COPY" | "DISCARD") | None => {}
            Some(other) => panic!("{other}: {text}"),
        }
    }
}

/// Constraints over several columns that accept what a FORGET writes in every row that can exist.
#[test]
fn constraints_that_accept_a_placeholder_are_no_violations() {
    let harness = Harness::new();
    for constraint in [
        "kind IN ('phone', 'email', 'ipaddr') AND device <> ''",
        "kind <> 'none' OR device IS NULL",
        "kind <> 'email' OR device LIKE '%_@_%' OR device LIKE 'anon-%'",
        "CASE kind WHEN 'ipaddr' THEN device::text NOT LIKE '% %' ELSE true END",
        "position < 100 OR length(device) < 64",
    ] {
        harness.db.run(&format!("ALTER TABLE contact_centre.contact_device ADD CONSTRAINT accepting CHECK ({constraint})"));
        let check = harness.lethe(&["catalogue", "check"]);
        assert_eq!(check.code, 0, "{constraint}: {}", check.stdout);
        harness
            .db
            .run("ALTER TABLE contact_centre.contact_device DROP CONSTRAINT accepting");
    }
    for constraint in [
        "kind <> 'phone' OR device ~ '^[+]'",
        "CASE kind WHEN 'email' THEN device ~ '@' ELSE true END",
        "position < 100 OR device !~ '^anon-'",
        "(kind = 'phone' AND device ~ '^[+]') OR (kind = 'email' AND device ~ '@') OR kind = 'ipaddr'",
        "kind <> 'phone' OR device::numeric > 0",
    ] {
        harness.db.run(&format!("ALTER TABLE contact_centre.contact_device ADD CONSTRAINT rejecting CHECK ({constraint})"));
        let check = harness.lethe(&["catalogue", "check"]);
        assert_eq!(check.code, 2, "{constraint}: {}", check.stdout);
        let named = "constraint rejecting of contact_centre.contact_device rejects what a FORGET writes to device";
        assert!(
            check.stdout.contains(named),
            "{constraint}: {}",
            check.stdout
        );
        harness
            .db
            .run("ALTER TABLE contact_centre.contact_device DROP CONSTRAINT rejecting");
    }
}
