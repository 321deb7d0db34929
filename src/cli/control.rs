//! `pause`, `resume`, `cancel`: what a DBA wants of a submission that is not done.

use crate::cli::arguments::{Format, Global, Submitted};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::service::control::{ControlRequest, ControlState, Controlled, request_control};

/// Notes a control request.
pub(crate) async fn control(
    global: &Global,
    submitted: &Submitted,
    request: ControlRequest,
) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Engine).await?;
    let (file, drop) = (&submitted.submission, submitted.drop.as_deref());
    let now = context.clock.now();
    let controlled = request_control(&session, file, drop, request, now).await?;
    match global.format {
        Format::Json => output::json(&controlled)?,
        Format::Text | Format::Csv => describe(&controlled)?,
    }
    Ok(Outcome::Done)
}

fn describe(controlled: &Controlled) -> Result<(), CommandError> {
    let next = match (controlled.state, controlled.at_work) {
        (ControlState::Paused, true) => "the run at work ends after its transaction",
        (ControlState::Paused, false) => "no run continues it until `lethe resume`",
        (ControlState::Cancelled, true) => {
            "the run at work ends after its transaction and publishes the log"
        }
        (ControlState::Cancelled, false) => "the next run publishes the log",
        (ControlState::Resumed, _) => "the next run continues it",
    };
    let state: &str = controlled.state.into();
    let drop = output::safe(&controlled.drop);
    output::line(&format!("{drop}/{}: {state}; {next}", controlled.file))
}
