//! `scrub`: removes what FORGETs left below SQL, as far as possible.

use std::time::Duration;

use serde::Serialize;

use crate::catalogue::Reviewed;
use crate::cli::arguments::{Format, Global, ScrubArgs};
use crate::cli::context::Context;
use crate::cli::output::{self, Terminal};
use crate::cli::signals::Signals;
use crate::cli::{CommandError, Outcome};
use crate::domain::blocker::BlockerKind;
use crate::domain::database_role::DatabaseRole;
use crate::domain::identifier::SubmissionId;
use crate::domain::level::Level;
use crate::engine::Workload;
use crate::engine::pace::{self, Pace};
use crate::erasure::scrub::estimate::{Estimate, Room};
use crate::erasure::scrub::{ScrubOptions, ScrubReport};
use crate::ledger::Holder;
use crate::postgres::{Database, Session};
use crate::service::ServiceError;
use crate::service::control::{file_name, find};
use crate::service::scrub::{self, COST_DELAY, Start, Treated, UnknownSpace};
use crate::service::subject::changed_columns;

#[derive(Serialize)]
struct Estimated<'a> {
    level: Level,
    units: &'a [Estimate],
    room: &'a Room,
}

/// Says that another session scrubs.
fn busy(holder: Option<&Holder>) -> Outcome {
    let detail = holder.map(|holder| format!("\n  detail: {holder}"));
    output::note(&format!(
        "error: another scrub of this ledger is running{}\n  hint: wait for its end, or end its session",
        detail.unwrap_or_default()
    ));
    Outcome::Failed
}

pub(crate) async fn scrub(global: &Global, args: &ScrubArgs) -> Result<Outcome, CommandError> {
    let mut context = Context::open(global)?;
    let config = &mut context.config;
    config.max_wal_rate = args.max_wal_rate.or(config.max_wal_rate);
    config.max_replica_lag = args.max_replica_lag.or(config.max_replica_lag);
    let (connected, session) = match level(&context, args) {
        Level::Two => context.connect_to_rewrite().await?,
        Level::One | Level::OneAndHalf => context.connect_to_ledger(DatabaseRole::Engine).await?,
    };
    if context.config.max_replica_lag.is_some() && !pace::may_see_replicas(&session).await? {
        return Err(ServiceError::ReplicasHidden.into());
    }
    let options = options(&context, &connected.database, &session, args).await?;
    if args.estimate {
        return estimate(global, &session, &options).await;
    }
    let limits = context.config.pace(Workload::Offline, options.until);
    let pace = Pace::new(limits, context.clock.clone());
    let workspace = &context.workspace;
    // An unusable key is reported before anything is done.
    let receipts = workspace.receipts(&session).await?;
    let (mut report, treated) = match scrub::begin(&session, &options).await? {
        Start::Busy(holder) => return Ok(busy(holder.as_ref())),
        Start::UpToDate(targets) => {
            let report = scrub::nothing_due(&session, &options, targets).await?;
            (report, Treated::Nothing)
        }
        Start::Begun(begun) => {
            let unknown = match args.yes {
                true => UnknownSpace::Accepted,
                false => UnknownSpace::Refused,
            };
            scrub::check_room(options.level, &begun.room, unknown)?;
            if global.format == Format::Text && options.level == Level::Two {
                describe(&begun.estimates, &begun.room)?;
            }
            let mut signals = Signals::listen()?;
            let work = scrub::run(workspace, &session, begun.scrub_id, &options, &pace);
            let report = signals.guard(work, || pace.interrupt()).await?;
            (report, Treated::Due)
        }
    };
    let terminal = Terminal::new(global.format);
    let certified = scrub::certify(
        workspace,
        &session,
        &receipts,
        &options,
        treated,
        &mut report,
        &terminal,
    )
    .await;
    show_scrubbed(global.format, &report)?;
    certified?;
    Ok(scrub::outcome(&report))
}

/// The level of the command line, else of the configuration, else the lowest.
fn level(context: &Context, args: &ScrubArgs) -> Level {
    args.level.or(context.config.scrub).unwrap_or(Level::One)
}

async fn options(
    context: &Context,
    database: &Database,
    session: &Session,
    args: &ScrubArgs,
) -> Result<ScrubOptions, CommandError> {
    let level = level(context, args);
    let repack = match args.repack {
        true => Some(scrub::find_repack(database, session, level).await?),
        false => None,
    };
    Ok(ScrubOptions {
        level,
        submission_id: submission(session, args).await?,
        columns: changed_columns(&context.workspace, session).await?,
        wait: args.wait,
        cost_delay: match args.offline {
            true => Duration::ZERO,
            false => COST_DELAY,
        },
        until: args.until.map(|until| until.moment(context.clock.now())),
        repack,
        reviewed: Reviewed::of(&context.sources()?),
    })
}

/// The submission whose tables are scrubbed; `None`: all.
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

async fn estimate(
    global: &Global,
    session: &Session,
    options: &ScrubOptions,
) -> Result<Outcome, CommandError> {
    let (estimates, room) = scrub::estimate(session, options).await?;
    if global.format == Format::Json {
        output::json(&Estimated {
            level: options.level,
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

fn describe(estimates: &[Estimate], room: &Room) -> Result<(), CommandError> {
    let mut table = output::table(&["relation", "lock", "MB", "WAL, MB", "seconds, about"]);
    let mb = |bytes: i64| output::number(bytes / (1024 * 1024));
    for estimate in estimates {
        table.add_row(vec![
            output::safe(&estimate.relation).into(),
            match estimate.exclusive {
                true => "exclusive".into(),
                false => "shared".into(),
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
        None => "the free space is unknown".to_owned(),
    };
    output::line(&format!(
        "up to {} MB are needed on the server's disk; {free}",
        mb(room.needed)
    ))
}

/// Prints the report of a scrub.
pub(crate) fn show_scrubbed(format: Format, scrubbed: &ScrubReport) -> Result<(), CommandError> {
    if format == Format::Json {
        return output::json(scrubbed);
    }
    if scrubbed.targets.is_empty() && scrubbed.complete {
        return output::line(
            "nothing is due: no FORGET has changed a row since the last scrub of this level",
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

/// Prints what remains, each blocker once.
pub(crate) fn show_remains(scrubbed: &ScrubReport) -> Result<(), CommandError> {
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
            true => "these keep WAL or row versions now, but did not affect this scrub:",
            false => "blockers:",
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
            "warning: not everything could be removed at level {level}\n  hint: grant the missing privileges (`lethe catalogue grants` lists them), then run again"
        ),
        (false, false) => {
            format!(
                "warning: not everything could be removed at level {level}\n  hint: remove the blockers, then run again"
            )
        }
    });
    Ok(())
}
