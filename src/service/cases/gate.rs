//! The check before a run begins or resumes a submission of a case: it must be what was approved. The statement that begins or
//! resumes it requires the approval again; here a run says what is missing.

use std::io::Read as _;
use std::pin::Pin;

use super::context::CaseContext;
use super::dual_control::{Opened, check_approval};
use super::error::CaseError;
use super::plans::unless_unreadable;
use crate::domain::care::CaseId;
use crate::engine::plan_digest::{PlanRecord, Tolerance};
use crate::ledger::{self, PendingControl};
use crate::service::ServiceError;
use crate::service::pipeline::{PipelineError, SubmissionContext, TakenSubmission};
use crate::service::preview::{PreviewRequest, case_plan_key, preview};
use crate::service::runner::{Gate, Stage};

/// Most differences from the approved plan that a message lists.
const MAX_LISTED: usize = 10;

/// Lets a submission of a case pass if it is what was approved, or if it needs no approval and has none.
pub(crate) struct ApprovalGate<'a> {
    context: &'a CaseContext<'a>,
    case: &'a CaseId,
}

impl<'a> ApprovalGate<'a> {
    pub(crate) fn new(context: &'a CaseContext<'a>, case: &'a CaseId) -> ApprovalGate<'a> {
        ApprovalGate { context, case }
    }

    /// Why a submission may not be run; `None` if it may. What counts is its copy in the spool, which is what a run processes.
    async fn refusal(
        &self,
        submission: &SubmissionContext<'_>,
        taken: &TakenSubmission,
        stage: Stage,
    ) -> Result<Option<String>, CaseError> {
        let file = taken.name.as_str();
        let policy = self.context.policy(submission.session).await?;
        let needs_two = policy.two_people;
        let is_own = submission.drop.config.name == self.case.drop_name();
        if stage == Stage::Resume {
            return match needs_two && is_own {
                true => self.refusal_to_resume(submission, taken).await,
                false => Ok(None),
            };
        }
        let Some(approval) =
            ledger::approval(submission.session, &submission.drop.config.name, file).await?
        else {
            return Ok(needs_two.then(|| {
                "not run: it is not approved\n  detail: two people must agree on it\n  hint: preview and approve it with `lethe case preview`"
                    .to_owned()
            }));
        };
        let content = spooled(submission, taken)?;
        if needs_two && is_own {
            let opened = self.opened(submission, file).await?;
            if let Err(violation) = check_approval(opened.as_ref(), file, &content, &approval) {
                return Ok(Some(format!("not run: {violation}")));
            }
        }
        let tolerance = Tolerance {
            rows: policy.count_tolerance,
            percent: 0,
        };
        self.difference(submission, taken, content, (&approval.plan, tolerance))
            .await
    }

    /// Why a submission that was begun may not be resumed. Its counts are not compared: the run itself has changed them. One that
    /// is cancelled may end.
    async fn refusal_to_resume(
        &self,
        submission: &SubmissionContext<'_>,
        taken: &TakenSubmission,
    ) -> Result<Option<String>, CaseError> {
        let (session, file) = (submission.session, taken.name.as_str());
        let wish = ledger::pending_control(session, taken.submission_id).await?;
        if wish == Some(PendingControl::Cancel) {
            return Ok(None);
        }
        let hint = format!("\n  hint: `lethe cancel {file}` ends it");
        let drop = &submission.drop.config.name;
        let Some(approval) = ledger::approval(session, drop, file).await? else {
            return Ok(Some(format!(
                "not resumed: it is not approved\n  detail: two people must agree on it, and an earlier run has begun it{hint}"
            )));
        };
        let content = spooled(submission, taken)?;
        let opened = self.opened(submission, file).await?;
        let checked = check_approval(opened.as_ref(), file, &content, &approval);
        Ok(checked
            .err()
            .map(|violation| format!("not resumed: {violation}{hint}")))
    }

    /// Who opened a submission of the case, and with which content.
    async fn opened(
        &self,
        submission: &SubmissionContext<'_>,
        file: &str,
    ) -> Result<Option<Opened>, CaseError> {
        let files = ledger::case_files(submission.session, self.case).await?;
        Ok(Opened::find(files, file, submission.keyring)?)
    }

    /// How the submission differs from the approved plan. Its preview uses a session of its own, so that it does not touch
    /// what the run has staged.
    async fn difference(
        &self,
        submission: &SubmissionContext<'_>,
        taken: &TakenSubmission,
        content: Vec<u8>,
        (approved, tolerance): (&str, Tolerance),
    ) -> Result<Option<String>, CaseError> {
        let Ok(approved) = serde_json::from_str::<PlanRecord>(approved) else {
            return Ok(Some(
                "not run: it was approved with another version of lethe\n  hint: approve it again"
                    .to_owned(),
            ));
        };
        let session = submission.database.session().await?;
        let key = case_plan_key(self.context.workspace, &session).await?;
        let request = PreviewRequest {
            action: taken.name.action(),
            content,
        };
        let workspace = self.context.workspace;
        let current = preview(
            workspace,
            &session,
            submission.catalogue,
            submission.drop.config,
            request,
            &key,
        );
        let current = match unless_unreadable(current.await)? {
            Ok(preview) => preview.plan,
            Err(problem) => return Ok(Some(format!("not run: {problem}"))),
        };
        let differences = approved.differences(&current, tolerance);
        if differences.is_empty() {
            return Ok(None);
        }
        let mut listed: Vec<String> = differences
            .iter()
            .take(MAX_LISTED)
            .map(ToString::to_string)
            .collect();
        if differences.len() > MAX_LISTED {
            listed.push(format!("and {} more", differences.len() - MAX_LISTED));
        }
        Ok(Some(format!(
            "not run: it differs from what was approved\n  detail: {}\n  hint: preview it again and approve it",
            listed.join("; ")
        )))
    }
}

impl Gate for ApprovalGate<'_> {
    fn refuses<'a>(
        &'a self,
        context: &'a SubmissionContext<'a>,
        taken: &'a TakenSubmission,
        stage: Stage,
    ) -> Pin<Box<dyn Future<Output = Result<Option<String>, ServiceError>> + 'a>> {
        Box::pin(async move { Ok(self.refusal(context, taken, stage).await?) })
    }
}

fn spooled(
    submission: &SubmissionContext<'_>,
    taken: &TakenSubmission,
) -> Result<Vec<u8>, ServiceError> {
    let mut content = Vec::new();
    let mut file = submission.stores.spool.read(taken.submission_id)?;
    let read = file.read_to_end(&mut content);
    read.map_err(PipelineError::Read)?;
    Ok(content)
}
