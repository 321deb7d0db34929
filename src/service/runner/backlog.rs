//! What a pass tells its observer: what waits, and what became of it.

use std::time::Duration;

use crate::ledger;
use crate::service::ServiceError;
use crate::service::pipeline::Report;
use crate::service::runner::observer::WaitingSubmission;
use crate::service::runner::open_drop::Open;
use crate::service::runner::state::Runner;
use crate::service::runner::summary::Summary;

impl Runner<'_> {
    /// Tells the observer which submissions are due or open.
    pub(super) async fn observe_backlog(&self, open: &[Open<'_>]) -> Result<(), ServiceError> {
        let Some(observer) = self.context.observer else {
            return Ok(());
        };
        let mut all = Vec::new();
        for open in open {
            let drop = &open.drop.name;
            for begun in ledger::open_submissions(&self.session, drop).await? {
                all.push(WaitingSubmission {
                    drop: drop.clone(),
                    file: begun.file_name.to_string(),
                    since: begun.received_at,
                });
            }
            // A folder that cannot be read is reported when it is processed.
            for (name, fingerprint) in open.due().unwrap_or_default() {
                // What the ledger knows is listed above while it is open.
                let known = ledger::known(&self.session, drop, name.as_str()).await?;
                if let (None, Some(since)) = (known, fingerprint.modified()) {
                    all.push(WaitingSubmission {
                        drop: drop.clone(),
                        file: name.as_str().to_owned(),
                        since,
                    });
                }
            }
        }
        observer.backlog(all);
        Ok(())
    }

    /// Tells the observer how many media objects are still to be deleted.
    pub(super) async fn observe_media(&self, open: &[Open<'_>]) -> Result<(), ServiceError> {
        let Some(observer) = self.context.observer else {
            return Ok(());
        };
        let mut objects = 0;
        for open in open {
            let waiting = ledger::waiting_media(&self.session, &open.drop.name).await?;
            objects += waiting.iter().map(|w| w.objects).sum::<i64>();
        }
        for case in self.cases_to_sweep().await? {
            let waiting = ledger::waiting_media(&self.session, &case.name).await?;
            objects += waiting.iter().map(|w| w.objects).sum::<i64>();
        }
        observer.media_waiting(objects);
        Ok(())
    }

    /// Adds a report to the summary, and tells the observer.
    pub(super) fn note(&self, report: Report, took: Option<Duration>, summary: &mut Summary) {
        if let Some(observer) = self.context.observer {
            observer.reported(&report, took);
        }
        summary.add(report);
    }
}
