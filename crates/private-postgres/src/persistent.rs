//! How several processes share one persistent cluster.
//!
//! The folder has four lock files. The kernel releases a lock when its process ends, so none can be left behind.
//!
//! - `users.lock`: every user of the cluster holds it shared. The keeper stops the server only while it holds the lock
//!   exclusively, so nobody can start to use a server that is being stopped.
//! - `start.lock`: held by the one process that looks for the server, and starts one if there is none.
//! - `keeper.lock`: held by the keeper while it has a server.
//! - `server.lock`: held by every process of the server, by inheritance. While it is free, no server runs, whatever
//!   process IDs suggest: a restarted container assigns the same ones again.
//!
//! Lock order: a user takes `start.lock`, then `users.lock`. A keeper takes `keeper.lock`, then `server.lock`, and does
//! not wait for `users.lock` before its start is complete.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Instant;

use super::error::{ClusterError, io_error};
use super::limits;
use super::lock::{self, Lock, open_lock};
use super::pid_file::{PidFile, accepts_connections};
use super::server_user::{ServerUser, create_folder};

/// The files in the folder of a persistent cluster.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    folder: PathBuf,
}

impl Layout {
    /// Creates the folder if it does not exist.
    pub(crate) fn create(folder: &Path) -> Result<Layout, ClusterError> {
        Ok(Layout {
            folder: create_folder(folder)?,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where initdb works: only a complete cluster is renamed to `data`.
    pub(crate) fn unfinished_data(&self) -> PathBuf {
        self.folder.join("data.new")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    pub(crate) fn users_lock(&self) -> PathBuf {
        self.folder.join("users.lock")
    }

    pub(crate) fn keeper_lock(&self) -> PathBuf {
        self.folder.join("keeper.lock")
    }

    fn start_lock(&self) -> PathBuf {
        self.folder.join("start.lock")
    }

    fn record(&self) -> PathBuf {
        self.folder.join("server")
    }

    /// Let others find the server; relayout the file in one step.
    pub(crate) fn announce(&self, record: &Record) -> Result<(), ClusterError> {
        let path = self.folder.join("server.new");
        let _ = fs::remove_file(&path);
        let text = format!(
            "{}\n{}\n{}\n",
            record.socket_dir.display(),
            record.pid,
            record.started
        );
        let mut options = File::options();
        options.write(true).create_new(true).mode(0o600);
        let written = options
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written
            .and_then(|()| fs::rename(&path, self.record()))
            .map_err(io_error("write", &path))
    }

    /// Removes the files of the announced server, which must have ended.
    pub(crate) fn withdraw(&self) {
        if let Some(record) = self.read_record() {
            if record.is_of(&self.data()) {
                let _ = fs::remove_file(PidFile::path(&self.data()));
            }
            // Even though this crate wrote the file, only a folder that it could have created is removed.
            if record.socket_dir.parent() == Some(Path::new("/tmp"))
                && self.is_own(&record.socket_dir)
            {
                let _ = fs::remove_dir_all(&record.socket_dir);
            }
        }
        let _ = fs::remove_file(self.record());
    }

    /// For the process whose keeper was killed: waits for the server to end and removes its files, unless another user has.
    pub(crate) fn remove_after_lost_keeper(&self, socket_dir: &Path) {
        let deadline = Instant::now() + limits::CLEANUP;
        let ours = || {
            self.read_record()
                .is_some_and(|record| record.socket_dir == socket_dir)
        };
        let keep_waiting = || ours() && Instant::now() < deadline;
        if let Ok(life) = open_lock(&lock::life_lock(&self.folder))
            && let Ok(Lock::Held) = lock::outlive_lost_server(&life, &self.data(), keep_waiting)
            && ours()
        {
            self.withdraw();
        }
    }

    fn read_record(&self) -> Option<Record> {
        Record::parse(&fs::read_to_string(self.record()).ok()?)
    }

    /// Whether it is a folder, not a symbolic link, that only the server's user can enter.
    fn is_own(&self, socket_dir: &Path) -> bool {
        let Ok(user) = ServerUser::for_data(&self.data()) else {
            return false;
        };
        fs::symlink_metadata(socket_dir)
            .is_ok_and(|found| found.is_dir() && user.owns_privately(&found))
    }

    /// Waits for a lock that others hold for a limited time.
    fn lock(
        &self,
        path: &Path,
        try_lock: fn(&File) -> Result<(), TryLockError>,
    ) -> Result<File, ClusterError> {
        let file = open_lock(path)?;
        let deadline = Instant::now() + limits::OTHER_PROCESS;
        loop {
            match try_lock(&file) {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(limits::POLL),
                Err(TryLockError::WouldBlock) => return Err(self.busy()),
                Err(TryLockError::Error(error)) => return Err(io_error("lock", path)(error)),
            }
        }
    }

    fn busy(&self) -> ClusterError {
        ClusterError::Busy {
            folder: self.folder.clone(),
            log: self.log(),
        }
    }
}

/// The running server, as announced to other processes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    socket_dir: PathBuf,
    pid: i32,
    started: String,
}

impl Record {
    pub(crate) fn new(socket_dir: &Path, server: &PidFile) -> Record {
        let (pid, started) = (server.pid.as_raw(), server.started.clone());
        Record {
            socket_dir: socket_dir.to_owned(),
            pid,
            started,
        }
    }

    fn parse(text: &str) -> Option<Record> {
        let mut lines = text.lines();
        let socket_dir = lines.next()?.into();
        Some(Record {
            socket_dir,
            pid: lines.next()?.parse().ok()?,
            started: lines.next()?.to_owned(),
        })
    }

    /// Whether the server's own lock file in `data` belongs to this server, and not to one started by hand since.
    fn is_of(&self, data: &Path) -> bool {
        PidFile::read(data)
            .is_some_and(|file| file.pid.as_raw() == self.pid && file.started == self.started)
    }
}

/// A use of the cluster: the server keeps running while any process has one.
#[derive(Debug)]
pub(crate) struct Seat {
    _users: File,
    layout: Layout,
}

impl Seat {
    /// Takes a seat; the second value is the right to look for the server and to start it.
    pub(crate) fn take(layout: &Layout) -> Result<(Seat, Start), ClusterError> {
        let start = layout.lock(&layout.start_lock(), File::try_lock)?;
        let users = layout.lock(&layout.users_lock(), File::try_lock_shared)?;
        Ok((
            Seat {
                _users: users,
                layout: layout.clone(),
            },
            Start { _lock: start },
        ))
    }

    /// Gives the seat back.
    pub(crate) fn leave(self) -> Layout {
        self.layout
    }
}

/// The right to look for the server and to start it; one process has it at a time.
#[derive(Debug)]
pub(crate) struct Start {
    _lock: File,
}

impl Start {
    /// The socket folder of the running server, or `None` if one must be started.
    ///
    /// Waits for a server that is starting for a process that has ended, or that is stopping.
    pub(crate) fn running_server(&self, layout: &Layout) -> Result<Option<PathBuf>, ClusterError> {
        let path = layout.keeper_lock();
        let keeper = open_lock(&path)?;
        let deadline = Instant::now() + limits::OTHER_PROCESS;
        loop {
            match keeper.try_lock_shared() {
                Ok(()) => return Ok(None),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error)),
            }
            if let Some(Record { socket_dir, .. }) = layout.read_record()
                && layout.is_own(&socket_dir)
                && accepts_connections(&socket_dir)
            {
                return Ok(Some(socket_dir));
            }
            if Instant::now() > deadline {
                return Err(layout.busy());
            }
            sleep(limits::POLL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout {
            folder: folder.path().to_owned(),
        };
        assert_eq!(layout.read_record(), None);
        let record = Record {
            socket_dir: "/tmp/app-a".into(),
            pid: 4711,
            started: "1700000000".to_owned(),
        };
        layout.announce(&record).unwrap();
        assert_eq!(layout.read_record(), Some(record));
        layout.withdraw();
        assert_eq!(layout.read_record(), None);
    }

    #[test]
    fn the_lock_file_of_another_server_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout {
            folder: folder.path().to_owned(),
        };
        fs::create_dir(layout.data()).unwrap();
        let pid_file = PidFile::path(&layout.data());
        for (started, stays) in [("1700000000", false), ("1700000999", true)] {
            fs::write(
                &pid_file,
                format!("4711\n/x\n{started}\n5432\n/tmp/app-a\n"),
            )
            .unwrap();
            let record = Record {
                socket_dir: "/nowhere".into(),
                pid: 4711,
                started: "1700000000".to_owned(),
            };
            layout.announce(&record).unwrap();
            layout.withdraw();
            assert_eq!(pid_file.exists(), stays, "{started}");
        }
    }

    #[test]
    fn users_share_and_starters_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout {
            folder: folder.path().to_owned(),
        };
        let (first, start) = Seat::take(&layout).unwrap();
        assert!(open_lock(&layout.start_lock()).unwrap().try_lock().is_err());
        drop(start);
        let (second, _start) = Seat::take(&layout).unwrap();
        let users = open_lock(&layout.users_lock()).unwrap();
        first.leave();
        assert!(users.try_lock().is_err());
        second.leave();
        users.try_lock().unwrap();
    }
}
