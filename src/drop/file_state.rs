//! The state of a file according to `stat`.

use chrono::{DateTime, Utc};
use nix::sys::stat::{FileStat, SFlag};

/// Distinguishes two states of a regular file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    pub(crate) dev: u64,
    pub(crate) ino: u64,
    /// In bytes.
    pub(crate) size: u64,
    /// Seconds and nanoseconds.
    pub(crate) mtime: (i64, i64),
    /// The number of hard links, which is not part of its identity.
    pub(crate) nlink: u64,
}

impl Fingerprint {
    /// The modification time; `None`: the file system's value is not a valid time.
    pub(crate) fn modified(&self) -> Option<DateTime<Utc>> {
        let (seconds, nanoseconds) = self.mtime;
        DateTime::from_timestamp(seconds, u32::try_from(nanoseconds).ok()?)
    }
}

/// Why a properly named file is not accepted as a submission. Continues the name of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("is a symbolic link")]
    SymbolicLink,
    #[error("is a FIFO")]
    Fifo,
    #[error("is a socket")]
    Socket,
    /// Also any other kind of file.
    #[error("is a device")]
    Device,
    #[error("is a directory")]
    Directory,
    #[error("has a second hard link")]
    SecondHardLink,
    #[error("is larger than {limit} bytes (max_submission_bytes): {size} bytes")]
    TooLarge { size: u64, limit: u64 },
    #[error("is nested deeper than {limit} levels")]
    TooDeep { limit: u32 },
}

impl Fingerprint {
    #[allow(clippy::unnecessary_cast)] // the widths differ between Linux and macOS
    pub(super) fn of(stat: &FileStat) -> Fingerprint {
        Fingerprint {
            dev: stat.st_dev as u64,
            ino: stat.st_ino as u64,
            size: stat.st_size as u64,
            mtime: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            nlink: stat.st_nlink as u64,
        }
    }

    /// Whether it is the same file in the same state: device, inode, size and modification time.
    pub(crate) fn is_same(&self, other: &Fingerprint) -> bool {
        self.is_same_file(other) && self.size == other.size && self.mtime == other.mtime
    }

    /// Whether it is the same file, in any state: device and inode.
    pub(super) fn is_same_file(&self, other: &Fingerprint) -> bool {
        (self.dev, self.ino) == (other.dev, other.ino)
    }
}

impl Refusal {
    /// Why this is not a regular file; `None`: it is one.
    pub(super) fn of(stat: &FileStat) -> Option<Refusal> {
        match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
            SFlag::S_IFREG => None,
            SFlag::S_IFLNK => Some(Refusal::SymbolicLink),
            SFlag::S_IFIFO => Some(Refusal::Fifo),
            SFlag::S_IFSOCK => Some(Refusal::Socket),
            SFlag::S_IFDIR => Some(Refusal::Directory),
            _ => Some(Refusal::Device),
        }
    }
}
