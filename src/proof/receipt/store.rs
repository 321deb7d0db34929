//! The operator's folder: a copy of every signed document, next to the operator's part.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use super::content::Receipt;
use crate::postgres::fault::point;

/// The operator's folder, with a subfolder for each chain.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
}

/// The position of a copy: the name of its chain, the chain's ID and the number in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CopyPlace<'a> {
    pub(crate) chain_name: &'a str,
    pub(crate) chain: &'a str,
    pub(crate) number: u64,
}

/// Why a copy could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot {doing} the operator's copies\n  detail: {}: {cause}\n  hint: check disk space and permissions there, then run again", .path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
    #[error("cannot write the operator's copy\n  detail: {} exists with other content\n  hint: move it away, then run again", .path.display())]
    Taken { path: PathBuf },
}

impl Store {
    /// A store in this folder, which need not exist yet.
    pub(crate) fn at(path: PathBuf) -> Store {
        Store { path }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the folder if it is missing, accessible to its owner only, and checks that files can be written to it.
    pub(crate) fn prepare(&self) -> Result<(), StoreError> {
        self.make(&self.path)?;
        let proof = tempfile::Builder::new()
            .prefix(".lethe-check-")
            .tempfile_in(&self.path);
        proof.map(drop).map_err(failed("write to", &self.path))
    }

    /// Stores the copies of a receipt. An existing file with the same content is kept; nothing is overwritten.
    pub(crate) fn keep(
        &self,
        chain_name: &str,
        receipt: &Receipt,
        text: &str,
        operator_copy: &str,
    ) -> Result<(), StoreError> {
        let place = CopyPlace {
            chain_name,
            chain: &receipt.chain,
            number: receipt.number,
        };
        self.keep_as(place, &receipt.file_name(), text, operator_copy)
    }

    /// Stores the copies of any document under its name.
    pub(crate) fn keep_as(
        &self,
        place: CopyPlace<'_>,
        name: &str,
        text: &str,
        operator_copy: &str,
    ) -> Result<(), StoreError> {
        let folder = self.path.join(folder_name(place.chain_name, place.chain));
        self.make(&folder)?;
        let name = format!("{:06}-{name}", place.number);
        write_once(&folder, &operator_name(&name), operator_copy)?;
        write_once(&folder, &name, text)
    }

    /// The folder of a chain; `None`: there is none.
    pub(crate) fn folder_of(&self, chain: &str) -> io::Result<Option<PathBuf>> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            entries => entries?,
        };
        let suffix = format!("-{chain}");
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().ends_with(&suffix) {
                return Ok(Some(entry.path()));
            }
        }
        Ok(None)
    }

    /// Creates a folder durably if it is missing.
    fn make(&self, folder: &Path) -> Result<(), StoreError> {
        if folder.is_dir() {
            return Ok(());
        }
        let make = || -> io::Result<()> {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
            fs::canonicalize(folder)?
                .parent()
                .map_or(Ok(()), |above| File::open(above)?.sync_all())
        };
        make().map_err(failed("create", folder))
    }
}

/// The name of the operator's part that belongs to a copy of this name.
pub(crate) fn operator_name(copy: &str) -> String {
    let stem = copy.strip_suffix("-receipt.json");
    let stem = stem.or(copy.strip_suffix(".json")).unwrap_or(copy);
    format!("{stem}-operator.json")
}

/// The folder of a chain: the last part of the drop's name, reduced to safe characters, and the chain's ID.
fn folder_name(chain_name: &str, chain: &str) -> String {
    let last = chain_name.rsplit('/').find(|part| !part.is_empty());
    let safe = |c: char| match c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
        true => c,
        false => '_',
    };
    let name: String = last
        .unwrap_or_default()
        .chars()
        .take(64)
        .map(safe)
        .collect();
    format!("{name}-{chain}")
}

/// Writes a file so that it appears complete or not at all.
fn write_once(folder: &Path, name: &str, text: &str) -> Result<(), StoreError> {
    let path = folder.join(name);
    let part = folder.join(format!(".{name}.part"));
    let write = || -> io::Result<bool> {
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        point!("copy.create");
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(OFlag::O_NOFOLLOW.bits())
            .open(&part)?;
        file.write_all(text.as_bytes())?;
        point!("copy.sync");
        file.sync_all()?;
        point!("copy.name");
        let same = match fs::hard_link(&part, &path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::symlink_metadata(&path)?.is_file() && fs::read(&path)? == text.as_bytes()
            }
            linked => linked.map(|()| true)?,
        };
        point!("copy.named");
        fs::remove_file(&part)?;
        File::open(folder)?.sync_all()?;
        point!("copy.kept");
        Ok(same)
    };
    match write().map_err(failed("write", &path))? {
        true => Ok(()),
        false => Err(StoreError::Taken { path }),
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |cause| StoreError::Io { doing, path, cause }
}

#[cfg(test)]
mod tests {
    use super::super::SigningKey;
    use super::super::content::tests::receipt;
    use super::*;

    #[test]
    fn copies_are_kept_once_and_never_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::at(root.path().join("receipts"));
        let receipt = receipt(7, None, &SigningKey::of_seed([1; 32]));
        assert_eq!(store.folder_of(&receipt.chain).unwrap(), None);
        store.prepare().unwrap();
        store.keep("/srv/sftp/Übung", &receipt, "a", "b").unwrap();
        store.keep("/srv/sftp/Übung", &receipt, "a", "b").unwrap();
        let folder = store.folder_of(&receipt.chain).unwrap().unwrap();
        assert!(folder.ends_with(format!("_bung-{}", receipt.chain)));
        let copy = folder.join("000007-forget-20180315_7-receipt.json");
        assert_eq!(fs::read_to_string(&copy).unwrap(), "a");
        let beside = folder.join("000007-forget-20180315_7-operator.json");
        assert_eq!(fs::read_to_string(beside).unwrap(), "b");
        let refused = store.keep("/srv/sftp/Übung", &receipt, "c", "b");
        assert!(matches!(refused, Err(StoreError::Taken { .. })));
        assert_eq!(fs::read_to_string(&copy).unwrap(), "a");
        assert_eq!(
            fs::read_dir(folder).unwrap().count(),
            2,
            "no parts are left"
        );
    }

    #[test]
    fn leftovers_of_a_crash_are_replaced() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::at(root.path().to_owned());
        let receipt = receipt(1, None, &SigningKey::of_seed([1; 32]));
        let folder = root.path().join(folder_name("acme", &receipt.chain));
        fs::create_dir(&folder).unwrap();
        let name = format!("000001-{}", receipt.file_name());
        fs::write(folder.join(format!(".{name}.part")), "ha").unwrap();
        store.keep("acme", &receipt, "whole", "b").unwrap();
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), "whole");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 2);
    }
}
