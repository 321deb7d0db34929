//! The point in the transaction and WAL history that a scrub has to reach.

use crate::domain::identifier::ScrubId;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// The upper bound of the changes that a scrub covers: everything committed so far lies below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The first transaction ID that may lie above, with its epoch.
    pub xid: i64,
    /// WAL position in bytes.
    pub lsn: i64,
}

impl Mark {
    /// A mark above everything that is committed now.
    pub async fn now(session: &Session) -> Result<Mark, DatabaseError> {
        let row = session
            .query_opt(&sql_file!("scrub/mark.sql").into(), &[])
            .await?;
        Ok(row.map_or(Mark { xid: 0, lsn: 0 }, |row| Mark {
            xid: row.get("xid"),
            lsn: row.get("lsn"),
        }))
    }
}

/// What a table needs: treatment by this scrub or a later one, up to the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    pub scrub_id: ScrubId,
    pub mark: Mark,
}
