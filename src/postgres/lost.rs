//! Sessions that were lost although nobody here ended them: the server may still run them, and hold their locks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pg_connect::Backend;

/// The lost sessions of a pool that have not been terminated yet.
#[derive(Debug, Default)]
pub(super) struct LostSessions(Mutex<Vec<Backend>>);

impl LostSessions {
    pub(super) fn add(&self, backend: Option<Backend>) {
        self.all().extend(backend);
    }

    /// Removes and returns all of them.
    pub(super) fn take(&self) -> Vec<Backend> {
        std::mem::take(&mut *self.all())
    }

    fn all(&self) -> MutexGuard<'_, Vec<Backend>> {
        // A panic elsewhere leaves the list consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
