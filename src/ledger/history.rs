//! What was done, for people.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::identifier::SubmissionId;
use crate::domain::response::Tally;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session, Value};

/// Which submissions are wanted; `None` is any.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// Contacts, answers and rows are then those of its requests.
    pub case: Option<String>,
    pub drop: Option<String>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

/// One submission.
#[derive(Debug, Clone, serde::Serialize)]
pub struct HistoryRow {
    pub submission: SubmissionId,
    pub drop: String,
    pub file: String,
    pub action: String,
    pub state: String,
    pub cases: Vec<String>,
    pub contacts: i64,
    #[serde(flatten)]
    pub tally: Tally,
    /// Rows changed or exported; of a case: rows that held its devices.
    pub rows: i64,
    /// Why the file could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    pub received_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub purged_at: Option<DateTime<Utc>>,
    /// The day on which the consumer asked, the earliest of its cases; `None` where nobody noted it.
    pub asked_on: Option<NaiveDate>,
}

/// Reads the history, newest first.
pub async fn history(
    session: &Session,
    filter: &HistoryFilter,
) -> Result<Vec<HistoryRow>, DatabaseError> {
    let values: [&dyn Value; 4] = [&filter.case, &filter.drop, &filter.from, &filter.to];
    let rows = session
        .query(&sql_file!("ledger/history.sql").into(), &values)
        .await?;
    let number = |row: &tokio_postgres::Row, column: &str| row.get::<_, i64>(column) as u64;
    let entry = |row: &tokio_postgres::Row| HistoryRow {
        submission: row.get("submission_id"),
        drop: row.get("drop_name"),
        file: row.get("file_name"),
        action: row.get("action"),
        state: row.get("state"),
        cases: row.get("cases"),
        contacts: row.get("contacts"),
        tally: Tally {
            success: number(row, "success"),
            not_found: number(row, "not_found"),
            error: number(row, "errors"),
        },
        rows: row.get("row_count"),
        problem: row.get("error"),
        received_at: row.get("received_at"),
        answered_at: row.get("answered_at"),
        completed_at: row.get("completed_at"),
        purged_at: row.get("purged_at"),
        asked_on: row.get("asked_on"),
    };
    Ok(rows.iter().map(entry).collect())
}

/// Submissions of cases that no run has taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct NotRun {
    pub submissions: i64,
    /// Those of them whose consumer asked more than a month before today.
    pub overdue: i64,
}

/// Counts those of a case, or of all.
pub async fn not_run(
    session: &Session,
    case: Option<&str>,
    today: NaiveDate,
) -> Result<NotRun, DatabaseError> {
    let values: [&dyn Value; 2] = [&case, &today];
    let statement = sql_file!("ledger/not_run.sql").into();
    let row = session.query_opt(&statement, &values).await?;
    let number = |column: &str| row.as_ref().map_or(0, |row| row.get(column));
    Ok(NotRun {
        submissions: number("submissions"),
        overdue: number("overdue"),
    })
}
