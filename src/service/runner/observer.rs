//! How a pass tells others what it does: metrics while it runs.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::engine::pace::PaceCounts;
use crate::media::MediaCounts;
use crate::service::outcome::Outcome;
use crate::service::pipeline::Report;

/// Follows a pass.
pub(crate) trait PassObserver {
    /// The submissions that are due or open when the pass starts; it replaces what an earlier pass had.
    fn backlog(&self, waiting: Vec<WaitingSubmission>);

    /// A submission was reported. `took` is `None` where it was not processed.
    fn reported(&self, report: &Report, took: Option<Duration>);

    /// So many media objects are still to be deleted at the end of the pass.
    fn media_waiting(&self, objects: i64);

    /// The counters now, every few seconds.
    fn counted(&self, counters: Counters<'_>, now: DateTime<Utc>);

    /// The pass ended.
    fn ended(&self, pass: EndedPass, counters: Counters<'_>, now: DateTime<Utc>);
}

/// A submission that is due or open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WaitingSubmission {
    pub(crate) drop: String,
    pub(crate) file: String,
    pub(crate) since: DateTime<Utc>,
}

/// What passes of this process have counted so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counters<'a> {
    pub(crate) pace: &'a PaceCounts,
    pub(crate) media: &'a MediaCounts,
}

/// A pass that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EndedPass {
    pub(crate) took: Duration,
    pub(crate) outcome: Outcome,
}
