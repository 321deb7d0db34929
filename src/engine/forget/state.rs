//! The types of a FORGET: a worker, and what it keeps between transactions.

use std::collections::HashSet;

use crate::catalogue::plan::{Plan, Staging};
use crate::domain::identifier::SubmissionId;
use crate::domain::placeholder::{Placeholder, Placeholders};
use crate::domain::submission::Submission;
use crate::engine::error::ExecuteError;
use crate::engine::exclusivity::ExclusiveWriter;
use crate::engine::limits::Limits;
use crate::engine::pace::Pace;
use crate::engine::progress::Progress;
use crate::engine::quarantine::Quarantine;
use crate::engine::queries;
use crate::engine::sight::Sighter;
use crate::ledger::{DrawnKey, Trace};
use crate::postgres::{CopyRows, DatabaseError, Session};

/// After the last chunk, all devices are matched again at most this often.
pub(super) const RECHECKS: u32 = 3;

/// One worker of a FORGET. Each worker has its own devices, session and staging; all contacts of a device belong to the same
/// worker.
pub(crate) struct Forget<'a> {
    pub(crate) session: &'a Session,
    /// Ordinal of this worker, from 0.
    pub(crate) worker: u32,
    /// Number of workers.
    pub(crate) workers: u32,
    /// The name of the submission, for `pg_stat_activity`.
    pub(crate) name: &'a str,
    pub(crate) pace: &'a Pace,
    pub(crate) quarantine: &'a Quarantine,
    pub(crate) plan: &'a Plan,
    pub(crate) submission: &'a Submission,
    pub(crate) staging: &'a Staging,
    /// `None` where no column is searched in any spelling.
    pub(crate) sighter: Option<Sighter<'a>>,
    pub(crate) limits: &'a Limits,
    /// The submission in the ledger.
    pub(crate) submission_id: SubmissionId,
    pub(crate) trace: Trace,
    /// The key of the digests of media objects.
    pub(crate) media_key: &'a DrawnKey,
    pub(crate) progress: &'a dyn Progress,
}

/// How a FORGET ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Every staged target was answered.
    Answered,
    /// The pace stopped it between two transactions; the next run continues.
    Paused,
    /// Contacts without an answer were answered as cancelled.
    Cancelled,
}

/// A worker after its first pass.
#[derive(Default)]
pub(crate) struct Searched<'a> {
    pub(super) drawn: Drawn,
    pub(super) settled: Settled,
    /// Learns of every transaction; `None` during the rechecks.
    pub(super) exclusive: Option<&'a ExclusiveWriter>,
}

impl Searched<'_> {
    /// Notes the current transaction, at its end.
    pub(super) async fn note(&self, session: &Session) -> Result<(), DatabaseError> {
        match self.exclusive {
            Some(exclusive) => exclusive.note(session).await,
            None => Ok(()),
        }
    }
}

/// The pass that a transaction belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Every target is answered.
    First,
    /// The n-th recheck of answered devices: only rows that appeared in the meantime matter.
    Recheck(u32),
}

/// Targets that are not looked for again.
pub(super) type Settled = HashSet<u32>;

/// Why a transaction was not committed.
#[derive(Debug)]
pub(super) enum Failed {
    /// Because of its devices, as far as is known; the session is usable.
    Devices(DatabaseError),
    /// For another reason: nothing is answered, and the next run continues.
    All(ExecuteError),
}

impl Failed {
    pub(super) fn all(error: DatabaseError) -> Failed {
        Failed::All(error.into())
    }

    /// The failure of a transaction that was rolled back. A server that lacks disk space, memory or locks and a row that this
    /// program cannot read say nothing about the devices of the transaction.
    pub(super) fn rolled_back(error: ExecuteError) -> Failed {
        match error {
            ExecuteError::Database(error)
                if !error.is_out_of_resources() && !error.is_unreadable_row() =>
            {
                Failed::Devices(error)
            }
            other => Failed::All(other),
        }
    }
}

/// The result of a transaction.
#[derive(Default)]
pub(super) struct Done {
    pub(super) rows: u64,
    /// Targets whose rows must not be changed.
    pub(super) blocked: Vec<i32>,
    /// Targets that are answered with an error and not looked for again.
    pub(super) settled: Vec<u32>,
}

/// The placeholders drawn for this session so far.
#[derive(Default)]
pub(super) struct Drawn {
    placeholders: Placeholders,
    /// The last ordinal assigned.
    pub(super) last: i32,
}

impl Drawn {
    /// Draws and sends the placeholders after ordinal `before`, up to the last one assigned.
    pub(super) async fn send(&self, session: &Session, before: i32) -> Result<(), ExecuteError> {
        let mut rows = CopyRows::default();
        for ordinal in before + 1..=self.last {
            let Placeholder { code, address } = self.placeholders.draw()?;
            rows.int(ordinal).text(&code).address(address).end();
        }
        session.copy_in(&queries::RANDOM.into(), &mut rows).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_cannot_be_read_is_not_attributed_to_a_device() {
        let unreadable = DatabaseError::unreadable("cannot read column n of x.sql".to_owned());
        let failed = Failed::rolled_back(unreadable.into());
        assert!(matches!(failed, Failed::All(_)), "{failed:?}");
    }
}
