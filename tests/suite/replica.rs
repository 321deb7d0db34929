//! A real standby: a FORGET rests while it is further behind than allowed.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use lethe::embedded::find_binaries;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use tempfile::TempDir;

use crate::support::{Db, OwnServer};

/// A standby of a test's server, on a socket of its own.
struct Standby {
    process: Child,
    folder: TempDir,
}

impl Standby {
    fn of(server: &OwnServer) -> Standby {
        // Short, for a socket's path may not be long; whoever runs the server must get there.
        let folder = tempfile::Builder::new()
            .prefix("sb")
            .tempdir_in("/tmp")
            .unwrap();
        let data = folder.path().join("data");
        fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
        own(folder.path());
        own(&data);
        let copied = program("pg_basebackup")
            .args(["--checkpoint=fast", "--write-recovery-conf", "--pgdata"])
            .arg(&data)
            .args(["--dbname", &server.address()])
            .status()
            .unwrap();
        assert!(copied.success());
        let process = program("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "hot_standby=on",
                "-c",
                "logging_collector=off",
            ])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Standby { process, folder }
    }

    fn address(&self) -> String {
        let lines = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let port = lines.lines().nth(3).unwrap().to_owned();
        format!(
            "host={} port={port} user=lethe dbname=postgres",
            self.folder.path().display()
        )
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.process.id() as i32), Signal::SIGQUIT);
        let _ = self.process.wait();
    }
}

/// Whoever runs servers: root gives its privileges up.
fn server_user() -> Option<User> {
    let named = |name| User::from_name(name).unwrap();
    let other = || named("postgres").or_else(|| named("nobody"));
    Uid::effective().is_root().then(other).flatten()
}

fn own(path: &Path) {
    if let Some(user) = server_user() {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
    }
}

fn program(name: &str) -> Command {
    let path: PathBuf = find_binaries().unwrap().join(name);
    let mut command = Command::new(path);
    if let Some(user) = server_user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command.current_dir("/tmp");
    command
}

#[test]
fn a_replica_that_does_not_replay_makes_a_forget_rest() {
    let server = OwnServer::new(&[("wal_level", "replica"), ("max_wal_senders", "3")]);
    let standby = Standby::of(&server);
    let db = server.db();
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
    // It rests after a transaction, with others to come; whatever it did is not replayed.
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
