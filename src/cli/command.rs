//! Dispatch: which function each command of the command line calls.

use super::arguments::{Cli, Command, DropCommand, ReceiptCommand, VerifyArgs};
use super::outcome::{CommandError, Outcome};
use super::{
    case, catalogue, census, certificate, check, control, demo, drop_check, history, keygen,
    migrate, preview, purge, receipt, run, scrub, status, trace, verify,
};
use crate::cli::arguments::Global;
use crate::cli::search_bar::SearchBar;
use crate::service::control::ControlRequest;
use crate::service::verification::Search;

/// Runs a command.
pub async fn dispatch(cli: Cli) -> Result<Outcome, CommandError> {
    let global = &cli.global;
    match cli.command {
        Command::Demo { dir, scrub } => demo::demo(global, dir, scrub).await,
        Command::Migrate(args) => migrate::migrate(global, &args).await,
        Command::Run(args) => run::run(global, args).await,
        Command::Pause(submitted) => {
            control::control(global, &submitted, ControlRequest::Pause).await
        }
        Command::Resume(submitted) => {
            control::control(global, &submitted, ControlRequest::Resume).await
        }
        Command::Cancel(submitted) => {
            control::control(global, &submitted, ControlRequest::Cancel).await
        }
        Command::Check(args) => check::check(global, &args),
        Command::Preview { file, drop } => preview::preview(global, &file, &drop).await,
        Command::Verify(args) => verify_file_or_case(global, args).await,
        Command::Status { drop } => status::status(global, &drop).await,
        Command::History(args) => history::history(global, args).await,
        Command::Trace {
            client_id,
            accounts,
        } => trace::trace(global, &client_id, &accounts).await,
        Command::Catalogue { command } => catalogue::catalogue(global, command).await,
        Command::Case { command } => case::case(global, command).await,
        Command::Keygen(args) => keygen::keygen(global, args),
        Command::Receipt {
            command: ReceiptCommand::Verify(wanted),
        } => receipt::verify(global, wanted).await,
        Command::Census(args) => census::census(global, &args).await,
        Command::Certificate(args) => certificate::certificate(global, &args).await,
        Command::Scrub(args) => scrub::scrub(global, &args).await,
        Command::Drop {
            command: DropCommand::Check,
        } => drop_check::check(global),
        Command::Purge { drop } => purge::purge(global, &drop).await,
    }
}

async fn verify_file_or_case(global: &Global, args: VerifyArgs) -> Result<Outcome, CommandError> {
    let bar = SearchBar::new();
    let search = match args.value_search {
        true => Search::AllColumns(&bar),
        false => Search::DeclaredColumns,
    };
    match args.case {
        Some(case) => case::verify(global, &case, search).await,
        None => {
            let file = args.file.unwrap_or_default();
            verify::verify(global, &file, &args.drop, search).await
        }
    }
}
