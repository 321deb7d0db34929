//! How several lethe processes share one kept cluster.
//!
//! The folder holds four locks. The kernel lets go of them when their process ends, so none can be left behind.
//!
//! - `users.lock`: each process shares it while it uses the cluster. The keeper stops the server only while it has
//!   the lock for itself, so nobody can arrive at a server that is being stopped.
//! - `start.lock`: held by the one process that is looking for the server, and starts one if there is none.
//! - `keeper.lock`: held by the keeper for as long as it has a server to keep.
//! - `server.lock`: held by every process of the server, by inheritance. When it is free, no server runs, whatever
//!   process numbers say: a container that starts anew gives the same numbers again.
//!
//! Order: a process takes `start.lock`, then `users.lock`. A keeper takes `keeper.lock`, then `server.lock`, and never
//! waits for `users.lock` while its start is not finished.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::server::{self, PidFile, TICK, open_lock};
use super::server_user::{ServerUser, make_folder};
use super::{EmbeddedError, io_error};

/// How long to wait for another process; longer than a start may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(360);

/// What lies where in the folder of a kept cluster.
#[derive(Debug, Clone)]
pub(super) struct Places {
    folder: PathBuf,
}

impl Places {
    /// Make the folder if need be.
    pub(super) fn make(folder: &Path) -> Result<Places, EmbeddedError> {
        Ok(Places {
            folder: make_folder(folder)?,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where initdb works: only a whole cluster gets the name `data`.
    pub(super) fn unfinished_data(&self) -> PathBuf {
        self.folder.join("data.new")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    pub(super) fn users_lock(&self) -> PathBuf {
        self.folder.join("users.lock")
    }

    pub(super) fn keeper_lock(&self) -> PathBuf {
        self.folder.join("keeper.lock")
    }

    fn start_lock(&self) -> PathBuf {
        self.folder.join("start.lock")
    }

    fn record(&self) -> PathBuf {
        self.folder.join("server")
    }

    /// Let others find the server; replaces the file in one step.
    pub(super) fn announce(&self, record: &Record) -> Result<(), EmbeddedError> {
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

    /// Remove what the announced server needed; only once it has ended.
    pub(super) fn withdraw(&self) {
        if let Some(record) = self.read_record() {
            if record.is_of(&self.data()) {
                let _ = fs::remove_file(PidFile::path(&self.data()));
            }
            // The name comes from a file of lethe's own, and yet nothing else than lethe's own is removed.
            if record.socket_dir.parent() == Some(Path::new("/tmp"))
                && self.is_own(&record.socket_dir)
            {
                let _ = fs::remove_dir_all(&record.socket_dir);
            }
        }
        let _ = fs::remove_file(self.record());
    }

    /// For the process whose keeper was killed: wait for the server's end and clear up, unless a newcomer has.
    pub(super) fn clear_after_lost_keeper(&self, socket_dir: &Path) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let ours = || {
            self.read_record()
                .is_some_and(|record| record.socket_dir == socket_dir)
        };
        let go_on = || ours() && Instant::now() < deadline;
        if let Ok(life) = open_lock(&server::life_lock(&self.folder))
            && let Ok(true) = server::outlive_lost_server(&life, &self.data(), go_on)
            && ours()
        {
            self.withdraw();
        }
    }

    fn read_record(&self) -> Option<Record> {
        Record::parse(&fs::read_to_string(self.record()).ok()?)
    }

    /// Whether it is a folder, not a link to one, that only the server's user can enter.
    fn is_own(&self, socket_dir: &Path) -> bool {
        let Ok(user) = ServerUser::for_data(&self.data()) else {
            return false;
        };
        fs::symlink_metadata(socket_dir)
            .is_ok_and(|found| found.is_dir() && user.owns_privately(&found))
    }

    /// Wait for a lock that others hold only for a while.
    fn lock(
        &self,
        path: &Path,
        try_lock: fn(&File) -> Result<(), TryLockError>,
    ) -> Result<File, EmbeddedError> {
        let file = open_lock(path)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match try_lock(&file) {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(TICK),
                Err(TryLockError::WouldBlock) => return Err(self.busy()),
                Err(TryLockError::Error(error)) => return Err(io_error("lock", path)(error)),
            }
        }
    }

    fn busy(&self) -> EmbeddedError {
        EmbeddedError::Busy {
            folder: self.folder.clone(),
            log: self.log(),
        }
    }
}

/// The running server, for other processes to find.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    socket_dir: PathBuf,
    pid: i32,
    started: String,
}

impl Record {
    pub(super) fn new(socket_dir: &Path, server: &PidFile) -> Record {
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

    /// Whether the server's own lock file in `data` is of this server, and not of one started by hand since.
    fn is_of(&self, data: &Path) -> bool {
        PidFile::read(data)
            .is_some_and(|file| file.pid.as_raw() == self.pid && file.started == self.started)
    }
}

/// A share in the use of the cluster: the server runs on while anyone has one.
#[derive(Debug)]
pub(super) struct Seat {
    _users: File,
    places: Places,
}

impl Seat {
    /// Take a share; the second value is the right to look for the server and to start it.
    pub(super) fn take(places: &Places) -> Result<(Seat, Start), EmbeddedError> {
        let start = places.lock(&places.start_lock(), File::try_lock)?;
        let users = places.lock(&places.users_lock(), File::try_lock_shared)?;
        Ok((
            Seat {
                _users: users,
                places: places.clone(),
            },
            Start { _lock: start },
        ))
    }

    /// Give the share back.
    pub(super) fn leave(self) -> Places {
        self.places
    }
}

/// The right to look for the server and to start it; one process has it at a time.
#[derive(Debug)]
pub(super) struct Start {
    _lock: File,
}

impl Start {
    /// The socket folder of the running server, or None if one must be started.
    ///
    /// Waits for a server that is on its way up for a process that has ended, or on its way down.
    pub(super) fn running_server(&self, places: &Places) -> Result<Option<PathBuf>, EmbeddedError> {
        let path = places.keeper_lock();
        let keeper = open_lock(&path)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match keeper.try_lock_shared() {
                Ok(()) => return Ok(None),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error)),
            }
            if let Some(Record { socket_dir, .. }) = places.read_record()
                && places.is_own(&socket_dir)
                && server::answers(&socket_dir)
            {
                return Ok(Some(socket_dir));
            }
            if Instant::now() > deadline {
                return Err(places.busy());
            }
            sleep(TICK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places {
            folder: folder.path().to_owned(),
        };
        assert_eq!(places.read_record(), None);
        let record = Record {
            socket_dir: "/tmp/lethe-a".into(),
            pid: 4711,
            started: "1700000000".to_owned(),
        };
        places.announce(&record).unwrap();
        assert_eq!(places.read_record(), Some(record));
        places.withdraw();
        assert_eq!(places.read_record(), None);
    }

    #[test]
    fn the_lock_file_of_another_server_stays() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places {
            folder: folder.path().to_owned(),
        };
        fs::create_dir(places.data()).unwrap();
        let pid_file = PidFile::path(&places.data());
        for (started, stays) in [("1700000000", false), ("1700000999", true)] {
            fs::write(
                &pid_file,
                format!("4711\n/x\n{started}\n5432\n/tmp/lethe-a\n"),
            )
            .unwrap();
            let record = Record {
                socket_dir: "/nowhere".into(),
                pid: 4711,
                started: "1700000000".to_owned(),
            };
            places.announce(&record).unwrap();
            places.withdraw();
            assert_eq!(pid_file.exists(), stays, "{started}");
        }
    }

    #[test]
    fn users_share_and_starters_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places {
            folder: folder.path().to_owned(),
        };
        let (first, start) = Seat::take(&places).unwrap();
        assert!(open_lock(&places.start_lock()).unwrap().try_lock().is_err());
        drop(start);
        let (second, _start) = Seat::take(&places).unwrap();
        let users = open_lock(&places.users_lock()).unwrap();
        first.leave();
        assert!(users.try_lock().is_err());
        second.leave();
        users.try_lock().unwrap();
    }
}
