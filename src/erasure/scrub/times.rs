//! Time limits of a scrub target.

use std::time::Duration;

/// Time limits of a scrub target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// Maximum wait for a lock.
    pub(crate) lock: Duration,
    /// Maximum run time of a statement; `None`: unlimited.
    pub(crate) statement: Option<Duration>,
    /// `vacuum_cost_delay`.
    pub(crate) cost_delay: Duration,
}

impl Times {
    /// The same limits for statements that must not be cancelled when the window ends.
    pub(crate) fn without_end(self) -> Times {
        Times {
            statement: None,
            ..self
        }
    }
}
