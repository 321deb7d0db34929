//! Whether a case is known, and under which spelling.

use super::context::CaseContext;
use super::error::CaseError;
use super::pending::{CaseFilter, in_drops};
use crate::domain::care::CaseId;
use crate::ledger;
use crate::postgres::Session;

/// Fails if nothing is known of a case: it was not opened, has no folder, and no processed or pending submission names it.
pub(crate) async fn require_known(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
) -> Result<(), CaseError> {
    if ledger::case(session, case).await?.is_some()
        || context.folders.has(case)?
        || !ledger::case_submissions(session, case).await?.is_empty()
        || !in_drops(context, session, CaseFilter::Case(case))
            .await?
            .is_empty()
    {
        return Ok(());
    }
    Err(CaseError::Unknown(case.clone()))
}

/// Fails if a case is open whose ID some file systems treat as the same folder name.
pub(super) async fn require_same_spelling(
    session: &Session,
    case: &CaseId,
) -> Result<(), CaseError> {
    let cases = ledger::cases(session).await?;
    let existing = cases
        .into_iter()
        .map(|row| row.case)
        .find(|other| other != case && other.folded() == case.folded());
    match existing {
        None => Ok(()),
        Some(existing) => Err(CaseError::DifferentSpelling {
            case: case.clone(),
            existing: existing.to_string(),
        }),
    }
}
