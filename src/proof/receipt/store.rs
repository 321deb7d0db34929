//! The operator's folder: a copy of every receipt, and beside it what is for the operator only.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use super::Receipt;
use crate::postgres::fault::point;

/// The operator's folder; below it one folder for each chain.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
}

/// Why a copy could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot {doing} {}: {cause}; check space and permissions there, then run again", .path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
    #[error("something else already stands at {}; move it away, then run again", .path.display())]
    Taken { path: PathBuf },
}

impl Store {
    /// The folder, whether it exists or not.
    pub fn at(path: PathBuf) -> Store {
        Store { path }
    }

    /// Makes the folder where there is none, for its owner only, and proves that files can be written there.
    pub fn prepare(&self) -> Result<(), StoreError> {
        self.make(&self.path)?;
        let proof = tempfile::Builder::new()
            .prefix(".lethe-check-")
            .tempfile_in(&self.path);
        proof.map(drop).map_err(failed("write to", &self.path))
    }

    /// Keeps the copies of a receipt. What stands there already with the same content stays; nothing is overwritten.
    pub fn keep(
        &self,
        chain_name: &str,
        receipt: &Receipt,
        text: &str,
        operator_copy: &str,
    ) -> Result<(), StoreError> {
        let place = (receipt.chain.as_str(), receipt.number);
        let name = receipt.file_name();
        self.keep_as(chain_name, place, &name, text, operator_copy)
    }

    /// Keeps the copies of a document that has a place, a number in a chain, and a name.
    pub fn keep_as(
        &self,
        chain_name: &str,
        (chain, number): (&str, u64),
        name: &str,
        text: &str,
        operator_copy: &str,
    ) -> Result<(), StoreError> {
        let folder = self.path.join(folder_name(chain_name, chain));
        self.make(&folder)?;
        let name = format!("{number:06}-{name}");
        write_once(&folder, &operator_name(&name), operator_copy)?;
        write_once(&folder, &name, text)
    }

    /// The folder of a chain, where there is one.
    pub fn folder_of(&self, chain: &str) -> io::Result<Option<PathBuf>> {
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

    /// Makes a folder where there is none, and its name durable.
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

/// The name of what is for the operator only, beside a copy of this name.
pub fn operator_name(copy: &str) -> String {
    let stem = copy.strip_suffix("-receipt.json");
    let stem = stem.or(copy.strip_suffix(".json")).unwrap_or(copy);
    format!("{stem}-operator.json")
}

/// A drop's name as far as it is fit for a folder, and its chain.
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

/// A file appears whole under its name, or not at all.
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
    use super::super::{SigningKey, tests::receipt};
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
    fn what_a_crash_left_half_written_is_replaced() {
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
