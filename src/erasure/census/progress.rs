//! How far scrubs have treated each target since the erasure.

use chrono::{DateTime, Utc};

use super::ledger::Completion;
use crate::domain::identifier::{Lsn, ScrubId};
use crate::domain::level::Level;
use crate::erasure::scrub::{Target, TargetKind};

/// How far scrubs have treated a target since the erasure.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// The deepest completed level; `None`: incomplete at every level.
    pub(crate) level: Option<Level>,
    /// When that level was first completed.
    pub(crate) end: Option<CompletedAt>,
}

/// When a target was completed.
#[derive(Debug, Clone)]
pub(super) struct CompletedAt {
    pub(crate) time: DateTime<Utc>,
    pub(crate) lsn: Lsn,
    /// The same as the server writes it.
    pub(crate) position: String,
}

impl CompletedAt {
    fn of(completion: &Completion) -> CompletedAt {
        CompletedAt {
            time: completion.ended_at,
            lsn: completion.lsn,
            position: completion.position.clone(),
        }
    }
}

impl Progress {
    /// The progress of a target according to the completions of scrubs from `need` on.
    pub(crate) fn of(target: &Target, need: ScrubId, completions: &[Completion]) -> Progress {
        let relation = target.relation();
        let counts = |done: &&Completion| {
            let own = done.kind == target.kind && done.relation == relation;
            // Rewriting a table or view rebuilds its indexes.
            let rebuilt = target.kind == TargetKind::Index
                && done.level == Level::Two
                && matches!(done.kind, TargetKind::Table | TargetKind::View)
                && done.relation == target.on;
            done.scrub_id >= need && (own || rebuilt)
        };
        let done: Vec<&Completion> = completions.iter().filter(counts).collect();
        let level = done.iter().map(|done| done.level).max();
        let deepest = done.iter().filter(|done| Some(done.level) == level);
        let end = deepest.min_by_key(|done| done.lsn);
        Progress {
            level,
            end: end.map(|done| CompletedAt::of(done)),
        }
    }
}

/// Replaces the progress of the checkpoint: it counts only if it came after every rewrite.
pub(super) fn checkpoint_after_all(targets: &mut [(Target, Progress)], completions: &[Completion]) {
    let is_checkpoint = |target: &Target| target.kind == TargetKind::Checkpoint;
    let rewritten = |progress: &Progress| progress.level == Some(Level::Two);
    let others = targets
        .iter()
        .filter(|(target, progress)| !is_checkpoint(target) && rewritten(progress));
    let ends = others.filter_map(|(_, progress)| progress.end.as_ref());
    let last = ends.map(|end| end.lsn).max().unwrap_or(Lsn::new(0));
    for (_, progress) in targets.iter_mut().filter(|(t, _)| is_checkpoint(t)) {
        let after = completions
            .iter()
            .filter(|done| done.kind == TargetKind::Checkpoint && done.lsn >= last);
        let first = after.min_by_key(|done| done.lsn);
        *progress = Progress {
            level: first.map(|done| done.level),
            end: first.map(CompletedAt::of),
        };
    }
}

/// When the last target was completed, as time and WAL position; `None`: not all are complete. Indexes are cleaned together
/// with their tables, so they need no completion of their own.
pub(super) fn ended(targets: &[(Target, Progress)]) -> Option<(DateTime<Utc>, Lsn)> {
    let mut last = None;
    for (target, progress) in targets {
        match (target.kind, &progress.end) {
            (TargetKind::Checkpoint, _) | (TargetKind::Index, None) => {}
            (_, None) => return None,
            (_, Some(end)) => {
                let (time, lsn) = last.unwrap_or((end.time, end.lsn));
                last = Some((end.time.max(time), end.lsn.max(lsn)));
            }
        }
    }
    last
}
