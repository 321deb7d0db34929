//! Opening the folders of a drop.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file_state::Refusal;
use super::folder::Folder;
use crate::domain::text::printable;
use crate::postgres::fault::point;

/// The folder in a drop that its owner uploads submissions to.
pub(crate) const SUBMIT: &str = "GDPR_Submit";
/// The folder in a drop that results are published in.
pub(crate) const RESULT: &str = "GDPR_Result";

/// The folder in a case's folder that results are published in.
pub(crate) const TRANSFER: &str = "Transfer Files";

/// The folder with the results of a drop, if `path` is a drop; otherwise `path` itself.
pub(crate) fn results_folder(path: &Path) -> PathBuf {
    let results = path.join(RESULT);
    match results.is_dir() {
        true => results,
        false => path.to_owned(),
    }
}

/// The two folders of one drop, held open.
#[derive(Debug)]
pub struct DropFolder {
    pub(super) path: PathBuf,
    pub(super) layout: Layout,
    pub(super) submit: Arc<Folder>,
    pub(super) result: Arc<Folder>,
}

/// Where in a drop the two folders are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// `GDPR_Submit` and `GDPR_Result`.
    Drop,
    /// Submissions are in the folder itself, results in `Transfer Files`.
    Case,
}

impl Layout {
    pub(super) fn result(self) -> &'static str {
        match self {
            Layout::Drop => RESULT,
            Layout::Case => TRANSFER,
        }
    }
}

/// Why a drop cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    #[error("cannot open the drop folder\n  detail: {} does not exist\n  hint: create it, or correct the path", printable(.path))]
    NoDrop { path: PathBuf },
    #[error("cannot open the drop folder\n  detail: {} does not exist\n  hint: create it and make it writable for the account that uploads", printable(.path))]
    NoSubmit { path: PathBuf },
    #[error("the case has no folder\n  detail: {} does not exist\n  hint: `lethe case open` creates one", printable(.path))]
    NoCase { path: PathBuf },
    #[error("the case exists with other upper and lower case letters\n  detail: {}\n  hint: use that spelling", printable(.path))]
    CaseInOtherLetters { path: PathBuf },
    #[error("cannot open the drop folder\n  detail: {} is {what}\n  hint: replace it with a real folder", printable(.path))]
    NotAFolder { path: PathBuf, what: &'static str },
    #[error("cannot {doing} {}\n  detail: {cause}\n  hint: check the permissions of Lethe's user there", printable(.path))]
    Io {
        doing: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
}

impl DropFolder {
    /// Opens the drop at `path`. The path belongs to the operator and may contain links. `GDPR_Submit` and `GDPR_Result` in it
    /// must be real folders; a missing `GDPR_Result` is created with mode 0750 (and the set-group-ID bit that it inherits).
    pub fn open(path: &Path) -> Result<DropFolder, DropError> {
        let path = path.canonicalize().map_err(|cause| no_drop(path, cause))?;
        let drop = Folder::open(&path).map_err(|cause| no_drop(&path, cause))?;
        let submit = open_folder(&drop, &path, SUBMIT)?;
        let result = open_or_create_result(&drop, &path)?;
        Ok(DropFolder {
            path,
            layout: Layout::Drop,
            submit: Arc::new(submit),
            result: Arc::new(result),
        })
    }

    pub(super) fn submit_error(
        &self,
        doing: &'static str,
        name: &str,
    ) -> impl FnOnce(io::Error) -> DropError {
        let folder = match self.layout {
            Layout::Drop => self.path.join(SUBMIT),
            Layout::Case => self.path.clone(),
        };
        let path = folder.join(name);
        move |cause| DropError::Io { doing, path, cause }
    }

    pub(super) fn result_error(
        &self,
        doing: &'static str,
        name: &str,
    ) -> impl FnOnce(io::Error) -> DropError {
        let path = self.path.join(self.layout.result()).join(name);
        move |cause| DropError::Io { doing, path, cause }
    }
}

pub(super) fn no_drop(path: &Path, cause: io::Error) -> DropError {
    let path = path.to_owned();
    match cause.kind() {
        io::ErrorKind::NotFound => DropError::NoDrop { path },
        io::ErrorKind::NotADirectory => DropError::NotAFolder {
            path,
            what: "not a folder",
        },
        _ => DropError::Io {
            doing: "open",
            path,
            cause,
        },
    }
}

pub(super) fn open_folder(
    drop: &Folder,
    drop_path: &Path,
    name: &str,
) -> Result<Folder, DropError> {
    let path = drop_path.join(name);
    let io = |cause| DropError::Io {
        doing: "open",
        path: path.clone(),
        cause,
    };
    match drop.stat(name).map_err(io)? {
        None => Err(DropError::NoSubmit { path }),
        Some(stat) => match Refusal::of(&stat) {
            Some(Refusal::Directory) => drop.open_folder(name).map_err(io),
            Some(Refusal::SymbolicLink) => Err(DropError::NotAFolder {
                path,
                what: "a symbolic link, which is never followed",
            }),
            _ => Err(DropError::NotAFolder {
                path,
                what: "not a folder",
            }),
        },
    }
}

fn open_or_create_result(drop: &Folder, drop_path: &Path) -> Result<Folder, DropError> {
    let io = |cause| DropError::Io {
        doing: "create",
        path: drop_path.join(RESULT),
        cause,
    };
    match drop.stat(RESULT).map_err(io)? {
        None => create_result(drop).map_err(io)?,
        // Its creator may have been killed before the name was durable. On a read-only medium, writing a result fails
        // anyway.
        Some(_) => drop.sync().unwrap_or_default(),
    }
    open_folder(drop, drop_path, RESULT)
}

fn create_result(drop: &Folder) -> io::Result<()> {
    point!("drop.create");
    drop.create_folder(RESULT, 0o750)?;
    point!("drop.created");
    drop.sync()
}

#[cfg(test)]
pub(in crate::drop) mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A drop with both folders.
    pub(in crate::drop) fn drop() -> (tempfile::TempDir, DropFolder) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(SUBMIT)).unwrap();
        let drop = DropFolder::open(root.path()).unwrap();
        (root, drop)
    }

    /// Runs the ignored test of the calling module again, in a process of its own that has this umask: a umask belongs
    /// to the whole process, so it cannot be set while other tests run.
    pub(in crate::drop) fn rerun_under_umask(test: &str, umask: &str) {
        let test = test.strip_prefix("lethe::").unwrap();
        let output = std::process::Command::new("sh")
            .args(["-c", r#"umask "$0" && exec "$@""#, umask])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", test, "--ignored"])
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "umask {umask}: {printed}");
        assert!(printed.contains("1 passed"), "no test {test}: {printed}");
    }

    pub(in crate::drop) fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_missing_drop_or_submit_folder_is_named_with_a_hint() {
        let root = tempfile::tempdir().unwrap();
        let error = DropFolder::open(&root.path().join("none")).unwrap_err();
        assert!(matches!(error, DropError::NoDrop { .. }));

        let error = DropFolder::open(root.path()).unwrap_err();
        assert!(matches!(error, DropError::NoSubmit { .. }));
        assert!(
            error
                .to_string()
                .contains("GDPR_Submit does not exist\n  hint: create it")
        );
        assert!(!root.path().join(RESULT).exists(), "nothing is created");
    }

    #[test]
    fn the_path_may_be_a_link_but_the_folders_in_it_may_not() {
        let (root, _) = drop();
        let elsewhere = tempfile::tempdir().unwrap();
        let link = elsewhere.path().join("link");
        symlink(root.path(), &link).unwrap();
        let opened = DropFolder::open(&link).unwrap();
        assert_eq!(opened.path, root.path().canonicalize().unwrap());

        for name in [SUBMIT, RESULT] {
            let (root, _) = drop();
            fs::remove_dir(root.path().join(name)).unwrap();
            symlink(elsewhere.path(), root.path().join(name)).unwrap();
            let error = DropFolder::open(root.path()).unwrap_err();
            assert!(error.to_string().contains("is a symbolic link"), "{error}");

            fs::remove_file(root.path().join(name)).unwrap();
            fs::write(root.path().join(name), "").unwrap();
            let error = DropFolder::open(root.path()).unwrap_err();
            assert!(error.to_string().contains("is not a folder"), "{error}");
        }
    }

    #[test]
    fn a_drop_that_is_a_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = DropFolder::open(file.path()).unwrap_err();
        assert!(matches!(error, DropError::NotAFolder { .. }), "{error}");
    }

    #[test]
    fn a_swapped_folder_does_not_divert_an_opened_drop() {
        let (root, drop) = drop();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::rename(root.path().join(RESULT), root.path().join("moved")).unwrap();
        symlink(elsewhere.path(), root.path().join(RESULT)).unwrap();

        drop.publish("a.json", |out| out.write_all(b"{}")).unwrap();
        assert!(root.path().join("moved/a.json").exists());
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_result_folder_gets_its_mode_under_any_umask() {
        for umask in ["0077", "0000", "0027"] {
            rerun_under_umask(concat!(module_path!(), "::created_with_0750"), umask);
        }
    }

    #[test]
    #[ignore = "run by the_result_folder_gets_its_mode_under_any_umask"]
    fn created_with_0750() {
        let (root, _drop) = drop();
        assert_eq!(mode(&root.path().join(RESULT)), 0o750);

        // A set-group-ID drop hands its group down; creating the folder must not lose that.
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(SUBMIT)).unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o2700)).unwrap();
        DropFolder::open(root.path()).unwrap();
        let inherited = mode(&root.path().join(SUBMIT)) & 0o2000;
        assert_eq!(inherited, 0, "made before the bit was set");
        if cfg!(target_os = "linux") {
            assert_eq!(mode(&root.path().join(RESULT)), 0o2750);
        }
    }
}
