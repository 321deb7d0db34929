//! What a census asks the ledger: which tables forgets have changed, and what scrubs have completed of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::identifier::{ScrubId, SubmissionId};
use crate::domain::level::Level;
use crate::erasure::scrub::horizon::{Holder, Mark};
use crate::erasure::scrub::ledger::Need;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// The tables that forgets have changed, or that one of them has, by `<schema>.<table>`. Where no scrub has begun since, the
/// need is of a scrub that never was.
pub async fn touched(
    session: &Session,
    submission_id: Option<SubmissionId>,
) -> Result<HashMap<String, Need>, DatabaseError> {
    let statement = sql_file!("census/touched.sql").into();
    let rows = session.query(&statement, &[&submission_id]).await?;
    let need = |row: &tokio_postgres::Row| {
        let number = |column| row.get::<_, Option<i64>>(column);
        let mark = Mark {
            xid: number("xid").unwrap_or(0),
            lsn: number("lsn").unwrap_or(0),
        };
        let seen: Option<ScrubId> = row.get("scrub_id");
        let seen = seen.filter(|_| row.get("seen"));
        Need {
            scrub_id: seen.unwrap_or(ScrubId::AFTER_ALL),
            mark,
        }
    };
    Ok(rows.iter().map(|row| (row.get(0), need(row))).collect())
}

/// A unit that a scrub completed.
#[derive(Debug, Clone)]
pub struct Completion {
    pub kind: String,
    pub relation: String,
    pub level: Level,
    pub scrub_id: ScrubId,
    pub ended_at: DateTime<Utc>,
    /// Where the WAL was then, in bytes and as the server writes it.
    pub lsn: i64,
    pub position: String,
}

/// What scrubs have completed of tables, from one scrub on.
pub async fn completions(
    session: &Session,
    tables: &[String],
    from: ScrubId,
) -> Result<Vec<Completion>, DatabaseError> {
    let statement = sql_file!("census/completed.sql").into();
    let rows = session.query(&statement, &[&tables, &from]).await?;
    let completion = |row: &tokio_postgres::Row| {
        Some(Completion {
            kind: row.get("kind"),
            relation: row.get("relation"),
            level: Level::read(row.get("level"))?,
            scrub_id: row.get("scrub_id"),
            ended_at: row.get("ended_at"),
            lsn: row.get("lsn"),
            position: row.get("position"),
        })
    };
    Ok(rows.iter().filter_map(completion).collect())
}

/// What stood in the way of the last scrub over tables, from one scrub on.
pub async fn stood(
    session: &Session,
    tables: &[String],
    from: ScrubId,
) -> Result<Vec<Holder>, DatabaseError> {
    let statement = sql_file!("census/stood.sql").into();
    let rows = session.query(&statement, &[&tables, &from]).await?;
    let mut stood: Vec<Holder> = Vec::new();
    for holder in rows.iter().map(Holder::of_row) {
        if !stood.contains(&holder) {
            stood.push(holder);
        }
    }
    Ok(stood)
}

/// What a census is about, beside the tables.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Submissions whose files are not purged.
    pub files: i64,
    /// When the last of these was completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// When the last contact had its answer.
    pub answered_at: Option<DateTime<Utc>>,
    /// Media objects that are still to be deleted.
    pub media: i64,
}

/// What the census of a submission, or of all forgets, is about.
pub async fn scope(
    session: &Session,
    submission_id: Option<SubmissionId>,
) -> Result<Scope, DatabaseError> {
    let statement = sql_file!("census/scope.sql").into();
    let rows = session.query(&statement, &[&submission_id]).await?;
    let row = rows
        .first()
        .expect("an aggregate without groups has one row");
    Ok(Scope {
        files: row.get("files"),
        completed_at: row.get("completed_at"),
        answered_at: row.get("answered_at"),
        media: row.get("media"),
    })
}
