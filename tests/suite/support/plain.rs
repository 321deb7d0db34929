//! Servers that a test starts, stops and promotes itself, on a socket and on TCP.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use private_postgres::find_binaries;
use tempfile::TempDir;

/// A server and its folder.
pub struct PlainServer {
    process: Option<Child>,
    folder: TempDir,
    pub port: u16,
    settings: Vec<String>,
}

impl PlainServer {
    /// A new, empty cluster.
    pub fn new(settings: &[&str]) -> PlainServer {
        let folder = folder();
        let made = program("initdb")
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--username=lethe",
            ])
            .arg("-D")
            .arg(folder.path().join("data"))
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        PlainServer::on(folder, settings)
    }

    /// A standby of another, at its address.
    pub fn standby_of(address: &str) -> PlainServer {
        let folder = folder();
        let copied = program("pg_basebackup")
            .args(["--checkpoint=fast", "--write-recovery-conf", "--pgdata"])
            .arg(folder.path().join("data"))
            .args(["--dbname", address])
            .status()
            .unwrap();
        assert!(copied.success());
        // At least the value of the primary.
        PlainServer::on(folder, &["hot_standby=on", "max_prepared_transactions=5"])
    }

    fn on(folder: TempDir, settings: &[&str]) -> PlainServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let mut server = PlainServer {
            process: None,
            folder,
            port,
            settings: settings.iter().map(|&s| s.to_owned()).collect(),
        };
        server.start();
        server
    }

    /// Starts the server and waits until it accepts connections.
    pub fn start(&mut self) {
        let mut command = program("postgres");
        command
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path());
        let port = format!("port={}", self.port);
        let all = [
            port.as_str(),
            "listen_addresses=127.0.0.1",
            "logging_collector=off",
            "fsync=off",
            "shared_buffers=16MB",
        ];
        for setting in all
            .into_iter()
            .chain(self.settings.iter().map(String::as_str))
        {
            command.args(["-c", setting]);
        }
        self.process = Some(command.stderr(Stdio::null()).spawn().unwrap());
        let give_up = Instant::now() + Duration::from_secs(60);
        let is_ready = || {
            let state = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            let state = state.lines().nth(7).map(str::trim);
            matches!(state, Some("ready" | "standby"))
        };
        while !is_ready() {
            assert!(Instant::now() < give_up, "it does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops the server: SIGINT is a fast shutdown, SIGQUIT an immediate one.
    pub fn stop(&mut self, signal: Signal) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let _ = kill(Pid::from_raw(process.id() as i32), signal);
        let _ = process.wait();
        let _ = fs::remove_file(self.data().join("postmaster.pid"));
    }

    /// Promotes a standby.
    pub fn promote(&self) {
        let promoted = program("pg_ctl")
            .args(["promote", "--wait", "--silent", "-D"])
            .arg(self.data())
            .status();
        assert!(promoted.unwrap().success());
    }

    /// Its address, on its socket.
    pub fn address(&self) -> String {
        format!(
            "host={} port={} user=lethe dbname=postgres",
            self.folder.path().display(),
            self.port
        )
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A new folder that the server may use, outside its data.
    pub fn new_folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
        own(&path);
        path
    }
}

impl Drop for PlainServer {
    fn drop(&mut self) {
        self.stop(Signal::SIGQUIT);
    }
}

/// A folder with an empty one in it that the server's user can reach. Its path is short, as a socket's path must be.
fn folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("sb")
        .tempdir_in("/tmp")
        .unwrap();
    let data = folder.path().join("data");
    fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
    own(folder.path());
    own(&data);
    folder
}

/// The user that runs servers: root drops its privileges.
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
    let path: PathBuf = find_binaries(&lethe::postgres::APPLICATION)
        .unwrap()
        .join(name);
    let mut command = Command::new(path);
    if let Some(user) = server_user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command.current_dir("/tmp");
    command
}
