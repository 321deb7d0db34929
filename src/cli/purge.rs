//! `purge`: removes results, submit files, cases and keys whose retention is over (contract section 7).

mod cases;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::cli::arguments::{DropArgs, Format, Global};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::placeholder::random_key;
use crate::drop::{DropFolder, FileName, Removal};
use crate::ledger::{self, Purgeable};
use crate::postgres::Session;
use crate::service::pipeline::PipelineError;
use crate::service::settings::DropConfig;
use crate::service::workspace::open_drop;

#[derive(Debug, Default, Serialize)]
struct Purged {
    submissions: u64,
    files: u64,
    /// Submit files that are not those that were carried out: left where they are.
    kept: Vec<String>,
    /// Drops with something to purge that no configuration names.
    unknown_drops: Vec<String>,
    /// Submissions whose files could not be removed; the next purge tries again.
    failed: u64,
    /// Submissions of cases that were never carried out and are older than retention: they stay.
    abandoned: Vec<Abandoned>,
}

/// A submission of a case that nobody ran.
#[derive(Debug, Serialize)]
struct Abandoned {
    case: String,
    file: String,
    since: Option<DateTime<Utc>>,
}

pub async fn purge(global: &Global, args: &DropArgs) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let drops = world.drops(args)?;
    let (_connected, session) = world.connect_to_ledger().await?;
    let now = world.clock.now();
    let before = now - TimeDelta::days(world.config.retention_days().into());
    let mut purged = Purged::default();
    for drop in &drops {
        purge_drop(&world, &session, drop, before, &mut purged).await?;
    }
    if args.folder.is_none() {
        cases::purge_cases(&world, &session, before, &mut purged).await?;
        cases::purge_approvals(&world, &session, before).await?;
    }
    let key = random_key().map_err(PipelineError::from)?;
    ledger::renew_plan_key(&session, before, now, &key).await?;
    let outcome = match purged.failed {
        0 => Outcome::Done,
        _ => Outcome::Failed,
    };
    if args.folder.is_none() {
        for (name, submissions) in ledger::purgeable_drops(&session, before).await? {
            let name_it = match CaseId::of_drop(&name) {
                Some(_) => "name [care] path",
                None => "give it with --drop and --account",
            };
            output::note(&format!(
                "{} submissions of drop {} are due, but no configuration names it; {name_it}",
                submissions,
                output::safe(&name)
            ));
            purged.unknown_drops.push(name);
        }
    }
    if global.format == Format::Json {
        output::json(&purged)?;
        return Ok(outcome);
    }
    for name in &purged.kept {
        output::line(&format!(
            "left {name}: it is not the file that was carried out"
        ))?;
    }
    for abandoned in &purged.abandoned {
        let since = abandoned.since.map(|at| at.format("%Y-%m-%d").to_string());
        output::line(&format!(
            "left case {}: {} waits since {} and was never run; run it, or remove the file",
            abandoned.case,
            abandoned.file,
            since.unwrap_or_default()
        ))?;
    }
    output::line(&format!(
        "purged {} submissions, {} files (completed more than {} days ago)",
        output::grouped(purged.submissions as i64),
        output::grouped(purged.files as i64),
        world.config.retention_days()
    ))?;
    Ok(outcome)
}

/// What stands in the way of one submission, or of one drop, is told: its owner must not keep the others' data.
async fn purge_drop(
    world: &World,
    session: &Session,
    drop: &DropConfig,
    before: DateTime<Utc>,
    purged: &mut Purged,
) -> Result<(), CommandError> {
    let due = ledger::purgeable(session, &drop.name, before).await?;
    if due.is_empty() {
        return Ok(());
    }
    let name = output::safe(&drop.name);
    let folder = match open_drop(drop) {
        Ok(folder) => folder,
        Err(error) => {
            output::note(&format!("error: drop {name}: {error}"));
            purged.failed += due.len() as u64;
            return Ok(());
        }
    };
    let limit = world.config.max_submission_bytes();
    for submission in due {
        match purge_files(session, &folder, &submission, limit, purged).await {
            Ok(()) => {
                let id = submission.submission_id;
                ledger::forget_keys(session, id, world.clock.now()).await?;
                purged.submissions += 1;
            }
            Err(CommandError::Drop(error)) => {
                output::note(&format!(
                    "error: {name}/{}: {error}; move away what stands there, then purge again",
                    output::safe(&submission.file_name)
                ));
                purged.failed += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Files first, keys last: a purge that is cut off is repeated whole.
async fn purge_files(
    session: &Session,
    folder: &DropFolder,
    submission: &Purgeable,
    limit: u64,
    purged: &mut Purged,
) -> Result<(), CommandError> {
    // A receipt holds no personal data, and is what proves afterwards that something was done.
    // In a case's folder it would keep the case's ID; the operator's copy and the ledger have it too.
    // So with certificates.
    let name = FileName::parse(&submission.file_name);
    let is_proof = |result: &str| {
        let proves = |name: &FileName| name.receipt() == result || name.is_certificate(result);
        !folder.is_case() && name.as_ref().is_ok_and(proves)
    };
    for result in ledger::results(session, submission.submission_id).await? {
        if is_proof(&result.name) {
            continue;
        }
        if folder.remove_result(&result.name)? == Removal::Removed {
            purged.files += 1;
        }
    }
    let Ok(name) = name else {
        return Ok(());
    };
    let earlier = ledger::duplicates(session, submission.submission_id).await?;
    let known = submission
        .digest
        .into_iter()
        .chain(earlier.into_iter().filter_map(|d| d.digest));
    let mut left = false;
    for (key, digest) in known {
        match folder.remove_submission(&name, limit, &key, &digest)? {
            Removal::Removed => {
                purged.files += 1;
                return Ok(());
            }
            Removal::Kept => left = true,
            Removal::Gone => return Ok(()),
        }
    }
    if left {
        purged.kept.push(name.as_str().to_owned());
    }
    Ok(())
}
