//! A submission whose content is lost: the host with its copy is gone, and the file in the drop is gone or differs.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ledger::{self, PendingControl};
use crate::service::pipeline::context::{SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;
use crate::service::pipeline::report::Report;

/// How long to wait for the host with the copy.
const WAIT: TimeDelta = TimeDelta::days(1);

impl SubmissionContext<'_> {
    /// Answers with a log that says so, a day after the submission was received or as soon as a DBA cancels it; else the
    /// error stands, and a later run sees whether the copy has come back.
    pub(crate) async fn without_content(
        &self,
        taken: TakenSubmission,
        received_at: DateTime<Utc>,
    ) -> Result<Report, PipelineError> {
        let wish = ledger::pending_control(self.session, taken.submission_id).await?;
        let is_over = match wish {
            Some(PendingControl::Cancel) => true,
            Some(PendingControl::Pause) => false,
            None => self.clock.now() - received_at >= WAIT,
        };
        let row = ledger::row(self.session, taken.submission_id).await?;
        let receipt = ledger::receipt(self.session, taken.submission_id).await?;
        // A receipt vouches for logs that nobody can write without the content: then the copy must come back.
        let is_vouched_for = receipt.is_some() && row.error.is_none();
        if !is_over || is_vouched_for {
            return Err(PipelineError::Lost(Box::new(taken)));
        }
        let problem = match row.error {
            Some(problem) => problem,
            None => self.lost_message(&taken).await?,
        };
        self.mark_rehearsal(&taken, receipt.as_ref()).await?;
        if receipt.is_none() {
            self.delete_media(&taken).await?;
            self.answer_unreadable(&taken, &problem).await?;
        }
        let logs = self.unreadable_log(&taken, &problem).await?;
        self.publish(&taken, logs, receipt).await?;
        ledger::complete(self.session, taken.submission_id, self.clock.now()).await?;
        self.report(&taken).await
    }

    /// The error in the log of a submission whose content is lost.
    async fn lost_message(&self, taken: &TakenSubmission) -> Result<String, PipelineError> {
        let progress = ledger::progress(self.session, taken.submission_id).await?;
        let (answered, contacts) = progress.map_or((0, 0), |p| (p.answered, p.contacts));
        Ok(format!(
            "the content of this submission was lost before its log was written: the machine that had taken it is gone, and \
             the file was removed or changed; {answered} of {contacts} contacts had been processed; submit it again under a new name"
        ))
    }
}
