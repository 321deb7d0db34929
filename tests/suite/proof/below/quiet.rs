//! Even with the most verbose settings the server log contains no value of a FORGET, whatever fails and whatever role runs it.

use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use lethe::postgres::sql::Statement;
use lethe::postgres::{CopyRows, Database};
use private_postgres::Cluster;
use rstest::rstest;
use tokio::runtime::Runtime;

use crate::support::{Db, OwnServer, with_digests};

/// A part of every value of [`ROWS`]; a few of them hold more than one.
const CANARIES: [&str; 4] = ["anarie", "ANARIE", "61755501", "192.0.2.1"];

/// Contacts with a device each, and objects of the customer around them; each fails in a different way.
const ROWS: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name, last_name, company)
    SELECT n, '110', 'KANARIE-' || n, 'Kanarie ' || n, 'Kanarie', 'Kanarie & Co'
    FROM generate_series(1, 13) n;
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
    SELECT n, 1, '110', 'phone', '+161755501' || lpad(n::text, 2, '0')
    FROM generate_series(1, 12) n;
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
    VALUES (13, 1, '110', 'email', 'Kanarie@example.com'), (13, 2, '110', 'ipaddr', '192.0.2.113');
    INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, device, response_ip, message_text)
    SELECT n, '110', 'KANARIE-' || n, '+16175550120', '192.0.2.120', 'kanarie' FROM generate_series(1, 4) n;
    INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, device, response_ip, message_text)
    VALUES (5, '110', 'KANARIE-13', 'kanarie@example.com', '192.0.2.113', 'kanarie');
    INSERT INTO contact_centre.recording (recording_id, account_id, caller, client_id, legal_hold)
    VALUES ('R', '110', '+16175550121', 'KANARIE-21', true);

    UPDATE contact_centre.contact_device SET device_type = 'a landline!' WHERE contact_id = 1;
    ALTER TABLE contact_centre.contact_device ADD CHECK (device NOT LIKE 'anon-%' OR coalesce(length(device_type), 0) <> 11);
    CREATE SCHEMA side;
    CREATE TABLE side.firm (name text PRIMARY KEY);
    CREATE TABLE side.told (name text REFERENCES side.firm);
    CREATE TABLE side.once (name text UNIQUE);
    CREATE TABLE side.apart (name text, EXCLUDE USING btree (name WITH =));
    CREATE SEQUENCE side.tries;
    GRANT USAGE ON SCHEMA side TO PUBLIC;
    GRANT USAGE ON SEQUENCE side.tries TO PUBLIC;
    GRANT ALL ON ALL TABLES IN SCHEMA side TO PUBLIC;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF OLD.contact_id = 2 THEN
        RAISE EXCEPTION 'not %', OLD.device USING ERRCODE = '42501', DETAIL = OLD.device, HINT = OLD.device;
      ELSIF OLD.contact_id = 3 THEN
        PERFORM ('x' || OLD.device)::int;
      ELSIF OLD.contact_id = 4 THEN
        INSERT INTO side.once VALUES ('Kanarie ' || OLD.device), ('Kanarie ' || OLD.device);
      ELSIF OLD.contact_id = 5 AND nextval('side.tries') < 3 THEN
        RAISE EXCEPTION 'not %', OLD.device USING ERRCODE = '40001', DETAIL = OLD.device;
      ELSIF OLD.contact_id = 7 THEN
        PERFORM pg_cancel_backend(pg_backend_pid()), pg_sleep(60) FROM contact_centre.contact_device d WHERE d.device = OLD.device;
      ELSIF OLD.contact_id = 6 THEN
        INSERT INTO side.apart VALUES ('Kanarie ' || OLD.device), ('Kanarie ' || OLD.device);
      ELSIF OLD.contact_id = 9 THEN
        INSERT INTO side.told VALUES ('Kanarie ' || OLD.device);
      ELSIF OLD.contact_id = 10 THEN
        ASSERT false, OLD.device;
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON contact_centre.contact_device FOR EACH ROW EXECUTE FUNCTION refuse();
    CREATE FUNCTION refuse_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF OLD.contact_id = 8 THEN RAISE EXCEPTION 'not %', OLD USING ERRCODE = 'P0043', DETAIL = OLD; END IF;
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER refuse_late AFTER UPDATE ON contact_centre.contact DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse_late();
    CREATE MATERIALIZED VIEW contact_centre.seen AS SELECT contact_id, device FROM contact_centre.contact_device WHERE contact_id < 13;
    CREATE UNIQUE INDEX ON contact_centre.seen (contact_id)";
/// The view cannot be refreshed any more, and the error of the server would quote this row.
const TWICE: &str =
    "INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
    VALUES (1, 2, '110', 'phone', '+16175550101')";

/// Each requested device of [`ROWS`], and its answer.
const ANSWERS: [(&str, &str); 16] = [
    (
        r#""phone": "+16175550101""#,
        "ERROR: processing failed: 23514",
    ),
    (
        r#""phone": "+16175550102""#,
        "ERROR: processing failed: 42501",
    ),
    (
        r#""phone": "+16175550103""#,
        "ERROR: processing failed: 22P02",
    ),
    (
        r#""phone": "+16175550104""#,
        "ERROR: processing failed: 23505",
    ),
    (r#""phone": "+16175550105""#, "SUCCESS"),
    (
        r#""phone": "+16175550107""#,
        "ERROR: processing failed: 57014",
    ),
    (
        r#""phone": "+16175550106""#,
        "ERROR: processing failed: 23P01",
    ),
    (
        r#""phone": "+16175550108""#,
        "ERROR: processing failed: P0043",
    ),
    (
        r#""phone": "+16175550109""#,
        "ERROR: processing failed: 23503",
    ),
    (
        r#""phone": "+16175550110""#,
        "ERROR: processing failed: P0004",
    ),
    (r#""phone": "+16175550111""#, "SUCCESS"),
    (
        r#""phone": "+16175550120""#,
        "ERROR: too many rows (4 found, limit 3)",
    ),
    (r#""phone": "+16175550121""#, "ERROR: legal hold"),
    (r#""email": "kanarie@example.com""#, "SUCCESS"),
    (r#""ipaddr": "192.0.2.113""#, "SUCCESS"),
    (r#""phone": "+16175550199""#, "SUCCESS: not found"),
];

/// `nested`: whether what a customer's trigger runs is explained, too, with the values that stand in its plan. Only a role that
/// may set `auto_explain.log_min_duration` can keep that out.
fn talkative(nested: &str) -> OwnServer {
    let settings = [
        ("log_statement", "all"),
        ("log_min_messages", "debug1"),
        ("log_error_verbosity", "verbose"),
        ("log_min_duration_statement", "0"),
        ("log_duration", "on"),
        ("log_parameter_max_length", "-1"),
        ("log_parameter_max_length_on_error", "-1"),
        ("log_min_error_statement", "debug1"),
        ("log_lock_waits", "on"),
        ("deadlock_timeout", "1s"),
        ("debug_print_parse", "on"),
        ("debug_print_plan", "on"),
    ];
    let explaining = [
        ("shared_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_verbose", "on"),
        ("auto_explain.log_nested_statements", nested),
        ("auto_explain.log_triggers", "on"),
    ];
    let all: Vec<_> = settings.iter().chain(&explaining).copied().collect();
    let has_contrib = Cluster::throwaway(
        &lethe::postgres::APPLICATION,
        std::path::Path::new(crate::support::LETHE),
        &explaining,
    );
    match has_contrib {
        Ok(cluster) => {
            cluster.stop().unwrap();
            OwnServer::new(&all)
        }
        Err(_) => {
            eprintln!("auto_explain is not installed here: without it");
            OwnServer::new(&settings)
        }
    }
}

/// The customer's triggers are known to the catalogue. A plain owner owns all tables, and nothing else; a granted role has what
/// `catalogue grants` prints.
fn prepare(server: &mut OwnServer, db: &Db, role: &str) {
    db.run(ROWS);
    let mut catalogue = lethe::catalogue::REFERENCE.to_owned();
    let accepted = [
        ("contact_device", r#""refuse", "contact_centre.seen""#),
        ("contact", r#""refuse_late""#),
    ];
    for (table, accepted) in accepted {
        let line = format!("\ntable = \"{table}\"\n");
        assert!(catalogue.contains(&line));
        catalogue = catalogue.replace(&line, &format!("{line}accepted = [{accepted}]\n"));
    }
    let accept = |server: &OwnServer| {
        let catalogue = with_digests(&catalogue, &server.address());
        fs::write(server.path("catalogue.toml"), catalogue).unwrap();
    };
    accept(server);
    server.configure("catalogue = \"catalogue.toml\"\nmax_rows_per_device = 3");
    db.run(&format!("CREATE ROLE {role} LOGIN"));
    if role == "granted" {
        let printed = server
            .lethe(&["catalogue", "grants", role])
            .output()
            .unwrap();
        db.run(&String::from_utf8(printed.stdout).unwrap());
        server.connect_as(role);
        return;
    }
    for schema in ["lethe", "contact_centre"] {
        db.run(&format!("GRANT ALL ON SCHEMA {schema} TO {role}"));
        let tables = db.rows(&format!(
            "SELECT oid::regclass FROM pg_class WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'p', 'm')"
        ));
        for table in tables {
            db.run(&format!("ALTER TABLE {table} OWNER TO {role}"));
        }
    }
    db.run(&format!("ALTER SCHEMA lethe OWNER TO {role}"));
    for function in
        db.rows("SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'lethe'::regnamespace")
    {
        db.run(&format!("ALTER FUNCTION {function} OWNER TO {role}"));
    }
    // Some of the customer's functions are among them.
    accept(server);
    server.connect_as(role);
}

fn spawn(server: &OwnServer) -> Child {
    let mut run = server.run(&["-vvv"]);
    run.stdout(Stdio::null()).stderr(
        fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(server.path("stderr"))
            .unwrap(),
    );
    run.spawn().unwrap()
}

fn log_of(server: &OwnServer) -> String {
    let log = fs::read(server.cluster.socket_dir().join("server.log")).unwrap();
    String::from_utf8_lossy(&log).into_owned()
}

#[track_caller]
fn holds_no_canary(place: &str, text: &str, also: &[String]) {
    let canaries = CANARIES.into_iter().chain(also.iter().map(String::as_str));
    for canary in canaries {
        if let Some(line) = text.lines().find(|line| line.contains(canary)) {
            panic!("{place} tells {canary:?}: {line}");
        }
    }
}

/// Waits until a session of Lethe waits for a lock.
#[track_caller]
fn wait_until_blocked(server: &OwnServer, db: &Db) {
    let blocked = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name <> 'test'";
    for _ in 0..2000 {
        db.run("SELECT pg_stat_clear_snapshot()");
        if db.one(blocked) == "t" {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let said = fs::read_to_string(server.path("stderr")).unwrap();
    panic!("nobody waits for a lock\n{said}");
}

#[rstest]
#[case::granted("granted")]
#[case::plain_owner("plain_owner")]
fn the_log_at_its_most_talkative_holds_no_canary(#[case] role: &str) {
    let is_plain = role == "plain_owner";
    let nested = if is_plain { "off" } else { "on" };
    let mut server = talkative(nested);
    let db = server.db();
    prepare(&mut server, &db, role);
    let contacts = ANSWERS.map(|(device, _)| format!("{{{device}}}"));
    server.submit("FORGET", &contacts.join(", "));

    // Another session blocks Lethe, first as the winner of a deadlock, then by keeping its lock.
    db.run("SET deadlock_timeout = '1h'; BEGIN; UPDATE contact_centre.contact SET company = company WHERE contact_id = 11");
    let mut run = spawn(&server);
    wait_until_blocked(&server, &db);
    db.run(
        "UPDATE contact_centre.contact_device SET device_type = 'Kanarie' WHERE contact_id = 11",
    );
    std::thread::sleep(Duration::from_millis(2500));
    let activity = "SELECT a::text FROM pg_stat_activity a WHERE application_name <> 'test'";
    let activity = db.rows(activity).join("\n");
    assert!(activity.contains("forget-20180315_1.json"), "{activity}");
    holds_no_canary("pg_stat_activity", &activity, &[]);
    db.run("ROLLBACK");
    assert_eq!(run.wait().unwrap().code(), Some(3));
    assert_eq!(server.answers("forget"), ANSWERS.map(|(_, answer)| answer));
    let said = fs::read_to_string(server.path("stderr")).unwrap();
    for met in ["40P01", "55P03", "40001"] {
        assert!(said.contains(met), "{met} was met\n{said}");
    }
    assert!(!said.contains("(table ,"), "{said}");

    // A session that is lost during a change.
    fs::write(
        server.path("drop/GDPR_Submit/forget-20180315_2.json"),
        r#"{"requests": [{"type": "FORGET", "accountid": "110", "contacts": [{"phone": "+16175550112"}]}]}"#,
    )
    .unwrap();
    db.run("BEGIN; UPDATE contact_centre.contact SET company = company WHERE contact_id = 12");
    let mut run = spawn(&server);
    wait_until_blocked(&server, &db);
    db.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'; ROLLBACK");
    assert_eq!(run.wait().unwrap().code(), Some(0));

    db.run(TWICE);
    let scrub = [
        "scrub", "--level", "1.5", "--wait", "1s", "--format", "json",
    ];
    let scrubbed = server.lethe(&scrub).output().unwrap();
    assert_eq!(scrubbed.status.code(), Some(3));
    let scrubbed = String::from_utf8(scrubbed.stdout).unwrap();
    holds_no_canary("a scrub's report", &scrubbed, &[]);
    let said_why = role == "granted" || scrubbed.contains("SQLSTATE 21000");
    assert!(said_why, "{scrubbed}");

    let placeholders =
        db.rows("SELECT device FROM contact_centre.contact_device WHERE device LIKE 'anon-%'");
    assert_eq!(placeholders.len(), 5);
    let log = log_of(&server);
    holds_no_canary("the server's log", &log, &placeholders);
    let said = fs::read_to_string(server.path("stderr")).unwrap();
    holds_no_canary("standard error", &said, &placeholders);
    if !is_plain {
        assert!(!log.contains("lethe_target"), "nothing of it is logged");
        return;
    }
    assert!(
        log.contains("lethe_change"),
        "the log shows what this role does"
    );
    assert!(
        log.contains("23514: a change of lethe failed"),
        "and how it fails"
    );

    // The same error without Lethe, to show how much of a row is logged.
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let database = Database::connect(&server.address(), "test").await.unwrap();
        let session = database.session().await.unwrap();
        let update =
            "UPDATE contact_centre.contact_device SET device = 'anon-x' WHERE contact_id = 1";
        session.client().batch_execute(update).await.unwrap_err();
    });
    let log = log_of(&server);
    assert!(
        log.contains("Failing row contains (1, 1, 110, phone"),
        "the log is read"
    );
}

/// A COPY that fails or is terminated quotes its row if the row is sent as text.
#[test]
fn a_failed_copy_quotes_no_row() {
    let mut server = talkative("on");
    let db = server.db();
    db.run(
        "CREATE ROLE plain LOGIN; CREATE SCHEMA side; GRANT USAGE ON SCHEMA side TO plain; CREATE TABLE side.strict (n int, value text); GRANT ALL ON side.strict TO plain",
    );
    server.connect_as("plain");
    let runtime = Runtime::new().unwrap();
    let session = runtime.block_on(async {
        let database = Database::connect(&server.address(), "test").await.unwrap();
        database.session().await.unwrap()
    });
    let copy = |sql: &str, rows: &mut CopyRows| {
        let statement = Statement {
            path: "test.sql",
            about: String::new(),
            sql: sql.to_owned(),
        };
        let copied = runtime.block_on(session.copy_in(&statement, rows));
        copied.unwrap_err().sqlstate.unwrap()
    };
    let line = |log: &str| log.matches("COPY strict, line 1").count();
    let mut rows = CopyRows::default();
    rows.int(1).text("Kanarie\0").end();
    let before = line(&log_of(&server));
    assert_eq!(
        copy(
            "COPY side.strict FROM STDIN WITH (FORMAT binary)",
            &mut rows
        ),
        "22021"
    );
    let log = log_of(&server);
    assert_eq!(
        line(&log),
        before + 1,
        "the error was logged, with its line"
    );
    holds_no_canary("the server's log", &log, &[]);
}
