//! Dispatch: which function each command of the command line calls.

use super::arguments::{Cli, Command, ReceiptCommand};
use super::outcome::{CommandError, Outcome};
use super::{
    case, catalogue, census, certificate, check, control, demo, history, keygen, migrate, preview,
    purge, receipt, run, scrub, status, trace, verify,
};
use crate::service::control::ControlRequest;
use crate::service::verification::Search;

/// Runs a command.
pub async fn dispatch(cli: Cli) -> Result<Outcome, CommandError> {
    let global = cli.global;
    match cli.command {
        Command::Demo { dir, scrub } => demo::demo(&global, dir, scrub).await,
        Command::Migrate { reference } => migrate::migrate(&global, reference).await,
        Command::Run {
            drop,
            date,
            settle,
            watch,
            metrics_file,
            pace,
        } => {
            let options = run::RunOptions {
                date,
                settle,
                watch: match watch {
                    true => run::Watch::Forever,
                    false => run::Watch::Once,
                },
                metrics_file,
                pace,
            };
            run::run(&global, &drop, options).await
        }
        Command::Pause(submitted) => {
            control::control(&global, &submitted, ControlRequest::Pause).await
        }
        Command::Resume(submitted) => {
            control::control(&global, &submitted, ControlRequest::Resume).await
        }
        Command::Cancel(submitted) => {
            control::control(&global, &submitted, ControlRequest::Cancel).await
        }
        Command::Check {
            files,
            product,
            drop,
        } => check::check(&global, &files, product, drop.as_deref()),
        Command::Preview { file, drop } => preview::preview(&global, &file, &drop).await,
        Command::Verify {
            file,
            case,
            drop,
            value_search,
        } => {
            let search = match value_search {
                true => Search::AllColumns,
                false => Search::DeclaredColumns,
            };
            match (file, case) {
                (_, Some(case)) => case::verify(&global, &case, search).await,
                (file, None) => {
                    verify::verify(&global, &file.unwrap_or_default(), &drop, search).await
                }
            }
        }
        Command::Status { drop } => status::status(&global, &drop).await,
        Command::History {
            case,
            drop,
            from,
            to,
            limit,
            format: _,
        } => {
            history::history(
                &global,
                history::Wanted {
                    case,
                    drop,
                    from,
                    to,
                    limit,
                },
            )
            .await
        }
        Command::Trace {
            client_id,
            accounts,
        } => trace::trace(&global, &client_id, &accounts).await,
        Command::Catalogue { command } => catalogue::catalogue(&global, command).await,
        Command::Case { command } => case::case(&global, command).await,
        Command::Keygen { key, public } => keygen::keygen(&global, key, public),
        Command::Receipt {
            command: ReceiptCommand::Verify(wanted),
        } => receipt::verify(&global, wanted).await,
        Command::Census(args) => census::census(&global, &args).await,
        Command::Certificate(args) => certificate::certificate(&global, &args).await,
        Command::Scrub(args) => scrub::scrub(&global, &args).await,
        Command::Purge { drop } => purge::purge(&global, &drop).await,
    }
}
