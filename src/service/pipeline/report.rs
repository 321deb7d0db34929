//! The result of a submission.

use std::collections::BTreeMap;

use crate::domain::request::Action;
use crate::domain::response::Tally;
use crate::drop::FileName;

/// The result of a submission, for the summary of a run (contract section 8).
#[derive(Debug, Clone, serde::Serialize)]
pub struct Report {
    pub file: String,
    pub action: Action,
    pub state: ReportState,
    pub contacts: u64,
    #[serde(flatten)]
    pub tally: Tally,
    /// Rows changed or exported, by `<schema>.<table>`.
    pub rows: BTreeMap<String, i64>,
    /// Names of the published files, in the order of their publication.
    pub results: Vec<String>,
    /// The drop; not part of the JSON summary.
    #[serde(skip)]
    pub drop: String,
    /// Why it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The state of a submission in the summary of a run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, strum::IntoStaticStr, strum::EnumIter,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ReportState {
    Done,
    /// It could not be read, or not be completed.
    Failed,
    Refused,
    Duplicate,
    Unsettled,
    /// The window ended, a DBA paused it, or the run was interrupted; another run continues it.
    Paused,
    /// A DBA cancelled it.
    Cancelled,
}

impl Report {
    /// Whether its results are published; an unreadable file has one too.
    pub fn is_completed(&self) -> bool {
        matches!(self.state, ReportState::Done | ReportState::Cancelled)
            || self.state == ReportState::Failed && !self.results.is_empty()
    }

    /// The report of a file that was not processed.
    pub fn unprocessed(
        drop: &str,
        name: &FileName,
        state: ReportState,
        reason: Option<String>,
    ) -> Report {
        Report {
            file: name.as_str().to_owned(),
            action: name.action(),
            state,
            contacts: 0,
            tally: Tally::default(),
            rows: BTreeMap::new(),
            results: Vec::new(),
            drop: drop.to_owned(),
            reason,
        }
    }
}
