//! The result of a purge.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::service::outcome::Outcome;

/// The result of a purge.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Purged {
    pub(crate) submissions: u64,
    pub(crate) files: u64,
    /// Submitted files that differ from those that were processed: left where they are.
    pub(crate) kept: Vec<String>,
    /// Drops with something to purge that are not configured.
    pub(crate) unknown_drops: Vec<String>,
    /// Submissions whose files could not be removed; the next purge tries again.
    pub(crate) failed: u64,
    /// Tables of the ledger that were not vacuumed: deleted rows remain in their pages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) not_vacuumed: Vec<String>,
    /// Whether rows of the ledger were deleted, or keys removed.
    #[serde(skip)]
    pub(crate) changed_ledger: bool,
    /// Submissions of cases that were never run and are older than the retention: they stay.
    pub(crate) abandoned: Vec<Abandoned>,
}

/// A submission of a case that nobody ran.
#[derive(Debug, Serialize)]
pub(crate) struct Abandoned {
    pub(crate) case: String,
    pub(crate) file: String,
    pub(crate) since: Option<DateTime<Utc>>,
}

impl Purged {
    /// [`Outcome::Failed`] where something could not be removed.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.failed {
            0 => Outcome::Done,
            _ => Outcome::Failed,
        }
    }
}
