//! The server's own lock file.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::error::ClusterError;
use super::limits;

/// The port, which only names the socket file: the server does not listen on TCP.
pub(crate) const PORT: u16 = 5432;

/// The content of the server's own lock file, `postmaster.pid`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) pid: Pid,
    /// Seconds since 1970, as text; with the process ID it identifies one server for good.
    pub(crate) started: String,
    pub(crate) socket_dir: PathBuf,
    pub(crate) ready: bool,
}

impl PidFile {
    pub(crate) fn path(data: &Path) -> PathBuf {
        data.join("postmaster.pid")
    }

    /// `None` if there is none, or it is not complete yet.
    pub(crate) fn read(data: &Path) -> Option<PidFile> {
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

/// Shuts down the server in `data` cleanly; its last checkpoint is complete when this returns.
pub(crate) fn shut_down(data: &Path) -> Result<(), ClusterError> {
    let file = PidFile::read(data)
        .filter(|file| accepts_connections(&file.socket_dir))
        .ok_or(ClusterError::AlreadyStopped)?;
    let _ = kill(file.pid, Signal::SIGINT);
    let deadline = Instant::now() + limits::CLEAN_SHUTDOWN;
    // The server removes the file last.
    while PidFile::path(data).exists() {
        if Instant::now() > deadline {
            return Err(ClusterError::NotStopped);
        }
        sleep(limits::POLL);
    }
    Ok(())
}

/// Whether a server accepts connections in this folder.
pub(crate) fn accepts_connections(socket_dir: &Path) -> bool {
    UnixStream::connect(socket_dir.join(format!(".s.PGSQL.{PORT}"))).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_counts_once_it_is_ready() {
        let starting = "4711\n/tmp/app-a/data\n1700000000\n5432\n/tmp/app-a\n\n  123  456\n";
        let file = PidFile::parse(starting).unwrap();
        assert_eq!(
            (file.pid.as_raw(), file.started.as_str(), file.ready),
            (4711, "1700000000", false)
        );
        assert_eq!(file.socket_dir, Path::new("/tmp/app-a"));
        assert!(
            !PidFile::parse(&format!("{starting}starting\n"))
                .unwrap()
                .ready
        );
        assert!(
            PidFile::parse(&format!("{starting}ready   \n"))
                .unwrap()
                .ready
        );
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("-1\n\n\n"), None);
    }
}
