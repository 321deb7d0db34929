//! One submission of a pass: taken, processed, reported.

use std::time::Instant;

use crate::domain::identifier::SubmissionId;
use crate::drop::{FileName, Fingerprint, Settling};
use crate::ledger;
use crate::service::ServiceError;
use crate::service::outcome::Outcome;
use crate::service::pipeline::{
    Pickup, PipelineError, Report, ReportState, SubmissionContext, TakenSubmission,
};
use crate::service::report::{Message, on_one_line};
use crate::service::runner::gate::Stage;
use crate::service::runner::left::Left;
use crate::service::runner::open_drop::Open;
use crate::service::runner::order::UnfinishedExports;
use crate::service::runner::state::Runner;
use crate::service::runner::summary::Summary;

/// A submission that was processed, or failed.
pub(super) struct Attempt {
    pub(crate) submission_id: SubmissionId,
    pub(crate) name: FileName,
    pub(crate) began: Instant,
    pub(crate) report: Result<Report, PipelineError>,
}

impl Runner<'_> {
    pub(super) async fn due_file(
        &self,
        open: &Open<'_>,
        name: &FileName,
        settling: Settling,
        unfinished: &UnfinishedExports,
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        match settling {
            Settling::Settled(fingerprint) => {
                self.pick_up(open, name, &fingerprint, unfinished, summary)
                    .await
            }
            Settling::Gone => Ok(()),
            Settling::Unsettled => {
                self.leave(open, name, Left::unsettled(), summary);
                Ok(())
            }
            Settling::Refused(refusal) => {
                self.leave(open, name, Left::refused(&refusal), summary);
                Ok(())
            }
        }
    }

    async fn pick_up(
        &self,
        open: &Open<'_>,
        name: &FileName,
        fingerprint: &Fingerprint,
        unfinished: &UnfinishedExports,
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        let context = self.submission_context(open);
        let began = Instant::now();
        match context.pick_up(name, fingerprint).await {
            Ok(Pickup::Taken(taken)) => {
                if self.waits(open, unfinished, &taken, summary).await?
                    || !self.may_process(open, &context, &taken, summary).await?
                {
                    return Ok(());
                }
                let report = self.process(&context, &taken).await;
                let attempt = Attempt {
                    submission_id: taken.submission_id,
                    name: taken.name,
                    began,
                    report,
                };
                return self.finish(open, attempt, summary).await;
            }
            Ok(Pickup::DoneBefore | Pickup::Elsewhere | Pickup::Gone) => {}
            Ok(Pickup::Unsettled) => self.leave(open, name, Left::unsettled(), summary),
            Ok(Pickup::Refused(refusal)) => {
                self.leave(open, name, Left::refused(&refusal), summary);
            }
            Ok(Pickup::Duplicate(result)) => {
                self.leave(open, name, Left::duplicate(result), summary);
            }
            Err(error) => self.failed(open, name, error, summary)?,
        }
        Ok(())
    }

    /// Asks the gate about a submission. One that may not be processed gives its name back, unless an earlier run has begun it.
    pub(super) async fn may_process(
        &self,
        open: &Open<'_>,
        context: &SubmissionContext<'_>,
        taken: &TakenSubmission,
        summary: &mut Summary,
    ) -> Result<bool, ServiceError> {
        let Some(gate) = self.context.gate else {
            return Ok(true);
        };
        let known = ledger::known(&self.session, &open.drop.name, taken.name.as_str()).await?;
        let stage = match known {
            Some(known) if known.state != ledger::State::Received => Stage::Resume,
            _ => Stage::Begin,
        };
        let refused = match gate.refuses(context, taken, stage).await {
            Ok(refused) => refused,
            Err(error) if error.is_lost_connection() => return Err(error),
            Err(error) => {
                self.give_back(context, taken, stage).await?;
                return Err(error);
            }
        };
        let Some(reason) = refused else {
            return Ok(true);
        };
        self.give_back(context, taken, stage).await?;
        let left = Left::disallowed(reason);
        self.leave(open, &taken.name, left, summary);
        Ok(false)
    }

    /// Leaves a submission that may not be processed as it was.
    async fn give_back(
        &self,
        context: &SubmissionContext<'_>,
        taken: &TakenSubmission,
        stage: Stage,
    ) -> Result<(), ServiceError> {
        match stage {
            Stage::Begin => context.withdraw(taken.submission_id).await?,
            Stage::Resume => ledger::unlock(&self.session, taken.submission_id).await?,
        }
        Ok(())
    }

    /// Reports a submission, and gives its lock back.
    pub(super) async fn finish(
        &self,
        open: &Open<'_>,
        attempt: Attempt,
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        let name = &attempt.name;
        match attempt.report {
            Ok(report) => {
                if report.tally.error > 0 || report.state == ReportState::Failed {
                    summary.raise(Outcome::Errors);
                }
                if let Some(reason) = &report.reason {
                    let message = match report.state {
                        ReportState::Failed => Message::error(reason),
                        _ => Message::note(reason),
                    };
                    self.report(message.of(open.place(name)));
                }
                self.note(report, Some(attempt.began.elapsed()), summary);
            }
            Err(error) => {
                self.failed(open, name, error, summary)?;
                // It may have failed inside a transaction, and the others of the pass need the session.
                self.session.rollback().await?;
            }
        }
        Ok(ledger::unlock(&self.session, attempt.submission_id).await?)
    }

    /// Reports a submission that could not be processed. A lost session fails the pass: another session continues with it,
    /// in this run or the next.
    pub(super) fn failed(
        &self,
        open: &Open<'_>,
        name: &FileName,
        error: PipelineError,
        summary: &mut Summary,
    ) -> Result<(), ServiceError> {
        if error.is_lost_connection() {
            return Err(error.into());
        }
        self.report(
            Message::error(&error)
                .of(open.place(name))
                .hint("nothing is lost, run again"),
        );
        let state = ReportState::Failed;
        let report = Report::unprocessed(&open.drop.name, name, state, Some(on_one_line(&error)));
        self.note(report, None, summary);
        summary.raise(match error.is_about_secret() {
            true => Outcome::Usage,
            false => Outcome::Failed,
        });
        Ok(())
    }

    /// Reports a file that is left where it is.
    pub(super) fn leave(
        &self,
        open: &Open<'_>,
        name: &FileName,
        left: Left,
        summary: &mut Summary,
    ) {
        self.report(Message::warning(&left.reason).of(open.place(name)));
        if left.state != ReportState::Unsettled {
            summary.raise(Outcome::Errors);
        }
        let drop = &open.drop.name;
        let reason = on_one_line(&left.reason);
        let report = Report {
            results: left.results,
            waits_for: left.waits_for,
            ..Report::unprocessed(drop, name, left.state, Some(reason))
        };
        self.note(report, None, summary);
    }
}
