//! Whether folders that belong to different people hold each other.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The real path of a folder; as given where it does not exist.
pub fn canonical(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

/// What two folders have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlap {
    Same,
    /// One lies in the other.
    Inside,
}

/// Whether two folders are one, also by way of a link or another mount, or one lies in the other.
pub(crate) fn overlap(one: &Path, other: &Path) -> Option<Overlap> {
    let file = |path: &Path| path.metadata().ok().map(|m| (m.dev(), m.ino()));
    let (a, b) = (canonical(one), canonical(other));
    if a == b || file(&a).is_some() && file(&a) == file(&b) {
        return Some(Overlap::Same);
    }
    (a.starts_with(&b) || b.starts_with(&a)).then_some(Overlap::Inside)
}
