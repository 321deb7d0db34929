//! What retention takes of Customer Care's cases, and what it leaves and names.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::cli::context::World;
use crate::cli::purge::{Abandoned, Purged, purge_drop};
use crate::cli::{CommandError, output};
use crate::domain::care::CaseId;
use crate::drop::{CaseFolders, DropError, Entry, FileName, State};
use crate::ledger;
use crate::postgres::Session;
use crate::service::workspace::case_drop;
use crate::service::workspace::open_drop;

/// The cases' folders, each as a drop; then the cases of which nothing is left.
pub(super) async fn purge_cases(
    world: &World,
    session: &Session,
    before: DateTime<Utc>,
    purged: &mut Purged,
) -> Result<(), CommandError> {
    let Some(care) = &world.config.care else {
        return Ok(());
    };
    for (name, _) in ledger::purgeable_drops(session, before).await? {
        if let Some(case) = CaseId::of_drop(&name) {
            purge_drop(world, session, &case_drop(care, &case), before, purged).await?;
        }
    }
    let folders = match CaseFolders::open(&care.path) {
        Ok(folders) => folders,
        Err(error) => {
            output::note(&format!("error: [care] path: {error}"));
            purged.failed += 1;
            return Ok(());
        }
    };
    // Those that were opened, and folders made by hand of which what lay in them is purged.
    let mut cases: BTreeSet<CaseId> = BTreeSet::new();
    for row in ledger::cases(session).await? {
        if row.opened_at < before {
            cases.extend(CaseId::parse(&row.case));
        }
    }
    cases.extend(ledger::purged_cases(session).await?);
    for case in &cases {
        match purge_case(session, &folders, case, before).await {
            Ok(()) => {}
            Err(CommandError::Drop(error)) => {
                output::note(&format!("error: case {case}: {error}"));
                purged.failed += 1;
            }
            Err(error) => return Err(error),
        }
    }
    for case in folders.list()? {
        abandoned(session, &folders, &case, before, purged).await?;
    }
    Ok(())
}

/// Removes a case in which nothing is left to be done; what else lies in its folder is somebody's, and keeps it.
async fn purge_case(
    session: &Session,
    folders: &CaseFolders,
    case: &CaseId,
    before: DateTime<Utc>,
) -> Result<(), CommandError> {
    forget_lost_files(session, folders, case, before).await?;
    if ledger::case_has_work(session, case).await? {
        return Ok(());
    }
    match folders.remove_empty(case) {
        Ok(true) | Err(DropError::NoCase { .. }) => {}
        Ok(false) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    Ok(ledger::purge_case(session, case).await?)
}

/// Names the submissions of a case that were written before `before` and never carried out. They hold somebody's devices; but
/// a consumer still waits for an answer, so nobody but Care can say what is to become of them.
async fn abandoned(
    session: &Session,
    folders: &CaseFolders,
    case: &CaseId,
    before: DateTime<Utc>,
    purged: &mut Purged,
) -> Result<(), CommandError> {
    let Ok(entries) = folders.case(case).and_then(|folder| folder.look()) else {
        // Told by `case list`; nothing is to be removed there.
        return Ok(());
    };
    let opened = ledger::case_files(session, case).await?;
    for entry in entries {
        let Entry::Proper {
            name,
            state: State::Plain(fingerprint),
        } = entry
        else {
            continue;
        };
        let opened = opened.iter().find(|file| file.file == name.as_str());
        let since = opened.map_or_else(|| fingerprint.modified(), |file| Some(file.opened_at));
        let known = ledger::known(session, &case.drop_name(), name.as_str()).await?;
        if known.is_none() && since.is_some_and(|since| since < before) {
            purged.abandoned.push(Abandoned {
                case: case.to_string(),
                file: name.as_str().to_owned(),
                since,
            });
        }
    }
    Ok(())
}

/// Approvals of submissions that are gone: what was approved can never be carried out, and the case's ID stands in them.
pub(super) async fn purge_approvals(
    world: &World,
    session: &Session,
    before: DateTime<Utc>,
) -> Result<(), CommandError> {
    for (drop_name, file) in ledger::old_approvals(session, before).await? {
        let drop = match (CaseId::of_drop(&drop_name), &world.config.care) {
            (Some(case), Some(care)) => Some(case_drop(care, &case)),
            _ => world
                .config
                .drops
                .iter()
                .find(|drop| drop.name == drop_name)
                .cloned(),
        };
        let stands = match (drop.as_ref().map(open_drop), FileName::parse(&file)) {
            (Some(Ok(folder)), Ok(name)) => folder.is_used(&name)?,
            (None, _) | (Some(Err(DropError::NoCase { .. })), _) => false,
            // Whoever cannot look does not know.
            _ => true,
        };
        if !stands {
            ledger::purge_approval(session, &drop_name, &file).await?;
        }
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
