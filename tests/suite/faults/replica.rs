//! A real standby: a FORGET pauses while the standby is further behind than allowed.

use crate::support::{Db, OwnServer, PlainServer};

#[test]
fn a_forget_pauses_while_a_replica_does_not_replay() {
    let server = OwnServer::new(&[("wal_level", "replica"), ("max_wal_senders", "3")]);
    let standby = PlainServer::standby_of(&server.address());
    let db = server.db();
    db.run("GRANT pg_monitor TO lethe_engine");
    let streams = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn IS NOT NULL";
    db.wait_for("1", streams);
    for n in 0..4 {
        db.run(&format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES ({n}, '110', '+1617555010{n}')"
        ));
    }
    let contacts: Vec<String> = (0..4)
        .map(|n| format!(r#"{{"phone": "+1617555010{n}"}}"#))
        .collect();
    server.submit("FORGET", &contacts.join(", "));
    server.configure("devices_per_transaction = 1");
    let replica = Db::open(&standby.address());
    replica.run("SELECT pg_wal_replay_pause()");
    replica.wait_for("paused", "SELECT pg_get_wal_replay_pause_state()");
    let mut run = server.run(&["--max-replica-lag", "1ms"]).spawn().unwrap();
    // It pauses after a transaction, with others to come; nothing that it wrote is replayed.
    db.wait_for(
        "t",
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'lethe forget%' AND state = 'idle'
             AND query LIKE '%pg_stat_replication%' AND state_change > (SELECT max(started_at) + interval '1.5 seconds' FROM lethe.submission)",
    );
    let done = "SELECT count(*) FROM contact_centre.contact_attempt WHERE device LIKE 'anon-%'";
    let resting: i64 = db.one(done).parse().unwrap();
    assert!(resting < 4, "{resting}");
    assert!(run.try_wait().unwrap().is_none());
    replica.run("SELECT pg_wal_replay_resume()");
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(server.answers("forget"), ["SUCCESS"; 4]);
    replica.wait_for("4", done);
    drop(replica);
}
