//! One pass over drops.

use std::time::{Duration, Instant};

use crate::domain::level::Level;
use crate::domain::request::Action;
use crate::drop::{Entry, FileName, Settling, settle};
use crate::erasure::scrub::ScrubReport;
use crate::service::ServiceError;
use crate::service::report::Message;
use crate::service::runner::context::PassContext;
use crate::service::runner::observer::EndedPass;
use crate::service::runner::open_drop::Open;
use crate::service::runner::order::{Turn, UnfinishedExports};
use crate::service::runner::reconnect::Budget;
use crate::service::runner::state::Runner;
use crate::service::runner::summary::{Pass, Summary};
use crate::service::runner::target::Target;
use crate::service::scrub;
use crate::service::sealing::seal_keys;
use crate::service::workspace::open_drop;

/// How often an observer gets the counters while a pass is running.
const OBSERVATION_INTERVAL: Duration = Duration::from_secs(3);

impl Runner<'_> {
    /// Runs one pass. The summary also holds what was done before an error.
    pub(crate) async fn pass(&mut self, targets: &[Target<'_>]) -> Pass {
        let began = Instant::now();
        let mut summary = Summary::new();
        let mut ended = self.pass_with_reconnections(targets, &mut summary).await;
        if ended.is_ok() {
            ended = self.scrub_at_end(&mut summary).await;
        }
        let pass = Pass { summary, ended };
        if let Some(observer) = self.context.observer {
            let ended = EndedPass {
                took: began.elapsed(),
                outcome: pass.outcome(),
            };
            observer.ended(ended, self.counters(), self.context.workspace.clock.now());
        }
        pass
    }

    /// Scrubs where a level is configured and the pass has time left.
    async fn scrub_at_end(&self, summary: &mut Summary) -> Result<(), ServiceError> {
        let Some(level) = self.context.settings.scrub.filter(|_| !self.pace.is_over()) else {
            return Ok(());
        };
        if let Some(report) = self.scrub(level).await? {
            summary.raise(scrub::outcome(&report));
            summary.scrub = Some(report);
        }
        Ok(())
    }

    /// Scrubs what passes left below SQL; `None` where nothing was due. Whatever this process has staged is discarded
    /// first, and the sessions of workers are closed.
    pub(crate) async fn scrub(&self, level: Level) -> Result<Option<ScrubReport>, ServiceError> {
        self.session.discard_temp().await?;
        let PassContext {
            workspace,
            database,
            reporter,
            ..
        } = self.context;
        database.close_idle();
        // A session of its own: the settings of the other are those of forgets.
        let session = database.session().await?;
        scrub::after_pass(workspace, &session, &self.pace, level, reporter).await
    }

    async fn pass_with_reconnections(
        &mut self,
        targets: &[Target<'_>],
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        let mut budget = Budget::new(self);
        loop {
            let ended = tokio::select! {
                ended = self.process_all(targets, summary) => ended,
                () = self.observe() => unreachable!("it never ends"),
            };
            match ended {
                Err(error)
                    if error.is_lost_connection()
                        && !self.pace.is_interrupted()
                        && budget.allows(self) =>
                {
                    self.report(
                        Message::warning("the connection to the server is lost; reconnecting")
                            .detail(&error),
                    );
                    self.reconnect(error).await?;
                }
                ended => return ended,
            }
        }
    }

    /// Gives the counters to the observer, again and again; never ends.
    async fn observe(&self) {
        loop {
            tokio::time::sleep(OBSERVATION_INTERVAL).await;
            if let Some(observer) = self.context.observer {
                observer.counted(self.counters(), self.context.workspace.clock.now());
            }
        }
    }

    /// Processes what earlier runs left open first, then what is due; in each drop EXPORTs first, then FORGETs that have not begun.
    async fn process_all(
        &self,
        targets: &[Target<'_>],
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        let PassContext {
            workspace,
            reporter,
            ..
        } = &self.context;
        seal_keys(&workspace.keyring, &self.session, *reporter).await?;
        let open = self.open(targets, summary)?;
        self.observe_backlog(&open).await?;
        self.sweep_spool().await?;
        for open in &open {
            self.finish_open(open, Turn::First, summary).await?;
        }
        let wait = self.context.workspace.submission.media_wait;
        let give_up = tokio::time::Instant::now() + wait;
        for open in &open {
            self.sweep_media(open, give_up, summary).await?;
        }
        self.sweep_cases(give_up, summary).await?;
        for (open, due) in open.iter().zip(self.settled(&open, summary).await) {
            self.due_files_of(open, due, summary).await?;
        }
        // Another process may have left something open meanwhile, or still be at work.
        for open in &open {
            let mut left = self.finish_open(open, Turn::First, summary).await?;
            left.extend(self.finish_forgets(open, summary).await?);
            self.report_held(&left, summary).await?;
        }
        self.context.reporter.end_progress();
        self.observe_media(&open).await
    }

    /// Processes the due files of a drop: the EXPORTs, then the FORGETs that share no device with an EXPORT that is still unfinished.
    async fn due_files_of(
        &self,
        open: &Open<'_>,
        due: Vec<(FileName, Settling)>,
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        let is_export = |(name, _): &(FileName, Settling)| name.action() == Action::Export;
        let (exports, forgets): (Vec<_>, Vec<_>) = due.into_iter().partition(is_export);
        let nothing = UnfinishedExports::default();
        self.due_files(open, exports, &nothing, summary).await?;
        if forgets.is_empty() {
            self.finish_forgets(open, summary).await?;
            return Ok(());
        }
        let Some(unfinished) = self.unfinished_exports(open, summary).await? else {
            return Ok(());
        };
        let turn = Turn::Second(&unfinished);
        self.finish_open(open, turn, summary).await?;
        self.due_files(open, forgets, &unfinished, summary).await
    }

    async fn due_files(
        &self,
        open: &Open<'_>,
        files: Vec<(FileName, Settling)>,
        unfinished: &UnfinishedExports,
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        for (name, settling) in files {
            if self.pace.is_interrupted() {
                break;
            }
            self.due_file(open, &name, settling, unfinished, summary)
                .await?;
        }
        Ok(())
    }

    /// Opens the folders. A drop that cannot be used does not stop the others, but an only one does.
    fn open<'b>(
        &self,
        targets: &'b [Target<'_>],
        summary: &mut Summary,
    ) -> Result<Vec<Open<'b>>, ServiceError> {
        let mut open = Vec::new();
        for target in targets {
            match open_drop(target.drop) {
                Ok(folder) => open.push(Open {
                    drop: target.drop,
                    folder,
                    wanted: &target.wanted,
                }),
                Err(error) if targets.len() == 1 => return Err(error.into()),
                Err(error) => self.unusable(target.drop, error, summary),
            }
        }
        Ok(open)
    }

    /// The due files of each drop, after two looks. A drop that became unreadable has none, and does not stop the others.
    async fn settled(
        &self,
        open: &[Open<'_>],
        summary: &mut Summary,
    ) -> Vec<Vec<(FileName, Settling)>> {
        let mut look = |open: &Open| -> Vec<Entry> {
            let due = |entry: &Entry| matches!(entry, Entry::Proper { name, .. } if open.wanted.has(name));
            match open.folder.look() {
                Ok(entries) => entries.into_iter().filter(due).collect(),
                Err(error) => {
                    self.unusable(open.drop, error, summary);
                    Vec::new()
                }
            }
        };
        let first: Vec<_> = open.iter().map(&mut look).collect();
        let pause = self.context.settings.settle;
        if pause.is_zero() || first.iter().all(Vec::is_empty) {
            return first.iter().map(|look| settle(look, look)).collect();
        }
        self.pace.wait(pause).await;
        let second: Vec<_> = open.iter().map(look).collect();
        let looks = first.iter().zip(&second);
        looks.map(|(first, second)| settle(first, second)).collect()
    }
}
