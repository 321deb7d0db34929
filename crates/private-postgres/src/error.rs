//! Errors of private clusters.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use super::limits;

/// Why there is no private cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error(
        "cannot find the PostgreSQL server programs (initdb, postgres)\n  \
         detail: not in {searched}\n  \
         hint: install them (apt-get install postgresql, dnf install postgresql-server, brew install postgresql), or set \
         {variable} to their folder"
    )]
    NoBinaries { searched: String, variable: String },
    #[error(
        "{variable} does not name a folder with initdb and postgres\n  \
         detail: it is {folder:?}\n  \
         hint: correct it or unset it"
    )]
    BadBinaryFolder { folder: PathBuf, variable: String },
    #[error(
        "the cluster is of another PostgreSQL version\n  \
         detail: {data:?} was created by PostgreSQL {wanted}; installed: {found}\n  \
         hint: install PostgreSQL {wanted}, set {variable} to its programs, or move the folder away to start afresh"
    )]
    OtherVersion {
        data: PathBuf,
        wanted: String,
        found: String,
        variable: String,
    },
    #[error(
        "initdb needs a user with an entry in the user database\n  \
         detail: user ID {uid} has none\n  \
         hint: add the user (to /etc/passwd in a container), or run as another user"
    )]
    UnknownUser { uid: u32 },
    #[error(
        "a PostgreSQL server cannot run as root\n  \
         detail: there is neither a user postgres nor a user nobody to run it as\n  \
         hint: add one of them, or run as another user"
    )]
    NoServerUser,
    #[error(
        "the user of the server cannot reach a file\n  \
         detail: user {user} needs {wanted:?}, and cannot enter {blocked:?}\n  \
         hint: use another folder, or chmod o+x {blocked:?}"
    )]
    Unreachable {
        user: String,
        wanted: PathBuf,
        blocked: PathBuf,
    },
    #[error(
        "the folder of the cluster belongs to another user\n  \
         detail: {folder:?}\n  \
         hint: use a folder of your own, or run as its owner"
    )]
    ForeignFolder { folder: PathBuf },
    #[error(
        "another process has been starting or stopping the cluster for {} minutes\n  \
         detail: the cluster is in {folder:?}\n  \
         hint: look at {log:?}, end that process, and retry",
        limits::OTHER_PROCESS.as_secs() / 60
    )]
    Busy { folder: PathBuf, log: PathBuf },
    /// The output of the program says what to do, for example if the disk is full; `log` has all of it, if it is kept.
    #[error(
        "{program} failed{}\n  detail: {output}{}",
        status.map(|status| format!(" ({status})")).unwrap_or_default(),
        log.as_ref().map(|log| format!("\n  hint: look at {log:?}")).unwrap_or_default()
    )]
    Server {
        program: &'static str,
        status: Option<ExitStatus>,
        output: String,
        log: Option<PathBuf>,
    },
    #[error(
        "the server was not ready after {} minutes\n  hint: look at {log:?}",
        limits::START.as_secs() / 60
    )]
    NotReady { log: PathBuf },
    #[error("the start was cancelled, as the process that wanted the cluster has ended")]
    Cancelled,
    #[error("the server has already ended")]
    AlreadyStopped,
    #[error(
        "the server did not shut down within {} seconds",
        limits::CLEAN_SHUTDOWN.as_secs()
    )]
    NotStopped,
    #[error("a keeper process is started by the library, not by hand")]
    KeeperArguments,
    /// The keeper's own error.
    #[error("{0}")]
    Keeper(String),
    #[error(
        "the keeper of the private cluster was killed\n  detail: its server has ended with it\n  hint: retry"
    )]
    KeeperLost,
    #[error("cannot {action} {path:?}\n  detail: {source}")]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

/// For `map_err`: an I/O error with the action and the path.
pub(crate) fn io_error<E: Into<io::Error>>(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(E) -> ClusterError {
    let path = path.to_owned();
    move |source| ClusterError::Io {
        action,
        path,
        source: source.into(),
    }
}
