//! Reading a submit file that the operator names on the command line.

use std::fs::{OpenOptions, symlink_metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use nix::fcntl::OFlag;

/// Why a file was not read. Continues the name of the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnreadableFile {
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("would be refused: it is not a regular file")]
    NotRegular,
    #[error("would be refused: it is larger than {limit} bytes (max_submission_bytes)")]
    TooLarge { limit: u64 },
}

/// Reads a regular file of at most `limit` bytes. A link is not followed, and a FIFO is not waited for.
pub(crate) fn read_submission_file(path: &Path, limit: u64) -> Result<Vec<u8>, UnreadableFile> {
    let found = symlink_metadata(path)?;
    if !found.is_file() {
        return Err(UnreadableFile::NotRegular);
    }
    if found.len() > limit {
        return Err(UnreadableFile::TooLarge { limit });
    }
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    let mut content = Vec::new();
    file.take(limit).read_to_end(&mut content)?;
    Ok(content)
}
