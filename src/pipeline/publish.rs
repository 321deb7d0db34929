//! Publishing results.

use super::{Job, PipelineError, TakenSubmission};
use crate::execution_log;
use crate::fault::point;
use crate::ledger;
use crate::submission::{Document, Submission};

impl Job<'_> {
    /// Publishes the execution logs, the first one last.
    pub(super) async fn publish_logs(
        &self,
        taken: &TakenSubmission,
        document: &Document,
        submission: &Submission,
    ) -> Result<(), PipelineError> {
        let responses = ledger::responses(self.session, taken.submission_id).await?;
        let contacts: Vec<usize> = submission
            .requests
            .iter()
            .map(|r| r.contacts.len())
            .collect();
        let slices = execution_log::slices(&contacts, self.config.max_contacts_per_log());
        for (number, requests) in slices.into_iter().enumerate().rev() {
            point!(self.session, "log.before");
            let name = taken.name.execution_log(number as u32 + 1);
            self.folder.publish(&name, |out| {
                execution_log::write(out, document, requests, &responses)
            })?;
            point!(self.session, "log.published");
            self.note_published(taken, &name).await?;
            point!(self.session, "log.noted");
        }
        Ok(())
    }

    /// Publishes the log of a file that cannot be read as a submission.
    pub(super) async fn publish_unreadable(
        &self,
        taken: &TakenSubmission,
        problem: &str,
    ) -> Result<(), PipelineError> {
        let name = taken.name.execution_log(1);
        self.folder
            .publish(&name, |out| execution_log::write_unreadable(out, problem))?;
        point!(self.session, "unreadable.published");
        self.note_published(taken, &name).await
    }

    async fn note_published(
        &self,
        taken: &TakenSubmission,
        name: &str,
    ) -> Result<(), PipelineError> {
        let now = self.clock.now();
        Ok(ledger::note_published(self.session, taken.submission_id, name, now).await?)
    }

    /// Whether a result lies in the folder just as the ledger knows it.
    pub(super) async fn is_published(
        &self,
        taken: &TakenSubmission,
        name: &str,
    ) -> Result<bool, PipelineError> {
        let results = ledger::results(self.session, taken.submission_id).await?;
        let Some(digest) = results
            .into_iter()
            .find(|r| r.name == name)
            .and_then(|r| r.digest)
        else {
            return Ok(false);
        };
        let there = self.folder.digest_of_result(name, u64::MAX, &taken.key)?;
        if there == Some(digest) {
            self.folder.confirm_result(name)?;
            self.note_published_digest(taken, name, &digest).await?;
        }
        Ok(there == Some(digest))
    }

    async fn note_published_digest(
        &self,
        taken: &TakenSubmission,
        name: &str,
        digest: &[u8; 32],
    ) -> Result<(), PipelineError> {
        let now = Some(self.clock.now());
        Ok(ledger::note_result(self.session, taken.submission_id, name, Some(digest), now).await?)
    }
}
