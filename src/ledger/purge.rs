//! What retention takes out of the ledger.

use chrono::{DateTime, Utc};

use crate::database::{DatabaseError, Session};
use crate::fault::point;
use crate::statement::sql_file;

/// A completed submission that is due to be purged.
#[derive(Debug)]
pub struct Purgeable {
    pub submission_id: i64,
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
    submission_id: i64,
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
