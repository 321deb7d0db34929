//! The key of plan digests.

use chrono::{DateTime, Utc};

use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session, Value};

/// The key under which previews are digested now; `None` where it was taken out.
pub async fn plan_key(session: &Session) -> Result<Option<[u8; 32]>, DatabaseError> {
    let row = session
        .query_opt(&sql_file!("ledger/plan_key.sql").into(), &[])
        .await?;
    Ok(row.and_then(|row| row.get::<_, &[u8]>(0).try_into().ok()))
}

/// Puts `key` in place of one that was made before `before`, or of none at all: digests printed under the old one can
/// no longer be compared.
pub async fn renew_plan_key(
    session: &Session,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
    key: &[u8; 32],
) -> Result<(), DatabaseError> {
    let values: [&dyn Value; 3] = [&before, &now, &&key[..]];
    session
        .execute(&sql_file!("ledger/renew_plan_key.sql").into(), &values)
        .await
        .map(drop)
}
