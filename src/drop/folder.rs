//! A directory held open. Every operation names one entry in it and follows no link.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat, mkdirat};
use nix::unistd::{Uid, UnlinkatFlags, geteuid, linkat, unlinkat};
use sha2::Sha256;

use super::file_state::{Fingerprint, Refusal};
use crate::postgres::fault::{point, record};

/// How much of a file is held in memory at a time.
pub(super) const CHUNK: usize = 64 * 1024;

/// An open directory, independent of what happens to its path.
#[derive(Debug)]
pub(super) struct Folder {
    dir: File,
}

/// The outcome of removing a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It existed and was removed durably.
    Removed,
    /// Nothing had this name.
    Gone,
    /// Another file has this name; it was left alone.
    Kept,
}

/// The outcome of opening a name.
#[derive(Debug)]
pub(super) enum Opened {
    Plain(PlainFile),
    NotPlain(Refusal),
    /// The name referred to another file when checked than when opened, or its owner holds a lease on it.
    Changing,
    Gone,
}

/// A regular file open for reading. [`Read`] returns at most the bytes that it had when opened; at the end,
/// [`PlainFile::is_unchanged`] tells whether they are still the current content.
#[derive(Debug)]
pub(super) struct PlainFile {
    pub(crate) file: File,
    pub(crate) fingerprint: Fingerprint,
    left: u64,
}

impl Folder {
    /// Opens the folder at `path`, which is trusted: links in it are followed.
    pub(crate) fn open(path: &Path) -> io::Result<Folder> {
        let fd = nix::fcntl::open(path, FOLDER, Mode::empty())?;
        Ok(Folder { dir: fd.into() })
    }

    /// Opens the folder at `path`, whose last component must not be a link. The path has no trailing slash (which would
    /// have the link followed nonetheless).
    pub(crate) fn open_unless_link(path: &Path) -> io::Result<Folder> {
        let fd = nix::fcntl::open(path, FOLDER | OFlag::O_NOFOLLOW, Mode::empty())?;
        Ok(Folder { dir: fd.into() })
    }

    /// Opens a subfolder.
    pub(crate) fn open_folder(&self, name: &str) -> io::Result<Folder> {
        let flags = FOLDER | OFlag::O_NOFOLLOW;
        let fd = openat(&self.dir, component(name)?, flags, Mode::empty())?;
        Ok(Folder { dir: fd.into() })
    }

    /// Creates a subfolder with exactly this mode, plus an inherited set-group-ID bit. An existing folder is left unchanged.
    pub(crate) fn create_folder(&self, name: &str, mode: u32) -> io::Result<()> {
        match mkdirat(
            &self.dir,
            component(name)?,
            Mode::from_bits_truncate(mode as _),
        ) {
            Err(Errno::EEXIST) => return Ok(()),
            other => other?,
        }
        record!("mkdir", &self.dir, name);
        let created = self.open_folder(name)?;
        let stat = fstat(&created.dir)?;
        // The umask removed bits. A folder that another user put there meanwhile must not be changed.
        if Uid::from_raw(stat.st_uid) == geteuid() {
            let inherited = created.dir.metadata()?.permissions().mode() & 0o2000;
            let permissions = Permissions::from_mode(mode | inherited);
            created.dir.set_permissions(permissions)?;
        }
        created.sync()
    }

    /// The state of an entry, without following a link; `None`: it does not exist.
    pub(crate) fn stat(&self, name: &str) -> io::Result<Option<FileStat>> {
        match fstatat(&self.dir, component(name)?, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::ENOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The folder's own owner and mode.
    pub(crate) fn own_stat(&self) -> io::Result<FileStat> {
        Ok(fstat(&self.dir)?)
    }

    /// Opens a regular file for reading. Anything else is neither followed nor blocked on; it is not even opened unless it
    /// appears at this very moment.
    pub(crate) fn open_plain(&self, name: &str) -> io::Result<Opened> {
        let Some(seen) = self.stat(name)? else {
            return Ok(Opened::Gone);
        };
        if let Some(refusal) = Refusal::of(&seen) {
            return Ok(Opened::NotPlain(refusal));
        }
        self.open_what_looked_plain(name)
    }

    fn open_what_looked_plain(&self, name: &str) -> io::Result<Opened> {
        let flags = OFlag::O_RDONLY
            | OFlag::O_NOFOLLOW
            | OFlag::O_NONBLOCK
            | OFlag::O_CLOEXEC
            | OFlag::O_NOCTTY;
        let file: File = match openat(&self.dir, component(name)?, flags, Mode::empty()) {
            Ok(fd) => fd.into(),
            Err(Errno::ENOENT) => return Ok(Opened::Gone),
            // A link, a socket or a lease that did not exist a moment ago.
            Err(Errno::ELOOP | Errno::ENXIO | Errno::EOPNOTSUPP | Errno::EAGAIN) => {
                return Ok(Opened::Changing);
            }
            Err(error) => return Err(error.into()),
        };
        let stat = fstat(&file)?;
        if Refusal::of(&stat).is_some() {
            return Ok(Opened::Changing);
        }
        let fingerprint = Fingerprint::of(&stat);
        Ok(Opened::Plain(PlainFile {
            left: fingerprint.size,
            file,
            fingerprint,
        }))
    }

    /// Creates a file for reading and writing with exactly this mode. Fails if the name exists.
    pub(crate) fn create_file(&self, name: &str, mode: u32) -> io::Result<File> {
        let flags = OFlag::O_RDWR
            | OFlag::O_CREAT
            | OFlag::O_EXCL
            | OFlag::O_NOFOLLOW
            | OFlag::O_CLOEXEC
            | OFlag::O_NOCTTY;
        let bits = Mode::from_bits_truncate(mode as _);
        let file: File = openat(&self.dir, component(name)?, flags, bits)?.into();
        // The umask removed bits.
        if let Err(error) = file.set_permissions(Permissions::from_mode(mode)) {
            self.unlink(name)?;
            return Err(error);
        }
        record!("create", &self.dir, name);
        Ok(file)
    }

    /// Creates a file for reading and writing on the disk of this folder that is gone once it is closed. It never has a name,
    /// except for a moment `name` on file systems on which every file has one.
    pub(crate) fn create_unnamed_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_TMPFILE | OFlag::O_CLOEXEC;
        let mode = Mode::S_IRUSR | Mode::S_IWUSR;
        match openat(&self.dir, ".", flags, mode) {
            Ok(file) => Ok(file.into()),
            Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::EINVAL) => {
                self.unlink(name)?;
                let file = self.create_file(name, 0o600)?;
                self.unlink(name)?;
                Ok(file)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Removes an entry that is not a folder. Durable only after [`Folder::sync`].
    pub(crate) fn unlink(&self, name: &str) -> io::Result<Removal> {
        record!("unlink", &self.dir, name);
        match unlinkat(&self.dir, component(name)?, UnlinkatFlags::NoRemoveDir) {
            Ok(()) => Ok(Removal::Removed),
            Err(Errno::ENOENT) => Ok(Removal::Gone),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes an empty subfolder. Durable only after [`Folder::sync`].
    pub(crate) fn remove_folder(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(
            &self.dir,
            component(name)?,
            UnlinkatFlags::RemoveDir,
        )?)
    }

    /// Renames a file, or fails with `AlreadyExists`; it never replaces anything. A crash may leave both names, never none.
    pub(crate) fn move_without_replacing(&self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (component(from)?, component(to)?);
        match linkat(&self.dir, from, &self.dir, to, AtFlags::empty()) {
            Ok(()) => {
                record!("link", &self.dir, from, to);
                point!("folder.linked");
                self.unlink(from).map(|_| ())
            }
            // The errors of file systems without hard links.
            Err(Errno::EPERM | Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EMLINK) => {
                self.rename_without_replacing(from, to)
            }
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn rename_without_replacing(&self, from: &str, to: &str) -> io::Result<()> {
        use nix::fcntl::{RenameFlags, renameat2};
        renameat2(
            &self.dir,
            from,
            &self.dir,
            to,
            RenameFlags::RENAME_NOREPLACE,
        )?;
        Ok(())
    }

    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    fn rename_without_replacing(&self, _from: &str, _to: &str) -> io::Result<()> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "the file system has no hard links",
        ))
    }

    /// Makes created, renamed and removed names durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let synced = self.dir.sync_all();
        record!("sync", &self.dir);
        match synced {
            // Some network file systems cannot sync a folder and do not need to.
            Err(error) if error.raw_os_error() == Some(Errno::EINVAL as i32) => Ok(()),
            other => other,
        }
    }

    /// The names of all entries but `.` and `..`, in byte order.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        // A separate descriptor, because duplicates share the read offset.
        let mut dir = Dir::openat(&self.dir, ".", FOLDER, Mode::empty())?;
        let mut names = Vec::new();
        for entry in dir.iter() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name.to_vec()));
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// The HMAC-SHA256 of content in memory, comparable with the digest of a file.
pub(crate) fn content_digest(key: &[u8; 32], content: &[u8]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    hmac.update(content);
    hmac.finalize().into_bytes().into()
}

impl PlainFile {
    /// Whether all bytes were read and the file's size and modification time are the same as when it was opened.
    pub(crate) fn is_unchanged(&self) -> io::Result<bool> {
        let now = Fingerprint::of(&fstat(&self.file)?);
        Ok(self.left == 0 && now.is_same(&self.fingerprint))
    }

    /// The HMAC-SHA256 of the content; `None`: the file changed while it was read.
    pub(crate) fn digest(mut self, key: &[u8; 32]) -> io::Result<Option<[u8; 32]>> {
        let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        let mut buffer = vec![0; CHUNK];
        loop {
            match self.read(&mut buffer)? {
                0 => break,
                n => hmac.update(&buffer[..n]),
            }
        }
        let whole = self.is_unchanged()?;
        Ok(whole.then(|| hmac.finalize().into_bytes().into()))
    }
}

impl Read for PlainFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = self.left.min(buffer.len() as u64) as usize;
        let n = loop {
            match self.file.read(&mut buffer[..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => break other?,
            }
        };
        self.left -= n as u64;
        Ok(n)
    }
}

/// Flags for opening a folder.
const FOLDER: OFlag = OFlag::O_RDONLY
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_CLOEXEC);

/// Checks that a name is one path component; a slash or dots could lead out of the folder.
fn component(name: &str) -> io::Result<&str> {
    if name.is_empty() || name == "." || name == ".." || name.contains('/') {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not the name of a file",
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use nix::unistd::mkfifo;

    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        (root, folder)
    }

    fn plain(folder: &Folder, name: &str) -> PlainFile {
        match folder.open_plain(name).unwrap() {
            Opened::Plain(file) => file,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_name_never_leads_out_of_the_folder() {
        let (_root, folder) = folder();
        for name in ["", ".", "..", "../a", "/a", "a/b", "a/", "a\0b"] {
            assert!(folder.stat(name).is_err(), "{name:?}");
            assert!(folder.open_plain(name).is_err(), "{name:?}");
            assert!(folder.create_file(name, 0o600).is_err(), "{name:?}");
            assert!(folder.unlink(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_swapped_entry_is_neither_followed_nor_blocked_on() {
        let (root, folder) = folder();
        let path = |name| root.path().join(name);
        fs::write(path("target"), "").unwrap();
        symlink(path("target"), path("link")).unwrap();
        mkfifo(&path("fifo"), Mode::S_IRUSR).unwrap();
        let _socket = UnixListener::bind(path("socket")).unwrap();
        fs::create_dir(path("folder")).unwrap();
        for name in ["link", "fifo", "socket", "folder"] {
            let opened = folder.open_what_looked_plain(name).unwrap();
            assert!(matches!(opened, Opened::Changing), "{name}: {opened:?}");
        }
        let opened = folder.open_what_looked_plain("absent").unwrap();
        assert!(matches!(opened, Opened::Gone));
    }

    #[test]
    fn moving_replaces_nothing_with_and_without_hard_links() {
        let (root, folder) = folder();
        let path = |name| root.path().join(name);
        type Move = fn(&Folder, &str, &str) -> io::Result<()>;
        let moves: [Move; 2] = [
            Folder::move_without_replacing,
            Folder::rename_without_replacing,
        ];
        for by in moves {
            fs::write(path("from"), "new").unwrap();
            fs::write(path("to"), "old").unwrap();
            let error = by(&folder, "from", "to").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(path("to")).unwrap(), b"old");

            fs::remove_file(path("to")).unwrap();
            by(&folder, "from", "to").unwrap();
            assert_eq!(fs::read(path("to")).unwrap(), b"new");
            assert!(!path("from").exists());
        }
    }

    #[test]
    fn reading_stops_at_the_size_that_the_file_had_when_opened() {
        let (root, folder) = folder();
        fs::write(root.path().join("a"), vec![b'x'; 3 * CHUNK]).unwrap();
        let mut file = plain(&folder, "a");
        let mut start = vec![0; CHUNK];
        file.read_exact(&mut start).unwrap();
        fs::File::options()
            .append(true)
            .open(root.path().join("a"))
            .unwrap()
            .write_all(&vec![b'y'; CHUNK])
            .unwrap();

        let mut rest = Vec::new();
        file.read_to_end(&mut rest).unwrap();
        assert_eq!(rest.len(), 2 * CHUNK);
        assert!(!rest.contains(&b'y'));
        assert!(!file.is_unchanged().unwrap());
    }

    #[test]
    fn a_file_cut_short_while_it_is_read_has_no_digest() {
        let (root, folder) = folder();
        fs::write(root.path().join("a"), "abc").unwrap();
        let file = plain(&folder, "a");
        fs::write(root.path().join("a"), "").unwrap();
        assert_eq!(file.digest(&[7; 32]).unwrap(), None);
    }

    #[test]
    fn the_digest_is_hmac_sha256() {
        let (root, folder) = folder();
        // RFC 4231, test case 1, with its key of 20 bytes padded with zeros as HMAC itself pads it.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        fs::write(root.path().join("a"), "Hi There").unwrap();
        let digest = plain(&folder, "a").digest(&key).unwrap().unwrap();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }
}
