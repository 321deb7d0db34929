//! Devices whose transactions lost their session. A session may be lost for any reason, but a device that loses every session
//! (a trigger that ends it, a row that crashes its server process) would keep all others from their answers. Therefore the
//! next transaction over such devices is half as large, and a device that repeatedly loses its session on its own is answered
//! with an error.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::identifier::SubmissionId;
use crate::postgres::DatabaseError;

/// A device that loses this many sessions on its own is not tried again.
const MAX_LOSSES: u32 = 3;

/// The quarantined devices of the current submission.
#[derive(Debug, Default)]
pub(crate) struct Quarantine(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    submission_id: Option<SubmissionId>,
    devices: HashMap<u32, Quarantined>,
    losses: u64,
}

#[derive(Debug)]
struct Quarantined {
    /// Number of devices in the smallest lost transaction that contained this one.
    smallest: u32,
    /// Lost transactions that contained only this device.
    losses: u32,
    error: DatabaseError,
}

impl Quarantine {
    /// Records that a transaction over these devices of a submission lost its session.
    pub(crate) fn session_lost(
        &self,
        submission_id: SubmissionId,
        devices: &[u32],
        error: &DatabaseError,
    ) {
        let mut state = self.of_submission(submission_id);
        state.losses += 1;
        let size = devices.len() as u32;
        for device in devices {
            let quarantined = state.devices.entry(*device).or_insert_with(|| Quarantined {
                smallest: size,
                losses: 0,
                error: error.clone(),
            });
            quarantined.smallest = quarantined.smallest.min(size);
            quarantined.losses += u32::from(size == 1);
        }
    }

    /// The most devices that a transaction with this one may have; `None` where it is not quarantined.
    pub(crate) fn chunk_limit(&self, submission_id: SubmissionId, device: u32) -> Option<u32> {
        let state = self.of_submission(submission_id);
        let quarantined = state.devices.get(&device)?;
        Some((quarantined.smallest / 2).max(1))
    }

    /// Why a device is not tried again; `None` where it is.
    pub(crate) fn exclusion(
        &self,
        submission_id: SubmissionId,
        device: u32,
    ) -> Option<DatabaseError> {
        let state = self.of_submission(submission_id);
        let quarantined = state.devices.get(&device)?;
        (quarantined.losses >= MAX_LOSSES).then(|| quarantined.error.clone())
    }

    /// Number of transactions that lost their session so far.
    pub(crate) fn losses(&self) -> u64 {
        self.state().losses
    }

    fn of_submission(&self, submission_id: SubmissionId) -> MutexGuard<'_, State> {
        let mut state = self.state();
        if state.submission_id != Some(submission_id) {
            state.submission_id = Some(submission_id);
            state.devices.clear();
        }
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The counts are consistent even if a holder panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
