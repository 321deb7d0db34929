//! The metrics of a run: a pass is followed, and its figures are written to a file.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::cli::metrics::{Metrics, Pass};
use crate::cli::output::Terminal;
use crate::service::pipeline::Report;
use crate::service::report::{Message, Reporter as _};
use crate::service::runner::{Counters, EndedPass, PassObserver, WaitingSubmission};

/// Follows the passes of a run for its metrics file.
pub(crate) struct MetricsObserver<'a> {
    metrics: Mutex<Metrics>,
    terminal: &'a Terminal,
}

impl<'a> MetricsObserver<'a> {
    /// Continues the counters of the file, where it exists.
    pub(crate) fn new(file: &Path, terminal: &'a Terminal) -> MetricsObserver<'a> {
        MetricsObserver {
            metrics: Mutex::new(Metrics::at(file)),
            terminal,
        }
    }

    fn metrics(&self) -> MutexGuard<'_, Metrics> {
        // Counts are complete also where another thread panicked.
        self.metrics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, counters: Counters<'_>, ended: Option<Pass>, now: DateTime<Utc>) {
        let position = self.terminal.position();
        let mut metrics = self.metrics();
        let problem = metrics.write(counters.pace, counters.media, position, ended, now);
        if let Some(problem) = problem {
            self.terminal.report(Message::warning(problem));
        }
        if let Some(pass) = ended {
            metrics.remember(pass, now);
        }
    }
}

impl PassObserver for MetricsObserver<'_> {
    fn backlog(&self, waiting: Vec<WaitingSubmission>) {
        let mut metrics = self.metrics();
        metrics.forget_backlog();
        for submission in waiting {
            metrics.is_due(&submission.drop, &submission.file, submission.since);
        }
    }

    fn reported(&self, report: &Report, took: Option<Duration>) {
        self.metrics().report(report, took);
    }

    fn media_waiting(&self, objects: i64) {
        self.metrics().media_waits(objects);
    }

    fn counted(&self, counters: Counters<'_>, now: DateTime<Utc>) {
        self.write(counters, None, now);
    }

    fn ended(&self, pass: EndedPass, counters: Counters<'_>, now: DateTime<Utc>) {
        let pass = Pass {
            took: pass.took,
            exit_code: pass.outcome.code(),
        };
        self.write(counters, Some(pass), now);
    }
}
