//! Approving a pending submission by the digest of its preview.

use super::context::CaseContext;
use super::dual_control::{DualControlViolation, Opened, check_dual_control};
use super::error::CaseError;
use super::pending::{Location, PendingSubmission};
use super::plans::{PreviewedSubmission, previews};
use crate::domain::care::CaseId;
use crate::domain::operator::{Operator, OsUser};
use crate::drop::FileName;
use crate::engine::plan_digest::is_digest;
use crate::engine::preview::Preview;
use crate::ledger::{self, ApprovedContent};
use crate::postgres::Session;

/// An approval that was recorded.
pub(crate) struct Approval {
    pub(crate) drop: String,
    pub(crate) file: FileName,
    /// The whole digest of the preview that was approved.
    pub(crate) digest: String,
    pub(crate) operator: Operator,
}

/// Why a submission was not approved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApprovalRefusal {
    #[error("no submission of this case is pending")]
    NothingPending,
    #[error(
        "the digest does not match any pending submission of this case: its preview has changed, or the digest is mistyped"
    )]
    UnknownDigest,
    #[error(transparent)]
    DualControl(#[from] DualControlViolation),
}

/// The result of a request for approval.
pub(crate) enum Decision {
    Approved(Approval),
    Refused(ApprovalRefusal),
}

/// Approves the pending submission whose current preview has this digest, if the operator may approve it.
pub(crate) async fn approve(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
    digest: &str,
    os_user: OsUser,
) -> Result<Decision, CaseError> {
    let all = previews(context, session, case).await?;
    let Some((submission, preview)) = with_digest(&all, digest) else {
        return Ok(Decision::Refused(match all.is_empty() {
            true => ApprovalRefusal::NothingPending,
            false => ApprovalRefusal::UnknownDigest,
        }));
    };
    let operator = Operator {
        os_user,
        database_user: ledger::database_user(session).await?,
    };
    let digest = match may_approve(context, session, case, submission, &operator).await? {
        Ok(digest) => digest,
        Err(violation) => return Ok(Decision::Refused(violation.into())),
    };
    let plan = serde_json::to_string(&preview.plan).expect("a plan can be written as JSON");
    let file = (&*submission.drop, submission.name.as_str());
    let now = context.workspace.clock.now();
    let approved = ApprovedContent {
        plan: &plan,
        digest: digest.as_ref(),
    };
    ledger::approve(session, case, file, approved, &operator, now).await?;
    Ok(Decision::Approved(Approval {
        drop: submission.drop.clone(),
        file: submission.name.clone(),
        digest: preview.digest.to_string(),
        operator,
    }))
}

fn with_digest<'a>(
    all: &'a [PreviewedSubmission],
    digest: &str,
) -> Option<(&'a PendingSubmission, &'a Preview)> {
    all.iter().find_map(|previewed| {
        let preview = previewed.preview.as_ref().ok()?;
        is_digest(digest, &preview.digest).then_some((&previewed.submission, preview))
    })
}

/// Whether the operator may approve a submission. Customers' files need no second person. Returns the digest of the content as it
/// was opened; `None` where nobody opened it.
async fn may_approve(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
    submission: &PendingSubmission,
    operator: &Operator,
) -> Result<Result<Option<[u8; 32]>, DualControlViolation>, CaseError> {
    if submission.location != Location::Case {
        return Ok(Ok(None));
    }
    let content = submission.content.as_ref();
    let content = content.expect("a submission with a preview was read");
    let files = ledger::case_files(session, case).await?;
    let file = submission.name.as_str();
    let opened = Opened::find(files, file, &context.workspace.keyring)?;
    let checked = check_dual_control(opened.as_ref(), file, &content.bytes, operator);
    Ok(match context.policy(session).await?.two_people {
        true => checked.map(Some),
        false => Ok(checked.ok()),
    })
}
