//! Limits set by the DBA: on what is answered, and on the pace of a FORGET. With their defaults and checks.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::postgres::MAX_SESSIONS;

/// Most sessions that process one submission. The pool needs a few more for monitoring and answering.
pub(crate) const MAX_WORKERS: u32 = MAX_SESSIONS as u32 - 4;

/// Limits on the answers of a submission (contract section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most rows, over all tables in a scope, that may hold a device.
    pub max_rows_per_device: i64,
    /// Most client IDs that the records of a device may have; `None` is unlimited.
    pub(crate) max_client_ids_per_device: Option<i64>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_rows_per_device: 10_000,
            max_client_ids_per_device: None,
        }
    }
}

impl Limits {
    /// # Errors
    /// Fails if a limit is below 1.
    pub(crate) fn check(&self) -> Result<(), LimitError> {
        at_least_one("max_rows_per_device", Some(self.max_rows_per_device))?;
        at_least_one("max_client_ids_per_device", self.max_client_ids_per_device)
    }
}

/// Whether other systems use the database at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Workload {
    #[default]
    Live,
    /// `--offline`.
    Offline,
}

impl Workload {
    /// Sessions that process one submission, unless configured: one beside a live system, two in a maintenance window.
    pub(crate) fn default_workers(self) -> u32 {
        match self {
            Workload::Live => 1,
            Workload::Offline => 2,
        }
    }
}

/// Limits on the pace of a FORGET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaceLimits {
    /// Target duration of a transaction while a workload is running; `None` in a maintenance window.
    pub transaction_time: Option<Duration>,
    /// Most devices in one transaction.
    pub devices_per_transaction: u32,
    /// Changed rows per second; `None` is unlimited.
    pub(crate) max_rows_per_second: Option<u64>,
    /// Bytes of WAL that the server may write per second, from all sources; `None` is unlimited.
    pub(crate) max_wal_rate: Option<u64>,
    /// Longest lag of the slowest replica; `None` is unlimited.
    pub max_replica_lag: Option<Duration>,
    /// End of the window: no transaction begins at or after this time; `None` is no end.
    pub(crate) until: Option<DateTime<Utc>>,
}

impl PaceLimits {
    /// The limits that apply where none is configured.
    pub(crate) fn default_for(workload: Workload) -> PaceLimits {
        let (transaction_time, devices_per_transaction) = match workload {
            Workload::Live => (Some(Duration::from_millis(75)), 1_000),
            // Rows are changed in the order of their keys: the more at once, the fewer pages are written repeatedly.
            Workload::Offline => (None, 50_000),
        };
        PaceLimits {
            transaction_time,
            devices_per_transaction,
            max_rows_per_second: None,
            max_wal_rate: None,
            max_replica_lag: None,
            until: None,
        }
    }

    /// # Errors
    /// Fails if the devices per transaction or the rows per second are zero.
    pub(crate) fn check(&self) -> Result<(), LimitError> {
        at_least_one(
            "devices_per_transaction",
            Some(self.devices_per_transaction),
        )?;
        at_least_one("max_rows_per_second", self.max_rows_per_second)
    }
}

/// Checks the number of sessions that process one submission.
///
/// # Errors
/// Fails if it is zero or above [`MAX_WORKERS`].
pub(crate) fn check_workers(workers: u32) -> Result<(), LimitError> {
    at_least_one("workers", Some(workers))?;
    match workers > MAX_WORKERS {
        true => Err(LimitError::TooManyWorkers(workers)),
        false => Ok(()),
    }
}

/// Why a limit cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LimitError {
    #[error("{0} must be at least 1")]
    BelowOne(&'static str),
    #[error("workers must be at most {MAX_WORKERS}\n  detail: it is {0}")]
    TooManyWorkers(u32),
}

/// Checks a limit; `None` is unlimited.
pub(crate) fn at_least_one<N: PartialOrd + From<bool>>(
    name: &'static str,
    limit: Option<N>,
) -> Result<(), LimitError> {
    match limit {
        Some(limit) if limit < N::from(true) => Err(LimitError::BelowOne(name)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_at_least_one() {
        assert_eq!(Limits::default().check(), Ok(()));
        let none = Limits {
            max_client_ids_per_device: Some(0),
            ..Limits::default()
        };
        let error = LimitError::BelowOne("max_client_ids_per_device");
        assert_eq!(none.check(), Err(error));
        for workload in [Workload::Live, Workload::Offline] {
            assert_eq!(PaceLimits::default_for(workload).check(), Ok(()));
            assert_eq!(check_workers(workload.default_workers()), Ok(()));
        }
        let halted = PaceLimits {
            max_rows_per_second: Some(0),
            ..PaceLimits::default_for(Workload::Live)
        };
        let error = LimitError::BelowOne("max_rows_per_second");
        assert_eq!(halted.check(), Err(error));
    }

    #[test]
    fn the_pool_limits_workers() {
        assert_eq!(check_workers(0), Err(LimitError::BelowOne("workers")));
        assert_eq!(check_workers(MAX_WORKERS), Ok(()));
        let many = MAX_WORKERS + 1;
        assert_eq!(check_workers(many), Err(LimitError::TooManyWorkers(many)));
    }
}
