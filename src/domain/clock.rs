//! The clock: injected, so that tests and rehearsals can use another day (contract section 1).

use std::time::Instant;

use chrono::{DateTime, NaiveDate, SubsecRound as _, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

/// A clock that starts at a given time.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: DateTime<Utc>,
    started: Instant,
    source: ClockSource,
}

/// Where times come from. Whatever is written by another clock than the system's says so (contract section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, Serialize, Deserialize)]
pub enum ClockSource {
    /// The clock of the host.
    #[strum(serialize = "system")]
    #[serde(rename = "system")]
    System,
    /// The environment variable `LETHE_NOW`: a test or a rehearsal.
    #[strum(serialize = "LETHE_NOW")]
    #[serde(rename = "LETHE_NOW")]
    LetheNow,
}

/// The text is not a time stamp.
#[derive(Debug, thiserror::Error)]
#[error(
    "LETHE_NOW is not an RFC 3339 time stamp\n  hint: set it to a value such as 2018-03-15T12:00:00Z, or unset it"
)]
pub struct InvalidNow;

impl Clock {
    /// The clock of the host.
    pub(crate) fn system() -> Clock {
        Clock::starting_at(Utc::now(), ClockSource::System)
    }

    /// A clock that shows `origin` now.
    fn starting_at(origin: DateTime<Utc>, source: ClockSource) -> Clock {
        Clock {
            origin,
            started: Instant::now(),
            source,
        }
    }

    /// A clock that shows the time in `text` (RFC 3339), the value of `LETHE_NOW`, now.
    pub(crate) fn starting_at_text(text: &str) -> Result<Clock, InvalidNow> {
        let now = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| InvalidNow)?;
        Ok(Clock::starting_at(
            now.with_timezone(&Utc),
            ClockSource::LetheNow,
        ))
    }

    /// The current time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.started.elapsed()).unwrap_or_default();
        self.origin + elapsed
    }

    /// Where its times come from.
    pub(crate) fn source(&self) -> ClockSource {
        self.source
    }

    /// The date in a time zone.
    pub(crate) fn today(&self, zone: Tz) -> NaiveDate {
        self.now().with_timezone(&zone).date_naive()
    }
}

/// The whole second that a time is in. What customers get shows no more of it: fractions would tell of the work for others.
pub(crate) fn second_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0)
}

/// The first whole second that is not before a time, for statements such as "nothing is left after".
pub(crate) fn second_after(at: DateTime<Utc>) -> DateTime<Utc> {
    let second = second_of(at);
    match second == at {
        true => second,
        false => second + TimeDelta::seconds(1),
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
        let clock = Clock::starting_at_text(now).unwrap();
        assert_eq!(clock.today(zone).to_string(), today);
        assert_eq!(clock.source(), ClockSource::LetheNow);
    }

    #[rstest]
    #[case("2018-03-15T12:00:00Z", "2018-03-15T12:00:00Z", "2018-03-15T12:00:00Z")]
    #[case(
        "2018-03-15T12:00:00.000001Z",
        "2018-03-15T12:00:00Z",
        "2018-03-15T12:00:01Z"
    )]
    #[case(
        "2018-03-15T23:59:59.999Z",
        "2018-03-15T23:59:59Z",
        "2018-03-16T00:00:00Z"
    )]
    fn seconds_are_rounded_down_or_up(
        #[case] at: DateTime<Utc>,
        #[case] second: DateTime<Utc>,
        #[case] after: DateTime<Utc>,
    ) {
        assert_eq!((second_of(at), second_after(at)), (second, after));
    }
}
