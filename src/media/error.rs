//! Errors and outcomes of media stores.

use std::path::PathBuf;

/// Why an object was not deleted. The text does not contain its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MediaError {
    // Permanent: a retry does not help.
    #[error("no media store is configured")]
    NoStore,
    #[error("the URI does not name an object of the configured media stores")]
    Outside,
    #[error("the row names another object than at the time of the FORGET")]
    Changed,
    #[error("the ledger does not say which object the row named at the time of the FORGET")]
    Unidentified,
    #[error("the recording is under legal hold")]
    Held,
    #[error("the recording belongs to an account that the drop may not reach")]
    OutOfScope,
    #[error(
        "the object is deleted, but the URI was not changed by the database: a trigger kept or restored it"
    )]
    NotCleared,
    #[error("the object is deleted, but the change of its row was rolled back: {0}")]
    RolledBack(String),
    #[error("the entry in the media folder is not a regular file")]
    NotRegular,
    #[error(
        "the store denied access: check the credentials, object lock, retention and legal hold"
    )]
    Denied,
    #[error("the bucket does not exist")]
    NoBucket,
    #[error("the store rejected the request ({0})")]
    Unusable(&'static str),
    // Transient: a retry may help.
    #[error("the media folder returned an error: {0}")]
    Refused(std::io::ErrorKind),
    #[error("the store cannot be reached or refuses temporarily")]
    Unavailable,
    #[error("the store did not answer in time")]
    Late,
    #[error("versions of the object remain")]
    Remains,
    #[error("the row is locked by another session")]
    Locked,
}

impl MediaError {
    /// Whether a retry within `media_wait` may succeed.
    pub(crate) fn is_retryable(&self) -> bool {
        matches!(
            self,
            MediaError::Refused(_)
                | MediaError::Unavailable
                | MediaError::Late
                | MediaError::Remains
                | MediaError::Locked
        )
    }
}

/// Whether the object existed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    Now,
    /// It did not exist any more.
    Before,
}

/// Why the configured stores cannot be used; exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum MediaConfigError {
    #[error("cannot use the media folder\n  detail: {folder}: {cause}\n  hint: create it, or correct folder in [media]", folder = .folder.display())]
    Folder {
        folder: PathBuf,
        cause: std::io::Error,
    },
    #[error(
        "cannot use the media bucket {bucket}\n  detail: {message}\n  hint: correct its section [[media.s3]]"
    )]
    Bucket { bucket: String, message: String },
}
