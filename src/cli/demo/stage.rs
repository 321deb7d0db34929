//! Submissions of the demo, and the passes that process them.

use std::path::Path;
use std::time::{Duration, Instant};

use super::folder::{Answer, Folder};
use serde::Serialize;

use crate::cli::CommandError;
use crate::cli::context::Context;
use crate::domain::request::Action;
use crate::service::pipeline::Report;
use crate::service::runner::{Runner, due_targets};

/// A submission with its answers, as the execution log has them.
#[derive(Serialize)]
pub(crate) struct Answered {
    #[serde(flatten)]
    pub(crate) report: Report,
    pub(crate) responses: Vec<Answer>,
}

/// Runs the submissions of the demo.
pub(super) struct Stage<'a> {
    pub(crate) context: &'a Context,
    pub(crate) runner: &'a mut Runner<'a>,
    pub(crate) folder: &'a Folder,
}

impl Stage<'_> {
    /// Writes a submission of today into a drop; returns its name.
    pub(crate) fn submit(
        &self,
        drop: &Path,
        action: Action,
        content: &str,
    ) -> Result<String, CommandError> {
        let prefix = action.as_str().to_lowercase();
        let now = self.context.clock.now().format("%Y%m%d_%H%M%S");
        let name = format!("{prefix}-{now}.json");
        self.folder.submit(drop, &name, content)?;
        Ok(name)
    }

    /// One pass; returns the report of the submission, its answers, and how long that took.
    pub(crate) async fn run(&mut self, name: &str) -> Result<(Answered, Duration), CommandError> {
        let (report, took) = self.pass(name).await?;
        let responses = self.folder.responses(&report.results)?;
        Ok((Answered { report, responses }, took))
    }

    /// One pass as of `lethe run`; returns the report of the submission, and how long that took.
    pub(crate) async fn pass(&mut self, name: &str) -> Result<(Report, Duration), CommandError> {
        let started = Instant::now();
        let date = name
            .split(['-', '_'])
            .nth(1)
            .and_then(|date| chrono::NaiveDate::parse_from_str(date, "%Y%m%d").ok());
        let targets = due_targets(&self.context.config.drops, date, &self.context.clock);
        let pass = self.runner.pass(&targets).await;
        pass.ended?;
        let took = started.elapsed();
        let report = pass
            .summary
            .submissions
            .into_iter()
            .find(|r| r.file == name);
        let report =
            report.ok_or_else(|| CommandError::Demo(format!("the run did not pick up {name}")))?;
        Ok((report, took))
    }
}
