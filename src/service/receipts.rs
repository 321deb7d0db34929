//! Verification of receipts and certificates with the keys and copies of this installation.

use std::collections::BTreeMap;
use std::path::PathBuf;

use data_encoding::HEXLOWER;

use crate::drop::results_folder;
use crate::ledger;
use crate::postgres::Session;
use crate::proof::receipt::chain::{Head, Link};
use crate::proof::receipt::{KeyError, PublicKey, Store, check_trusted, public_path};
use crate::proof::verification::{ChainCheck, KeyFile, ReadError, VerificationReport, Verifier};
use crate::service::ServiceError;
use crate::service::workspace::Workspace;

/// What to verify, and with what.
#[derive(Default)]
pub(crate) struct VerificationRequest {
    /// Single receipts and certificates.
    pub(crate) files: Vec<PathBuf>,
    /// The folder with a whole chain: a drop or its results.
    pub(crate) chain: Option<PathBuf>,
    /// Public keys; empty: the key of this installation.
    pub(crate) public_keys: Vec<PathBuf>,
    /// The operator's copies; `None`: those of this installation, if there are any.
    pub(crate) operator: Option<PathBuf>,
}

/// Documents that were read and verified by themselves.
pub(crate) struct Documents {
    verifier: Verifier,
    links: Vec<Link>,
    /// The folder with the whole chain.
    folder: Option<PathBuf>,
}

/// Reads single documents, a chain, or documents that should belong to a chain.
pub(crate) fn read(
    workspace: &Workspace,
    request: &VerificationRequest,
) -> Result<Documents, ServiceError> {
    let mut verifier = verifier(workspace, &request.public_keys)?;
    let files = verifier.files(&request.files)?;
    let folder = request.chain.as_deref().map(results_folder);
    let links = match &folder {
        None => files,
        Some(folder) => {
            let links = verifier.folder(folder)?;
            verifier.belong(&files, &links);
            links
        }
    };
    Ok(Documents {
        verifier,
        links,
        folder,
    })
}

impl Documents {
    /// Verifies their chains. `heads` are the ends of chains according to the ledger; empty: not compared.
    pub(crate) fn verify(
        mut self,
        workspace: &Workspace,
        request: &VerificationRequest,
        heads: &BTreeMap<String, Head>,
    ) -> Result<VerificationReport, ServiceError> {
        let store = match &request.operator {
            Some(folder) => Some(Store::at(folder.clone())),
            // Without a home folder there is no data folder either.
            None => workspace.receipt_store().ok(),
        };
        let check = ChainCheck {
            folder: self.folder.as_deref(),
            store: store.as_ref(),
            heads,
        };
        self.verifier.chains(&self.links, &check)?;
        Ok(self.verifier.finish())
    }
}

/// Verifies single documents without looking at their chains.
pub(crate) fn verify_files(
    workspace: &Workspace,
    request: &VerificationRequest,
) -> Result<VerificationReport, ServiceError> {
    let mut verifier = verifier(workspace, &request.public_keys)?;
    verifier.files(&request.files)?;
    Ok(verifier.finish())
}

/// The ends of all chains according to the ledger.
pub(crate) async fn heads(session: &Session) -> Result<BTreeMap<String, Head>, ServiceError> {
    let ends = ledger::chains(session).await?;
    let head = |end: ledger::ChainEnd| {
        let hash = end.head.map(|head| HEXLOWER.encode(&head));
        let head = Head {
            number: end.number.number(),
            hash: hash.unwrap_or_default(),
        };
        (end.chain, head)
    };
    Ok(ends.into_iter().map(head).collect())
}

impl From<ReadError> for ServiceError {
    fn from(error: ReadError) -> ServiceError {
        match error {
            ReadError::Io { .. } => ServiceError::Verification(error),
            ReadError::File { .. } | ReadError::Folder { .. } => {
                ServiceError::Usage(error.to_string())
            }
        }
    }
}

/// A verifier with the given public keys, or with the one of this installation.
fn verifier(workspace: &Workspace, given: &[PathBuf]) -> Result<Verifier, ServiceError> {
    if given.is_empty() {
        return Ok(Verifier::new(vec![own_key(workspace)?]));
    }
    let file = |path: &PathBuf| -> Result<KeyFile, KeyError> {
        Ok(KeyFile {
            path: path.clone(),
            key: PublicKey::read(path)?,
        })
    };
    let files: Result<Vec<KeyFile>, KeyError> = given.iter().map(file).collect();
    let mut verifier = Verifier::new(files?);
    for path in given {
        if let Err(KeyError::Untrusted { weakness, .. }) = check_trusted(path) {
            verifier.note_untrusted_key(path, &weakness);
        }
    }
    Ok(verifier)
}

/// The public key of this installation. Nobody named it, so others must not be able to change it.
fn own_key(workspace: &Workspace) -> Result<KeyFile, ServiceError> {
    let path = workspace.receipt_key().map(|key| public_path(&key));
    let read = path.map(|path| (PublicKey::read_trusted(&path), path));
    match read {
        Ok((Ok(key), path)) => Ok(KeyFile { path, key }),
        Ok((Err(KeyError::Untrusted { weakness, .. }), _)) => Err(ServiceError::Usage(format!(
            "cannot verify with the key of this installation, because other users can change it\n  detail: {}\n  hint: give --public-key FILE with the key that the operator published",
            weakness.detail()
        ))),
        Ok((Err(error), _)) if !matches!(error, KeyError::Missing { .. }) => Err(error.into()),
        _ => Err(ServiceError::Usage(
            "cannot verify without a public key\n  detail: this installation has no key, and a receipt that vouches for itself proves nothing\n  hint: give --public-key FILE with the key that the operator published"
                .to_owned(),
        )),
    }
}
