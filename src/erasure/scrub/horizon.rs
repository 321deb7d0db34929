//! The horizon: whatever makes the server keep old values, identified by what a DBA can end (a process, the gid of a
//! prepared transaction, a slot, a standby).
//!
//! `VACUUM` succeeds even if it had to keep row versions, so its success proves nothing here.

use std::time::Duration;

use super::mark::Mark;
use crate::domain::blocker::{Blocker, Keeps};
use crate::domain::identifier::{Lsn, Xid};
use crate::postgres::query::queries;
use crate::postgres::{DatabaseError, Session};

/// How often [`wait`] checks again.
const RECHECK_PAUSE: Duration = Duration::from_millis(250);

queries! {
    fn blockers_below(xid: Xid, lsn: Lsn, own: &[i32]) -> Vec<Blocker> = "scrub/blockers.sql";
}

/// Whatever makes the server keep row versions or WAL from before the mark. `own` lists Lethe's own processes, which hold
/// nothing between two statements.
///
/// An unprivileged role gets the same list: the server shows processes, slots and prepared transactions to every role. It
/// hides only whether another role's session is idle, which is then reported as a snapshot or a writer.
pub async fn blockers(
    session: &Session,
    mark: Mark,
    own: &[i32],
) -> Result<Vec<Blocker>, DatabaseError> {
    blockers_below(session, mark.xid, mark.lsn, own).await
}

/// Waits until nothing keeps row versions from before the mark, as long as `keep_waiting` returns true. Returns the
/// blockers that are left.
pub async fn wait(
    session: &Session,
    mark: Mark,
    own: &[i32],
    keep_waiting: impl Fn() -> bool,
) -> Result<Vec<Blocker>, DatabaseError> {
    loop {
        let mut blockers = blockers(session, mark, own).await?;
        blockers.retain(|blocker| blocker.keeps != Keeps::Wal);
        if blockers.is_empty() || !keep_waiting() {
            return Ok(blockers);
        }
        tokio::time::sleep(RECHECK_PAUSE).await;
    }
}
