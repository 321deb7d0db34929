//! What retention takes out of the ledger.

use chrono::{DateTime, Utc};

use crate::domain::care::CaseId;
use crate::domain::identifier::SubmissionId;
use crate::postgres::fault::point;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session, Value};

/// A completed submission that is due to be purged.
#[derive(Debug)]
pub struct Purgeable {
    pub submission_id: SubmissionId,
    pub file_name: String,
    /// Key and digest of the submit file.
    pub digest: Option<([u8; 32], [u8; 32])>,
}

/// The submissions of a drop that were completed before `before`.
pub async fn purgeable(
    session: &Session,
    drop_name: &str,
    before: DateTime<Utc>,
) -> Result<Vec<Purgeable>, DatabaseError> {
    let rows = session
        .query(
            &sql_file!("ledger/purgeable.sql").into(),
            &[&before, &drop_name],
        )
        .await?;
    let bytes = |bytes: Option<&[u8]>| bytes.and_then(|b| <[u8; 32]>::try_from(b).ok());
    let entry = |row: &tokio_postgres::Row| Purgeable {
        submission_id: row.get(0),
        file_name: row.get(1),
        digest: bytes(row.get(2)).zip(bytes(row.get(3))),
    };
    Ok(rows.iter().map(entry).collect())
}

/// Drops with submissions that are due, and how many.
pub async fn purgeable_drops(
    session: &Session,
    before: DateTime<Utc>,
) -> Result<Vec<(String, i64)>, DatabaseError> {
    let rows = session
        .query(&sql_file!("ledger/purgeable_drops.sql").into(), &[&before])
        .await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Removes cases, answers and keys of a submission; what was done stays in numbers, and its name stays used.
pub async fn forget_keys(
    session: &Session,
    submission_id: SubmissionId,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    session.begin().await?;
    session
        .execute(
            &sql_file!("ledger/purge_asked.sql").into(),
            &[&submission_id],
        )
        .await?;
    session
        .execute(
            &sql_file!("ledger/purge_requests.sql").into(),
            &[&submission_id],
        )
        .await?;
    session
        .execute(
            &sql_file!("ledger/purge_keys.sql").into(),
            &[&submission_id, &now],
        )
        .await?;
    point!(session, "purge.before");
    session.commit().await?;
    point!(session, "purge.committed");
    Ok(())
}

/// The cases whose folders had submissions, all of which are purged.
pub async fn purged_cases(session: &Session) -> Result<Vec<CaseId>, DatabaseError> {
    let statement = sql_file!("ledger/case_folders.sql").into();
    let rows = session.query(&statement, &[]).await?;
    let case = |row: &tokio_postgres::Row| CaseId::of_drop(row.get(0));
    Ok(rows.iter().filter_map(case).collect())
}

/// Whether anything of a case is left to be carried out, deleted or purged.
pub async fn case_has_work(session: &Session, case: &CaseId) -> Result<bool, DatabaseError> {
    let values: [&dyn Value; 2] = [&case.as_str(), &case.drop_name()];
    let statement = sql_file!("ledger/open_case_work.sql").into();
    let row = session.query_opt(&statement, &values).await?;
    Ok(row.is_some_and(|row| row.get("open")))
}

/// Removes a case in which nothing is left to be done: see [`case_has_work`].
pub async fn purge_case(session: &Session, case: &CaseId) -> Result<(), DatabaseError> {
    let values: [&dyn Value; 2] = [&case.as_str(), &case.drop_name()];
    let statement = sql_file!("ledger/purge_case.sql").into();
    session.execute(&statement, &values).await.map(drop)
}

/// Approvals given before `before` of which nothing has come: drop and file.
pub async fn old_approvals(
    session: &Session,
    before: DateTime<Utc>,
) -> Result<Vec<(String, String)>, DatabaseError> {
    let statement = sql_file!("ledger/old_approvals.sql").into();
    let rows = session.query(&statement, &[&before]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Removes the approvals of a submission.
pub async fn purge_approval(
    session: &Session,
    drop_name: &str,
    file: &str,
) -> Result<(), DatabaseError> {
    let statement = sql_file!("ledger/purge_approval.sql").into();
    let values: [&dyn Value; 2] = [&drop_name, &file];
    session.execute(&statement, &values).await.map(drop)
}
