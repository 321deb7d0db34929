//! A processed submission whose contacts with errors are to be corrected.

use std::path::Path;

use super::accounts::{OpenDrop, drop_named};
use super::content::processed_content;
use super::context::CaseContext;
use super::error::CaseError;
use super::known::require_known;
use crate::catalogue::Catalogue;
use crate::domain::care::{CaseId, FailedContact, failed_contacts};
use crate::domain::identifier::SubmissionId;
use crate::domain::response::Response;
use crate::domain::submission::{Document, Submission};
use crate::drop::FileName;
use crate::ledger::{self, CaseSubmission};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::control::find;
use crate::service::settings::DropConfig;

/// Which submission is to be corrected.
pub(crate) enum OriginalRequest<'a> {
    /// The submission of this name; in this drop if several have one.
    File {
        name: FileName,
        drop: Option<&'a Path>,
    },
    /// The last submission of a case in which contacts of the case were answered with errors.
    LastOf(CaseId),
}

/// A processed submission with its contacts that were answered with errors.
pub(crate) struct Original {
    pub(crate) drop: DropConfig,
    pub(crate) name: FileName,
    pub(crate) failed: Vec<FailedContact>,
    /// Submissions that were opened after this one was processed; they may correct the same contacts.
    pub(crate) later: Vec<String>,
    /// The case that was requested.
    pub(super) case: Option<CaseId>,
    pub(super) document: Document,
}

/// Reads the submission again: its content must be the one that was processed, and its answers come from the ledger. Fails if
/// no contact was answered with an error.
pub(crate) async fn original(
    context: &CaseContext<'_>,
    session: &Session,
    catalogue: &Catalogue,
    request: OriginalRequest<'_>,
) -> Result<Original, CaseError> {
    let found = match request {
        OriginalRequest::File { name, drop } => by_name(session, name, drop).await?,
        OriginalRequest::LastOf(case) => last_of(context, session, case).await?,
    };
    let name = found.name;
    let OpenDrop { config, folder } =
        drop_named(context, session, catalogue, &found.drop_name).await?;
    let content = processed_content(context, session, &found.drop_name, &folder, &name).await?;
    let limit = context.workspace.submission.max_submission_values;
    let document = Document::read_at_most(content, limit).map_err(|unreadable| {
        CaseError::UnreadableSubmission {
            file: name.clone(),
            problem: unreadable.to_string(),
        }
    })?;
    let submission = Submission::parse(&document, name.action(), config.product);
    let responses = ledger::responses(session, found.submission_id).await?;
    let mut failed = failed_contacts(&document, &submission, responses.iter());
    if let Some(case) = &found.case
        && found.drop_name != case.drop_name()
    {
        // A customer's file may name other cases.
        failed.retain(|contact| contact.case.as_deref() == Some(case.as_str()));
    }
    if failed.is_empty() {
        return Err(CaseError::NothingToCorrect(name));
    }
    Ok(Original {
        drop: config,
        name,
        failed,
        later: found.later,
        case: found.case,
        document,
    })
}

/// A processed submission in the ledger.
struct Found {
    submission_id: SubmissionId,
    drop_name: String,
    name: FileName,
    /// The case whose contacts are to be corrected; `None` for all of the submission.
    case: Option<CaseId>,
    later: Vec<String>,
}

async fn by_name(
    session: &Session,
    name: FileName,
    drop: Option<&Path>,
) -> Result<Found, CaseError> {
    let found = find(session, name.as_str(), drop)
        .await
        .map_err(ServiceError::from)?;
    match found.state {
        ledger::State::Done => Ok(Found {
            submission_id: found.submission_id,
            drop_name: found.drop,
            name,
            case: None,
            later: Vec::new(),
        }),
        _ => Err(CaseError::NotCompleted(name)),
    }
}

async fn last_of(
    context: &CaseContext<'_>,
    session: &Session,
    case: CaseId,
) -> Result<Found, CaseError> {
    require_known(context, session, &case).await?;
    let all = ledger::case_submissions(session, &case).await?;
    let with_errors = all.into_iter().rev().filter(|submission| {
        submission.state == ledger::State::Done
            && submission.tally.error > 0
            && submission.purged_at.is_none()
    });
    for submission in with_errors {
        let is_own = submission.drop == case.drop_name();
        let only = (!is_own).then(|| case.as_str());
        let answers = ledger::case_answers(session, submission.submission_id, only).await?;
        // In the folder of the case every error belongs to the case, also one that concerns the whole submission.
        if is_own || answers.iter().any(|a| Response::is_error_text(&a.response)) {
            return Ok(Found {
                submission_id: submission.submission_id,
                later: opened_later(session, &case, &submission).await?,
                name: submission.file,
                drop_name: submission.drop,
                case: Some(case),
            });
        }
    }
    Err(CaseError::NoErrors(case))
}

/// The submissions of a case that were opened after another one was received.
async fn opened_later(
    session: &Session,
    case: &CaseId,
    submission: &CaseSubmission,
) -> Result<Vec<String>, CaseError> {
    let files = ledger::case_files(session, case).await?;
    let later = files
        .into_iter()
        .filter(|file| file.opened_at > submission.received_at);
    Ok(later.map(|file| file.file.to_string()).collect())
}
