//! Rows by which a verification finds client IDs again: kept by a FORGET, removed once they have served.

use crate::domain::identifier::{ContactPosition, SubmissionId};
use crate::postgres::sql::sql_file;
use crate::postgres::{CopyRows, DatabaseError, Session};

/// Whether a FORGET keeps such rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    Kept,
    /// It has more devices than the configuration allows for that.
    NotKept,
}

impl Trace {
    pub(super) fn as_text(self) -> Option<&'static str> {
        match self {
            Trace::Kept => Some("kept"),
            Trace::NotKept => None,
        }
    }
}

/// A row that has a client ID with which a contact's device was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundClient {
    /// The first contact that names the device in that scope.
    pub position: ContactPosition,
    /// `<schema>.<table>`.
    pub table: String,
    /// As json.
    pub row_key: String,
}

/// What a verification can know of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traced {
    /// Rows of its client IDs are there, if any were found.
    Kept,
    /// They were, until a verification found nothing.
    Verified,
    /// They were not kept.
    NotKept,
    /// Retention removed them, with the answers.
    Purged,
}

/// Keeps rows, in the caller's transaction.
pub async fn keep_found_clients(
    session: &Session,
    submission_id: SubmissionId,
    found: &[FoundClient],
) -> Result<(), DatabaseError> {
    let mut rows = CopyRows::default();
    for client in found {
        rows.big(submission_id)
            .int(client.position.request)
            .int(client.position.contact)
            .text(&client.table)
            .json(&client.row_key)
            .end();
    }
    session
        .copy_in(&sql_file!("ledger/copy_found_client.sql").into(), &mut rows)
        .await
        .map(drop)
}

/// The kept rows of a submission.
pub async fn found_clients(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Vec<FoundClient>, DatabaseError> {
    let rows = session
        .query(
            &sql_file!("ledger/found_clients.sql").into(),
            &[&submission_id],
        )
        .await?;
    let client = |row: &tokio_postgres::Row| FoundClient {
        position: ContactPosition {
            request: row.get("request"),
            contact: row.get("contact"),
        },
        table: row.get("table_name"),
        row_key: row.get("row_key"),
    };
    Ok(rows.iter().map(client).collect())
}

/// Whether rows of a submission's client IDs were kept, and still are.
pub async fn traced(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Traced, DatabaseError> {
    let row = session
        .query_opt(&sql_file!("ledger/trace.sql").into(), &[&submission_id])
        .await?;
    Ok(match row {
        Some(row) if row.get("purged") => Traced::Purged,
        Some(row) => match row.get("trace") {
            Some("kept") => Traced::Kept,
            Some("verified") => Traced::Verified,
            Some(_) | None => Traced::NotKept,
        },
        None => Traced::NotKept,
    })
}

/// A verification found nothing: removes the rows.
pub async fn verified(session: &Session, submission_id: SubmissionId) -> Result<(), DatabaseError> {
    let statement = sql_file!("ledger/verified.sql").into();
    session
        .execute(&statement, &[&submission_id])
        .await
        .map(drop)
}
