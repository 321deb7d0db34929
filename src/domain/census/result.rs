//! The result of a census.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::finding::Finding;
use crate::domain::blocker::Blocker;
use crate::domain::level::Level;

/// The result of a census. Member names are part of JSON results and of the operator's copies of certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Census {
    pub(crate) taken: DateTime<Utc>,
    /// Tables that were changed, as `<schema>.<table>`.
    pub(crate) tables: Vec<String>,
    /// Whether statistics, statements and comments were searched for the devices themselves.
    pub(crate) searched: bool,
    pub(crate) findings: Vec<Finding>,
    /// Whatever makes the server keep current row versions or WAL.
    #[serde(rename = "holders")]
    pub(crate) blockers: Vec<Blocker>,
    /// What blocked the last scrub of these tables.
    #[serde(rename = "stood")]
    pub(crate) last_blockers: Vec<Blocker>,
    /// The level at which scrubs have completed everything since the erasure; `None`: some target is incomplete.
    pub(crate) level: Option<Level>,
    /// Since when the data files are clean; `None`: they are not, or this was not measured.
    pub(crate) files_clean: Option<CleanFiles>,
    /// When the last contact was answered. Dumps taken since then are clean.
    pub(crate) answered: Option<DateTime<Utc>>,
    /// The current WAL position.
    pub(crate) wal: String,
}

/// Since when the data files are clean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CleanFiles {
    pub(crate) since: DateTime<Utc>,
    /// WAL position; WAL before it may hold old values.
    pub(crate) position: String,
}

impl Census {
    /// Whether no finding needs attention.
    pub(crate) fn is_clean(&self) -> bool {
        !self.findings.iter().any(Finding::is_open)
    }
}
