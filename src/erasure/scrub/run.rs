//! One scrub, from its due targets to its report.

use std::future::Future;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::estimate::{Estimate, Rewriting, Room, ServerHost, estimate};
use super::horizon;
use super::ledger::{self, Completed, Completeness};
use super::mark::{Mark, Need};
use super::queries;
use super::target::{self, Target, TargetKind};
use super::times::Times;
use super::treatment::Scrubber;
use crate::catalogue::Reviewed;
use crate::domain::blocker::{Blocker, BlockerKind, Keeps};
use crate::domain::clock::Clock;
use crate::domain::identifier::{ScrubId, SubmissionId};
use crate::domain::level::Level;
use crate::postgres::repack::Repack;
use crate::postgres::{DatabaseError, Session};

/// The parameters of a scrub.
pub struct ScrubOptions {
    pub(crate) level: Level,
    /// Only tables that this submission changed; `None`: all changed tables.
    pub(crate) submission_id: Option<SubmissionId>,
    /// Changed columns, as `<schema>.<table>` and name.
    pub(crate) columns: Vec<(String, String)>,
    /// Maximum wait for blockers in total, and for each lock.
    pub(crate) wait: Duration,
    pub(crate) cost_delay: Duration,
    /// The end of the maintenance window; `None`: unlimited.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Rewrites tables with a key at level 2 while others use them; `None`: `VACUUM FULL` rewrites all tables.
    pub(crate) repack: Option<Repack>,
    /// What the catalogue accepts that maintenance evaluates.
    pub(crate) reviewed: Reviewed,
}

impl ScrubOptions {
    fn estimate(&self, due: &Due) -> Estimate {
        let rewriting = match self.repack {
            Some(_) => Rewriting::Repack,
            None => Rewriting::VacuumFull,
        };
        estimate(&due.target, due.level, rewriting)
    }

    fn time_left(&self, clock: &Clock) -> Option<chrono::TimeDelta> {
        self.until.map(|until| until - clock.now())
    }

    fn times(&self, clock: &Clock) -> Times {
        let left = self.time_left(clock);
        Times {
            lock: self.wait.max(Duration::from_secs(1)),
            statement: left.map(|left| left.to_std().unwrap_or_default()),
            cost_delay: self.cost_delay,
        }
    }
}

/// When a scrub must stop, and when it rests between two targets.
pub trait Pacing {
    /// Whether no target may begin any more.
    fn is_over(&self) -> bool;

    /// Rests as long as the limits on WAL and replication lag require.
    fn rest(&self, session: &Session) -> impl Future<Output = Result<(), DatabaseError>>;
}

/// A target that is due.
#[derive(Debug)]
pub struct Due {
    pub(crate) target: Target,
    pub(crate) level: Level,
    pub(crate) need: Need,
}

/// The outcome of one target. Member names are part of JSON results.
#[derive(Debug, Serialize)]
pub struct TargetReport {
    pub(crate) kind: TargetKind,
    pub(crate) relation: String,
    pub(crate) complete: bool,
    pub(crate) milliseconds: i64,
    /// What blocked it; empty if complete.
    #[serde(rename = "holders")]
    pub(crate) blockers: Vec<Blocker>,
    /// The catalogue's tables whose old values it may hold.
    #[serde(skip)]
    pub(crate) tables: Vec<String>,
}

/// The outcome of a scrub. Member names are part of JSON results.
#[derive(Debug, Serialize)]
pub struct ScrubReport {
    pub(crate) level: Level,
    /// Whether everything was removed that this level removes.
    pub(crate) complete: bool,
    #[serde(rename = "units")]
    pub(crate) targets: Vec<TargetReport>,
    /// Targets that earlier scrubs completed.
    pub(crate) up_to_date: usize,
    /// Targets not started because the window ended.
    #[serde(rename = "left")]
    pub(crate) not_started: usize,
    /// What keeps older row versions or WAL at the end of the scrub.
    #[serde(rename = "holders")]
    pub(crate) blockers: Vec<Blocker>,
    /// Certificates issued at the end.
    pub(crate) certificates: usize,
    /// Whether a certificate could not be issued or published.
    #[serde(skip)]
    pub(crate) uncertified: bool,
}

impl ScrubReport {
    /// The report of a scrub that has not treated anything yet.
    pub(crate) fn new(level: Level, up_to_date: usize) -> ScrubReport {
        ScrubReport {
            level,
            complete: false,
            targets: Vec::new(),
            up_to_date,
            not_started: 0,
            blockers: Vec::new(),
            certificates: 0,
            uncertified: false,
        }
    }

    /// The catalogue's tables that were treated, sorted.
    pub(crate) fn tables(&self) -> Vec<String> {
        let all = self.targets.iter().flat_map(|target| &target.tables);
        let mut tables: Vec<String> = all.cloned().collect();
        tables.sort();
        tables.dedup();
        tables
    }
}

/// The due targets, and the number of targets that are up to date. A target is due if no scrub has completed it at its level
/// since its tables were changed.
pub async fn due(
    session: &Session,
    options: &ScrubOptions,
) -> Result<(Vec<Due>, usize), DatabaseError> {
    let needs = ledger::needs(session, options.submission_id).await?;
    let mut tables: Vec<String> = needs.keys().cloned().collect();
    if tables.is_empty() {
        return Ok((Vec::new(), 0));
    }
    tables.sort();
    let completed = ledger::completed(session).await?;
    let mut targets = target::targets(session, &tables, &options.columns).await?;
    targets.push(target::checkpoint(tables));
    let (mut due, mut up_to_date) = (Vec::new(), 0);
    for target in targets {
        let (Some(level), Some(need)) = (target.treatment(options.level), target.need(&needs))
        else {
            continue;
        };
        // A checkpoint must follow every rewrite of this scrub.
        let after_others = target.kind == TargetKind::Checkpoint && !due.is_empty();
        if last_completed(&target, level, &completed) >= need.scrub_id && !after_others {
            up_to_date += 1;
        } else {
            due.push(Due {
                target,
                level,
                need,
            });
        }
    }
    Ok((due, up_to_date))
}

/// The last scrub that completed a target, or rewrote the table or view of an index; 0: none.
fn last_completed(target: &Target, level: Level, completed: &Completed) -> ScrubId {
    let own = completed.last(target.kind, &target.relation(), level);
    match target.kind {
        TargetKind::Index => own
            .max(completed.last(TargetKind::Table, &target.on, Level::Two))
            .max(completed.last(TargetKind::View, &target.on, Level::Two)),
        _ => own,
    }
}

/// The estimates of due targets, and the disk space that they need together.
pub(crate) async fn estimates(
    session: &Session,
    options: &ScrubOptions,
    due: &[Due],
) -> Result<(Vec<Estimate>, Room), DatabaseError> {
    let place = queries::server_place(session).await?;
    let host = match place.is_some_and(|place| place.local) {
        true => ServerHost::Local,
        false => ServerHost::Remote,
    };
    let all: Vec<Estimate> = due.iter().map(|due| options.estimate(due)).collect();
    let folders = due.iter().map(|due| due.target.folder.as_ref());
    let room = Room::of(all.iter().zip(folders), host);
    Ok((all, room))
}

/// Treats everything that is due. The caller holds the lock (`ledger::lock_scrub`) and has begun the scrub
/// (`ledger::begin_scrub`).
pub async fn scrub(
    session: &Session,
    scrub_id: ScrubId,
    options: &ScrubOptions,
    pacing: &impl Pacing,
    clock: &Clock,
    report_target: impl Fn(&TargetReport),
) -> Result<ScrubReport, DatabaseError> {
    let scrubber = Scrubber::prepare(session, options.repack.as_ref(), &options.reviewed).await?;
    scrubber.set(options.times(clock).without_end()).await?;
    scrubber.drop_leftovers().await?;
    let (due, up_to_date) = due(session, options).await?;
    let mut report = ScrubReport::new(options.level, up_to_date);
    let deadline = Instant::now() + options.wait;
    let mut mark = None;
    for due in due {
        mark = newer(mark, due.need.mark);
        if pacing.is_over() || is_too_late(options, &due, clock) {
            report.not_started += 1;
            continue;
        }
        let times = options.times(clock);
        ledger::begin_target(session, scrub_id, &due.target, due.level).await?;
        let keep_waiting = || Instant::now() < deadline && !pacing.is_over();
        horizon::wait(session, due.need.mark, &scrubber.own, keep_waiting).await?;
        let began = Instant::now();
        let blockers = scrubber
            .treat(&due.target, due.level, due.need, times)
            .await?;
        ledger::end_target(session, scrub_id, &due.target, &blockers).await?;
        let target = TargetReport {
            kind: due.target.kind,
            relation: due.target.relation(),
            complete: blockers.is_empty(),
            milliseconds: began.elapsed().as_millis() as i64,
            blockers,
            tables: due.target.tables,
        };
        report_target(&target);
        report.targets.push(target);
        pacing.rest(session).await?;
    }
    scrubber.reset().await?;
    finish(&scrubber, scrub_id, options, mark, &mut report).await?;
    Ok(report)
}

/// Completes the report and records it in the ledger.
async fn finish(
    scrubber: &Scrubber<'_>,
    scrub_id: ScrubId,
    options: &ScrubOptions,
    mark: Option<Mark>,
    report: &mut ScrubReport,
) -> Result<(), DatabaseError> {
    let session = scrubber.session;
    if report.not_started > 0 {
        let name = match report.not_started {
            1 => "1 target not started".to_owned(),
            n => format!("{n} targets not started"),
        };
        let blocker = Blocker::named(BlockerKind::Window, Keeps::Rows, name);
        report.blockers.push(blocker);
    }
    let missing = missing_tables(session, options).await?;
    report.blockers.extend(missing.iter().map(|t| not_found(t)));
    if let Some(mark) = mark {
        let blockers = horizon::blockers(session, mark, &scrubber.own).await?;
        report.blockers.extend(blockers);
    }
    report.complete = report.not_started == 0
        && missing.is_empty()
        && report.targets.iter().all(|target| target.complete);
    let completeness = match report.complete {
        true => Completeness::Complete,
        false => Completeness::Incomplete,
    };
    ledger::add_blockers(session, scrub_id, None, &report.blockers).await?;
    ledger::end_scrub(session, scrub_id, completeness).await
}

/// Changed tables that cannot be found, so that nobody knows what remains of them.
pub(crate) async fn missing_tables(
    session: &Session,
    options: &ScrubOptions,
) -> Result<Vec<String>, DatabaseError> {
    let needs = ledger::needs(session, options.submission_id).await?;
    let tables: Vec<String> = needs.into_keys().collect();
    target::missing(session, &tables).await
}

/// The blocker that stands for a missing table.
pub fn not_found(table: &str) -> Blocker {
    let name = format!(
        "{table} does not exist in this database; if it was renamed or moved, restore its name and run again"
    );
    Blocker::named(BlockerKind::Unknown, Keeps::Rows, name)
}

/// Whether the window ends before an exclusive target would. Other targets can be cancelled at no cost to anybody.
fn is_too_late(options: &ScrubOptions, due: &Due, clock: &Clock) -> bool {
    let estimate = options.estimate(due);
    let needed = match estimate.exclusive {
        true => estimate.seconds,
        false => 0,
    };
    options
        .time_left(clock)
        .is_some_and(|left| left.num_seconds() < needed)
}

fn newer(one: Option<Mark>, other: Mark) -> Option<Mark> {
    match one {
        Some(one) if one.xid >= other.xid => Some(one),
        _ => Some(other),
    }
}
