//! Publishing into `GDPR_Result`: a result appears completely or not at all, and replaces nothing (contract section 7).
//!
//! A result is written as `.<name>.part` and synced, gets its name by a hard link (or by a rename that cannot replace, on file
//! systems without hard links), and the folder is synced. After a crash at any point the same result can be published again:
//! a leftover part is replaced, and an existing result with the same content is recognised.

use std::io::{self, Write};

use super::drop_folder::{DropError, DropFolder};
use super::file_state::Refusal;
use super::folder::{Opened, Removal};
use super::pending::{Pending, PublishError, Published, error};
use crate::domain::file_name::FileName;
use crate::postgres::fault::point;

impl DropFolder {
    /// Publishes what `write` writes, with mode 0640. If `write` fails, nothing is left behind.
    pub(crate) fn publish(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Published, PublishError> {
        let mut pending = self.begin(name)?;
        write(&mut pending).map_err(error("write", self.place(), name))?;
        pending.publish()
    }

    /// Begins a result that is written in steps, with mode 0640; see [`Pending`]. Beginning another result of the same name
    /// makes publishing the first one fail.
    pub fn begin(&self, name: &str) -> Result<Pending, PublishError> {
        if name.starts_with('.') {
            let cause = io::Error::new(
                io::ErrorKind::InvalidInput,
                "the name of a result must not begin with a dot",
            );
            return Err(error("write", self.place(), name)(cause));
        }
        Pending::begin(&self.result, self.place(), name, part_name(name))
    }

    /// The result folder as named in errors.
    fn place(&self) -> &'static str {
        self.layout.result()
    }

    /// Checks, by doing it, that results can be written, synced, named and removed in `GDPR_Result`. Call it before any data of
    /// `submission` is changed. Leftovers of a crash are removed by the next check for that submission.
    pub(crate) fn check_writable(&self, submission: &FileName) -> Result<(), PublishError> {
        let name = format!(".lethe-check-{submission}");
        let remove = || {
            self.result
                .unlink(&name)
                .map_err(error("remove", self.place(), &name))
        };
        remove()?;
        let part = format!("{name}.part");
        let mut pending = Pending::begin(&self.result, self.place(), &name, part)?;
        pending
            .write_all(b"-")
            .map_err(error("write", self.place(), &name))?;
        let published = pending.publish();
        remove()?;
        published.map(|_| ())
    }

    /// The HMAC-SHA256 of a result; `None`: there is no regular file of this name, it is larger than `limit_bytes`, or it is
    /// being changed (which Lethe never does).
    pub(crate) fn digest_of_result(
        &self,
        name: &str,
        limit_bytes: u64,
        key: &[u8; 32],
    ) -> Result<Option<[u8; 32]>, DropError> {
        let opened = self.result.open_plain(name);
        match opened.map_err(self.result_error("open", name))? {
            Opened::Plain(file) if file.fingerprint.size <= limit_bytes => {
                file.digest(key).map_err(self.result_error("read", name))
            }
            _ => Ok(None),
        }
    }

    /// Makes the name of an existing result durable, and removes a leftover part.
    pub(crate) fn confirm_result(&self, name: &str) -> Result<(), DropError> {
        let confirm = || {
            self.remove_part(name)?;
            self.result.sync()
        };
        confirm().map_err(self.result_error("name", name))
    }

    /// Removes a result and a leftover part, durably. A link in its place is removed, not its target. A folder of this name is
    /// an error.
    pub(crate) fn remove_result(&self, name: &str) -> Result<Removal, DropError> {
        let remove = || {
            self.remove_part(name)?;
            point!("result.remove");
            let removed = self.result.unlink(name)?;
            point!("result.removed");
            self.result.sync()?;
            Ok(removed)
        };
        remove().map_err(self.result_error("remove", name))
    }

    fn remove_part(&self, name: &str) -> io::Result<()> {
        let part = part_name(name);
        match self.result.stat(&part)? {
            Some(stat) if Refusal::of(&stat) != Some(Refusal::Directory) => {
                self.result.unlink(&part).map(|_| ())
            }
            _ => Ok(()),
        }
    }
}

fn part_name(name: &str) -> String {
    format!(".{name}.part")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Seek, SeekFrom};
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::super::drop_folder::RESULT;
    use super::super::drop_folder::tests::{drop, mode, rerun_under_umask};
    use super::super::folder::CHUNK;
    use super::*;

    const NAME: &str = "forget-20240101_a-execution-log.json";

    struct Results {
        root: tempfile::TempDir,
        drop: DropFolder,
    }

    impl Results {
        fn new() -> Results {
            let (root, drop) = drop();
            Results { root, drop }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.root.path().join(RESULT).join(name)
        }

        fn publish(&self, content: &str) -> Result<Published, PublishError> {
            self.drop
                .publish(NAME, |out| out.write_all(content.as_bytes()))
        }

        fn names(&self) -> Vec<String> {
            let mut names: Vec<_> = fs::read_dir(self.root.path().join(RESULT))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    fn submission() -> FileName {
        FileName::parse("forget-20240101_a.json").unwrap()
    }

    fn part() -> String {
        part_name(NAME)
    }

    #[test]
    fn a_result_appears_whole_and_once() {
        let results = Results::new();
        assert_eq!(results.publish("{}").unwrap(), Published::Now);
        assert_eq!(fs::read(results.path(NAME)).unwrap(), b"{}");
        assert_eq!(results.names(), [NAME]);
        assert_eq!(results.publish("{}").unwrap(), Published::AlreadyThere);
        assert_eq!(results.names(), [NAME]);
    }

    #[test]
    fn a_failing_writer_leaves_nothing() {
        let results = Results::new();
        let error = results.drop.publish(NAME, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("stopped"))
        });
        assert!(matches!(
            error,
            Err(PublishError::Io { doing: "write", .. })
        ));
        assert!(results.names().is_empty());
    }

    #[test]
    fn a_pending_result_is_seekable_and_hidden_until_published() {
        let results = Results::new();
        let mut pending = results.drop.begin(NAME).unwrap();
        pending.write_all(&vec![b'x'; 3 * CHUNK]).unwrap();
        pending.seek(SeekFrom::Start(1)).unwrap();
        pending.write_all(b"y").unwrap();
        pending.seek(SeekFrom::End(0)).unwrap();
        assert_eq!(results.names(), [part()]);
        assert_eq!(pending.publish().unwrap(), Published::Now);
        assert_eq!(results.names(), [NAME]);
        let content = fs::read(results.path(NAME)).unwrap();
        assert_eq!((content.len(), &content[..3]), (3 * CHUNK, &b"xyx"[..]));

        std::mem::drop(results.drop.begin("other.zip").unwrap());
        assert_eq!(results.names(), [NAME]);
    }

    #[test]
    fn another_content_never_replaces_a_result() {
        let results = Results::new();
        results.publish("first").unwrap();
        for other in ["second", "First", "", "first and more"] {
            let error = results.publish(other).unwrap_err();
            assert!(matches!(error, PublishError::NameTaken { .. }), "{error}");
        }
        assert_eq!(fs::read(results.path(NAME)).unwrap(), b"first");
        assert_eq!(results.names(), [NAME]);
    }

    #[test]
    fn large_contents_are_compared_to_the_last_byte() {
        let results = Results::new();
        let mut content = "x".repeat(2 * CHUNK + 1);
        results.publish(&content).unwrap();
        assert_eq!(results.publish(&content).unwrap(), Published::AlreadyThere);
        content.replace_range(2 * CHUNK.., "y");
        assert!(results.publish(&content).is_err());
    }

    #[test]
    fn a_name_taken_by_anything_but_a_file_is_left_alone() {
        let results = Results::new();
        let target = results.root.path().join("target");
        fs::write(&target, "{}").unwrap();
        let absent = results.root.path().join("absent");
        let path = results.path(NAME);
        let takers: [&dyn Fn(); 4] = [
            &|| symlink(&target, &path).unwrap(),
            &|| symlink(&absent, &path).unwrap(),
            &|| nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap(),
            &|| fs::create_dir(&path).unwrap(),
        ];
        for take in takers {
            take();
            let error = results.publish("{}").unwrap_err();
            assert!(matches!(error, PublishError::NameTaken { .. }), "{error}");
            assert_eq!(results.names(), [NAME]);
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
        }
        assert_eq!(fs::read(&target).unwrap(), b"{}");
        assert!(!absent.exists());
    }

    #[test]
    fn leftovers_of_a_crash_are_replaced() {
        let results = Results::new();
        fs::write(results.path(&part()), "half").unwrap();
        assert_eq!(results.publish("{}").unwrap(), Published::Now);

        // Between the link and the removal of the first name.
        fs::hard_link(results.path(NAME), results.path(&part())).unwrap();
        assert_eq!(results.publish("{}").unwrap(), Published::AlreadyThere);
        assert_eq!(results.names(), [NAME]);

        // A link laid as a trap.
        let target = results.root.path().join("target");
        fs::write(&target, "untouched").unwrap();
        symlink(&target, results.path(&part())).unwrap();
        assert_eq!(results.publish("{}").unwrap(), Published::AlreadyThere);
        assert_eq!(fs::read(&target).unwrap(), b"untouched");
        assert_eq!(results.names(), [NAME]);
    }

    #[test]
    fn a_folder_in_the_way_is_an_error() {
        let results = Results::new();
        fs::create_dir(results.path(&part())).unwrap();
        let error = results.publish("{}").unwrap_err();
        assert!(matches!(error, PublishError::FolderInTheWay { .. }));
        assert_eq!(results.names(), [part()]);
    }

    #[test]
    fn a_part_swapped_while_it_is_written_is_not_published() {
        let results = Results::new();
        let target = results.root.path().join("target");
        fs::write(&target, "secret").unwrap();
        let swaps: [&dyn Fn(); 3] = [
            &|| symlink(&target, results.path(&part())).unwrap(),
            &|| fs::write(results.path(&part()), "forged").unwrap(),
            &|| {},
        ];
        for swap in swaps {
            let mut pending = results.drop.begin(NAME).unwrap();
            pending.write_all(b"{}").unwrap();
            fs::remove_file(results.path(&part())).unwrap();
            swap();
            let error = pending.publish().unwrap_err();
            assert!(matches!(error, PublishError::Swapped { .. }), "{error}");
            assert!(!results.path(NAME).exists());
        }
    }

    #[test]
    fn a_swapper_at_full_speed_never_has_a_foreign_file_written() {
        let results = Results::new();
        let target = results.root.path().join("target");
        fs::write(&target, "untouched").unwrap();
        let before = mode(&target);
        let aside = results.root.path().join("aside");
        let swap = || {
            for round in 0..3_000 {
                match round % 2 {
                    0 => symlink(&target, &aside).unwrap(),
                    _ => fs::hard_link(&target, &aside).unwrap(),
                }
                let name = if round % 3 == 0 { NAME } else { &part() };
                fs::rename(&aside, results.path(name)).unwrap();
                let _ = fs::remove_file(results.path(name));
                let _ = fs::remove_file(&aside); // renaming one link of a file to another does nothing
            }
        };
        std::thread::scope(|scope| {
            let swapper = scope.spawn(swap);
            while !swapper.is_finished() {
                let _ = results.publish("forged");
                let _ = results.drop.remove_result(NAME);
            }
        });
        assert_eq!(fs::read(&target).unwrap(), b"untouched");
        assert_eq!(mode(&target), before);
        results.publish("at rest").unwrap();
        assert_eq!(results.names(), [NAME]);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let results = Results::new();
        for name in ["", ".hidden", "..", "../a", "a/b", "/tmp/a"] {
            let error = results.drop.publish(name, |_| Ok(())).unwrap_err();
            assert!(
                matches!(error, PublishError::Io { .. }),
                "{name:?}: {error}"
            );
        }
        assert!(results.names().is_empty());
        let longest = format!(
            "forget-20240101_{}-execution-log-4294967295.json",
            "a".repeat(64)
        );
        assert!(longest.len() > 107);
        results.drop.publish(&longest, |_| Ok(())).unwrap();
    }

    #[test]
    fn a_result_is_digested_and_removed() {
        let results = Results::new();
        let digest = |limit| {
            results
                .drop
                .digest_of_result(NAME, limit, &[1; 32])
                .unwrap()
        };
        assert_eq!(digest(9), None);
        assert_eq!(results.drop.remove_result(NAME).unwrap(), Removal::Gone);
        results.publish("{}").unwrap();
        assert!(digest(2).is_some());
        assert_eq!(digest(1), None);

        fs::write(results.path(&part()), "half").unwrap();
        assert_eq!(results.drop.remove_result(NAME).unwrap(), Removal::Removed);
        assert!(results.names().is_empty());

        let target = results.root.path().join("target");
        fs::write(&target, "untouched").unwrap();
        symlink(&target, results.path(NAME)).unwrap();
        assert_eq!(digest(9), None);
        assert_eq!(results.drop.remove_result(NAME).unwrap(), Removal::Removed);
        assert_eq!(fs::read(&target).unwrap(), b"untouched");

        fs::create_dir(results.path(NAME)).unwrap();
        assert!(results.drop.remove_result(NAME).is_err());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_found_beforehand() {
        let results = Results::new();
        results.drop.check_writable(&submission()).unwrap();
        assert!(results.names().is_empty());

        // A removed folder takes no new entry, not even from root.
        fs::remove_dir(results.root.path().join(RESULT)).unwrap();
        let error = results.drop.check_writable(&submission()).unwrap_err();
        assert!(matches!(error, PublishError::Io { .. }), "{error}");
    }

    #[test]
    fn results_have_mode_0640_under_any_umask() {
        for umask in ["0000", "0027", "0077"] {
            rerun_under_umask(concat!(module_path!(), "::mode_0640"), umask);
        }
    }

    #[test]
    #[ignore = "run by results_have_mode_0640_under_any_umask"]
    fn mode_0640() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(super::super::drop_folder::SUBMIT)).unwrap();
        let drop = DropFolder::open(root.path()).unwrap();
        let pending = drop.begin(NAME).unwrap();
        let path = |name: &str| root.path().join(RESULT).join(name);
        assert_eq!(mode(&path(&part())), 0o640);
        pending.publish().unwrap();
        assert_eq!(mode(&path(NAME)), 0o640);
    }
}
