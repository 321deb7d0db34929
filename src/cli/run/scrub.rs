//! The scrub at the end of a pass.

use std::pin::Pin;

use crate::cli::context::World;
use crate::cli::scrub;
use crate::domain::level::Level;
use crate::engine::pace::Pace;
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::runner::{Epilogue, ScrubbedPass};

/// Scrubs at a level.
pub struct ScrubAtEnd<'a> {
    pub world: &'a World,
    pub level: Level,
}

impl Epilogue for ScrubAtEnd<'_> {
    fn run<'a>(
        &'a self,
        session: &'a Session,
        pace: &'a Pace,
    ) -> Pin<Box<dyn Future<Output = Result<Option<ScrubbedPass>, ServiceError>> + 'a>> {
        Box::pin(async move {
            let scrubbed = scrub::after_a_pass(self.world, session, pace, self.level).await?;
            Ok(scrubbed.map(|scrubbed| ScrubbedPass {
                outcome: scrub::outcome(&scrubbed),
                scrubbed,
            }))
        })
    }
}
