//! The ledger's data for a census: which tables FORGETs have changed, and what scrubs have completed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::blocker::Blocker;
use crate::domain::identifier::{Lsn, ScrubId, SubmissionId, Xid};
use crate::domain::level::Level;
use crate::erasure::scrub::{Mark, Need, TargetKind};
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

row! {
    /// A changed table with the last scrub since.
    struct ChangedTable {
        table_name: String,
        /// Whether that scrub began after the last change.
        seen: bool,
        scrub_id: Option<ScrubId>,
        xid: Option<Xid>,
        lsn: Option<Lsn>,
    }
}

row! {
    /// A target that a scrub completed.
    #[derive(Debug, Clone)]
    pub(crate) struct Completion {
        pub(crate) kind: TargetKind,
        pub(crate) relation: String,
        pub(crate) level: Level,
        pub(crate) scrub_id: ScrubId,
        pub(crate) ended_at: DateTime<Utc>,
        /// At its end.
        pub(crate) lsn: Lsn,
        /// The same as the server writes it.
        pub(crate) position: String,
    }
}

row! {
    /// The submissions that a census covers.
    #[derive(Debug, Clone)]
    pub(crate) struct Scope {
        /// Submissions whose files are not purged.
        pub(crate) files: i64,
        /// When the last of these was completed.
        pub(crate) completed_at: Option<DateTime<Utc>>,
        /// When the last contact was answered.
        pub(crate) answered_at: Option<DateTime<Utc>>,
        /// Media objects that are not deleted yet.
        pub(crate) media: i64,
        /// Submissions whose digests have a sealed key.
        pub(crate) sealed_keys: i64,
        /// Submissions with a digest whose key is clear.
        pub(crate) clear_keys: i64,
    }
}

queries! {
    fn changed(submission_id: Option<SubmissionId>) -> Vec<ChangedTable> = "census/changed_tables.sql";
    /// What scrubs from `from` on have completed of tables.
    pub(crate) fn completions(tables: &[String], from: ScrubId) -> Vec<Completion> = "census/completed.sql";
    fn blockers(tables: &[String], from: ScrubId) -> Vec<Blocker> = "census/last_blockers.sql";
    fn scopes(submission_id: Option<SubmissionId>) -> One<Scope> = "census/scope.sql";
}

/// The tables that FORGETs, or one of them, have changed, by `<schema>.<table>`. Without a scrub since, the need is
/// [`ScrubId::AFTER_ALL`].
pub(crate) async fn changed_tables(
    session: &Session,
    submission_id: Option<SubmissionId>,
) -> Result<HashMap<String, Need>, DatabaseError> {
    let need = |table: &ChangedTable| Need {
        scrub_id: table
            .scrub_id
            .filter(|_| table.seen)
            .unwrap_or(ScrubId::AFTER_ALL),
        mark: Mark {
            xid: table.xid.unwrap_or(Xid::new(0)),
            lsn: table.lsn.unwrap_or(Lsn::new(0)),
        },
    };
    let tables = changed(session, submission_id).await?.into_iter();
    let needs = tables.map(|table| {
        let need = need(&table);
        (table.table_name, need)
    });
    Ok(needs.collect())
}

/// What blocked the last scrub of tables, among scrubs from `from` on.
pub(crate) async fn last_blockers(
    session: &Session,
    tables: &[String],
    from: ScrubId,
) -> Result<Vec<Blocker>, DatabaseError> {
    let mut different: Vec<Blocker> = Vec::new();
    for blocker in blockers(session, tables, from).await? {
        if !different.contains(&blocker) {
            different.push(blocker);
        }
    }
    Ok(different)
}

/// The submissions that a census of one FORGET, or of all, covers.
pub(crate) async fn scope(
    session: &Session,
    submission_id: Option<SubmissionId>,
) -> Result<Scope, DatabaseError> {
    let One(scope) = scopes(session, submission_id).await?;
    Ok(scope)
}
