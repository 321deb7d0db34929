//! Running a case: which files a run takes up, and what it leaves.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::drop_of_case;
use super::context::CaseContext;
use super::error::CaseError;
use super::pending::{Location, pending};
use crate::catalogue::Access;
use crate::domain::care::CaseId;
use crate::drop::{DropError, Entry, FileName};
use crate::ledger::{self, CaseSubmission};
use crate::postgres::Session;
use crate::service::settings::DropConfig;

/// The files of a drop that belong to a case.
pub(crate) struct DropFiles {
    pub(crate) drop: DropConfig,
    pub(crate) files: BTreeSet<FileName>,
}

/// The files that a run of a case takes up: those in its folder, the files in customers' drops in which a request names the
/// case, and those of either that an earlier run has begun. Fails if nothing is known of the case.
pub(crate) async fn files_to_run(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
) -> Result<Vec<DropFiles>, CaseError> {
    let mut drops = Vec::new();
    for (name, files) in files_by_drop(context, session, case).await? {
        if name == case.drop_name() {
            let catalogue = context.workspace.catalogue(session, Access::Read).await?;
            let row = ledger::case(session, case).await?;
            let drop = drop_of_case(context, session, &catalogue, case, row.as_ref()).await?;
            drops.push(DropFiles { drop, files });
        } else if let Some(drop) = context.workspace.drop_named(&name) {
            let drop = drop.clone();
            drops.push(DropFiles { drop, files });
        }
    }
    Ok(drops)
}

async fn files_by_drop(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
) -> Result<BTreeMap<String, BTreeSet<FileName>>, CaseError> {
    let mut files: BTreeMap<String, BTreeSet<FileName>> = BTreeMap::new();
    match context.folders.case(case) {
        Ok(folder) => {
            let own = files.entry(case.drop_name()).or_default();
            for entry in folder.look()? {
                if let Entry::Proper { name, .. } = entry {
                    own.insert(name);
                }
            }
        }
        Err(DropError::NoCase { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    for pending in pending(context, session, case).await? {
        if pending.location == Location::Drop {
            files.entry(pending.drop).or_default().insert(pending.name);
        }
    }
    for begun in ledger::case_submissions(session, case).await? {
        if !is_completed(&begun) {
            files.entry(begun.drop).or_default().insert(begun.file);
        }
    }
    Ok(files)
}

fn is_completed(submission: &CaseSubmission) -> bool {
    match submission.state {
        ledger::State::Received | ledger::State::Running | ledger::State::Answered => false,
        ledger::State::Done => true,
    }
}

/// What is not completed after a run of a case.
pub(crate) struct Remainder {
    /// Files that another process is working on, or that were paused.
    pub(crate) elsewhere: Vec<String>,
    /// Media objects of recordings that are not deleted yet.
    pub(crate) media_objects: i64,
}

/// What of a case is not completed after a run. `is_reported` says whether the run has reported on a file, given the names of
/// drop and file.
pub(crate) async fn remainder(
    session: &Session,
    case: &CaseId,
    is_reported: impl Fn(&str, &str) -> bool,
) -> Result<Remainder, CaseError> {
    let mut remainder = Remainder {
        elsewhere: Vec::new(),
        media_objects: 0,
    };
    for submission in ledger::case_submissions(session, case).await? {
        let is_own = submission.drop == case.drop_name();
        let only = (!is_own).then(|| case.as_str());
        let media = ledger::case_media(session, submission.submission_id, only).await?;
        remainder.media_objects += media.iter().map(|media| media.objects).sum::<i64>();
        if !is_completed(&submission) && !is_reported(&submission.drop, submission.file.as_str()) {
            remainder.elsewhere.push(submission.file.to_string());
        }
    }
    Ok(remainder)
}
