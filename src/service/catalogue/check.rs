//! Whether the catalogue matches the live schema.

use serde::Serialize;

use crate::catalogue::{self, Access, Catalogue, CatalogueError, FormSamples, IndexUse, Source};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::workspace::Workspace;

/// How the catalogue and the live schema compare.
#[derive(Debug, Serialize)]
pub(crate) struct CatalogueCheck {
    /// Why a run would stop before any change; empty if the catalogue matches.
    // The JSON key is older than the name.
    #[serde(rename = "misfits")]
    pub(crate) mismatches: Vec<String>,
    /// What may make a run fail, or leave something, although the catalogue matches.
    pub(crate) warnings: Vec<String>,
    /// What was not asked, because the catalogue accepts it, or not sampled; a sentence each.
    pub(crate) not_asked: Vec<String>,
    /// The columns that hold devices, with their indexes; empty if the catalogue does not match.
    pub(crate) devices: Vec<IndexUse>,
}

/// Checks the catalogue against the live schema, and looks for the indexes of columns that hold devices.
pub(crate) async fn check(
    workspace: &Workspace,
    session: &Session,
) -> Result<CatalogueCheck, ServiceError> {
    match workspace.catalogue(session, Access::Change).await {
        Ok(catalogue) => matching(catalogue, &workspace.sources()?, session).await,
        Err(ServiceError::Catalogue(CatalogueError::Mismatch(mismatches))) => Ok(CatalogueCheck {
            mismatches,
            warnings: Vec::new(),
            not_asked: Vec::new(),
            devices: Vec::new(),
        }),
        Err(error) => Err(error),
    }
}

/// What there is to say of a catalogue that matches.
async fn matching(
    catalogue: Catalogue,
    sources: &[Source],
    session: &Session,
) -> Result<CatalogueCheck, ServiceError> {
    let FormSamples {
        warnings: forms,
        notes,
    } = catalogue::form_samples(&catalogue, sources, session).await?;
    let mut warnings = catalogue::warnings(&catalogue);
    warnings.extend(forms);
    warnings.extend(catalogue::lock_shortage(&catalogue, session).await?);
    Ok(CatalogueCheck {
        mismatches: Vec::new(),
        warnings,
        devices: catalogue::index_use(&catalogue, session).await?,
        not_asked: [catalogue.not_asked, notes].concat(),
    })
}
