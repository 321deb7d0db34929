//! A file that a pass leaves where it is.

use crate::drop::{FileName, Refusal};
use crate::service::pipeline::ReportState;

const UNSETTLED: &str = "still being uploaded, left for the next run";

/// A file that is left where it is.
pub(super) struct Left {
    pub(super) state: ReportState,
    /// Why, as a message of up to three lines.
    pub(super) reason: String,
    /// Files that answer it.
    pub(super) results: Vec<String>,
    /// The EXPORTs that it waits for.
    pub(super) waits_for: Vec<String>,
}

impl Left {
    pub(super) fn unsettled() -> Left {
        Left {
            state: ReportState::Unsettled,
            reason: UNSETTLED.to_owned(),
            results: Vec::new(),
            waits_for: Vec::new(),
        }
    }

    /// What a gate does not let through.
    pub(super) fn disallowed(reason: String) -> Left {
        Left {
            state: ReportState::Refused,
            reason,
            results: Vec::new(),
            waits_for: Vec::new(),
        }
    }

    pub(super) fn refused(refusal: &Refusal) -> Left {
        Left {
            state: ReportState::Refused,
            reason: format!("refused: it {refusal}"),
            results: Vec::new(),
            waits_for: Vec::new(),
        }
    }

    pub(super) fn waiting(reason: String, exports: &[FileName]) -> Left {
        Left {
            state: ReportState::Waiting,
            reason,
            results: Vec::new(),
            waits_for: exports.iter().map(FileName::to_string).collect(),
        }
    }

    pub(super) fn duplicate(result: String) -> Left {
        Left {
            state: ReportState::Duplicate,
            reason: format!(
                "a submission of this name was already processed with other content; answered by {result}"
            ),
            results: vec![result],
            waits_for: Vec::new(),
        }
    }
}
