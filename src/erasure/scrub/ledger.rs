//! The record of scrubs in the ledger: what was completed, and what prevented the rest.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::mark::Need;
use super::target::{Target, TargetKind};
use crate::domain::blocker::{Blocker, BlockerKind, Keeps};
use crate::domain::identifier::{ScrubId, SubmissionId};
use crate::domain::level::Level;
use crate::postgres::query::{One, queries};
use crate::postgres::row::{row, text_enum};
use crate::postgres::{DatabaseError, Session};

text_enum! { BlockerKind, Keeps }

row! {
    impl Blocker {
        kind: BlockerKind,
        keeps: Keeps,
        pid: Option<i32>,
        name: Option<String>,
        since: Option<DateTime<Utc>>,
    }
}

row! {
    /// A scrub that has begun.
    struct Begun {
        scrub_id: ScrubId,
    }
}

row! {
    /// What a table needs.
    struct TableNeed {
        table_name: String,
        need: Need = flatten,
    }
}

row! {
    /// The last scrub that completed a target at a level.
    struct CompletedTarget {
        kind: TargetKind,
        relation: String,
        level: Level,
        scrub_id: ScrubId,
    }
}

queries! {
    fn begin(level: Level) -> One<Begun> = "scrub/begin.sql";
    fn table_needs(submission_id: Option<SubmissionId>) -> Vec<TableNeed> = "scrub/needs.sql";
    fn completed_targets() -> Vec<CompletedTarget> = "scrub/completed.sql";
    fn insert_target(scrub_id: ScrubId, kind: TargetKind, relation: &str, tables: &[String], level: Level) = "scrub/begin_target.sql";
    fn update_target(scrub_id: ScrubId, kind: TargetKind, relation: &str, complete: &str) = "scrub/end_target.sql";
    #[expect(clippy::too_many_arguments, reason = "one for each parameter of the statement")]
    fn insert_blocker(
        scrub_id: ScrubId,
        relation: Option<&str>,
        kind: BlockerKind,
        keeps: Keeps,
        pid: Option<i32>,
        name: Option<&str>,
        since: Option<DateTime<Utc>>,
    ) = "scrub/add_blocker.sql";
    fn update_scrub(scrub_id: ScrubId, complete: &str) = "scrub/end.sql";
}

/// Begins a scrub. It covers everything that FORGETs have committed so far.
pub(crate) async fn begin_scrub(session: &Session, level: Level) -> Result<ScrubId, DatabaseError> {
    let One(begun) = begin(session, level).await?;
    Ok(begun.scrub_id)
}

/// The needs of all tables that FORGETs, or one of them, have changed, by `<schema>.<table>`.
pub(crate) async fn needs(
    session: &Session,
    submission_id: Option<SubmissionId>,
) -> Result<HashMap<String, Need>, DatabaseError> {
    let rows = table_needs(session, submission_id).await?;
    let needs = rows.into_iter().map(|row| (row.table_name, row.need));
    Ok(needs.collect())
}

/// The scrubs that completed each target, by kind and relation.
#[derive(Debug, Default)]
pub(crate) struct Completed(HashMap<(TargetKind, String), Vec<(Level, ScrubId)>>);

impl Completed {
    /// The last scrub that completed a target at this level or deeper; 0: none.
    pub(crate) fn last(&self, kind: TargetKind, relation: &str, level: Level) -> ScrubId {
        let completed = self.0.get(&(kind, relation.to_owned()));
        let enough = completed.into_iter().flatten();
        let enough = enough.filter(|(at, _)| *at >= level);
        enough
            .map(|(_, scrub_id)| *scrub_id)
            .max()
            .unwrap_or(ScrubId::BEFORE_ALL)
    }
}

/// What scrubs have completed so far.
pub(crate) async fn completed(session: &Session) -> Result<Completed, DatabaseError> {
    let mut completed = Completed::default();
    for row in completed_targets(session).await? {
        let levels = completed.0.entry((row.kind, row.relation)).or_default();
        levels.push((row.level, row.scrub_id));
    }
    Ok(completed)
}

/// Records that work on a target begins.
pub(crate) async fn begin_target(
    session: &Session,
    scrub_id: ScrubId,
    target: &Target,
    level: Level,
) -> Result<(), DatabaseError> {
    let relation = target.relation();
    insert_target(
        session,
        scrub_id,
        target.kind,
        &relation,
        &target.tables,
        level,
    )
    .await
}

/// Records in one transaction that work on a target has ended and what blocked it. Without blockers it is complete.
pub(crate) async fn end_target(
    session: &Session,
    scrub_id: ScrubId,
    target: &Target,
    blockers: &[Blocker],
) -> Result<(), DatabaseError> {
    let relation = target.relation();
    session.begin().await?;
    add_blockers(session, scrub_id, Some(&relation), blockers).await?;
    let complete = if blockers.is_empty() { "true" } else { "false" };
    update_target(session, scrub_id, target.kind, &relation, complete).await?;
    session.commit().await
}

/// Records blockers of a relation, or of the whole database.
pub(crate) async fn add_blockers(
    session: &Session,
    scrub_id: ScrubId,
    relation: Option<&str>,
    blockers: &[Blocker],
) -> Result<(), DatabaseError> {
    for blocker in blockers {
        let name = blocker.name.as_deref();
        let (kind, keeps) = (blocker.kind, blocker.keeps);
        insert_blocker(
            session,
            scrub_id,
            relation,
            kind,
            keeps,
            blocker.pid,
            name,
            blocker.since,
        )
        .await?;
    }
    Ok(())
}

/// Whether a scrub removed everything that its level removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completeness {
    Complete,
    Incomplete,
}

/// Records that a scrub has ended.
pub(crate) async fn end_scrub(
    session: &Session,
    scrub_id: ScrubId,
    completeness: Completeness,
) -> Result<(), DatabaseError> {
    let complete = match completeness {
        Completeness::Complete => "true",
        Completeness::Incomplete => "false",
    };
    update_scrub(session, scrub_id, complete).await
}
