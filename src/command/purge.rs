//! `purge`: removes results, submit files, cases and keys whose retention is over (contract section 7).

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::world::{World, open_drop};
use super::{CommandError, Outcome, show};
use crate::care::CaseId;
use crate::cli::{DropArgs, Format, Global};
use crate::config::DropConfig;
use crate::database::Session;
use crate::drop_folder::{CaseFolders, DropError, DropFolder, FileName, Removal};
use crate::ledger::{self, Purgeable};
use crate::pipeline::PipelineError;
use crate::placeholder::random_key;
use crate::request::Product;

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
        purge_cases(&world, &session, before, &mut purged).await?;
    }
    let key = random_key().map_err(PipelineError::from)?;
    ledger::renew_plan_key(&session, before, now, &key).await?;
    let outcome = match purged.failed {
        0 => Outcome::Done,
        _ => Outcome::Failed,
    };
    if args.folder.is_none() {
        for (name, submissions) in ledger::purgeable_drops(&session, before).await? {
            show::note(&format!(
                "{} submissions of drop {} are due, but no configuration names it; give it with --drop and --account",
                submissions,
                show::safe(&name)
            ));
            purged.unknown_drops.push(name);
        }
    }
    if global.format == Format::Json {
        show::json(&purged)?;
        return Ok(outcome);
    }
    for name in &purged.kept {
        show::line(&format!(
            "left {name}: it is not the file that was carried out"
        ))?;
    }
    show::line(&format!(
        "purged {} submissions, {} files (completed more than {} days ago)",
        show::grouped(purged.submissions as i64),
        show::grouped(purged.files as i64),
        world.config.retention_days()
    ))?;
    Ok(outcome)
}

/// The cases' folders, each as a drop; then the cases of which nothing is left.
async fn purge_cases(
    world: &World,
    session: &Session,
    before: DateTime<Utc>,
    purged: &mut Purged,
) -> Result<(), CommandError> {
    let Some(care) = &world.config.care else {
        return Ok(());
    };
    for (name, _) in ledger::purgeable_drops(session, before).await? {
        let Some(case) = CaseId::of_drop(&name) else {
            continue;
        };
        let drop = DropConfig {
            path: care.path.join(case.as_str()),
            name,
            accounts: Vec::new(),
            product: Product::default(),
            time_zone: care.time_zone,
        };
        purge_drop(world, session, &drop, before, purged).await?;
    }
    let folders = CaseFolders::open(&care.path)?;
    for row in ledger::cases(session).await? {
        let Ok(case) = CaseId::parse(&row.case) else {
            continue;
        };
        if row.opened_at >= before {
            continue;
        }
        forget_lost_files(session, &folders, &case, before).await?;
        // What else lies in the folder is somebody's, and keeps it.
        match folders.remove_empty(&case) {
            Ok(true) | Err(DropError::NoCase { .. }) => {}
            Ok(false) => continue,
            Err(error) => {
                show::note(&format!("error: case {case}: {error}"));
                purged.failed += 1;
                continue;
            }
        }
        ledger::purge_case(session, &case).await?;
    }
    Ok(())
}

/// Files that were put into a case, never carried out, and are gone: nothing of them is left to be done.
async fn forget_lost_files(
    session: &Session,
    folders: &CaseFolders,
    case: &CaseId,
    before: DateTime<Utc>,
) -> Result<(), CommandError> {
    let folder = match folders.case(case) {
        Ok(folder) => Some(folder),
        Err(DropError::NoCase { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    for file in ledger::case_files(session, case).await? {
        let Ok(name) = FileName::parse(&file.file) else {
            continue;
        };
        let stands = folder.as_ref().map_or(Ok(false), |f| f.is_used(&name))?;
        let known = ledger::known(session, &case.drop_name(), &file.file).await?;
        if let (false, None, Some((_, digest))) = (stands, known, file.digest)
            && file.opened_at < before
        {
            ledger::withdraw_case_file(session, case, &file.file, &digest).await?;
        }
    }
    Ok(())
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
    let name = show::safe(&drop.name);
    let folder = match open_drop(drop) {
        Ok(folder) => folder,
        Err(error) => {
            show::note(&format!("error: drop {name}: {error}"));
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
                show::note(&format!(
                    "error: {name}/{}: {error}; move away what stands there, then purge again",
                    show::safe(&submission.file_name)
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
