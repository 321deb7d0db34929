//! Devices whose transactions lost their session. A session may be lost to anybody; but a device that takes every session
//! with it (a trigger that ends it, a row that crashes its server process) would keep all others from their answers for
//! ever. So the next transaction over such devices is half as large, and one that loses a few alone is answered.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::identifier::SubmissionId;
use crate::postgres::DatabaseError;

/// So many sessions a device may lose alone.
const ALONE: u32 = 3;

/// What is known of the submission that is at work.
#[derive(Debug, Default)]
pub struct Suspects(Mutex<All>);

#[derive(Debug, Default)]
struct All {
    submission_id: Option<SubmissionId>,
    devices: HashMap<u32, Suspect>,
    losses: u64,
}

#[derive(Debug)]
struct Suspect {
    /// Devices of the smallest transaction that was lost with it.
    together: u32,
    alone: u32,
    error: DatabaseError,
}

impl Suspects {
    /// A transaction over these devices of a submission lost its session.
    pub fn lost(&self, submission_id: SubmissionId, devices: &[u32], error: &DatabaseError) {
        let mut all = self.of(submission_id);
        all.losses += 1;
        let together = devices.len() as u32;
        for device in devices {
            let suspect = all.devices.entry(*device).or_insert_with(|| Suspect {
                together,
                alone: 0,
                error: error.clone(),
            });
            suspect.together = suspect.together.min(together);
            suspect.alone += u32::from(together == 1);
        }
    }

    /// How many devices a transaction may have that holds this one; `None`: it is not suspected.
    pub fn most(&self, submission_id: SubmissionId, device: u32) -> Option<u32> {
        let all = self.of(submission_id);
        let suspect = all.devices.get(&device)?;
        Some((suspect.together / 2).max(1))
    }

    /// Why a device is not tried any more.
    pub fn given_up(&self, submission_id: SubmissionId, device: u32) -> Option<DatabaseError> {
        let all = self.of(submission_id);
        let suspect = all.devices.get(&device)?;
        (suspect.alone >= ALONE).then(|| suspect.error.clone())
    }

    /// How many transactions lost their session so far.
    pub fn losses(&self) -> u64 {
        self.all().losses
    }

    fn of(&self, submission_id: SubmissionId) -> MutexGuard<'_, All> {
        let mut all = self.all();
        if all.submission_id != Some(submission_id) {
            all.submission_id = Some(submission_id);
            all.devices.clear();
        }
        all
    }

    fn all(&self) -> MutexGuard<'_, All> {
        // Counts are whole also where whoever held them panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
