//! `preview`: what it reports about each contact, and that it changes nothing, blocks nobody and fires no trigger.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::support::{Db, Harness};

/// A phone of one consumer in several tables, shared with another consumer, with everything that a preview reports.
const ROWS: &str = "
INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name, last_name, created_at) VALUES
    (1, '110', 'C-1', 'Ann', 'Lee', '2018-01-01 00:00:00+00'), (2, '110', 'C-2', 'ann', 'LEE', '2018-01-02 00:00:00+00'),
    (3, '110', 'C-1', 'Ann', 'Lee', '2018-01-03 00:00:00+00'), (4, '900', 'C-1', 'Ann', 'Lee', '2018-01-03 00:00:00+00'),
    (5, '120', 'C-1', 'Bo', 'Day', '2018-01-03 00:00:00+00');
INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
    (1, 1, '110', 'phone', '+16175550142'), (1, 2, '110', 'email', 'Ann@example.com'), (1, 3, '110', 'email', 'ann@EXAMPLE.com'),
    (2, 1, '110', 'phone', '+16175550142'), (2, 2, '110', 'phone', 'anon-phone-aaaaaaaaaaaaaaaaaaaaaaaaaa'),
    (3, 1, '110', 'phone', '+16175550199'), (4, 1, '900', 'phone', '+16175550142'), (5, 1, '120', 'phone', '+16175550124');
INSERT INTO contact_centre.contact_attempt (attempt_id, attempted_at, account_id, client_id, channel, first_name, last_name, device, response_ip) VALUES
    (1, '2018-03-01 10:00:00+00', '110', 'C-1', 'voice', 'Ann', NULL, '+16175550142', NULL),
    (2, '2018-03-02 10:00:00+00', '110', 'C-1', 'voice', 'Ann', 'Lee', '+16175550198', '192.0.2.7');
INSERT INTO contact_centre.recording (recording_id, account_id, client_id, caller, dialled, started_at) VALUES
    ('R1', '110', 'C-1', '+16175550142', '+16175550142', '2018-03-03 10:00:00+00');
INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES
    ('M1', 'R1', '110', 'a.wav'), ('M2', 'R1', '110', 'gone.wav'), ('M3', 'R1', '110', 'ftp://elsewhere/b.wav');";

const PHONE: &str = r#"{"phone": "+1 617 555 0142"}"#;

fn harness() -> Harness {
    let mut harness = Harness::new();
    harness.db.run(ROWS);
    std::fs::write(harness.path("media/a.wav"), "12345").unwrap();
    harness.config = "[media]\nfolder = '{dir}/media'".into();
    harness
}

/// Writes a submission outside the drop, where no run finds it.
fn file(harness: &Harness, name: &str, account: &str, contacts: &str) -> PathBuf {
    let action = match name.starts_with("forget") {
        true => "FORGET",
        false => "EXPORT",
    };
    let path = harness.path(name);
    let text = format!(
        r#"{{"requests": [{{"requestcase": "4711", "accountid": "{account}", "type": "{action}", "contacts": [{contacts}]}}]}}"#
    );
    std::fs::write(&path, text).unwrap();
    path
}

#[track_caller]
fn preview(harness: &Harness, name: &str, account: &str, contacts: &str, code: i32) -> Value {
    let path = file(harness, name, account, contacts);
    let words = ["preview", path.to_str().unwrap(), "--format", "json"];
    harness.in_drop(&words).ok(code).json()
}

#[test]
fn it_counts_what_holds_each_device() {
    let harness = harness();
    let previewed = preview(&harness, "forget-20180315_1.json", "110", PHONE, 0);
    assert_eq!(
        previewed["contacts"],
        json!([{
            "request": 1, "contact": 1, "kind": "phone", "response": "SUCCESS",
            "rows": {
                "contact_centre.contact_attempt": 1, "contact_centre.contact_device": 2, "contact_centre.recording": 1
            },
            "columns": {
                "contact_centre.contact_attempt.device": 1, "contact_centre.contact_device.device": 2,
                "contact_centre.recording.caller": 1, "contact_centre.recording.dialled": 1
            },
            "possible": {},
            "records": {"contact": 2, "contact attempt": 1, "recording": 1},
            "first_activity": "2018-01-01T00:00:00Z", "last_activity": "2018-03-03T10:00:00Z",
            "client_ids": 2,
            // `Ann Lee` in two spellings, and `Ann`.
            "names": 2,
            // One email in two spellings; a placeholder is not a device.
            "other_devices": 1,
            "held_records": 0,
            "media": {"objects": 3, "bytes": 5, "unknown": 1},
            // Account 120 has +1 617 555 0124, which is not disclosed to account 110.
            "transposed": 0,
            "kept_rows": {"contact_centre.contact": 1, "contact_centre.contact_attempt": 1}
        }])
    );
    assert_eq!(previewed["requests"][0]["case"], "4711");
    assert_eq!(
        [
            &previewed["success"],
            &previewed["not_found"],
            &previewed["error"]
        ],
        [1, 0, 0]
    );
    // The enterprise above sees the similar phone, and the same client ID in the other account is another consumer.
    let previewed = preview(&harness, "forget-20180315_2.json", "100", PHONE, 0);
    let contact = &previewed["contacts"][0];
    assert_eq!(contact["transposed"], 1);
    assert_eq!(contact["kept_rows"]["contact_centre.contact"], 1);
    // A record under legal hold is counted, and answered.
    let hold = |held: bool| {
        let sql = format!("UPDATE contact_centre.recording SET legal_hold = {held}");
        harness.db.run(&sql);
    };
    hold(true);
    let previewed = preview(&harness, "forget-20180315_4.json", "110", PHONE, 3);
    let held = &previewed["contacts"][0];
    assert_eq!(
        (&held["held_records"], &held["response"]),
        (&json!(1), &json!("ERROR: legal hold"))
    );
    hold(false);
    // If both are named, neither was mistaken for the other.
    let both = format!(r#"{PHONE}, {{"phone": "+16175550124"}}"#);
    let previewed = preview(&harness, "forget-20180315_3.json", "100", &both, 0);
    assert_eq!(previewed["contacts"][0]["transposed"], 0);
}

#[test]
fn it_answers_as_a_run_does() {
    let mut harness = harness();
    harness.config = "max_rows_per_device = 3\nmax_client_ids_per_device = 1".into();
    harness.db.run(
        "INSERT INTO contact_centre.recording (recording_id, account_id, caller, legal_hold) VALUES ('R9', '110', '+16175550190', true);
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
             (1, 9, '110', 'ipaddr', '192.0.2.9'), (2, 9, '110', 'ipaddr', '192.0.2.9');
         INSERT INTO contact_centre.sms_message (message_id, account_id, short_code, handset) VALUES (1, '110', '52000', '+16175550180')",
    );
    let contacts = r#"{"phone": "+1 617 555 0142"}, {"phone": "+16175550190"}, {"ipaddr": "192.0.2.9"}, {"email": "ann@example.com"},
        {"email": "nobody@example.com"}, {"phone": "617 555 1313"}, {"fax": "1"}, {"phone": "+16175550180"}, {"email": "ANN@example.com"}"#;
    for (action, name) in [
        ("FORGET", "forget-20180315_1"),
        ("EXPORT", "export-20180315_1"),
    ] {
        let text = format!(
            r#"{{"requests": [{{"accountid": "110", "shortcodes": ["52000"], "type": "{action}", "contacts": [{contacts}]}},
                {{"accountid": "900", "type": "{action}", "contacts": [{PHONE}]}}, {{"type": "{action}"}},
                {{"accountid": "120", "type": "OTHER", "contacts": [{PHONE}]}}]}}"#
        );
        harness.submit(&format!("{name}.json"), text);
        // Before the FORGET changes what the EXPORT finds.
        let path = harness.submit_path(&format!("{name}.json"));
        let words = ["preview", path.to_str().unwrap(), "--format", "json"];
        let previewed = harness.in_drop(&words).ok(3).json();
        let of = |v: &Value| v["response"].as_str().unwrap().to_owned();
        let previewed: Vec<String> = previewed["contacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(of)
            .collect();
        harness.run().ok(3);
        assert_eq!(previewed, harness.answers(name), "{action}");
        assert!(
            previewed
                .iter()
                .any(|r| r.starts_with("ERROR: too many rows (4")),
            "{previewed:?}"
        );
        assert!(
            previewed
                .iter()
                .any(|r| r.starts_with("ERROR: too many client IDs (2")),
            "{previewed:?}"
        );
        let held = previewed.contains(&"ERROR: legal hold".to_owned());
        assert_eq!(held, action == "FORGET");
        for words in [
            "ERROR: unknown account",
            "ERROR: malformed request",
            "ERROR: unsupported type",
        ] {
            assert!(previewed.contains(&words.to_owned()), "{words}");
        }
        let shared = match action {
            "FORGET" => "SUCCESS",
            _ => "SUCCESS: not found",
        };
        assert_eq!(previewed[7], shared);
    }
}

/// Starts a preview and waits until it searches `contact_device`, the last of all tables: its snapshot is
/// taken, the other tables are read. It continues when the returned session is dropped.
fn halfway(harness: &Harness, path: &Path) -> (Child, Db) {
    let (first, second) = (
        Db::open(&harness.db.address()),
        Db::open(&harness.db.address()),
    );
    // It reads the accounts first in its snapshot; before, it checks the catalogue against the live schema.
    first.run("BEGIN; LOCK TABLE contact_centre.account IN ACCESS EXCLUSIVE MODE");
    let child = harness
        .command(&["preview", path.to_str().unwrap(), "--format", "json"])
        .args(harness.drop_options())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let blocked_at = |table: &str| {
        let sql = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = ";
        harness
            .db
            .wait_for("t", &format!("{sql} 'contact_centre.{table}'::regclass"));
    };
    blocked_at("account");
    second.run("BEGIN; LOCK TABLE contact_centre.contact_device IN ACCESS EXCLUSIVE MODE");
    first.run("COMMIT");
    blocked_at("contact_device");
    (child, second)
}

#[test]
fn it_changes_nothing_fires_no_trigger_and_blocks_nobody() {
    let harness = harness();
    harness.db.run(
        "CREATE TABLE public.fired (what text);
         CREATE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.fired VALUES (TG_OP); RETURN NULL; END $$;
         CREATE TRIGGER fire AFTER INSERT OR DELETE ON contact_centre.contact FOR EACH STATEMENT EXECUTE FUNCTION public.fire()",
    );
    let path = file(&harness, "forget-20180315_1.json", "110", PHONE);
    let ledger = || {
        [
            "submission",
            "request",
            "contact",
            "result",
            "media",
            "plan_key",
        ]
        .map(|table| {
            harness
                .db
                .rows(&format!("SELECT t::text FROM lethe.{table} t ORDER BY 1"))
        })
    };
    let written = || {
        harness.db.one(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables
             WHERE schemaname IN ('contact_centre', 'lethe', 'public')",
        )
    };
    harness.db.wait_for("t", "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'lethe%' AND datname = current_database()");
    // The server counts what this session wrote a second later, at its next statement.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    harness.db.run("SELECT 1");
    let before = (harness.dump(), ledger(), written());
    let (child, blocker) = halfway(&harness, &path);
    let locks = harness.db.rows(
        "SELECT DISTINCT c.relname, l.mode, l.granted FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
         WHERE c.relnamespace::regnamespace::text IN ('contact_centre', 'lethe', 'public') AND l.pid IN
               (SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'lethe%' AND datname = current_database())",
    );
    blocker.run("COMMIT");
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let read = |table: &str| locks.contains(&format!("{table}|AccessShareLock|t"));
    assert!(read("account") && read("recording") && read("contact_attempt"));
    assert!(
        locks.iter().all(|lock| lock.contains("|AccessShareLock|")),
        "{locks:?}"
    );
    // Counters arrive when a session ends.
    harness.db.wait_for("t", "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'lethe%' AND datname = current_database()");
    assert_eq!(before, (harness.dump(), ledger(), written()));
    assert_eq!(harness.db.one("SELECT count(*) FROM public.fired"), "0");
    assert!(harness.results().is_empty());
}

#[test]
fn it_reads_one_snapshot() {
    let harness = harness();
    let path = file(&harness, "forget-20180315_1.json", "110", PHONE);
    let (child, blocker) = halfway(&harness, &path);
    // What is committed now is not in its snapshot.
    blocker.run("DELETE FROM contact_centre.contact_device WHERE contact_id = 2; COMMIT");
    let output = child.wait_with_output().unwrap();
    let previewed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = &previewed["contacts"][0]["rows"];
    assert_eq!(rows["contact_centre.contact_device"], 2, "{rows}");
}

#[test]
fn the_digest_is_computed_from_what_the_preview_saw() {
    let harness = harness();
    let digest = |name: &str, contacts: &str, code| {
        preview(&harness, name, "110", contacts, code)["digest"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = digest("forget-20180315_1.json", PHONE, 0);
    assert_eq!(first, digest("forget-20180315_1.json", PHONE, 0));
    assert_eq!(first.len(), 19);
    // With one more blank it is another submission.
    let spaced = digest("forget-20180315_1.json", &format!(" {PHONE}"), 0);
    assert_ne!(first, spaced);
    harness.db.run("UPDATE contact_centre.contact_device SET device = '+16175550100' WHERE contact_id = 2 AND position = 1");
    let fewer = digest("forget-20180315_1.json", PHONE, 0);
    assert_ne!(first, fewer);
    harness
        .db
        .run("ALTER TABLE contact_centre.contact ALTER company TYPE varchar(200)");
    let altered = digest("forget-20180315_1.json", PHONE, 0);
    assert_ne!(fewer, altered);
    // A new account below is within its scope.
    harness.db.run("INSERT INTO contact_centre.account (account_id, parent_id, name) VALUES ('112', '110', 'New')");
    let wider = digest("forget-20180315_1.json", PHONE, 0);
    assert_ne!(altered, wider);
    // A new key is drawn when the old one reaches the age of retention.
    harness
        .db
        .run("UPDATE lethe.plan_key SET made_at = '2018-01-01'");
    harness.in_drop(&["purge"]).ok(0);
    assert_ne!(wider, digest("forget-20180315_1.json", PHONE, 0));
    assert_eq!(
        harness
            .db
            .one("SELECT count(*), date_trunc('minute', max(made_at)) FROM lethe.plan_key"),
        "1|2018-03-15 12:00:00+00"
    );
    harness.in_drop(&["purge"]).ok(0);
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.plan_key"), "1");
}

#[test]
fn it_says_what_is_wrong_with_the_file() {
    let harness = harness();
    let json = |path: &PathBuf, code| {
        let words = ["preview", path.to_str().unwrap(), "--format", "json"];
        harness.in_drop(&words).ok(code).json()
    };
    let path = file(&harness, "forget-20180316_1.json", "110", PHONE);
    let notes = json(&path, 0)["notes"].to_string();
    assert!(notes.contains("lethe run --date 20180316"), "{notes}");
    let notes = json(&file(&harness, "export.json", "110", PHONE), 0);
    assert_eq!(notes["action"], "EXPORT");
    assert!(
        notes["notes"]
            .to_string()
            .contains("leaves such a file untouched")
    );
    let path = harness.path("forget-20180315_5.json");
    std::fs::write(&path, "{\"requests\": [").unwrap();
    let broken = json(&path, 3);
    assert!(
        broken["error"].as_str().unwrap().contains("line 1"),
        "{broken}"
    );
    assert!(broken.get("contacts").is_none());
    std::os::unix::fs::symlink(&path, harness.path("forget-20180315_6.json")).unwrap();
    let link = json(&harness.path("forget-20180315_6.json"), 3);
    assert!(
        link["error"]
            .as_str()
            .unwrap()
            .contains("not a regular file"),
        "{link}"
    );
    // A mistyped path is reported as such.
    let ended = harness
        .in_drop(&["preview", "forget-20180315_7.json"])
        .ok(2);
    assert!(
        ended.stderr.contains("cannot read forget-20180315_7.json"),
        "{}",
        ended.stderr
    );
    // A submission that was processed before.
    harness
        .db
        .run("DELETE FROM contact_centre.recording_media WHERE media_id = 'M3'");
    harness.submit_contacts("forget-20180315_8.json", "110", PHONE);
    harness.run().ok(0);
    let submitted = harness.submit_path("forget-20180315_8.json");
    let done = json(&submitted, 0);
    assert!(
        done["notes"].to_string().contains("processed before"),
        "{done}"
    );
    assert_eq!(done["contacts"][0]["response"], "SUCCESS: not found");
    std::fs::write(
        &submitted,
        std::fs::read_to_string(&submitted).unwrap() + " ",
    )
    .unwrap();
    assert!(
        json(&submitted, 0)["notes"]
            .to_string()
            .contains("as a duplicate")
    );
    // A file that a run would refuse has no content to compare: it is not said to be purged.
    std::fs::remove_file(&submitted).unwrap();
    std::os::unix::fs::symlink(&path, &submitted).unwrap();
    let link = json(&submitted, 3);
    assert_eq!(
        link["notes"],
        serde_json::json!([
            "this name was used before; the contents cannot be compared, because this file cannot be read"
        ])
    );
}

#[test]
fn an_agent_can_read_the_text() {
    let harness = harness();
    let path = file(&harness, "forget-20180315_1.json", "100", PHONE);
    let told = harness
        .in_drop(&["preview", path.to_str().unwrap()])
        .ok(0)
        .stdout;
    for words in [
        "a FORGET; nothing was changed",
        "request 1, case 4711, account 100: 1 contact\n",
        "contact 1: phone\n",
        "a run would answer   SUCCESS\n",
        "found in records     contact 2, contact attempt 1, recording 1\n",
        "first 2018-01-01T00:00:00Z, last 2018-03-03T10:00:00Z\n",
        "belongs to           2 client IDs, 2 names: the device may be shared\n",
        "in the same records  1 device that this submission does not name\n",
        "recordings           3 media objects, 5 bytes (the size of 1 is not known)\n",
        "swapped digits       1 other device here, with two digits the other way round: is this the one?\n",
        "a run would answer 1 with SUCCESS (0 of them not found) and 0 with an error\n",
        "plan digest: ",
    ] {
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
    // A file contains no part of the device, not even masked.
    assert!(!told.contains("617") && !told.contains("42"), "{told}");
}

#[test]
fn the_drop_is_the_one_that_contains_the_file() {
    let mut harness = harness();
    harness.config = "[[drop]]\nname = 'other'\npath = '{dir}/other'\naccounts = ['900']\n\
                    [[drop]]\nname = 'acme'\npath = '{dir}/drop'\naccounts = ['100']"
        .into();
    harness.submit_contacts("forget-20180315_1.json", "110", PHONE);
    let path = harness.submit_path("forget-20180315_1.json");
    let previewed = harness
        .lethe(&["preview", path.to_str().unwrap(), "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(
        (&previewed["drop"], &previewed["success"]),
        (&json!("acme"), &json!(1))
    );
    let elsewhere = file(&harness, "forget-20180315_2.json", "110", PHONE);
    let ended = harness
        .lethe(&["preview", elsewhere.to_str().unwrap()])
        .ok(2);
    assert!(
        ended.stderr.contains(
            "the drop of this file is not known\n  hint: give --drop with one of other, acme"
        ),
        "{}",
        ended.stderr
    );
    let words = [
        "preview",
        elsewhere.to_str().unwrap(),
        "--drop",
        "other",
        "--format",
        "json",
    ];
    let previewed = harness.lethe(&words).ok(3).json();
    assert_eq!(
        previewed["contacts"][0]["response"],
        "ERROR: unknown account"
    );
}

/// Contacts 1001 to 3000 of account 110, each with a phone, an email, an attempt and a recording of their own client ID.
const MANY: &str = "
DROP INDEX contact_centre.contact_client_id, contact_centre.contact_attempt_client_id, contact_centre.recording_client_id;
INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name)
    SELECT n, '110', 'K-' || n, 'Ann' FROM generate_series(1001, 3000) n;
INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
    SELECT n, 1, '110', 'phone', '+1617555' || n FROM generate_series(1001, 3000) n
    UNION ALL SELECT n, 2, '110', 'email', n || '@example.com' FROM generate_series(1001, 3000) n;
INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, first_name, device)
    SELECT n, '110', 'K-' || n, 'Ann', '+1617555' || n FROM generate_series(1001, 3000) n;
INSERT INTO contact_centre.recording (recording_id, account_id, client_id, caller)
    SELECT 'R' || n, '110', 'K-' || n, '+1617555' || n FROM generate_series(1001, 3000) n;
INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, parameters)
    SELECT 'M' || n, 'R' || n, '110', '{\"codec\": \"opus\"}' FROM generate_series(1001, 3000) n;
ANALYZE";

#[test]
fn tables_are_read_once_and_not_for_each_device() {
    let harness = Harness::new();
    harness.db.run(MANY);
    let phones = |devices: usize| {
        let phone = |n: usize| format!(r#"{{"phone": "+1617555{n}"}}"#);
        let phones: Vec<String> = (1001..1001 + devices).map(phone).collect();
        phones.join(", ")
    };
    let idle = "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'lethe%' AND datname = current_database()";
    let read = || -> i64 {
        harness.db.wait_for("t", idle);
        let sql = "SELECT coalesce(max(seq_tup_read), 0) FROM pg_stat_user_tables WHERE schemaname = 'contact_centre'";
        harness.db.one(sql).parse().unwrap()
    };
    let took = |devices: usize| {
        let before = read();
        let began = std::time::Instant::now();
        let name = format!("forget-20180315_{devices}.json");
        let previewed = preview(&harness, &name, "110", &phones(devices), 0);
        let took = began.elapsed();
        assert_eq!(previewed["success"], devices);
        assert_eq!(previewed["contacts"][0]["other_devices"], 1);
        // Each table, of 4000 rows at most, is read by about ten statements.
        assert!(read() - before < 100_000, "{} rows", read() - before);
        took
    };
    took(1);
    // Another test may slow the machine down once, but not each time.
    let grows = |_| {
        let (few, many) = (took(500), took(2000));
        (many < 7 * few).then_some(()).ok_or((few, many))
    };
    let tries: Vec<_> = (0..3).map(grows).take_while(Result::is_err).collect();
    assert!(tries.len() < 3, "500 devices and 2000 took {tries:?}");

    // The same of a verification, by the client IDs that a FORGET found.
    harness.submit_contacts("forget-20180315_all.json", "110", &phones(500));
    harness.run().ok(0);
    let before = read();
    let path = harness.submit_path("forget-20180315_all.json");
    let words = ["verify", path.to_str().unwrap(), "--format", "json"];
    let verified = harness.in_drop(&words).ok(0).json();
    assert_eq!(verified["clean"], 500);
    assert_eq!(verified["contacts"][499]["client_ids"], 1);
    assert!(read() - before < 100_000, "{} rows", read() - before);
}
