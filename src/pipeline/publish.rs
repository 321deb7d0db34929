//! Publishing results, and deleting the media objects that a log waits for.

use std::time::Instant;

use super::{Job, PipelineError, TakenSubmission};
use crate::drop_folder::FileName;
use crate::execution_log;
use crate::ledger;
use crate::media::MediaError;
use crate::statement::{media_clear, media_uri};
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
            let name = taken.name.execution_log(number as u32 + 1);
            self.folder.publish(&name, |out| {
                execution_log::write(out, document, requests, &responses)
            })?;
            self.note_published(taken, &name).await?;
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

    /// Deletes the media objects in the outbox, waiting up to `media_wait` for a store that refuses; contacts
    /// whose objects remain are answered with their error.
    pub(super) async fn delete_media(&self, taken: &TakenSubmission) -> Result<(), PipelineError> {
        let give_up = Instant::now() + self.config.media_wait();
        let mut pause = std::time::Duration::from_millis(100);
        loop {
            let mut passing = false;
            for (table, row_key) in ledger::media_rows(self.session, taken.submission_id).await? {
                if let Err(error) = self
                    .delete_object(taken.submission_id, &table, &row_key)
                    .await?
                {
                    passing |= error.is_passing();
                    ledger::media_failed(
                        self.session,
                        taken.submission_id,
                        &table,
                        &row_key,
                        &error.to_string(),
                    )
                    .await?;
                }
            }
            if !passing || Instant::now() + pause >= give_up {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(std::time::Duration::from_secs(10));
        }
        ledger::refuse_media(self.session, taken.submission_id).await?;
        Ok(())
    }

    /// Goes on with media objects that an execution log did not wait for; when all are gone, says so in the media log.
    /// Returns the log's name where it was published.
    pub async fn sweep_media(
        &self,
        submission_id: i64,
        name: &FileName,
    ) -> Result<Option<String>, PipelineError> {
        for (table, row_key) in ledger::media_rows(self.session, submission_id).await? {
            if let Err(error) = self.delete_object(submission_id, &table, &row_key).await? {
                let reason = error.to_string();
                ledger::media_failed(self.session, submission_id, &table, &row_key, &reason)
                    .await?;
            }
        }
        if !ledger::media_rows(self.session, submission_id)
            .await?
            .is_empty()
        {
            return Ok(None);
        }
        let late = ledger::late_media(self.session, submission_id).await?;
        let log = name.media_log();
        self.folder
            .publish(&log, |out| execution_log::write_media_log(out, &late))?;
        ledger::note_result(
            self.session,
            submission_id,
            &log,
            None,
            Some(self.clock.now()),
        )
        .await?;
        Ok(Some(log))
    }

    /// Deletes the object of one media row and clears its URI, in one transaction that holds the row.
    async fn delete_object(
        &self,
        submission_id: i64,
        table: &str,
        row_key: &str,
    ) -> Result<Result<(), MediaError>, PipelineError> {
        let Some((_, found)) = self
            .catalogue
            .tables()
            .find(|(_, t)| t.name.plain() == table)
        else {
            return Ok(Err(MediaError::NoStore));
        };
        let (Some(uri), Some(clear)) = (media_uri(found), media_clear(found)) else {
            return Ok(Err(MediaError::NoStore));
        };
        self.session.begin().await?;
        let deleted = match self.session.query_opt(&uri, &[&row_key]).await? {
            // The row or its URI is gone: there is nothing to delete.
            None => Ok(()),
            Some(row) => match self.media {
                None => Err(MediaError::NoStore),
                Some(media) => media.delete(row.get(0)).map(drop),
            },
        };
        if deleted.is_ok() {
            self.session.execute(&clear, &[&row_key]).await?;
            ledger::media_done(
                self.session,
                submission_id,
                table,
                row_key,
                self.clock.now(),
            )
            .await?;
        }
        self.session.commit().await?;
        Ok(deleted)
    }
}
