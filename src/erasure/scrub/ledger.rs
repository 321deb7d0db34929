//! What was scrubbed, and what stood in the way.

use std::collections::HashMap;

use crate::domain::identifier::{ScrubId, SubmissionId};
use crate::domain::level::Level;
use crate::erasure::scrub::Unit;
use crate::erasure::scrub::horizon::{Holder, Mark};
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session, Value};

/// Makes this session the only one that scrubs; false: another one does.
pub async fn lock_scrub(session: &Session) -> Result<bool, DatabaseError> {
    let row = session
        .query_opt(&sql_file!("scrub/lock.sql").into(), &[])
        .await?;
    Ok(row.is_some_and(|row| row.get("granted")))
}

/// Lets others scrub.
pub async fn unlock_scrub(session: &Session) -> Result<(), DatabaseError> {
    let statement = sql_file!("scrub/unlock.sql").into();
    session.query(&statement, &[]).await.map(drop)
}

/// Begins a scrub: it answers for what forgets have committed by now.
pub async fn begin_scrub(session: &Session, level: Level) -> Result<ScrubId, DatabaseError> {
    let statement = sql_file!("scrub/begin.sql").into();
    let scrub_id = session.query_count(&statement, &[&level.as_str()]).await?;
    Ok(ScrubId::new(scrub_id))
}

/// What a table needs: to be treated by this scrub or a later one, up to the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    pub scrub_id: ScrubId,
    pub mark: Mark,
}

/// What the tables need that forgets have changed, or that one of them has; by `<schema>.<table>`.
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

/// The last scrub that completed a unit at least at a level.
#[derive(Debug, Default)]
pub struct Completed(HashMap<(String, String), Vec<(Level, ScrubId)>>);

impl Completed {
    /// Of what kind and relation; [`ScrubId::BEFORE_ALL`] where there is none.
    pub fn last(&self, kind: &str, relation: &str, level: Level) -> ScrubId {
        let done = self.0.get(&(kind.to_owned(), relation.to_owned()));
        let enough = done.into_iter().flatten().filter(|(at, _)| *at >= level);
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
        .query(&sql_file!("scrub/done.sql").into(), &[])
        .await?
    {
        if let Some(level) = Level::read(row.get("level")) {
            let unit = (row.get("kind"), row.get("relation"));
            let done = completed.0.entry(unit).or_default();
            done.push((level, row.get("scrub_id")));
        }
    }
    Ok(completed)
}

/// Notes that a unit is begun.
pub async fn begin_unit(
    session: &Session,
    scrub_id: ScrubId,
    unit: &Unit,
    level: Level,
) -> Result<(), DatabaseError> {
    let (kind, relation) = (unit.kind.as_str(), unit.relation());
    let values: [&dyn Value; 5] = [&scrub_id, &kind, &relation, &unit.tables, &level.as_str()];
    let statement = sql_file!("scrub/begin_unit.sql").into();
    session.execute(&statement, &values).await.map(drop)
}

/// Notes that a unit has ended, complete where nothing stood in the way; in the transaction that notes what did.
pub async fn end_unit(
    session: &Session,
    scrub_id: ScrubId,
    unit: &Unit,
    holders: &[Holder],
) -> Result<(), DatabaseError> {
    let (kind, relation) = (unit.kind.as_str(), unit.relation());
    session.begin().await?;
    add_holders(session, scrub_id, Some(&relation), holders).await?;
    let complete = if holders.is_empty() { "true" } else { "false" };
    let values: [&dyn Value; 4] = [&scrub_id, &kind, &relation, &complete];
    let statement = sql_file!("scrub/end_unit.sql").into();
    session.execute(&statement, &values).await?;
    session.commit().await
}

/// Notes what stands in the way, of a relation or of the whole database.
pub async fn add_holders(
    session: &Session,
    scrub_id: ScrubId,
    relation: Option<&str>,
    holders: &[Holder],
) -> Result<(), DatabaseError> {
    let statement = sql_file!("scrub/add_holder.sql").into();
    let relation = relation.map(str::to_owned);
    for holder in holders {
        let (kind, keeps) = (holder.kind.as_str(), holder.keeps.as_str());
        let values: [&dyn Value; 7] = [
            &scrub_id,
            &relation,
            &kind,
            &keeps,
            &holder.pid,
            &holder.name,
            &holder.since,
        ];
        session.execute(&statement, &values).await?;
    }
    Ok(())
}

/// Notes that a scrub has ended.
pub async fn end_scrub(
    session: &Session,
    scrub_id: ScrubId,
    complete: bool,
) -> Result<(), DatabaseError> {
    let complete = if complete { "true" } else { "false" };
    let statement = sql_file!("scrub/end.sql").into();
    session
        .execute(&statement, &[&scrub_id, &complete])
        .await
        .map(drop)
}
