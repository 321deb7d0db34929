//! Whether a FORGET was alone: where no other transaction has written since it began, no row can have appeared behind its
//! back, and the last look has nothing to find.
//!
//! Every writing transaction of the cluster takes an ID, and IDs are given in order. So nobody else has written between
//! two moments if at both no older transaction was going on, and all IDs given in between are our own. Readers take
//! none. Anything in doubt (a vacuum that notes statistics, a transaction of ours that was rolled back) counts as
//! somebody else, and the look is made.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::catalogue::plan::Plan;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// What is known of other writers since a FORGET began.
#[derive(Debug, Default)]
pub struct Alone {
    /// The first ID that may be given after the beginning; `None` where nothing can be proved.
    from: Option<i64>,
    own: Mutex<HashSet<i64>>,
}

impl Alone {
    /// Begins to count; before the first device is looked for.
    pub async fn begin(session: &Session, plan: &Plan) -> Result<Alone, DatabaseError> {
        if plan.sets_off_more {
            return Ok(Alone::default());
        }
        let (next, busy) = others(session).await?;
        Ok(Alone {
            from: (!busy).then_some(next),
            own: Mutex::default(),
        })
    }

    /// Notes the current transaction as one of ours, at its end.
    pub async fn note(&self, session: &Session) -> Result<(), DatabaseError> {
        if self.from.is_none() {
            return Ok(());
        }
        let own = session
            .query_opt(&sql_file!("session/current_xid.sql").into(), &[])
            .await?;
        if let Some(xid) = own.and_then(|row| row.get::<_, Option<i64>>(0)) {
            // A set is whole also where whoever held it panicked.
            let mut all = self.own.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(xid);
        }
        Ok(())
    }

    /// Whether nobody else has written until now. Asked after a commit of ours, the last: it makes older IDs visible that
    /// are still in use.
    pub async fn is_proved(&self, session: &Session) -> Result<bool, DatabaseError> {
        let Some(from) = self.from else {
            return Ok(false);
        };
        let (next, busy) = others(session).await?;
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(!busy && next - from == own.len() as i64 && (from..next).all(|xid| own.contains(&xid)))
    }
}

/// The next ID, and whether a transaction with an older one is going on.
async fn others(session: &Session) -> Result<(i64, bool), DatabaseError> {
    let row = session
        .query_opt(&sql_file!("session/other_writers.sql").into(), &[])
        .await?;
    Ok(row.map_or((0, true), |row| (row.get(0), row.get(1))))
}
