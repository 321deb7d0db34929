//! The submissions of a drop.

use chrono::{DateTime, Utc};

use crate::domain::text::printable;
use crate::drop::{DropFolder, Removal};
use crate::ledger::{self, Purgeable};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::purge::purged::Purged;
use crate::service::report::{Message, Reporter};
use crate::service::settings::DropConfig;
use crate::service::workspace::{Workspace, open_drop};

/// What a purge works with.
pub(super) struct Purge<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) session: &'a Session,
    pub(crate) reporter: &'a dyn Reporter,
    /// What was completed earlier is purged.
    pub(crate) before: DateTime<Utc>,
}

impl Purge<'_> {
    pub(crate) fn error(&self, message: Message) {
        self.reporter.report(message);
    }
}

/// Purges a drop. What prevents the purge of one submission, or of the drop, is reported: its owner must not keep the data
/// of others.
pub(super) async fn purge_drop(
    task: &Purge<'_>,
    drop: &DropConfig,
    purged: &mut Purged,
) -> Result<(), ServiceError> {
    let (session, workspace) = (task.session, task.workspace);
    let due = ledger::purgeable(session, &drop.name, task.before).await?;
    if due.is_empty() {
        return Ok(());
    }
    let name = printable(&drop.name);
    let folder = match open_drop(drop) {
        Ok(folder) => folder,
        Err(error) => {
            task.error(Message::error(&error).of(format_args!("drop {name}")));
            purged.failed += due.len() as u64;
            return Ok(());
        }
    };
    for submission in due {
        match purge_files(workspace, session, &folder, &submission, purged).await {
            Ok(()) => {
                let id = submission.submission_id;
                ledger::forget_keys(session, id, workspace.clock.now()).await?;
                purged.submissions += 1;
                purged.changed_ledger = true;
            }
            Err(ServiceError::Drop(error)) => {
                let file = &submission.file_name;
                task.error(
                    Message::error(&error)
                        .of(format_args!("{name}/{file}"))
                        .hint("move away what is in its place, then purge again"),
                );
                purged.failed += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes the files of a submission. The keys follow when all files are gone: an interrupted purge is repeated.
async fn purge_files(
    workspace: &Workspace,
    session: &Session,
    folder: &DropFolder,
    submission: &Purgeable,
    purged: &mut Purged,
) -> Result<(), ServiceError> {
    let keyring = &workspace.keyring;
    let limit = workspace.submission.max_submission_bytes;
    // A receipt holds no personal data, and later proves what was done. In the folder of a case it would keep the ID of
    // the case; the operator's copy and the ledger have it too. The same holds for certificates.
    let name = &submission.file_name;
    let is_proof = |result: &str| {
        !folder.is_case() && (name.receipt() == result || name.is_certificate(result))
    };
    for result in ledger::results(session, submission.submission_id).await? {
        if is_proof(&result.name) {
            continue;
        }
        if folder.remove_result(&result.name)? == Removal::Removed {
            purged.files += 1;
        }
    }
    let earlier = ledger::duplicates(session, submission.submission_id).await?;
    let earlier = earlier.iter().filter_map(|d| d.digest.as_ref());
    let known = submission.digest.iter().chain(earlier);
    let mut left = false;
    for digest in known {
        let (key, digest) = keyring.open_digest(digest)?;
        match folder.remove_submission(name, limit, &key, &digest)? {
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
