//! Names of new submissions.

use super::context::CaseContext;
use super::error::CaseError;
use crate::domain::care::CaseId;
use crate::domain::placeholder::Placeholders;
use crate::domain::request::Action;
use crate::drop::{DropFolder, FileName};
use crate::ledger;
use crate::postgres::Session;

/// Random characters in the name of a submission: 40 bits, so that a name identifies one file across all cases.
const UNIQUE: usize = 8;

/// A new name that no submission of this case has or had.
pub(super) async fn new_name(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
    action: Action,
) -> Result<FileName, CaseError> {
    loop {
        let name = random_name(context, action)?;
        if is_unused(session, case, None, &name).await? {
            return Ok(name);
        }
    }
}

/// The proposed name if it is still unused in the case and its folder; otherwise a new one.
pub(super) async fn confirmed_name(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
    folder: &DropFolder,
    proposed: &FileName,
) -> Result<FileName, CaseError> {
    let mut name = proposed.clone();
    while !is_unused(session, case, Some(folder), &name).await? {
        name = random_name(context, proposed.action())?;
    }
    Ok(name)
}

/// Names stay in the ledger and in receipts after the case is purged, so they do not contain the case ID.
fn random_name(context: &CaseContext<'_>, action: Action) -> Result<FileName, CaseError> {
    let verb = action.as_str().to_lowercase();
    let today = context.today().format("%Y%m%d");
    let code = Placeholders::default().draw()?.code;
    let name = format!("{verb}-{today}_case-{}.json", &code[..UNIQUE]);
    Ok(FileName::parse(name)?)
}

async fn is_unused(
    session: &Session,
    case: &CaseId,
    folder: Option<&DropFolder>,
    name: &FileName,
) -> Result<bool, CaseError> {
    let in_folder = folder.map_or(Ok(false), |folder| folder.is_used(name))?;
    let recorded = ledger::case_files(session, case).await?;
    let recorded = recorded.iter().any(|file| file.file == *name);
    let known = ledger::known(session, &case.drop_name(), name.as_str()).await?;
    Ok(!in_folder && !recorded && known.is_none())
}
