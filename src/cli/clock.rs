//! The clock of a command.

use crate::domain::clock::{Clock, InvalidNow};

/// The system clock, or one that shows `LETHE_NOW` (RFC 3339) when the program starts.
pub(crate) fn clock() -> Result<Clock, InvalidNow> {
    match std::env::var("LETHE_NOW") {
        Ok(text) if !text.is_empty() => Clock::starting_at_text(&text),
        _ => Ok(Clock::system()),
    }
}
