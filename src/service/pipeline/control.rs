//! Processing a submission until it is done, paused or cancelled by a control request of another session.

use std::time::Duration;

use crate::domain::request::Action;
use crate::domain::response::Response;
use crate::domain::submission::{Contact, Document, Submission};
use crate::engine::forget::Ending;
use crate::ledger::{self, Answer, Answers, PendingControl};
use crate::postgres::DatabaseError;
use crate::postgres::fault::point;
use crate::service::pipeline::context::{Answered, SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;

/// How often a run checks for a control request.
const CONTROL_INTERVAL: Duration = Duration::from_millis(500);

impl SubmissionContext<'_> {
    /// Processes the contacts that have no answer yet, unless a control request is pending.
    pub(super) async fn carry_out(
        &self,
        taken: &TakenSubmission,
        document: &Document,
        submission: &Submission,
    ) -> Result<Ending, PipelineError> {
        self.pacing.pace.begin();
        let mut wish = ledger::pending_control(self.session, taken.submission_id).await?;
        if wish.is_none() {
            let work = async {
                match taken.name.action() {
                    Action::Forget => self.forget(taken, document, submission).await,
                    Action::Export => self.export(taken, document, submission).await,
                }
            };
            let ending = tokio::select! {
                ending = work => ending?,
                () = self.watch_control(taken) => unreachable!("it never ends"),
            };
            if ending != Ending::Paused {
                return Ok(ending);
            }
            wish = ledger::pending_control(self.session, taken.submission_id).await?;
        }
        if wish != Some(PendingControl::Cancel) {
            return Ok(Ending::Paused);
        }
        self.cancel(taken, document, submission).await?;
        Ok(Ending::Cancelled)
    }

    /// Stops the work on a control request; never ends.
    async fn watch_control(&self, taken: &TakenSubmission) {
        if let Err(error) = self.poll_control(taken).await {
            // The work itself does not depend on it.
            tracing::warn!(%error, "control requests are not checked for this submission");
        }
        std::future::pending().await
    }

    async fn poll_control(&self, taken: &TakenSubmission) -> Result<(), DatabaseError> {
        tokio::time::sleep(CONTROL_INTERVAL).await;
        let session = self.database.session().await?;
        while ledger::pending_control(&session, taken.submission_id)
            .await?
            .is_none()
        {
            tokio::time::sleep(CONTROL_INTERVAL).await;
        }
        self.pacing.pace.stop();
        Ok(())
    }

    /// Cancels the current statement of a session, and rolls its transaction back.
    pub(super) async fn give_up(&self, process: i32) -> Result<(), PipelineError> {
        let other = self.database.session().await?;
        other.cancel(process).await?;
        Ok(self.session.rollback().await?)
    }

    /// Answers every contact that has no answer with an error; what was answered with success is searched once more, unless the
    /// submission lacks its approval.
    async fn cancel(
        &self,
        taken: &TakenSubmission,
        document: &Document,
        submission: &Submission,
    ) -> Result<(), PipelineError> {
        let scopes = match self.begin(taken, document, submission).await {
            Ok(scopes) => Some(scopes),
            Err(PipelineError::NotApproved) => {
                self.session.rollback().await?;
                None
            }
            Err(error) => return Err(error),
        };
        let answered = self.answered(taken, submission).await?;
        if let Some(scopes) = scopes.filter(|_| taken.name.action() == Action::Forget) {
            self.recheck(taken, submission, &scopes, &answered).await?;
            self.delete_media(taken).await?;
        }
        let response = Response::ProcessingFailed("cancelled".to_owned());
        let mut answers = Answers::new(taken.submission_id);
        for (contact, _) in answered
            .iter()
            .enumerate()
            .filter(|(_, answered)| **answered == Answered::Not)
        {
            let kind = match submission.contacts[contact] {
                Contact::Device(device) => Some(submission.devices[device.0 as usize].kind()),
                Contact::Refused(_) => None,
            };
            answers.push(Answer {
                position: submission.position(contact),
                kind,
                response: &response,
                row_counts: None,
            });
        }
        self.session.begin().await?;
        answers.write(self.session).await?;
        let malformed = submission.malformed_requests() as u64;
        let now = self.clock.now();
        ledger::answered(self.session, taken.submission_id, malformed, None, now).await?;
        point!(self.session, "cancel.before");
        self.session.commit().await?;
        point!(self.session, "cancel.committed");
        Ok(())
    }
}
