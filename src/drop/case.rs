//! The folders of Customer Care's cases. Each is a drop with submissions in the folder itself and results in its subfolder
//! `Transfer Files`.
//!
//! Everybody with write access to a case's folder may be as hostile as the owner of a drop. The parent folder belongs to the
//! operator.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::drop_folder::{DropError, DropFolder, Layout, TRANSFER, no_drop, open_folder};
use super::file_state::Refusal;
use super::folder::{Folder, Opened};
use super::pending::{Pending, PublishError, Published, error};
use crate::domain::care::{CaseId, fold};
use crate::domain::file_name::FileName;

/// The folder that holds the cases' folders, held open.
#[derive(Debug)]
pub(crate) struct CaseFolders {
    path: PathBuf,
    folder: Arc<Folder>,
}

/// The file with the secret of cases. It is no case, because it begins with a dot.
const SECRET: &str = ".lethe-secret";
/// A file with secrets is some hundred bytes.
const SECRET_LIMIT: u64 = 64 * 1024;

impl CaseFolders {
    /// Opens the folder at `path`. The path belongs to the operator and may contain links.
    pub(crate) fn open(path: &Path) -> Result<CaseFolders, DropError> {
        let path = path.canonicalize().map_err(|cause| no_drop(path, cause))?;
        let folder = Folder::open(&path).map_err(|cause| no_drop(&path, cause))?;
        let folder = Arc::new(folder);
        Ok(CaseFolders { path, folder })
    }

    /// The path of the file with the secret of cases.
    pub(crate) fn secret_path(&self) -> PathBuf {
        self.path.join(SECRET)
    }

    /// Reads the file with the secret of cases; `None`: there is none. Anyone who can write to the folder can replace it.
    ///
    /// # Errors
    /// Fails also where others than owner and group may access the file, and where it is not a regular file.
    pub(crate) fn secret(&self) -> Result<Option<Vec<u8>>, DropError> {
        let read = || -> io::Result<Option<Vec<u8>>> {
            let file = match self.folder.open_plain(SECRET)? {
                Opened::Plain(file) => file.file,
                Opened::Gone => return Ok(None),
                Opened::NotPlain(_) | Opened::Changing => {
                    return Err(io::Error::other("it is not a regular file"));
                }
            };
            if nix::sys::stat::fstat(&file)?.st_mode & 0o007 != 0 {
                return Err(io::Error::other("others may access it: chmod o= it"));
            }
            let mut content = Vec::new();
            file.take(SECRET_LIMIT).read_to_end(&mut content)?;
            Ok(Some(content))
        };
        read().map_err(self.error("read", SECRET))
    }

    /// Writes the file with the secret of cases, for owner and group to read. An existing file is kept.
    pub(crate) fn write_secret(&self, text: &str) -> Result<(), PublishError> {
        const PLACE: &str = "the folder of cases";
        // Two processes may do this at the same time.
        let part = format!("{SECRET}.{}.part", std::process::id());
        let mut pending = Pending::begin(&self.folder, PLACE, SECRET, part)?;
        pending
            .write_all(text.as_bytes())
            .map_err(error("write", PLACE, SECRET))?;
        match pending.publish() {
            Err(PublishError::NameTaken { .. }) => Ok(()),
            published => published.map(|_| ()),
        }
    }

    /// The cases that have a folder, in the order of their names. Anything else is omitted: other kinds of files, and names
    /// that are not case IDs. A folder that cannot be opened is listed.
    pub(crate) fn list(&self) -> Result<Vec<CaseId>, DropError> {
        let names = self.folder.names().map_err(self.error("list", ""))?;
        let mut cases = Vec::new();
        for name in names {
            let Some(case) = name.to_str().and_then(|name| CaseId::parse(name).ok()) else {
                continue;
            };
            let stat = self.folder.stat(case.as_str());
            let stat = stat.map_err(self.error("look at", case.as_str()))?;
            if stat.is_some_and(|stat| Refusal::of(&stat) == Some(Refusal::Directory)) {
                cases.push(case);
            }
        }
        Ok(cases)
    }

    /// Whether anything exists under the name of a case's folder.
    pub(crate) fn has(&self, case: &CaseId) -> Result<bool, DropError> {
        let stat = self.folder.stat(case.as_str());
        Ok(stat
            .map_err(self.error("look at", case.as_str()))?
            .is_some())
    }

    /// Opens the folder of a case. A missing `Transfer Files` is created with the mode of the parent folder.
    pub(crate) fn case(&self, case: &CaseId) -> Result<DropFolder, DropError> {
        let path = self.path.join(case.as_str());
        let missing = match self.folder.stat(case.as_str()) {
            Ok(stat) => stat.is_none(),
            Err(cause) => return Err(self.error("look at", case.as_str())(cause)),
        };
        if missing {
            return Err(DropError::NoCase { path });
        }
        let submit = open_folder(&self.folder, &self.path, case.as_str())?;
        let found = submit.stat(TRANSFER);
        if found.map_err(self.error("look at", TRANSFER))?.is_none() {
            let made = self
                .mode()
                .and_then(|mode| submit.create_folder(TRANSFER, mode))
                .and_then(|()| submit.sync());
            made.map_err(self.error("create", &format!("{case}/{TRANSFER}")))?;
        }
        let result = open_folder(&submit, &path, TRANSFER)?;
        Ok(DropFolder {
            path,
            layout: Layout::Case,
            submit: Arc::new(submit),
            result: Arc::new(result),
        })
    }

    /// Opens or creates the folder of a case. Fails if a folder exists whose name differs in upper and lower case only.
    pub(crate) fn case_or_new(&self, case: &CaseId) -> Result<DropFolder, DropError> {
        let names = self.folder.names().map_err(self.error("list", ""))?;
        let alike = |name: &&std::ffi::OsString| {
            let name = name.to_string_lossy();
            name != case.as_str() && fold(&name) == case.folded()
        };
        if let Some(other) = names.iter().find(alike) {
            let path = self.path.join(other);
            return Err(DropError::CaseInOtherLetters { path });
        }
        if !names.iter().any(|name| name == case.as_str()) {
            let made = self
                .mode()
                .and_then(|mode| self.folder.create_folder(case.as_str(), mode))
                .and_then(|()| self.folder.sync());
            made.map_err(self.error("create", case.as_str()))?;
        }
        self.case(case)
    }

    /// Removes the folder of a case if it contains nothing but an empty `Transfer Files`. False: it contains more.
    pub(crate) fn remove_empty(&self, case: &CaseId) -> Result<bool, DropError> {
        let drop = self.case(case)?;
        let left = drop
            .submit
            .names()
            .map_err(self.error("list", case.as_str()))?;
        let results = drop.result.names().map_err(self.error("list", TRANSFER))?;
        if left.iter().any(|name| name != TRANSFER) || !results.is_empty() {
            return Ok(false);
        }
        let removed = drop
            .submit
            .remove_folder(TRANSFER)
            .and_then(|()| self.folder.remove_folder(case.as_str()))
            .and_then(|()| self.folder.sync());
        removed.map_err(self.error("remove", case.as_str()))?;
        Ok(true)
    }

    /// The mode of new subfolders: the permissions of owner and group as in this folder, none for others.
    fn mode(&self) -> io::Result<u32> {
        #[allow(clippy::useless_conversion)] // the width of a mode differs between Linux and macOS
        Ok(u32::from(self.folder.own_stat()?.st_mode) & 0o770)
    }

    fn error(&self, doing: &'static str, name: &str) -> impl FnOnce(io::Error) -> DropError {
        let path = self.path.join(name);
        move |cause| DropError::Io { doing, path, cause }
    }
}

impl DropFolder {
    /// Writes a submission into the drop in the same way as results are published: completely or not at all, durably, with
    /// mode 0640, without replacing anything.
    pub(crate) fn submit(
        &self,
        name: &FileName,
        content: &[u8],
    ) -> Result<Published, PublishError> {
        const PLACE: &str = "the case's folder";
        let name = name.as_str();
        let part = format!(".{name}.part");
        let mut pending = Pending::begin(&self.submit, PLACE, name, part)?;
        pending
            .write_all(content)
            .map_err(error("write", PLACE, name))?;
        pending.publish()
    }

    /// Whether this is the folder of a case.
    pub(crate) fn is_case(&self) -> bool {
        self.layout == Layout::Case
    }

    /// Whether a file exists under the name of a submission or of its execution log.
    pub(crate) fn is_used(&self, name: &FileName) -> Result<bool, DropError> {
        let look = |stat: io::Result<_>| stat.map_err(self.submit_error("look at", name.as_str()));
        let submitted = look(self.submit.stat(name.as_str()).map(|s| s.is_some()))?;
        let log = name.execution_log(1);
        Ok(submitted || look(self.result.stat(&log).map(|s| s.is_some()))?)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::super::drop_folder::tests::{mode, rerun_under_umask};
    use super::super::look::{Entry, State};
    use super::*;

    const NAME: &str = "forget-20240101_a.json";

    fn care() -> (tempfile::TempDir, CaseFolders) {
        let root = tempfile::tempdir().unwrap();
        let care = CaseFolders::open(root.path()).unwrap();
        (root, care)
    }

    fn id(text: &str) -> CaseId {
        CaseId::parse(text).unwrap()
    }

    fn name() -> FileName {
        FileName::parse(NAME).unwrap()
    }

    #[test]
    fn a_case_is_a_drop_with_its_submissions_in_the_folder_itself() {
        let (root, care) = care();
        let drop = care.case_or_new(&id("7")).unwrap();
        assert!(!drop.is_used(&name()).unwrap());
        assert_eq!(drop.submit(&name(), b"{}").unwrap(), Published::Now);
        assert!(drop.is_used(&name()).unwrap());
        let path = root.path().join("7").join(NAME);
        assert_eq!(fs::read(&path).unwrap(), b"{}");
        assert_eq!(mode(&path), 0o640);

        let look = care.case(&id("7")).unwrap().look().unwrap();
        assert!(
            matches!(
                &look[..],
                [Entry::Proper {
                    state: State::Plain(_),
                    ..
                }]
            ),
            "{look:?}"
        );
        drop.publish("a.json", |out| out.write_all(b"{}")).unwrap();
        assert!(root.path().join("7/Transfer Files/a.json").exists());
    }

    #[test]
    fn a_submission_replaces_nothing() {
        let (root, care) = care();
        let drop = care.case_or_new(&id("7")).unwrap();
        let secret = root.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        let path = root.path().join("7").join(NAME);
        symlink(&secret, &path).unwrap();
        let error = drop.submit(&name(), b"{}").unwrap_err();
        assert!(error.to_string().contains("the case's folder"), "{error}");
        assert_eq!(fs::read(&secret).unwrap(), b"secret");
        fs::remove_file(&path).unwrap();
        fs::write(&path, "{ }").unwrap();
        assert!(drop.submit(&name(), b"{}").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"{ }");
        assert_eq!(fs::read_dir(root.path().join("7")).unwrap().count(), 2);
    }

    #[test]
    fn links_and_files_are_not_cases_and_are_not_followed() {
        let (root, care) = care();
        assert!(!care.has(&id("7")).unwrap());
        let elsewhere = tempfile::tempdir().unwrap();
        symlink(elsewhere.path(), root.path().join("link")).unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        care.case_or_new(&id("7")).unwrap();
        fs::create_dir(root.path().join(".hidden")).unwrap();
        assert_eq!(care.list().unwrap(), [id("7")]);
        assert!(care.has(&id("7")).unwrap() && care.has(&id("link")).unwrap());
        for name in ["link", "file"] {
            let error = care.case_or_new(&id(name)).unwrap_err();
            assert!(matches!(error, DropError::NotAFolder { .. }), "{error}");
        }
        let missing = care.case(&id("8")).unwrap_err();
        assert!(matches!(missing, DropError::NoCase { .. }), "{missing}");

        let transfer = root.path().join("7").join(TRANSFER);
        fs::remove_dir(&transfer).unwrap();
        symlink(elsewhere.path(), &transfer).unwrap();
        let error = care.case(&id("7")).unwrap_err();
        assert!(error.to_string().contains("is a symbolic link"), "{error}");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_same_id_in_other_letters_is_refused() {
        let (_root, care) = care();
        care.case_or_new(&id("Case-Ä")).unwrap();
        let error = care.case_or_new(&id("case-ä")).unwrap_err();
        assert!(
            matches!(error, DropError::CaseInOtherLetters { .. }),
            "{error}"
        );
        care.case_or_new(&id("Case-Ä")).unwrap();
    }

    #[test]
    fn an_empty_case_is_removed_and_no_other() {
        let (root, care) = care();
        let drop = care.case_or_new(&id("7")).unwrap();
        drop.submit(&name(), b"{}").unwrap();
        assert!(!care.remove_empty(&id("7")).unwrap());
        fs::remove_file(root.path().join("7").join(NAME)).unwrap();
        fs::write(root.path().join("7").join(TRANSFER).join("x"), "").unwrap();
        assert!(!care.remove_empty(&id("7")).unwrap());
        fs::remove_file(root.path().join("7").join(TRANSFER).join("x")).unwrap();
        assert!(care.remove_empty(&id("7")).unwrap());
        assert!(care.list().unwrap().is_empty());
    }

    #[test]
    fn folders_get_the_modes_of_the_one_above_under_any_umask() {
        for umask in ["0077", "0000", "0027"] {
            rerun_under_umask(concat!(module_path!(), "::as_above"), umask);
        }
    }

    #[test]
    #[ignore = "run by folders_get_the_modes_of_the_one_above_under_any_umask"]
    fn as_above() {
        for (above, expected) in [
            (0o2770, 0o2770),
            (0o2775, 0o2770),
            (0o700, 0o700),
            (0o755, 0o750),
        ] {
            let (root, care) = care();
            fs::set_permissions(root.path(), fs::Permissions::from_mode(above)).unwrap();
            care.case_or_new(&id("7")).unwrap();
            for below in ["7", "7/Transfer Files"] {
                assert_eq!(
                    mode(&root.path().join(below)),
                    expected,
                    "{below} in {above:o}"
                );
            }
        }
    }
}
