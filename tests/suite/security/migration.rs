//! `migrate` and every run refuse a ledger that others control or have changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use rstest::rstest;

use crate::support::{Database, Db, Harness, command, ended, lethe, start, updates_golden};

/// A role that owns tables and creates objects, as an application that migrates itself. Its triggers try to become superuser.
fn application(db: &Db) {
    db.run("DO $$ BEGIN CREATE ROLE application LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
}

/// A function by which the application becomes superuser, if it runs as a superuser.
const TAKE_OVER: &str = "
    CREATE FUNCTION lethe.take_over() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
            EXECUTE 'ALTER ROLE application SUPERUSER';
        END IF;
        RETURN NEW;
    END $$;";

const LEDGER_MIGRATION: &str = "CREATE TABLE lethe.ledger_migration
    (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255));";

#[rstest]
// The schema and the table of migrations, with a trigger (as in the case that was reported), a rule, a default, a view.
#[case::trigger(&[LEDGER_MIGRATION, TAKE_OVER, "CREATE TRIGGER t BEFORE INSERT ON lethe.ledger_migration FOR EACH ROW EXECUTE FUNCTION lethe.take_over()"])]
#[case::empty(&[])]
#[case::no_code(&[LEDGER_MIGRATION])]
#[case::view(&["CREATE TABLE lethe.t (version int4, name varchar(255), applied_on varchar(255), checksum varchar(255)); CREATE VIEW lethe.ledger_migration AS SELECT * FROM lethe.t"])]
#[case::rule(&[LEDGER_MIGRATION, "CREATE RULE r AS ON INSERT TO lethe.ledger_migration DO INSTEAD NOTHING"])]
fn a_schema_that_another_role_made_is_refused(#[case] statements: &[&str]) {
    let db = Database::empty();
    application(&db);
    db.run("CREATE SCHEMA lethe AUTHORIZATION application");
    let owner = Db::open_plainly(&db.address_of("application")).unwrap();
    for statement in statements {
        owner.run(statement);
    }
    let migrated = lethe(&["migrate", "--reference", "--database", &db.address()]);
    assert_eq!(migrated.code, 2, "{}", migrated.stderr);
    assert!(
        migrated
            .stderr
            .contains("schema lethe belongs to role application"),
        "{}",
        migrated.stderr
    );
    is_no_superuser(&db);
}

fn is_no_superuser(db: &Db) {
    let superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = 'application'";
    assert_eq!(db.one(superuser), "f");
}

#[rstest]
#[case::table(
    "ALTER TABLE lethe.submission OWNER TO application",
    "relation submission belongs to role application"
)]
#[case::create(
    "GRANT CREATE ON SCHEMA lethe TO application",
    "role application can create objects in it"
)]
#[case::create_by_all(
    "GRANT CREATE ON SCHEMA lethe TO PUBLIC",
    "every role can create objects in it"
)]
#[case::may_trigger(
    "GRANT TRIGGER ON lethe.submission TO application",
    "role application can create triggers on it"
)]
#[case::rule(
    "CREATE RULE r AS ON UPDATE TO lethe.submission DO INSTEAD NOTHING",
    "table submission has rules or row-level security"
)]
#[case::policy(
    "ALTER TABLE lethe.submission ENABLE ROW LEVEL SECURITY",
    "table submission has rules or row-level security"
)]
#[case::view(
    "CREATE VIEW lethe.v AS SELECT 1",
    "relation v is neither a table nor an index nor a sequence"
)]
#[case::child(
    "CREATE TABLE public.child () INHERITS (lethe.submission)",
    "table submission is part of an inheritance tree"
)]
#[case::trigger(
    "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER t BEFORE INSERT ON lethe.submission FOR EACH ROW EXECUTE FUNCTION public.f()",
    "trigger t on table submission was not created by Lethe"
)]
#[case::function(
    "CREATE FUNCTION lethe.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION lethe.f() OWNER TO application",
    "function f belongs to role application"
)]
#[case::type_(
    "CREATE TYPE lethe.t AS ENUM ('a'); ALTER TYPE lethe.t OWNER TO application",
    "type t belongs to role application"
)]
#[case::default(
    "CREATE FUNCTION public.d() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
    ALTER TABLE lethe.submission ALTER contacts SET DEFAULT public.d()",
    "relation submission depends on function public.d()"
)]
#[case::check(
    "CREATE FUNCTION public.c(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    ALTER TABLE lethe.submission ADD CHECK (public.c(contacts))",
    "relation submission depends on function public.c(bigint)"
)]
#[case::index(
    "CREATE FUNCTION public.i(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1::bigint';
    CREATE INDEX ON lethe.submission (public.i(contacts))",
    "depends on function public.i(bigint)"
)]
#[case::domain(
    "CREATE DOMAIN public.d AS text CHECK (VALUE <> 'x'); ALTER TABLE lethe.submission ADD extra public.d",
    "relation submission depends on type public.d"
)]
fn a_ledger_that_others_control_is_refused_by_every_run(
    #[case] change: &str,
    #[case] problem: &str,
) {
    let harness = Harness::new();
    application(&harness.db);
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.db.run(change);
    let ended = [
        harness.run(),
        harness.lethe(&["history"]),
        harness.as_administrator(&["migrate"]),
    ];
    for ended in ended {
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("schema lethe cannot be trusted"),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains(problem), "{}", ended.stderr);
    }
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.submission"), "0");
}

#[rstest]
#[case::column("ALTER TABLE lethe.answer_key ADD note text", "answer_key")]
#[case::default(
    "ALTER TABLE lethe.submission ALTER contacts SET DEFAULT 7",
    "submission"
)]
#[case::constraint(
    "ALTER TABLE lethe.submission DROP CONSTRAINT submission_state_check",
    "submission"
)]
#[case::index("CREATE INDEX extra ON lethe.submission (contacts)", "submission")]
#[case::dropped("DROP TABLE lethe.plan_key", "plan_key")]
#[case::added("CREATE TABLE lethe.extra (a int)", "extra")]
fn a_ledger_that_is_not_as_its_version_makes_it_is_not_migrated(
    #[case] change: &str,
    #[case] table: &str,
) {
    let table = if table == "answer_key" {
        "request"
    } else {
        table
    };
    let harness = Harness::new();
    harness.db.run(&change.replace("answer_key", "request"));
    let migrated = harness.as_administrator(&["migrate"]);
    assert_eq!(migrated.code, 2, "{}", migrated.stderr);
    assert!(
        migrated
            .stderr
            .contains(&format!("error: table lethe.{table} is not as version ")),
        "{}",
        migrated.stderr
    );
}

#[test]
fn the_reference_schema_is_not_created_in_a_schema_of_another_role() {
    let db = Database::empty();
    application(&db);
    db.run("CREATE SCHEMA contact_centre AUTHORIZATION application");
    let migrated = lethe(&["migrate", "--reference", "--database", &db.address()]);
    assert_eq!(migrated.code, 2, "{}", migrated.stderr);
    assert!(
        migrated.stderr.contains("error: schema contact_centre cannot be trusted\n  detail: schema contact_centre belongs to role application"),
        "{}",
        migrated.stderr
    );
}

#[test]
fn an_ordinary_role_migrates_into_its_own_database_and_into_an_empty_schema_of_its_own() {
    for prepare in ["", "CREATE SCHEMA lethe AUTHORIZATION application"] {
        let db = Database::empty();
        application(&db);
        db.run(&format!(
            "GRANT CREATE ON DATABASE {} TO application; {prepare}",
            db.name()
        ));
        for _ in 0..2 {
            let migrated = lethe(&["migrate", "--database", &db.address_of("application")]);
            assert_eq!(migrated.code, 0, "{}", migrated.stderr);
        }
        assert_eq!(
            db.one(
                "SELECT count(DISTINCT relowner::regrole) || ' ' || min(relowner::regrole::text)
            FROM pg_class WHERE relnamespace = 'lethe'::regnamespace"
            ),
            "1 application"
        );
    }
}

#[test]
fn two_that_migrate_at_once_take_turns_and_the_second_names_the_first() {
    let db = Database::empty();
    assert_eq!(lethe(&["migrate", "--database", &db.address()]).code, 0);
    let first = Db::open(&db.address());
    let pid = first.one("SELECT pg_backend_pid()");
    first.run("BEGIN; LOCK TABLE lethe.migration_lock IN EXCLUSIVE MODE");
    let second = command(&["migrate", "--database", &db.address()])
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    db.wait_for("1", "SELECT count(*) FROM pg_locks WHERE relation = 'lethe.migration_lock'::regclass AND NOT granted");
    first.run("ROLLBACK");
    let second = ended(second.wait_with_output().unwrap());
    assert_eq!(second.code, 0, "{}", second.stderr);
    let expected = format!("waiting for session {pid} of role");
    assert!(second.stderr.contains(&expected), "{}", second.stderr);
}

/// The digests of shapes.txt, from the migrations as they are.
#[test]
fn the_shapes_of_all_versions_are_those_that_the_migrations_make() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut migrations = BTreeMap::new();
    for entry in fs::read_dir(root.join("migrations/ledger")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some((version, _)) = name
            .strip_prefix('V')
            .and_then(|name| name.split_once("__"))
        {
            let version: u32 = version.parse().unwrap();
            migrations.insert(version, fs::read_to_string(&path).unwrap());
        }
    }
    let query = fs::read_to_string(root.join("sql/ledger/migrate/shapes.sql")).unwrap();
    // Not the cluster of the other tests: its ledger is made with the digests that this test may have to write first.
    let cluster = start();
    let db = Db::connect(&cluster, "postgres");
    // As in Lethe's own sessions: names outside pg_catalog are qualified.
    db.run("SET search_path = pg_catalog");
    for path in ["create.sql", "create_lock.sql"] {
        db.run(&fs::read_to_string(root.join("sql/ledger/migrate").join(path)).unwrap());
    }
    // The table that the migrations of the reference schema keep here.
    db.run("CREATE TABLE lethe.contact_centre_migration ()");
    let mut known = BTreeMap::new();
    let mut lines = String::new();
    for (version, sql) in migrations {
        db.run(&sql);
        let digests = format!(
            "SELECT table_name || ' ' || encode(sha256(convert_to(shape, 'UTF8')), 'hex') FROM ({query}) shapes"
        );
        let made: BTreeMap<String, String> = db
            .rows(&digests)
            .iter()
            .map(|row| row.split_once(' ').unwrap())
            .map(|(table, digest)| (table.to_owned(), digest.to_owned()))
            .collect();
        for (table, digest) in &made {
            if known.get(table) != Some(digest) {
                lines += &format!("{version} {table} {digest}\n");
            }
        }
        assert!(
            known.keys().all(|table| made.contains_key(table)),
            "no migration drops a table"
        );
        known = made;
    }
    let path = root.join("migrations/ledger/shapes.txt");
    if updates_golden() {
        fs::write(&path, &lines).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), lines);
}
