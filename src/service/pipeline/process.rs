//! One submission, from its copy in the spool to its published results.

use futures_util::try_join;

use crate::domain::identifier::SubmissionId;
use crate::domain::submission::{Document, Submission};
use crate::engine::forget::Ending;
use crate::ledger;
use crate::postgres::fault::point;
use crate::service::pipeline::context::{SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;
use crate::service::pipeline::report::{Report, ReportState};

impl SubmissionContext<'_> {
    /// Processes a taken submission from its copy in the spool to its published results.
    pub(crate) async fn process(&self, taken: &TakenSubmission) -> Result<Report, PipelineError> {
        self.drop.folder.check_writable(&taken.name)?;
        let content = self.read_spool(taken.submission_id)?;
        // With a receipt the answers are final, and only have to be published.
        let receipt = ledger::receipt(self.session, taken.submission_id).await?;
        self.mark_rehearsal(taken, receipt.as_ref()).await?;
        let mut cancelled = false;
        match Document::read_at_most(content, self.settings.max_submission_values) {
            Err(unreadable) => {
                let problem = unreadable.to_string();
                if receipt.is_none() {
                    self.answer_unreadable(taken, &problem).await?;
                }
                let logs = self.unreadable_log(taken, &problem).await?;
                self.publish(taken, logs, receipt).await?;
            }
            Ok(document) => {
                let submission =
                    Submission::parse(&document, taken.name.action(), self.drop.config.product);
                if receipt.is_none() {
                    match self.carry_out(taken, &document, &submission).await? {
                        Ending::Answered => {}
                        Ending::Paused => return self.paused(taken).await,
                        Ending::Cancelled => {
                            cancelled = true;
                            // Only this step knows of an archive that a crash left behind.
                            self.drop.folder.confirm_result(&taken.name.archive())?;
                        }
                    }
                }
                let logs = self
                    .logs(taken, &document, &submission, receipt.as_ref())
                    .await?;
                self.publish(taken, logs, receipt).await?;
            }
        }
        point!(self.session, "complete.before");
        ledger::complete(self.session, taken.submission_id, self.clock.now()).await?;
        point!(self.session, "complete.after");
        self.stores.spool.remove(taken.submission_id)?;
        let mut report = self.report(taken).await?;
        if cancelled {
            report.state = ReportState::Cancelled;
            report.reason =
                Some("cancelled; what had no answer is answered with an error".to_owned());
        }
        Ok(report)
    }

    pub(super) fn read_spool(&self, id: SubmissionId) -> Result<Vec<u8>, PipelineError> {
        let mut file = self.stores.spool.read(id)?;
        let mut content = Vec::with_capacity(file.metadata().map_or(0, |m| m.len() as usize));
        std::io::Read::read_to_end(&mut file, &mut content).map_err(PipelineError::Read)?;
        Ok(content)
    }

    pub(super) async fn answer_unreadable(
        &self,
        taken: &TakenSubmission,
        problem: &str,
    ) -> Result<(), PipelineError> {
        point!(self.session, "unreadable.before");
        ledger::answered(
            self.session,
            taken.submission_id,
            1,
            Some(problem),
            self.clock.now(),
        )
        .await?;
        point!(self.session, "unreadable.answered");
        Ok(())
    }

    pub(super) async fn paused(&self, taken: &TakenSubmission) -> Result<Report, PipelineError> {
        let mut report = self.report(taken).await?;
        report.state = ReportState::Paused;
        let wish = ledger::pending_control(self.session, taken.submission_id).await?;
        report.reason = Some(match wish {
            Some(_) => format!("paused; `lethe resume {}` resumes it", taken.name.as_str()),
            None if self.pacing.pace.is_interrupted() => {
                "the run was interrupted; the next run continues it".to_owned()
            }
            None => "the window is over; the next run continues it".to_owned(),
        });
        Ok(report)
    }

    pub(super) async fn report(&self, taken: &TakenSubmission) -> Result<Report, PipelineError> {
        let (row, results) = try_join!(
            ledger::row(self.session, taken.submission_id),
            ledger::results(self.session, taken.submission_id),
        )?;
        Ok(Report {
            file: taken.name.as_str().to_owned(),
            action: taken.name.action(),
            state: if row.error.is_some() {
                ReportState::Failed
            } else {
                ReportState::Done
            },
            contacts: row.contacts,
            tally: row.tally,
            rows: row.rows,
            results: results.into_iter().map(|file| file.name).collect(),
            drop: self.drop.config.name.clone(),
            reason: row.error,
            waits_for: Vec::new(),
        })
    }
}
