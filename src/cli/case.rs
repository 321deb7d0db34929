//! `case`: from a case ID to a confirmed answer (contract section 8).

mod approve;
mod devices;
mod id;
mod list;
mod open;
mod policy;
mod preview;
mod resubmit;
mod run;
mod show;
mod terminal;
mod verify;
mod written;

use self::id::case_id;
use crate::cli::arguments::{CaseCommand, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome};
use crate::service::cases::CaseContext;
use crate::service::verification::Search;

pub(crate) async fn case(global: &Global, command: CaseCommand) -> Result<Outcome, CommandError> {
    let mut context = Context::open(global)?;
    if let CaseCommand::Policy(args) = &command {
        // The rules are in the ledger, and need no folder of cases.
        return policy::policy(global, &context, args).await;
    }
    let workload = match &command {
        CaseCommand::Run { settle, pace, .. } => Some(run::configure(&mut context, *settle, pace)),
        _ => None,
    };
    let cases = CaseContext::open(&context.workspace)?;
    match command {
        CaseCommand::Open(args) => open::open(global, &context, &cases, &args).await,
        CaseCommand::Show { case } => show::show(global, &context, &cases, &case_id(&case)?).await,
        CaseCommand::Policy(args) => policy::policy(global, &context, &args).await,
        CaseCommand::List => list::list(global, &context, &cases).await,
        CaseCommand::Resubmit(args) => resubmit::resubmit(global, &context, &cases, &args).await,
        CaseCommand::Preview { case } => {
            preview::preview(global, &context, &cases, &case_id(&case)?).await
        }
        CaseCommand::Approve { case, digest } => {
            approve::approve(global, &context, &cases, &case_id(&case)?, &digest).await
        }
        CaseCommand::Run { case, pace, .. } => {
            let workload = workload.unwrap_or_default();
            run::run(global, &context, &cases, &case_id(&case)?, workload, &pace).await
        }
    }
}

/// `verify --case`: is anything left of the devices of the case's FORGETs?
pub(crate) async fn verify(
    global: &Global,
    case: &str,
    search: Search<'_>,
) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let cases = CaseContext::open(&context.workspace)?;
    verify::verify(global, &context, &cases, &case_id(case)?, search).await
}
