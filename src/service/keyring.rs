//! The secrets of an installation, and the keys of the ledger that they open.
//!
//! There are two. The ledger secret is a file of Lethe's own user; it seals what runs record of customers' drops. The secret of
//! cases is in the folder of cases, which Care's agents can read as well; it seals what is recorded of cases, so that agents
//! need no other.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::care::CaseId;
use crate::domain::placeholder::{NoRandom, random_key};
use crate::domain::text::printable;
use crate::drop::{CaseFolders, DropError, PublishError};
use crate::ledger::{
    DrawnKey, KeyParts, KeyedDigest, SealedKey, Secret, SecretId, parse_secrets, render_secrets,
};
use crate::postgres::NoDataFolder;
use crate::proof::receipt::{KeyError, read_private, replace_private, write_private};

/// Why a key of the ledger cannot be sealed or opened: exit 2.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error(
        "there is no ledger secret\n  detail: {} does not exist\n  hint: `lethe keygen --ledger` makes one; if another host works with this ledger, copy the file from there",
        printable(.path)
    )]
    Missing { path: PathBuf },
    #[error(
        "the ledger needs another secret\n  detail: keys are sealed under secret {wanted}; {has}\n  hint: restore the file that has secret {wanted} from its backup, or copy it from another host"
    )]
    Other { wanted: SecretId, has: String },
    #[error(
        "the ledger needs the secret of cases\n  detail: keys of a case are sealed under it, and no folder for cases is configured\n  hint: set path in the section [care] of lethe.toml"
    )]
    NoCare,
    #[error(
        "{} is not a file with ledger secrets\n  hint: restore it from its backup, or name another file",
        printable(.path)
    )]
    Malformed { path: PathBuf },
    #[error(
        "a key in the ledger is damaged\n  detail: no version of lethe wrote it\n  hint: restore the ledger from a backup"
    )]
    Damaged,
    #[error(
        "{} exists, and a ledger secret is never overwritten\n  hint: `lethe keygen --ledger --rotate` adds another secret to it",
        printable(.path)
    )]
    Exists { path: PathBuf },
    #[error(transparent)]
    File(#[from] KeyError),
    #[error(transparent)]
    Folder(#[from] DropError),
    #[error(transparent)]
    Written(#[from] PublishError),
    #[error(transparent)]
    DataFolder(#[from] NoDataFolder),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// What happens where there is no ledger secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AbsentSecret {
    /// It is an error: another host may have it.
    Refused,
    /// It is made: the database is a private one.
    Made,
}

/// Where the secrets are.
#[derive(Debug, Default)]
pub(crate) struct SecretPlaces {
    /// The file with the ledger secret; `None`: that of Lethe's own folder.
    pub(crate) ledger: Option<PathBuf>,
    /// Lethe's own folder; `None`: the default folder of the user.
    pub(crate) data: Option<PathBuf>,
    /// The folder of cases; `None` where none is configured.
    pub(crate) care: Option<PathBuf>,
}

/// The secrets of an installation. They are read when they are needed.
#[derive(Debug)]
pub(crate) struct Keyring {
    places: SecretPlaces,
    absent: AbsentSecret,
    read: Mutex<ReadSecrets>,
}

/// The secrets that were read, the newest of each file first.
#[derive(Debug, Default)]
struct ReadSecrets {
    ledger: Vec<Secret>,
    cases: Vec<Secret>,
}

impl Keyring {
    pub(crate) fn new(places: SecretPlaces, absent: AbsentSecret) -> Keyring {
        Keyring {
            places,
            absent,
            read: Mutex::default(),
        }
    }

    /// The file with the ledger secret.
    pub(crate) fn path(&self) -> Result<PathBuf, SecretError> {
        if let Some(path) = &self.places.ledger {
            return Ok(path.clone());
        }
        let data = match &self.places.data {
            Some(folder) => folder.clone(),
            None => crate::postgres::data_folder()?,
        };
        Ok(data.join("ledger-secret"))
    }

    /// Reads the ledger secret anew: another host may have added one.
    pub(crate) fn refresh(&self) -> Result<(), SecretError> {
        let ledger = self.read_ledger()?;
        self.read().ledger = ledger;
        Ok(())
    }

    /// The secrets that keys are sealed under now.
    pub(crate) fn current(&self) -> Result<Vec<SecretId>, SecretError> {
        let mut current = vec![self.newest(Owner::Ledger)?.id()];
        self.reread_cases();
        current.extend(self.read().cases.first().map(Secret::id));
        Ok(current)
    }

    /// Draws a key for a submission of this drop.
    pub(crate) fn draw(&self, drop_name: &str) -> Result<DrawnKey, SecretError> {
        let key = random_key()?;
        let sealed = self.seal(drop_name, &key)?;
        Ok(DrawnKey { key, sealed })
    }

    /// Seals a key of a submission of this drop.
    pub(crate) fn seal(&self, drop_name: &str, key: &[u8; 32]) -> Result<SealedKey, SecretError> {
        let secret = self.newest(Owner::of(drop_name))?;
        Ok(secret.seal(key, &random_key()?))
    }

    /// Opens a key.
    pub(crate) fn open(&self, key: &SealedKey) -> Result<[u8; 32], SecretError> {
        let wanted = match key.parts() {
            KeyParts::Clear(key) => return Ok(key),
            KeyParts::Unknown => return Err(SecretError::Damaged),
            KeyParts::Sealed { secret, .. } => secret,
        };
        if let Some(opened) = self.open_with_read(key) {
            return Ok(opened);
        }
        // The secret of cases first: an agent may read no other.
        self.reread_cases();
        if let Some(opened) = self.open_with_read(key) {
            return Ok(opened);
        }
        match self.refresh() {
            Err(error) if self.read().cases.is_empty() => return Err(error),
            _ => {}
        }
        self.open_with_read(key).ok_or_else(|| self.other(wanted))
    }

    /// Opens the key of a digest.
    pub(crate) fn open_digest(
        &self,
        digest: &KeyedDigest,
    ) -> Result<([u8; 32], [u8; 32]), SecretError> {
        Ok((self.open(&digest.key)?, digest.digest))
    }

    /// The key of the digests of cases' previews, out of that in the ledger.
    pub(crate) fn plan_key(&self, of_ledger: &[u8; 32]) -> Result<[u8; 32], SecretError> {
        let secret = self.newest(Owner::Cases)?;
        Ok(secret.derive("key of plan digests", of_ledger))
    }

    /// Reads the secret of cases anew, if there is one that this process may read.
    fn reread_cases(&self) {
        if let Some(care) = self.places.care.as_deref()
            && let Ok(Some(secrets)) = read_cases(care)
        {
            self.read().cases = secrets;
        }
    }

    fn open_with_read(&self, key: &SealedKey) -> Option<[u8; 32]> {
        let read = self.read();
        key.open(&read.ledger).or_else(|| key.open(&read.cases))
    }

    fn newest(&self, owner: Owner) -> Result<Secret, SecretError> {
        let cached = match owner {
            Owner::Ledger => self.read().ledger.first().cloned(),
            Owner::Cases => self.read().cases.first().cloned(),
        };
        if let Some(secret) = cached {
            return Ok(secret);
        }
        let secrets = match owner {
            Owner::Ledger => self.read_ledger()?,
            Owner::Cases => self.read_or_make_cases()?,
        };
        let newest = secrets.first().cloned().expect("a file has one at least");
        match owner {
            Owner::Ledger => self.read().ledger = secrets,
            Owner::Cases => self.read().cases = secrets,
        }
        Ok(newest)
    }

    fn read_ledger(&self) -> Result<Vec<Secret>, SecretError> {
        let path = self.path()?;
        match read_secrets(&path) {
            Err(SecretError::Missing { .. }) if self.absent == AbsentSecret::Made => {
                match make_secret(&path) {
                    // Another process was faster.
                    Err(SecretError::Exists { .. }) => read_secrets(&path),
                    made => made,
                }
            }
            read => read,
        }
    }

    fn read_or_make_cases(&self) -> Result<Vec<Secret>, SecretError> {
        let care = self.places.care.as_deref().ok_or(SecretError::NoCare)?;
        if let Some(secrets) = read_cases(care)? {
            return Ok(secrets);
        }
        let folders = CaseFolders::open(care)?;
        folders.write_secret(&render_secrets(&[Secret::of(random_key()?)]))?;
        // What is there counts: another process may have been faster.
        let path = folders.secret_path();
        read_cases(care)?.ok_or(SecretError::Missing { path })
    }

    fn other(&self, wanted: SecretId) -> SecretError {
        let read = self.read();
        let ids = |secrets: &[Secret]| {
            let ids: Vec<String> = secrets.iter().map(|s| s.id().to_string()).collect();
            ids.join(", ")
        };
        let path = self.path().map_or_else(|_| String::new(), printable);
        let mut has = match read.ledger.is_empty() {
            true => format!("{path} cannot be read"),
            false => format!("{path} has {}", ids(&read.ledger)),
        };
        if !read.cases.is_empty() {
            has += &format!("; the folder of cases has {}", ids(&read.cases));
        }
        SecretError::Other { wanted, has }
    }

    fn read(&self) -> MutexGuard<'_, ReadSecrets> {
        // A list is replaced as a whole, so a panic elsewhere leaves a complete one.
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose secret seals a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Ledger,
    Cases,
}

impl Owner {
    pub(crate) fn of(drop_name: &str) -> Owner {
        match CaseId::of_drop(drop_name) {
            Some(_) => Owner::Cases,
            None => Owner::Ledger,
        }
    }
}

/// Makes a file with one secret.
pub(crate) fn make_secret(path: &Path) -> Result<Vec<Secret>, SecretError> {
    let secrets = vec![Secret::of(random_key()?)];
    match write_private(path, &render_secrets(&secrets)) {
        Ok(()) => Ok(secrets),
        Err(KeyError::Exists { path }) => Err(SecretError::Exists { path }),
        Err(error) => Err(error.into()),
    }
}

/// Adds a secret to a file; from now on it seals, and the others open what they sealed.
pub(crate) fn rotate_secret(path: &Path) -> Result<Vec<Secret>, SecretError> {
    let mut secrets = read_secrets(path)?;
    secrets.insert(0, Secret::of(random_key()?));
    replace_private(path, &render_secrets(&secrets))?;
    Ok(secrets)
}

/// The secrets of a file, which only Lethe's user may access.
fn read_secrets(path: &Path) -> Result<Vec<Secret>, SecretError> {
    let text = match read_private(path) {
        Err(KeyError::Missing { path }) => return Err(SecretError::Missing { path }),
        read => read?,
    };
    let path = path.to_owned();
    parse_secrets(&text).ok_or(SecretError::Malformed { path })
}

/// Reads the secrets in the folder of cases; `None`: there are none yet.
fn read_cases(care: &Path) -> Result<Option<Vec<Secret>>, SecretError> {
    let folders = CaseFolders::open(care)?;
    let Some(text) = folders.secret()? else {
        return Ok(None);
    };
    let path = folders.secret_path();
    match parse_secrets(&text) {
        Some(secrets) => Ok(Some(secrets)),
        None => Err(SecretError::Malformed { path }),
    }
}
