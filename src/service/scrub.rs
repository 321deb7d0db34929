//! Scrubs as a service: the pace of a run also paces its scrub.

use crate::engine::pace::Pace;
use crate::erasure::scrub::Pacing;
use crate::postgres::{DatabaseError, Session};

impl Pacing for Pace {
    fn is_over(&self) -> bool {
        Pace::is_over(self)
    }

    async fn rest(&self, session: &Session) -> Result<(), DatabaseError> {
        Pace::rest(self, session, 0).await
    }
}
