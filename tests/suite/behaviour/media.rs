//! Recording media in a folder and in S3: what is deleted, kept, refused and reported (contract section 5).

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Ended, Fault, Harness, Proxy, Store};

const FILE: &str = "forget-20180315_1.json";
const STEM: &str = "forget-20180315_1";
const LOG: &str = "forget-20180315_1-media-log.json";
const NOT_DELETED: &str = "ERROR: recording media not deleted";
const FOLDER: &str = "[media]\nfolder = \"{dir}/media\"\n";
const URIS: &str = "SELECT media_uri FROM contact_centre.recording_media ORDER BY media_id";

/// A harness with one recording for each URI; the first caller is +1 617 555 0100, the next 0101 and so on.
fn harness(uris: &[&str]) -> Harness {
    let harness = Harness::new();
    for (i, uri) in uris.iter().enumerate() {
        add_recording(&harness, i, "110", &format!("+1617555{:04}", 100 + i), uri);
    }
    harness
}

fn add_recording(harness: &Harness, number: usize, account: &str, caller: &str, uri: &str) {
    let uri = uri.replace("{dir}", &harness.dir.path().display().to_string());
    harness.db.run(&format!(
        "INSERT INTO contact_centre.recording (recording_id, account_id, caller) VALUES ('R-{number}', '{account}', '{caller}');
         INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri)
             VALUES ('M-{number:02}', 'R-{number}', '{account}', $uri${uri}$uri$)"
    ));
}

/// Submits a FORGET of the first callers.
fn submit(harness: &Harness, callers: usize) {
    let contact = |i| format!(r#"{{"phone": "+1617555{:04}"}}"#, 100 + i);
    let contacts: Vec<String> = (0..callers).map(contact).collect();
    harness.submit_contacts(FILE, "110", &contacts.join(", "));
}

/// The section of a bucket in `lethe.toml`, with more lines.
fn s3(address: &str, more: &str) -> String {
    format!(
        "media_wait = \"20s\"\n[[media.s3]]\nbucket = \"calls\"\nregion = \"us-east-1\"\nendpoint = \"http://{address}\"\n{more}"
    )
}

/// A harness whose only store is a bucket, with credentials in the environment.
fn s3_world(address: &str, uris: &[&str]) -> Harness {
    let mut harness = harness(uris);
    harness.config = s3(address, "");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        harness
            .environment
            .insert(name.to_owned(), "A-SECRET-VALUE".to_owned());
    }
    harness
}

fn status(harness: &Harness) -> serde_json::Value {
    let json = harness
        .in_drop(&["status", "--format", "json"])
        .ok(0)
        .json();
    json["drops"][0]["media"].clone()
}

/// Why each pending object was not deleted.
fn reasons(harness: &Harness) -> Vec<String> {
    let text = |v: &serde_json::Value| v["reason"].as_str().unwrap_or_default().to_owned();
    status(harness)
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect()
}

#[test]
fn a_uri_that_leaves_its_store_is_refused_and_never_followed() {
    let uris = [
        "file:///etc/passwd",
        "../outside.wav",
        "file://{dir}/outside.wav",
        "{dir}/media/inside.wav",
        "link/outside.wav",
        "media/../../outside.wav",
        "%2e%2e/outside.wav",
        "s3://calls/inside.wav",
        "https://example.com/inside.wav",
    ];
    let mut harness = harness(&uris);
    harness.config = FOLDER.into();
    for file in ["outside.wav", "media/inside.wav"] {
        fs::write(harness.path(file), "sound").unwrap();
    }
    symlink(harness.dir.path(), harness.path("media/link")).unwrap();
    let before = harness.db.rows(URIS);
    submit(&harness, uris.len());
    // Refused permanently, so the log does not wait for media_wait.
    let began = Instant::now();
    let ended = harness.run_with(&["-v"]).ok(3);
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(harness.answers(STEM), [NOT_DELETED].repeat(uris.len()));
    assert!(harness.path("outside.wav").exists() && harness.path("media/inside.wav").exists());
    assert!(fs::exists("/etc/passwd").unwrap());
    assert_eq!(harness.db.rows(URIS), before);
    let waiting = status(&harness);
    assert_eq!(waiting[0]["file"], FILE);
    assert_eq!(waiting[0]["objects"], uris.len());
    let text = harness.in_drop(&["status"]).ok(0).stdout;
    assert!(
        text.contains("recording media still to be deleted: 9"),
        "{text}"
    );
    let ledger = harness
        .db
        .rows("SELECT row_to_json(m) FROM lethe.media m")
        .concat();
    for told in [
        &ended.stderr,
        &ended.stdout,
        &text,
        &waiting.to_string(),
        &ledger,
    ] {
        assert!(
            !told.contains("side.wav") && !told.contains("passwd"),
            "{told}"
        );
    }
    // The next run refuses them again, which is not an error of that run.
    harness.run().ok(0);
    assert_eq!(harness.db.rows(URIS), before);
}

#[test]
fn what_is_not_a_file_stays_until_it_is_one_and_the_media_log_reports_the_end() {
    let mut harness = harness(&["a.wav", "b/b.wav"]);
    harness.config = FOLDER.into();
    fs::create_dir_all(harness.path("media/a.wav/inner")).unwrap();
    fs::write(harness.path("media/b"), "no folder").unwrap();
    submit(&harness, 2);
    harness.run().ok(3);
    assert_eq!(harness.answers(STEM), [NOT_DELETED, NOT_DELETED]);
    assert!(harness.path("media/a.wav/inner").exists() && harness.path("media/b").exists());
    fs::remove_dir_all(harness.path("media/a.wav")).unwrap();
    fs::write(harness.path("media/a.wav"), "sound").unwrap();
    harness.run().ok(0);
    assert!(!harness.path("media/a.wav").exists());
    assert_eq!(harness.db.rows(URIS), ["NULL", "b/b.wav"]);
    assert!(!harness.results().contains(&LOG.to_owned()), "one is left");
    fs::remove_file(harness.path("media/b")).unwrap();
    harness.run().ok(0);
    assert_eq!(harness.db.rows(URIS), ["NULL", "NULL"]);
    let log: serde_json::Value = serde_json::from_str(&harness.result(LOG)).unwrap();
    let contact = |n: u32| serde_json::json!({"request": 1, "contact": n, "response": "SUCCESS"});
    assert_eq!(log["media"], serde_json::json!([contact(1), contact(2)]));
    assert_eq!(status(&harness), serde_json::json!([]));
}

#[test]
fn a_media_log_that_a_crash_kept_back_is_published_by_the_next_run() {
    let mut harness = harness(&["a.wav"]);
    submit(&harness, 1);
    harness.run().ok(3);
    assert_eq!(reasons(&harness), ["no media store is configured"]);
    harness.config = FOLDER.into();
    harness.run().ok(0);
    harness
        .db
        .run("DELETE FROM lethe.result WHERE file_name LIKE '%-media-log.json'");
    fs::remove_file(harness.result_path(LOG)).unwrap();
    harness.run().ok(0);
    assert!(harness.results().contains(&LOG.to_owned()));
}

#[test]
fn a_log_written_later_reports_media_deleted_meanwhile() {
    let mut harness = harness(&["a.wav"]);
    fs::write(harness.path("media/a.wav"), "sound").unwrap();
    submit(&harness, 1);
    harness.run().ok(3);
    // The state after a crash between the error and the log.
    harness.db.run(
        "UPDATE lethe.submission SET state = 'running', completed_at = NULL; DELETE FROM lethe.result",
    );
    fs::remove_file(harness.result_path(&format!("{STEM}-execution-log.json"))).unwrap();
    harness.config = FOLDER.into();
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
    assert!(!harness.path("media/a.wav").exists());
    harness.run().ok(0);
    assert_eq!(harness.results(), [format!("{STEM}-execution-log.json")]);
}

#[test]
fn an_object_that_several_recordings_name_is_deleted_with_the_last() {
    // In another account, which this drop cannot reach, and in another spelling.
    let mut harness = harness(&["a.wav"]);
    harness.config = FOLDER.into();
    fs::write(harness.path("media/a.wav"), "sound").unwrap();
    let other = "file://{dir}/media/a.wav";
    add_recording(&harness, 7, "900", "+16175550107", other);
    submit(&harness, 1);
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
    assert!(
        harness.path("media/a.wav").exists(),
        "it is the other one's too"
    );
    let uris = harness.db.rows(URIS);
    assert_eq!(uris[0], "NULL", "the consumer's own reference is gone");
    assert!(uris[1].ends_with("/media/a.wav"));
    harness.accounts = vec!["900".into()];
    harness.submit_contacts(
        "forget-20180315_2.json",
        "900",
        r#"{"phone": "+1 617 555 0107"}"#,
    );
    harness.run().ok(0);
    assert_eq!(harness.answers("forget-20180315_2"), ["SUCCESS"]);
    assert!(!harness.path("media/a.wav").exists());
    assert_eq!(harness.db.rows(URIS), ["NULL", "NULL"]);
}

#[test]
fn spellings_that_other_programs_resolve_to_the_object_keep_it_too() {
    for other in ["{dir}/media/a.wav", "./a.wav"] {
        let mut harness = harness(&["a.wav", other]);
        harness.config = FOLDER.into();
        fs::write(harness.path("media/a.wav"), "sound").unwrap();
        submit(&harness, 1);
        harness.run().ok(0);
        assert!(harness.path("media/a.wav").exists(), "{other}");
    }
}

#[test]
fn forgotten_rows_keep_no_object() {
    // Both in one submission; and one whose own object is still in the outbox of an earlier submission.
    let mut harness = harness(&["a.wav", "file://{dir}/media/a.wav", "a.wav"]);
    fs::write(harness.path("media/a.wav"), "sound").unwrap();
    submit(&harness, 1);
    harness.run().ok(3);
    harness.config = FOLDER.into();
    // In a drop that is not processed now.
    harness
        .db
        .run("UPDATE lethe.submission SET drop_name = 'elsewhere'");
    fs::remove_file(harness.submit_path(FILE)).unwrap();
    harness.submit_contacts(
        "forget-20180315_2.json",
        "110",
        r#"{"phone": "+1 617 555 0101"}, {"phone": "+1 617 555 0102"}"#,
    );
    harness.run().ok(0);
    assert_eq!(harness.answers("forget-20180315_2"), ["SUCCESS", "SUCCESS"]);
    assert!(!harness.path("media/a.wav").exists());
    assert_eq!(harness.db.rows(URIS), ["a.wav", "NULL", "NULL"]);
}

#[test]
fn of_two_runs_at_once_the_later_one_deletes_shared_objects() {
    let mut harness = Harness::new();
    harness.config = FOLDER.into();
    for i in 0..30 {
        let file = format!("{i}.wav");
        fs::write(harness.path("media").join(&file), "sound").unwrap();
        add_recording(&harness, i, "110", "+16175550100", &file);
        let other = format!("file://{{dir}}/media/{file}");
        add_recording(&harness, 50 + i, "910", "+16175550101", &other);
    }
    submit(&harness, 1);
    let other = harness.path("other");
    fs::create_dir_all(other.join("GDPR_Submit")).unwrap();
    fs::write(
        other.join("GDPR_Submit").join(FILE),
        r#"{"requests": [{"accountid": "910", "type": "FORGET", "contacts": [{"phone": "+16175550101"}]}]}"#,
    )
    .unwrap();
    let mut one = harness.start_run();
    let mut two = harness
        .command(&["run", "--settle", "0s", "--account", "900"])
        .arg("--drop")
        .arg(&other)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(one.wait().unwrap().code(), Some(0));
    assert_eq!(two.wait().unwrap().code(), Some(0));
    assert_eq!(fs::read_dir(harness.path("media")).unwrap().count(), 0);
    let left = "SELECT count(*) FROM contact_centre.recording_media WHERE media_uri IS NOT NULL";
    assert_eq!(harness.db.one(left), "0");
}

#[test]
fn a_row_that_names_another_object_by_then_is_left_unchanged() {
    let mut harness = harness(&["a.wav"]);
    for file in ["media/a.wav", "media/b.wav"] {
        fs::write(harness.path(file), "sound").unwrap();
    }
    submit(&harness, 1);
    harness.run().ok(3);
    harness
        .db
        .run("UPDATE contact_centre.recording_media SET media_uri = 'b.wav'");
    harness.config = FOLDER.into();
    harness.run().ok(0);
    assert!(
        harness.path("media/b.wav").exists(),
        "nobody asked to delete it"
    );
    assert_eq!(harness.db.rows(URIS), ["b.wav"]);
    assert_eq!(
        reasons(&harness),
        ["the row names another object than at the time of the FORGET"]
    );
    // Setting the column to NULL confirms that somebody has checked the object.
    harness
        .db
        .run("UPDATE contact_centre.recording_media SET media_uri = NULL");
    harness.run().ok(0);
    assert!(harness.results().contains(&LOG.to_owned()));
    let digests = "SELECT count(*) FROM lethe.media WHERE object_digest IS NOT NULL";
    assert_eq!(harness.db.one(digests), "0", "kept no longer than needed");
}

#[test]
fn every_version_of_an_object_is_deleted_and_no_neighbour() {
    let store = Store::new();
    store.versioned_bucket("calls");
    for _ in 0..3 {
        store.put("calls", "eu/a.wav");
        store.put("calls", "eu/b%20c%2B1.wav");
        store.put("calls", "eu/hidden.wav");
    }
    // Deleted by somebody else: in a bucket with versions a marker hides the versions that are still there.
    store.ask("DELETE", "/calls/eu/hidden.wav", &[], "");
    store.put("calls", "eu/hidden.wav");
    store.ask("DELETE", "/calls/eu/hidden.wav", &[], "");
    for key in ["eu/a.wav.bak", "eu/a.wav/x", "eu/a.wa", "us/a.wav"] {
        store.put("calls", key);
    }
    let url = format!("http://{}/calls/eu/b%20c%2B1.wav", store.address);
    let uris = [
        "s3://calls/eu/a.wav",
        &url,
        "s3://calls/eu/hidden.wav",
        "s3://calls/eu/gone.wav",
        "s3://calls/us/a.wav",
    ];
    let mut harness = s3_world(&store.address, &uris);
    harness.config = s3(&store.address, "prefix = \"eu\"\n");
    submit(&harness, uris.len());
    harness.run().ok(3);
    let mut expected = ["SUCCESS"; 5];
    expected[4] = NOT_DELETED;
    assert_eq!(harness.answers(STEM), expected);
    assert_eq!(
        store.versions("calls"),
        ["eu/a.wa", "eu/a.wav.bak", "eu/a.wav/x", "us/a.wav"]
    );
    assert_eq!(
        harness.db.rows(URIS),
        ["NULL", "NULL", "NULL", "NULL", "s3://calls/us/a.wav"],
        "the last is outside the prefix"
    );
}

#[test]
fn an_object_is_found_beyond_the_first_page_of_a_listing() {
    let store = Store::new();
    store.versioned_bucket("calls");
    // Versions and a marker, with the neighbours' versions between them in the list.
    for _ in 0..2 {
        store.put("calls", "a");
        store.ask("DELETE", "/calls/a", &[], "");
    }
    for i in 0..1_010 {
        store.put("calls", &format!("a{i:04}"));
    }
    let harness = s3_world(&store.address, &["s3://calls/a", "s3://calls/a1009"]);
    submit(&harness, 2);
    harness.run().ok(0);
    let left = store.ask("GET", "/calls?versions&prefix=a&max-keys=5", &[], "");
    assert!(!left.contains("<Key>a</Key>"), "{left}");
    assert!(left.contains("<Key>a0000</Key>"), "{left}");
    let last = store.ask("GET", "/calls?versions&prefix=a1", &[], "");
    assert!(
        last.contains("a1008<") && !last.contains("a1009<"),
        "{last}"
    );
}

#[test]
fn a_store_over_tls_must_have_a_valid_certificate() {
    let mut harness = s3_world("", &["s3://calls/a.wav"]);
    let authority = harness.path("authority.pem");
    let store = Store::with_tls(&authority);
    store.bucket("calls");
    store.put("calls", "a.wav");
    let config = s3(&store.tls_address, "").replace("http://", "https://");
    harness.config = config.replace("20s", "1s");
    submit(&harness, 1);
    harness.run().ok(3);
    assert_eq!(harness.answers(STEM), [NOT_DELETED]);
    assert_eq!(store.versions("calls"), ["a.wav"]);
    let file = authority.display().to_string();
    harness.environment.insert("SSL_CERT_FILE".to_owned(), file);
    harness.run().ok(0);
    assert!(store.versions("calls").is_empty());
    assert!(harness.results().contains(&LOG.to_owned()));
}

#[test]
fn a_bucket_without_versions_works_too() {
    let store = Store::new();
    store.bucket("calls");
    for key in ["%C3%A9/a%20%26%20b.wav", "shared.wav", "c.wav"] {
        store.put("calls", key);
    }
    let url = format!("http://{}/calls/shared.wav", store.address);
    let uris = ["s3://calls/é/a & b.wav", "s3://calls/shared.wav", &url];
    let mut harness = s3_world(&store.address, &uris);
    harness.config = s3(&store.address, "credentials_file = \"{dir}/credentials\"\n");
    harness.environment.clear();
    let secret = "[default]\naws_access_key_id = K\naws_secret_access_key = A-SECRET-VALUE\n";
    fs::write(harness.path("credentials"), secret).unwrap();
    let mode = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(harness.path("credentials"), permissions).unwrap();
    };
    submit(&harness, 2);
    mode(0o604);
    let ended = harness.run().ok(2);
    assert!(
        ended.stderr.contains("is readable by others"),
        "{}",
        ended.stderr
    );
    mode(0o600);
    let ended = harness.run_with(&["-v", "-v"]).ok(0);
    assert!(!ended.stderr.contains("A-SECRET-VALUE"), "{}", ended.stderr);
    assert_eq!(store.versions("calls"), ["c.wav", "shared.wav"]);
    harness.submit_contacts(
        "forget-20180315_2.json",
        "110",
        r#"{"phone": "+1 617 555 0102"}"#,
    );
    harness.run().ok(0);
    assert_eq!(store.versions("calls"), ["c.wav"]);
}

#[test]
fn a_held_object_is_deleted_after_its_release() {
    let store = Store::new();
    store.versioned_bucket("calls");
    for key in ["held.wav", "kept.wav", "governed.wav", "free.wav"] {
        store.put("calls", key);
        store.put("calls", key);
    }
    let hold = |status: &str| {
        let body = format!("<LegalHold><Status>{status}</Status></LegalHold>");
        store.ask("PUT", "/calls/held.wav?legal-hold", &[], &body);
    };
    hold("ON");
    for (key, mode) in [("kept.wav", "COMPLIANCE"), ("governed.wav", "GOVERNANCE")] {
        let until = "<RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate>";
        let body = format!("<Retention><Mode>{mode}</Mode>{until}</Retention>");
        store.ask("PUT", &format!("/calls/{key}?retention"), &[], &body);
    }
    // A delete marker stays too: a held version must not become visible again.
    store.ask("DELETE", "/calls/kept.wav", &[], "");
    let proxy = Proxy::before(&store, &[]);
    let uris =
        ["held.wav", "kept.wav", "governed.wav", "free.wav"].map(|k| format!("s3://calls/{k}"));
    let harness = s3_world(&proxy.address, &uris.each_ref().map(String::as_str));
    submit(&harness, 4);
    let began = Instant::now();
    harness.run().ok(3);
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "a hold is not waited for"
    );
    let mut expected = [NOT_DELETED; 4];
    expected[3] = "SUCCESS";
    assert_eq!(harness.answers(STEM), expected);
    assert_eq!(
        store.versions("calls"),
        ["governed.wav", "held.wav", "kept.wav", "kept.wav"],
        "of each the version that is held, and the marker"
    );
    assert!(
        reasons(&harness)[0].contains("object lock"),
        "{:?}",
        reasons(&harness)
    );
    let asked = proxy.seen();
    let deletions = asked.iter().filter(|r| r.starts_with("DELETE")).count();
    assert_eq!(deletions, 8, "each version once: {asked:?}");
    hold("OFF");
    harness.run().ok(0);
    assert_eq!(
        store.versions("calls"),
        ["governed.wav", "kept.wav", "kept.wav"]
    );
    assert_eq!(status(&harness)[0]["objects"], 2);
    assert!(!harness.results().contains(&LOG.to_owned()), "two are left");
}

#[test]
fn transient_errors_are_retried_while_the_log_waits() {
    let store = Store::new();
    store.bucket("calls");
    store.put("calls", "a.wav");
    let faults = [
        Fault::Answer(503),
        Fault::Cut,
        Fault::Answer(429),
        Fault::Answer(500),
    ];
    let proxy = Proxy::before(&store, &faults);
    let harness = s3_world(&proxy.address, &["s3://calls/a.wav"]);
    submit(&harness, 1);
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
    assert!(store.versions("calls").is_empty());
    assert_eq!(harness.results(), [format!("{STEM}-execution-log.json")]);
    // Four failed requests, a list, a deletion, a list.
    assert_eq!(proxy.seen().len(), 7, "{:?}", proxy.seen());
}

#[test]
fn wrong_credentials_and_a_missing_bucket_are_not_retried() {
    let store = Store::that_denies_after(2);
    store.bucket("calls");
    store.put("calls", "a.wav");
    let proxy = Proxy::before(&store, &[]);
    let harness = s3_world(&proxy.address, &["s3://calls/a.wav"]);
    submit(&harness, 1);
    let began = Instant::now();
    let ended = harness.run_with(&["-v", "-v"]).ok(3);
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(harness.answers(STEM), [NOT_DELETED]);
    assert_eq!(proxy.seen().len(), 1, "{:?}", proxy.seen());
    assert!(
        reasons(&harness)[0].contains("denied access"),
        "{:?}",
        reasons(&harness)
    );
    assert!(!ended.stderr.contains("A-SECRET-VALUE"));

    let store = Store::new();
    let proxy = Proxy::before(&store, &[]);
    let harness = s3_world(&proxy.address, &["s3://calls/a.wav"]);
    submit(&harness, 1);
    harness.run().ok(3);
    assert_eq!(harness.answers(STEM), [NOT_DELETED]);
    assert_eq!(proxy.seen().len(), 1, "{:?}", proxy.seen());
    assert_eq!(reasons(&harness), ["the bucket does not exist"]);
    // A bucket that cannot be found does not mean that the object is gone.
    assert_eq!(harness.db.rows(URIS), ["s3://calls/a.wav"]);
}

#[test]
fn a_store_that_is_away_longer_than_the_log_waits_is_retried_by_later_runs() {
    let store = Store::new();
    store.bucket("calls");
    let keys: Vec<String> = (0..40).map(|i| format!("{i:02}.wav")).collect();
    for key in &keys {
        store.put("calls", key);
    }
    for fault in [Fault::Hang, Fault::Answer(503)] {
        let proxy = Proxy::that_always(&store, fault);
        let uris: Vec<String> = keys.iter().map(|key| format!("s3://calls/{key}")).collect();
        let mut harness = Harness::new();
        for (i, uri) in uris.iter().enumerate() {
            add_recording(&harness, i, "110", "+16175550100", uri);
        }
        let lines = "metrics_file = \"{dir}/lethe.prom\"\n".to_owned();
        harness.config = lines + &s3(&proxy.address, "").replace("20s", "2s");
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            harness.environment.insert(name.to_owned(), "x".to_owned());
        }
        submit(&harness, 1);
        let began = Instant::now();
        harness.run().ok(3);
        let took = began.elapsed();
        // The store hangs for good, and media_wait is 2 seconds: a minute is neither, however slow the machine.
        assert!(took < Duration::from_secs(60), "{fault:?}: {took:?}");
        assert_eq!(harness.answers(STEM), [NOT_DELETED]);
        let waiting = status(&harness);
        let objects = waiting.as_array().unwrap().iter();
        let objects: i64 = objects.map(|w| w["objects"].as_i64().unwrap()).sum();
        assert_eq!(objects, 40);
        let metrics = || fs::read_to_string(harness.path("lethe.prom")).unwrap();
        assert!(
            metrics().contains("lethe_media_waiting_objects 40\n"),
            "{}",
            metrics()
        );
        // It does not delay another submission for longer than media_wait either.
        harness.submit_contacts(
            "forget-20180315_2.json",
            "110",
            r#"{"phone": "+1 617 555 0199"}"#,
        );
        let began = Instant::now();
        harness.run().ok(0);
        assert!(began.elapsed() < Duration::from_secs(60), "{fault:?}");
        assert_eq!(harness.answers("forget-20180315_2"), ["SUCCESS: not found"]);
        if let Fault::Answer(_) = fault {
            proxy.mend();
            // A slow machine may need more than one media_wait for 40 objects and their log.
            let mut later = (0..5).map(|_| harness.run().ok(0));
            let is_logged = |_: Ended| harness.results().contains(&LOG.to_owned());
            assert!(later.any(is_logged));
            assert!(store.versions("calls").is_empty());
            let found = metrics();
            assert!(found.contains("lethe_media_waiting_objects 0\n"), "{found}");
            let deleted = "lethe_media_objects_total{outcome=\"deleted\"} 40\n";
            assert!(found.contains(deleted), "{found}");
        }
    }
}

#[test]
fn media_are_deleted_after_a_crash_between_commit_and_deletion() {
    let store = Store::new();
    store.versioned_bucket("calls");
    store.put("calls", "a.wav");
    store.put("calls", "b.wav");
    let proxy = Proxy::that_always(&store, Fault::Hang);
    let harness = s3_world(&proxy.address, &["s3://calls/a.wav", "s3://calls/b.wav"]);
    submit(&harness, 2);
    let mut run = harness.start_run();
    let give_up = Instant::now() + Duration::from_secs(20);
    while proxy.seen().is_empty() {
        assert!(Instant::now() < give_up, "it asks the store");
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(Pid::from_raw(run.id() as i32), Signal::SIGKILL).unwrap();
    run.wait().unwrap();
    let callers = "SELECT count(*) FROM contact_centre.recording WHERE caller LIKE 'anon-%'";
    assert_eq!(harness.db.one(callers), "2", "the rows are committed");
    assert!(harness.results().is_empty());
    assert_eq!(store.versions("calls"), ["a.wav", "b.wav"]);
    harness.db.wait_for(
        "0",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'",
    );
    proxy.mend();
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS", "SUCCESS"]);
    assert!(store.versions("calls").is_empty());
    assert_eq!(harness.db.rows(URIS), ["NULL", "NULL"]);
    assert_eq!(harness.results(), [format!("{STEM}-execution-log.json")]);
}
