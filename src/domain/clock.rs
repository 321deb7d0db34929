//! The clock: injected, so that tests and rehearsals can use another day (contract section 1).

use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// A clock that starts at a given time.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: DateTime<Utc>,
    started: Instant,
}

/// The text is not a time stamp.
#[derive(Debug, thiserror::Error)]
#[error(
    "LETHE_NOW is not an RFC 3339 time stamp\n  hint: set it to a value such as 2018-03-15T12:00:00Z, or unset it"
)]
pub struct InvalidNow;

impl Clock {
    /// A clock that shows `origin` now.
    pub(crate) fn starting_at(origin: DateTime<Utc>) -> Clock {
        Clock {
            origin,
            started: Instant::now(),
        }
    }

    /// A clock that shows the time in `text` (RFC 3339) now.
    pub(crate) fn starting_at_text(text: &str) -> Result<Clock, InvalidNow> {
        let now = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| InvalidNow)?;
        Ok(Clock::starting_at(now.with_timezone(&Utc)))
    }

    /// The current time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let elapsed = chrono::TimeDelta::from_std(self.started.elapsed()).unwrap_or_default();
        self.origin + elapsed
    }

    /// The date in a time zone.
    pub(crate) fn today(&self, zone: Tz) -> NaiveDate {
        self.now().with_timezone(&zone).date_naive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2018-03-15T03:59:59Z", "America/New_York", "2018-03-14")]
    #[case("2018-03-15T04:00:00Z", "America/New_York", "2018-03-15")]
    #[case("2018-03-14T10:59:59Z", "Pacific/Auckland", "2018-03-14")]
    #[case("2018-03-14T11:00:00Z", "Pacific/Auckland", "2018-03-15")]
    fn today_is_that_of_the_time_zone(#[case] now: &str, #[case] zone: Tz, #[case] today: &str) {
        let clock = Clock::starting_at(DateTime::parse_from_rfc3339(now).unwrap().to_utc());
        assert_eq!(clock.today(zone).to_string(), today);
    }
}
