//! The result of a census.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Grade, Place};
use crate::domain::blocker::Blocker;
use crate::domain::level::Level;

/// The result of a census. Member names are part of JSON results and of the operator's copies of certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    pub taken: DateTime<Utc>,
    /// Tables that were changed, as `<schema>.<table>`.
    pub tables: Vec<String>,
    /// Whether statistics, statements and comments were searched for the devices themselves.
    pub searched: bool,
    pub findings: Vec<Finding>,
    /// Whatever makes the server keep current row versions or WAL.
    #[serde(rename = "holders")]
    pub blockers: Vec<Blocker>,
    /// What blocked the last scrub of these tables.
    #[serde(rename = "stood")]
    pub last_blockers: Vec<Blocker>,
    /// The level at which scrubs have completed everything since the erasure; `None`: some target is incomplete.
    pub level: Option<Level>,
    /// Since when the data files are clean; `None`: they are not, or this was not measured.
    pub files_clean: Option<CleanFiles>,
    /// When the last contact was answered. Dumps taken since then are clean.
    pub answered: Option<DateTime<Utc>>,
    /// The current WAL position.
    pub wal: String,
}

/// Since when the data files are clean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanFiles {
    pub since: DateTime<Utc>,
    /// WAL position; WAL before it may hold old values.
    pub position: String,
}

impl Census {
    /// The worst grade found in a place; `None`: the place was not looked at.
    pub fn grade(&self, place: Place) -> Option<Grade> {
        let findings = self.findings.iter().filter(|f| f.place == place);
        findings.map(|finding| finding.grade).max()
    }

    /// Whether no finding needs attention.
    pub fn is_clean(&self) -> bool {
        !self.findings.iter().any(Finding::is_open)
    }
}
