//! How far a submission is.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::ledger::{PendingControl, ProgressRow};

/// How far a submission is that was begun, from the ledger, whichever process works on it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct SubmissionProgress {
    /// Whether a session works on it now; otherwise the next run continues it.
    pub(crate) at_work: bool,
    pub(crate) contacts: i64,
    pub(crate) answered: i64,
    /// The control request that is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wish: Option<PendingControl>,
    /// `None` before it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) begun_at: Option<DateTime<Utc>>,
    /// Contacts answered in a second, since it was begun or last resumed; while a session works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seconds_left: Option<u64>,
}

impl SubmissionProgress {
    pub(crate) fn new(row: ProgressRow, now: DateTime<Utc>) -> SubmissionProgress {
        let since = row.resumed.or(row.begun_at.map(|at| (at, 0)));
        let per_second = since
            .map(|(at, before)| {
                let seconds = (now - at).num_milliseconds() as f64 / 1000.0;
                (seconds, (row.answered - before) as f64)
            })
            .filter(|(seconds, done)| *seconds > 0.0 && row.at_work && *done > 0.0)
            .map(|(seconds, done)| done / seconds);
        let left = (row.contacts - row.answered).max(0) as f64;
        SubmissionProgress {
            at_work: row.at_work,
            contacts: row.contacts,
            answered: row.answered,
            wish: row.wish,
            begun_at: row.begun_at,
            // Rounded: more digits would change with every call.
            per_second: per_second.map(|rate| (rate * 100.0).round() / 100.0),
            seconds_left: per_second.map(|rate| (left / rate).ceil() as u64),
        }
    }
}
