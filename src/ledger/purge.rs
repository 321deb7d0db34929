//! Retention: what is due, and its removal from the ledger.

use chrono::{DateTime, Utc};

use super::secret::KeyedDigest;
use crate::domain::care::CaseId;
use crate::domain::file_name::FileName;
use crate::domain::identifier::SubmissionId;
use crate::postgres::fault::point;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

row! {
    /// A completed submission that is due to be purged.
    #[derive(Debug)]
    pub(crate) struct Purgeable {
        pub(crate) submission_id: SubmissionId,
        pub(crate) file_name: FileName,
        /// Key and digest of the submit file.
        pub(crate) digest: Option<KeyedDigest> = flatten,
    }
}

/// The submissions of a drop that were completed before `before`.
pub(crate) async fn purgeable(
    session: &Session,
    drop_name: &str,
    before: DateTime<Utc>,
) -> Result<Vec<Purgeable>, DatabaseError> {
    list_due_submissions(session, before, drop_name).await
}

/// Drops with submissions that are due, and how many.
pub(crate) async fn purgeable_drops(
    session: &Session,
    before: DateTime<Utc>,
) -> Result<Vec<(String, i64)>, DatabaseError> {
    let rows = count_due_by_drop(session, before).await?;
    let pair = |row: DueDrop| (row.drop_name, row.submissions);
    Ok(rows.into_iter().map(pair).collect())
}

/// Deletes cases, answers and keys of a submission; counts stay, and its name stays used.
pub(crate) async fn forget_keys(
    session: &Session,
    submission_id: SubmissionId,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    session.begin().await?;
    keep_asked_on(session, submission_id).await?;
    delete_requests(session, submission_id).await?;
    delete_keys(session, submission_id, now).await?;
    point!(session, "purge.before");
    session.commit().await?;
    point!(session, "purge.committed");
    Ok(())
}

/// The cases whose folders had submissions, all of which are purged.
pub(crate) async fn purged_cases(session: &Session) -> Result<Vec<CaseId>, DatabaseError> {
    let rows = list_purged_case_folders(session).await?;
    let case = |row: &CaseFolder| {
        CaseId::of_drop(&row.drop_name).ok_or_else(|| {
            DatabaseError::unreadable(
                "cannot read the cases of the ledger\n  detail: a drop is not named like the folder of a case".to_owned(),
            )
        })
    };
    rows.iter().map(case).collect()
}

/// Whether anything of a case is still to be processed, deleted or purged.
pub(crate) async fn case_has_work(session: &Session, case: &CaseId) -> Result<bool, DatabaseError> {
    let row = open_case_work(session, case.as_str(), &case.drop_name()).await?;
    Ok(row.0.open)
}

/// Deletes a case that has no work left: see [`case_has_work`].
pub(crate) async fn purge_case(session: &Session, case: &CaseId) -> Result<(), DatabaseError> {
    delete_case(session, case.as_str(), &case.drop_name()).await
}

/// Approvals given before `before` that are no longer of use: drop and file.
pub(crate) async fn old_approvals(
    session: &Session,
    before: DateTime<Utc>,
) -> Result<Vec<(String, FileName)>, DatabaseError> {
    let rows = list_unused_approvals(session, before).await?;
    let pair = |row: ApprovedFile| (row.drop_name, row.file_name);
    Ok(rows.into_iter().map(pair).collect())
}

row! {
    struct DueDrop {
        drop_name: String,
        submissions: i64,
    }
}

row! {
    struct CaseFolder {
        drop_name: String,
    }
}

row! {
    struct CaseWork {
        open: bool,
    }
}

row! {
    struct ApprovedFile {
        drop_name: String,
        file_name: FileName,
    }
}

queries! {
    /// Deletes the approvals of a submission.
    pub(crate) fn purge_approval(drop_name: &str, file_name: &str) = "ledger/purge/delete_approvals.sql";
    fn list_due_submissions(before: DateTime<Utc>, drop_name: &str) -> Vec<Purgeable> = "ledger/purge/list_due_submissions.sql";
    fn count_due_by_drop(before: DateTime<Utc>) -> Vec<DueDrop> = "ledger/purge/count_due_by_drop.sql";
    fn keep_asked_on(submission_id: SubmissionId) = "ledger/purge/keep_asked_on.sql";
    fn delete_requests(submission_id: SubmissionId) = "ledger/purge/delete_requests.sql";
    fn delete_keys(submission_id: SubmissionId, now: DateTime<Utc>) = "ledger/purge/delete_keys.sql";
    fn list_purged_case_folders() -> Vec<CaseFolder> = "ledger/purge/list_purged_case_folders.sql";
    fn open_case_work(case: &str, drop_name: &str) -> One<CaseWork> = "ledger/purge/case_has_work.sql";
    fn delete_case(case: &str, drop_name: &str) = "ledger/purge/delete_case.sql";
    fn list_unused_approvals(before: DateTime<Utc>) -> Vec<ApprovedFile> = "ledger/purge/list_unused_approvals.sql";
}
