//! The result of a submission.

use std::collections::BTreeMap;

use crate::domain::request::Action;
use crate::domain::response::Tally;
use crate::drop::FileName;

/// The result of a submission, for the summary of a run (contract section 8).
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Report {
    pub(crate) file: String,
    pub(crate) action: Action,
    pub(crate) state: ReportState,
    pub(crate) contacts: u64,
    #[serde(flatten)]
    pub(crate) tally: Tally,
    /// Rows changed or exported, by `<schema>.<table>`.
    pub(crate) rows: BTreeMap<String, i64>,
    /// Names of the published files, in the order of their publication.
    pub(crate) results: Vec<String>,
    /// The drop; not part of the JSON summary.
    #[serde(skip)]
    pub(crate) drop: String,
    /// Why it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The EXPORTs that it waits for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) waits_for: Vec<String>,
}

/// The state of a submission in the summary of a run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, strum::IntoStaticStr, strum::EnumIter,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum ReportState {
    Done,
    /// It could not be read, or not be completed.
    Failed,
    Refused,
    Duplicate,
    Unsettled,
    /// A FORGET that must not overtake an EXPORT; a later run processes it.
    Waiting,
    /// The window ended, a DBA paused it, or the run was interrupted; another run continues it.
    Paused,
    /// A DBA cancelled it.
    Cancelled,
}

impl Report {
    /// Whether its results are published; an unreadable file has one too.
    pub(crate) fn is_completed(&self) -> bool {
        matches!(self.state, ReportState::Done | ReportState::Cancelled)
            || self.state == ReportState::Failed && !self.results.is_empty()
    }

    /// The report of a file that was not processed.
    pub(crate) fn unprocessed(
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
            waits_for: Vec::new(),
        }
    }
}
