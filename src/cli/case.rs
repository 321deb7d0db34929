//! `case`: from a case ID to a confirmed answer (contract section 8).

mod approve;
mod devices;
mod id;
mod list;
mod open;
mod preview;
mod resubmit;
mod run;
mod show;
mod terminal;
mod verify;
mod written;

use self::id::case_id;
use crate::cli::arguments::{CaseCommand, Global};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome};
use crate::service::cases::CaseContext;
use crate::service::verification::Search;

pub async fn case(global: &Global, command: CaseCommand) -> Result<Outcome, CommandError> {
    let mut world = World::open(global)?;
    let workload = match &command {
        CaseCommand::Run { settle, pace, .. } => Some(run::configure(&mut world, *settle, pace)),
        _ => None,
    };
    let context = CaseContext::open(&world.workspace)?;
    match command {
        CaseCommand::Open(args) => open::open(global, &world, &context, &args).await,
        CaseCommand::Show { case } => show::show(global, &world, &context, &case_id(&case)?).await,
        CaseCommand::List => list::list(global, &world, &context).await,
        CaseCommand::Resubmit(args) => resubmit::resubmit(global, &world, &context, &args).await,
        CaseCommand::Preview { case } => {
            preview::preview(global, &world, &context, &case_id(&case)?).await
        }
        CaseCommand::Approve { case, digest } => {
            approve::approve(global, &world, &context, &case_id(&case)?, &digest).await
        }
        CaseCommand::Run { case, pace, .. } => {
            let workload = workload.unwrap_or_default();
            run::run(global, &world, &context, &case_id(&case)?, workload, &pace).await
        }
    }
}

/// `verify --case`: is anything left of the devices of the case's FORGETs?
pub async fn verify(global: &Global, case: &str, search: Search) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let context = CaseContext::open(&world.workspace)?;
    verify::verify(global, &world, &context, &case_id(case)?, search).await
}
