//! Certificates: what a census found, signed and chained, renewed by a better one, and nothing that was not measured.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::proof::scrub::fixture::{CANARY, Scrubbing, ended};
use crate::support::{Ended, ended as ended_of};

const FILE: &str = "forget-20180315_1.json";

fn certificate_name(n: u32) -> String {
    match n {
        1 => "forget-20180315_1-certificate.json".to_owned(),
        n => format!("forget-20180315_1-certificate-{n}.json"),
    }
}

/// A server, a key, and a completed FORGET.
fn forgotten() -> Scrubbing {
    forgotten_with(&[])
}

fn forgotten_with(settings: &[(&str, &str)]) -> Scrubbing {
    let s = Scrubbing::with(settings);
    assert!(s.server.lethe(&["keygen"]).status().unwrap().success());
    s.forget();
    s
}

fn result(s: &Scrubbing, name: &str) -> PathBuf {
    s.server.path("drop/GDPR_Result").join(name)
}

/// The certificate, which holds no device, with its page.
#[track_caller]
fn read(s: &Scrubbing, n: u32) -> (Value, String) {
    let path = result(s, &certificate_name(n));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let page = fs::read_to_string(path.with_extension("html")).unwrap();
    for text in [&text, &page] {
        assert!(!text.contains(&CANARY[1..]) && !text.contains("Canary"));
        assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("src="));
    }
    (serde_json::from_str(&text).unwrap(), page)
}

/// The grade of a place; none if the certificate does not mention it.
fn grade(certificate: &Value, place: &str) -> String {
    let places = certificate["places"].as_array().unwrap();
    let said = places.iter().find(|said| said["place"] == place);
    said.map_or("-", |said| said["grade"].as_str().unwrap())
        .to_owned()
}

/// The operator's copies.
fn operators(s: &Scrubbing) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for chain in fs::read_dir(s.server.path("data/receipts")).unwrap() {
        for file in fs::read_dir(chain.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.contains("-certificate") {
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn run(s: &Scrubbing, words: &[&str]) -> Ended {
    ended_of(s.server.lethe(words).output().unwrap())
}

/// Verifies everything in the drop.
fn verify(s: &Scrubbing) -> Ended {
    run(
        s,
        &[
            "receipt", "verify", "--chain", "drop", "--ledger", "--format", "json",
        ],
    )
}

#[test]
fn a_scrub_certifies_what_it_did_and_a_deeper_one_renews_it() {
    let s = forgotten();
    let scrubbed = s.scrub(&[]);
    scrubbed.assert_complete();
    assert_eq!(scrubbed.json["certificates"], 1);
    let (one, page) = read(&s, 1);
    assert_eq!(grade(&one, "rows"), "unreachable");
    assert_eq!(grade(&one, "backups"), "may_remain");
    assert!(one["backups"]["files_clean_if_started_after"].is_null());
    assert!(one["backups"]["rows_clean_if_started_after"].is_string());
    assert_eq!(one["searched"], true);
    assert_eq!((&one["number"], &one["ordinal"]), (&1.into(), &1.into()));
    assert_eq!(
        one["tables"],
        serde_json::json!(["contact_attempt", "sms_message"])
    );
    assert!(page.contains("rows of tables") && page.contains("unreachable"));
    let before = fs::read(result(&s, &certificate_name(1))).unwrap();

    s.server.configure("backup_retention = \"35d\"");
    let deeper = s.scrub(&["--level", "2"]);
    deeper.assert_complete();
    let (two, page) = read(&s, 2);
    for place in ["rows", "indexes", "statistics"] {
        assert_eq!(grade(&two, place), "gone", "{place}");
    }
    let day =
        |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
    let backups = &two["backups"];
    assert_eq!(
        day(&backups["last_gone"]) - day(&backups["files_clean_if_started_after"]),
        chrono::TimeDelta::days(35)
    );
    assert_eq!(backups["kept_for_days"], 35);
    assert!(page.contains("keeps backups for 35 days"));
    assert_eq!(
        fs::read(result(&s, &certificate_name(1))).unwrap(),
        before,
        "nothing is overwritten"
    );
    // There is nothing new to report.
    assert_eq!(s.scrub(&["--level", "2"]).json["certificates"], 0);
    let again = run(&s, &["certificate", FILE, "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(
        (&again["new"], &again["file"]),
        (&false.into(), &certificate_name(2).into())
    );
    assert!(!result(&s, &certificate_name(3)).exists());
    // It belongs to the submission's receipt, and everything is genuine.
    let receipt = fs::read(result(&s, "forget-20180315_1-receipt.json")).unwrap();
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&receipt);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(two["receipt"], hash);
    let verified = verify(&s).ok(0).json();
    assert_eq!(verified["certificates"].as_array().unwrap().len(), 2);
    assert_eq!(verified["receipts"].as_array().unwrap().len(), 1);
}

#[test]
fn the_customers_copy_contains_no_names_and_the_operators_copy_all_of_them() {
    let s = forgotten_with(&[("wal_level", "logical")]);
    let other = s.server.db();
    other.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    s.db.run("SELECT pg_create_logical_replication_slot('warehouse_of_acme', 'test_decoding')");
    // A later snapshot does not keep earlier changes.
    s.db.run("DELETE FROM lethe.scrub_seen; UPDATE contact_centre.sms_message SET body = 'x'");
    let held = s.scrub(&["--level", "2", "--wait", "0s"]);
    held.assert_incomplete();
    let (certificate, page) = read(&s, 1);
    assert_eq!(grade(&certificate, "rows"), "may_remain");
    assert_eq!(grade(&certificate, "indexes"), "may_remain");
    assert!(certificate["backups"]["files_clean_if_started_after"].is_null());
    let stood = certificate["stood_in_the_way"].to_string();
    assert!(
        stood.contains("a session that left a transaction open"),
        "{stood}"
    );
    let pid = other.one("SELECT pg_backend_pid()");
    let text = certificate.to_string();
    let position =
        s.db.one("SELECT split_part(pg_current_wal_lsn()::text, '/', 1) || '/'");
    for secret in [
        "warehouse_of_acme",
        "contact_centre.",
        "slot_name",
        &format!("\"{position}"),
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
        assert!(!page.contains(secret), "{secret}");
    }
    // As a word: its digits may be in a digest by chance.
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.map(str::to_owned).collect()
    };
    assert!(
        !words(&text).contains(&pid) && !words(&page).contains(&pid),
        "{pid}: {text}"
    );
    let operators = operators(&s);
    let names: Vec<&str> = operators.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "000001-forget-20180315_1-certificate-operator.json",
            "000001-forget-20180315_1-certificate.json"
        ]
    );
    let copy: Value = serde_json::from_str(&operators[0].1).unwrap();
    assert!(copy["wal_clean_from"].is_null());
    for known in [
        "warehouse_of_acme",
        pid.as_str(),
        "contact_centre.sms_message",
    ] {
        assert!(operators[0].1.contains(known), "{known}");
    }
    other.run("ROLLBACK");
    s.db.run("SELECT pg_drop_replication_slot('warehouse_of_acme')");
    s.scrub(&["--level", "2"]).assert_complete();
    let copy: Value = serde_json::from_str(&self::operators(&s)[2].1).unwrap();
    assert!(
        copy["wal_clean_from"].as_str().unwrap().contains('/'),
        "{copy:#}"
    );
    assert_eq!(read(&s, 2).0["stood_in_the_way"], serde_json::json!([]));
}

#[test]
fn tampered_certificates_are_detected() {
    let s = forgotten();
    s.scrub(&[]).assert_complete();
    s.scrub(&["--level", "1.5"]).assert_complete();
    let untouched = |n| fs::read_to_string(result(&s, &certificate_name(n))).unwrap();
    let (first, second) = (untouched(1), untouched(2));
    let place = |n: u32| result(&s, &certificate_name(n));
    let page = place(2).with_extension("html");
    let page_text = fs::read_to_string(&page).unwrap();
    verify(&s).ok(0);
    let finds = |words: &str| {
        let said = verify(&s).ok(3).json()["problems"].to_string();
        assert!(said.contains(words), "{words}: {said}");
    };
    fs::write(place(1), first.replacen("may_remain", "gone", 1)).unwrap();
    finds("changed after it was signed");
    fs::write(place(1), &first).unwrap();
    fs::write(&page, page_text.replacen("may remain", "gone", 1)).unwrap();
    finds("not the page that the certificate was signed with");
    fs::write(&page, &page_text).unwrap();
    fs::remove_file(place(1)).unwrap();
    finds("certificate 1 is missing before");
    fs::write(place(1), &first).unwrap();
    fs::remove_file(place(2)).unwrap();
    finds("certificate 2 is missing at the end of the chain");
    fs::write(place(2), &first).unwrap();
    finds("renamed or swapped");
    fs::write(place(2), &second).unwrap();
    verify(&s).ok(0);
    // One alone, with the published key, and with another.
    let key = run(&s, &["keygen", "--public"]).ok(0).stdout;
    fs::write(s.server.path("lethe.pub"), key).unwrap();
    let one = place(2).display().to_string();
    run(
        &s,
        &["receipt", "verify", &one, "--public-key", "lethe.pub"],
    )
    .ok(0);
    run(&s, &["receipt", "verify", &one, "--receipt-text"]).ok(2);
    run(&s, &["keygen", "--key", "other.pem"]).ok(0);
    run(
        &s,
        &["receipt", "verify", &one, "--public-key", "other.pem.pub"],
    )
    .ok(3);
}

#[test]
fn a_table_owner_without_other_privileges_certifies_what_it_could_check() {
    let s = Scrubbing::with(&[("shared_preload_libraries", "pg_stat_statements")]);
    s.db.run("CREATE EXTENSION pg_stat_statements SCHEMA public");
    assert!(s.server.lethe(&["keygen"]).status().unwrap().success());
    s.forget();
    s.db.run(
        "CREATE ROLE owner_only LOGIN;
         GRANT USAGE ON SCHEMA lethe, contact_centre TO owner_only;
         GRANT CREATE ON SCHEMA contact_centre TO owner_only;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO owner_only;
         DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'contact_centre'::regnamespace AND relkind IN ('r', 'p')
             LOOP EXECUTE format('ALTER TABLE %s OWNER TO owner_only', t); END LOOP; END $$",
    );
    let plain = s.server.address().replace("user=lethe", "user=owner_only");
    let as_owner = |words: &[&str]| {
        let mut command = std::process::Command::new(crate::support::LETHE);
        command
            .args(words)
            .args(["--format", "json", "--database", &plain])
            .env("LETHE_CONFIG", s.server.path("lethe.toml"))
            .current_dir(s.server.path(""));
        ended(command)
    };
    let scrubbed = as_owner(&["scrub", "--wait", "1s"]);
    scrubbed.assert_incomplete();
    assert_eq!(s.dead(), 0, "the tables are clean all the same");
    assert_eq!(scrubbed.json["certificates"], 1);
    let (certificate, page) = read(&s, 1);
    assert_eq!(grade(&certificate, "rows"), "unreachable");
    assert_eq!(grade(&certificate, "indexes"), "unreachable");
    assert_eq!(grade(&certificate, "statistics"), "may_remain");
    for place in ["statements", "temp_files", "wal"] {
        assert_eq!(grade(&certificate, place), "unknown", "{place}");
    }
    assert_eq!(grade(&certificate, "log_settings"), "may_remain");
    let stood = certificate["stood_in_the_way"].to_string();
    assert!(
        stood.contains("a privilege that the operator's role lacks"),
        "{stood}"
    );
    assert!(page.contains("could not be examined"));
}

#[test]
fn without_a_key_there_is_no_certificate_and_a_note_says_so() {
    let s = Scrubbing::new();
    s.forget();
    let scrubbed = s.scrub(&[]);
    scrubbed.assert_complete();
    assert!(
        scrubbed.stderr.contains("lethe keygen"),
        "{}",
        scrubbed.stderr
    );
    assert_eq!(scrubbed.json["certificates"], 0);
    assert!(!result(&s, &certificate_name(1)).exists());
    let refused = run(&s, &["certificate", FILE]).ok(2);
    assert!(
        refused.stderr.contains("lethe keygen"),
        "{}",
        refused.stderr
    );
    // With a key it can be issued at any time.
    run(&s, &["keygen"]).ok(0);
    let made = run(&s, &["certificate", FILE, "--backup-retention", "35d"]).ok(0);
    assert!(
        made.stdout.contains("forget-20180315_1-certificate.html"),
        "{}",
        made.stdout
    );
    read(&s, 1);
    assert_eq!(run(&s, &["certificate", "export-20180315_1.json"]).code, 2);
    assert_eq!(run(&s, &["certificate", "forget-20180316_1.json"]).code, 2);
}

#[test]
fn an_error_of_the_database_is_not_that_of_one_submission() {
    let s = forgotten();
    s.db.run(
        "CREATE ROLE owner_only LOGIN;
         GRANT USAGE ON SCHEMA lethe, contact_centre TO owner_only;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO owner_only;
         ALTER TABLE lethe.certificate ADD CONSTRAINT refused CHECK (false) NOT VALID;
         DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'contact_centre'::regnamespace AND relkind IN ('r', 'p')
             LOOP EXECUTE format('ALTER TABLE %s OWNER TO owner_only', t); END LOOP; END $$",
    );
    let mut command = std::process::Command::new(crate::support::LETHE);
    let plain = s.server.address().replace("user=lethe", "user=owner_only");
    command
        .args(["scrub", "--wait", "1s", "--format", "json"])
        .args(["--database", &plain])
        .env("LETHE_CONFIG", s.server.path("lethe.toml"))
        .current_dir(s.server.path(""));
    let scrubbed = ended(command);
    assert_eq!(scrubbed.code, 1, "{}", scrubbed.stderr);
    assert!(scrubbed.stderr.contains("23514"), "{}", scrubbed.stderr);
    assert!(
        !scrubbed.stderr.contains("no certificate for"),
        "{}",
        scrubbed.stderr
    );
    // What the scrub did is reported all the same.
    assert!(!scrubbed.units("table").is_empty());
    assert_eq!(s.dead(), 0);
}

#[test]
fn an_unusable_key_is_reported_before_anything_is_done() {
    let s = forgotten();
    let key = s.server.path("data/receipt-key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = s.scrub(&[]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("receipt-key.pem"),
        "{}",
        refused.stderr
    );
    assert_eq!(s.db.one("SELECT count(*) FROM lethe.scrub"), "0");
    assert!(s.dead() > 0);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    s.scrub(&[]).assert_complete();
    assert!(result(&s, &certificate_name(1)).exists());
}

#[test]
fn a_recorded_but_unpublished_certificate_is_published_by_the_next_command() {
    let s = forgotten();
    s.scrub(&[]).assert_complete();
    let path = result(&s, &certificate_name(1));
    let (text, page) = (
        fs::read(&path).unwrap(),
        fs::read(path.with_extension("html")).unwrap(),
    );
    fs::remove_file(&path).unwrap();
    s.db.run("UPDATE lethe.certificate SET published_at = NULL");
    let again = s.scrub(&[]);
    again.assert_complete();
    assert_eq!(fs::read(&path).unwrap(), text);
    assert_eq!(fs::read(path.with_extension("html")).unwrap(), page);
    assert_eq!(
        s.db.one("SELECT count(*) || ' ' || count(published_at) FROM lethe.certificate"),
        "1 1"
    );
    // What somebody put in its place stays, and the scrub reports that it could not publish.
    fs::write(&path, "mine").unwrap();
    s.db.run("UPDATE lethe.certificate SET published_at = NULL");
    let taken = s.scrub(&[]);
    assert_eq!(taken.code, 1, "{}", taken.stderr);
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

#[test]
fn purge_leaves_certificates_and_a_later_scrub_renews_them() {
    let s = forgotten();
    s.scrub(&[]).assert_complete();
    s.db.run("UPDATE lethe.submission SET completed_at = '2018-03-15'");
    run(&s, &["purge", "--drop", "drop", "--account", "110"]).ok(0);
    assert!(!result(&s, "forget-20180315_1-execution-log.json").exists());
    let (first, _) = read(&s, 1);
    assert_eq!(grade(&first, "submissions"), "may_remain");
    s.scrub(&["--level", "2"]).assert_complete();
    let (second, _) = read(&s, 2);
    assert_eq!(second["searched"], false);
    assert_eq!(grade(&second, "submissions"), "gone");
    assert_eq!(grade(&second, "rows"), "gone");
    assert_eq!(grade(&second, "comments"), "unknown");
    run(&s, &["purge", "--drop", "drop", "--account", "110"]).ok(0);
    verify(&s).ok(0);
}

#[test]
fn a_run_that_scrubs_certifies_too() {
    let s = Scrubbing::new();
    assert!(s.server.lethe(&["keygen"]).status().unwrap().success());
    s.server.configure("scrub = 1");
    s.forget();
    let (certificate, _) = read(&s, 1);
    assert_eq!(grade(&certificate, "rows"), "unreachable");
    // Nothing is left of what the run itself staged either.
    assert_eq!(grade(&certificate, "staging"), "gone");
}

#[test]
fn a_submission_that_erased_nothing_is_not_certified() {
    let s = Scrubbing::new();
    assert!(s.server.lethe(&["keygen"]).status().unwrap().success());
    let folder = s.server.path("drop/GDPR_Submit");
    let refused = format!(
        r#"{{"requests": [{{"type": "FORGET", "accountid": "nobody", "contacts": [{{"phone": "{CANARY}"}}]}}]}}"#
    );
    fs::write(folder.join("forget-20180315_2.json"), refused).unwrap();
    fs::write(folder.join("forget-20180315_3.json"), "{").unwrap();
    let ended = s.server.run(&[]).output().unwrap();
    assert_eq!(ended.status.code(), Some(3));
    for (file, why) in [
        ("forget-20180315_2.json", "was answered with errors only"),
        ("forget-20180315_3.json", "could not be read"),
    ] {
        let refused = run(&s, &["certificate", file]).ok(2);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
    assert!(operators_folder_is_empty(&s));
}

fn operators_folder_is_empty(s: &Scrubbing) -> bool {
    let results = fs::read_dir(s.server.path("drop/GDPR_Result")).unwrap();
    let names = results.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("certificate")).count() == 0
}

#[test]
fn contacts_that_were_answered_with_an_error_are_counted_on_it() {
    let s = Scrubbing::new();
    assert!(s.server.lethe(&["keygen"]).status().unwrap().success());
    s.server.submit(
        "FORGET",
        &format!(r#"{{"phone": "{CANARY}"}}, {{"phone": "12"}}"#),
    );
    assert_eq!(s.server.run(&[]).output().unwrap().status.code(), Some(3));
    s.scrub(&[]).assert_complete();
    let (certificate, page) = read(&s, 1);
    assert_eq!(
        (&certificate["contacts"], &certificate["errors"]),
        (&2.into(), &1.into())
    );
    assert!(page.contains("1 of its 2 contacts were answered with an error"));
}

#[test]
fn a_slow_clock_of_lethe_does_not_date_a_backup_as_clean() {
    let s = Scrubbing::new();
    assert!(s.server.lethe(&["keygen"]).status().unwrap().success());
    s.server
        .submit("FORGET", &format!(r#"{{"phone": "{CANARY}"}}"#));
    let mut slow = s.server.run(&[]);
    let ended = slow.env("LETHE_NOW", "2018-03-15T12:00:00Z").output();
    assert_eq!(ended.unwrap().status.code(), Some(0));
    s.scrub(&[]).assert_complete();
    let (certificate, _) = read(&s, 1);
    assert!(
        certificate["answered"]
            .as_str()
            .unwrap()
            .starts_with("2018-03-15")
    );
    let since = &certificate["backups"]["rows_clean_if_started_after"];
    let since = chrono::DateTime::parse_from_rfc3339(since.as_str().unwrap()).unwrap();
    assert!(chrono::Utc::now().signed_duration_since(since) < chrono::TimeDelta::hours(1));
}

#[test]
fn a_link_under_the_name_of_a_certificate_is_not_followed() {
    let s = forgotten();
    let elsewhere = s.server.path("elsewhere");
    fs::write(&elsewhere, "another's").unwrap();
    let name = result(&s, &certificate_name(1));
    std::os::unix::fs::symlink(&elsewhere, &name).unwrap();
    let ended = s.scrub(&[]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "another's");
    assert!(
        ended.stderr.contains("no certificate for"),
        "{}",
        ended.stderr
    );
    fs::remove_file(&name).unwrap();
    run(&s, &["certificate", FILE]).ok(0);
    assert!(name.exists());
    verify(&s).ok(0);
}

#[test]
fn a_later_forget_does_not_change_what_is_certified_of_an_earlier_one() {
    let s = forgotten();
    s.scrub(&["--level", "2"]).assert_complete();
    s.fill();
    let again = format!(
        r#"{{"requests": [{{"type": "FORGET", "accountid": "110", "contacts": [{{"phone": "{CANARY}"}}]}}]}}"#
    );
    fs::write(
        s.server.path("drop/GDPR_Submit/forget-20180315_2.json"),
        again,
    )
    .unwrap();
    assert_eq!(s.server.run(&[]).output().unwrap().status.code(), Some(0));
    run(&s, &["certificate", "forget-20180315_2.json"]).ok(3);
    let path = result(&s, "forget-20180315_2-certificate.json");
    let later: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(grade(&later, "rows"), "may_remain");
    assert!(later["backups"]["files_clean_if_started_after"].is_null());
    let earlier = run(&s, &["certificate", FILE, "--format", "json"]).json();
    assert_eq!(grade(&earlier["certificate"], "rows"), "gone");
}

#[test]
fn no_certificate_appears_in_the_folder_of_a_purged_case() {
    let s = forgotten();
    s.db.run("UPDATE lethe.submission SET drop_name = 'case/A-1', purged_at = now()");
    let refused = run(&s, &["certificate", FILE]).ok(2);
    assert!(
        refused.stderr.contains("was purged with its case"),
        "{}",
        refused.stderr
    );
}
