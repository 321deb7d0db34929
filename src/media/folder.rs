//! Media in a local folder: each step is one entry of an open folder, and no link is followed.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::error::{Deleted, MediaError};
use super::spelling::{is_confined, looks_encoded};
use crate::postgres::fault::{point, record};

/// Longest path that is looked for.
const MAX_PATH: usize = 4096;
/// Flags for opening a folder without following a link.
const FOLDER: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_CLOEXEC);

/// A folder of media objects.
#[derive(Debug)]
pub(super) struct MediaFolder {
    dir: OwnedFd,
    /// The path as configured, and without links.
    roots: Vec<String>,
}

impl MediaFolder {
    /// Opens an existing folder. The path is trusted: links in it are followed.
    pub(crate) fn open(root: &Path) -> io::Result<MediaFolder> {
        let dir = open(
            root,
            OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC,
            Mode::empty(),
        )?;
        let named = |path: PathBuf| {
            path.to_str()
                .map(|path| path.trim_end_matches('/').to_owned())
        };
        let mut roots: Vec<String> = [std::path::absolute(root)?, root.canonicalize()?]
            .into_iter()
            .filter_map(named)
            .collect();
        roots.dedup();
        Ok(MediaFolder { dir, roots })
    }

    /// The path below the folder that a URI names: a relative path, or `file://` and the folder's own before it.
    pub(crate) fn path_of<'a>(&self, uri: &'a str) -> Option<&'a str> {
        let path = match uri.strip_prefix("file://") {
            Some(absolute) => self
                .roots
                .iter()
                .find_map(|root| absolute.strip_prefix(root.as_str())?.strip_prefix('/'))?,
            // A scheme is not a folder name, not even with a single slash.
            None if uri.contains("://") || uri.starts_with("file:") => return None,
            None => uri,
        };
        let is_path = is_confined(path) && !looks_encoded(path) && path.len() <= MAX_PATH;
        is_path.then_some(path)
    }

    pub(crate) fn spellings(&self, path: &str) -> Vec<String> {
        let mut all = vec![path.to_owned(), format!("./{path}")];
        for root in &self.roots {
            for before in ["file://", "file://localhost", "file:", ""] {
                all.push(format!("{before}{root}/{path}"));
            }
        }
        all
    }

    /// The size of a file in bytes; `None`: it does not exist. Anything but a regular file is an error.
    pub(crate) fn bytes(&self, path: &str) -> Result<Option<u64>, MediaError> {
        let Some((folder, name)) = self.folder_of(path)? else {
            return Ok(None);
        };
        match stat(&folder, name)? {
            None => Ok(None),
            Some(stat) if kind(&stat) != SFlag::S_IFREG => Err(MediaError::NotRegular),
            Some(stat) => Ok(u64::try_from(stat.st_size).ok()),
        }
    }

    /// The parent folder of a file and its name there; `None`: a folder on the way does not exist.
    fn folder_of<'p>(&self, path: &'p str) -> Result<Option<(OwnedFd, &'p str)>, MediaError> {
        let (folders, name) = match path.rsplit_once('/') {
            Some((folders, name)) => (Some(folders), name),
            None => (None, path),
        };
        let mut folder = self.dir.try_clone().map_err(refused)?;
        for segment in folders.into_iter().flat_map(|folders| folders.split('/')) {
            folder = match openat(&folder, segment, FOLDER, Mode::empty()) {
                Ok(inner) => inner,
                Err(Errno::ENOENT) => return Ok(None),
                Err(Errno::ELOOP | Errno::ENOTDIR) => {
                    return Err(match stat(&folder, segment)? {
                        Some(stat) if kind(&stat) == SFlag::S_IFLNK => MediaError::Outside,
                        _ => MediaError::NotRegular,
                    });
                }
                Err(error) => return Err(refused(error.into())),
            };
        }
        Ok(Some((folder, name)))
    }

    /// Deletes a file durably. Anything but a regular file, and anything behind a link, is left alone.
    pub(crate) fn delete(&self, path: &str) -> Result<Deleted, MediaError> {
        let Some((folder, name)) = self.folder_of(path)? else {
            return Ok(Deleted::Before);
        };
        match stat(&folder, name)? {
            None => return gone(&File::from(folder)).map_err(refused),
            Some(stat) if kind(&stat) != SFlag::S_IFREG => return Err(MediaError::NotRegular),
            Some(_) => {}
        }
        unlink(&File::from(folder), name).map_err(refused)
    }
}

fn unlink(folder: &File, name: &str) -> io::Result<Deleted> {
    point!("object.unlink");
    record!("unlink", folder, name);
    // An entry that is swapped in after the check is removed itself, never its target.
    match unlinkat(folder, name, UnlinkatFlags::NoRemoveDir) {
        Ok(()) => {}
        Err(Errno::ENOENT) => return gone(folder),
        Err(error) => return Err(error.into()),
    }
    point!("object.unlinked");
    // A crash must not bring back an object that the ledger records as deleted.
    folder.sync_all()?;
    record!("sync", folder);
    Ok(Deleted::Now)
}

/// A run that was killed may have removed it without making that durable.
fn gone(folder: &File) -> io::Result<Deleted> {
    folder.sync_all()?;
    record!("sync", folder);
    Ok(Deleted::Before)
}

/// The state of an entry, without following a link.
fn stat(folder: &OwnedFd, name: &str) -> Result<Option<FileStat>, MediaError> {
    match fstatat(folder, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::ENOENT) => Ok(None),
        Err(error) => Err(refused(error.into())),
    }
}

fn kind(stat: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT
}

fn refused(error: io::Error) -> MediaError {
    MediaError::Refused(error.kind())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use nix::unistd::{Uid, geteuid, setfsuid};

    use super::*;

    struct Around {
        dir: tempfile::TempDir,
        folder: MediaFolder,
    }

    impl Around {
        fn new() -> Around {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir_all(dir.path().join("media/2018")).unwrap();
            for path in ["media/2018/a.wav", "media/b.wav", "secret"] {
                fs::write(dir.path().join(path), "x").unwrap();
            }
            let folder = MediaFolder::open(&dir.path().join("media")).unwrap();
            Around { dir, folder }
        }

        fn path(&self, below: &str) -> PathBuf {
            self.dir.path().join(below)
        }
    }

    #[test]
    fn an_object_is_deleted_once() {
        let around = Around::new();
        let folder = &around.folder;
        assert_eq!(folder.delete("2018/a.wav"), Ok(Deleted::Now));
        assert_eq!(folder.delete("2018/a.wav"), Ok(Deleted::Before));
        assert_eq!(folder.delete("2019/a.wav"), Ok(Deleted::Before));
        assert!(around.path("media/b.wav").exists());
    }

    #[test]
    fn links_and_folders_are_neither_followed_nor_removed() {
        let around = Around::new();
        symlink(around.path(""), around.path("media/out")).unwrap();
        symlink(around.path("secret"), around.path("media/link.wav")).unwrap();
        symlink("b.wav", around.path("media/inner.wav")).unwrap();
        let folder = &around.folder;
        assert_eq!(folder.delete("out/secret"), Err(MediaError::Outside));
        assert_eq!(folder.delete("out/gone"), Err(MediaError::Outside));
        for name in ["link.wav", "inner.wav", "out", "2018"] {
            assert_eq!(folder.delete(name), Err(MediaError::NotRegular), "{name}");
        }
        assert_eq!(folder.delete("b.wav/c.wav"), Err(MediaError::NotRegular));
        for path in [
            "secret",
            "media/link.wav",
            "media/b.wav",
            "media/2018/a.wav",
        ] {
            assert!(around.path(path).exists(), "{path}");
        }
    }

    #[test]
    fn a_folder_that_becomes_a_link_is_not_followed() {
        let around = Around::new();
        fs::create_dir(around.path("elsewhere")).unwrap();
        fs::write(around.path("elsewhere/a.wav"), "x").unwrap();
        fs::rename(around.path("media/2018"), around.path("media/old")).unwrap();
        symlink(around.path("elsewhere"), around.path("media/2018")).unwrap();
        assert_eq!(around.folder.delete("2018/a.wav"), Err(MediaError::Outside));
        // The root itself is held open: another one under its name is not taken for it.
        fs::rename(around.path("media"), around.path("moved")).unwrap();
        symlink(around.path("elsewhere"), around.path("media")).unwrap();
        assert_eq!(around.folder.delete("a.wav"), Ok(Deleted::Before));
        assert!(around.path("elsewhere/a.wav").exists());
        assert_eq!(around.folder.delete("b.wav"), Ok(Deleted::Now));
    }

    #[test]
    fn a_read_only_folder_is_a_retryable_error() {
        let around = Around::new();
        let mode = |mode| {
            let folder = around.path("media/2018");
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
        };
        fs::set_permissions(around.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        mode(0o555);
        let delete = || around.folder.delete("2018/a.wav");
        let refused = std::thread::scope(|scope| {
            let as_nobody = || {
                // Root may do everything: the thread, and it alone, is somebody else for files.
                if geteuid().is_root() {
                    setfsuid(Uid::from_raw(65_534));
                }
                delete()
            };
            scope.spawn(as_nobody).join().unwrap()
        });
        let denied = MediaError::Refused(io::ErrorKind::PermissionDenied);
        assert!(denied.is_retryable());
        assert_eq!(refused, Err(denied));
        mode(0o755);
        assert_eq!(delete(), Ok(Deleted::Now));
    }
}
