//! The accounts that the folder of a case may reach.

use crate::catalogue::Catalogue;
use crate::engine::load_accounts;
use crate::ledger::CaseRow;
use crate::postgres::{DatabaseError, Session};
use crate::service::settings::CareConfig;

/// The accounts of a case.
#[derive(Debug, Default)]
pub(crate) struct CaseAccounts {
    /// Those that it may reach.
    pub(crate) reached: Vec<String>,
    /// Those that it was opened for, and that the configuration no longer allows.
    pub(crate) withdrawn: Vec<String>,
}

/// The accounts that a case was opened for. A folder whose case was not opened reaches what the configuration names; `None`: it
/// names nothing.
pub(crate) async fn case_accounts(
    session: &Session,
    catalogue: &Catalogue,
    care: &CareConfig,
    row: Option<&CaseRow>,
) -> Result<Option<CaseAccounts>, DatabaseError> {
    let of = |reached: &[String]| CaseAccounts {
        reached: reached.to_vec(),
        withdrawn: Vec::new(),
    };
    Ok(match (row, &care.accounts) {
        (Some(row), None) => Some(of(&row.accounts)),
        (Some(row), Some(allowed)) => {
            let tree = load_accounts(session, catalogue, allowed).await?;
            let opened = row.accounts.iter().cloned();
            let (reached, withdrawn) = opened.partition(|account| tree.contains(account));
            Some(CaseAccounts { reached, withdrawn })
        }
        (None, Some(allowed)) => Some(of(allowed)),
        (None, None) => None,
    })
}
