//! Previews of the pending submissions of a case, with the digests by which they are approved.

use super::accounts::drop_of_case;
use super::context::CaseContext;
use super::error::CaseError;
use super::pending::{Location, PendingSubmission, pending};
use crate::catalogue::{Access, Catalogue};
use crate::domain::care::CaseId;
use crate::engine::preview::{Preview, PreviewError};
use crate::ledger::{self, CaseRow};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::preview::{PreviewRequest, case_plan_key, preview};
use crate::service::settings::DropConfig;

/// A pending submission with its preview.
pub(crate) struct PreviewedSubmission {
    pub(crate) submission: PendingSubmission,
    /// Or why a run would not accept the submission, or would answer none of its contacts.
    pub(crate) preview: Result<Preview, String>,
}

/// Previews all pending submissions of a case. Nothing is changed.
pub(crate) async fn previews(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
) -> Result<Vec<PreviewedSubmission>, CaseError> {
    let catalogue = context.workspace.catalogue(session, Access::Read).await?;
    let row = ledger::case(session, case).await?;
    let key = case_plan_key(context.workspace, session).await?;
    let mut all = Vec::new();
    for submission in pending(context, session, case).await? {
        let preview = match &submission.content {
            Err(problem) => Err(problem.clone()),
            Ok(content) => {
                let drop = drop_of(
                    context,
                    session,
                    &catalogue,
                    case,
                    row.as_ref(),
                    &submission,
                );
                let request = PreviewRequest {
                    action: submission.name.action(),
                    content: content.bytes.clone(),
                };
                let drop = drop.await?;
                let previewed =
                    preview(context.workspace, session, &catalogue, &drop, request, &key);
                unless_unreadable(previewed.await)?
            }
        };
        all.push(PreviewedSubmission {
            submission,
            preview,
        });
    }
    Ok(all)
}

/// Separates a submission that cannot be read, which is a result, from the errors that end the task.
pub(super) fn unless_unreadable(
    previewed: Result<Preview, ServiceError>,
) -> Result<Result<Preview, String>, ServiceError> {
    match previewed {
        Ok(preview) => Ok(Ok(preview)),
        Err(ServiceError::Preview(PreviewError::Unreadable(problem))) => Ok(Err(problem)),
        Err(error) => Err(error),
    }
}

/// The drop of a pending submission.
async fn drop_of(
    context: &CaseContext<'_>,
    session: &Session,
    catalogue: &Catalogue,
    case: &CaseId,
    row: Option<&CaseRow>,
    submission: &PendingSubmission,
) -> Result<DropConfig, CaseError> {
    let configured = context.workspace.drop_named(&submission.drop);
    match (&submission.location, configured) {
        (Location::Drop, Some(drop)) => Ok(drop.clone()),
        _ => drop_of_case(context, session, catalogue, case, row).await,
    }
}
