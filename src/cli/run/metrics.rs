//! What a run tells its metrics.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use super::{Open, Runner, Summary};
use crate::cli::metrics::{Metrics, Pass};
use crate::cli::{CommandError, output};
use crate::ledger;
use crate::service::pipeline::Report;

/// How often the metrics are written while a pass is at work.
const METRICS_PAUSE: Duration = Duration::from_secs(3);

impl Runner<'_> {
    pub(super) fn metrics(&self) -> Option<MutexGuard<'_, Metrics>> {
        let metrics = self.metrics.as_ref()?;
        // Counts are whole also where whoever held them panicked.
        Some(metrics.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes the metrics again and again; never ends.
    pub(super) async fn tell_metrics(&self) {
        loop {
            tokio::time::sleep(METRICS_PAUSE).await;
            self.write_metrics(None);
        }
    }

    pub(super) fn write_metrics(&self, ended: Option<Pass>) {
        let now = self.world.clock.now();
        let Some(mut metrics) = self.metrics() else {
            return;
        };
        if let Some(problem) = metrics.write(
            &self.pace.counts,
            &self.media.counts,
            self.bar.position(),
            ended,
            now,
        ) {
            output::note(&format!("warning: {problem}"));
        }
        if let Some(pass) = ended {
            metrics.remember(pass, now);
        }
    }

    /// Tells the metrics what waits to be carried out.
    pub(super) async fn tell_backlog(&self, open: &[Open<'_>]) -> Result<(), CommandError> {
        if self.metrics.is_none() {
            return Ok(());
        }
        let mut all = Vec::new();
        for open in open {
            let drop = &open.drop.name;
            for ledger::OpenSubmission {
                file_name: file,
                received_at: since,
                ..
            } in ledger::open_submissions(&self.session, drop).await?
            {
                all.push((drop, file, since));
            }
            // What cannot be looked at is told where it is to be carried out.
            for (name, fingerprint) in open.due().unwrap_or_default() {
                // Of what the ledger knows, only that counts which stands there as open.
                let known = ledger::known(&self.session, drop, name.as_str()).await?;
                if let (None, Some(since)) = (known, fingerprint.modified()) {
                    all.push((drop, name.as_str().to_owned(), since));
                }
            }
        }
        if let Some(mut metrics) = self.metrics() {
            metrics.forget_backlog();
            for (drop, file, since) in all {
                metrics.is_due(drop, &file, since);
            }
        }
        Ok(())
    }

    /// Tells the metrics how many media objects are still to be deleted.
    pub(super) async fn tell_media(&self, open: &[Open<'_>]) -> Result<(), CommandError> {
        if self.metrics.is_none() {
            return Ok(());
        }
        let mut objects = 0;
        for open in open {
            let waiting = ledger::waiting_media(&self.session, &open.drop.name).await?;
            objects += waiting.iter().map(|w| w.objects).sum::<i64>();
        }
        for case in self.cases_to_sweep().await? {
            let waiting = ledger::waiting_media(&self.session, &case.name).await?;
            objects += waiting.iter().map(|w| w.objects).sum::<i64>();
        }
        if let Some(mut metrics) = self.metrics() {
            metrics.media_waits(objects);
        }
        Ok(())
    }

    /// Adds what became of a submission to the summary and the metrics.
    pub(super) fn note(&self, report: Report, took: Option<Duration>, summary: &mut Summary) {
        if let Some(mut metrics) = self.metrics() {
            metrics.report(&report, took);
        }
        summary.add(report);
    }
}
