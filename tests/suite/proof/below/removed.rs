//! What FORGET leaves below SQL, and what each level of a scrub removes. The scanners find every canary before.

use std::collections::BTreeSet;

use super::fixture::{Canaries, Scrubbed};

/// Where the bytes of a value are in an index of each kind, and how the scanner recognises it. A hash index has a
/// number of each value: [`Canaries::in_hash_index`].
const IN_INDEXES: [(&str, &str); 23] = [
    ("caller_array", "text"),
    ("caller_brin", "text"),
    ("caller_brin_inet", "IPv6 bytes"),
    ("caller_btree", "phone"),
    ("caller_gin", "text"),
    ("caller_gist", "IPv6 bytes"),
    ("caller_host", "IPv4 text"),
    ("caller_host", "IPv6 text"),
    ("caller_include", "text"),
    ("caller_inet", "IPv4 bytes"),
    ("caller_inet", "IPv6 bytes"),
    ("caller_lower", "lower"),
    ("caller_partial", "text"),
    ("caller_spgist", "text"),
    ("caller_spgist_inet", "IPv4 bytes"),
    ("caller_spgist_inet", "IPv6 bytes"),
    ("caller_words", "lower"),
    ("event_2017_110_body_idx", "text"),
    ("event_2017_110_phone_idx", "phone"),
    ("event_later_body_idx", "text"),
    ("event_later_phone_idx", "phone"),
    ("seen_again_name", "upper"),
    ("seen_gin", "text"),
];

/// The same for tables, partitions, views, their TOAST, and statistics.
const IN_TABLES: [(&str, &str); 24] = [
    ("caller", "IPv4 bytes"),
    ("caller", "IPv6 bytes"),
    ("caller", "lower"),
    ("caller", "phone"),
    ("caller", "text"),
    ("caller TOAST", "text"),
    ("event_2017_110", "phone"),
    ("event_2017_110", "text"),
    ("event_later", "phone"),
    ("event_later", "text"),
    ("pg_statistic", "IPv4 bytes"),
    ("pg_statistic", "IPv4 text"),
    ("pg_statistic", "IPv6 bytes"),
    ("pg_statistic", "IPv6 text"),
    ("pg_statistic", "lower"),
    ("pg_statistic", "phone"),
    ("pg_statistic", "text"),
    ("pg_statistic", "upper"),
    ("pg_statistic_ext_data", "phone"),
    ("pg_statistic_ext_data", "text"),
    ("pg_statistic_ext_data", "upper"),
    ("seen", "phone"),
    ("seen", "text"),
    ("seen_again", "upper"),
];

const IN_STATISTICS: [&str; 24] = [
    "caller.full_name",
    "caller.ip",
    "caller.phone",
    "caller.profile",
    "caller.tags",
    "caller.words",
    "caller_host.host",
    "caller_lower.lower",
    "event.body",
    "event.phone",
    "event_2017.body",
    "event_2017.phone",
    "event_2017_110.body",
    "event_2017_110.phone",
    "event_later.body",
    "event_later.phone",
    "expression caller_expression",
    "seen.full_name",
    "seen.phone",
    "seen.profile",
    "seen_again.name",
    "together caller_expression",
    "together caller_together",
    "together event_together",
];

const READ_DIRTILY: [&str; 6] = [
    "TOAST of care.caller",
    "care.caller",
    "care.event_2017_110",
    "care.event_later",
    "care.seen",
    "care.seen_again",
];

/// The relation that contains each canary.
fn places(all: &[(&str, &str)]) -> BTreeSet<String> {
    let place = |(relation, needle): &(&str, &str)| format!("{needle} in {relation}");
    all.iter().map(place).collect()
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|&name| name.to_owned()).collect()
}

#[track_caller]
fn assert_finds(found: &BTreeSet<String>, expected: &BTreeSet<String>) {
    let missed: Vec<&String> = expected.difference(found).collect();
    assert!(missed.is_empty(), "not found: {missed:?}");
}

/// What a trigger wrote into an undeclared table: it is not below SQL, and shows that the scanners still work.
fn kept_by_a_trigger(all: &BTreeSet<String>) -> bool {
    let expected = names(&["phone in shadow", "text in shadow"]);
    *all == expected
}

#[test]
fn each_level_removes_what_it_promises_from_every_kind_of_place() {
    let mut c = Canaries::new(&[]);

    // The control: each scanner finds each canary.
    assert_finds(&c.in_files_of("'r', 'm', 't'"), &places(&IN_TABLES));
    assert_finds(&c.in_files_of("'i'"), &places(&IN_INDEXES));
    assert!(c.in_hash_index());
    assert_finds(&c.in_statistics(), &names(&IN_STATISTICS));
    assert_finds(&c.in_row_versions(), &places(&IN_TABLES));
    if let Some(read) = c.read_dirtily() {
        assert_finds(&read, &names(&READ_DIRTILY));
    }
    let apart = |line: &String| line.contains("pg_tblspc/");
    assert!(c.on_disk().iter().any(apart), "tablespaces are looked into");

    // A FORGET alone leaves them where they are, and adds more.
    c.forget();
    assert_finds(&c.in_files_of("'r', 'm', 't'"), &places(&IN_TABLES));
    // Some pages of indexes were cleaned by sessions that read them.
    assert!(c.in_files_of("'i'").len() > IN_INDEXES.len() / 2);
    assert_finds(&c.in_statistics(), &names(&IN_STATISTICS));
    if let Some(read) = c.read_dirtily() {
        assert_finds(&read, &names(&READ_DIRTILY));
        assert_finds(&read, &names(&["care.audit"]));
    }

    c.scrub_completely("1");
    assert_eq!(c.in_statistics(), names(&[]));
    let left = c.in_row_versions();
    assert!(kept_by_a_trigger(&left), "{left:?}");
    if let Some(read) = c.read_dirtily() {
        assert_eq!(read, names(&[]));
    }

    c.scrub_completely("1.5");
    assert_eq!(c.in_files_of("'i'"), names(&[]));
    assert!(!c.in_hash_index());

    c.scrub_completely("2");
    let left = c.in_files_of("'r', 'm', 't'");
    assert!(kept_by_a_trigger(&left), "{left:?}");
    let shadow = c.db.one("SELECT pg_relation_filepath('care.shadow')");
    let left = c.on_disk();
    assert!(
        !left.is_empty() && left.iter().all(|line| line.ends_with(&shadow)),
        "{left:?}"
    );
    c.db.run("TRUNCATE care.shadow");
    assert_eq!(c.on_disk(), names(&[]));
}

#[test]
fn level_2_alone_removes_it_from_every_file() {
    let mut c = Canaries::new(&[]);
    c.db.run("DROP TRIGGER shade ON care.event; ALTER TABLE care.caller ADD CONSTRAINT apart EXCLUDE USING btree (caller_id WITH =, phone WITH =)");
    assert!(!c.on_disk().is_empty());
    c.forget();
    let held = c.scrub("1.5");
    assert_eq!(held.code, 3);
    assert_eq!(
        held.holders(),
        ["index care.apart belongs to an exclusion constraint and is rebuilt at level 2 only"]
    );
    let left = c.in_files_of("'i'");
    assert!(left.is_subset(&names(&["phone in apart"])), "{left:?}");
    c.scrub_completely("2");
    assert_eq!(c.on_disk(), names(&[]));
    let unseen = "SELECT relispopulated FROM pg_class WHERE oid = 'care.unseen'::regclass";
    assert_eq!(c.db.one(unseen), "f", "what had no data is left so");
}

#[test]
fn a_logical_slot_keeps_old_statistics_until_it_advances() {
    let c = Canaries::new(&[]);
    let slot =
        "SELECT count(*) FROM pg_create_logical_replication_slot('warehouse', 'test_decoding')";
    assert_eq!(c.db.one(slot), "1");
    c.forget();
    let held: Scrubbed = c.scrub("1");
    assert_eq!(held.code, 3);
    let named = "slot warehouse".to_owned();
    assert!(held.holders().contains(&named), "{:?}", held.holders());
    assert_eq!(c.in_statistics(), names(&[]), "they are not shown any more");
    let of_statistics = |all: BTreeSet<String>| {
        let is_one = |line: &String| line.contains(" in pg_statistic");
        all.into_iter().filter(is_one).count()
    };
    assert!(
        of_statistics(c.in_row_versions()) > 0,
        "and are still there"
    );
    if let Some(read) = c.read_dirtily() {
        assert_eq!(read, names(&[]), "of the tables nothing is");
    }
    assert_eq!(c.scrub("2").code, 3);
    assert!(of_statistics(c.in_files_of("'r', 't'")) > 0);
    // The consumer advances; what it has received is not kept any more.
    c.db.run("SELECT count(*) FROM pg_logical_slot_get_changes('warehouse', NULL, NULL)");
    let mut scrubbed = c.scrub("2");
    for _ in 0..20 {
        if scrubbed.code == 0 {
            break;
        }
        // This writes the running transactions to the WAL, from which a slot learns its position.
        c.db.run("CHECKPOINT");
        c.db.run("SELECT count(*) FROM pg_logical_slot_get_changes('warehouse', NULL, NULL)");
        scrubbed = c.scrub("2");
    }
    assert_eq!(scrubbed.code, 0, "{:#}", scrubbed.json);
    assert_eq!(of_statistics(c.in_files_of("'r', 't'")), 0);
}

/// ANALYZE does not replace statistics at STATISTICS 0 or of a table without rows, truncated or not.
#[test]
fn remaining_statistics_are_named_whatever_their_kind() {
    let c = Canaries::new(&[]);
    c.db.run("CREATE STATISTICS care.alone ON (upper(full_name)) FROM care.caller");
    c.db.run("ANALYZE care.caller");
    c.db.run("ALTER STATISTICS care.alone SET STATISTICS 0");
    c.db.run("ALTER STATISTICS care.caller_together SET STATISTICS 0");
    c.db.run("ALTER TABLE care.caller ALTER COLUMN tags SET STATISTICS 0");
    c.db.run("ALTER INDEX care.caller_lower ALTER COLUMN 1 SET STATISTICS 0");
    c.forget();
    let held = c.scrub("1");
    assert_eq!(held.code, 3);
    let named = |held: &Scrubbed| -> Vec<String> {
        let first = |name: String| name.split(';').next().unwrap().to_owned();
        held.holders().into_iter().map(first).collect()
    };
    assert_eq!(
        named(&held),
        [
            "alone",
            "caller.tags",
            "caller_lower.lower",
            "caller_together"
        ]
        .map(|name| format!("statistics care.{name}"))
    );
    assert_eq!(
        c.in_statistics(),
        names(&[
            "caller.tags",
            "caller_lower.lower",
            "expression alone",
            "together caller_together"
        ])
    );
    c.db.run("ALTER STATISTICS care.alone SET STATISTICS -1");
    c.db.run("ALTER STATISTICS care.caller_together SET STATISTICS -1");
    c.db.run("ALTER TABLE care.caller ALTER COLUMN tags SET STATISTICS -1");
    c.db.run("ALTER INDEX care.caller_lower ALTER COLUMN 1 SET STATISTICS -1");
    c.scrub_completely("1");
    assert_eq!(c.in_statistics(), names(&[]));
}

#[test]
fn statistics_of_tables_that_are_now_empty_are_named() {
    let c = Canaries::new(&[]);
    c.forget();
    c.db.run("TRUNCATE care.event");
    c.db.run("DELETE FROM care.caller");
    let held = c.scrub("2");
    assert_eq!(held.code, 3);
    let left = c.in_statistics();
    assert_finds(
        &left,
        &names(&[
            "event.body",
            "event_2017_110.phone",
            "caller.full_name",
            "together event_together",
            "caller_host.host",
        ]),
    );
    let told = held.holders().join("\n");
    let named = |name: &String| {
        let name = name
            .trim_start_matches("together ")
            .trim_start_matches("expression ");
        told.contains(&format!("statistics care.{name};"))
    };
    let unnamed: Vec<&String> = left.iter().filter(|name| !named(name)).collect();
    assert!(unnamed.is_empty(), "{unnamed:?} in\n{told}");
    // One of the remedies.
    c.db.run("INSERT INTO care.event SELECT n, date '2017-05-01' + 300 * n, '110' FROM generate_series(0, 1) n");
    c.db.run("INSERT INTO care.caller (caller_id, account_id) VALUES (1, '110')");
    c.scrub_completely("2");
    assert_eq!(c.in_statistics(), names(&[]));
}
