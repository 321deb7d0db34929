//! The server itself, as the keeper starts and stops it.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use super::keeper::{Event, Parent, wait};
use super::log::Log;
use super::server_user::ServerUser;
use super::{Durability, EmbeddedError, PORT, SUPERUSER, io_error};

/// How long a server may take to become ready; recovery after a power cut is part of it.
pub(super) const START_LIMIT: Duration = Duration::from_secs(300);
/// How often to look at what gives no sign by itself.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// What a server is started from.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) binaries: PathBuf,
    pub(super) user: ServerUser,
    pub(super) durability: Durability,
    pub(super) data: PathBuf,
    pub(super) log: Log,
    /// Server settings beyond lethe's own, each `name=value`.
    pub(super) settings: Vec<std::ffi::OsString>,
}

impl Site {
    /// Fill the empty folder `data` with a new cluster.
    pub(super) fn make_cluster(&self, parent: &Parent, data: &Path) -> Result<(), EmbeddedError> {
        // Not every system has C.UTF-8, and initdb leaves the folder empty when it refuses it.
        match self.initdb(parent, data, "C.UTF-8") {
            Err(EmbeddedError::Server { .. }) => self.initdb(parent, data, "C"),
            done => done,
        }
    }

    fn initdb(&self, parent: &Parent, data: &Path, locale: &str) -> Result<(), EmbeddedError> {
        let program = self.binaries.join("initdb");
        let mut command = self.user.command(&program);
        command.args(["--auth=trust", "--encoding=UTF8", "--no-instructions"]);
        command
            .arg(format!("--username={SUPERUSER}"))
            .arg(format!("--locale={locale}"));
        if self.durability == Durability::Throwaway {
            command.arg("--no-sync");
        }
        command
            .arg("-D")
            .arg(data)
            .stdin(Stdio::null())
            .stdout(self.log.writer()?)
            .stderr(self.log.writer()?);
        // A group of its own, so that its helpers can be waited for when it is ended.
        command.process_group(0);
        end_with_keeper(&mut command, Signal::SIGKILL);
        let mut process = command.spawn().map_err(io_error("run", &program))?;
        loop {
            match process.try_wait().map_err(io_error("wait for", &program))? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(self.log.failure("initdb", Some(status))),
                None if wait(Some(parent), None, Some(TICK)) == Event::ParentGone => {
                    end_initdb(process);
                    return Err(EmbeddedError::Cancelled);
                }
                None => {}
            }
        }
    }

    /// Start the server on the made cluster and wait until it takes connections in `socket_dir`.
    ///
    /// The server and all its processes hold the lock of `life` until the last of them has ended.
    pub(super) fn start(
        &self,
        parent: &Parent,
        socket_dir: &Path,
        life: File,
    ) -> Result<Server, EmbeddedError> {
        let program = self.binaries.join("postgres");
        let mut command = self.user.command(&program);
        command.arg("-D").arg(&self.data).arg("-k").arg(socket_dir);
        for setting in self.all_settings() {
            command.arg("-c").arg(setting);
        }
        command
            .stdin(life)
            .stdout(Stdio::piped())
            .stderr(self.log.writer()?);
        end_with_keeper(&mut command, Signal::SIGQUIT);
        let mut process = command.spawn().map_err(io_error("run", &program))?;
        let lifeline = process
            .stdout
            .take()
            .expect("the output was asked to be a pipe");
        let mut server = Server {
            process,
            lifeline,
            durability: self.durability,
        };
        drop(command); // and with it the last handle of `life` on this side
        match self.until_ready(parent, &server) {
            Ok(()) => Ok(server),
            Err(EmbeddedError::Server { program, .. }) => {
                let status = server.process.wait().ok();
                Err(self.log.failure(program, status))
            }
            Err(error) => {
                server.stop();
                Err(error)
            }
        }
    }

    fn until_ready(&self, parent: &Parent, server: &Server) -> Result<(), EmbeddedError> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if PidFile::read(&self.data)
                .is_some_and(|file| file.ready && file.pid == pid_of(&server.process))
            {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(EmbeddedError::NotReady {
                    log: self.log.path.clone(),
                });
            }
            match wait(Some(parent), Some(server), Some(TICK)) {
                Event::ParentGone => return Err(EmbeddedError::Cancelled),
                Event::ServerGone => return Err(self.log.failure("postgres", None)),
                Event::Timeout => {}
            }
        }
    }

    fn all_settings(&self) -> Vec<std::ffi::OsString> {
        let size: &[&str] = match self.durability {
            Durability::Kept => &["shared_buffers=128MB"],
            Durability::Throwaway => &[
                "shared_buffers=64MB",
                "max_connections=60",
                "fsync=off",
                "full_page_writes=off",
            ],
        };
        // Messages without details and statements: both can quote the values that lethe is there to remove.
        let log = [
            "logging_collector=off",
            "log_error_verbosity=terse",
            "log_min_error_statement=panic",
        ];
        let zone = ["timezone=UTC", "log_timezone=UTC", "cluster_name=lethe"];
        let ours = size.iter().chain(&log).chain(&zone).map(Into::into);
        // How lethe reaches the server is settled last, and so not for a caller to change.
        let way = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "log_destination=stderr",
        ]
        .map(Into::into);
        ours.chain(self.settings.iter().cloned())
            .chain(way)
            .chain([format!("port={PORT}").into()])
            .collect()
    }
}

/// A running server, child of the keeper. Dropping it does not stop it.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    /// The read end of a pipe that only the server's processes can write to: it ends when they all have.
    lifeline: ChildStdout,
    durability: Durability,
}

impl Server {
    /// Stop the server and wait for it: with a last checkpoint if the data is kept, and in any case before long.
    pub(super) fn stop(&mut self) {
        let fast = (Signal::SIGINT, Duration::from_secs(30));
        let immediate = (Signal::SIGQUIT, Duration::from_secs(10));
        let last = (Signal::SIGKILL, Duration::from_secs(10));
        let steps: &[_] = match self.durability {
            Durability::Kept => &[fast, immediate, last],
            Durability::Throwaway => &[immediate, last],
        };
        for &(signal, patience) in steps {
            // Safe from reused numbers: the child has not been waited for yet.
            let _ = kill(pid_of(&self.process), signal);
            if wait(None, Some(self), Some(patience)) == Event::ServerGone {
                break;
            }
        }
        self.reap();
    }

    /// Take note of a server that has ended by itself.
    pub(super) fn reap(&mut self) {
        let _ = self.process.wait();
    }

    /// Readable when the server's last process has ended.
    pub(super) fn lifeline(&self) -> BorrowedFd<'_> {
        self.lifeline.as_fd()
    }
}

/// What the server's own lock file `postmaster.pid` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: Pid,
    /// Seconds since the epoch, as text; with the number it names one server for all time.
    pub(super) started: String,
    socket_dir: PathBuf,
    ready: bool,
}

impl PidFile {
    pub(super) fn path(data: &Path) -> PathBuf {
        data.join("postmaster.pid")
    }

    /// None if there is none, or not yet a whole one.
    pub(super) fn read(data: &Path) -> Option<PidFile> {
        PidFile::parse(&fs::read_to_string(PidFile::path(data)).ok()?)
    }

    fn parse(text: &str) -> Option<PidFile> {
        let lines: Vec<&str> = text.lines().collect();
        let pid = lines.first()?.trim().parse().ok().filter(|&pid| pid > 1)?;
        Some(PidFile {
            pid: Pid::from_raw(pid),
            started: lines.get(2)?.trim().to_owned(),
            socket_dir: PathBuf::from(lines.get(4).copied().unwrap_or_default()),
            ready: lines.get(7).is_some_and(|line| line.trim() == "ready"),
        })
    }
}

/// End the server in `data` as an administrator does: its last checkpoint is done when this returns.
pub(super) fn end_cleanly(data: &Path) -> Result<(), EmbeddedError> {
    let file = PidFile::read(data).filter(|file| answers(&file.socket_dir));
    let file =
        file.ok_or_else(|| EmbeddedError::Keeper("the server has ended before".to_owned()))?;
    let _ = kill(file.pid, Signal::SIGINT);
    let deadline = Instant::now() + Duration::from_secs(60);
    // The server removes it last.
    while PidFile::path(data).exists() {
        if Instant::now() > deadline {
            return Err(EmbeddedError::Keeper("the server does not end".to_owned()));
        }
        sleep(TICK);
    }
    Ok(())
}

/// Whether a server takes connections in this folder.
pub(super) fn answers(socket_dir: &Path) -> bool {
    UnixStream::connect(socket_dir.join(format!(".s.PGSQL.{PORT}"))).is_ok()
}

/// A new folder for the server's socket, closed to others: below `/tmp`, for a socket's path ends at 107 bytes.
pub(super) fn new_closed_folder() -> Result<PathBuf, EmbeddedError> {
    let pattern = Path::new("/tmp/lethe-XXXXXX");
    let folder = nix::unistd::mkdtemp(pattern).map_err(io_error("make a folder like", pattern))?;
    fs::set_permissions(&folder, Permissions::from_mode(0o700))
        .map_err(io_error("close", &folder))?;
    Ok(folder)
}

/// Open a file to lock; every handle that comes from this one by inheritance holds the lock too.
pub(super) fn open_lock(path: &Path) -> Result<File, EmbeddedError> {
    let mut options = File::options();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600);
    options.open(path).map_err(io_error("open", path))
}

/// Lock `life` for oneself as soon as the server without a keeper in `data` has ended; false if `go_on` said no before.
///
/// On Linux such a server ends by itself with its keeper. Where it does not, it is told to after a while.
pub(super) fn outlive_lost_server(
    life: &File,
    data: &Path,
    mut go_on: impl FnMut() -> bool,
) -> io::Result<bool> {
    let patience = Instant::now() + Duration::from_secs(3);
    let mut told = false;
    loop {
        match life.try_lock() {
            Ok(()) => return Ok(true),
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
        if !go_on() {
            return Ok(false);
        }
        if !told && Instant::now() > patience {
            // Only a server that answers is surely the process that the file names.
            if let Some(file) = PidFile::read(data).filter(|file| answers(&file.socket_dir)) {
                let _ = kill(file.pid, Signal::SIGINT);
            }
            told = true;
        }
        sleep(TICK);
    }
}

/// Remove the folder of a throwaway cluster whose keeper could not.
pub(super) fn clear_after_lost_keeper(folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    if let Ok(life) = open_lock(&life_lock(folder)) {
        let _ = outlive_lost_server(&life, &folder.join("data"), || Instant::now() < deadline);
    }
    let _ = fs::remove_dir_all(folder);
}

/// The file whose lock the server's processes hold for as long as one of them lives.
pub(super) fn life_lock(folder: &Path) -> PathBuf {
    folder.join("server.lock")
}

/// End initdb alone: the server processes that help it then end by themselves, and remove their shared memory.
fn end_initdb(mut process: Child) {
    let group = pid_of(&process);
    // Its orphans come to the keeper, for the first process of a container may be slow to take note of their end.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
    let _ = process.kill();
    let _ = process.wait();
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let _ = waitpid(Pid::from_raw(-group.as_raw()), Some(WaitPidFlag::WNOHANG));
        if killpg(group, None).is_err() {
            return;
        }
        if Instant::now() > deadline {
            let _ = killpg(group, Signal::SIGKILL);
            return;
        }
        sleep(TICK);
    }
}

/// Let the kernel send `signal` to the command when the keeper is killed.
fn end_with_keeper(command: &mut Command, signal: Signal) {
    #[cfg(target_os = "linux")]
    {
        let keeper = Pid::this();
        // SAFETY: between fork and exec only system calls are made (prctl, getppid), nothing is allocated or locked.
        // The signal comes when the thread that forked ends, and the keeper has one thread only.
        unsafe {
            command.pre_exec(move || {
                nix::sys::prctl::set_pdeathsig(signal)?;
                // A keeper that was killed before the line above sends no signal any more.
                if nix::unistd::getppid() == keeper {
                    Ok(())
                } else {
                    Err(nix::errno::Errno::ESRCH.into())
                }
            });
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (command, signal);
}

fn pid_of(process: &Child) -> Pid {
    Pid::from_raw(i32::try_from(process.id()).expect("a process number fits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_counts_once_it_is_ready() {
        let begun = "4711\n/tmp/lethe-a/data\n1700000000\n5432\n/tmp/lethe-a\n\n  123  456\n";
        let file = PidFile::parse(begun).unwrap();
        assert_eq!(
            (file.pid.as_raw(), file.started.as_str(), file.ready),
            (4711, "1700000000", false)
        );
        assert_eq!(file.socket_dir, Path::new("/tmp/lethe-a"));
        assert!(!PidFile::parse(&format!("{begun}starting\n")).unwrap().ready);
        assert!(PidFile::parse(&format!("{begun}ready   \n")).unwrap().ready);
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("-1\n\n\n"), None);
    }
}
