//! Each kind of blocker is found and identified.

use std::collections::BTreeSet;

use lethe::domain::blocker::{Blocker, BlockerKind, Keeps};
use lethe::erasure::scrub::Mark;
use lethe::erasure::scrub::horizon::{blockers, wait};
use lethe::postgres::Database;

use crate::support::{Db, OwnServer, PlainServer};

/// A server with prepared transactions and replication slots.
fn server() -> OwnServer {
    OwnServer::new(&[
        ("wal_level", "logical"),
        ("max_prepared_transactions", "5"),
        ("max_replication_slots", "5"),
        ("autovacuum", "off"),
    ])
}

/// What blocks the removal of everything committed so far, as this address sees it.
fn seen(address: &str) -> Vec<Blocker> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = Database::connect(address, "test").await.unwrap();
        let session = database.session().await.unwrap();
        let mark = Mark::now(&session).await.unwrap();
        let own = [session.process().await.unwrap()];
        blockers(&session, mark, &own).await.unwrap()
    })
}

/// A change that every older snapshot blocks.
fn change(db: &Db) {
    db.run("UPDATE contact_centre.account SET name = name");
}

fn process(db: &Db) -> Option<i32> {
    Some(db.one("SELECT pg_backend_pid()").parse().unwrap())
}

#[test]
fn each_blocker_is_found_and_named() {
    let server = server();
    let db = server.db();
    db.run("CREATE ROLE nobody_special LOGIN");
    let plain = server
        .address()
        .replace("user=lethe", "user=nobody_special");
    assert_ne!(plain, server.address());
    change(&db);
    assert_eq!(seen(&server.address()), []);

    let other = server.db();
    let pid = process(&other);
    let the_one = |kind, shown: &str| {
        let blockers = seen(&server.address());
        assert_eq!(blockers.len(), 1, "{blockers:?}");
        let blocker = &blockers[0];
        assert_eq!(
            (blocker.kind, blocker.keeps, blocker.pid),
            (kind, Keeps::Rows, pid)
        );
        assert!(blocker.since.is_some());
        assert!(blocker.to_string().contains(shown), "{blocker}");
        let plain = seen(&plain);
        assert_eq!((plain.len(), plain[0].pid), (1, pid), "{plain:?}");
    };
    // A snapshot in an idle session.
    other.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    change(&db);
    the_one(BlockerKind::Idle, "idle in a transaction");
    other.run("ROLLBACK");
    assert_eq!(seen(&server.address()), []);
    // A session that has written holds no snapshot and still blocks.
    other.run("BEGIN; UPDATE contact_centre.account SET name = 'x' WHERE false; SELECT pg_current_xact_id()");
    change(&db);
    the_one(BlockerKind::Idle, "idle in a transaction");
    other.run("ROLLBACK");

    prepared(&server, &db);
    slots(&server, &db);
    assert_eq!(seen(&server.address()), []);
}

fn prepared(server: &OwnServer, db: &Db) {
    db.run("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'left by a driver'");
    change(db);
    let blockers = seen(&server.address());
    assert_eq!(blockers.len(), 1, "{blockers:?}");
    assert_eq!(blockers[0].kind, BlockerKind::Prepared);
    assert_eq!(blockers[0].name.as_deref(), Some("left by a driver"));
    db.run("ROLLBACK PREPARED 'left by a driver'");
}

fn slots(server: &OwnServer, db: &Db) {
    db.run("SELECT pg_create_logical_replication_slot('warehouse', 'test_decoding')");
    change(db);
    let of = |blockers: Vec<Blocker>| -> BTreeSet<Keeps> {
        assert!(
            blockers
                .iter()
                .all(|h| h.kind == BlockerKind::Slot && h.name.as_deref() == Some("warehouse"))
        );
        blockers.into_iter().map(|h| h.keeps).collect()
    };
    assert_eq!(
        of(seen(&server.address())),
        [Keeps::Statistics, Keeps::Wal].into()
    );
    db.run("SELECT pg_drop_replication_slot('warehouse')");
    db.run("SELECT pg_create_physical_replication_slot('warehouse', true)");
    change(db);
    assert_eq!(of(seen(&server.address())), [Keeps::Wal].into());
    db.run("SELECT pg_drop_replication_slot('warehouse')");
}

#[test]
fn a_running_statement_blocks_until_it_ends() {
    let server = server();
    let db = server.db();
    let mut sleeper = std::process::Command::new("psql")
        .args([&server.address(), "--command", "SELECT pg_sleep(600)"])
        .spawn()
        .unwrap();
    // It has taken its snapshot once it sleeps.
    db.wait_for("1", "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND wait_event = 'PgSleep'");
    change(&db);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (session, mark, own) = runtime.block_on(async {
        let database = Database::connect(&server.address(), "test").await.unwrap();
        let session = database.session().await.unwrap();
        let mark = Mark::now(&session).await.unwrap();
        let own = [session.process().await.unwrap()];
        let held = wait(&session, mark, &own, || false).await.unwrap();
        assert_eq!(held.len(), 1, "{held:?}");
        assert_eq!(held[0].kind, BlockerKind::Snapshot);
        (session, mark, own)
    });
    db.run(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'",
    );
    let held = runtime.block_on(wait(&session, mark, &own, || true));
    assert_eq!(held.unwrap(), []);
    assert!(!sleeper.wait().unwrap().success());
}

#[test]
fn later_transactions_and_other_databases_do_not_block() {
    let server = server();
    let db = server.db();
    change(&db);
    let other = server.db();
    other.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    assert_eq!(seen(&server.address()), []);
    // A snapshot in another database does not block either.
    db.run("CREATE DATABASE elsewhere");
    let elsewhere = Db::open(
        &server
            .address()
            .replace("dbname='postgres'", "dbname='elsewhere'"),
    );
    elsewhere.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    other.run("ROLLBACK");
    change(&db);
    assert_eq!(seen(&server.address()), []);
}

#[test]
fn a_standby_with_feedback_is_found_and_named() {
    let server = OwnServer::new(&[
        ("wal_level", "replica"),
        ("max_wal_senders", "3"),
        ("autovacuum", "off"),
    ]);
    let standby = PlainServer::standby_of(&server.address());
    let db = server.db();
    db.wait_for(
        "1",
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL",
    );
    let replica = Db::open(&standby.address());
    replica.run("ALTER SYSTEM SET hot_standby_feedback = on");
    replica.run("ALTER SYSTEM SET wal_receiver_status_interval = '1s'");
    replica.run("SELECT pg_reload_conf()");
    replica.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
    replica.run("SELECT count(*) FROM contact_centre.account");
    let asks = "SELECT count(backend_xmin) FROM pg_stat_replication";
    db.wait_for("1", asks);
    change(&db);
    let held = seen(&server.address());
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(
        (held[0].kind, held[0].keeps),
        (BlockerKind::Standby, Keeps::Rows)
    );
    assert!(held[0].pid.is_some() && held[0].name.is_some());
    replica.run("ROLLBACK");
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !seen(&server.address()).is_empty() {
        assert!(std::time::Instant::now() < give_up);
    }
}
