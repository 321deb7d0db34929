//! A scrub never reports tables that were moved, or that it cannot see, as clean.

use super::fixture::{CANARY, Scrubbing};
use crate::proof::census::census;

const FILE: &str = "forget-20180315_1.json";

/// Sets a table aside under another name, as table swaps do, moves the partition of March out and away.
fn move_about(s: &Scrubbing) -> String {
    let partition = s
        .db
        .one("SELECT tableoid::regclass FROM contact_centre.contact_attempt WHERE attempt_id = 1");
    s.db.run(&format!(
        "ALTER TABLE contact_centre.sms_message RENAME TO sms_old;
         CREATE TABLE contact_centre.sms_message (LIKE contact_centre.sms_old INCLUDING ALL);
         CREATE SCHEMA attic;
         ALTER TABLE contact_centre.contact_attempt DETACH PARTITION {partition};
         ALTER TABLE {partition} RENAME TO march;
         ALTER TABLE contact_centre.march SET SCHEMA attic",
    ));
    partition
}

#[test]
fn tables_that_were_renamed_moved_or_detached_are_found_again() {
    let s = Scrubbing::new();
    s.forget();
    move_about(&s);
    let before = census(&s, &["--submission", FILE]);
    for relation in ["contact_centre.sms_old", "attic.march"] {
        assert_eq!(before.grade("rows", relation), "may_remain");
    }
    let scrubbed = s.scrub(&["--level", "1.5"]);
    scrubbed.assert_complete();
    let tables = scrubbed.units("table");
    for relation in ["contact_centre.sms_old", "attic.march"] {
        assert!(tables.contains(&relation.to_owned()), "{tables:?}");
    }
    assert_eq!(s.dead(), 0);
    s.db.run("CREATE EXTENSION IF NOT EXISTS pgstattuple");
    let dead =
        s.db.one("SELECT dead_tuple_count FROM pgstattuple('attic.march')");
    assert_eq!(dead, "0");
    let after = census(&s, &["--submission", FILE]);
    assert_eq!(after.grade("rows", "attic.march"), "unreachable");
    // What a later forget changes under the name does not reach what was there before.
    s.db.run(
        "INSERT INTO lethe.submission (drop_name, file_name, action, state, received_at) VALUES ('d', 'forget-20180316_9.json', 'FORGET', 'done', now());
         INSERT INTO lethe.table_count (submission_id, table_name, row_count)
         SELECT max(submission_id), t, 1 FROM lethe.submission, unnest(ARRAY['contact_centre.sms_message', 'contact_centre.contact_attempt']) t GROUP BY t",
    );
    let later = s.scrub(&[]);
    later.assert_complete();
    let tables = later.units("table");
    assert!(tables.contains(&"contact_centre.sms_message".to_owned()));
    assert!(
        !tables
            .iter()
            .any(|t| t.ends_with("sms_old") || t.ends_with("march")),
        "{tables:?}"
    );
}

#[test]
fn a_missing_table_is_named_and_the_scrub_is_incomplete() {
    let s = Scrubbing::new();
    s.forget();
    // As after a restore of the ledger into another server.
    s.db.run(
        "UPDATE lethe.changed_relation SET system_id = system_id + 1;
         ALTER TABLE contact_centre.sms_message RENAME TO sms_old",
    );
    for _ in 0..2 {
        let scrubbed = s.scrub(&["--level", "2"]);
        scrubbed.assert_incomplete();
        assert!(
            scrubbed
                .holders()
                .iter()
                .any(|(kind, name)| kind == "unknown"
                    && name.contains("contact_centre.sms_message does not exist in this database")),
            "{:?}",
            scrubbed.holders()
        );
    }
    let taken = census(&s, &["--submission", FILE]);
    assert_eq!(taken.grade("rows", "contact_centre.sms_message"), "unknown");
    assert!(taken.json["files_clean"].is_null() && taken.json["level"].is_null());
    s.db.run("ALTER TABLE contact_centre.sms_old RENAME TO sms_message");
    s.scrub(&["--level", "2"]).assert_complete();
    assert!(census(&s, &[]).json["files_clean"].is_object());
}

#[test]
fn a_table_that_was_dropped_is_gone() {
    let s = Scrubbing::new();
    s.forget();
    s.db.run("DROP TABLE contact_centre.sms_message");
    s.scrub(&["--level", "2"]).assert_complete();
}

#[test]
fn a_checkpoint_counts_only_after_all_else() {
    let s = Scrubbing::new();
    s.forget();
    let other = s.server.db();
    other.run("BEGIN; LOCK TABLE contact_centre.sms_message IN ACCESS SHARE MODE");
    let held = s.scrub(&["--level", "2", "--wait", "1s"]);
    held.assert_incomplete();
    other.run("ROLLBACK");
    // As if it had been killed before its checkpoint.
    let rest = s.scrub(&["--level", "2"]);
    rest.assert_complete();
    assert_eq!(rest.units("checkpoint"), ["checkpoint"]);
    s.db.run("DELETE FROM lethe.scrub_unit WHERE kind = 'checkpoint' AND scrub_id = (SELECT max(scrub_id) FROM lethe.scrub)");
    let taken = census(&s, &[]);
    assert_eq!(
        taken.grade("rows", "contact_centre.sms_message"),
        "unreachable"
    );
    assert!(taken.json["files_clean"].is_null());
}

#[test]
fn an_unfinished_index_of_somebody_else_is_named() {
    let s = Scrubbing::new();
    s.db.run(
        "CREATE INDEX somebodys_ccnew ON contact_centre.sms_message (handset);
         UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 'contact_centre.somebodys_ccnew'::regclass",
    );
    s.forget();
    for level in ["1", "1.5"] {
        let scrubbed = s.scrub(&["--level", level]);
        scrubbed.assert_incomplete();
        let holders = scrubbed.holders();
        assert!(
            holders.iter().all(|(kind, name)| kind == "index"
                && name.starts_with("contact_centre.somebodys_ccnew is invalid")),
            "{holders:?}"
        );
    }
    let taken = census(&s, &[]);
    assert_eq!(
        taken.grade("indexes", "contact_centre.somebodys_ccnew"),
        "may_remain"
    );
    let anew = s.scrub(&["--level", "2"]);
    anew.assert_complete();
    let taken = census(&s, &[]);
    assert_eq!(
        taken.grade("indexes", "contact_centre.somebodys_ccnew"),
        "gone"
    );
    s.db.run("DROP INDEX contact_centre.somebodys_ccnew; DELETE FROM lethe.scrub_unit");
    s.scrub(&["--level", "1.5"]).assert_complete();
}

#[test]
fn statistics_that_the_role_may_not_see_are_not_assumed_clean() {
    let mut s = Scrubbing::new();
    s.db.run(
        "ANALYZE contact_centre.sms_message;
         ALTER TABLE contact_centre.sms_message ALTER COLUMN handset SET STATISTICS 0",
    );
    s.forget();
    s.db.run(
        "CREATE ROLE keeper LOGIN;
         DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO keeper', current_database()); END $$;
         GRANT USAGE ON SCHEMA lethe, contact_centre TO keeper;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO keeper;
         DO $$ BEGIN IF current_setting('server_version_num')::int >= 170000 THEN
             EXECUTE 'GRANT MAINTAIN ON ALL TABLES IN SCHEMA contact_centre TO keeper'; END IF; END $$",
    );
    s.server.connect_as("keeper");
    let scrubbed = s.scrub(&["--submission", FILE]);
    scrubbed.assert_incomplete();
    assert!(
        scrubbed
            .holders()
            .iter()
            .any(|(kind, name)| kind == "statistics"
                && name.starts_with("contact_centre.sms_message.handset;")),
        "{:?}",
        scrubbed.holders()
    );
}

#[test]
fn consumers_of_slots_are_not_graded_gone() {
    let s = Scrubbing::with(&[("wal_level", "logical"), ("max_replication_slots", "4")]);
    s.forget();
    s.scrub(&["--level", "2"]).assert_complete();
    assert_eq!(census(&s, &[]).grades("replicas"), ["gone"]);
    s.db.run(
        "SELECT pg_create_physical_replication_slot('replica_at_rest', true);
         SELECT pg_create_logical_replication_slot('warehouse', 'test_decoding')",
    );
    let taken = census(&s, &[]);
    for slot in ["replica_at_rest", "warehouse"] {
        assert_eq!(taken.grade("replicas", slot), "unknown");
    }
}

#[test]
fn a_device_in_current_rows_is_not_an_old_value() {
    let s = Scrubbing::new();
    s.forget();
    // In a row of another tenant, or uploaded again.
    s.fill();
    s.db.run("ANALYZE contact_centre.sms_message");
    let old = census(&s, &["--submission", FILE]);
    assert_eq!(
        old.grade("statistics", "contact_centre.sms_message.handset"),
        "may_remain"
    );
    s.scrub(&[]).assert_complete();
    let stands = s.db.one(&format!(
        "SELECT count(*) FROM pg_stats WHERE tablename = 'sms_message' AND attname = 'handset' AND most_common_vals::text LIKE '%{CANARY}%'"
    ));
    assert_eq!(stands, "1");
    let taken = census(&s, &["--submission", FILE]);
    assert_eq!(taken.grades("statistics"), ["gone", "unreachable"]);
}

#[test]
fn a_scrub_killed_at_any_target_claims_nothing_and_continues() {
    let s = Scrubbing::new();
    s.forget();
    for begun in 1..=6 {
        s.db.run("DELETE FROM lethe.scrub_unit");
        let mut child = s.start(&["--level", "2"]);
        s.db.wait_for(
            "t",
            &format!("SELECT count(*) >= {begun} FROM lethe.scrub_unit"),
        );
        child.kill().unwrap();
        child.wait().unwrap();
        s.db.wait_for(
            "0",
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'lethe%' AND state = 'active'",
        );
        let all = s.db.one("SELECT bool_and(complete) IS TRUE AND bool_or(kind = 'checkpoint') FROM lethe.scrub_unit");
        let taken = census(&s, &["--submission", FILE]);
        if all == "f" {
            assert!(taken.json["files_clean"].is_null(), "{begun}");
        }
    }
    s.scrub(&["--level", "2"]).assert_complete();
    let taken = census(&s, &["--submission", FILE]);
    assert!(taken.json["files_clean"].is_object());
}
