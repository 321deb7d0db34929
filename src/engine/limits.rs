//! Limits set by the DBA: on what is answered, and on the pace of a FORGET.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::postgres::MAX_SESSIONS;

/// Limits on the answers of a submission (contract section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most rows, over all tables in a scope, that may hold a device.
    pub max_rows_per_device: i64,
    /// Most client IDs that the records of a device may have; `None` is unlimited.
    pub max_client_ids_per_device: Option<i64>,
}

/// Limits on the pace of a FORGET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaceLimits {
    /// Target duration of a transaction while a workload is running; `None` in a maintenance window.
    pub transaction_time: Option<Duration>,
    /// Most devices in one transaction.
    pub devices_per_transaction: u32,
    /// Changed rows per second; `None` is unlimited.
    pub max_rows_per_second: Option<u64>,
    /// Bytes of WAL that the server may write per second, from all sources; `None` is unlimited.
    pub max_wal_rate: Option<u64>,
    /// Longest lag of the slowest replica; `None` is unlimited.
    pub max_replica_lag: Option<Duration>,
    /// End of the window: no transaction begins at or after this time; `None` is no end.
    pub until: Option<DateTime<Utc>>,
}

/// Most sessions that process one submission. The pool needs a few more for monitoring and answering.
pub const MAX_WORKERS: u32 = MAX_SESSIONS as u32 - 4;
