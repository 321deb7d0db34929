//! Continuing after a lost session, and after errors that a second try may not meet.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::catalogue::Access;
use crate::service::ServiceError;
use crate::service::pipeline::{PipelineError, Report, SubmissionContext, TakenSubmission};
use crate::service::runner::open_drop::Plans;
use crate::service::runner::state::Runner;

/// How often a pass starts over after a lost session, at most, without a transaction committed in between; and how often
/// while it narrows down the device that it loses its sessions to.
const RECONNECTIONS: u32 = 5;
const NARROWINGS: u32 = 20;
/// The first pause before reconnecting, and the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Runner<'_> {
    /// Takes a new session, and checks the catalogue against what it finds there: it may be another server.
    pub(super) async fn reconnect(&mut self, lost: ServiceError) -> Result<(), ServiceError> {
        let give_up = Instant::now() + self.context.settings.reconnect_for;
        let database = self.context.database;
        let mut pause = PAUSE;
        loop {
            if Instant::now() + pause >= give_up || self.pace.is_interrupted() {
                return Err(lost);
            }
            self.pace.wait(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            let Ok(session) = database.session().await else {
                continue;
            };
            if database.end_lost(&session).await.is_err() {
                continue;
            }
            match self
                .context
                .workspace
                .catalogue(&session, Access::Change)
                .await
            {
                Ok(catalogue) => {
                    self.plans = Plans::new(catalogue);
                    self.session = session;
                    return Ok(());
                }
                Err(error) if error.is_lost_connection() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Processes a taken submission; again, where only a further session was lost, or where an error is retryable that no
    /// device is answered for: an export's, or the ledger's.
    pub(super) async fn process(
        &self,
        context: &SubmissionContext<'_>,
        taken: &TakenSubmission,
    ) -> Result<Report, PipelineError> {
        let mut tries = 0;
        loop {
            match context.process(taken).await {
                Err(error)
                    if error.is_retryable()
                        && !self.session.is_closed()
                        && tries < RECONNECTIONS
                        && !self.pace.is_interrupted() =>
                {
                    tracing::warn!(%error, "trying the submission again after a retryable error");
                    tries += 1;
                    self.pace.wait(PAUSE * (1 << tries)).await;
                    // Whatever was in progress is done again.
                    self.session.rollback().await?;
                    self.context.database.end_lost(&self.session).await?;
                }
                ended => return ended,
            }
        }
    }
}

/// How many reconnections a pass has left.
pub(super) struct Budget {
    chunks: i64,
    losses: u64,
    reconnections: u32,
    narrowings: u32,
}

impl Budget {
    pub(super) fn new(runner: &Runner<'_>) -> Budget {
        Budget {
            chunks: runner.pace.counts.chunks.load(Ordering::Relaxed),
            losses: runner.quarantine.losses(),
            reconnections: 0,
            narrowings: 0,
        }
    }

    /// Whether the pass may take another session; it counts as used.
    pub(super) fn allows(&mut self, runner: &Runner<'_>) -> bool {
        let now = Budget::new(runner);
        let narrows = now.losses > self.losses;
        if now.chunks == self.chunks {
            self.losses = now.losses;
        } else {
            *self = now;
        }
        let (used, most) = match narrows {
            true => (&mut self.narrowings, NARROWINGS),
            false => (&mut self.reconnections, RECONNECTIONS),
        };
        *used += 1;
        *used <= most
    }
}
