//! The scrub at the end of a pass.

use std::pin::Pin;

use crate::cli::arguments::Format;
use crate::cli::context::World;
use crate::cli::output::Terminal;
use crate::domain::level::Level;
use crate::engine::pace::Pace;
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::runner::{Epilogue, ScrubbedPass};
use crate::service::scrub;

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
            // Only for messages: the progress of the pass has a bar of its own.
            let terminal = Terminal::new(Format::Json);
            let workspace = &self.world.workspace;
            let scrubbed =
                scrub::after_pass(workspace, session, pace, self.level, &terminal).await?;
            Ok(scrubbed.map(|scrubbed| ScrubbedPass {
                outcome: scrub::outcome(&scrubbed),
                scrubbed,
            }))
        })
    }
}
