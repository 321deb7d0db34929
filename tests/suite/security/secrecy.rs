//! Secrecy (contract section 10): no device, name, message, client ID or placeholder appears anywhere except in the data and
//! in the results.

use std::fmt::Write as _;
use std::fs;

use rstest::rstest;
use sha2::Digest as _;

use crate::support::{Ended, Harness, cluster};

/// Values that only the data, the submission and the results may contain. No other test uses them.
const SECRETS: [&str; 14] = [
    "6175550177",
    "617 555 0177",
    "6175550178",
    "6175550179",
    "secret.ada",
    "192.0.2.177",
    "CLIENT-SECRET-77",
    "CLIENT-SECRET-78",
    "Xanthippe",
    "open sesame",
    "0177 is no phone",
    "secret-object.wav",
    "617-555-0177",
    "SECRET-PROPERTY",
];

const ROWS: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES
        (1, '110', 'CLIENT-SECRET-77', 'Xanthippe'), (2, '110', 'CLIENT-SECRET-78', 'Xanthippe'), (3, '110', 'CLIENT-SECRET-77', 'Xanthippe');
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
        (1, 1, '110', 'phone', '+16175550177'), (2, 1, '110', 'phone', '+16175550178'), (3, 1, '110', 'email', 'secret.ada@example.com');
    INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, device, response_ip, message_text) VALUES
        (1, '110', 'CLIENT-SECRET-77', '+16175550177', '192.0.2.177', 'open sesame');
    INSERT INTO contact_centre.sms_message (message_id, account_id, short_code, handset, body) VALUES (1, '110', '51110', '+16175550179', 'open sesame');
    INSERT INTO contact_centre.recording (recording_id, account_id, caller, client_id) VALUES ('R-1', '110', '+16175550177', 'CLIENT-SECRET-77');
    INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES ('M-1', 'R-1', '110', 's3://b/secret-object.wav');
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF OLD.device = '+16175550178' THEN RAISE EXCEPTION 'not %', OLD.device USING ERRCODE = 'P0042', DETAIL = OLD.device, HINT = OLD.device; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON contact_centre.contact_device FOR EACH ROW EXECUTE FUNCTION refuse()";

const CONTACTS: &str = r#"{"phone": "+1 617 555 0177"}, {"phone": "+1 617 555 0178"}, {"phone": "+16175550179"}, {"email": "Secret.Ada@example.com"},
    {"ipaddr": "192.0.2.177"}, {"phone": "0177 is no phone"}, {"SECRET-PROPERTY": "617-555-0177"}"#;

fn requests(action: &str) -> String {
    let codes = r#""shortcodes": ["51110"]"#;
    format!(
        r#"{{"requests": [{{"accountid": "110", {codes}, "type": "{action}", "contacts": [{CONTACTS}]}}, "+1 617 555 0177"]}}"#
    )
}

#[track_caller]
fn is_silent(place: &str, text: &str, secrets: &[String]) {
    for secret in secrets {
        if let Some(at) = text.find(secret.as_str()) {
            let from = text[..at].rfind('\n').map_or(0, |n| n + 1);
            let line = text[from..].lines().next().unwrap_or_default();
            panic!("{place} tells {secret:?}: {line}");
        }
    }
}

/// Every value of every row of the ledger, as text.
fn ledger(harness: &Harness) -> String {
    let tables = harness
        .db
        .rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'lethe'");
    assert!(tables.len() > 6);
    let mut text = String::new();
    for table in tables {
        for row in harness
            .db
            .rows(&format!("SELECT t::text FROM lethe.{table} t"))
        {
            writeln!(text, "{table}: {row}").unwrap();
        }
    }
    text
}

/// The unkeyed digests that a careless programmer might use.
fn digests(value: &[u8], harness: &Harness) -> Vec<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let literal = format!("'\\x{}'::bytea", hex(value));
    let mut all = vec![
        hex(&sha2::Sha256::digest(value)),
        hex(&sha2::Sha512::digest(value)),
        harness.db.one(&format!("SELECT md5({literal})")),
        harness
            .db
            .one(&format!("SELECT encode(sha224({literal}), 'hex')")),
    ];
    all.extend(all.clone().iter().map(|digest| digest[..16].to_owned()));
    all
}

#[rstest]
#[case::granted_roles_text("granted", "text")]
#[case::granted_roles_json("granted", "json")]
#[case::plain_role("plain", "text")]
fn no_output_contains_personal_data(#[case] role: &str, #[case] log_format: &str) {
    let mut harness = Harness::new();
    harness.accepted = [("contact_device".into(), vec!["refuse".into()])].into();
    harness.db.run(ROWS);
    let is_plain = role == "plain";
    if is_plain {
        // Without the privilege to SET, it cannot keep the message of an error out of the log, so nothing fails here.
        let role = format!("plain_{}", harness.db.name());
        harness.db.run(&format!(
            "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA lethe, contact_centre TO {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe, contact_centre TO {role};
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA lethe TO {role};
             DROP TRIGGER refuse ON contact_centre.contact_device"
        ));
        harness.database = harness.db.address_of(&role);
    }
    // Verbosity is an option of the program itself, so that a missed file's command can be run as it is shown.
    harness.options = ["-vvv", "--log-format", log_format]
        .map(Into::into)
        .to_vec();
    let mut secrets: Vec<String> = SECRETS.iter().map(|s| (*s).to_owned()).collect();
    let mut said: Vec<(&str, Ended)> = Vec::new();

    harness.submit("export-20180315_1.json", requests("EXPORT"));
    harness.submit(
        "forget-20180315_0.json",
        "{\"requests\": [{\"phone\": \"+1 617 555 0177\" \"Xanthippe\"",
    );
    said.push(("run of an export", harness.run()));
    assert_eq!(said[0].1.code, 3);
    let exported = harness.answers("export-20180315_1");
    assert_eq!(exported[..5], ["SUCCESS"; 5]);

    // While it runs: what other sessions see.
    harness.submit("forget-20180315_1.json", requests("FORGET"));
    harness
        .db
        .run("BEGIN; UPDATE contact_centre.contact SET company = 'x' WHERE contact_id = 3");
    let mut run = harness
        .command(&["run", "--settle", "0s"])
        .args(harness.drop_options())
        .stdout(fs::File::create(harness.path("stdout")).unwrap())
        .stderr(fs::File::create(harness.path("stderr")).unwrap())
        .spawn()
        .unwrap();
    harness.wait_until_blocked();
    let activity = harness
        .db
        .rows("SELECT a::text FROM pg_stat_activity a WHERE application_name <> 'test'")
        .join("\n");
    let statistics = harness
        .db
        .rows("SELECT s::text FROM pg_statistic s")
        .join("\n");
    let temporary = harness
        .db
        .rows("SELECT s::text FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid WHERE c.relpersistence = 't'")
        .join("\n");
    let titles = titles();
    harness.db.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(3));
    let read = |name: &str| fs::read_to_string(harness.path(name)).unwrap();
    assert!(
        is_plain || read("stderr").contains("P0042"),
        "the refused device is reported by its SQLSTATE"
    );
    said.push((
        "run of a forget",
        Ended {
            code: 3,
            stdout: read("stdout"),
            stderr: read("stderr"),
        },
    ));
    let forgotten = harness.answers("forget-20180315_1");
    let expected_second = if is_plain {
        "SUCCESS"
    } else {
        "ERROR: processing failed: P0042"
    };
    assert_eq!(
        forgotten,
        [
            "ERROR: recording media not deleted",
            expected_second,
            "SUCCESS",
            "SUCCESS",
            "SUCCESS",
            "ERROR: incorrect device format",
            "ERROR: unsupported device type",
            "ERROR: malformed request"
        ]
    );
    // The placeholders must not be disclosed either.
    secrets.extend(harness.db.rows(
        "SELECT device FROM contact_centre.contact_device WHERE device LIKE 'anon-%'
         UNION ALL SELECT host(response_ip) FROM contact_centre.contact_attempt WHERE host(response_ip) LIKE '2001:db8:%'",
    ));
    assert!(secrets.len() >= SECRETS.len() + 3);

    let path = harness.submit_path("forget-20180315_1.json");
    harness.submit("forget-20180314_1.json", requests("FORGET"));
    for (what, words) in [
        ("check", vec!["check", path.to_str().unwrap()]),
        (
            "check as JSON",
            vec!["check", path.to_str().unwrap(), "--format", "json"],
        ),
        ("history", vec!["history"]),
        ("history as JSON", vec!["history", "--format", "json"]),
    ] {
        said.push((what, harness.lethe(&words)));
    }
    for (what, words) in [
        ("preview", vec!["preview", path.to_str().unwrap()]),
        (
            "preview as JSON",
            vec!["preview", path.to_str().unwrap(), "--format", "json"],
        ),
        ("verify", vec!["verify", path.to_str().unwrap()]),
        (
            "verify as JSON",
            vec![
                "verify",
                path.to_str().unwrap(),
                "--value-search",
                "--format",
                "json",
            ],
        ),
    ] {
        said.push((what, harness.in_drop(&words)));
    }
    said.push(("status", harness.in_drop(&["status"])));
    said.push((
        "status as JSON",
        harness.in_drop(&["status", "--format", "json"]),
    ));
    for (what, ended) in &said {
        is_silent(
            &format!("standard output of {what}"),
            &ended.stdout,
            &secrets,
        );
        is_silent(
            &format!("standard error of {what}"),
            &ended.stderr,
            &secrets,
        );
    }

    let ledger = ledger(&harness);
    is_silent("the ledger", &ledger, &secrets);
    let values = [
        "+16175550177",
        "16175550177",
        "+1 617 555 0177",
        "secret.ada@example.com",
        "192.0.2.177",
    ];
    for value in values {
        is_silent("the ledger", &ledger, &digests(value.as_bytes(), &harness));
    }
    for file in ["forget-20180315_1.json", "export-20180315_1.json"] {
        let content = fs::read(harness.submit_path(file)).unwrap();
        is_silent("the ledger", &ledger, &digests(&content, &harness));
    }

    is_silent("pg_stat_activity", &activity, &secrets);
    is_silent("pg_statistic of temporary tables", &temporary, &secrets);
    is_silent("pg_statistic", &statistics, &secrets);
    is_silent("a process title", &titles, &secrets);
    if harness
        .db
        .one("SELECT count(*) FROM pg_settings WHERE name = 'pg_stat_statements.track'")
        == "1"
    {
        harness
            .db
            .run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public");
        let statements = harness
            .db
            .rows("SELECT query FROM pg_stat_statements")
            .join("\n");
        assert!(
            statements.contains("lethe_target"),
            "the library looks at lethe's sessions"
        );
        is_silent("pg_stat_statements", &statements, &secrets);
    }
    let server_log = fs::read(cluster().socket_dir().join("server.log")).unwrap();
    let server_log = String::from_utf8_lossy(&server_log);
    is_silent("the server's log", &server_log, &secrets);
    if is_plain {
        assert!(
            server_log.contains("lethe_target"),
            "the log has what a plain role cannot keep out"
        );
    }
}

#[test]
fn no_output_of_a_case_contains_its_devices() {
    let mut harness = Harness::new();
    harness.accepted = [("contact_device".into(), vec!["refuse".into()])].into();
    harness.config = "media_wait = '0s'\n[care]\npath = '{dir}/care'\n".into();
    harness.db.run(ROWS);
    fs::create_dir(harness.path("care")).unwrap();
    harness.options = ["-vvv", "--log-format", "json"].map(Into::into).to_vec();
    harness.lethe(&["keygen"]).ok(0);
    let list = harness.path("list.csv").display().to_string();
    let write = |text: &str| fs::write(harness.path("list.csv"), text).unwrap();
    let mut said: Vec<(String, Ended)> = Vec::new();
    let mut say = |words: &[&str], code: i32| {
        let ended = harness.lethe(words).ok(code);
        said.push((words.join(" "), ended));
    };

    let open = [
        "case",
        "open",
        "7",
        "--account",
        "110",
        "--forget",
        "--yes",
        "--from",
        &list,
    ];
    write("phone,email\n617-555-0177,secret.ada\n\"+1 617 555 0177,x\n");
    say(&open, 2);
    write("+16175550177\n");
    say(&open, 2);
    write("phone,email\n+1 617 555 0177,Secret.Ada@example.com\n+16175550178,\n+16175550177,\n");
    say(&open, 0);
    for words in [
        &[
            "case",
            "open",
            "+1 617 555 0177",
            "--account",
            "110",
            "--forget",
            "--yes",
            "--from",
            &list,
        ][..],
        &["case", "show", "secret.ada@example.com"],
        &["verify", "--case", "192.0.2.177"],
        &["case", "resubmit", "+16175550177"],
    ] {
        // No output quotes it.
        let ended = harness.lethe(words).ok(2);
        said.push(("a device for an ID".to_owned(), ended));
    }
    let json = ["--format", "json"];
    let preview = harness
        .lethe(&["case", "preview", "7", "--format", "json"])
        .ok(0);
    let digest = preview.json()["submissions"][0]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    said.push(("case preview as JSON".to_owned(), preview));
    let mut say = |words: &[&str], code: i32| {
        let ended = harness.lethe(words).ok(code);
        said.push((words.join(" "), ended));
    };
    say(&["case", "preview", "7"], 0);
    say(&["case", "approve", "7", "--digest", "Xanthippe"], 3);
    say(&["case", "approve", "7", "--digest", &digest], 0);
    say(&["case", "run", "7", "--settle", "0s"], 3);
    say(&["case", "run", "7", "--settle", "0s"], 0);
    for words in [
        &["case", "show", "7"][..],
        &["case", "list"],
        &["history", "--case", "7"],
    ] {
        say(words, 0);
        say(&[words, &json].concat(), 0);
    }
    say(&["history", "--case", "7", "--format", "csv"], 0);
    say(&["verify", "--case", "7"], 3);
    say(
        &[
            "verify",
            "--case",
            "7",
            "--value-search",
            "--format",
            "json",
        ],
        3,
    );
    let corrections = harness.path("corrections.csv").display().to_string();
    say(&["case", "resubmit", "7", "--to", &corrections], 0);
    say(&["case", "resubmit", "7", "--to", &corrections], 1);
    say(
        &["case", "resubmit", "7", "--from", &corrections, "--yes"],
        0,
    );
    say(&["run", "--settle", "0s"], 0);
    say(&["purge"], 0);
    let results = harness.path("care/7/Transfer Files").display().to_string();
    say(&["receipt", "verify", "--chain", &results], 0);

    let mut secrets: Vec<String> = SECRETS.iter().map(|s| (*s).to_owned()).collect();
    secrets.extend(
        harness
            .db
            .rows("SELECT device FROM contact_centre.contact_device WHERE device LIKE 'anon-%'"),
    );
    assert_eq!(secrets.len(), SECRETS.len() + 2);
    for (what, ended) in &said {
        is_silent(
            &format!("standard output of {what}"),
            &ended.stdout,
            &secrets,
        );
        is_silent(
            &format!("standard error of {what}"),
            &ended.stderr,
            &secrets,
        );
    }
    is_silent("the ledger", &ledger(&harness), &secrets);
    for name in fs::read_dir(harness.path("care/7/Transfer Files")).unwrap() {
        let path = name.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        is_silent("a name of a result", &name, &secrets);
        if name.ends_with("-receipt.json") {
            is_silent("a receipt", &fs::read_to_string(&path).unwrap(), &secrets);
        }
    }
    let server_log = fs::read(cluster().socket_dir().join("server.log")).unwrap();
    is_silent(
        "the server's log",
        &String::from_utf8_lossy(&server_log),
        &secrets,
    );
}

#[test]
fn tracing_leaves_no_client_id_behind() {
    let mut harness = Harness::new();
    harness.options = vec!["-vvv".into()];
    harness.db.run("INSERT INTO contact_centre.contact (contact_id, account_id, client_id) VALUES (1, '110', 'CLIENT-SECRET-79')");
    let ended = harness
        .lethe(&["trace", "--client-id", "CLIENT-SECRET-79"])
        .ok(0);
    assert!(ended.stdout.contains("CLIENT-SECRET-79"));
    let secret = ["CLIENT-SECRET-79".to_owned()];
    is_silent("standard error", &ended.stderr, &secret);
    is_silent("the ledger", &ledger(&harness), &secret);
    let server_log = fs::read(cluster().socket_dir().join("server.log")).unwrap();
    is_silent(
        "the server's log",
        &String::from_utf8_lossy(&server_log),
        &secret,
    );
}

#[test]
fn a_password_is_never_printed() {
    let mut harness = Harness::new();
    let address = "host=/nowhere user=lethe password=hunter2 dbname=x".to_owned();
    harness.submit_contacts("forget-20180315_1.json", "110", "");
    for database in [
        address.clone(),
        address.replace("dbname=x", "nonsense=7"),
        "postgres://lethe:hunter2@localhost:1/x".to_owned(),
        "postgres://lethe:hunter2@[nonsense/x".to_owned(),
    ] {
        harness.database = database;
        for words in [&["run", "-vvv"][..], &["status", "-vvv"]] {
            let ended = harness.in_drop(words);
            assert!(ended.code == 1 || ended.code == 2);
            is_silent(
                "the program",
                &format!("{}{}", ended.stdout, ended.stderr),
                &["hunter2".to_owned()],
            );
        }
    }
    let help = harness
        .command(&["run", "--help"])
        .env("LETHE_DATABASE", &address)
        .output()
        .unwrap();
    is_silent(
        "the help",
        &String::from_utf8_lossy(&help.stdout),
        &["hunter2".to_owned()],
    );
}

/// Command lines of all processes, as `ps` shows them; Linux only.
fn titles() -> String {
    let mut all = String::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.starts_with("postgres") || line.contains("debug/lethe") {
            all.push_str(&line);
            all.push('\n');
        }
    }
    all
}
