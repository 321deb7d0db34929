//! What services share: the configured drops and cases, the folders of Lethe's own data, the clock.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::catalogue::{self, Access, Catalogue, Source};
use crate::domain::care::CaseId;
use crate::domain::clock::Clock;
use crate::domain::request::Product;
use crate::drop::{CaseFolders, DropError, DropFolder, Spool, canonical};
use crate::ledger;
use crate::media::{MediaConfig, MediaStores};
use crate::postgres::Session;
use crate::proof::receipt::{KeyError, SigningKey, Store};
use crate::service::ServiceError;
use crate::service::keyring::Keyring;
use crate::service::pipeline::Receipts;
use crate::service::settings::{CareConfig, DropConfig, ReceiptConfig, SubmissionSettings};

/// What services share, whichever task they have.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) clock: Clock,
    /// The configured drops.
    pub(crate) drops: Vec<DropConfig>,
    /// Customer Care's cases; `None` where none are configured.
    pub(crate) care: Option<CareConfig>,
    pub(crate) submission: SubmissionSettings,
    pub(crate) media: Option<MediaConfig>,
    pub(crate) receipt: ReceiptConfig,
    /// The secrets that open the keys of the ledger.
    pub(crate) keyring: Keyring,
    /// The catalogue file; `None` is the catalogue of the reference schema.
    pub(crate) catalogue: Option<PathBuf>,
    /// The folder of Lethe's own data; `None` is the default folder of the user.
    pub(crate) data: Option<PathBuf>,
    pub(crate) retention_days: u32,
    /// How long backups and archived WAL are kept; `None` where nobody said so.
    pub(crate) backup_retention: Option<Duration>,
}

impl Workspace {
    /// The folder of Lethe's own data.
    pub(crate) fn data_folder(&self) -> Result<PathBuf, ServiceError> {
        match &self.data {
            Some(folder) => Ok(folder.clone()),
            None => Ok(crate::postgres::data_folder()?),
        }
    }

    /// Opens the spool that belongs to a ledger.
    pub(crate) async fn spool(&self, session: &Session) -> Result<Spool, ServiceError> {
        let all = self.data_folder()?.join("spool");
        Spool::open(&all)?;
        Ok(Spool::open(&all.join(ledger::spool_name(session).await?))?)
    }

    /// The file of the key that signs receipts.
    pub(crate) fn receipt_key(&self) -> Result<PathBuf, ServiceError> {
        match &self.receipt.key {
            Some(key) => Ok(key.clone()),
            None => Ok(self.data_folder()?.join("receipt-key.pem")),
        }
    }

    /// The folder of the operator's copies.
    pub(crate) fn receipt_store(&self) -> Result<Store, ServiceError> {
        Ok(Store::at(match &self.receipt.copies {
            Some(folder) => folder.clone(),
            None => self.data_folder()?.join("receipts"),
        }))
    }

    /// The key and the folder for receipts. Without a key no receipts are made; a key that the configuration names must
    /// exist.
    pub(crate) async fn receipts(&self, session: &Session) -> Result<Receipts, ServiceError> {
        let store = self.receipt_store()?;
        let key = match SigningKey::read(&self.receipt_key()?) {
            Err(KeyError::Missing { .. }) if self.receipt.key.is_none() => None,
            key => Some(key?),
        };
        match &key {
            Some(_) => store.prepare()?,
            None if ledger::receipts_made(session).await? => tracing::warn!(
                "no receipts are made: earlier submissions have receipts, but there is no key {}; restore it, or make another with `lethe keygen`",
                self.receipt_key()?.display()
            ),
            None => {}
        }
        Ok(Receipts { key, store })
    }

    /// Opens the stores of recordings; none where none are configured.
    pub(crate) fn media_stores(&self) -> Result<MediaStores, ServiceError> {
        match &self.media {
            Some(media) => Ok(MediaStores::open(media)?),
            None => Ok(MediaStores::default()),
        }
    }

    /// Reads the files of the catalogue.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, ServiceError> {
        Ok(catalogue::load(self.catalogue.as_deref())?)
    }

    /// Reads the catalogue and checks it against the live schema, and that the role of the session has the rights for `access`.
    pub(crate) async fn catalogue(
        &self,
        session: &Session,
        access: Access,
    ) -> Result<Catalogue, ServiceError> {
        Ok(catalogue::bind(&self.sources()?, session, access).await?)
    }

    /// The configured drop of this name.
    pub(crate) fn drop_named(&self, name: &str) -> Option<&DropConfig> {
        self.drops.iter().find(|drop| drop.name == name)
    }
}

/// The folder of a case as a drop that reaches no account: enough to purge.
pub(crate) fn case_drop(care: &CareConfig, case: &CaseId) -> DropConfig {
    DropConfig {
        name: case.drop_name(),
        path: care.path.join(case.as_str()),
        accounts: Vec::new(),
        product: Product::default(),
        time_zone: care.time_zone,
    }
}

/// Opens a drop, or the folder of a case that the ledger knows as a drop.
pub(crate) fn open_drop(drop: &DropConfig) -> Result<DropFolder, DropError> {
    match (CaseId::of_drop(&drop.name), drop.path.parent()) {
        (Some(case), Some(above)) => CaseFolders::open(above)?.case(&case),
        _ => DropFolder::open(&drop.path),
    }
}

/// The name by which the ledger knows a drop that was given as a folder: its canonical path.
pub(crate) fn drop_name(folder: &Path) -> String {
    canonical(folder).display().to_string()
}
