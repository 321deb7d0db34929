//! The four database roles (contract section 12): each may do what its commands need, and nothing else.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{CARE, Database, Db, Harness, OWNER, READER, SUPERUSER, WORKER};

/// What a role may not do, by the SQL that it would try.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        WORKER,
        &[
            "CREATE TABLE lethe.own ()",
            "CREATE FUNCTION lethe.own() RETURNS int LANGUAGE sql RETURN 1",
            "ALTER TABLE lethe.submission ADD COLUMN own int",
            "ALTER TABLE lethe.case_file DISABLE TRIGGER keep_database_user",
            "TRUNCATE lethe.contact",
            "INSERT INTO lethe.ledger_migration VALUES (99, 'own', '', '')",
            "UPDATE lethe.ledger SET ledger_id = gen_random_uuid()",
            "UPDATE lethe.receipt SET content = ''",
            "DELETE FROM lethe.receipt",
            "DELETE FROM lethe.receipt_chain",
            "DELETE FROM lethe.certificate",
            "UPDATE lethe.case_file SET database_user = 'ben'",
            "UPDATE lethe.case_approval SET database_user = 'ben'",
            "UPDATE lethe.policy SET two_people = false",
            "DELETE FROM lethe.policy",
            "INSERT INTO contact_centre.contact (account_id) VALUES ('110')",
            "DELETE FROM contact_centre.contact",
            "UPDATE contact_centre.contact SET account_id = '200'",
            "UPDATE contact_centre.recording SET legal_hold = false",
            "SELECT FROM contact_centre.suppression_entry",
        ],
    ),
    (
        CARE,
        &[
            "CREATE TABLE lethe.own ()",
            "INSERT INTO lethe.submission (drop_name, file_name, action, state, received_at) VALUES ('acme', 'f', 'FORGET', 'running', now())",
            "UPDATE lethe.submission SET errors = 0",
            "DELETE FROM lethe.submission",
            "INSERT INTO lethe.request VALUES (1, 1, NULL, 1)",
            "INSERT INTO lethe.contact (submission_id, request, contact, response) VALUES (1, 1, 1, 'SUCCESS')",
            "UPDATE lethe.contact SET response = 'SUCCESS'",
            "INSERT INTO lethe.media (submission_id, request, contact, table_name, row_key) VALUES (1, 1, 1, 't', '{}')",
            "UPDATE lethe.media SET deleted_at = now()",
            "INSERT INTO lethe.result VALUES (1, 'f', NULL, now())",
            "INSERT INTO lethe.found_client VALUES (1, 1, 1, 't', '{}')",
            "DELETE FROM lethe.found_client",
            "UPDATE lethe.plan_key SET made_at = now()",
            "DELETE FROM lethe.care_case",
            "UPDATE lethe.care_case SET product = 'messaging'",
            "UPDATE lethe.case_file SET os_uid = 1",
            "INSERT INTO lethe.case_file (case_id, file_name, digest_key, digest, opened_at, os_uid, os_user, database_user)
             VALUES ('4711', 'f', '', '', now(), 1, 'ben', 'ben')",
            "INSERT INTO lethe.case_approval (case_id, drop_name, file_name, plan, approved_at, os_uid, os_user, database_user)
             VALUES ('4711', 'd', 'f', '{}', now(), 1, 'ben', 'ben')",
            "UPDATE lethe.case_approval SET os_uid = 1",
            "DELETE FROM lethe.case_approval",
            "UPDATE lethe.policy SET two_people = false",
            "DELETE FROM lethe.policy",
            "SELECT content FROM lethe.receipt",
            "SELECT FROM lethe.scrub",
            "UPDATE contact_centre.contact SET first_name = 'x'",
            "DELETE FROM contact_centre.contact",
            "SELECT value FROM contact_centre.suppression_entry",
            "SELECT name FROM contact_centre.account",
            "SELECT note FROM contact_centre.contact",
        ],
    ),
    (
        READER,
        &[
            "CREATE TABLE lethe.own ()",
            "CREATE TEMPORARY TABLE own ()",
            "SELECT first_name FROM contact_centre.contact",
            "SELECT FROM contact_centre.account",
            "SELECT key FROM lethe.plan_key",
            "SELECT FROM lethe.found_client",
            "SELECT content FROM lethe.receipt",
            "SELECT object_digest FROM lethe.media",
            "SELECT accounts FROM lethe.care_case",
            "SELECT os_user FROM lethe.case_file",
            "SELECT FROM lethe.case_approval",
            "SELECT FROM lethe.policy",
            "INSERT INTO lethe.submission (drop_name, file_name, action, state, received_at) VALUES ('acme', 'f', 'FORGET', 'running', now())",
            "UPDATE lethe.submission SET errors = 0",
            "DELETE FROM lethe.contact",
            "INSERT INTO lethe.care_case VALUES ('4711', 'outbound', '{110}', NULL, now())",
        ],
    ),
    (
        OWNER,
        &[
            "SELECT first_name FROM contact_centre.contact",
            "UPDATE contact_centre.contact SET first_name = 'x'",
        ],
    ),
];

#[test]
fn each_role_is_refused_what_its_commands_do_not_need() {
    let harness = Harness::new();
    // A column that was added after the grants.
    harness
        .db
        .run("ALTER TABLE contact_centre.contact ADD COLUMN note text");
    for (role, statements) in FORBIDDEN {
        let session = Db::open(&harness.db.address());
        session.run(&format!("SET ROLE {role}"));
        for statement in *statements {
            // The test server creates databases in which everybody may create temporary tables.
            harness.db.run(&format!(
                "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC",
                harness.db.name()
            ));
            let refused = session.try_run(statement).unwrap_err();
            assert!(
                refused.starts_with("42501"),
                "{role}: {statement}: {refused}"
            );
        }
    }
}

/// What a role may write in the ledger, by table: the privilege and the columns that it is limited to.
const WRITTEN_BY_CARE: &[(&str, &str, &[&str])] = &[
    (
        "care_case",
        "INSERT",
        &["accounts", "case_id", "opened_at", "product", "received_on"],
    ),
    ("care_case", "UPDATE", &["accounts", "received_on"]),
    (
        "case_approval",
        "INSERT",
        &[
            "approved_at",
            "case_id",
            "digest",
            "drop_name",
            "file_name",
            "os_login_uid",
            "os_uid",
            "os_user",
            "plan",
        ],
    ),
    ("case_file", "DELETE", &[]),
    (
        "case_file",
        "INSERT",
        &[
            "case_id",
            "digest",
            "digest_key",
            "file_name",
            "opened_at",
            "os_login_uid",
            "os_uid",
            "os_user",
        ],
    ),
];

/// What a role may write in the ledger, found by trying: nothing that a statement of `role` changes is committed.
fn writable(harness: &Harness, role: &str) -> BTreeSet<(String, String)> {
    let session = Db::open(&harness.db.address());
    session.run(&format!("SET ROLE {role}"));
    let mut found = BTreeSet::new();
    let mut attempt = |table: &str, what: String, sql: &str| {
        let tried = session.try_run(&format!("BEGIN; {sql}"));
        session.run("ROLLBACK");
        // Another error than that of a missing privilege is met by whoever has it.
        if !tried.is_err_and(|error| error.starts_with("42501")) {
            found.insert((table.to_owned(), what));
        }
    };
    let columns = harness.db.rows(
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'lethe'::regnamespace AND c.relkind = 'r'",
    );
    let tables = harness.db.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'lethe'::regnamespace AND relkind = 'r'",
    );
    let sequences = harness.db.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'lethe'::regnamespace AND relkind = 'S'",
    );
    assert!(tables.len() > 20 && sequences.len() > 1);
    for table in &tables {
        let named = format!("lethe.{table}");
        for (what, sql) in [
            ("DELETE", format!("DELETE FROM {named} WHERE false")),
            ("TRUNCATE", format!("TRUNCATE {named}")),
            ("LOCK", format!("LOCK TABLE {named} IN EXCLUSIVE MODE")),
            (
                "TRIGGER",
                format!(
                    "CREATE TRIGGER own BEFORE UPDATE ON {named} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
                ),
            ),
            (
                "ALTER",
                format!("ALTER TABLE {named} SET (fillfactor = 50)"),
            ),
        ] {
            attempt(table, what.to_owned(), &sql);
        }
    }
    for column in &columns {
        let (table, column) = column.split_once('|').unwrap();
        let insert = format!("INSERT INTO lethe.{table} ({column}) VALUES (DEFAULT)");
        attempt(table, format!("INSERT {column}"), &insert);
        let update = format!("UPDATE lethe.{table} SET {column} = DEFAULT WHERE false");
        attempt(table, format!("UPDATE {column}"), &update);
    }
    for sequence in &sequences {
        let next = format!("SELECT nextval('lethe.{sequence}')");
        attempt(sequence, "NEXTVAL".to_owned(), &next);
    }
    found
}

#[test]
fn care_writes_cases_their_files_and_approvals_and_readers_write_nothing() {
    let harness = Harness::new();
    let of = |(table, privilege, columns): &(&str, &str, &[&str])| -> Vec<(String, String)> {
        let named = |what: String| ((*table).to_owned(), what);
        match columns.is_empty() {
            true => vec![named((*privilege).to_owned())],
            false => columns
                .iter()
                .map(|column| named(format!("{privilege} {column}")))
                .collect(),
        }
    };
    let mut expected: BTreeSet<(String, String)> = WRITTEN_BY_CARE.iter().flat_map(of).collect();
    let mut found = writable(&harness, CARE);
    // Whoever may delete from a table may also keep others from writing to it.
    expected.insert(("case_file".to_owned(), "LOCK".to_owned()));
    found.retain(|right| !expected.remove(right));
    assert_eq!((found, expected), (BTreeSet::new(), BTreeSet::new()));
    assert_eq!(writable(&harness, READER), BTreeSet::new());
}

/// Every command that needs the database, with the weakest role that may run it.
const COMMANDS: &[(&str, &[&str])] = &[
    (READER, &["status"]),
    (READER, &["history"]),
    (
        READER,
        &["receipt", "verify", "--chain", "../GDPR_Result", "--ledger"],
    ),
    (CARE, &["preview", "forget-20180315_1.json"]),
    (CARE, &["verify", "forget-20180315_1.json"]),
    (CARE, &["trace", "--client-id", "C1"]),
    (
        CARE,
        &[
            "case",
            "open",
            "4711",
            "--account",
            "110",
            "--export",
            "--phone",
            "+16175550100",
            "--yes",
        ],
    ),
    (CARE, &["case", "list"]),
    (CARE, &["case", "show", "4711"]),
    (CARE, &["case", "preview", "4711"]),
    (CARE, &["case", "approve", "4711", "--digest", "aaaa"]),
    (CARE, &["case", "resubmit", "4711"]),
    (CARE, &["case", "policy"]),
    (WORKER, &["case", "run", "4711"]),
    (WORKER, &["run", "--settle", "0s"]),
    (WORKER, &["pause", "forget-20180315_1.json"]),
    (WORKER, &["resume", "forget-20180315_1.json"]),
    (WORKER, &["cancel", "forget-20180315_1.json"]),
    (WORKER, &["purge"]),
    (WORKER, &["scrub"]),
    (WORKER, &["scrub", "--level", "1.5"]),
    (WORKER, &["census"]),
    (WORKER, &["certificate", "forget-20180315_1.json"]),
    (WORKER, &["catalogue", "check"]),
    (OWNER, &["case", "policy", "--two-people", "off"]),
    (OWNER, &["case", "policy", "--count-tolerance", "5"]),
];

/// A command is refused, without any effect, and the message names the role to use.
#[track_caller]
fn refused(harness: &Harness, role: &str, words: &[&str], meant: &str) -> String {
    let mut command = harness.command(words);
    command.env("LETHE_DATABASE", harness.db.address_of(role));
    command.current_dir(harness.path("drop/GDPR_Submit"));
    let refused = crate::support::ended(command.output().unwrap());
    let said = refused.stderr;
    assert_eq!(refused.code, 2, "{role} {words:?}: {said}");
    let hint = format!("  hint: connect as {meant}");
    assert!(said.contains(&hint), "{role} {words:?}: {said}");
    assert_eq!(refused.stdout, "", "{role} {words:?}");
    said
}

#[test]
fn a_command_that_is_not_for_a_role_names_the_role_to_use() {
    let harness = with_cases();
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.lethe(&["keygen"]).ok(0);
    // Each of these may do what those before it may; the owner is apart.
    let ranks = [READER, CARE, WORKER];
    let rank = |role: &str| ranks.iter().position(|other| *other == role);
    for (meant, words) in COMMANDS {
        for role in [READER, CARE, WORKER, OWNER] {
            let may = match (rank(role), rank(meant)) {
                (Some(role), Some(meant)) => role >= meant,
                _ => role == *meant,
            };
            if !may {
                refused(&harness, role, words, meant);
            }
        }
    }
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.submission"), "0");
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.care_case"), "0");
}

#[test]
fn a_superuser_is_refused_and_is_told_which_role_to_use() {
    let harness = with_cases();
    let name = "forget-20180315_1.json";
    harness.submit_contacts(name, "110", r#"{"phone": "+1 617 555 0100"}"#);
    harness.lethe(&["keygen"]).ok(0);
    for (meant, words) in COMMANDS {
        let said = refused(&harness, SUPERUSER, words, meant);
        let why = "  detail: it is a superuser, to which the server refuses nothing\n";
        assert!(said.contains(why), "{words:?}: {said}");
    }
    let search = [
        &["catalogue", "discover"][..],
        &["catalogue", "discover", "--value-search", name],
    ];
    for words in search {
        let meant = "the owner of the tables, or as a member of pg_read_all_data";
        refused(&harness, SUPERUSER, words, meant);
    }
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.submission"), "0");
    assert_eq!(harness.results(), [""; 0]);
    // What sets the roles up, and what PostgreSQL 14 and pg_repack leave to superusers.
    for words in [
        &["migrate"][..],
        &["catalogue", "grants"],
        &["catalogue", "sql"],
    ] {
        harness.as_administrator(words).ok(0);
    }
    let scrub = harness.as_administrator(&["scrub", "--level", "2", "--yes"]);
    assert!(scrub.code != 2, "{}", scrub.stderr);
}

#[test]
fn a_role_that_can_become_a_superuser_is_refused_as_one() {
    let harness = with_cases();
    let prefix = harness.db.name().to_owned();
    let roles = "CREATE ROLE P_boss SUPERUSER; CREATE ROLE P_lead NOINHERIT IN ROLE P_boss;
         CREATE ROLE P_member LOGIN NOINHERIT IN ROLE P_lead, lethe_engine;
         CREATE ROLE P_disguised LOGIN SUPERUSER; ALTER ROLE P_disguised SET role = 'lethe_engine';
         CREATE ROLE P_runs LOGIN IN ROLE lethe_engine, pg_execute_server_program;
         CREATE ROLE P_writes LOGIN IN ROLE lethe_engine, pg_write_server_files;
         CREATE ROLE P_reads LOGIN IN ROLE lethe_engine, pg_read_server_files;
         CREATE ROLE P_creates LOGIN CREATEROLE IN ROLE lethe_engine;
         CREATE ROLE P_sees LOGIN BYPASSRLS CREATEDB REPLICATION IN ROLE lethe_engine, pg_monitor, pg_read_all_data";
    harness.db.run(&roles.replace("P_", &format!("{prefix}_")));
    let said = |role: &str| {
        let role = format!("{prefix}_{role}");
        refused(&harness, &role, &["run", "--settle", "0s"], WORKER)
    };
    let boss = format!("it can become {prefix}_boss, a superuser");
    assert!(said("member").contains(&boss));
    let disguised = format!(
        "error: role lethe_engine may not process submissions\n  detail: the session logged in as {prefix}_disguised, a superuser, and can become it again\n"
    );
    assert!(said("disguised").contains(&disguised));
    for (role, through) in [
        ("runs", "pg_execute_server_program"),
        ("writes", "pg_write_server_files"),
        ("reads", "pg_read_server_files"),
    ] {
        let why = format!("as a member of {through} it can become a superuser");
        assert!(said(role).contains(&why), "{role}");
    }
    let server = harness.db.one("SHOW server_version_num");
    if server.parse::<u32>().unwrap() < 160_000 {
        let why = "it can make itself a superuser, because it has CREATEROLE";
        assert!(said("creates").contains(why));
    } else {
        let creates = format!("{prefix}_creates");
        harness.as_role(&creates, &["status"]).ok(0);
    }
    let sees = format!("{prefix}_sees");
    harness.as_role(&sees, &["run", "--settle", "0s"]).ok(0);
}

#[test]
fn a_superuser_migrates_for_the_owner() {
    let db = Database::empty();
    let migrate = |address: &str| {
        crate::support::lethe(&["migrate", "--reference", "--database", address]).ok(0)
    };
    migrate(&db.address());
    let strangers = "SELECT count(*) FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
                     LEFT JOIN pg_proc p ON p.pronamespace = n.oid WHERE n.nspname = 'lethe'
                     AND (n.nspowner <> 'lethe_owner'::regrole OR c.relowner <> n.nspowner OR p.proowner <> n.nspowner)";
    assert_eq!(db.one(strangers), "0");
    // A ledger of an earlier version belongs to the superuser who made it.
    db.run("DO $$ DECLARE t regclass; BEGIN
                ALTER SCHEMA lethe OWNER TO CURRENT_USER;
                FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'lethe'::regnamespace AND relkind = 'r'
                    LOOP EXECUTE format('ALTER TABLE %s OWNER TO CURRENT_USER', t); END LOOP;
                ALTER FUNCTION lethe.keep_database_user() OWNER TO CURRENT_USER; END $$");
    assert_ne!(db.one(strangers), "0");
    migrate(&db.address());
    assert_eq!(db.one(strangers), "0");
    // The owner itself, and what a superuser left in between.
    db.run("ALTER TABLE lethe.lock OWNER TO CURRENT_USER");
    db.run(&format!(
        "GRANT CREATE ON DATABASE {} TO {OWNER}",
        db.name()
    ));
    crate::support::lethe(&["migrate", "--database", &db.address_of(OWNER)]).ok(0);
    migrate(&db.address());
    assert_eq!(db.one(strangers), "0");
}

/// A harness with a drop and a folder for cases in the configuration.
fn with_cases() -> Harness {
    let mut harness = Harness::new();
    for folder in ["care", "drop/GDPR_Result"] {
        fs::create_dir(harness.path(folder)).unwrap();
    }
    harness.config = "[care]\npath = \"{dir}/care\"\n[[drop]]\nname = \"acme\"\npath = \"{dir}/drop\"\naccounts = [\"100\"]".to_owned();
    harness
}

#[test]
fn each_role_can_do_its_work() {
    let harness = with_cases();
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C1', 'Ada');
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 1, '110', 'phone', '+16175550100')",
    );
    let name = "forget-20180315_1.json";
    harness.submit_contacts(name, "110", r#"{"phone": "+1 617 555 0100"}"#);
    let file = harness.submit_path(name);
    let file = file.to_str().unwrap();
    let drop = ["--drop", "acme"];
    let with = |words: &[&'static str]| [words, &[file], &drop].concat();
    let preview = harness.as_role(CARE, &with(&["preview"])).ok(0);
    assert!(preview.stdout.contains("SUCCESS"), "{}", preview.stdout);
    let open = [
        "case",
        "open",
        "4711",
        "--account",
        "110",
        "--export",
        "--phone",
        "+16175550100",
        "--yes",
    ];
    harness.as_role(CARE, &open).ok(0);
    let trace = harness.as_role(CARE, &["trace", "--client-id", "C1"]).ok(0);
    assert!(trace.stdout.contains("Ada"), "{}", trace.stdout);
    let shown = harness
        .as_role(CARE, &["case", "preview", "4711", "--format", "json"])
        .ok(0)
        .json();
    let digest = shown["submissions"][0]["digest"].as_str().unwrap();
    harness
        .as_role(CARE, &["case", "approve", "4711", "--digest", digest])
        .ok(0);
    harness.as_role(CARE, &["case", "show", "4711"]).ok(0);
    harness.as_role(CARE, &["case", "list"]).ok(0);
    let due = harness.as_role(READER, &["status"]).ok(0);
    assert!(due.stdout.contains(name), "{}", due.stdout);
    harness.as_role(WORKER, &["run", "--settle", "0s"]).ok(0);
    let found = "SELECT count(*) FROM lethe.found_client";
    assert_eq!(harness.db.one(found), "1");
    harness.as_role(CARE, &with(&["verify"])).ok(0);
    assert_eq!(
        harness.db.one(found),
        "1",
        "Care does not change what a FORGET recorded"
    );
    harness.as_role(WORKER, &with(&["verify"])).ok(0);
    assert_eq!(harness.db.one(found), "0");
    for role in [READER, CARE, WORKER] {
        harness.as_role(role, &["status"]).ok(0);
        let history = harness.as_role(role, &["history"]).ok(0);
        assert!(history.stdout.contains(name), "{}", history.stdout);
    }
    harness.as_role(WORKER, &["purge"]).ok(0);
}

#[test]
fn printed_grants_cover_every_table_of_the_ledger_and_take_back_what_was_granted_before() {
    let harness = Harness::new();
    let tables = harness.db.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'lethe'::regnamespace AND relkind = 'r' ORDER BY relname",
    );
    let printed = harness.as_administrator(&["catalogue", "grants"]).ok(0);
    let grants = printed.stdout;
    let granted: BTreeSet<&str> = grants
        .lines()
        .filter_map(|line| line.split_once(" ON lethe.")?.1.split(' ').next())
        .collect();
    let without: Vec<&String> = tables
        .iter()
        .filter(|table| !granted.contains(table.as_str()))
        .collect();
    // The history of the reference schema's migrations, and the lock of migrations, are for the owner only.
    assert_eq!(without, ["contact_centre_migration", "migration_lock"]);
    let rights = "SELECT grantee, table_name, privilege_type, column_name FROM information_schema.column_privileges
                  WHERE grantee LIKE 'lethe\\_%' UNION ALL SELECT grantee, table_name, privilege_type, NULL
                  FROM information_schema.table_privileges WHERE grantee LIKE 'lethe\\_%' ORDER BY 1, 2, 3, 4";
    let before = harness.db.rows(rights);
    // What a release granted that knew one role only, and a hand that meant well.
    harness.db.run(&format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO {WORKER}, {CARE}, {READER};
         GRANT SELECT, UPDATE ON contact_centre.contact TO {CARE}"
    ));
    assert_ne!(harness.db.rows(rights), before);
    harness.db.run(&grants);
    assert_eq!(harness.db.rows(rights), before);
    let engine = harness
        .as_administrator(&["catalogue", "grants", "somebody"])
        .ok(0)
        .stdout;
    assert!(
        engine
            .contains("GRANT SELECT, INSERT, UPDATE, DELETE ON lethe.submission TO \"somebody\";")
    );
    assert!(!engine.contains("lethe_"), "{engine}");
}

#[test]
fn a_role_that_lacks_one_right_of_the_engine_changes_nothing() {
    let harness = Harness::new();
    harness
        .db
        .run(&format!("REVOKE INSERT ON lethe.contact FROM {WORKER}"));
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    for ended in [harness.run(), harness.lethe(&["catalogue", "check"])] {
        assert_eq!(
            ended.ok(2).stderr,
            "error: role lethe_engine may not process submissions\n  detail: it lacks privileges on Lethe's own tables (contact)\n  \
             hint: connect as lethe_engine, or as a member of it; `lethe catalogue grants` prints what it needs\n"
        );
    }
    assert_eq!(harness.results(), [""; 0]);
    // Reading is still possible, also without any right to write.
    harness.in_drop(&["status"]).ok(0);
}
