//! `scrub`: what forgets left behind below SQL is removed, as far as it can be.

use std::time::Duration;

use serde::Serialize;

use crate::cli::arguments::{Format, Global, ScrubArgs};
use crate::cli::context::World;
use crate::cli::signals::Signals;
use crate::cli::subject::changed_columns;
use crate::cli::{CommandError, Outcome};
use crate::cli::{certificate, output};
use crate::domain::blocker::BlockerKind;
use crate::domain::identifier::{ScrubId, SubmissionId};
use crate::domain::level::Level;
use crate::engine::pace::{self, Pace};
use crate::erasure::scrub::estimate::{Estimate, Room};
use crate::erasure::scrub::ledger as scrub_ledger;
use crate::erasure::scrub::{self, Due, ScrubOptions, ScrubReport, TargetReport};
use crate::postgres::repack::{NoRepack, Repack};
use crate::postgres::{APPLICATION, Database, Session};
use crate::service::control::{file_name, find};
use crate::service::settings::Workload;

/// Rest of VACUUM beside a live system, as autovacuum's default is.
const COST_DELAY: Duration = Duration::from_millis(2);
/// How long a scrub at the end of a run's pass waits for holders and locks.
const WAIT_AFTER_A_PASS: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Estimated<'a> {
    level: Level,
    units: &'a [Estimate],
    room: &'a Room,
}

/// What lies between a scrub that is wanted and one that is begun.
enum Begun {
    /// Another scrub of this ledger is going on.
    Elsewhere,
    UpToDate(usize),
    Due(ScrubId, Vec<Estimate>, Room),
}

pub async fn scrub(global: &Global, args: &ScrubArgs) -> Result<Outcome, CommandError> {
    let mut world = World::open(global)?;
    let config = &mut world.config;
    config.max_wal_rate = args.max_wal_rate.or(config.max_wal_rate);
    config.max_replica_lag = args.max_replica_lag.or(config.max_replica_lag);
    let (connected, session) = world.connect_to_ledger().await?;
    if world.config.max_replica_lag.is_some() && !pace::may_see_replicas(&session).await? {
        return Err(CommandError::Usage(
            "this role may not see how far replicas are behind; GRANT pg_monitor to it, or leave max_replica_lag out".to_owned(),
        ));
    }
    let until = args.until.map(|until| until.moment(world.clock.now()));
    let pace = Pace::new(
        world.config.pace(Workload::Offline, until),
        world.clock.clone(),
    );
    let level = args.level.or(world.config.scrub).unwrap_or(Level::One);
    let wanted = ScrubOptions {
        level,
        submission_id: submission(&session, args).await?,
        columns: changed_columns(&world, &session).await?,
        wait: args.wait,
        cost_delay: if args.offline {
            Duration::ZERO
        } else {
            COST_DELAY
        },
        until,
        repack: repack(&connected.database, &session, level, args).await?,
    };
    if args.estimate {
        return estimate(global, &session, &wanted).await;
    }
    // A key that cannot be used is told before anything is done.
    let receipts = world.receipts(&session).await?;
    let begun = begin(&session, &wanted).await?;
    if let Begun::Due(_, estimates, room) = &begun {
        may_begin(level, room, args.yes)?;
        if global.format == Format::Text && level == Level::Two {
            describe(estimates, room)?;
        }
    }
    let (scrub_id, up_to_date) = match begun {
        Begun::Elsewhere => {
            output::note(
                "error: another scrub of this ledger is going on; let it end, or end its session",
            );
            return Ok(Outcome::Failed);
        }
        Begun::UpToDate(units) => (None, units),
        Begun::Due(scrub_id, ..) => (Some(scrub_id), 0),
    };
    let mut scrubbed = match scrub_id {
        None => nothing_due(&session, &wanted, up_to_date).await?,
        Some(scrub_id) => {
            let mut signals = Signals::listen()?;
            let work = scrub::scrub(&session, scrub_id, &wanted, &pace, &world.clock, tell);
            signals.guard(work, || pace.interrupt()).await?
        }
    };
    scrub_ledger::unlock_scrub(&session).await?;
    let tables = match scrub_id {
        Some(_) => scrubbed.tables(),
        // An earlier scrub may have been killed before it certified.
        None => scrub_ledger::needs(&session, wanted.submission_id)
            .await?
            .into_keys()
            .collect(),
    };
    certificate::after_a_scrub(&world, &session, &receipts, &mut scrubbed, &tables).await?;
    show_scrubbed(global.format, &scrubbed)?;
    Ok(outcome(&scrubbed))
}

/// Scrubs at the end of a pass, where the configuration wants it. What is due and cannot be begun is said.
pub async fn after_a_pass(
    world: &World,
    session: &Session,
    pace: &Pace,
    level: Level,
) -> Result<Option<ScrubReport>, CommandError> {
    let wanted = ScrubOptions {
        level,
        submission_id: None,
        columns: changed_columns(world, session).await?,
        wait: WAIT_AFTER_A_PASS,
        cost_delay: COST_DELAY,
        until: pace.until(),
        repack: None,
    };
    let receipts = world.receipts(session).await?;
    let scrub_id = match begin(session, &wanted).await? {
        // Whoever is at it sees what this pass changed in the next pass at the latest.
        Begun::Elsewhere => return Ok(None),
        Begun::UpToDate(_) => {
            scrub_ledger::unlock_scrub(session).await?;
            return Ok(None);
        }
        Begun::Due(scrub_id, _, room) => {
            // Who configures level 2 has said yes.
            may_begin(level, &room, true)?;
            scrub_id
        }
    };
    let mut scrubbed = scrub::scrub(session, scrub_id, &wanted, pace, &world.clock, tell).await?;
    scrub_ledger::unlock_scrub(session).await?;
    let tables = scrubbed.tables();
    certificate::after_a_scrub(world, session, &receipts, &mut scrubbed, &tables).await?;
    Ok(Some(scrubbed))
}

/// Exit 3 where something remains, 1 where a certificate could not be published.
pub fn outcome(scrubbed: &ScrubReport) -> Outcome {
    if scrubbed.uncertified {
        Outcome::Failed
    } else if scrubbed.complete {
        Outcome::Done
    } else {
        Outcome::Errors
    }
}

/// Takes the lock and notes the scrub, if anything is due.
async fn begin(session: &Session, wanted: &ScrubOptions) -> Result<Begun, CommandError> {
    if !scrub_ledger::lock_scrub(session).await? {
        return Ok(Begun::Elsewhere);
    }
    session.begin().await?;
    let scrub_id = scrub_ledger::begin_scrub(session, wanted.level).await?;
    let (due, up_to_date) = scrub::due(session, wanted).await?;
    if due.is_empty() {
        session.rollback().await?;
        return Ok(Begun::UpToDate(up_to_date));
    }
    let (estimates, room) = scrub::estimates(session, wanted, &due).await?;
    session.commit().await?;
    Ok(Begun::Due(scrub_id, estimates, room))
}

/// The same without noting anything.
async fn estimate(
    global: &Global,
    session: &Session,
    wanted: &ScrubOptions,
) -> Result<Outcome, CommandError> {
    session.begin().await?;
    scrub_ledger::begin_scrub(session, wanted.level).await?;
    let (due, _): (Vec<Due>, usize) = scrub::due(session, wanted).await?;
    let (estimates, room) = scrub::estimates(session, wanted, &due).await?;
    session.rollback().await?;
    if global.format == Format::Json {
        output::json(&Estimated {
            level: wanted.level,
            units: &estimates,
            room: &room,
        })?;
    } else if estimates.is_empty() {
        output::line("nothing is due")?;
    } else {
        describe(&estimates, &room)?;
    }
    Ok(Outcome::Done)
}

/// What writes tables anew, where it is asked for.
async fn repack(
    database: &Database,
    session: &Session,
    level: Level,
    args: &ScrubArgs,
) -> Result<Option<Repack>, CommandError> {
    if !args.repack {
        return Ok(None);
    }
    if level != Level::Two {
        return Err(CommandError::Usage(
            "--repack is for --level 2; the other levels write no table anew".to_owned(),
        ));
    }
    let folders = private_postgres::find_binaries(&APPLICATION)
        .into_iter()
        .collect::<Vec<_>>();
    match Repack::find(database, session, &folders).await {
        Ok(repack) => Ok(Some(repack)),
        Err(NoRepack::Database(error)) => Err(error.into()),
        Err(error) => Err(CommandError::Usage(error.to_string())),
    }
}

/// Whether there is room on the disk.
fn may_begin(level: Level, room: &Room, yes: bool) -> Result<(), CommandError> {
    let mb = |bytes: i64| output::grouped(bytes / (1024 * 1024) + 1);
    match room.free {
        Some(free) if room.is_short() => Err(CommandError::Usage(format!(
            "the server's disk has {} MB free, and up to {} MB are needed; make room, or scrub at level 1",
            mb(free),
            mb(room.needed)
        ))),
        None if level == Level::Two && !yes => Err(CommandError::Usage(format!(
            "up to {} MB are needed on the server's disk, and from here it cannot be known what is free; look, then give --yes",
            mb(room.needed)
        ))),
        _ => Ok(()),
    }
}

/// The submission that is meant, if one is.
async fn submission(
    session: &Session,
    args: &ScrubArgs,
) -> Result<Option<SubmissionId>, CommandError> {
    let Some(submission) = &args.submission else {
        return Ok(None);
    };
    let file = file_name(submission)?;
    let named = find(session, &file, args.drop.as_deref()).await?;
    Ok(Some(named.submission_id))
}

/// What is to be said where no unit is due: that all is done, or that a table is nowhere.
async fn nothing_due(
    session: &Session,
    wanted: &ScrubOptions,
    up_to_date: usize,
) -> Result<ScrubReport, CommandError> {
    let missing = scrub::missing_tables(session, wanted).await?;
    let mut report = ScrubReport::new(wanted.level, up_to_date);
    report.complete = missing.is_empty();
    report.blockers = missing
        .iter()
        .map(|table| scrub::not_found(table))
        .collect();
    Ok(report)
}

fn tell(treated: &TargetReport) {
    let (relation, complete) = (&treated.relation, treated.complete);
    let milliseconds = treated.milliseconds;
    tracing::info!(relation = %output::safe(relation), complete, milliseconds, "scrubbed");
}

fn describe(estimates: &[Estimate], room: &Room) -> Result<(), CommandError> {
    let mut table = output::table(&["relation", "lock", "MB", "WAL, MB", "seconds, about"]);
    let mb = |bytes: i64| output::number(bytes / (1024 * 1024));
    for estimate in estimates {
        table.add_row(vec![
            output::safe(&estimate.relation).into(),
            match estimate.exclusive {
                true => "all wait".into(),
                false => "nobody waits".into(),
            },
            mb(estimate.bytes),
            mb(estimate.wal),
            output::number(estimate.seconds),
        ]);
    }
    output::line(&table.to_string())?;
    let mb = |bytes: i64| output::grouped(bytes / (1024 * 1024) + 1);
    let free = match room.free {
        Some(free) => format!("{} MB are free", mb(free)),
        None => "what is free cannot be known from here".to_owned(),
    };
    output::line(&format!(
        "up to {} MB are needed on the server's disk; {free}",
        mb(room.needed)
    ))
}

/// Prints what became of a scrub.
pub fn show_scrubbed(format: Format, scrubbed: &ScrubReport) -> Result<(), CommandError> {
    if format == Format::Json {
        return output::json(scrubbed);
    }
    if scrubbed.targets.is_empty() && scrubbed.complete {
        return output::line(
            "nothing is due: no forget has changed anything since the last scrub of this level",
        );
    }
    let mut table = output::table(&["relation", "state", "seconds"]);
    for target in &scrubbed.targets {
        let state = if target.complete {
            "done"
        } else {
            "incomplete"
        };
        let (seconds, tenths) = (target.milliseconds / 1000, target.milliseconds % 1000 / 100);
        table.add_row([
            output::safe(&target.relation),
            state.to_owned(),
            format!("{seconds}.{tenths}"),
        ]);
    }
    output::line(&table.to_string())?;
    show_remains(scrubbed)
}

/// Says what remains, each once.
pub fn show_remains(scrubbed: &ScrubReport) -> Result<(), CommandError> {
    let mut said = Vec::new();
    let of_units = scrubbed.targets.iter().flat_map(|target| &target.blockers);
    for holder in of_units.chain(&scrubbed.blockers) {
        let words = output::safe(&holder.to_string());
        if !said.contains(&words) {
            said.push(words);
        }
    }
    if !said.is_empty() {
        output::note(match scrubbed.complete {
            true => "what keeps WAL or row versions now, of which this scrub is independent:",
            false => "what stood in the way:",
        });
    }
    for words in said {
        output::note(&format!("  {words}"));
    }
    match scrubbed.certificates {
        0 => {}
        1 => output::note("1 certificate"),
        n => output::note(&format!("{} certificates", output::grouped(n as i64))),
    }
    let level = scrubbed.level;
    let mut of_units = scrubbed.targets.iter().flat_map(|target| &target.blockers);
    let lacks_a_right = of_units.any(|holder| holder.kind == BlockerKind::Right);
    output::note(&match (scrubbed.complete, lacks_a_right) {
        (true, _) => format!("scrubbed at level {level}"),
        (false, true) => format!(
            "not everything could be removed at level {level}; nothing is lost: give the missing rights (`lethe catalogue grants` names them), then run again"
        ),
        (false, false) => {
            format!("not everything could be removed at level {level}; nothing is lost, run again")
        }
    });
    Ok(())
}
