//! Whether a session runs its changes inside the guard function.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether changes of a session run inside the function of `sql/session/guard.sql`; off in a new session.
#[derive(Debug, Default)]
pub(super) struct Guard(AtomicBool);

impl Guard {
    pub(super) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn turn_on(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn turn_off(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
