//! What earlier runs left: copies, submissions that they began, media objects that are still to be deleted.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::cli::CommandError;
use crate::cli::run::{Open, Runner, Summary, Wanted, unusable};
use crate::domain::care::CaseId;
use crate::drop::FileName;
use crate::ledger;
use crate::service::pipeline::{PipelineError, Report};
use crate::service::settings::DropConfig;
use crate::service::workspace::case_drop;
use crate::service::workspace::open_drop;

impl Runner<'_> {
    /// Removes copies that an earlier run did not come to remove, or whose submission another host completed.
    pub(super) async fn sweep_spool(&self) -> Result<(), CommandError> {
        let copies = self.spool.list()?;
        if copies.is_empty() {
            return Ok(());
        }
        for submission_id in ledger::left_over(&self.session, &copies).await? {
            self.spool.remove(submission_id)?;
        }
        Ok(())
    }

    /// Goes on with what earlier runs began and did not complete, whatever its date; once in a pass.
    pub(super) async fn finish_open(
        &self,
        open: &Open<'_>,
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        let job = self.job(open);
        for begun in ledger::open_submissions(&self.session, &open.drop.name).await? {
            if self.pace.is_interrupted() {
                break;
            }
            let told =
                |report: &Report| report.drop == open.drop.name && report.file == begun.file_name;
            if summary.submissions.iter().any(told) {
                continue;
            }
            let Ok(name) = FileName::parse(&begun.file_name) else {
                continue;
            };
            if matches!(open.wanted, Wanted::Files(files) if !files.contains(&name)) {
                continue;
            }
            let began = Instant::now();
            match job.resume(begun.submission_id, &begun.file_name).await {
                Ok(None) => {}
                Ok(Some(taken)) if self.is_stopped(open, &job, &taken, summary).await? => {}
                Ok(Some(taken)) => {
                    tracing::info!(file = %begun.file_name, "going on with a submission that an earlier run began");
                    let report = self.process(&job, &taken).await;
                    self.finish(open, &name, begun.submission_id, (report, began), summary)
                        .await?;
                }
                Err(PipelineError::Lost(taken)) => {
                    let report = job.without_content(*taken, begun.received_at).await;
                    self.finish(open, &name, begun.submission_id, (report, began), summary)
                        .await?
                }
                Err(error) => {
                    self.finish(
                        open,
                        &name,
                        begun.submission_id,
                        (Err(error), began),
                        summary,
                    )
                    .await?
                }
            }
        }
        Ok(())
    }

    /// Goes on with media objects that earlier logs did not wait for, until it is time for what is due.
    pub(super) async fn sweep_media(
        &self,
        open: &Open<'_>,
        give_up: tokio::time::Instant,
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        let job = self.job(open);
        // A customer's drop is swept by its own runs.
        if matches!(open.wanted, Wanted::Files(_)) && CaseId::of_drop(&open.drop.name).is_none() {
            return Ok(());
        }
        for waiting in ledger::open_media(&self.session, Some(&open.drop.name)).await? {
            let submission_id = waiting.submission_id;
            let Ok(name) = FileName::parse(&waiting.file_name) else {
                continue;
            };
            if !ledger::lock(&self.session, submission_id).await? {
                continue;
            }
            match job.sweep_media(submission_id, &name, give_up).await {
                Ok(Some(log)) => tracing::info!(%log, "all media objects of a submission are gone"),
                Ok(None) => {}
                Err(error) => self.failed(open, &name, error, summary)?,
            }
            ledger::unlock(&self.session, submission_id).await?;
        }
        Ok(())
    }

    /// The same for the folders of cases, none of whose submissions is carried out here: these were, after whatever look and
    /// approval `case run` asks for, and only what was promised then is still to be kept.
    pub(super) async fn sweep_cases(
        &self,
        give_up: tokio::time::Instant,
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        let nothing = Wanted::Files(BTreeSet::new());
        for drop in self.cases_to_sweep().await? {
            match open_drop(&drop) {
                Ok(folder) => {
                    let open = Open {
                        drop: &drop,
                        folder,
                        wanted: &nothing,
                    };
                    self.sweep_media(&open, give_up, summary).await?;
                }
                Err(error) => unusable(&drop, error, summary),
            }
        }
        Ok(())
    }

    /// The folders of cases with media objects that are still to be deleted.
    pub(super) async fn cases_to_sweep(&self) -> Result<Vec<DropConfig>, CommandError> {
        let (true, Some(care)) = (self.sweeps_cases, &self.world.config.care) else {
            return Ok(Vec::new());
        };
        let mut names: Vec<String> = Vec::new();
        for waiting in ledger::open_media(&self.session, None).await? {
            if names.last() != Some(&waiting.drop_name) {
                names.push(waiting.drop_name);
            }
        }
        let cases = names.iter().filter_map(|name| CaseId::of_drop(name));
        Ok(cases.map(|case| case_drop(care, &case)).collect())
    }
}
