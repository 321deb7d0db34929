//! Reading the files of a verification.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use super::names::is_document_name;
use crate::domain::text::printable;

/// Larger files are not receipts.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Why a named file or folder was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read {}\n  detail: {cause}", printable(.path))]
    File { path: PathBuf, cause: io::Error },
    #[error("cannot read the folder {}\n  detail: {cause}", printable(.path))]
    Folder { path: PathBuf, cause: io::Error },
    /// Reading failed although the folder exists; it may succeed later.
    #[error("cannot read the files of {}\n  detail: {cause}\n  hint: run again", printable(.path))]
    Io { path: PathBuf, cause: io::Error },
}

/// The receipts and certificates of a folder, by their names, in byte order.
pub(super) fn documents_in(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let path = || folder.to_owned();
    let entries = fs::read_dir(folder).map_err(|cause| ReadError::Folder {
        path: path(),
        cause,
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|cause| ReadError::Io {
            path: path(),
            cause,
        })?;
        if is_document_name(&entry.file_name().to_string_lossy()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Reads the text of a regular file. Links are not followed, and nothing is waited for.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(path)?;
    let stat = file.metadata()?;
    if !stat.is_file() || stat.len() > LIMIT {
        return Err(io::Error::other(
            "it is not a regular file of at most 64 MiB",
        ));
    }
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether anything has this name.
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Whether two paths lead to the same existing folder, or neither exists.
pub(super) fn is_same_folder(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok() == other.canonicalize().ok()
}
