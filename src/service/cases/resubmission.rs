//! Resubmitting the contacts of a submission that were answered with errors, each corrected.

use std::collections::BTreeSet;

use super::accounts::check_accounts;
use super::context::CaseContext;
use super::error::CaseError;
use super::file_name::new_name;
use super::original::Original;
use crate::catalogue::Catalogue;
use crate::domain::care::{CaseId, CorrectedContact, Correction, EnteredDevice, corrected_file};
use crate::domain::identifier::ContactPosition;
use crate::domain::request::Product;
use crate::drop::FileName;
use crate::engine::load_accounts;
use crate::postgres::Session;
use crate::service::settings::DropConfig;

/// What a corrected submission changes in the original, apart from the devices.
pub(crate) struct CorrectionRequest<'a> {
    /// The case of the corrected submission.
    pub(crate) case: &'a CaseId,
    /// `None` keeps the account of each request.
    pub(crate) account: Option<&'a str>,
    /// Empty keeps the short codes of each request.
    pub(crate) short_codes: &'a [String],
}

/// A corrected submission that is ready to be written once its devices are confirmed.
pub(crate) struct PreparedCorrection {
    pub(crate) text: String,
    pub(crate) accounts: Vec<String>,
    pub(crate) name: FileName,
}

impl Original {
    /// The case of the corrected submission, unless another is given: the case whose last submission was requested, that of the
    /// folder, or the one that all requests with errors name. The requested case comes first, because the contacts are only
    /// its own, and the file can be in the folder of another case.
    pub(crate) fn default_case(&self) -> Result<CaseId, CaseError> {
        let case = self.case.clone();
        if let Some(case) = case.or_else(|| CaseId::of_drop(&self.drop.name)) {
            return Ok(case);
        }
        let cases: BTreeSet<Option<&str>> = self.failed.iter().map(|f| f.case.as_deref()).collect();
        let mut cases = cases.into_iter();
        match (cases.next(), cases.next()) {
            (Some(Some(case)), None) => CaseId::parse(case).map_err(|cause| CaseError::InvalidId {
                text: case.to_owned(),
                cause,
            }),
            _ => Err(CaseError::CaseRequired),
        }
    }

    /// Matches the devices of a list with the contacts that they correct.
    pub(crate) fn corrections(
        &self,
        devices: Vec<EnteredDevice>,
    ) -> Result<Vec<CorrectedContact>, CaseError> {
        let failed: BTreeSet<ContactPosition> = self.failed.iter().map(|f| f.position).collect();
        let mut corrected: Vec<CorrectedContact> = Vec::new();
        for (n, device) in devices.into_iter().enumerate() {
            let Some(position) = device.corrects.filter(|at| failed.contains(at)) else {
                return Err(CaseError::UnrelatedDevice {
                    number: n + 1,
                    file: self.name.clone(),
                });
            };
            if corrected.iter().any(|c| c.position == position) {
                return Err(CaseError::CorrectedTwice(position));
            }
            corrected.push(CorrectedContact { position, device });
        }
        Ok(corrected)
    }
}

/// Makes the corrected submission and checks its accounts, without writing anything.
pub(crate) async fn prepare_correction(
    context: &CaseContext<'_>,
    session: &Session,
    catalogue: &Catalogue,
    original: &Original,
    corrected: &[CorrectedContact],
    request: &CorrectionRequest<'_>,
) -> Result<PreparedCorrection, CaseError> {
    if corrected.is_empty() {
        return Err(CaseError::NothingCorrected);
    }
    let action = original.name.action();
    let correction = Correction {
        case: request.case.as_str(),
        action,
        account: request.account,
        short_codes: request.short_codes,
    };
    let text = corrected_file(&original.document, corrected, &correction);
    let accounts = accounts_of(&text, &original.drop);
    check_reach(context, session, catalogue, &accounts, &original.drop).await?;
    let name = new_name(context, session, request.case, action).await?;
    Ok(PreparedCorrection {
        text,
        accounts,
        name,
    })
}

/// The accounts of a corrected submission; for the messaging product those of its drop.
fn accounts_of(text: &str, drop: &DropConfig) -> Vec<String> {
    if drop.product == Product::Messaging {
        return drop.accounts.clone();
    }
    let file: serde_json::Value = serde_json::from_str(text).expect("the text is valid JSON");
    let requests = file["requests"].as_array().cloned().unwrap_or_default();
    let accounts: BTreeSet<String> = requests
        .iter()
        .filter_map(|request| request["accountid"].as_str().map(str::to_owned))
        .collect();
    accounts.into_iter().collect()
}

/// A correction reaches no more than the configuration of the cases allows, or, if that names no accounts, the drop of the
/// original.
async fn check_reach(
    context: &CaseContext<'_>,
    session: &Session,
    catalogue: &Catalogue,
    accounts: &[String],
    drop: &DropConfig,
) -> Result<(), CaseError> {
    if context.config.accounts.is_some() || CaseId::of_drop(&drop.name).is_some() {
        return check_accounts(context, session, catalogue, accounts).await;
    }
    let tree = load_accounts(session, catalogue, &drop.accounts).await?;
    match accounts.iter().find(|account| !tree.contains(account)) {
        None => Ok(()),
        Some(account) => Err(CaseError::UnknownAccountInDrop {
            drop: drop.name.clone(),
            account: account.clone(),
        }),
    }
}
