//! What can go wrong with a private cluster.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use super::kept::PATIENCE;
use super::server::START_LIMIT;

/// Why there is no private cluster; each message says the way out.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "found no PostgreSQL server programs (initdb, postgres) in {looked}; install them \
         (apt-get install postgresql, dnf install postgresql-server, brew install postgresql), \
         or let scripts/test fetch them, or set LETHE_PG_BIN to their folder"
    )]
    NoBinaries { looked: String },
    #[error(
        "LETHE_PG_BIN is {folder:?}, which has no initdb and postgres in it; correct it or unset it"
    )]
    BadBinaryFolder { folder: PathBuf },
    #[error(
        "the cluster in {data:?} was made by PostgreSQL {wanted}, but only version {found} is here; \
         install PostgreSQL {wanted}, or set LETHE_PG_BIN to its programs, or move the folder away to begin anew"
    )]
    OtherVersion {
        data: PathBuf,
        wanted: String,
        found: String,
    },
    #[error("no home folder is known for the current user; set HOME or XDG_DATA_HOME")]
    NoHome,
    #[error(
        "user number {uid} has no entry in the user database, and initdb refuses to work without one; \
         add the user (to /etc/passwd in a container) or run lethe as a user that has an entry"
    )]
    UnknownUser { uid: u32 },
    #[error(
        "a PostgreSQL server refuses to run as root, and there is neither a user postgres nor a user nobody to run \
         it as; add one of them or run lethe as another user"
    )]
    NoServerUser,
    #[error(
        "the server runs as user {user}, who cannot reach {wanted:?}: {blocked:?} is closed to that user; \
         use another folder, or chmod o+x {blocked:?}"
    )]
    Unreachable {
        user: String,
        wanted: PathBuf,
        blocked: PathBuf,
    },
    #[error(
        "{folder:?} belongs to another user; use a folder of your own, or run lethe as its owner"
    )]
    ForeignFolder { folder: PathBuf },
    #[error(
        "another lethe process has been starting or stopping the cluster in {folder:?} for {} minutes; \
         look at {log:?}, end that process, and try again",
        PATIENCE.as_secs() / 60
    )]
    Busy { folder: PathBuf, log: PathBuf },
    /// The programs' own words say what to do, the disk is full for one; `log` has them all if it is kept.
    #[error(
        "{program} failed{}, and said{}: {words}",
        status.map(|status| format!(" ({status})")).unwrap_or_default(),
        log.as_ref().map(|log| format!(" in {log:?}")).unwrap_or_default()
    )]
    Server {
        program: &'static str,
        status: Option<ExitStatus>,
        words: String,
        log: Option<PathBuf>,
    },
    #[error("the server was not ready after {} minutes; look at {log:?}", START_LIMIT.as_secs() / 60)]
    NotReady { log: PathBuf },
    #[error("the start was given up, for the process that wanted the cluster has ended")]
    Cancelled,
    /// The keeper's own error, in its words.
    #[error("{0}")]
    Keeper(String),
    #[error(
        "the keeper of the private cluster was killed, and its server has ended with it; try again"
    )]
    KeeperLost,
    #[error("could not {action} {path:?}: {source}")]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

/// For `map_err`: an I/O error with what was being done to which path.
pub(super) fn io_error<E: Into<io::Error>>(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(E) -> EmbeddedError {
    let path = path.to_owned();
    move |source| EmbeddedError::Io {
        action,
        path,
        source: source.into(),
    }
}
