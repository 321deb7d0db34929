//! Who may do what with a folder: owner, group and mode, without opening it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::unistd::{Gid, Group};

/// What a path is, and who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FolderState {
    Missing,
    /// A link, a file or something else.
    NotFolder,
    Folder(Permissions),
}

/// Owner, group and mode of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permissions {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The lower twelve bits.
    pub(crate) mode: u32,
}

impl Permissions {
    /// The group that may write, if one may.
    pub(crate) fn writing_group(&self) -> Option<u32> {
        (self.mode & 0o020 != 0).then_some(self.gid)
    }
}

/// Looks at a path without following a link at its end. Errors: those of the system, but not that nothing is there.
pub(crate) fn folder_state(path: &Path) -> io::Result<FolderState> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(FolderState::Folder(Permissions {
            uid: metadata.uid(),
            gid: metadata.gid(),
            mode: metadata.mode() & 0o7777,
        })),
        Ok(_) => Ok(FolderState::NotFolder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(FolderState::Missing),
        Err(error) => Err(error),
    }
}

/// The name of a group; its number where it has none.
pub(crate) fn group_name(gid: u32) -> String {
    let group = Group::from_gid(Gid::from_raw(gid)).ok().flatten();
    group.map_or_else(|| gid.to_string(), |group| group.name)
}
