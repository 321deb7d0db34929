//! Lock files, and the end of a server whose keeper was killed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};

use super::error::{ClusterError, io_error};
use super::limits;
use super::pid_file::{PidFile, accepts_connections};

/// Opens a file to lock; every handle inherited from this one holds the lock too.
pub(crate) fn open_lock(path: &Path) -> Result<File, ClusterError> {
    let mut options = File::options();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600);
    options.open(path).map_err(io_error("open", path))
}

/// The file that all processes of the server lock while any of them runs.
pub(crate) fn life_lock(folder: &Path) -> PathBuf {
    folder.join("server.lock")
}

/// Whether a lock was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    Held,
    GaveUp,
}

/// Locks `life` as soon as the server in `data`, which lost its keeper, has ended; [`Lock::GaveUp`] if `keep_waiting`
/// returned false before.
///
/// On Linux such a server ends by itself with its keeper. Where it does not, it is told to after a while.
pub(crate) fn outlive_lost_server(
    life: &File,
    data: &Path,
    mut keep_waiting: impl FnMut() -> bool,
) -> io::Result<Lock> {
    let patience = Instant::now() + limits::ORPHANED_SERVER;
    let mut signalled = false;
    loop {
        match life.try_lock() {
            Ok(()) => return Ok(Lock::Held),
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
        if !keep_waiting() {
            return Ok(Lock::GaveUp);
        }
        if !signalled && Instant::now() > patience {
            // The process ID may have been reused, unless a server answers.
            if let Some(file) =
                PidFile::read(data).filter(|file| accepts_connections(&file.socket_dir))
            {
                let _ = kill(file.pid, Signal::SIGINT);
            }
            signalled = true;
        }
        sleep(limits::POLL);
    }
}

/// Removes the folder of a throwaway cluster whose keeper was killed.
pub(crate) fn remove_after_lost_keeper(folder: &Path) {
    let deadline = Instant::now() + limits::CLEANUP;
    if let Ok(life) = open_lock(&life_lock(folder)) {
        let _ = outlive_lost_server(&life, &folder.join("data"), || Instant::now() < deadline);
    }
    let _ = fs::remove_dir_all(folder);
}
