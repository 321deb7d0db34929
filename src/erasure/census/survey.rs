//! The context of a census while it asks.

use chrono::{DateTime, Utc};

use super::progress::Progress;
use crate::domain::census::{CleanFiles, Finding, Grade, Place};
use crate::domain::identifier::{Lsn, SubmissionId};
use crate::domain::level::Level;
use crate::domain::submission::Submission;
use crate::erasure::scrub::{Mark, Target, TargetKind};
use crate::postgres::{DatabaseError, Session};

/// The parameters of a census.
pub(crate) struct CensusOptions<'a> {
    /// Only what this submission changed; `None`: all submissions.
    pub(crate) submission_id: Option<SubmissionId>,
    /// The submission, if its file still exists: the census then searches for its devices.
    pub(crate) submission: Option<&'a Submission>,
    /// Changed columns, as `<schema>.<table>` and name.
    pub(crate) columns: &'a [(String, String)],
    /// How long backups and archived WAL are kept; `None`: unknown.
    pub(crate) backup_retention: Option<std::time::Duration>,
    /// How long results are kept, in days.
    pub(crate) retention_days: u32,
    pub(crate) now: DateTime<Utc>,
}

/// What a census knows while it asks.
pub(super) struct Survey<'a> {
    pub(crate) session: &'a Session,
    pub(crate) options: &'a CensusOptions<'a>,
    /// Tables that were changed.
    pub(crate) tables: Vec<String>,
    /// Changed tables that cannot be found. While there are any, nothing is called complete.
    pub(crate) missing_tables: Vec<String>,
    pub(crate) targets: Vec<(Target, Progress)>,
    /// The point up to which old values were written.
    pub(crate) mark: Mark,
    /// When the last target was completed, and the WAL position in bytes; `None`: not all are complete.
    pub(crate) ended: Option<(DateTime<Utc>, Lsn)>,
}

impl Survey<'_> {
    /// Since when the data files are clean: everything in them was rewritten after the erasure.
    pub(crate) fn files_clean(&self, findings: &[Finding]) -> Option<CleanFiles> {
        use Place::{Indexes, Rows, Statistics, Views};
        let in_files = |f: &&Finding| matches!(f.place, Rows | Indexes | Statistics | Views);
        let mut in_files = findings.iter().filter(in_files);
        if self.targets.is_empty() || in_files.any(|f| f.grade != Grade::Gone) {
            return None;
        }
        let ends = self.targets.iter();
        let ends: Vec<_> = ends.filter_map(|(_, p)| p.end.as_ref()).collect();
        // Time and position separately: the server's clock may have been set back meanwhile.
        let since = ends.iter().map(|end| end.time).max()?;
        let last = ends.iter().max_by_key(|end| end.lsn)?;
        Some(CleanFiles {
            since,
            position: last.position.clone(),
        })
    }

    /// The level at which every target is complete; `None`: some target is incomplete.
    pub(crate) fn level(&self, files_clean: Option<&CleanFiles>) -> Option<Level> {
        let (indexes, others): (Vec<_>, Vec<_>) = self
            .targets
            .iter()
            .filter(|(target, _)| target.kind != TargetKind::Checkpoint)
            .partition(|(target, _)| target.kind == TargetKind::Index);
        let is_done = |(_, progress): &&(Target, Progress)| progress.level.is_some();
        let unknown = self.targets.is_empty() || !self.missing_tables.is_empty();
        match unknown || !others.iter().all(is_done) {
            true => None,
            false if files_clean.is_some() => Some(Level::Two),
            false if indexes.iter().all(is_done) => Some(Level::OneAndHalf),
            false => Some(Level::One),
        }
    }

    /// Whether the rewritten files are on disk and the old ones are not.
    pub(crate) fn is_checkpointed(&self) -> bool {
        self.targets.iter().any(|(target, progress)| {
            target.kind == TargetKind::Checkpoint && progress.level == Some(Level::Two)
        })
    }

    /// The targets of some kinds.
    pub(super) fn targets_of(&self, kinds: &[TargetKind]) -> impl Iterator<Item = &Target> {
        let targets = self.targets.iter().map(|(target, _)| target);
        targets.filter(|target| kinds.contains(&target.kind))
    }

    /// The OIDs of targets of some kinds.
    pub(crate) fn oids(&self, kinds: &[TargetKind]) -> Vec<u32> {
        self.targets_of(kinds).map(|target| target.oid).collect()
    }
}

/// The result of a query, or `None` if this role may not run it or the server cannot answer it. A lost connection stays an
/// error.
pub(super) fn allowed<T>(result: Result<T, DatabaseError>) -> Result<Option<T>, DatabaseError> {
    match result {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if error.is_lost_connection() => Err(error),
        Err(_) => Ok(None),
    }
}
