//! Going on after a lost session, and with what may pass.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::cli::CommandError;
use crate::cli::run::{Runner, plans};
use crate::service::pipeline::{Job, PipelineError, Report, TakenSubmission};

impl Runner<'_> {
    /// Takes a new session, and holds the catalogue against what it finds there: it may be another server.
    pub(super) async fn reconnect(&mut self, lost: CommandError) -> Result<(), CommandError> {
        let give_up = Instant::now() + self.world.config.reconnect_for();
        let mut pause = Duration::from_millis(100);
        loop {
            if Instant::now() + pause >= give_up || self.pace.is_interrupted() {
                return Err(lost);
            }
            self.pace.wait(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
            let Ok(session) = self.database.session().await else {
                continue;
            };
            if self.database.end_lost(&session).await.is_err() {
                continue;
            }
            match self.world.catalogue(&session).await {
                Ok(catalogue) => {
                    self.plans = plans(&catalogue);
                    self.catalogue = catalogue;
                    self.session = session;
                    return Ok(());
                }
                Err(error) if error.is_lost_connection() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Carries a taken submission out; again, where only a further session was lost, or an error may pass that no device
    /// is answered for: an export's, or the ledger's.
    pub(super) async fn process(
        &self,
        job: &Job<'_>,
        taken: &TakenSubmission,
    ) -> Result<Report, PipelineError> {
        let mut tries = 0;
        loop {
            match job.process(taken).await {
                Err(error)
                    if error.is_retryable()
                        && !self.session.is_closed()
                        && tries < RECONNECTIONS
                        && !self.pace.is_interrupted() =>
                {
                    tracing::warn!(%error, "going on with the submission after an error that may pass");
                    tries += 1;
                    self.pace.wait(Duration::from_millis(100 << tries)).await;
                    // Whatever was under way is done again.
                    self.session.rollback().await?;
                    self.database.end_lost(&self.session).await?;
                }
                ended => return ended,
            }
        }
    }
}

/// How often a pass begins anew after it has lost its session, at most, without a transaction in between that was
/// committed; and how often while it narrows down which device it loses its sessions to.
const RECONNECTIONS: u32 = 5;
const NARROWINGS: u32 = 20;

/// What is left of these.
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
            losses: runner.suspects.losses(),
            reconnections: 0,
            narrowings: 0,
        }
    }

    /// Whether another session is worth having.
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
