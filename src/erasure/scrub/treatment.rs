//! The treatment of each kind of target, and whether it had its effect: a statement that succeeds proves nothing.

use std::time::{Duration, Instant};

use super::horizon;
use super::mark::{Mark, Need};
use super::queries::{self, StaleStatistics};
use super::repack;
use super::target::{Target, TargetKind};
use super::times::Times;
use super::vacuum_report::VacuumReport;
use crate::catalogue::{Maintained, Reviewed, render};
use crate::domain::blocker::{Blocker, BlockerKind, Keeps};
use crate::domain::level::Level;
use crate::postgres::name::TableName;
use crate::postgres::query::One;
use crate::postgres::repack::Repack;
use crate::postgres::sql::Statement;
use crate::postgres::{DatabaseError, Session};

/// How often the end of a checkpoint is checked.
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(500);

/// The session that scrubs and what is known about it.
pub(super) struct Scrubber<'a> {
    pub(crate) session: &'a Session,
    /// Its server process, and other processes of Lethe that hold nothing.
    pub(crate) own: Vec<i32>,
    /// `vacuum_defer_cleanup_age`: transactions for which the server keeps row versions regardless of any blocker.
    pub(crate) deferred: i64,
    pub(crate) repack: Option<&'a Repack>,
    pub(crate) reviewed: &'a Reviewed,
    /// Whether `lc_messages` was changed for this session.
    pub(crate) translated: bool,
}

impl<'a> Scrubber<'a> {
    /// Prepares a session for scrubbing.
    pub(crate) async fn prepare(
        session: &'a Session,
        repack: Option<&'a Repack>,
        reviewed: &'a Reviewed,
    ) -> Result<Scrubber<'a>, DatabaseError> {
        let One(settings) = queries::server_settings(session).await?;
        // The error of a failed REFRESH quotes rows.
        session.guard().await?;
        // This needs a privilege. Without it, the server's counts replace the VACUUM report.
        let translated = !settings.english
            && match session.run(&queries::ENGLISH.into()).await {
                Err(error) if error.is_lost_connection() => return Err(error),
                changed => changed.is_ok(),
            };
        Ok(Scrubber {
            session,
            own: vec![session.process().await?],
            translated,
            repack,
            reviewed,
            deferred: settings.deferred,
        })
    }

    /// Treats a target at a level. Returns what blocked it; an empty list means that the target is complete.
    pub(crate) async fn treat(
        &self,
        target: &Target,
        level: Level,
        need: Need,
        times: Times,
    ) -> Result<Vec<Blocker>, DatabaseError> {
        if !target.may {
            let name = format!(
                "{} belongs to another role; only its owner may",
                target.relation()
            );
            return Ok(vec![Blocker::named(BlockerKind::Right, Keeps::Rows, name)]);
        }
        if let Some(runs) = self.foreign_code(target).await? {
            let blocker = Blocker::named(BlockerKind::Code, Keeps::Rows, runs);
            return Ok(vec![blocker]);
        }
        self.set(times).await?;
        let mark = need.mark;
        let treated = match target.kind {
            TargetKind::Table if level == Level::Two => self.rewrite(target, mark, times).await,
            TargetKind::Table => self.vacuum(target, mark).await,
            TargetKind::Statistics => self.statistics(target, level, mark).await,
            TargetKind::Parent => self.parent(target).await,
            TargetKind::Index => self.reindex(target, mark).await,
            TargetKind::View => self.view(target, level, mark).await,
            TargetKind::Checkpoint => self.checkpoint(times).await,
        };
        if let Err(error) = &treated
            && error.is_lost_connection()
        {
            return treated;
        }
        // The end of the window must not cancel what is recorded in the ledger.
        self.set(times.without_end()).await?;
        match treated {
            Err(error) => Ok(vec![failure(target, &error)]),
            treated => treated,
        }
    }

    /// What the treatment of a target would run that others define and the catalogue does not accept.
    async fn foreign_code(&self, target: &Target) -> Result<Option<String>, DatabaseError> {
        let relation = target.relation();
        let maintained = match target.kind {
            TargetKind::Table | TargetKind::Parent => Maintained::Table,
            TargetKind::Index => Maintained::Index(target.name.table.as_str()),
            TargetKind::View => Maintained::View(&relation),
            TargetKind::Statistics | TargetKind::Checkpoint => return Ok(None),
        };
        let (session, tables) = (self.session, &target.tables);
        self.reviewed
            .not_accepted(session, target.oid, maintained, tables)
            .await
    }

    /// Applies time limits to the session.
    pub(crate) async fn set(&self, times: Times) -> Result<(), DatabaseError> {
        let millis = |time: Duration| time.as_millis().max(1).min(i32::MAX as u128).to_string();
        let lock = millis(times.lock);
        let statement = times.statement.map_or_else(|| "0".to_owned(), millis);
        let delay = times.cost_delay.as_millis().min(100).to_string();
        self.session.manage_limits();
        queries::set_limits(self.session, &lock, &statement, &delay).await
    }

    /// Restores the session's settings.
    pub(crate) async fn reset(&self) -> Result<(), DatabaseError> {
        if self.translated {
            self.session.run(&queries::OWN_LANGUAGE.into()).await?;
        }
        self.session.run(&queries::DEFAULTS.into()).await?;
        self.session.restored_limits();
        Ok(())
    }

    /// Drops invalid indexes that interrupted scrubs left behind; returns their number.
    pub(crate) async fn drop_leftovers(&self) -> Result<usize, DatabaseError> {
        let mut dropped = 0;
        for index in queries::leftovers(self.session).await? {
            let name = TableName::new(index.schema_name, index.index_name);
            match self.session.run(&render::drop_index(&name)).await {
                Ok(()) => dropped += 1,
                Err(error) if error.is_lost_connection() => return Err(error),
                Err(error) => {
                    tracing::warn!(index = %name.plain(), %error, "cannot drop an invalid index; the next scrub tries again");
                }
            }
        }
        Ok(dropped)
    }

    async fn row_blockers(&self, mark: Mark) -> Result<Vec<Blocker>, DatabaseError> {
        let mut blockers = horizon::blockers(self.session, mark, &self.own).await?;
        blockers.retain(|blocker| blocker.keeps == Keeps::Rows);
        Ok(blockers)
    }

    async fn vacuum(&self, target: &Target, mark: Mark) -> Result<Vec<Blocker>, DatabaseError> {
        let mut blockers = self.row_blockers(mark).await?;
        let vacuum = render::vacuum(&target.name);
        self.vacuum_and_judge(target, &vacuum, mark, &mut blockers)
            .await?;
        blockers.extend(self.stale(target).await?);
        let unfinished = queries::unfinished(self.session, target.oid).await?;
        blockers.extend(unfinished.iter().map(|index| unfinished_index(&index.name)));
        Ok(blockers)
    }

    /// Rewrites a table, but only while nothing makes the server copy dead row versions into the new file.
    async fn rewrite(
        &self,
        target: &Target,
        mark: Mark,
        times: Times,
    ) -> Result<Vec<Blocker>, DatabaseError> {
        let mut blockers = self.row_blockers(mark).await?;
        if !blockers.is_empty() {
            return Ok(blockers);
        }
        if self.deferred > 0 {
            return Ok(vec![deferred()]);
        }
        if let Some(repack) = self.repack.filter(|_| target.keyed) {
            blockers.extend(repack::rewrite(repack, self.session, target, times).await?);
            blockers.extend(self.stale(target).await?);
            return Ok(blockers);
        }
        // VACUUM FULL reports no cutoff. Whatever appeared since the check above is newer than the mark.
        let notices = self
            .session
            .run_and_listen(&render::rewrite(&target.name))
            .await?;
        blockers.extend(warnings(target, &VacuumReport::read(&notices)));
        blockers.extend(self.stale(target).await?);
        Ok(blockers)
    }

    async fn statistics(
        &self,
        target: &Target,
        level: Level,
        mark: Mark,
    ) -> Result<Vec<Blocker>, DatabaseError> {
        let mut blockers = horizon::blockers(self.session, mark, &self.own).await?;
        blockers.retain(|blocker| blocker.keeps != Keeps::Wal);
        if level < Level::Two {
            let vacuum = render::vacuum(&target.name);
            self.vacuum_and_judge(target, &vacuum, mark, &mut blockers)
                .await?;
        } else if blockers.is_empty() {
            let rewrite = render::rewrite(&target.name);
            let notices = self.session.run_and_listen(&rewrite).await?;
            blockers.extend(warnings(target, &VacuumReport::read(&notices)));
        }
        Ok(blockers)
    }

    /// Runs VACUUM and adds what its report says that it could not remove.
    async fn vacuum_and_judge(
        &self,
        target: &Target,
        vacuum: &Statement,
        mark: Mark,
        blockers: &mut Vec<Blocker>,
    ) -> Result<(), DatabaseError> {
        let notices = self.session.run_and_listen(vacuum).await?;
        let report = VacuumReport::read(&notices);
        if blockers.is_empty() && report.reaches(mark.xid) == Some(false) {
            // The blocker appeared after the first check and may have ended since.
            blockers.extend(self.row_blockers(mark).await?);
            if blockers.is_empty() {
                blockers.push(match self.deferred > 0 {
                    true => deferred(),
                    false => ended_blocker(target),
                });
            }
        }
        match report.pinned {
            Some(0) => {}
            Some(pages) => blockers.push(Blocker::named(
                BlockerKind::Pinned,
                Keeps::Rows,
                format!("{pages} of {}", target.relation()),
            )),
            None => blockers.extend(self.unreported(target).await?),
        }
        if report.bypassed || report.cutoff.is_none() && target.failsafe {
            blockers.push(Blocker::named(
                BlockerKind::Bypassed,
                Keeps::Rows,
                format!("{} (vacuum_failsafe_age)", target.relation()),
            ));
        }
        blockers.extend(warnings(target, &report));
        Ok(())
    }

    /// If the report cannot be read, the server's own count of kept row versions must be zero.
    async fn unreported(&self, target: &Target) -> Result<Option<Blocker>, DatabaseError> {
        if self.deferred > 0 {
            return Ok(Some(deferred()));
        }
        let rows = queries::dead_rows(self.session, target.oid).await?;
        let clean = rows.is_some_and(|rows| rows.dead == 0 && rows.known);
        Ok((!clean).then(|| {
            let name = format!(
                "whether pages of {} were in use: the server reports in another language; allow this role to SET lc_messages",
                target.relation()
            );
            Blocker::named(BlockerKind::Unknown, Keeps::Rows, name)
        }))
    }

    async fn parent(&self, target: &Target) -> Result<Vec<Blocker>, DatabaseError> {
        let analyze = render::analyze_parent(&target.name);
        let notices = self.session.run_and_listen(&analyze).await?;
        let warnings = warnings(target, &VacuumReport::read(&notices));
        let mut blockers: Vec<Blocker> = warnings.into_iter().collect();
        blockers.extend(self.stale(target).await?);
        Ok(blockers)
    }

    /// Statistics that ANALYZE does not replace.
    async fn stale(&self, target: &Target) -> Result<Vec<Blocker>, DatabaseError> {
        let stale = queries::stale(self.session, target.oid).await?;
        let blocker = |statistics: &StaleStatistics| {
            let why = match statistics.empty {
                true => {
                    "the table is empty, so ANALYZE keeps the old statistics: scrub while the table has a row, or set the column to its own type (ALTER TABLE), which drops them"
                }
                false => {
                    "ANALYZE keeps them because of STATISTICS 0: set another target, scrub, and set it back"
                }
            };
            let name = format!("{}; {why}", statistics.name);
            Blocker::named(BlockerKind::Statistics, Keeps::Statistics, name)
        };
        Ok(stale.iter().map(blocker).collect())
    }

    /// Rebuilds an index. REINDEX waits for old snapshots itself and would delay the table's maintenance meanwhile, so it is
    /// not started while there are blockers.
    async fn reindex(&self, target: &Target, mark: Mark) -> Result<Vec<Blocker>, DatabaseError> {
        if !target.concurrent {
            let name = format!(
                "{} belongs to an exclusion constraint and is rebuilt at level 2 only",
                target.relation()
            );
            return Ok(vec![Blocker::named(BlockerKind::Index, Keeps::Rows, name)]);
        }
        if !target.valid {
            return Ok(vec![unfinished_index(&target.relation())]);
        }
        let blockers = self.row_blockers(mark).await?;
        if !blockers.is_empty() {
            return Ok(blockers);
        }
        let rebuilt = self.session.run(&render::reindex(&target.name)).await;
        if let Err(error) = rebuilt {
            if !error.is_lost_connection() {
                self.drop_leftovers().await?;
            }
            return Err(error);
        }
        Ok(blockers)
    }

    async fn view(
        &self,
        target: &Target,
        level: Level,
        mark: Mark,
    ) -> Result<Vec<Blocker>, DatabaseError> {
        if level == Level::Two {
            let refresh = render::refresh(&target.name);
            self.session.change(&refresh).await?;
            return self.vacuum(target, mark).await;
        }
        if !target.concurrent {
            let name = format!(
                "{} needs a unique index for a concurrent refresh; create one, or scrub at level 2",
                target.relation()
            );
            return Ok(vec![Blocker::named(BlockerKind::View, Keeps::Rows, name)]);
        }
        let refresh = render::refresh_concurrently(&target.name);
        self.session.change(&refresh).await?;
        // The rows that the refresh deleted died after the original mark.
        let refreshed = Mark::now(self.session).await?;
        self.vacuum(target, refreshed).await
    }

    /// Waits until clean pages have reached the disk, through a checkpoint of its own or the server's next one.
    async fn checkpoint(&self, times: Times) -> Result<Vec<Blocker>, DatabaseError> {
        let end = Mark::now(self.session).await?;
        match self.session.run(&queries::CHECKPOINT.into()).await {
            Ok(()) => return Ok(Vec::new()),
            Err(error) if error.sqlstate.as_deref() == Some("42501") => {}
            Err(error) => return Err(error),
        }
        let deadline = Instant::now() + times.lock;
        loop {
            let state = queries::checkpointed(self.session, end.lsn).await?;
            if state.is_some_and(|state| state.done) {
                return Ok(Vec::new());
            }
            if Instant::now() >= deadline {
                let name = "CHECKPOINT; run again after the next one, or GRANT pg_checkpoint (PostgreSQL 15 and later)";
                return Ok(vec![Blocker::named(BlockerKind::Right, Keeps::Rows, name)]);
            }
            tokio::time::sleep(CHECKPOINT_PAUSE).await;
        }
    }
}

/// An index that an interrupted CREATE INDEX or REINDEX left behind.
fn unfinished_index(index: &str) -> Blocker {
    let name = format!(
        "{index} is invalid because it was never finished; drop it (DROP INDEX) and run again"
    );
    Blocker::named(BlockerKind::Index, Keeps::Rows, name)
}

fn deferred() -> Blocker {
    let name = "vacuum_defer_cleanup_age makes the server keep row versions; set it to 0";
    Blocker::named(BlockerKind::Unknown, Keeps::Rows, name)
}

fn ended_blocker(target: &Target) -> Blocker {
    let name = format!(
        "what kept row versions of {} has ended since",
        target.relation()
    );
    Blocker::named(BlockerKind::Unknown, Keeps::Rows, name)
}

fn warnings(target: &Target, report: &VacuumReport) -> Option<Blocker> {
    let name = || {
        format!(
            "the server warned about {}; run VACUUM (ANALYZE) on it by hand to see why",
            target.relation()
        )
    };
    report
        .warned
        .then(|| Blocker::named(BlockerKind::Error, Keeps::Rows, name()))
}

/// The blocker that a failed statement amounts to.
fn failure(target: &Target, error: &DatabaseError) -> Blocker {
    let relation = target.relation();
    let (kind, name) = match error.sqlstate.as_deref() {
        Some("55P03") => (
            BlockerKind::Lock,
            format!("{relation} was in use for longer than --wait"),
        ),
        Some("57014") => (
            BlockerKind::Window,
            format!("it ended before {relation} was done"),
        ),
        Some("42501") => (BlockerKind::Right, format!("{relation}: {error}")),
        Some("53100") => (
            BlockerKind::Disk,
            format!("it was full before {relation} was done"),
        ),
        _ => (BlockerKind::Error, format!("{relation}: {error}")),
    };
    Blocker::named(kind, Keeps::Rows, name)
}
