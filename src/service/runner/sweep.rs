//! What earlier runs left behind: copies in the spool, open submissions, media objects that are still to be deleted.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::domain::care::CaseId;
use crate::ledger::{self, OpenSubmission};
use crate::service::ServiceError;
use crate::service::case_accounts::case_accounts;
use crate::service::outcome::Outcome;
use crate::service::pipeline::{PipelineError, Report};
use crate::service::report::Message;
use crate::service::runner::context::CaseSweep;
use crate::service::runner::open_drop::Open;
use crate::service::runner::order::{Turn, is_second};
use crate::service::runner::state::Runner;
use crate::service::runner::submission::Attempt;
use crate::service::runner::summary::Summary;
use crate::service::runner::target::Wanted;
use crate::service::settings::DropConfig;
use crate::service::workspace::{case_drop, open_drop};

impl Runner<'_> {
    /// Removes copies that an earlier run did not remove, or whose submission another host completed.
    pub(super) async fn sweep_spool(&self) -> Result<(), ServiceError> {
        let spool = &self.stores.spool;
        let copies = spool.list()?;
        if copies.is_empty() {
            return Ok(());
        }
        for submission_id in ledger::left_over(&self.session, &copies).await? {
            spool.remove(submission_id)?;
        }
        Ok(())
    }

    /// Continues what earlier runs began and did not complete, whatever its date; once in a pass. Returns what it could not
    /// continue because another session is processing it, or was when it looked.
    pub(super) async fn finish_open(
        &self,
        open: &Open<'_>,
        turn: Turn<'_>,
        summary: &mut Summary,
    ) -> Result<Vec<OpenSubmission>, ServiceError> {
        let drop = &open.drop.name;
        let mut left = Vec::new();
        for begun in ledger::open_submissions(&self.session, drop).await? {
            if self.pace.is_interrupted() {
                break;
            }
            if !turn.includes(&begun) {
                continue;
            }
            let name = begun.file_name.clone();
            let reported = |report: &Report| report.drop == *drop && report.file == name.as_str();
            if summary.submissions.iter().any(reported) {
                continue;
            }
            if matches!(open.wanted, Wanted::Files(files) if !files.contains(&name)) {
                continue;
            }
            let context = self.submission_context(open);
            let began = Instant::now();
            let report = match context.resume(begun.submission_id, &name).await {
                Ok(None) => {
                    left.push(begun);
                    continue;
                }
                Ok(Some(taken)) => {
                    if let Turn::Second(exports) = turn
                        && self.waits(open, exports, &taken, summary).await?
                    {
                        continue;
                    }
                    if !self.may_process(open, &context, &taken, summary).await? {
                        continue;
                    }
                    tracing::info!(file = %name, "continuing a submission that an earlier run began");
                    self.process(&context, &taken).await
                }
                Err(PipelineError::Lost(taken)) => {
                    context.without_content(*taken, begun.received_at).await
                }
                Err(error) => Err(error),
            };
            let attempt = Attempt {
                submission_id: begun.submission_id,
                name,
                began,
                report,
            };
            self.finish(open, attempt, summary).await?;
        }
        Ok(left)
    }

    /// The same for FORGETs that were taken and not begun, after the EXPORTs.
    pub(super) async fn finish_forgets(
        &self,
        open: &Open<'_>,
        summary: &mut Summary,
    ) -> Result<Vec<OpenSubmission>, ServiceError> {
        let begun = ledger::open_submissions(&self.session, &open.drop.name).await?;
        if !begun.iter().any(is_second) {
            return Ok(Vec::new());
        }
        let Some(exports) = self.unfinished_exports(open, summary).await? else {
            return Ok(Vec::new());
        };
        self.finish_open(open, Turn::Second(&exports), summary)
            .await
    }

    /// Reports submissions that another session still processes when a pass ends: they are not done, and this process cannot
    /// do them.
    pub(super) async fn report_held(
        &self,
        left: &[OpenSubmission],
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        for begun in left {
            let Some(holder) = ledger::holder(&self.session, begun.submission_id).await? else {
                continue;
            };
            self.report(
                Message::error(format!(
                    "{} is left alone: another session is processing it",
                    begun.file_name
                ))
                .detail(holder)
                .hint("wait for its end, or end that session if it hangs; then run again"),
            );
            summary.raise(Outcome::Failed);
        }
        Ok(())
    }

    /// Deletes media objects that earlier logs did not wait for, until `give_up`, when it is time for what is due.
    pub(super) async fn sweep_media(
        &self,
        open: &Open<'_>,
        give_up: tokio::time::Instant,
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        // A customer's drop is swept by its own runs.
        if matches!(open.wanted, Wanted::Files(_)) && CaseId::of_drop(&open.drop.name).is_none() {
            return Ok(());
        }
        let context = self.submission_context(open);
        for waiting in ledger::open_media(&self.session, Some(&open.drop.name)).await? {
            let submission_id = waiting.submission_id;
            let name = waiting.file_name;
            if !ledger::lock(&self.session, submission_id).await? {
                continue;
            }
            match context.sweep_media(submission_id, &name, give_up).await {
                Ok(Some(log)) => {
                    tracing::info!(%log, "all media objects of a submission are deleted");
                }
                Ok(None) => {}
                Err(error) => self.failed(open, &name, error, summary)?,
            }
            ledger::unlock(&self.session, submission_id).await?;
        }
        Ok(())
    }

    /// The same for the folders of cases. None of their submissions is processed here: only media objects of forgets that
    /// were processed, with whatever approval they needed, are deleted.
    pub(super) async fn sweep_cases(
        &self,
        give_up: tokio::time::Instant,
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        let nothing = Wanted::Files(BTreeSet::new());
        for mut drop in self.cases_to_sweep().await? {
            drop.accounts = self.accounts_of_case(&drop).await?;
            match open_drop(&drop) {
                Ok(folder) => {
                    let open = Open {
                        drop: &drop,
                        folder,
                        wanted: &nothing,
                    };
                    self.sweep_media(&open, give_up, summary).await?;
                }
                Err(error) => self.unusable(&drop, error, summary),
            }
        }
        Ok(())
    }

    /// The accounts whose media objects a case may delete.
    async fn accounts_of_case(&self, drop: &DropConfig) -> Result<Vec<String>, ServiceError> {
        let (Some(care), Some(case)) = (&self.context.workspace.care, CaseId::of_drop(&drop.name))
        else {
            return Ok(Vec::new());
        };
        let (session, catalogue) = (&self.session, &self.plans.catalogue);
        let row = ledger::case(session, &case).await?;
        let accounts = case_accounts(session, catalogue, care, row.as_ref()).await?;
        Ok(accounts.unwrap_or_default().reached)
    }

    /// The folders of cases with media objects that are still to be deleted.
    pub(super) async fn cases_to_sweep(&self) -> Result<Vec<DropConfig>, ServiceError> {
        let care = match self.context.settings.cases {
            CaseSweep::Included => self.context.workspace.care.as_ref(),
            CaseSweep::Excluded => None,
        };
        let Some(care) = care else {
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
