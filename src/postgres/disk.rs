//! Free space on the disks of a local server.

use std::path::Path;

use nix::sys::statvfs::statvfs;

/// Bytes free for unprivileged users on the disk of a folder; `None`: the folder cannot be examined from here.
pub(crate) fn free_bytes(folder: &Path) -> Option<i64> {
    let stat = statvfs(folder).ok()?;
    let free = stat.blocks_available() as u64 * stat.fragment_size() as u64;
    i64::try_from(free).ok()
}
