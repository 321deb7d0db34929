//! The settings of a session: those that a role has from `ALTER ROLE … SET`, and those that the database changes during a run.

use rstest::rstest;

use crate::support::{Ended, Harness, OwnServer, WORKER, printed_grants};

const FORGET: &str = "forget-20180315_1.json";
const STEM: &str = "forget-20180315_1";
const EXPORT: &str = "export-20180315_1.json";
const ANN: &str = r#"{"phone": "+1 617 555 0142"}"#;

/// Two consumers with a phone each, and an attempt of the first.
const ROWS: &str = "
INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C-1', 'Ann'), (2, '110', 'C-2', 'Bob');
INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
    (1, 1, '110', 'phone', '+16175550142'), (2, 1, '110', 'phone', '+16175550143');
INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, channel, first_name, device, message_text)
    VALUES (1, '110', 'C-1', 'voice', 'Ann', '+16175550142', 'hi');";

/// Rows, and a setting of the engine's role in this database.
fn with_setting(setting: &str) -> Harness {
    let harness = Harness::new();
    harness.db.run(ROWS);
    set(&harness, setting);
    harness
}

fn set(harness: &Harness, setting: &str) {
    let name = harness.db.name();
    let set = format!("ALTER ROLE {WORKER} IN DATABASE {name} SET {setting}");
    harness.db.run(&set);
}

/// Exports and forgets a consumer, and looks at the rows.
#[track_caller]
fn exports_and_forgets(harness: &Harness) {
    harness.submit_contacts(EXPORT, "110", ANN);
    harness.run().ok(0);
    let archive = harness.archive("export-20180315_1");
    assert!(archive.values().any(|file| file.contains("+16175550142")));
    harness.submit_contacts(FORGET, "110", ANN);
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
    let left = "SELECT count(*) FROM contact_centre.contact_device WHERE device = '+16175550142' OR contact_id = 1 AND device NOT LIKE 'anon-%'";
    assert_eq!(harness.db.one(left), "0");
    let names = "SELECT first_name FROM contact_centre.contact ORDER BY contact_id";
    assert_eq!(harness.db.rows(names), ["[redacted]", "Bob"]);
    let file = harness.submit_path(FORGET);
    harness.in_drop(&["verify", file.to_str().unwrap()]).ok(0);
}

#[rstest]
#[case("idle_in_transaction_session_timeout = '50ms'")]
#[case("statement_timeout = '500ms'")]
#[case("lock_timeout = '1ms'")]
#[case("default_transaction_isolation = 'serializable'")]
#[case("default_transaction_isolation = 'repeatable read'")]
#[case("default_transaction_deferrable = on")]
#[case("quote_all_identifiers = on")]
#[case("standard_conforming_strings = off")]
#[case("transform_null_equals = on")]
#[case("array_nulls = off")]
#[case("gin_fuzzy_search_limit = 1")]
#[case("temp_tablespaces = 'absent'")]
#[case("exit_on_error = on")]
#[case("search_path = 'public, pg_catalog'")]
#[case("datestyle = 'SQL, DMY'")]
#[case("row_security = on")]
#[case("track_activities = off")]
#[case("bytea_output = 'escape'")]
#[case("enable_indexscan = off")]
fn a_run_works_whatever_its_role_has_set(#[case] setting: &str) {
    exports_and_forgets(&with_setting(setting));
}

#[test]
fn a_session_may_be_idle_for_longer_than_its_role_allows() {
    let harness = with_setting("idle_session_timeout = '500ms'");
    harness.submit_contacts(FORGET, "110", ANN);
    let run = harness.in_drop(&["run", "--settle", "2s", "--format", "json"]);
    let run = run.ok(0);
    assert_eq!(run.states(), [(FORGET.to_owned(), "done".to_owned())]);
    assert!(!run.stderr.contains("lost"), "{}", run.stderr);
}

#[test]
fn a_transaction_may_last_longer_than_its_role_allows() {
    let mut harness = Harness::new();
    harness.db.run(ROWS);
    let version = harness.db.one("SHOW server_version_num");
    if version.parse::<u32>().unwrap() < 170_000 {
        eprintln!("SKIPPED: transaction_timeout needs PostgreSQL 17; this server is {version}");
        return;
    }
    set(&harness, "transaction_timeout = '300ms'");
    harness.db.run(
        "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;
         CREATE TRIGGER slow BEFORE UPDATE ON contact_centre.contact FOR EACH ROW EXECUTE FUNCTION public.slow()",
    );
    harness.accepted = [("contact".into(), vec!["slow".into()])].into();
    exports_and_forgets(&harness);
}

#[rstest]
#[case("default_transaction_read_only = on", "default_transaction_read_only")]
#[case("session_replication_role = replica", "session_replication_role")]
fn a_setting_that_prevents_the_work_is_named(#[case] setting: &str, #[case] name: &str) {
    let harness = with_setting(setting);
    harness.submit_contacts(FORGET, "110", ANN);
    let run = harness.run().ok(2);
    assert!(run.stderr.contains(name), "{}", run.stderr);
    assert!(harness.results().is_empty());
}

#[test]
fn a_check_finds_the_indexes_where_every_identifier_is_quoted() {
    let plain = Harness::new();
    let quoted = with_setting("quote_all_identifiers = on");
    let check = |harness: &Harness| harness.lethe(&["catalogue", "check"]).ok(0).stdout;
    assert_eq!(check(&quoted), check(&plain));
    assert!(!check(&quoted).contains("no index"));
}

#[test]
fn a_role_may_take_the_place_of_the_one_that_logs_in() {
    let harness = Harness::new();
    harness.db.run(ROWS);
    let name = harness.db.name().to_owned();
    let (role, login) = (format!("{name}_engine"), format!("{name}_login"));
    harness.db.run(&format!(
        "CREATE ROLE {role}; CREATE ROLE {login} LOGIN NOINHERIT; GRANT {role} TO {login};
         ALTER ROLE {login} IN DATABASE {name} SET role = '{role}'"
    ));
    let grants = printed_grants(&harness.db.address(), &[&role]);
    harness.db.run_beside_others(&grants);
    let mut harness = harness;
    harness.database = harness.db.address_of(&login);
    harness.in_drop(&["status"]).ok(0);
    // A session is asked for while the statement of another waits.
    harness.database += " keepalives_idle=1";
    harness
        .db
        .run("BEGIN; LOCK contact_centre.contact IN ACCESS EXCLUSIVE MODE");
    harness.submit_contacts(FORGET, "110", ANN);
    let run = harness
        .command(&["run", "--settle", "0s", "--format", "json"])
        .args(harness.drop_options())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    harness.wait_until_blocked();
    std::thread::sleep(std::time::Duration::from_millis(2500));
    harness.db.run("COMMIT");
    let run = crate::support::ended(run.wait_with_output().unwrap()).ok(0);
    assert!(!run.stderr.contains("silent"), "{}", run.stderr);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
    let file = harness.submit_path(FORGET);
    harness.in_drop(&["verify", file.to_str().unwrap()]).ok(0);
    harness.db.run(&format!(
        "DROP OWNED BY {role}, {login}; DROP ROLE {login}; DROP ROLE {role}"
    ));
}

#[test]
fn a_statement_is_left_alone_where_the_server_does_not_track_what_sessions_do() {
    let mut harness = with_setting("track_activities = off");
    harness.db.run(
        "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(4); RETURN NEW; END $$;
         CREATE TRIGGER slow BEFORE UPDATE ON contact_centre.contact FOR EACH ROW EXECUTE FUNCTION public.slow()",
    );
    harness.accepted = [("contact".into(), vec!["slow".into()])].into();
    harness.database += " keepalives_idle=1";
    harness.submit_contacts(FORGET, "110", ANN);
    let run = harness.run().ok(0);
    assert!(!run.stderr.contains("silent"), "{}", run.stderr);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
}

#[test]
fn a_full_table_of_locks_answers_no_device() {
    let settings = [
        ("max_connections", "20"),
        ("max_locks_per_transaction", "10"),
        ("autovacuum", "off"),
    ];
    let server = OwnServer::new(&settings);
    let db = server.db();
    for day in 0..480 {
        db.run(&format!(
            "CREATE TABLE contact_centre.day_{day} PARTITION OF contact_centre.contact_attempt
                 FOR VALUES FROM (timestamptz '2030-01-01 00:00+00' + interval '{day} days') TO (timestamptz '2030-01-01 00:00+00' + interval '{} days')",
            day + 1
        ));
    }
    db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550142')");
    let check = crate::support::ended(server.lethe(&["catalogue", "check"]).output().unwrap());
    let check = check.ok(0);
    assert!(
        check.stdout.contains("max_locks_per_transaction"),
        "{}",
        check.stdout
    );
    for action in ["FORGET", "EXPORT"] {
        server.submit(action, ANN);
    }
    let run = crate::support::ended(server.run(&[]).output().unwrap()).ok(1);
    assert!(run.stderr.contains("53200"), "{}", run.stderr);
    assert!(
        run.stderr.contains("max_locks_per_transaction"),
        "{}",
        run.stderr
    );
    assert!(!server.has_result("forget-20180315_1-execution-log.json"));
    assert!(!server.has_result("export-20180315_1-execution-log.json"));
}

/// A trigger on contact devices with this body, which the catalogue accepts.
fn with_trigger(harness: &mut Harness, body: &str) {
    harness.db.run(&format!(
        "CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO public;
         CREATE FUNCTION app.texteq(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
         CREATE OPERATOR app.= (FUNCTION = app.texteq, LEFTARG = text, RIGHTARG = text);
         CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$;
         CREATE TRIGGER touch BEFORE UPDATE ON contact_centre.contact_device FOR EACH ROW EXECUTE FUNCTION app.touch()"
    ));
    harness.accepted = [("contact_device".into(), vec!["touch".into()])].into();
}

/// Forgets 30 devices in transactions of ten.
fn forgets_thirty(harness: &mut Harness) -> Ended {
    harness.config = "devices_per_transaction = 10".into();
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id, first_name) SELECT i, '110', 'Ada' FROM generate_series(1, 30) i;
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
             SELECT i, 1, '110', 'phone', '+1617555' || lpad(i::text, 4, '0') FROM generate_series(1, 30) i",
    );
    let all = (1..=30).map(|n| format!(r#"{{"phone": "+1617555{n:04}"}}"#));
    let all: Vec<String> = all.collect();
    harness.submit_contacts(FORGET, "110", &all.join(", "));
    harness.run()
}

#[rstest]
#[case("search_path", "'app, pg_catalog'")]
#[case("row_security", "'on'")]
#[case("statement_timeout", "'1h'")]
#[case("lock_timeout", "'1h'")]
#[case("idle_session_timeout", "'1h'")]
#[case("synchronous_commit", "'off'")]
#[case("standard_conforming_strings", "'off'")]
#[case("default_transaction_isolation", "'serializable'")]
#[case("work_mem", "'64kB'")]
fn a_trigger_that_changes_a_setting_is_rolled_back_and_the_setting_named(
    #[case] name: &str,
    #[case] value: &str,
) {
    for local in ["false", "true"] {
        let mut harness = Harness::new();
        let body = format!("PERFORM pg_catalog.set_config('{name}', {value}, {local})");
        with_trigger(&mut harness, &body);
        let run = forgets_thirty(&mut harness).ok(3);
        assert!(run.stderr.contains(name), "{}", run.stderr);
        let answer = format!("ERROR: processing failed: {name} changed by the database");
        assert_eq!(harness.answers(STEM), vec![answer; 30]);
        let kept = "SELECT count(*) FROM contact_centre.contact_device WHERE device LIKE '+1617%'";
        assert_eq!(harness.db.one(kept), "30");
        let kept = "SELECT count(*) FROM contact_centre.contact WHERE first_name = 'Ada'";
        assert_eq!(harness.db.one(kept), "30");
    }
}

#[test]
fn a_trigger_that_changes_a_setting_for_one_device_spares_the_others() {
    let mut harness = Harness::new();
    let body = "IF OLD.contact_id = 17 THEN PERFORM pg_catalog.set_config('search_path', 'app, pg_catalog', false); END IF";
    with_trigger(&mut harness, body);
    forgets_thirty(&mut harness).ok(3);
    let mut expected = vec!["SUCCESS"; 30];
    expected[16] = "ERROR: processing failed: search_path changed by the database";
    assert_eq!(harness.answers(STEM), expected);
    let kept = "SELECT device FROM contact_centre.contact_device WHERE device LIKE '+1617%'";
    assert_eq!(harness.db.rows(kept), ["+16175550017"]);
}

#[test]
fn a_trigger_that_takes_a_role_is_rolled_back() {
    let mut harness = Harness::new();
    let other = format!("{}_other", harness.db.name());
    harness
        .db
        .run(&format!("CREATE ROLE {other}; GRANT {other} TO {WORKER}"));
    with_trigger(
        &mut harness,
        &format!("PERFORM pg_catalog.set_config('role', '{other}', false)"),
    );
    forgets_thirty(&mut harness).ok(3);
    harness.db.run(&format!("DROP ROLE {other}"));
    let kept = "SELECT count(*) FROM contact_centre.contact_device WHERE device LIKE '+1617%'";
    assert_eq!(harness.db.one(kept), "30");
    let failed = |answer: &String| answer.starts_with("ERROR: processing failed: ");
    assert!(harness.answers(STEM).iter().all(failed));
}

#[test]
fn a_trigger_that_runs_at_the_end_of_a_transaction_cannot_change_the_next_one() {
    let mut harness = Harness::new();
    with_trigger(&mut harness, "NULL");
    harness.db.run(
        "CREATE FUNCTION app.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             PERFORM pg_catalog.set_config('search_path', 'app, pg_catalog', false); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON contact_centre.contact_device DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION app.late()",
    );
    harness.accepted = [("contact_device".into(), vec!["touch".into(), "late".into()])].into();
    forgets_thirty(&mut harness).ok(3);
    let answer = "ERROR: processing failed: search_path changed by the database";
    assert_eq!(harness.answers(STEM), vec![answer; 30]);
    let kept = "SELECT count(*) FROM contact_centre.contact_device WHERE device LIKE '+1617%'";
    assert_eq!(harness.db.one(kept), "30");
}

#[rstest]
#[case("contact_device", "device")]
#[case("contact_device", "account_id")]
#[case("contact", "client_id")]
#[case("contact", "first_name")]
#[case("contact_attempt", "device")]
#[case("account", "account_id")]
fn a_column_is_compared_under_its_own_collation(#[case] table: &str, #[case] column: &str) {
    let harness = Harness::new();
    harness.db.run(ROWS);
    harness.db.run(&format!(
        "ALTER TABLE contact_centre.{table} ALTER COLUMN {column} TYPE text COLLATE \"POSIX\""
    ));
    let check = harness.lethe(&["catalogue", "check"]).ok(0).stdout;
    assert!(!check.contains("no index"), "{check}");
    exports_and_forgets(&harness);
}
