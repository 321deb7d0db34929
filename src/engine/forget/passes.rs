//! The passes of a worker: the first one in chunks, then rechecks device by device.

use std::ops::Range;
use std::time::Instant;

use super::state::{Forget, Pass, RECHECKS, Searched, Settled};
use crate::domain::request::Action;
use crate::engine::error::ExecuteError;
use crate::engine::exclusivity::ExclusiveWriter;
use crate::engine::limits::Limits;
use crate::engine::{find, queries, stage};
use crate::ledger;
use crate::postgres::DatabaseError;
use crate::postgres::fault::point;

impl Forget<'_> {
    /// Stages the devices in the session. Must run first.
    pub(crate) async fn stage(&self) -> Result<(), ExecuteError> {
        stage::stage(
            self.session,
            self.plan,
            Action::Forget,
            self.submission,
            self.staging,
            self.limits,
        )
        .await?;
        Ok(self.session.guard().await?)
    }

    /// Reads the columns that are searched in any spelling.
    async fn sight(&self, searched: &Searched<'_>) -> Result<(), DatabaseError> {
        let Some(sighter) = &self.sighter else {
            return Ok(());
        };
        self.session.begin().await?;
        sighter.sight(self.session).await?;
        searched.note(self.session).await?;
        self.session.commit().await
    }

    /// The first pass: answers every staged target. Answers and changes are committed together, chunk by chunk; after an
    /// error, the next run continues with the rest. `None`: the pace ended it early. All workers share `exclusive`.
    pub(crate) async fn search<'a>(
        &self,
        exclusive: &'a ExclusiveWriter,
    ) -> Result<Option<Searched<'a>>, ExecuteError> {
        let mut searched = Searched {
            exclusive: Some(exclusive),
            ..Searched::default()
        };
        self.sight(&searched).await?;
        let all = self.staging.devices.len() as u32;
        let mut next = 0;
        while next < all {
            if self.pace.is_over() || self.is_to_stop().await? {
                return Ok(None);
            }
            if let Some(error) = self.exclusion(next) {
                self.fail(&(next..next + 1), &error, Pass::First, &mut searched)
                    .await?;
                next += 1;
                continue;
            }
            let chunk = next..self.chunk_end(next);
            self.name_session(&chunk, all).await?;
            next = chunk.end;
            let began = Instant::now();
            let devices = chunk.end - chunk.start;
            let rows = self.chunk(chunk, Pass::First, &mut searched).await?;
            point!(self.session, "forget.committed");
            self.pace.took(devices, began.elapsed());
            self.pace.rest(self.session, rows).await?;
        }
        Ok(Some(searched))
    }

    /// Whether a control request asks the submission to pause or to end. If so, all workers stop.
    async fn is_to_stop(&self) -> Result<bool, DatabaseError> {
        let request = ledger::pending_control(self.session, self.submission_id).await?;
        if request.is_some() {
            self.pace.stop();
        }
        Ok(request.is_some())
    }

    /// Why a device is not tried again: it lost too many sessions.
    fn exclusion(&self, device: u32) -> Option<DatabaseError> {
        let device = self.staging.devices[device as usize];
        self.quarantine.exclusion(self.submission_id, device)
    }

    /// The end of the chunk that begins at a device. The pace sets its size; it is smaller where a session was lost. With
    /// several workers, it also ends with the kind: rows that hold devices of two kinds make workers at different kinds wait
    /// for each other.
    fn chunk_end(&self, first: u32) -> u32 {
        let all = self.staging.devices.len() as u32;
        let limit = |device: u32| {
            let device = self.staging.devices[device as usize];
            self.quarantine.chunk_limit(self.submission_id, device)
        };
        let first_limit = limit(first);
        let size = self.pace.devices().min(first_limit.unwrap_or(u32::MAX));
        let end = all.min(first.saturating_add(size));
        // Not together with devices that have another limit.
        let end = (first..end)
            .find(|device| limit(*device) != first_limit)
            .unwrap_or(end);
        if self.workers < 2 {
            return end;
        }
        let kind = |device: u32| {
            let device = self.staging.devices[device as usize];
            self.submission.devices[device as usize].kind()
        };
        let mut of_kind = first..end;
        of_kind
            .find(|device| kind(*device) != kind(first))
            .unwrap_or(end)
    }

    /// Names the session after the submission, the worker and its progress.
    async fn name_session(&self, chunk: &Range<u32>, all: u32) -> Result<(), DatabaseError> {
        let progress = format!("lethe {} {}/{all}", self.name, chunk.start);
        let name = match self.worker {
            0 => progress,
            worker => format!("{progress} worker {}", worker + 1),
        };
        self.session.name(&name).await
    }

    /// Rechecks targets that an earlier run answered: rows may have appeared since.
    pub(crate) async fn recheck_answered(&self) -> Result<(), ExecuteError> {
        self.stage().await?;
        self.recheck(Searched::default()).await
    }

    /// Matches all devices again until nothing is found, at most [`RECHECKS`] times.
    pub(crate) async fn recheck(&self, mut searched: Searched<'_>) -> Result<(), ExecuteError> {
        for number in 1..=RECHECKS {
            self.settle(&searched.settled).await?;
            self.sight(&searched).await?;
            let found = self.find_again().await?;
            if found.is_empty() {
                break;
            }
            for device in found {
                let pass = Pass::Recheck(number);
                let range = device..device + 1;
                if let Some(error) = self.exclusion(device) {
                    self.fail(&range, &error, pass, &mut searched).await?;
                    continue;
                }
                self.chunk(range, pass, &mut searched).await?;
                point!(self.session, "look.committed");
            }
        }
        Ok(())
    }

    /// Marks settled targets in the staging, so that no recheck finds them.
    async fn settle(&self, settled: &Settled) -> Result<(), ExecuteError> {
        if settled.is_empty() {
            return Ok(());
        }
        let targets: Vec<i32> = settled.iter().map(|t| *t as i32).collect();
        Ok(queries::settle(self.session, &targets).await?)
    }

    /// The devices of which rows are found now.
    async fn find_again(&self) -> Result<Vec<u32>, ExecuteError> {
        self.session.begin().await?;
        let all = 0..self.staging.devices.len() as u32;
        let limits = Limits {
            max_client_ids_per_device: None,
            ..self.limits.clone()
        };
        let found = find::find(self.session, self.plan, self.staging, &all, &limits).await;
        self.session.rollback().await?;
        let mut devices: Vec<u32> = found?
            .rows
            .keys()
            .map(|target| self.staging.targets[*target as usize].device)
            .collect();
        devices.sort_unstable();
        devices.dedup();
        Ok(devices)
    }
}
