//! The accounts that a case may reach, and the drops of its submissions.

use super::context::CaseContext;
use super::error::CaseError;
use crate::catalogue::Catalogue;
use crate::domain::care::CaseId;
use crate::domain::request::Product;
use crate::drop::DropFolder;
use crate::engine::load_accounts;
use crate::ledger::{self, CaseRow};
use crate::postgres::Session;
use crate::service::case_accounts::case_accounts;
use crate::service::settings::DropConfig;
use crate::service::workspace::case_drop;

/// The folder of a case as a drop, with the accounts that it may reach: those that the case was opened for, as far as the
/// configuration allows them. A folder whose case was not opened reaches what the configuration names.
pub(super) async fn drop_of_case(
    context: &CaseContext<'_>,
    session: &Session,
    catalogue: &Catalogue,
    case: &CaseId,
    row: Option<&CaseRow>,
) -> Result<DropConfig, CaseError> {
    let Some(accounts) = case_accounts(session, catalogue, context.config, row).await? else {
        return Err(CaseError::NoAccounts(case.clone()));
    };
    if !accounts.withdrawn.is_empty() {
        return Err(CaseError::AccountsWithdrawn {
            case: case.clone(),
            accounts: accounts.withdrawn,
        });
    }
    Ok(DropConfig {
        accounts: accounts.reached,
        product: row.map_or(Product::Outbound, |row| row.product),
        ..case_drop(context.config, case)
    })
}

/// A drop with its open folder.
pub(super) struct OpenDrop {
    pub(super) config: DropConfig,
    pub(super) folder: DropFolder,
}

/// The drop that the ledger knows by this name: the folder of a case, or a configured drop.
pub(super) async fn drop_named(
    context: &CaseContext<'_>,
    session: &Session,
    catalogue: &Catalogue,
    drop_name: &str,
) -> Result<OpenDrop, CaseError> {
    if let Some(case) = CaseId::of_drop(drop_name) {
        let row = ledger::case(session, &case).await?;
        let config = drop_of_case(context, session, catalogue, &case, row.as_ref()).await?;
        let folder = context.folders.case(&case)?;
        return Ok(OpenDrop { config, folder });
    }
    let config = context
        .workspace
        .drop_named(drop_name)
        .cloned()
        .ok_or_else(|| CaseError::DropNotConfigured(drop_name.to_owned()))?;
    let folder = DropFolder::open(&config.path)?;
    Ok(OpenDrop { config, folder })
}

/// Fails if one of these accounts does not exist, or is not one that cases may reach.
pub(super) async fn check_accounts(
    context: &CaseContext<'_>,
    session: &Session,
    catalogue: &Catalogue,
    accounts: &[String],
) -> Result<(), CaseError> {
    let allowed = context.config.accounts.as_deref().unwrap_or(accounts);
    let tree = load_accounts(session, catalogue, allowed).await?;
    let unknown: Vec<String> = accounts
        .iter()
        .filter(|account| !tree.contains(account))
        .cloned()
        .collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(CaseError::UnknownAccounts(unknown)),
    }
}
