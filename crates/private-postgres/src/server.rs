//! The server process, as the keeper starts and stops it.

use std::fs::{self, File, Permissions};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Instant;

use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use super::application::Application;
use super::durability::Durability;
use super::error::{ClusterError, io_error};
use super::lifeline::{Event, Parent, wait};
use super::limits;
use super::log::Log;
use super::pid_file::{PORT, PidFile};
use super::server_user::ServerUser;

/// How a server is started.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) application: Application,
    pub(crate) binaries: PathBuf,
    pub(crate) user: ServerUser,
    pub(crate) durability: Durability,
    pub(crate) data: PathBuf,
    pub(crate) log: Log,
    /// Server settings that override the defaults, each `name=value`.
    pub(crate) settings: Vec<std::ffi::OsString>,
}

impl Site {
    /// Creates a cluster in the empty folder `data`.
    pub(crate) fn create_cluster(&self, parent: &Parent, data: &Path) -> Result<(), ClusterError> {
        // Not every system has C.UTF-8; if initdb rejects it, it leaves the folder empty.
        match self.initdb(parent, data, "C.UTF-8") {
            Err(ClusterError::Server { .. }) => self.initdb(parent, data, "C"),
            done => done,
        }
    }

    fn initdb(&self, parent: &Parent, data: &Path, locale: &str) -> Result<(), ClusterError> {
        let program = self.binaries.join("initdb");
        let mut command = self.user.command(&program);
        command.args(["--auth=trust", "--encoding=UTF8", "--no-instructions"]);
        command
            .arg(format!("--username={}", self.application.name()))
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
        // In a process group of its own, so that its helpers can be waited for when it is killed.
        command.process_group(0);
        end_with_keeper(&mut command, Signal::SIGKILL);
        let mut process = command.spawn().map_err(io_error("run", &program))?;
        loop {
            match process.try_wait().map_err(io_error("wait for", &program))? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(self.log.failure("initdb", Some(status))),
                None if wait(Some(parent), None, Some(limits::POLL)) == Event::ParentGone => {
                    end_initdb(process);
                    return Err(ClusterError::Cancelled);
                }
                None => {}
            }
        }
    }

    /// Starts the server and waits until it accepts connections in `socket_dir`.
    ///
    /// All processes of the server hold the lock of `life` until the last of them has ended.
    pub(crate) fn start(
        &self,
        parent: &Parent,
        socket_dir: &Path,
        life: File,
    ) -> Result<Server, ClusterError> {
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
        let lifeline = process.stdout.take().expect("the output is a pipe");
        let mut server = Server {
            process,
            lifeline,
            durability: self.durability,
        };
        // It holds the last handle of `life` in this process.
        drop(command);
        match self.until_ready(parent, &server) {
            Ok(()) => Ok(server),
            Err(ClusterError::Server { program, .. }) => {
                let status = server.process.wait().ok();
                Err(self.log.failure(program, status))
            }
            Err(error) => {
                server.stop();
                Err(error)
            }
        }
    }

    fn until_ready(&self, parent: &Parent, server: &Server) -> Result<(), ClusterError> {
        let deadline = Instant::now() + limits::START;
        loop {
            if PidFile::read(&self.data)
                .is_some_and(|file| file.ready && file.pid == pid_of(&server.process))
            {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(ClusterError::NotReady {
                    log: self.log.path.clone(),
                });
            }
            match wait(Some(parent), Some(server.lifeline()), Some(limits::POLL)) {
                Event::ParentGone => return Err(ClusterError::Cancelled),
                Event::ServerGone => return Err(self.log.failure("postgres", None)),
                Event::Timeout => {}
            }
        }
    }

    fn all_settings(&self) -> Vec<std::ffi::OsString> {
        let size: &[&str] = match self.durability {
            Durability::Persistent => &["shared_buffers=128MB"],
            Durability::Throwaway => &[
                "shared_buffers=64MB",
                "max_connections=60",
                "fsync=off",
                "full_page_writes=off",
            ],
        };
        // No details and statements in messages: both can quote values.
        let log = [
            "logging_collector=off",
            "log_error_verbosity=terse",
            "log_min_error_statement=panic",
        ];
        let zone = ["timezone=UTC", "log_timezone=UTC"];
        let cluster_name = format!("cluster_name={}", self.application.name()).into();
        let defaults = size.iter().chain(&log).chain(&zone).map(Into::into);
        // How the server is reached comes last, so that a caller cannot override it.
        let access = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "log_destination=stderr",
        ]
        .map(Into::into);
        defaults
            .chain([cluster_name])
            .chain(self.settings.iter().cloned())
            .chain(access)
            .chain([format!("port={PORT}").into()])
            .collect()
    }
}

/// A running server, child of the keeper. Dropping it does not stop it.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// The read end of a pipe that only processes of the server hold open.
    lifeline: ChildStdout,
    durability: Durability,
}

impl Server {
    /// Stops the server and waits for it, with a last checkpoint if the data is persistent.
    pub(crate) fn stop(&mut self) {
        let fast = (Signal::SIGINT, limits::FAST_SHUTDOWN);
        let immediate = (Signal::SIGQUIT, limits::IMMEDIATE_SHUTDOWN);
        let last = (Signal::SIGKILL, limits::IMMEDIATE_SHUTDOWN);
        let steps: &[_] = match self.durability {
            Durability::Persistent => &[fast, immediate, last],
            Durability::Throwaway => &[immediate, last],
        };
        for &(signal, limit) in steps {
            // The process ID cannot have been reused: the child has not been waited for yet.
            let _ = kill(pid_of(&self.process), signal);
            if wait(None, Some(self.lifeline()), Some(limit)) == Event::ServerGone {
                break;
            }
        }
        self.reap();
    }

    /// Waits for a server that has ended by itself.
    pub(crate) fn reap(&mut self) {
        let _ = self.process.wait();
    }

    /// Ends with the server's last process.
    pub(crate) fn lifeline(&self) -> BorrowedFd<'_> {
        self.lifeline.as_fd()
    }
}

/// Creates a folder for the server's socket that others cannot enter.
pub(crate) fn create_socket_folder(application: &Application) -> Result<PathBuf, ClusterError> {
    let pattern = application.socket_folder_pattern();
    let folder =
        nix::unistd::mkdtemp(&pattern).map_err(io_error("create a folder like", &pattern))?;
    fs::set_permissions(&folder, Permissions::from_mode(0o700))
        .map_err(io_error("set the permissions of", &folder))?;
    Ok(folder)
}

/// Kills initdb alone: its server processes then end by themselves, and remove their shared memory.
fn end_initdb(mut process: Child) {
    let group = pid_of(&process);
    // The keeper adopts the orphans: the init process of a container may be slow to reap them.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
    let _ = process.kill();
    let _ = process.wait();
    let deadline = Instant::now() + limits::INITDB_END;
    loop {
        let _ = waitpid(Pid::from_raw(-group.as_raw()), Some(WaitPidFlag::WNOHANG));
        if killpg(group, None).is_err() {
            return;
        }
        if Instant::now() > deadline {
            let _ = killpg(group, Signal::SIGKILL);
            return;
        }
        sleep(limits::POLL);
    }
}

/// Makes the kernel send `signal` to the command when the keeper is killed.
fn end_with_keeper(command: &mut Command, signal: Signal) {
    #[cfg(target_os = "linux")]
    {
        let keeper = Pid::this();
        #[allow(
            unsafe_code,
            reason = "the standard library has no other way to set the signal in the new process"
        )]
        // SAFETY: between fork and exec only system calls are made (prctl, getppid), nothing is allocated or locked.
        // The signal comes when the thread that forked ends, and the keeper has one thread only.
        unsafe {
            command.pre_exec(move || {
                nix::sys::prctl::set_pdeathsig(signal)?;
                // If the keeper was killed before the call above, no signal will come.
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
    Pid::from_raw(i32::try_from(process.id()).expect("a process ID fits"))
}
