//! The summary of a pass.

use std::collections::HashSet;

use serde::Serialize;

use crate::erasure::scrub::ScrubReport;
use crate::service::ServiceError;
use crate::service::outcome::Outcome;
use crate::service::pipeline::{Report, ReportState};

/// A pass that ended.
pub(crate) struct Pass {
    /// What was done, also before an error.
    pub(crate) summary: Summary,
    /// Why it did not get to its end.
    pub(crate) ended: Result<(), ServiceError>,
}

impl Pass {
    /// The outcome of this pass alone.
    pub(crate) fn outcome(&self) -> Outcome {
        match &self.ended {
            Ok(()) => self.summary.outcome,
            Err(error) => error.outcome(),
        }
    }
}

/// What became of the submissions of a pass.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) submissions: Vec<Report>,
    /// The scrub at the end of the pass, where one is configured and something was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scrub: Option<ScrubReport>,
    #[serde(skip)]
    pub(crate) outcome: Outcome,
    /// What is in `submissions`.
    #[serde(skip)]
    known: HashSet<ReportKey>,
}

/// Two reports with the same key say the same.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ReportKey {
    drop: String,
    file: String,
    state: ReportState,
}

impl Summary {
    pub(super) fn new() -> Summary {
        Summary {
            submissions: Vec::new(),
            scrub: None,
            outcome: Outcome::Done,
            known: HashSet::new(),
        }
    }

    /// Adds a report, unless it is there: a pass that started over after a reconnection reports again what it leaves in
    /// place.
    pub(super) fn add(&mut self, report: Report) {
        let key = ReportKey {
            drop: report.drop.clone(),
            file: report.file.clone(),
            state: report.state,
        };
        if self.known.insert(key) {
            self.submissions.push(report);
        }
    }

    /// Notes an outcome; the worst one counts.
    pub(super) fn raise(&mut self, outcome: Outcome) {
        self.outcome = self.outcome.max(outcome);
    }
}
