//! The point in the transaction and WAL history that a scrub has to reach.

use crate::domain::identifier::{Lsn, ScrubId, Xid};
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

row! {
    /// The upper bound of the changes that a scrub covers: everything committed so far lies below it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Mark {
        /// The first transaction that may lie above.
        pub(crate) xid: Xid,
        pub(crate) lsn: Lsn,
    }
}

queries! {
    fn current_mark() -> One<Mark> = "scrub/mark.sql";
}

impl Mark {
    /// A mark above everything that is committed now.
    pub async fn now(session: &Session) -> Result<Mark, DatabaseError> {
        let One(mark) = current_mark(session).await?;
        Ok(mark)
    }
}

row! {
    /// What a table needs: treatment by this scrub or a later one, up to the mark.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Need {
        pub(crate) scrub_id: ScrubId,
        pub(crate) mark: Mark = flatten,
    }
}
