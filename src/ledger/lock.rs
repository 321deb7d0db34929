//! Locks of the ledger: who is at work on what (contract section 12).
//!
//! A lock is a row, which only a role with rights on the ledger can write, and it is valid while its session lives. A session
//! shows that it lives by an advisory lock on a random number ([`Session::token`]). A number that is taken by a stranger means
//! nothing: the stranger has another process or another login role than the row.

use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr};

use crate::domain::identifier::SubmissionId;
use crate::postgres::query::queries;
use crate::postgres::row::{row, text_enum};
use crate::postgres::{DatabaseError, Session};

/// What a lock is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
enum Kind {
    /// The session that processes a submission.
    Submission,
    /// A further session of the same process.
    Worker,
    /// The session that scrubs.
    Scrub,
}

text_enum! { Kind }

/// The number of the lock of a scrub, of which there is one.
const SCRUB: i64 = 0;

row! {
    /// A session that holds a lock.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Holder {
        pub(crate) pid: i32,
        /// The role that logged in.
        pub(crate) role_name: String,
        /// By the clock of the server.
        pub(crate) acquired_at: DateTime<Utc>,
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Holder {
            pid,
            role_name,
            acquired_at,
        } = self;
        let since = acquired_at.format("%Y-%m-%d %H:%M:%S UTC");
        write!(
            f,
            "session {pid} of role {role_name:?} has held the lock since {since}"
        )
    }
}

/// Makes this session the only one that processes the submission; false: another one does.
pub(crate) async fn lock(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<bool, DatabaseError> {
    let id = submission_id.get();
    let token = session.token().await?;
    if take(session, Kind::Submission, id, token).await?.is_none() {
        return Ok(false);
    }
    // A process that lost its first session continues with the others.
    if !holders(session, &[Kind::Worker], id).await?.is_empty() {
        release(session, Kind::Submission, id, token).await?;
        return Ok(false);
    }
    Ok(true)
}

/// Releases the submission.
pub(crate) async fn unlock(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<(), DatabaseError> {
    let token = session.token().await?;
    release(session, Kind::Submission, submission_id.get(), token).await
}

/// Makes this session a further one of the process that processes the submission.
pub(crate) async fn lock_worker(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<(), DatabaseError> {
    let token = session.token().await?;
    take_worker(session, submission_id.get(), token).await
}

/// The further session has done its part.
pub(crate) async fn unlock_worker(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<(), DatabaseError> {
    let token = session.token().await?;
    release(session, Kind::Worker, submission_id.get(), token).await
}

/// The session that processes a submission, or one of its workers.
pub(crate) async fn holder(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Option<Holder>, DatabaseError> {
    let kinds = [Kind::Submission, Kind::Worker];
    let holders = holders(session, &kinds, submission_id.get()).await?;
    Ok(holders.into_iter().next())
}

/// Makes this session the only one that scrubs; false: another one does.
pub(crate) async fn lock_scrub(session: &Session) -> Result<bool, DatabaseError> {
    let token = session.token().await?;
    let taken = take(session, Kind::Scrub, SCRUB, token).await?;
    Ok(taken.is_some())
}

/// Releases the lock of [`lock_scrub`].
pub(crate) async fn unlock_scrub(session: &Session) -> Result<(), DatabaseError> {
    let token = session.token().await?;
    release(session, Kind::Scrub, SCRUB, token).await
}

/// The session that scrubs.
pub(crate) async fn scrub_holder(session: &Session) -> Result<Option<Holder>, DatabaseError> {
    let holders = holders(session, &[Kind::Scrub], SCRUB).await?;
    Ok(holders.into_iter().next())
}

row! {
    #[expect(dead_code, reason = "only whether there is a row matters")]
    struct Taken {
        taken: bool,
    }
}

queries! {
    fn take(kind: Kind, id: i64, token: i64) -> Option<Taken> = "ledger/lock/take.sql";
    fn take_worker(id: i64, token: i64) = "ledger/lock/take_worker.sql";
    deferred fn release(kind: Kind, id: i64, token: i64) = "ledger/lock/release.sql";
    fn holders(kinds: &[Kind], id: i64) -> Vec<Holder> = "ledger/lock/holders.sql";
}
