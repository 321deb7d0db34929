//! The cases of Customer Care: what is purged, and what is left and named.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::care::CaseId;
use crate::drop::{CaseFolders, DropError, Entry, State};
use crate::ledger;
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::purge::drops::{Purge, purge_drop};
use crate::service::purge::purged::{Abandoned, Purged};
use crate::service::report::Message;
use crate::service::workspace::case_drop;
use crate::service::workspace::open_drop;

/// Purges the folder of each case as a drop; then the cases that have nothing left.
pub(super) async fn purge_cases(task: &Purge<'_>, purged: &mut Purged) -> Result<(), ServiceError> {
    let (session, before) = (task.session, task.before);
    let Some(care) = &task.workspace.care else {
        return Ok(());
    };
    for (name, _) in ledger::purgeable_drops(session, before).await? {
        if let Some(case) = CaseId::of_drop(&name) {
            purge_drop(task, &case_drop(care, &case), purged).await?;
        }
    }
    let folders = match CaseFolders::open(&care.path) {
        Ok(folders) => folders,
        Err(error) => {
            task.error(Message::error(&error).of("[care] path"));
            purged.failed += 1;
            return Ok(());
        }
    };
    // Those that were opened, and folders made by hand whose submissions are purged.
    let mut cases: BTreeSet<CaseId> = BTreeSet::new();
    for row in ledger::cases(session).await? {
        if row.opened_at < before {
            cases.insert(row.case);
        }
    }
    cases.extend(ledger::purged_cases(session).await?);
    let mut unreadable = BTreeSet::new();
    for case in &cases {
        match purge_case(session, &folders, case, before, purged).await {
            Err(ServiceError::Drop(error)) => {
                unusable(task, case, &error, purged);
                unreadable.insert(case);
            }
            ended => ended?,
        }
    }
    for case in folders.list()? {
        if unreadable.contains(&case) {
            continue;
        }
        match abandoned(session, &folders, &case, before, purged).await {
            // It was removed in the meantime.
            Err(ServiceError::Drop(DropError::NoCase { .. })) => {}
            Err(ServiceError::Drop(error)) => unusable(task, &case, &error, purged),
            ended => ended?,
        }
    }
    Ok(())
}

/// Reports the folder of a case that cannot be used.
fn unusable(task: &Purge<'_>, case: &CaseId, error: &DropError, purged: &mut Purged) {
    task.error(Message::error(error).of(format_args!("case {case}")));
    purged.failed += 1;
}

/// Removes a case that has no open work. A folder with other files in it is kept, and with it the case.
async fn purge_case(
    session: &Session,
    folders: &CaseFolders,
    case: &CaseId,
    before: DateTime<Utc>,
    purged: &mut Purged,
) -> Result<(), ServiceError> {
    forget_lost_files(session, folders, case, before, purged).await?;
    if ledger::case_has_work(session, case).await? {
        return Ok(());
    }
    match folders.remove_empty(case) {
        Ok(true) | Err(DropError::NoCase { .. }) => {}
        Ok(false) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    purged.changed_ledger = true;
    Ok(ledger::purge_case(session, case).await?)
}

/// Names the submissions of a case that were written before `before` and never run. They contain devices, but a consumer
/// still waits for an answer: only Care can decide about them.
async fn abandoned(
    session: &Session,
    folders: &CaseFolders,
    case: &CaseId,
    before: DateTime<Utc>,
    purged: &mut Purged,
) -> Result<(), ServiceError> {
    let entries = folders.case(case)?.look()?;
    let opened = ledger::case_files(session, case).await?;
    for entry in entries {
        let Entry::Proper {
            name,
            state: State::Plain(fingerprint),
        } = entry
        else {
            continue;
        };
        let opened = opened.iter().find(|file| file.file == name);
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

/// Removes approvals of submissions that are gone: these can never run, and the approval contains the ID of the case.
pub(super) async fn purge_approvals(
    task: &Purge<'_>,
    purged: &mut Purged,
) -> Result<(), ServiceError> {
    let (session, workspace) = (task.session, task.workspace);
    for (drop_name, file) in ledger::old_approvals(session, task.before).await? {
        let drop = match (CaseId::of_drop(&drop_name), &workspace.care) {
            (Some(case), Some(care)) => Some(case_drop(care, &case)),
            _ => workspace.drop_named(&drop_name).cloned(),
        };
        let exists = match drop.as_ref().map(open_drop) {
            Some(Ok(folder)) => folder.is_used(&file)?,
            None | Some(Err(DropError::NoCase { .. })) => false,
            // A folder that cannot be read may hold the file.
            Some(Err(_)) => true,
        };
        if !exists {
            ledger::purge_approval(session, &drop_name, file.as_str()).await?;
            purged.changed_ledger = true;
        }
    }
    Ok(())
}

/// Withdraws files that were put into a case, were never run, and are gone.
async fn forget_lost_files(
    session: &Session,
    folders: &CaseFolders,
    case: &CaseId,
    before: DateTime<Utc>,
    purged: &mut Purged,
) -> Result<(), ServiceError> {
    let folder = match folders.case(case) {
        Ok(folder) => Some(folder),
        Err(DropError::NoCase { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    for file in ledger::case_files(session, case).await? {
        let name = &file.file;
        let exists = folder.as_ref().map_or(Ok(false), |f| f.is_used(name))?;
        let known = ledger::known(session, &case.drop_name(), name.as_str()).await?;
        if let (false, None, Some(recorded)) = (exists, known, &file.digest)
            && file.opened_at < before
        {
            let digest = &recorded.digest;
            ledger::withdraw_case_file(session, case, name.as_str(), digest).await?;
            purged.changed_ledger = true;
        }
    }
    Ok(())
}
