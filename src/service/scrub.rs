//! Scrubs: begun under a lock, carried out, and followed by certificates.

use std::path::PathBuf;
use std::time::Duration;

use crate::catalogue::Reviewed;
use crate::domain::identifier::ScrubId;
use crate::domain::level::Level;
use crate::engine::pace::Pace;
use crate::erasure::scrub::estimate::{Estimate, Room};
use crate::erasure::scrub::ledger as scrub_ledger;
use crate::erasure::scrub::{self, Pacing, ScrubOptions, ScrubReport, TargetReport};
use crate::ledger::{self, Holder};
use crate::postgres::repack::{NoRepack, Repack};
use crate::postgres::{APPLICATION, Database, DatabaseError, Session};
use crate::service::ServiceError;
use crate::service::certificate::{Scrubbed, certify_after_scrub};
use crate::service::outcome::Outcome;
use crate::service::pipeline::Receipts;
use crate::service::report::Reporter;
use crate::service::subject::changed_columns;
use crate::service::workspace::Workspace;

/// `vacuum_cost_delay` on a live system: autovacuum's default.
pub(crate) const COST_DELAY: Duration = Duration::from_millis(2);
/// How long a scrub at the end of a pass waits for blockers and locks.
const WAIT_AFTER_PASS: Duration = Duration::from_secs(10);

impl Pacing for Pace {
    fn is_over(&self) -> bool {
        Pace::is_over(self)
    }

    async fn rest(&self, session: &Session) -> Result<(), DatabaseError> {
        Pace::rest(self, session, 0).await
    }
}

/// The start of a scrub.
pub(crate) enum Start {
    /// Another session scrubs with this ledger; `None`: it has ended since.
    Busy(Option<Holder>),
    /// Nothing is due; the number of targets that are up to date.
    UpToDate(usize),
    Begun(Begun),
}

/// Whether a scrub treated anything before its certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treated {
    /// What was due, unless the maintenance window ended before. Only these tables have something new to report.
    Due,
    /// Nothing was due. An earlier scrub may have been killed before it issued certificates.
    Nothing,
}

/// A scrub that was begun and holds the lock.
pub(crate) struct Begun {
    pub(crate) scrub_id: ScrubId,
    pub(crate) estimates: Vec<Estimate>,
    pub(crate) room: Room,
}

/// Whether the operator accepts that the free disk space is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownSpace {
    Accepted,
    Refused,
}

/// Takes the lock and records the scrub, if anything is due.
pub(crate) async fn begin(
    session: &Session,
    options: &ScrubOptions,
) -> Result<Start, ServiceError> {
    if !ledger::lock_scrub(session).await? {
        return Ok(Start::Busy(ledger::scrub_holder(session).await?));
    }
    session.begin().await?;
    let scrub_id = scrub_ledger::begin_scrub(session, options.level).await?;
    let (due, up_to_date) = scrub::due(session, options).await?;
    if due.is_empty() {
        session.rollback().await?;
        return Ok(Start::UpToDate(up_to_date));
    }
    let (estimates, room) = scrub::estimates(session, options, &due).await?;
    session.commit().await?;
    Ok(Start::Begun(Begun {
        scrub_id,
        estimates,
        room,
    }))
}

/// The estimates of a scrub, without recording anything.
pub(crate) async fn estimate(
    session: &Session,
    options: &ScrubOptions,
) -> Result<(Vec<Estimate>, Room), ServiceError> {
    session.begin().await?;
    scrub_ledger::begin_scrub(session, options.level).await?;
    let (due, _) = scrub::due(session, options).await?;
    let estimates = scrub::estimates(session, options, &due).await?;
    session.rollback().await?;
    Ok(estimates)
}

/// Checks that there is enough disk space.
pub(crate) fn check_room(
    level: Level,
    room: &Room,
    unknown: UnknownSpace,
) -> Result<(), ServiceError> {
    let mb = |bytes: i64| bytes / (1024 * 1024) + 1;
    match room.free {
        Some(free) if room.is_short() => Err(ServiceError::Usage(format!(
            "the server's disk is too small for this scrub\n  detail: {} MB are free, up to {} MB are needed\n  hint: make room, or scrub at level 1",
            mb(free),
            mb(room.needed)
        ))),
        None if level == Level::Two && unknown == UnknownSpace::Refused => {
            Err(ServiceError::Usage(format!(
                "the free space on the server's disk is unknown\n  detail: up to {} MB are needed\n  hint: check it, then give --yes",
                mb(room.needed)
            )))
        }
        _ => Ok(()),
    }
}

/// Carries out a scrub that was begun, and releases the lock.
pub(crate) async fn run(
    workspace: &Workspace,
    session: &Session,
    scrub_id: ScrubId,
    options: &ScrubOptions,
    pace: &Pace,
) -> Result<ScrubReport, ServiceError> {
    let clock = &workspace.clock;
    let report = scrub::scrub(session, scrub_id, options, pace, clock, log_target).await?;
    ledger::unlock_scrub(session).await?;
    Ok(report)
}

/// Reports that nothing is due, or that tables are missing, and releases the lock.
pub(crate) async fn nothing_due(
    session: &Session,
    options: &ScrubOptions,
    up_to_date: usize,
) -> Result<ScrubReport, ServiceError> {
    let missing = scrub::missing_tables(session, options).await?;
    let mut report = ScrubReport::new(options.level, up_to_date);
    report.complete = missing.is_empty();
    report.blockers = missing.iter().map(|t| scrub::not_found(t)).collect();
    ledger::unlock_scrub(session).await?;
    Ok(report)
}

/// Certifies what a scrub has something new to report about.
pub(crate) async fn certify(
    workspace: &Workspace,
    session: &Session,
    receipts: &Receipts,
    options: &ScrubOptions,
    treated: Treated,
    report: &mut ScrubReport,
    reporter: &dyn Reporter,
) -> Result<(), ServiceError> {
    let tables = match treated {
        Treated::Due => report.tables(),
        Treated::Nothing => scrub_ledger::needs(session, options.submission_id)
            .await?
            .into_keys()
            .collect(),
    };
    let scrubbed = Scrubbed {
        tables: &tables,
        columns: &options.columns,
        report,
    };
    certify_after_scrub(workspace, session, receipts, scrubbed, reporter).await
}

/// Scrubs at the end of a pass; `None`: nothing is due, or another session scrubs, which sees the changes of this pass in its
/// next scrub at the latest.
pub(crate) async fn after_pass(
    workspace: &Workspace,
    session: &Session,
    pace: &Pace,
    level: Level,
    reporter: &dyn Reporter,
) -> Result<Option<ScrubReport>, ServiceError> {
    let options = ScrubOptions {
        level,
        submission_id: None,
        columns: changed_columns(workspace, session).await?,
        wait: WAIT_AFTER_PASS,
        cost_delay: COST_DELAY,
        until: pace.until(),
        repack: None,
        reviewed: Reviewed::of(&workspace.sources()?),
    };
    let receipts = workspace.receipts(session).await?;
    let begun = match begin(session, &options).await? {
        Start::Busy(_) => return Ok(None),
        Start::UpToDate(_) => {
            ledger::unlock_scrub(session).await?;
            return Ok(None);
        }
        Start::Begun(begun) => begun,
    };
    // Configuring level 2 implies consent.
    check_room(level, &begun.room, UnknownSpace::Accepted)?;
    let mut report = run(workspace, session, begun.scrub_id, &options, pace).await?;
    certify(
        workspace,
        session,
        &receipts,
        &options,
        Treated::Due,
        &mut report,
        reporter,
    )
    .await?;
    Ok(Some(report))
}

/// [`Outcome::Errors`] if something remains, [`Outcome::Failed`] if a certificate could not be published.
pub(crate) fn outcome(report: &ScrubReport) -> Outcome {
    if report.uncertified {
        Outcome::Failed
    } else if report.complete {
        Outcome::Done
    } else {
        Outcome::Errors
    }
}

/// Looks for pg_repack.
pub(crate) async fn find_repack(
    database: &Database,
    session: &Session,
    level: Level,
) -> Result<Repack, ServiceError> {
    if level != Level::Two {
        return Err(ServiceError::Usage(
            "--repack applies to --level 2 only\n  detail: the other levels rewrite no tables"
                .to_owned(),
        ));
    }
    let folders: Vec<PathBuf> = private_postgres::find_binaries(&APPLICATION)
        .into_iter()
        .collect();
    match Repack::find(database, session, &folders).await {
        Ok(repack) => Ok(repack),
        Err(NoRepack::Database(error)) => Err(error.into()),
        Err(error) => Err(ServiceError::Usage(error.to_string())),
    }
}

fn log_target(target: &TargetReport) {
    let relation = crate::domain::text::printable(&target.relation);
    let (complete, milliseconds) = (target.complete, target.milliseconds);
    tracing::info!(relation = %relation, complete, milliseconds, "scrubbed");
}
