//! The result of a purge.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::service::outcome::Outcome;

/// The result of a purge.
#[derive(Debug, Default, Serialize)]
pub struct Purged {
    pub submissions: u64,
    pub files: u64,
    /// Submitted files that differ from those that were processed: left where they are.
    pub kept: Vec<String>,
    /// Drops with something to purge that are not configured.
    pub unknown_drops: Vec<String>,
    /// Submissions whose files could not be removed; the next purge tries again.
    pub failed: u64,
    /// Submissions of cases that were never run and are older than the retention: they stay.
    pub abandoned: Vec<Abandoned>,
}

/// A submission of a case that nobody ran.
#[derive(Debug, Serialize)]
pub struct Abandoned {
    pub case: String,
    pub file: String,
    pub since: Option<DateTime<Utc>>,
}

impl Purged {
    /// [`Outcome::Failed`] where something could not be removed.
    pub fn outcome(&self) -> Outcome {
        match self.failed {
            0 => Outcome::Done,
            _ => Outcome::Failed,
        }
    }
}
