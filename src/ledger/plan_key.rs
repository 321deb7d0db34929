//! The key of plan digests.

use chrono::{DateTime, Utc};

use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

/// The key that previews are digested under; `None` where it was deleted by hand.
pub async fn plan_key(session: &Session) -> Result<Option<[u8; 32]>, DatabaseError> {
    Ok(current(session).await?.map(|row| row.key))
}

/// Replaces a key that was made before `before`, or that is missing, with `key`: digests printed under the old one can
/// no longer be compared.
pub(crate) async fn renew_plan_key(
    session: &Session,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
    key: &[u8; 32],
) -> Result<(), DatabaseError> {
    renew(session, before, now, key).await
}

row! {
    struct KeyRow {
        key: [u8; 32],
    }
}

queries! {
    fn current() -> Option<KeyRow> = "ledger/plan_key/current.sql";
    fn renew(before: DateTime<Utc>, now: DateTime<Utc>, key: &[u8]) = "ledger/plan_key/renew.sql";
}
