//! Limits that the DBA sets: for answers, and for how fast a FORGET may go.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::postgres::MAX_SESSIONS;

/// Guards and limits of a submission (contract section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Rows of all tables in one scope that may hold a device.
    pub max_rows_per_device: i64,
    /// Client IDs that a device's records may have; `None` is no limit.
    pub max_client_ids_per_device: Option<i64>,
}

/// Limits that the DBA sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaceLimits {
    /// How long a transaction beside a live system should take; `None` in a maintenance window.
    pub transaction_time: Option<Duration>,
    /// Devices in one transaction, at most.
    pub devices_per_transaction: u32,
    pub max_rows_per_second: Option<u64>,
    /// Bytes of WAL that the server writes in a second, whoever makes them.
    pub max_wal_rate: Option<u64>,
    /// How far the slowest replica may be behind.
    pub max_replica_lag: Option<Duration>,
    /// No transaction begins at or after this moment.
    pub until: Option<DateTime<Utc>>,
}

/// Most sessions that work on one submission; the pool keeps some more for watching and answering.
pub const MAX_WORKERS: u32 = MAX_SESSIONS as u32 - 4;
