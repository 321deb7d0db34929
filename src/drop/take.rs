//! Taking a submit file: copying it to the spool, comparing it, removing it (contract sections 1, 7 and 8).

use std::io::{self, Read, Write};

use super::drop_folder::{DropError, DropFolder};
use super::file_state::{Fingerprint, Refusal};
use super::folder::{CHUNK, Opened, PlainFile, Removal};
use super::spool::{Spool, SpoolError};
use crate::domain::file_name::FileName;
use crate::domain::identifier::SubmissionId;
use crate::postgres::fault::point;

/// A submit file that was copied to the spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// In bytes.
    pub(crate) size: u64,
}

/// Why a submit file was not read. Nothing remains of it in the spool.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("changed since it was listed and is left for the next run")]
    Unsettled,
    #[error("no longer exists")]
    Gone,
    #[error("cannot be read: {cause}\n  hint: make it readable for Lethe's user")]
    Read { cause: io::Error },
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

impl DropFolder {
    /// Copies a submit file to the spool as submission `id`, if it still matches `fingerprint` and is no larger than
    /// `limit_bytes`, which also limits what is read. On return the copy is complete and durable.
    pub(crate) fn take(
        &self,
        name: &FileName,
        fingerprint: &Fingerprint,
        limit_bytes: u64,
        spool: &Spool,
        id: SubmissionId,
    ) -> Result<Taken, TakeError> {
        copy(
            self.open_submission(name, fingerprint, limit_bytes)?,
            spool,
            id,
        )
    }

    /// The HMAC-SHA256 of a submit file, read under the same conditions as by [`DropFolder::take`].
    pub(crate) fn digest(
        &self,
        name: &FileName,
        fingerprint: &Fingerprint,
        limit_bytes: u64,
        key: &[u8; 32],
    ) -> Result<[u8; 32], TakeError> {
        let file = self.open_submission(name, fingerprint, limit_bytes)?;
        let digest = file
            .digest(key)
            .map_err(|cause| TakeError::Read { cause })?;
        digest.ok_or(TakeError::Unsettled)
    }

    /// Reads a submit file as [`DropFolder::take`] would, without a copy in the spool.
    pub(crate) fn read(
        &self,
        name: &FileName,
        fingerprint: &Fingerprint,
        limit_bytes: u64,
    ) -> Result<Vec<u8>, TakeError> {
        let mut file = self.open_submission(name, fingerprint, limit_bytes)?;
        let mut content = Vec::with_capacity(file.fingerprint.size as usize);
        let read = |cause| TakeError::Read { cause };
        file.read_to_end(&mut content).map_err(read)?;
        if !file.is_unchanged().map_err(read)? {
            return Err(TakeError::Unsettled);
        }
        Ok(content)
    }

    /// Removes a submit file durably if its content has this digest under this key. Any other file, one larger than
    /// `limit_bytes`, and anything that is not a regular file is kept.
    ///
    /// The name is checked again immediately before the removal. Swapping files after that check can get another file of the
    /// same `GDPR_Submit` removed, never one outside it and never a folder.
    pub(crate) fn remove_submission(
        &self,
        name: &FileName,
        limit_bytes: u64,
        key: &[u8; 32],
        digest: &[u8; 32],
    ) -> Result<Removal, DropError> {
        let name = name.as_str();
        let opened = self.submit.open_plain(name);
        let file = match opened.map_err(self.submit_error("open", name))? {
            Opened::Gone => return Ok(Removal::Gone),
            Opened::Plain(file) if file.fingerprint.size <= limit_bytes => file,
            Opened::Plain(_) | Opened::NotPlain(_) | Opened::Changing => return Ok(Removal::Kept),
        };
        let fingerprint = file.fingerprint;
        let found = file.digest(key).map_err(self.submit_error("read", name))?;
        if found.as_ref() != Some(digest) {
            return Ok(Removal::Kept);
        }
        let removed = self.unlink_submission(name, &fingerprint);
        removed.map_err(self.submit_error("remove", name))
    }

    fn unlink_submission(&self, name: &str, meant: &Fingerprint) -> io::Result<Removal> {
        match self.submit.stat(name)? {
            None => Ok(Removal::Gone),
            Some(stat) if !Fingerprint::of(&stat).is_same(meant) => Ok(Removal::Kept),
            Some(_) => {
                point!("submit.remove");
                let removed = self.submit.unlink(name)?;
                point!("submit.removed");
                self.submit.sync()?;
                Ok(removed)
            }
        }
    }

    fn open_submission(
        &self,
        name: &FileName,
        fingerprint: &Fingerprint,
        limit: u64,
    ) -> Result<PlainFile, TakeError> {
        let opened = self.submit.open_plain(name.as_str());
        let file = match opened.map_err(|cause| TakeError::Read { cause })? {
            Opened::Plain(file) => file,
            Opened::NotPlain(refusal) => return Err(refusal.into()),
            Opened::Changing => return Err(TakeError::Unsettled),
            Opened::Gone => return Err(TakeError::Gone),
        };
        let found = file.fingerprint;
        if !found.is_same(fingerprint) {
            return Err(TakeError::Unsettled);
        }
        // A hard link to a foreign file must not be accepted because its owner removes the link between opening and
        // counting: the name is checked once more after that count.
        let named = self.submit.stat(name.as_str());
        let named = named.map_err(|cause| TakeError::Read { cause })?;
        let named = Fingerprint::of(&named.ok_or(TakeError::Gone)?);
        if found.nlink > 1 || named.nlink > 1 {
            return Err(Refusal::SecondHardLink.into());
        }
        if !named.is_same(&found) {
            return Err(TakeError::Unsettled);
        }
        if found.size > limit {
            let size = found.size;
            return Err(Refusal::TooLarge { size, limit }.into());
        }
        Ok(file)
    }
}

fn copy(mut file: PlainFile, spool: &Spool, id: SubmissionId) -> Result<Taken, TakeError> {
    let read = |cause| TakeError::Read { cause };
    let mut copy = spool.create(id)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let n = file.read(&mut buffer).map_err(read)?;
        if n == 0 {
            break;
        }
        let written = copy.write_all(&buffer[..n]);
        written.map_err(|cause| copy.write_error(cause))?;
    }
    if !file.is_unchanged().map_err(read)? {
        return Err(TakeError::Unsettled);
    }
    copy.finish()?;
    Ok(Taken {
        size: file.fingerprint.size,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;

    use nix::sys::stat::Mode;

    use super::super::drop_folder::SUBMIT;
    use super::super::drop_folder::tests::drop;
    use super::super::look::{Settling, settle};
    use super::*;

    const ID: SubmissionId = SubmissionId::new(1);
    const LIMIT: u64 = 1 << 20;

    /// A drop with one submit file that was looked at, and a spool.
    struct Uploaded {
        root: tempfile::TempDir,
        drop: DropFolder,
        spool: Spool,
        name: FileName,
        fingerprint: Fingerprint,
    }

    impl Uploaded {
        fn new(content: &[u8]) -> Uploaded {
            let (root, drop) = drop();
            let name = FileName::parse("forget-20240101_a.json").unwrap();
            fs::write(root.path().join(SUBMIT).join(name.as_str()), content).unwrap();
            let look = drop.look().unwrap();
            let Settling::Settled(fingerprint) = settle(&look, &look)[0].1 else {
                panic!("{look:?}");
            };
            Uploaded {
                spool: Spool::open(&root.path().join("spool")).unwrap(),
                root,
                drop,
                name,
                fingerprint,
            }
        }

        fn path(&self) -> PathBuf {
            self.root.path().join(SUBMIT).join(self.name.as_str())
        }

        fn take(&self, limit: u64) -> Result<Taken, TakeError> {
            self.drop
                .take(&self.name, &self.fingerprint, limit, &self.spool, ID)
        }

        fn digest(&self, key: u8) -> Result<[u8; 32], TakeError> {
            self.drop
                .digest(&self.name, &self.fingerprint, LIMIT, &[key; 32])
        }

        fn remove(&self, digest: &[u8; 32]) -> Removal {
            let removed = self
                .drop
                .remove_submission(&self.name, LIMIT, &[1; 32], digest);
            removed.unwrap()
        }

        fn nothing_spooled(&self) -> bool {
            fs::read_dir(self.root.path().join("spool"))
                .unwrap()
                .count()
                == 0
        }
    }

    #[test]
    fn a_file_is_copied_whole_and_stays_where_it_is() {
        let content: Vec<u8> = (0..3 * CHUNK + 1).map(|n| n as u8).collect();
        let up = Uploaded::new(&content);
        assert_eq!(up.take(LIMIT).unwrap().size, content.len() as u64);
        assert_eq!(fs::read(up.spool.path(ID)).unwrap(), content);
        assert!(up.path().exists());
        assert_eq!(
            up.digest(1).unwrap(),
            up.spool.digest(ID, &[1; 32]).unwrap()
        );
        assert_ne!(up.digest(1).unwrap(), up.digest(2).unwrap());
        assert!(matches!(
            up.take(LIMIT),
            Err(TakeError::Spool(SpoolError::Exists { .. }))
        ));
    }

    #[test]
    fn an_empty_file_is_taken() {
        let up = Uploaded::new(b"");
        assert_eq!(up.take(0).unwrap().size, 0);
        assert_eq!(fs::read(up.spool.path(ID)).unwrap(), b"");
    }

    #[test]
    fn what_was_swapped_in_is_refused_without_blocking() {
        type Swap = fn(&std::path::Path);
        let swaps: [(Swap, Refusal); 4] = [
            (
                |path| symlink("/etc/passwd", path).unwrap(),
                Refusal::SymbolicLink,
            ),
            (
                |path| nix::unistd::mkfifo(path, Mode::S_IRUSR).unwrap(),
                Refusal::Fifo,
            ),
            (
                |path| std::mem::drop(UnixListener::bind(path).unwrap()),
                Refusal::Socket,
            ),
            (|path| fs::create_dir(path).unwrap(), Refusal::Directory),
        ];
        for (swap, expected) in swaps {
            let up = Uploaded::new(b"{}");
            fs::remove_file(up.path()).unwrap();
            swap(&up.path());
            let error = up.take(LIMIT).unwrap_err();
            assert!(
                matches!(error, TakeError::Refused(why) if why == expected),
                "{error}"
            );
            assert!(matches!(up.digest(1), Err(TakeError::Refused(why)) if why == expected));
            assert_eq!(up.remove(&[0; 32]), Removal::Kept);
            assert!(up.nothing_spooled());
        }
    }

    #[test]
    fn another_file_of_the_same_size_is_unsettled() {
        let up = Uploaded::new(b"abc");
        let other = up.root.path().join("other");
        fs::write(&other, "xyz").unwrap();
        fs::rename(&other, up.path()).unwrap();
        assert!(matches!(up.take(LIMIT), Err(TakeError::Unsettled)));
        assert!(up.nothing_spooled());
    }

    #[test]
    fn a_file_that_is_gone_or_linked_is_not_taken() {
        let up = Uploaded::new(b"abc");
        let other = up.root.path().join("other");
        fs::hard_link(up.path(), &other).unwrap();
        let error = up.take(LIMIT).unwrap_err();
        assert!(matches!(error, TakeError::Refused(Refusal::SecondHardLink)));
        fs::remove_file(&other).unwrap();
        fs::remove_file(up.path()).unwrap();
        assert!(matches!(up.take(LIMIT), Err(TakeError::Gone)));
        assert_eq!(up.remove(&[0; 32]), Removal::Gone);
    }

    #[test]
    fn an_oversized_file_is_refused_with_both_numbers() {
        let up = Uploaded::new(b"12345");
        up.take(5).unwrap();
        up.spool.remove(ID).unwrap();
        let error = up.take(4).unwrap_err();
        assert_eq!(
            error.to_string(),
            "is larger than 4 bytes (max_submission_bytes): 5 bytes"
        );
        assert!(up.nothing_spooled());

        // A file of holes costs its owner nothing, and must cost no time here.
        let file = fs::File::options().write(true).open(up.path()).unwrap();
        file.set_len(1 << 40).unwrap();
        assert_eq!(up.remove(&[0; 32]), Removal::Kept);
    }

    #[test]
    fn a_file_that_changes_while_it_is_copied_leaves_no_copy() {
        for content in ["longer than before", "", "abC"] {
            let up = Uploaded::new(b"abc");
            let open = up.drop.open_submission(&up.name, &up.fingerprint, LIMIT);
            let open = open.unwrap();
            fs::write(up.path(), content).unwrap();
            let file = fs::File::options().write(true).open(up.path()).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
            let error = copy(open, &up.spool, ID).unwrap_err();
            assert!(matches!(error, TakeError::Unsettled), "{content}: {error}");
            assert!(up.nothing_spooled());
        }
    }

    #[test]
    fn a_file_removed_while_it_is_copied_is_taken() {
        let up = Uploaded::new(b"abc");
        let open = up.drop.open_submission(&up.name, &up.fingerprint, LIMIT);
        let open = open.unwrap();
        fs::remove_file(up.path()).unwrap();
        copy(open, &up.spool, ID).unwrap();
        assert_eq!(fs::read(up.spool.path(ID)).unwrap(), b"abc");
    }

    #[test]
    fn only_the_submission_that_was_meant_is_removed() {
        let up = Uploaded::new(b"abc");
        let digest = up.digest(1).unwrap();
        fs::write(up.path(), "another upload").unwrap();
        assert_eq!(up.remove(&digest), Removal::Kept);
        fs::write(up.path(), "abc").unwrap();
        assert_eq!(up.remove(&digest), Removal::Removed);
        assert!(!up.path().exists());

        let elsewhere = up.root.path().join("elsewhere");
        fs::write(&elsewhere, "abc").unwrap();
        symlink(&elsewhere, up.path()).unwrap();
        assert_eq!(up.remove(&digest), Removal::Kept);
        assert!(elsewhere.exists());
    }

    #[test]
    fn a_file_swapped_after_it_was_compared_is_kept() {
        let up = Uploaded::new(b"abc");
        let other = up.root.path().join("other");
        fs::write(&other, "xyz").unwrap();
        fs::rename(&other, up.path()).unwrap();
        let kept = up.drop.unlink_submission(up.name.as_str(), &up.fingerprint);
        assert_eq!(kept.unwrap(), Removal::Kept);
        assert!(up.path().exists());
    }

    #[test]
    fn a_swapper_at_full_speed_never_has_a_foreign_file_read_or_removed() {
        let up = Uploaded::new(b"harmless");
        let secret = up.root.path().join("secret");
        fs::write(&secret, "SECRET").unwrap();
        let (path, aside) = (up.path(), up.root.path().join("aside"));
        let swap = || {
            for round in 0..4_000 {
                match round % 4 {
                    0 => symlink(&secret, &aside).unwrap(),
                    1 => fs::hard_link(&secret, &aside).unwrap(),
                    2 => nix::unistd::mkfifo(&aside, Mode::S_IRUSR).unwrap(),
                    _ => fs::write(&aside, "harmless").unwrap(),
                }
                fs::rename(&aside, &path).unwrap();
                fs::remove_file(&path).unwrap();
            }
        };
        std::thread::scope(|scope| {
            let swapper = scope.spawn(swap);
            while !swapper.is_finished() {
                let look = up.drop.look().unwrap();
                for (_, told) in settle(&look, &look) {
                    let Settling::Settled(found) = told else {
                        continue;
                    };
                    if up.drop.take(&up.name, &found, LIMIT, &up.spool, ID).is_ok() {
                        assert_ne!(fs::read(up.spool.path(ID)).unwrap(), b"SECRET");
                        up.spool.remove(ID).unwrap();
                    }
                }
                assert_ne!(up.remove(&[0; 32]), Removal::Removed);
            }
        });
        assert_eq!(fs::read(&secret).unwrap(), b"SECRET");
    }
}
