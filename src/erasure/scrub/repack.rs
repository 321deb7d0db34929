//! Rewriting tables with pg_repack. Its success is judged by its effect: the table has a new file, and pg_repack's trigger is
//! gone.

use std::time::Duration;

use super::estimate::{Rewriting, estimate};
use super::target::Target;
use super::times::Times;
use crate::domain::blocker::{Blocker, BlockerKind, Keeps};
use crate::domain::level::Level;
use crate::postgres::query::queries;
use crate::postgres::repack::{Repack, RepackEnd};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

/// The run time limit, as a multiple of the estimate, in addition to lock waits.
const SLOWER: u64 = 10;

/// Rewrites a table with pg_repack; returns what blocked it.
pub(super) async fn rewrite(
    repack: &Repack,
    session: &Session,
    target: &Target,
    times: Times,
) -> Result<Option<Blocker>, DatabaseError> {
    // pg_repack waits for every open transaction without a limit of its own.
    let guess = estimate(target, Level::Two, Rewriting::Repack)
        .seconds
        .unsigned_abs();
    let patience = times.lock + Duration::from_secs(SLOWER * guess);
    let left = times.statement.unwrap_or(Duration::MAX);
    let before = RepackState::read(session, target).await?;
    let end = repack
        .rewrite(&target.name, times.lock, patience.min(left))
        .await;
    let after = RepackState::read(session, target).await?;
    let outcome = match end {
        Some(RepackEnd::TimedOut) if left <= patience => Outcome::WindowEnded,
        Some(RepackEnd::TimedOut) => Outcome::TimedOut,
        Some(RepackEnd::Exited(status)) if !status.success() => Outcome::Failed(status.code()),
        Some(RepackEnd::Exited(_)) if before.file != after.file => Outcome::Rewritten,
        Some(RepackEnd::Exited(_)) => Outcome::Unchanged,
        None => Outcome::NotStarted,
    };
    Ok(match after.trigger {
        true => Some(trigger_left(target)),
        false => outcome.blocker(target),
    })
}

row! {
    /// The state of a table that pg_repack changes.
    #[derive(Default)]
    struct RepackState {
        file: Option<u32>,
        trigger: bool,
    }
}

queries! {
    fn repack_state(table: u32) -> Option<RepackState> = "scrub/repacked.sql";
}

impl RepackState {
    async fn read(session: &Session, target: &Target) -> Result<RepackState, DatabaseError> {
        let state = repack_state(session, target.oid).await?;
        Ok(state.unwrap_or_default())
    }
}

enum Outcome {
    Rewritten,
    /// It exited successfully without rewriting the table.
    Unchanged,
    TimedOut,
    WindowEnded,
    /// It failed with this exit code; `None`: a signal ended it.
    Failed(Option<i32>),
    NotStarted,
}

impl Outcome {
    fn blocker(&self, target: &Target) -> Option<Blocker> {
        let relation = target.relation();
        let (kind, name) = match self {
            Outcome::Rewritten => return None,
            Outcome::Unchanged => (
                BlockerKind::Lock,
                format!("{relation} was in use for longer than --wait"),
            ),
            Outcome::TimedOut => (
                BlockerKind::Lock,
                format!(
                    "pg_repack waits for all open transactions, and some lasted longer than --wait, so {relation} is unchanged"
                ),
            ),
            Outcome::WindowEnded => (
                BlockerKind::Window,
                format!("it ended before {relation} was done"),
            ),
            Outcome::Failed(code) => {
                let end = match code {
                    Some(code) => format!("exit code {code}"),
                    None => "a signal".to_owned(),
                };
                let name =
                    format!("pg_repack ended with {end} on {relation}; run it by hand to see why");
                (BlockerKind::Error, name)
            }
            Outcome::NotStarted => (
                BlockerKind::Error,
                "pg_repack could not be started; check that it is executable".to_owned(),
            ),
        };
        Some(Blocker::named(kind, Keeps::Rows, name))
    }
}

fn trigger_left(target: &Target) -> Blocker {
    let name = format!(
        "pg_repack left its trigger on {}, which keeps logging writes; drop and create the extension, then run again",
        target.relation()
    );
    Blocker::named(BlockerKind::Error, Keeps::Rows, name)
}
