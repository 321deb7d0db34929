//! An EXPORT: the archive is written, the answers are recorded, the archive is published.

use std::collections::BTreeMap;

use crate::catalogue::plan::Staging;
use crate::domain::identifier::Ordinal;
use crate::domain::submission::{Document, Submission, request_case};
use crate::engine::ExecuteError;
use crate::engine::archive::{Archive, request_folder};
use crate::engine::export::Export;
use crate::engine::forget::Ending;
use crate::ledger::{self, Answers};
use crate::postgres::fault::point;
use crate::service::pipeline::context::{Answered, SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;

impl SubmissionContext<'_> {
    /// Writes the archive, records the answers, publishes the archive.
    pub(super) async fn export(
        &self,
        taken: &TakenSubmission,
        document: &Document,
        submission: &Submission,
    ) -> Result<Ending, PipelineError> {
        let archive_name = taken.name.archive();
        if self.is_published(taken, &archive_name).await? {
            return Ok(Ending::Answered);
        }
        if self.pacing.pace.is_over() {
            return Ok(Ending::Paused);
        }
        let scopes = self.begin(taken, document, submission).await?;
        ledger::restart_export(self.session, taken.submission_id).await?;
        let answered = self.answered(taken, submission).await?;
        let staging = Staging::new(submission, &scopes, |contact, _| {
            answered[contact] == Answered::Not
        });
        let folder = |request: Ordinal| {
            let index = request.index();
            let raw = document.requests_in(index..index + 1).next();
            request_folder(index + 1, raw.and_then(request_case).as_deref())
        };
        let export = Export {
            session: self.session,
            plan: self.plan,
            submission,
            staging: &staging,
            limits: &self.settings.limits,
            submission_id: taken.submission_id,
            progress: self.progress,
        };
        self.progress
            .begin(taken.name.as_str(), staging.devices.len() as u64);
        let mut archive = Archive::create(self.drop.folder.begin(&archive_name)?, &taken.key);
        let process = self.session.process().await?;
        let exported = tokio::select! {
            exported = export.run(&mut archive, folder) => exported?,
            () = self.pacing.pace.stopped() => {
                self.give_up(process).await?;
                return Ok(Ending::Paused);
            }
        };
        let (answers, rows) = exported;
        point!(self.session, "export.written");
        let written = archive.finish().await.map_err(ExecuteError::Archive)?;
        let exported = Exported {
            answers,
            rows,
            digest: written.digest,
        };
        self.record_export(taken, submission, exported).await?;
        written.file.publish()?;
        point!(self.session, "export.published");
        let now = Some(self.clock.now());
        let id = taken.submission_id;
        ledger::note_result(self.session, id, &archive_name, Some(&written.digest), now).await?;
        Ok(Ending::Answered)
    }

    /// Records the answers, and the archive that is written and not published yet.
    async fn record_export(
        &self,
        taken: &TakenSubmission,
        submission: &Submission,
        exported: Exported,
    ) -> Result<(), PipelineError> {
        let (session, id) = (self.session, taken.submission_id);
        let archive_name = taken.name.archive();
        session.begin().await?;
        exported.answers.write(session).await?;
        ledger::add_table_counts(session, id, &exported.rows, 0).await?;
        ledger::note_result(session, id, &archive_name, Some(&exported.digest), None).await?;
        let malformed = submission.malformed_requests() as u64;
        ledger::answered(session, id, malformed, None, self.clock.now()).await?;
        point!(session, "export.before");
        session.commit().await?;
        point!(session, "export.committed");
        Ok(())
    }
}

/// An archive that is written, with the answers that go with it.
struct Exported {
    answers: Answers,
    /// Rows by table.
    rows: BTreeMap<String, i64>,
    /// The keyed digest of the archive.
    digest: [u8; 32],
}
