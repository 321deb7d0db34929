//! The private copies of submissions in progress (contract section 7).

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::errno::Errno;
use nix::sys::stat::FileStat;
use nix::unistd::{Uid, geteuid};

use super::folder::{Folder, Opened, PlainFile, Removal};
use crate::domain::identifier::SubmissionId;
use crate::domain::text::printable;
use crate::postgres::fault::{point, record};

/// A folder that only Lethe's user can enter, with a copy of each submission in progress as `<id>.json`. A copy gets that name
/// only when it is complete and durable.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    path: PathBuf,
    folder: Arc<Folder>,
}

/// A copy that is being written as `<id>.part`. If dropped without [`SpoolFile::finish`], it is removed.
#[derive(Debug)]
pub(crate) struct SpoolFile {
    spool: Spool,
    id: SubmissionId,
    file: File,
}

/// Why the spool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("cannot use the spool folder\n  detail: {} is a symbolic link or not a folder\n  hint: configure a real folder", printable(.path))]
    NotAFolder { path: PathBuf },
    #[error("cannot use the spool folder\n  detail: {} belongs to user {owner}, not to Lethe's user\n  hint: chown it, or configure another", printable(.path))]
    ForeignOwner { path: PathBuf, owner: u32 },
    #[error("cannot use the spool folder\n  detail: {} is accessible to others (mode {mode:04o})\n  hint: chmod 0700", printable(.path))]
    OpenToOthers { path: PathBuf, mode: u32 },
    #[error("cannot write the spool file\n  detail: {} exists\n  hint: remove it, then run again", printable(.path))]
    Exists { path: PathBuf },
    #[error("cannot read the spool file\n  detail: {} does not exist or is not a regular file\n  hint: run again with the submission in place", printable(.path))]
    Missing { path: PathBuf },
    #[error("cannot {doing} {}\n  detail: {cause}\n  hint: check disk space and permissions there, then run again", printable(.path))]
    Io {
        doing: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
}

impl Spool {
    /// Opens the spool at `path`. Missing folders, including parents, are created with mode 0700. Refuses a symbolic link, a
    /// folder of another user, and one that grants anything to group or others.
    pub(crate) fn open(path: &Path) -> Result<Spool, SpoolError> {
        // With a trailing slash, a link would be followed.
        let path: PathBuf = path.components().collect();
        let io = |doing| {
            let path = path.clone();
            move |cause| SpoolError::Io { doing, path, cause }
        };
        let mut builder = DirBuilder::new();
        match builder.recursive(true).mode(0o700).create(&path) {
            // A file or a dangling link, which is reported below.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other.map_err(io("create"))?,
        }
        let folder = Folder::open_unless_link(&path).map_err(|cause| {
            match cause.raw_os_error().map(Errno::from_raw) {
                Some(Errno::ENOTDIR | Errno::ELOOP) => {
                    SpoolError::NotAFolder { path: path.clone() }
                }
                _ => io("open")(cause),
            }
        })?;
        // A copy is only as durable as its parent folders; a crash may have come between their creation and sync.
        for above in path.ancestors().skip(1).take(2) {
            // A folder that cannot be opened was not created here.
            if let Ok(above) = Folder::open(above) {
                above.sync().map_err(io("create"))?;
            }
        }
        check_private(&path, &folder.own_stat().map_err(io("open"))?, geteuid())?;
        Ok(Spool {
            path,
            folder: Arc::new(folder),
        })
    }
    /// The path of the copy of a submission, whether it exists or not.
    pub(crate) fn path(&self, id: SubmissionId) -> PathBuf {
        self.path.join(file_name(id))
    }

    /// Begins the copy of a submission. Fails if there is one; an incomplete copy is replaced.
    pub(crate) fn create(&self, id: SubmissionId) -> Result<SpoolFile, SpoolError> {
        if self.contains(id)? {
            return Err(SpoolError::Exists {
                path: self.path(id),
            });
        }
        let part = part_name(id);
        let create = || {
            point!("spool.create");
            self.folder.unlink(&part)?;
            self.folder.create_file(&part, 0o600)
        };
        let file = create().map_err(self.error("create", id))?;
        let spool = self.clone();
        Ok(SpoolFile { spool, id, file })
    }

    /// Opens a copy for reading.
    pub(crate) fn read(&self, id: SubmissionId) -> Result<File, SpoolError> {
        Ok(self.plain(id)?.file)
    }

    /// Whether there is a complete copy.
    pub(crate) fn contains(&self, id: SubmissionId) -> Result<bool, SpoolError> {
        let stat = self.folder.stat(&file_name(id));
        Ok(stat.map_err(self.error("look at", id))?.is_some())
    }

    /// Removes a copy durably, complete or not.
    pub(crate) fn remove(&self, id: SubmissionId) -> Result<Removal, SpoolError> {
        let remove = || {
            point!("spool.remove");
            let part = self.folder.unlink(&part_name(id))?;
            let whole = self.folder.unlink(&file_name(id))?;
            point!("spool.removed");
            self.folder.sync()?;
            Ok(if part == Removal::Removed {
                part
            } else {
                whole
            })
        };
        remove().map_err(self.error("remove", id))
    }

    /// The submissions with a copy, complete or not, in ascending order.
    pub(crate) fn list(&self) -> Result<Vec<SubmissionId>, SpoolError> {
        let names = self.folder.names().map_err(|cause| SpoolError::Io {
            doing: "list",
            path: self.path.clone(),
            cause,
        })?;
        let mut ids: Vec<SubmissionId> = names
            .iter()
            .filter_map(|name| id_of(name.to_str()?))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// The HMAC-SHA256 of a copy, comparable with [`DropFolder::digest`](super::DropFolder::digest).
    pub(crate) fn digest(&self, id: SubmissionId, key: &[u8; 32]) -> Result<[u8; 32], SpoolError> {
        let digest = self
            .plain(id)?
            .digest(key)
            .map_err(self.error("read", id))?;
        digest.ok_or_else(|| SpoolError::Missing {
            path: self.path(id),
        })
    }

    fn plain(&self, id: SubmissionId) -> Result<PlainFile, SpoolError> {
        match self
            .folder
            .open_plain(&file_name(id))
            .map_err(self.error("open", id))?
        {
            Opened::Plain(file) => Ok(file),
            Opened::NotPlain(_) | Opened::Changing | Opened::Gone => Err(SpoolError::Missing {
                path: self.path(id),
            }),
        }
    }

    fn error(&self, doing: &'static str, id: SubmissionId) -> impl FnOnce(io::Error) -> SpoolError {
        let path = self.path(id);
        move |cause| SpoolError::Io { doing, path, cause }
    }
}

impl SpoolFile {
    /// Makes the copy durable and gives it its name.
    pub(crate) fn finish(self) -> Result<(), SpoolError> {
        self.keep().map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => SpoolError::Exists {
                path: self.spool.path(self.id),
            },
            _ => self.spool.error("write", self.id)(cause),
        })
    }

    fn keep(&self) -> io::Result<()> {
        let folder = &self.spool.folder;
        point!("spool.sync");
        self.file.sync_all()?;
        record!("fsync", &self.file);
        point!("spool.name");
        folder.move_without_replacing(&part_name(self.id), &file_name(self.id))?;
        point!("spool.named");
        folder.sync()?;
        point!("spool.kept");
        Ok(())
    }

    /// The error for a failed write to this file.
    pub(super) fn write_error(&self, cause: io::Error) -> SpoolError {
        self.spool.error("write", self.id)(cause)
    }
}

impl Write for SpoolFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        point!("spool.write");
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for SpoolFile {
    fn drop(&mut self) {
        // After `finish`, nothing has this name. If removing fails, `list` shows the file.
        let _ = self.spool.folder.unlink(&part_name(self.id));
    }
}

#[allow(clippy::useless_conversion)] // the width of a mode differs between Linux and macOS
fn check_private(path: &Path, stat: &FileStat, user: Uid) -> Result<(), SpoolError> {
    let path = path.to_owned();
    let mode = u32::from(stat.st_mode) & 0o7777;
    if stat.st_uid != user.as_raw() {
        let owner = stat.st_uid;
        return Err(SpoolError::ForeignOwner { path, owner });
    }
    if mode & 0o077 != 0 {
        return Err(SpoolError::OpenToOthers { path, mode });
    }
    Ok(())
}

fn file_name(id: SubmissionId) -> String {
    format!("{id}.json")
}

fn part_name(id: SubmissionId) -> String {
    format!("{id}.part")
}

fn id_of(name: &str) -> Option<SubmissionId> {
    let (id, _) = name.rsplit_once('.')?;
    let id = SubmissionId::new(id.parse().ok()?);
    (name == file_name(id) || name == part_name(id)).then_some(id)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::super::drop_folder::tests::{mode, rerun_under_umask};
    use super::*;

    fn spool() -> (tempfile::TempDir, Spool) {
        let root = tempfile::tempdir().unwrap();
        let spool = Spool::open(&root.path().join("spool")).unwrap();
        (root, spool)
    }

    fn id(number: i64) -> SubmissionId {
        SubmissionId::new(number)
    }

    fn copy(spool: &Spool, id: SubmissionId, content: &[u8]) {
        let mut file = spool.create(id).unwrap();
        file.write_all(content).unwrap();
        file.finish().unwrap();
    }

    #[test]
    fn a_copy_has_its_name_only_when_complete() {
        let (root, spool) = spool();
        let mut file = spool.create(id(17)).unwrap();
        file.write_all(b"{}").unwrap();
        assert!(!spool.contains(id(17)).unwrap());
        assert_eq!(spool.list().unwrap(), [id(17)]);
        file.finish().unwrap();

        assert!(spool.contains(id(17)).unwrap());
        assert_eq!(spool.path(id(17)), root.path().join("spool/17.json"));
        let mut text = String::new();
        spool
            .read(id(17))
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "{}");
        assert_eq!(fs::read_dir(root.path().join("spool")).unwrap().count(), 1);
    }

    #[test]
    fn a_copy_is_never_replaced_and_an_unfinished_one_always() {
        let (root, spool) = spool();
        copy(&spool, id(1), b"first");
        let error = spool.create(id(1)).unwrap_err();
        assert!(matches!(error, SpoolError::Exists { .. }), "{error}");

        drop(spool.create(id(2)).unwrap());
        assert_eq!(spool.list().unwrap(), [id(1)]);
        fs::write(root.path().join("spool/2.part"), "after a crash").unwrap();
        copy(&spool, id(2), b"second");
        assert_eq!(fs::read(spool.path(id(2))).unwrap(), b"second");
    }

    #[test]
    fn removing_takes_whole_and_unfinished_copies() {
        let (root, spool) = spool();
        copy(&spool, id(1), b"{}");
        fs::write(root.path().join("spool/2.part"), "").unwrap();
        fs::write(root.path().join("spool/03.json"), "not a copy").unwrap();
        assert_eq!(spool.list().unwrap(), [id(1), id(2)]);
        assert_eq!(spool.remove(id(1)).unwrap(), Removal::Removed);
        assert_eq!(spool.remove(id(2)).unwrap(), Removal::Removed);
        assert_eq!(spool.remove(id(2)).unwrap(), Removal::Gone);
        assert!(spool.list().unwrap().is_empty());
        assert!(matches!(spool.read(id(1)), Err(SpoolError::Missing { .. })));
    }

    #[test]
    fn a_digest_is_of_the_content_under_the_key() {
        let (_root, spool) = spool();
        copy(&spool, id(1), b"same");
        copy(&spool, id(2), b"same");
        copy(&spool, id(i64::MAX), b"other");
        let digest = |number, key: u8| spool.digest(id(number), &[key; 32]).unwrap();
        assert_eq!(digest(1, 0), digest(2, 0));
        assert_ne!(digest(1, 0), digest(1, 1));
        assert_ne!(digest(1, 0), digest(i64::MAX, 0));
        let missing = spool.digest(id(3), &[0; 32]);
        assert!(matches!(missing, Err(SpoolError::Missing { .. })));
    }

    #[test]
    fn a_link_or_a_file_is_refused() {
        let (root, _) = spool();
        let link = root.path().join("link");
        symlink(root.path().join("spool"), &link).unwrap();
        symlink("nowhere", root.path().join("dangling")).unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        for name in ["link", "link/", "link/.", "link//", "dangling", "file"] {
            let error = Spool::open(&root.path().join(name)).unwrap_err();
            assert!(
                matches!(error, SpoolError::NotAFolder { .. }),
                "{name}: {error}"
            );
        }
    }

    #[test]
    fn a_spool_open_to_others_is_refused() {
        let (root, spool) = spool();
        let path = root.path().join("spool");
        for mode in [0o710, 0o701, 0o750, 0o755, 0o2770] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = Spool::open(&path).unwrap_err();
            assert!(matches!(error, SpoolError::OpenToOthers { .. }), "{error}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        Spool::open(&path).unwrap();

        let stat = spool.folder.own_stat().unwrap();
        let stranger = Uid::from_raw(stat.st_uid + 1);
        let error = check_private(&path, &stat, stranger).unwrap_err();
        assert!(matches!(error, SpoolError::ForeignOwner { .. }), "{error}");
    }

    #[test]
    fn modes_do_not_depend_on_the_umask() {
        for umask in ["0000", "0077"] {
            rerun_under_umask(concat!(module_path!(), "::private"), umask);
        }
    }

    #[test]
    #[ignore = "run by modes_do_not_depend_on_the_umask"]
    fn private() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("above/spool");
        let spool = Spool::open(&path).unwrap();
        copy(&spool, id(1), b"{}");
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&spool.path(id(1))), 0o600);
    }
}
