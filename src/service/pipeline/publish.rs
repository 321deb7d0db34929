//! Publishes results.

use std::io::{self, Write};
use std::ops::Range;

use crate::domain::clock::ClockSource;
use crate::domain::identifier::SubmissionId;
use crate::domain::submission::{Document, Submission};
use crate::engine::execution_log;
use crate::ledger::{self, LedgerReceipt, Responses};
use crate::postgres::fault::point;
use crate::postgres::query::One;
use crate::service::pipeline::context::{SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;

/// The execution logs of a submission, ready to be written.
pub(super) struct Logs<'a> {
    pub(super) content: LogContent<'a>,
    /// Stated where it is not the system's.
    pub(super) clock: ClockSource,
}

/// What is in the execution logs of a submission.
pub(super) enum LogContent<'a> {
    Read {
        document: &'a Document,
        responses: Responses,
        /// The requests of each log.
        slices: Vec<Range<usize>>,
        contacts_per_log: usize,
    },
    /// The one log of a file that cannot be read as a submission.
    Unreadable(&'a str),
}

impl Logs<'_> {
    pub(super) fn len(&self) -> usize {
        match &self.content {
            LogContent::Read { slices, .. } => slices.len(),
            LogContent::Unreadable(_) => 1,
        }
    }

    pub(super) fn contacts_per_log(&self) -> usize {
        match &self.content {
            LogContent::Read {
                contacts_per_log, ..
            } => *contacts_per_log,
            LogContent::Unreadable(_) => 1,
        }
    }

    /// Writes one of the logs, by its number from 0.
    pub(super) fn write(&self, number: usize, out: &mut dyn Write) -> io::Result<()> {
        match &self.content {
            LogContent::Read {
                document,
                responses,
                slices,
                ..
            } => execution_log::write(out, document, slices[number].clone(), responses, self.clock),
            LogContent::Unreadable(problem) => {
                execution_log::write_unreadable(out, problem, self.clock)
            }
        }
    }
}

impl SubmissionContext<'_> {
    /// The logs of a submission that was read; where there is a receipt, split as when it was made.
    pub(super) async fn logs<'a>(
        &self,
        taken: &TakenSubmission,
        document: &'a Document,
        submission: &Submission,
        receipt: Option<&LedgerReceipt>,
    ) -> Result<Logs<'a>, PipelineError> {
        let contacts: Vec<usize> = submission
            .requests
            .iter()
            .map(|r| r.contacts.len())
            .collect();
        let contacts_per_log = match receipt {
            Some(receipt) => receipt.contacts_per_log,
            None => self.settings.max_contacts_per_log,
        };
        Ok(Logs {
            content: LogContent::Read {
                document,
                responses: ledger::responses(self.session, taken.submission_id).await?,
                slices: execution_log::slices(&contacts, contacts_per_log),
                contacts_per_log,
            },
            clock: self.clock_source(taken.submission_id).await?,
        })
    }

    /// The one log of a file that cannot be read as a submission.
    pub(super) async fn unreadable_log<'a>(
        &self,
        taken: &TakenSubmission,
        problem: &'a str,
    ) -> Result<Logs<'a>, PipelineError> {
        Ok(Logs {
            content: LogContent::Unreadable(problem),
            clock: self.clock_source(taken.submission_id).await?,
        })
    }

    /// Records that a submission is processed under `LETHE_NOW`. Once its receipt is made, its times and its logs are final.
    pub(super) async fn mark_rehearsal(
        &self,
        taken: &TakenSubmission,
        receipt: Option<&LedgerReceipt>,
    ) -> Result<(), PipelineError> {
        if receipt.is_none() && self.clock.source() == ClockSource::LetheNow {
            ledger::mark_rehearsal(self.session, taken.submission_id).await?;
        }
        Ok(())
    }

    /// Which clock the times of a submission are by.
    pub(super) async fn clock_source(
        &self,
        submission_id: SubmissionId,
    ) -> Result<ClockSource, PipelineError> {
        let One(clock) = ledger::clock_source(self.session, submission_id).await?;
        Ok(clock.source)
    }

    /// Publishes the receipt, if there is one, and then the execution logs, the first one last.
    pub(super) async fn publish(
        &self,
        taken: &TakenSubmission,
        logs: Logs<'_>,
        receipt: Option<LedgerReceipt>,
    ) -> Result<(), PipelineError> {
        if let Some(receipt) = self.receipt(taken, &logs, receipt).await? {
            self.publish_receipt(taken, &receipt).await?;
        }
        let unreadable = matches!(logs.content, LogContent::Unreadable(_));
        for number in (0..logs.len()).rev() {
            if !unreadable {
                point!(self.session, "log.before");
            }
            let name = taken.name.execution_log(number as u32 + 1);
            self.drop
                .folder
                .publish(&name, |out| logs.write(number, out))?;
            if unreadable {
                point!(self.session, "unreadable.published");
            } else {
                point!(self.session, "log.published");
            }
            self.note_published(taken, &name).await?;
            if !unreadable {
                point!(self.session, "log.noted");
            }
        }
        Ok(())
    }

    pub(super) async fn note_published(
        &self,
        taken: &TakenSubmission,
        name: &str,
    ) -> Result<(), PipelineError> {
        let now = self.clock.now();
        Ok(ledger::note_published(self.session, taken.submission_id, name, now).await?)
    }

    /// Whether a result is in the folder with the content that the ledger knows.
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
        let there = self
            .drop
            .folder
            .digest_of_result(name, u64::MAX, &taken.key)?;
        if there == Some(digest) {
            self.drop.folder.confirm_result(name)?;
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
