//! The record of scrubs in the ledger: what was completed, and what prevented the rest.

use std::collections::HashMap;

use super::mark::{Mark, Need};
use super::target::{Target, TargetKind};
use crate::domain::blocker::Blocker;
use crate::domain::identifier::{ScrubId, SubmissionId};
use crate::domain::level::Level;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session, Value};

/// Takes the lock that allows one scrub of a ledger at a time, for the life of the session. False: another session has it.
pub async fn lock_scrub(session: &Session) -> Result<bool, DatabaseError> {
    let row = session
        .query_opt(&sql_file!("scrub/lock.sql").into(), &[])
        .await?;
    Ok(row.is_some_and(|row| row.get("granted")))
}

/// Releases the lock of [`lock_scrub`].
pub async fn unlock_scrub(session: &Session) -> Result<(), DatabaseError> {
    let statement = sql_file!("scrub/unlock.sql").into();
    session.query(&statement, &[]).await.map(drop)
}

/// Begins a scrub. It covers everything that FORGETs have committed so far.
pub async fn begin_scrub(session: &Session, level: Level) -> Result<ScrubId, DatabaseError> {
    let statement = sql_file!("scrub/begin.sql").into();
    let scrub_id = session.query_count(&statement, &[&level.as_str()]).await?;
    Ok(ScrubId::new(scrub_id))
}

/// The needs of all tables that FORGETs, or one of them, have changed, by `<schema>.<table>`.
pub async fn needs(
    session: &Session,
    submission_id: Option<SubmissionId>,
) -> Result<HashMap<String, Need>, DatabaseError> {
    let statement = sql_file!("scrub/needs.sql").into();
    let rows = session.query(&statement, &[&submission_id]).await?;
    let need = |row: &tokio_postgres::Row| Need {
        scrub_id: row.get("scrub_id"),
        mark: Mark {
            xid: row.get("xid"),
            lsn: row.get("lsn"),
        },
    };
    Ok(rows.iter().map(|row| (row.get(0), need(row))).collect())
}

/// The scrubs that completed each target, by kind and relation.
#[derive(Debug, Default)]
pub struct Completed(HashMap<(String, String), Vec<(Level, ScrubId)>>);

impl Completed {
    /// The last scrub that completed a target at this level or deeper; 0: none.
    pub fn last(&self, kind: TargetKind, relation: &str, level: Level) -> ScrubId {
        let completed = self.0.get(&(kind.as_str().to_owned(), relation.to_owned()));
        let enough = completed.into_iter().flatten();
        let enough = enough.filter(|(at, _)| *at >= level);
        enough
            .map(|(_, scrub_id)| *scrub_id)
            .max()
            .unwrap_or(ScrubId::BEFORE_ALL)
    }
}

/// What scrubs have completed so far.
pub async fn completed(session: &Session) -> Result<Completed, DatabaseError> {
    let mut completed = Completed::default();
    for row in session
        .query(&sql_file!("scrub/completed.sql").into(), &[])
        .await?
    {
        let text: &str = row.get("level");
        let level = Level::read(text).ok_or_else(|| DatabaseError::unknown_text("level", text))?;
        let target = (row.get("kind"), row.get("relation"));
        let levels = completed.0.entry(target).or_default();
        levels.push((level, row.get("scrub_id")));
    }
    Ok(completed)
}

/// Records that work on a target begins.
pub async fn begin_target(
    session: &Session,
    scrub_id: ScrubId,
    target: &Target,
    level: Level,
) -> Result<(), DatabaseError> {
    let (kind, relation) = (target.kind.as_str(), target.relation());
    let values: [&dyn Value; 5] = [&scrub_id, &kind, &relation, &target.tables, &level.as_str()];
    let statement = sql_file!("scrub/begin_target.sql").into();
    session.execute(&statement, &values).await.map(drop)
}

/// Records in one transaction that work on a target has ended and what blocked it. Without blockers it is complete.
pub async fn end_target(
    session: &Session,
    scrub_id: ScrubId,
    target: &Target,
    blockers: &[Blocker],
) -> Result<(), DatabaseError> {
    let (kind, relation) = (target.kind.as_str(), target.relation());
    session.begin().await?;
    add_blockers(session, scrub_id, Some(&relation), blockers).await?;
    let complete = if blockers.is_empty() { "true" } else { "false" };
    let values: [&dyn Value; 4] = [&scrub_id, &kind, &relation, &complete];
    let statement = sql_file!("scrub/end_target.sql").into();
    session.execute(&statement, &values).await?;
    session.commit().await
}

/// Records blockers of a relation, or of the whole database.
pub async fn add_blockers(
    session: &Session,
    scrub_id: ScrubId,
    relation: Option<&str>,
    blockers: &[Blocker],
) -> Result<(), DatabaseError> {
    let statement = sql_file!("scrub/add_blocker.sql").into();
    let relation = relation.map(str::to_owned);
    for blocker in blockers {
        let (kind, keeps) = (blocker.kind.as_str(), blocker.keeps.as_str());
        let values: [&dyn Value; 7] = [
            &scrub_id,
            &relation,
            &kind,
            &keeps,
            &blocker.pid,
            &blocker.name,
            &blocker.since,
        ];
        session.execute(&statement, &values).await?;
    }
    Ok(())
}

/// Whether a scrub removed everything that its level removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    Incomplete,
}

/// Records that a scrub has ended.
pub async fn end_scrub(
    session: &Session,
    scrub_id: ScrubId,
    completeness: Completeness,
) -> Result<(), DatabaseError> {
    let complete = match completeness {
        Completeness::Complete => "true",
        Completeness::Incomplete => "false",
    };
    let statement = sql_file!("scrub/end.sql").into();
    session
        .execute(&statement, &[&scrub_id, &complete])
        .await
        .map(drop)
}

/// Reads a row with the columns kind, keeps, pid, name and since.
pub(in crate::erasure) fn blocker(row: &tokio_postgres::Row) -> Result<Blocker, DatabaseError> {
    let (kind, keeps): (&str, &str) = (row.get("kind"), row.get("keeps"));
    let unknown = |what, text| move |_| DatabaseError::unknown_text(what, text);
    Ok(Blocker {
        kind: kind.parse().map_err(unknown("blocker", kind))?,
        keeps: keeps.parse().map_err(unknown("kept object", keeps))?,
        pid: row.get("pid"),
        name: row.get("name"),
        since: row.get("since"),
    })
}
