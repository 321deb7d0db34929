//! Private clusters serve, can be shared, and leave nothing behind however their user ends.
//!
//! A process that is to be killed is this binary again: it runs only the test `a_user_of_a_cluster`, which opens the
//! cluster named by an environment variable, prints where it is, and waits.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use private_postgres::{Application, Cluster, ClusterError};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

const APPLICATION: Application = Application::named("app");

/// What the other process opens: `throwaway`, or the folder of a persistent cluster.
const OPEN: &str = "APP_TEST_OPEN";
const THEN_PANIC: &str = "APP_TEST_THEN_PANIC";

#[test]
fn a_throwaway_cluster_serves_and_leaves_nothing() {
    let cluster = Cluster::throwaway(&APPLICATION, keeper(), &[("work_mem", "7MB")]).unwrap();
    assert_eq!(cluster.user(), "app");
    assert_eq!(query(&cluster, "postgres", "show fsync"), "off");
    let folder = cluster.socket_dir().to_owned();
    let server = Server::of(&folder.join("data"));
    let shown = |name: &str| query(&cluster, "postgres", &format!("show {name}"));
    assert_eq!(shown("work_mem"), "7MB");
    assert_eq!(shown("listen_addresses"), "");
    assert_eq!(shown("fsync"), "off");
    assert_eq!(shown("timezone"), "UTC");
    assert_eq!(shown("server_encoding"), "UTF8");
    assert_eq!(query(&cluster, "postgres", "select current_user"), "app");
    cluster.stop().unwrap();
    assert!(server.is_gone() && !folder.exists());
}

#[test]
fn a_connection_string_reaches_a_database_with_an_odd_name() {
    let cluster = Cluster::throwaway(&APPLICATION, keeper(), &[]).unwrap();
    query(&cluster, "postgres", r#"create database "it's a \ test""#);
    assert_eq!(
        query(&cluster, r"it's a \ test", "select current_database()"),
        r"it's a \ test"
    );
}

#[test]
fn a_wrong_setting_is_reported_with_the_servers_output() {
    let error = Cluster::throwaway(&APPLICATION, keeper(), &[("no_such_setting", "1")])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("postgres failed") && error.contains("no_such_setting"),
        "{error}"
    );
}

#[test]
fn an_open_session_does_not_delay_the_stop() {
    let cluster = Cluster::throwaway(&APPLICATION, keeper(), &[]).unwrap();
    let folder = cluster.socket_dir().to_owned();
    runtime().block_on(async {
        let client = connect(&cluster.connection_string("postgres")).await;
        let busy = client.simple_query("select pg_sleep(600)");
        let stopped = tokio::task::spawn_blocking(move || cluster.stop());
        let (ended, stopped) = tokio::join!(busy, stopped);
        assert!(ended.is_err());
        stopped.unwrap().unwrap();
    });
    assert!(!folder.exists());
}

#[test]
fn a_killed_process_leaves_nothing() {
    for signal in [Signal::SIGKILL, Signal::SIGINT, Signal::SIGTERM] {
        let mut user = User::throwaway();
        let server = Server::of(&user.folder.join("data"));
        user.end_by(signal);
        eventually("the server is gone", || server.is_gone());
        eventually("the folder is gone", || !user.folder.exists());
    }
}

#[test]
fn an_interrupt_from_the_terminal_leaves_nothing() {
    // As a terminal does it: to the whole group, which the keeper must not belong to.
    let mut user = User::throwaway();
    let server = Server::of(&user.folder.join("data"));
    kill(Pid::from_raw(-user.pid().as_raw()), Signal::SIGINT).unwrap();
    user.process.wait().unwrap();
    eventually("the server is gone", || server.is_gone());
    eventually("the folder is gone", || !user.folder.exists());
}

#[test]
fn a_process_killed_during_the_start_leaves_nothing() {
    // At any time: while initdb works, while the server starts, when it is ready.
    for pause in [20, 150, 300, 450, 600, 750, 900, 1100] {
        let mut process = User::command("throwaway").spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        let keepers = children_of(Pid::from_raw(process.id() as i32));
        let theirs: Vec<Pid> = keepers
            .iter()
            .flat_map(|keeper| children_of(*keeper))
            .collect();
        process.kill().unwrap();
        process.wait().unwrap();
        for pid in keepers.into_iter().chain(theirs) {
            eventually("keeper, initdb and server are gone", || is_gone(pid));
        }
    }
}

#[test]
fn a_panic_leaves_nothing() {
    let mut user = User::start(User::command("throwaway").env(THEN_PANIC, "1"));
    let server = Server::of(&user.folder.join("data"));
    user.process.wait().unwrap();
    assert!(
        server.is_gone() && !user.folder.exists(),
        "a panic waits for the end, as the guard is dropped"
    );
}

#[test]
fn a_killed_keeper_leaves_nothing() {
    let user = User::throwaway();
    let server = Server::of(&user.folder.join("data"));
    for keeper in children_of(user.pid()) {
        kill(keeper, Signal::SIGKILL).unwrap();
    }
    eventually("the server is gone", || server.is_gone());
    let folder = user.folder.clone();
    user.end_orderly();
    assert!(!folder.exists(), "the process clears up for its keeper");

    let cluster = Cluster::throwaway(&APPLICATION, keeper(), &[]).unwrap();
    let folder = cluster.socket_dir().to_owned();
    let ours = Server::of(&folder.join("data")).parent();
    kill(ours, Signal::SIGKILL).unwrap();
    assert!(matches!(cluster.stop(), Err(ClusterError::KeeperLost)));
    assert!(!folder.exists());
}

#[test]
fn the_keeper_closes_inherited_files() {
    // A pipe without close-on-exec, as a shell leaves them: its end must come with the process, not with the keeper.
    let folder = cluster_folder();
    let mut process = Command::new("sh")
        .args(["-c", r#"exec "$0" "$@" 7>&1"#])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "a_user_of_a_cluster", "--nocapture"])
        .env(OPEN, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    User::read_place(&mut output);
    let second = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    // The keeper lives on for the second user, and yet the pipe ends.
    assert_eq!(
        output
            .lines()
            .map_while(Result::ok)
            .filter(|line| line.contains("opened"))
            .count(),
        0
    );
    assert_eq!(query(&second, "postgres", "select 1"), "1");
}

#[test]
fn a_persistent_cluster_survives_its_stop() {
    let folder = cluster_folder();
    let data = folder.path().join("data");
    let cluster = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    assert_eq!(query(&cluster, "postgres", "show fsync"), "on");
    query(&cluster, "postgres", "create database app");
    query(
        &cluster,
        "app",
        "create table answers as select 42 as answer",
    );
    let (server, socket_dir) = (Server::of(&data), cluster.socket_dir().to_owned());
    cluster.stop().unwrap();
    assert!(server.is_gone() && !socket_dir.exists() && !data.join("postmaster.pid").exists());
    assert!(!folder.path().join("server").exists());

    let cluster = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    assert_eq!(query(&cluster, "app", "select answer from answers"), "42");
    cluster.stop().unwrap();
    let log = fs::read_to_string(folder.path().join("server.log")).unwrap();
    assert!(
        log.contains("database system is shut down") && !log.contains("not properly shut down"),
        "{log}"
    );
}

#[test]
fn processes_share_a_persistent_cluster_until_the_last_ends() {
    let folder = cluster_folder();
    let mut first = User::persistent(folder.path());
    let mut second = User::persistent(folder.path());
    assert_eq!(first.folder, second.folder);
    let server = Server::of(&folder.path().join("data"));
    first.end_by(Signal::SIGKILL);
    let third = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    second.end_by(Signal::SIGTERM);
    assert_eq!(query(&third, "postgres", "select 1"), "1");
    assert_eq!(Server::of(&folder.path().join("data")).pid, server.pid);
    third.stop().unwrap();
    eventually("the server is gone", || server.is_gone());
    eventually("the socket folder is gone", || !first.folder.exists());
}

#[test]
fn the_first_process_does_not_wait_for_the_others() {
    let folder = cluster_folder();
    let first = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    let second = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    first.stop().unwrap();
    assert_eq!(query(&second, "postgres", "select 1"), "1");
}

#[test]
fn concurrent_starts_and_stops_do_not_interfere() {
    let folder = cluster_folder();
    let turns: Vec<_> = (0..4)
        .map(|_| {
            let folder = folder.path().to_owned();
            std::thread::spawn(move || {
                for _ in 0..4 {
                    let cluster = Cluster::persistent(&APPLICATION, keeper(), &folder).unwrap();
                    assert_eq!(query(&cluster, "postgres", "select 1"), "1");
                    cluster.stop().unwrap();
                }
            })
        })
        .collect();
    turns.into_iter().for_each(|turn| turn.join().unwrap());
    let data = folder.path().join("data");
    eventually("the server is gone", || {
        !data.join("postmaster.pid").exists()
    });
    eventually("the record is gone", || {
        !folder.path().join("server").exists()
    });
}

#[test]
fn a_killed_server_is_replaced() {
    let folder = cluster_folder();
    let first = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    query(
        &first,
        "postgres",
        "create table answers as select 42 as answer",
    );
    let server = Server::of(&folder.path().join("data"));
    kill(server.pid, Signal::SIGKILL).unwrap();
    eventually("the server is gone", || server.is_gone());
    let second = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    assert_eq!(
        query(&second, "postgres", "select answer from answers"),
        "42"
    );
    first.stop().unwrap();
    assert_eq!(
        query(&second, "postgres", "select answer from answers"),
        "42"
    );
    second.stop().unwrap();
}

#[test]
fn a_persistent_cluster_starts_after_every_process_was_killed() {
    let folder = cluster_folder();
    let mut user = User::persistent(folder.path());
    let server = Server::of(&folder.path().join("data"));
    let old_socket_dir = user.folder.clone();
    // Server first, then the keeper: what they would have removed stays.
    let keepers = children_of(user.pid());
    keepers
        .iter()
        .for_each(|keeper| kill(*keeper, Signal::SIGSTOP).unwrap());
    kill(server.pid, Signal::SIGKILL).unwrap();
    keepers
        .iter()
        .for_each(|keeper| kill(*keeper, Signal::SIGKILL).unwrap());
    user.end_by(Signal::SIGKILL);
    eventually("the server is gone", || server.is_gone());
    let pid_file = folder.path().join("data/postmaster.pid");
    assert!(pid_file.exists() && folder.path().join("server").exists() && old_socket_dir.exists());
    // And the number of the dead server belongs to somebody else by now, as happens in containers.
    let (text, me) = (
        fs::read_to_string(&pid_file).unwrap(),
        std::process::id().to_string(),
    );
    fs::write(&pid_file, text.replacen(&server.pid.to_string(), &me, 1)).unwrap();
    let record = fs::read_to_string(folder.path().join("server")).unwrap();
    fs::write(
        folder.path().join("server"),
        record.replacen(&server.pid.to_string(), &me, 1),
    )
    .unwrap();

    let cluster = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    assert_eq!(query(&cluster, "postgres", "select 1"), "1");
    assert!(!old_socket_dir.exists());
    cluster.stop().unwrap();
}

#[test]
fn a_persistent_cluster_outlives_its_keeper() {
    let folder = cluster_folder();
    let user = User::persistent(folder.path());
    for keeper in children_of(user.pid()) {
        kill(keeper, Signal::SIGKILL).unwrap();
        eventually("the keeper is gone", || is_gone(keeper));
    }
    // The newcomer waits for the server to follow its keeper, and starts one of its own.
    let cluster = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    assert_eq!(query(&cluster, "postgres", "select 1"), "1");
    user.end_orderly();
    assert_eq!(query(&cluster, "postgres", "select 1"), "1");
    cluster.stop().unwrap();
}

#[test]
fn an_unfinished_initdb_is_restarted() {
    let folder = cluster_folder();
    fs::create_dir_all(folder.path().join("data.new/base")).unwrap();
    let cluster = Cluster::persistent(&APPLICATION, keeper(), folder.path()).unwrap();
    assert_eq!(query(&cluster, "postgres", "select 1"), "1");
    assert!(!folder.path().join("data.new").exists());
}

#[test]
fn a_cluster_of_another_version_is_not_touched() {
    let folder = cluster_folder();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/PG_VERSION"), "7\n").unwrap();
    let error = Cluster::persistent(&APPLICATION, keeper(), folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("was created by PostgreSQL 7; installed: "),
        "{error}"
    );
}

#[test]
fn without_server_programs_the_message_says_what_to_do() {
    let mut command = User::command("throwaway");
    let output = command
        .env("APP_PG_BIN", "/nonexistent")
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("BadBinaryFolder") && text.contains("/nonexistent"),
        "{text}"
    );
}

#[test]
fn a_folder_that_the_servers_user_cannot_reach_is_an_error() {
    if !nix::unistd::Uid::effective().is_root() {
        return; // Only root changes the user.
    }
    let closed = tempfile::Builder::new()
        .prefix("private-postgres-test-")
        .tempdir_in("/tmp")
        .unwrap();
    let closed_mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(closed.path(), closed_mode).unwrap();
    let error = Cluster::persistent(&APPLICATION, keeper(), &closed.path().join("cluster"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot enter") && error.contains("chmod o+x"),
        "{error}"
    );
}

/// Not a test by itself: what the other process does, when there is one.
#[test]
fn a_user_of_a_cluster() {
    let Some(open) = std::env::var_os(OPEN) else {
        return;
    };
    let cluster = match open.to_str() {
        Some("throwaway") => Cluster::throwaway(&APPLICATION, keeper(), &[]).unwrap(),
        _ => Cluster::persistent(&APPLICATION, keeper(), Path::new(&open)).unwrap(),
    };
    println!("\nopened {}", cluster.socket_dir().display());
    assert!(std::env::var_os(THEN_PANIC).is_none(), "asked to panic");
    let _ = std::io::stdin().lines().count(); // until the test closes the pipe
}

/// Another process that uses a cluster; killed when dropped.
struct User {
    process: Child,
    folder: PathBuf,
}

impl User {
    fn throwaway() -> User {
        User::start(&mut User::command("throwaway"))
    }

    fn persistent(folder: &Path) -> User {
        User::start(&mut User::command(folder.to_str().unwrap()))
    }

    fn command(open: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "a_user_of_a_cluster", "--nocapture"])
            .env(OPEN, open);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }

    fn start(command: &mut Command) -> User {
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let folder = User::read_place(&mut output);
        process.stdout = Some(output.into_inner());
        User { process, folder }
    }

    fn read_place(output: &mut BufReader<ChildStdout>) -> PathBuf {
        let mut lines = output.lines().map_while(Result::ok);
        lines
            .find_map(|line| Some(PathBuf::from(line.strip_prefix("opened ")?)))
            .expect("it opens a cluster")
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.process.id() as i32)
    }

    fn end_by(&mut self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
        assert_eq!(self.process.wait().unwrap().signal(), Some(signal as i32));
    }

    fn end_orderly(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Server {
    pid: Pid,
}

impl Server {
    fn of(data: &Path) -> Server {
        let text = fs::read_to_string(data.join("postmaster.pid")).unwrap();
        Server {
            pid: Pid::from_raw(text.lines().next().unwrap().parse().unwrap()),
        }
    }

    fn is_gone(&self) -> bool {
        is_gone(self.pid)
    }

    fn parent(&self) -> Pid {
        Pid::from_raw(status_field(self.pid, "PPid:").unwrap().parse().unwrap())
    }
}

/// A process that nobody has waited for yet counts as gone.
fn is_gone(pid: Pid) -> bool {
    status_field(pid, "State:").is_none_or(|state| state.starts_with('Z'))
}

fn children_of(parent: Pid) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids =
        entries.filter_map(|entry| Some(Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)));
    pids.filter(|pid| status_field(*pid, "PPid:") == Some(parent.to_string()))
        .collect()
}

fn status_field(pid: Pid, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status
        .lines()
        .find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
}

fn keeper() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_private-postgres-keeper"))
}

/// A folder that the server's user can reach when root runs the tests; gone with the guard, after the server.
struct ClusterFolder(tempfile::TempDir);

fn cluster_folder() -> ClusterFolder {
    let folder = tempfile::Builder::new()
        .prefix("private-postgres-test-")
        .tempdir_in("/tmp")
        .unwrap();
    fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o711),
    )
    .unwrap();
    ClusterFolder(folder)
}

impl ClusterFolder {
    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for ClusterFolder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            eventually("the server has ended with its last user", || {
                !self.path().join("server").exists()
            });
        }
    }
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The first column of the first row, or nothing.
fn query(cluster: &Cluster, database: &str, sql: &str) -> String {
    runtime().block_on(async {
        let client = connect(&cluster.connection_string(database)).await;
        let messages = client.simple_query(sql).await.unwrap();
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        row.unwrap_or_default()
    })
}

async fn connect(connection_string: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(connection_string, NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
