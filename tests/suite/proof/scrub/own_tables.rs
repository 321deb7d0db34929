//! The ledger's own tables: what a purge deleted is removed from their pages and files too, and the census says whether it is.

use serde_json::Value;

use super::fixture::Scrubbing;

/// Whether the files of the ledger's tables and indexes contain these bytes.
fn in_files(s: &Scrubbing, hexadecimal: &str) -> bool {
    s.db.run("CHECKPOINT");
    let found = s.db.one(&format!(
        "SELECT count(*) FROM pg_class c
         WHERE c.relnamespace = 'lethe'::regnamespace AND c.relkind IN ('r', 'i') AND pg_relation_size(c.oid) > 0
           AND position('\\x{hexadecimal}'::bytea IN pg_read_binary_file(pg_relation_filepath(c.oid))) > 0"
    ));
    found != "0"
}

/// Place and grade of what a census says of the ledger.
fn findings(s: &Scrubbing) -> Vec<(String, String)> {
    let output = s
        .server
        .lethe(&["census", "--format", "json"])
        .output()
        .unwrap();
    let census: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = census["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| (text(&finding["object"]), text(&finding["grade"])))
        .filter(|(object, _)| {
            ["lethe.submission", "lethe.contact", "schema lethe"].contains(&object.as_str())
        })
        .collect()
}

fn pairs(findings: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(object, grade): &(&str, &str)| ((*object).to_owned(), (*grade).to_owned());
    findings.iter().map(owned).collect()
}

#[test]
fn what_a_purge_deleted_is_removed_from_the_ledgers_own_files() {
    let s = Scrubbing::new();
    s.forget();
    let of = |column: &str| {
        let sql = format!("SELECT encode({column}, 'hex') FROM lethe.submission");
        s.db.one(&sql)
    };
    let (key, digest) = (of("digest_key"), of("digest"));
    assert!(in_files(&s, &key) && in_files(&s, &digest));
    assert_eq!(findings(&s), pairs(&[("schema lethe", "unreachable")]));

    s.db.run("UPDATE lethe.submission SET completed_at = '2018-01-01'");
    let purged = s
        .server
        .lethe(&["purge", "--drop", "drop", "--account", "110"]);
    let purged = { purged }.output().unwrap();
    assert!(purged.status.success());
    let said = String::from_utf8(purged.stderr).unwrap();
    assert!(!said.contains("vacuumed"), "{said}");
    s.db.run("CREATE EXTENSION IF NOT EXISTS pgstattuple");
    let dead = "SELECT sum((pgstattuple(c.oid)).dead_tuple_count) FROM pg_class c
                WHERE c.relnamespace = 'lethe'::regnamespace AND c.relname IN ('submission', 'contact', 'request', 'result')";
    assert_eq!(s.db.one(dead), "0", "purge vacuums");
    let open = [
        ("lethe.contact", "may_remain"),
        ("lethe.submission", "may_remain"),
        ("schema lethe", "gone"),
    ];
    assert_eq!(findings(&s), pairs(&open));

    s.scrub(&["--level", "2"]).assert_complete();
    assert!(!in_files(&s, &key) && !in_files(&s, &digest));
    assert_eq!(
        findings(&s),
        pairs(&open.map(|(object, _)| (object, "gone")))
    );
    // Nothing is due until the next purge.
    let again = s.scrub(&["--level", "2"]);
    assert_eq!(again.json["units"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_key_that_is_not_sealed_counts_as_a_remnant() {
    let s = Scrubbing::new();
    s.forget();
    s.db.run("UPDATE lethe.submission SET digest_key = decode(repeat('01', 32), 'hex')");
    assert_eq!(findings(&s), pairs(&[("schema lethe", "may_remain")]));
}

#[test]
fn a_key_of_a_case_that_is_not_sealed_counts_as_a_remnant() {
    let s = Scrubbing::new();
    s.forget();
    s.db.run("UPDATE lethe.submission SET drop_name = 'case/7'; INSERT INTO lethe.care_case (case_id, product, accounts, opened_at) VALUES ('7', 'outbound', '{110}', now());
        INSERT INTO lethe.case_file (case_id, file_name, digest_key, digest, opened_at, os_uid, os_user)
        SELECT '7', file_name, decode(repeat('01', 72), 'hex'), '', now(), 0, '' FROM lethe.submission");
    assert_eq!(findings(&s), pairs(&[("schema lethe", "unreachable")]));
    s.db.run("UPDATE lethe.case_file SET digest_key = decode(repeat('01', 32), 'hex')");
    assert_eq!(findings(&s), pairs(&[("schema lethe", "may_remain")]));
}
