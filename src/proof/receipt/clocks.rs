//! What a signed document's own clocks say about its times.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::clock::ClockSource;

/// How much the clocks of two hosts may differ.
pub(super) const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);
/// How a time is shown.
pub(super) const MOMENT: &str = "%Y-%m-%d %H:%M:%S UTC";

/// The clocks of a signed document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks {
    /// When it was made.
    pub(crate) made: DateTime<Utc>,
    /// Which clock that is by; `None` in documents of version 0.1, which do not say.
    pub(crate) source: Option<ClockSource>,
    /// The clock of the database server when it was made; `None` in documents of version 0.1.
    pub(crate) server: Option<DateTime<Utc>>,
}

impl Clocks {
    /// Why its times are not those of a real clock, or may not be; `None`: nothing speaks against them.
    pub(crate) fn doubt(&self) -> Option<String> {
        if self.source == Some(ClockSource::LetheNow) {
            let server = match self.server {
                Some(server) => format!("; the server's clock said {}", server.format(MOMENT)),
                None => String::new(),
            };
            return Some(format!(
                "its times are by LETHE_NOW, a test or a rehearsal{server}"
            ));
        }
        let server = self.server?;
        ((server - self.made).abs() > CLOCKS_DIFFER).then(|| {
            format!(
                "its clock said {} and that of the database server {}",
                self.made.format(MOMENT),
                server.format(MOMENT)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Some(ClockSource::System), Some("2018-03-15T12:00:59Z"), None)]
    #[case(None, None, None)]
    #[case(
        Some(ClockSource::System),
        Some("2026-11-30T12:00:00Z"),
        Some(
            "its clock said 2018-03-15 12:00:00 UTC and that of the database server 2026-11-30 12:00:00 UTC"
        )
    )]
    #[case(
        Some(ClockSource::LetheNow),
        Some("2018-03-15T12:00:00Z"),
        Some(
            "its times are by LETHE_NOW, a test or a rehearsal; the server's clock said 2018-03-15 12:00:00 UTC"
        )
    )]
    fn clocks_that_differ_are_noticed(
        #[case] source: Option<ClockSource>,
        #[case] server: Option<&str>,
        #[case] doubt: Option<&str>,
    ) {
        let time = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let clocks = Clocks {
            made: time("2018-03-15T12:00:00Z"),
            source,
            server: server.map(time),
        };
        assert_eq!(clocks.doubt().as_deref(), doubt);
    }
}
