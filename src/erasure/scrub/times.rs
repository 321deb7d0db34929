//! Time limits of a scrub target.

use std::time::Duration;

/// Time limits of a scrub target.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Maximum wait for a lock.
    pub lock: Duration,
    /// Maximum run time of a statement; `None`: unlimited.
    pub statement: Option<Duration>,
    /// `vacuum_cost_delay`.
    pub cost_delay: Duration,
}

impl Times {
    /// The same limits for statements that must not be cancelled when the window ends.
    pub fn without_end(self) -> Times {
        Times {
            statement: None,
            ..self
        }
    }
}
