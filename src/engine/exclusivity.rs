//! Whether a FORGET was the only writer. If no other transaction wrote since it began, no row can have appeared in the
//! meantime, and the final recheck has nothing to find.
//!
//! Every writing transaction of the cluster takes an ID, and IDs are assigned in order. Nobody else wrote between two moments
//! if no older transaction was running at either of them and all IDs assigned in between are ours. Readers take no ID. When in
//! doubt (a vacuum that updates statistics, one of our own transactions that was rolled back), another writer is assumed and
//! the recheck is made.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::queries::{self, Writers};
use crate::catalogue::plan::Plan;
use crate::postgres::{DatabaseError, Session};

/// Detects other writers during a FORGET.
#[derive(Debug, Default)]
pub struct ExclusiveWriter {
    /// The first ID that could be assigned after the start; `None` where nothing can be proved.
    from: Option<i64>,
    own: Mutex<HashSet<i64>>,
}

impl ExclusiveWriter {
    /// Starts the detection. Must run before the first device is looked for.
    pub async fn begin(session: &Session, plan: &Plan) -> Result<ExclusiveWriter, DatabaseError> {
        if plan.has_side_effects {
            return Ok(ExclusiveWriter::default());
        }
        let writers = writers(session).await?;
        Ok(ExclusiveWriter {
            from: (!writers.busy).then_some(writers.next_xid),
            own: Mutex::default(),
        })
    }

    /// Notes the current transaction as one of ours, at its end.
    pub async fn note(&self, session: &Session) -> Result<(), DatabaseError> {
        if self.from.is_none() {
            return Ok(());
        }
        let own = queries::current_transaction(session).await?;
        if let Some(xid) = own.and_then(|transaction| transaction.xid) {
            // An insertion leaves the set consistent even if a holder panicked.
            let mut all = self.own.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(xid);
        }
        Ok(())
    }

    /// Whether nobody else has written until now. To be called after our last commit, which makes older IDs visible that are
    /// still in use.
    pub async fn is_proved(&self, session: &Session) -> Result<bool, DatabaseError> {
        let Some(from) = self.from else {
            return Ok(false);
        };
        let Writers { next_xid, busy } = writers(session).await?;
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(!busy
            && next_xid - from == own.len() as i64
            && (from..next_xid).all(|xid| own.contains(&xid)))
    }
}

/// The writing transactions of the cluster. If they are unknown, others are assumed to write.
async fn writers(session: &Session) -> Result<Writers, DatabaseError> {
    let unknown = Writers {
        next_xid: 0,
        busy: true,
    };
    Ok(queries::writers(session).await?.unwrap_or(unknown))
}
