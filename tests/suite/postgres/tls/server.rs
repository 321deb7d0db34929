//! Servers on TCP, which private clusters do not listen on.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use private_postgres::find_binaries;

/// A server on 127.0.0.1; it ends and its folder is removed soon after the test process ends.
pub struct Server {
    pub port: u16,
    /// The folder of its socket.
    pub folder: PathBuf,
    /// The server ends with the input of this process.
    shell: Child,
}

/// Runs a program until its own input ends, and then removes the folder.
const LIFE: &str = r#"trap '' HUP INT TERM
folder=$1; shift
"$@" </dev/null & server=$!
while kill -0 $server 2>/dev/null && read -r _; do :; done
kill -QUIT $server 2>/dev/null; wait $server; rm -rf "$folder""#;

/// The user that a server may run as.
fn server_user() -> Option<User> {
    Uid::effective().is_root().then(|| {
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).unwrap())
            .expect("there is a user without privileges")
    })
}

/// The name of the user that servers run as.
pub fn user_name() -> String {
    let own = || User::from_uid(Uid::effective()).unwrap().unwrap();
    server_user().unwrap_or_else(own).name
}

fn as_server_user(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some(user) = server_user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

/// Writes a file that the server's user owns.
pub fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    give(path);
}

fn give(path: &Path) {
    if let Some(user) = server_user() {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
    }
}

/// A folder that the server's user can reach, with an empty cluster in `data`.
pub fn initdb() -> PathBuf {
    let folder = tempfile::Builder::new()
        .prefix("lethe-tls-")
        .tempdir_in("/tmp")
        .unwrap()
        .keep();
    give(&folder);
    let made = as_server_user(
        &find_binaries(&lethe::postgres::APPLICATION)
            .unwrap()
            .join("initdb"),
    )
    .args([
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--username=postgres",
        "-D",
    ])
    .arg(folder.join("data"))
    .output()
    .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    folder
}

/// Whether the server programs were built with TLS.
pub fn servers_have_tls() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let folder = initdb();
        let asked = as_server_user(
            &find_binaries(&lethe::postgres::APPLICATION)
                .unwrap()
                .join("postgres"),
        )
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-c", "ssl=on", "-C", "ssl"])
        .output()
        .unwrap();
        fs::remove_dir_all(folder).unwrap();
        let yes = asked.status.success();
        if !yes {
            println!("skipped: these PostgreSQL programs are built without TLS");
        }
        yes
    })
}

/// A copy of the cluster.
pub fn copy(folder: &Path) -> PathBuf {
    let copy = tempfile::Builder::new()
        .prefix("lethe-tls-")
        .tempdir_in("/tmp")
        .unwrap()
        .keep();
    give(&copy);
    let copied = Command::new("cp")
        .arg("-a")
        .arg(folder.join("data"))
        .arg(&copy)
        .status();
    assert!(copied.unwrap().success());
    copy
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Server {
    /// Starts a server on the cluster in `folder`.
    pub fn start(folder: &Path, settings: &[&str]) -> Server {
        let port = free_port();
        let mut command = as_server_user(Path::new("sh"));
        command.args(["-c", LIFE, "sh"]).arg(folder);
        command.arg(
            find_binaries(&lethe::postgres::APPLICATION)
                .unwrap()
                .join("postgres"),
        );
        command
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder);
        let port_setting = format!("port={port}");
        let all = [
            &port_setting,
            "listen_addresses=127.0.0.1",
            "fsync=off",
            "shared_buffers=16MB",
            "max_connections=40",
        ];
        for setting in all.iter().chain(settings) {
            command.args(["-c", setting]);
        }
        let log = fs::File::create(folder.join("log")).unwrap();
        let shell = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let give_up = Instant::now() + Duration::from_secs(60);
        let is_ready = || {
            let state = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
            state
                .lines()
                .nth(7)
                .is_some_and(|line| line.trim() == "ready")
        };
        while !is_ready() {
            let log = fs::read_to_string(folder.join("log")).unwrap();
            let failed = Instant::now() > give_up || log.contains("FATAL:");
            assert!(!failed, "{log}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Server {
            port,
            folder: folder.to_owned(),
            shell,
        }
    }

    /// Shuts the server down, and keeps its folder.
    pub fn stop(mut self, folder: &Path) {
        self.shell.kill().unwrap();
        self.shell.wait().unwrap();
        let file = folder.join("data/postmaster.pid");
        let pid = fs::read_to_string(&file).unwrap();
        let pid = pid.lines().next().unwrap().parse().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGINT).unwrap();
        while file.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
