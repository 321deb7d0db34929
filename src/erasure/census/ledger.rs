//! The ledger's data for a census: which tables FORGETs have changed, and what scrubs have completed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::blocker::Blocker;
use crate::domain::identifier::{ScrubId, SubmissionId};
use crate::domain::level::Level;
use crate::erasure::scrub::ledger::blocker;
use crate::erasure::scrub::{Mark, Need, TargetKind};
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// The tables that FORGETs, or one of them, have changed, by `<schema>.<table>`. Without a scrub since, the need is
/// [`ScrubId::AFTER_ALL`].
pub async fn changed_tables(
    session: &Session,
    submission_id: Option<SubmissionId>,
) -> Result<HashMap<String, Need>, DatabaseError> {
    let statement = sql_file!("census/changed_tables.sql").into();
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

/// A target that a scrub completed.
#[derive(Debug, Clone)]
pub struct Completion {
    pub kind: TargetKind,
    pub relation: String,
    pub level: Level,
    pub scrub_id: ScrubId,
    pub ended_at: DateTime<Utc>,
    /// WAL position at its end, in bytes.
    pub lsn: i64,
    /// The same as the server writes it.
    pub position: String,
}

/// What scrubs from `from` on have completed of tables.
pub async fn completions(
    session: &Session,
    tables: &[String],
    from: ScrubId,
) -> Result<Vec<Completion>, DatabaseError> {
    let statement = sql_file!("census/completed.sql").into();
    let rows = session.query(&statement, &[&tables, &from]).await?;
    let completion = |row: &tokio_postgres::Row| {
        let (kind, level): (&str, &str) = (row.get("kind"), row.get("level"));
        Ok(Completion {
            kind: kind
                .parse()
                .map_err(|_| DatabaseError::unknown_text("scrub target", kind))?,
            relation: row.get("relation"),
            level: Level::read(level).ok_or_else(|| DatabaseError::unknown_text("level", level))?,
            scrub_id: row.get("scrub_id"),
            ended_at: row.get("ended_at"),
            lsn: row.get("lsn"),
            position: row.get("position"),
        })
    };
    rows.iter().map(completion).collect()
}

/// What blocked the last scrub of tables, among scrubs from `from` on.
pub async fn last_blockers(
    session: &Session,
    tables: &[String],
    from: ScrubId,
) -> Result<Vec<Blocker>, DatabaseError> {
    let statement = sql_file!("census/last_blockers.sql").into();
    let rows = session.query(&statement, &[&tables, &from]).await?;
    let mut blockers: Vec<Blocker> = Vec::new();
    for blocker in rows.iter().map(blocker) {
        let blocker = blocker?;
        if !blockers.contains(&blocker) {
            blockers.push(blocker);
        }
    }
    Ok(blockers)
}

/// The submissions that a census covers.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Submissions whose files are not purged.
    pub files: i64,
    /// When the last of these was completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// When the last contact was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// Media objects that are not deleted yet.
    pub media: i64,
}

/// The submissions that a census of one FORGET, or of all, covers.
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
