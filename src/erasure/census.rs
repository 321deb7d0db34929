//! The census: what may still hold old values of what was forgotten, for each table that forgets have changed and for the
//! server as a whole.
//!
//! Everything is asked with the rights that the role has. What it may not see is unknown, never clean; and a place is only
//! called gone or unreachable where a scrub has noted that it completed it ([`crate::erasure::scrub`]), or where nothing is.

mod cluster;
mod finding;
pub mod ledger;
mod offsite;
mod tables;
pub mod values;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use finding::{Finding, Grade, Place};

use crate::domain::identifier::{ScrubId, SubmissionId};
use crate::domain::level::Level;
use crate::domain::submission::Submission;
use crate::erasure::census::ledger::Completion;
use crate::erasure::scrub::horizon::{self, Holder, HolderKind, Keeps, Mark};
use crate::erasure::scrub::{Unit, UnitKind};
use crate::postgres::{DatabaseError, Session};

/// What is counted.
pub struct Wanted<'a> {
    /// Only what this submission changed.
    pub submission_id: Option<SubmissionId>,
    /// Its content, where it is still there: then its devices are looked for.
    pub submission: Option<&'a Submission>,
    /// Changed columns, as `<schema>.<table>` and name.
    pub columns: &'a [(String, String)],
    /// How long backups and archived WAL are kept.
    pub backup_retention: Option<std::time::Duration>,
    /// How long results are kept, in days.
    pub retention_days: u32,
    pub now: DateTime<Utc>,
}

/// What a census came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    pub taken: DateTime<Utc>,
    /// Tables that were changed, as `<schema>.<table>`.
    pub tables: Vec<String>,
    /// Whether the devices themselves were looked for in what the server keeps beside the rows.
    pub searched: bool,
    pub findings: Vec<Finding>,
    /// Whatever makes the server keep row versions or WAL of before now.
    pub holders: Vec<Holder>,
    /// What stood in the way of the last scrub over these tables.
    pub stood: Vec<Holder>,
    /// The level at which scrubs have completed everything since; `None`: not all of it at any.
    pub level: Option<Level>,
    /// When everything in the data files was gone, and where the WAL was; `None`: it is not, or was not measured.
    pub files_clean: Option<Clean>,
    /// When every contact had its answer: what is dumped as rows since then is clean.
    pub answered: Option<DateTime<Utc>>,
    /// Where the WAL is now.
    pub wal: String,
}

/// From when on the data files are clean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clean {
    pub since: DateTime<Utc>,
    /// Of the WAL; what lies before it may hold values.
    pub position: String,
}

impl Census {
    /// The worst that is found in a place.
    pub fn grade(&self, place: Place) -> Option<Grade> {
        let there = self.findings.iter().filter(|f| f.place == place);
        there.map(|finding| finding.grade).max()
    }

    /// Whether nothing is left that somebody should look at.
    pub fn is_clean(&self) -> bool {
        !self.findings.iter().any(Finding::is_open)
    }
}

/// What the census knows while it asks.
struct Asking<'a> {
    session: &'a Session,
    wanted: &'a Wanted<'a>,
    /// Tables that were changed.
    tables: Vec<String>,
    /// Those of them that are nowhere: nothing is said to be complete then.
    nowhere: Vec<String>,
    units: Vec<(Unit, Reached)>,
    /// The point up to which old values were written.
    mark: Mark,
    /// Until when, and up to where in the WAL, a scrub worked on these tables, where all of it was completed.
    ended: Option<(DateTime<Utc>, i64)>,
}

/// How far scrubs came with a unit since the forgets.
#[derive(Debug, Clone, Default)]
struct Reached {
    level: Option<Level>,
    /// When, and where in the WAL, the deepest level was first completed.
    end: Option<(DateTime<Utc>, i64, String)>,
}

/// Takes a census.
pub async fn take(session: &Session, wanted: &Wanted<'_>) -> Result<Census, DatabaseError> {
    let touched = ledger::touched(session, wanted.submission_id).await?;
    let mut tables: Vec<String> = touched.keys().cloned().collect();
    tables.sort();
    let from = touched.values().map(|need| need.scrub_id).min();
    let completions =
        ledger::completions(session, &tables, from.unwrap_or(ScrubId::AFTER_ALL)).await?;
    let mut units = match tables.is_empty() {
        true => Vec::new(),
        false => crate::erasure::scrub::units(session, &tables, wanted.columns).await?,
    };
    if !tables.is_empty() {
        units.push(crate::erasure::scrub::checkpoint(tables.clone()));
    }
    let reached = |unit: &Unit| {
        let need = unit
            .need(&touched)
            .map_or(ScrubId::AFTER_ALL, |need| need.scrub_id);
        Reached::of(unit, need, &completions)
    };
    let mut units: Vec<(Unit, Reached)> = units
        .into_iter()
        .map(|unit| {
            let reached = reached(&unit);
            (unit, reached)
        })
        .collect();
    checkpoint_after_all(&mut units, &completions);
    let unseen = touched
        .values()
        .any(|need| need.scrub_id == ScrubId::AFTER_ALL);
    let mark = match touched.values().map(|need| need.mark).max_by_key(|m| m.xid) {
        Some(mark) if !unseen => mark,
        _ => Mark::now(session).await?,
    };
    let nowhere = crate::erasure::scrub::nowhere(session, &tables).await?;
    let ended = ended(&units).filter(|_| nowhere.is_empty());
    let asking = Asking {
        session,
        wanted,
        tables,
        nowhere,
        units,
        mark,
        ended,
    };
    asking.all(from).await
}

/// A checkpoint counts that came after all else was written anew.
fn checkpoint_after_all(units: &mut [(Unit, Reached)], completions: &[Completion]) {
    let is_checkpoint = |unit: &Unit| unit.kind == UnitKind::Checkpoint;
    let anew = |reached: &Reached| reached.level == Some(Level::Two);
    let others = units.iter().filter(|(u, r)| !is_checkpoint(u) && anew(r));
    let ends = others.filter_map(|(_, reached)| reached.end.as_ref());
    let last = ends.map(|(_, lsn, _)| *lsn).max().unwrap_or(0);
    for (_, reached) in units.iter_mut().filter(|(unit, _)| is_checkpoint(unit)) {
        let done = completions
            .iter()
            .filter(|done| done.kind == UnitKind::Checkpoint.as_str() && done.lsn >= last);
        let first = done.min_by_key(|done| done.lsn);
        *reached = Reached {
            level: first.map(|done| done.level),
            end: first.map(|done| (done.ended_at, done.lsn, done.position.clone())),
        };
    }
}

/// When, and where in the WAL, the last unit was completed, where all were. Indexes are cleaned with their tables; those that
/// were made anew count too.
fn ended(units: &[(Unit, Reached)]) -> Option<(DateTime<Utc>, i64)> {
    let mut last = None;
    for (unit, reached) in units {
        match (unit.kind, &reached.end) {
            (UnitKind::Checkpoint, _) | (UnitKind::Index, None) => {}
            (_, None) => return None,
            (_, Some((at, lsn, _))) => {
                let (other_at, other_lsn) = last.unwrap_or((*at, *lsn));
                last = Some(((*at).max(other_at), (*lsn).max(other_lsn)));
            }
        }
    }
    last
}

impl Asking<'_> {
    async fn all(&self, from: Option<ScrubId>) -> Result<Census, DatabaseError> {
        let searched = self.wanted.submission.is_some();
        if let Some(submission) = self.wanted.submission {
            values::stage(self.session, submission).await?;
        }
        let own = [self.session.process().await?];
        let holders = horizon::holders(self.session, self.mark, &own).await?;
        let stood = ledger::stood(
            self.session,
            &self.tables,
            from.unwrap_or(ScrubId::AFTER_ALL),
        )
        .await?;
        let scope = ledger::scope(self.session, self.wanted.submission_id).await?;
        let mut findings = self.tables_and_what_hangs_on_them().await?;
        let files_clean = self.files_clean(&findings);
        let (cluster, wal) = self.cluster(&holders, &scope, files_clean.as_ref()).await?;
        findings.extend(cluster);
        findings.sort_by(|a, b| (a.place, &a.object).cmp(&(b.place, &b.object)));
        if searched {
            self.session
                .run(&crate::postgres::sql::sql_file!("stage/discard.sql").into())
                .await?;
        }
        Ok(Census {
            taken: self.wanted.now,
            tables: self.tables.clone(),
            searched,
            findings,
            holders,
            stood,
            level: self.level(files_clean.is_some()),
            files_clean,
            answered: scope.answered_at,
            wal,
        })
    }

    /// From when on the data files are clean: everything in them was written anew since the forgets.
    fn files_clean(&self, findings: &[Finding]) -> Option<Clean> {
        use Place::{Indexes, Rows, Statistics, Views};
        let in_files = |f: &&Finding| matches!(f.place, Rows | Indexes | Statistics | Views);
        if self.units.is_empty()
            || findings
                .iter()
                .filter(in_files)
                .any(|f| f.grade != Grade::Gone)
        {
            return None;
        }
        let ends = self.units.iter();
        let ends: Vec<_> = ends.filter_map(|(_, r)| r.end.as_ref()).collect();
        // Each by itself: the server's clock may have been set back meanwhile.
        let since = ends.iter().map(|(at, ..)| *at).max()?;
        let (_, _, position) = ends.iter().max_by_key(|(_, lsn, _)| *lsn)?;
        Some(Clean {
            since,
            position: position.clone(),
        })
    }

    /// The level at which everything is completed.
    fn level(&self, files_clean: bool) -> Option<Level> {
        let of = |index: bool| {
            let units = self.units.iter();
            units.filter(move |(unit, _)| {
                unit.kind != UnitKind::Checkpoint && (unit.kind == UnitKind::Index) == index
            })
        };
        let mut indexes = of(true);
        let unknown = self.units.is_empty() || !self.nowhere.is_empty();
        match unknown || of(false).any(|(_, reached)| reached.level.is_none()) {
            true => None,
            false if files_clean => Some(Level::Two),
            false if indexes.all(|(_, reached)| reached.level.is_some()) => Some(Level::OneAndHalf),
            false => Some(Level::One),
        }
    }

    /// Whether what was written anew is on the disk, and what it replaced is not.
    fn is_checkpointed(&self) -> bool {
        let mut all = self.units.iter();
        all.any(|(unit, reached)| {
            unit.kind == UnitKind::Checkpoint && reached.level == Some(Level::Two)
        })
    }
}

impl Reached {
    fn of(unit: &Unit, need: ScrubId, completions: &[Completion]) -> Reached {
        let relation = unit.relation();
        let counts = |done: &&Completion| {
            let own = done.kind == unit.kind.as_str() && done.relation == relation;
            // Whatever an index is on was perhaps written anew, and the index with it.
            let anew = unit.kind == UnitKind::Index
                && done.level == Level::Two
                && matches!(done.kind.as_str(), "table" | "view")
                && done.relation == unit.on;
            done.scrub_id >= need && (own || anew)
        };
        let done: Vec<&Completion> = completions.iter().filter(counts).collect();
        let level = done.iter().map(|done| done.level).max();
        let deepest = done.iter().filter(|done| Some(done.level) == level);
        let end = deepest.min_by_key(|done| done.lsn);
        Reached {
            level,
            end: end.map(|done| (done.ended_at, done.lsn, done.position.clone())),
        }
    }
}

/// The rows, or nothing where this role may not ask or the server cannot tell.
fn allowed<T>(asked: Result<T, DatabaseError>) -> Result<Option<T>, DatabaseError> {
    match asked {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if error.is_lost_connection() => Err(error),
        Err(_) => Ok(None),
    }
}

/// A holder in words that name nothing.
pub fn general(holder: &Holder) -> &'static str {
    match (holder.kind, holder.keeps) {
        (HolderKind::Slot, _) => "a replication slot",
        (_, Keeps::Wal) => "something that keeps the write-ahead log",
        (HolderKind::Snapshot, _) => "a long statement or report",
        (HolderKind::Idle, _) => "a session that left a transaction open",
        (HolderKind::Writer, _) => "a long transaction",
        (HolderKind::Prepared, _) => "a prepared transaction that nobody ended",
        (HolderKind::Standby, _) => "a replica that still read older rows",
        (HolderKind::Pinned, _) => "pages that were in use",
        (HolderKind::Bypassed, _) => "emergency maintenance of the server",
        (HolderKind::Lock, _) => "a table that was in use",
        (HolderKind::Right, _) => "a right that the operator's role does not have",
        (HolderKind::Statistics, _) => "statistics that the server does not make anew",
        (HolderKind::View, _) => "a materialised view that could not be made anew",
        (HolderKind::Disk, _) => "too little room on the disk",
        (HolderKind::Window, _) => "the end of the maintenance window",
        (HolderKind::Unknown, _) => "something that the server does not tell",
        (HolderKind::Index, _) => "an index that is made anew at level 2 only",
        (HolderKind::Error, _) => "an error of the server",
    }
}
