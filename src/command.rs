//! The commands: what each asks of the rest, and how its outcome is shown.

mod case;
mod catalogue;
mod census;
mod certificate;
mod check;
mod demo;
mod given;
mod history;
mod keygen;
mod migrate;
pub mod preview;
mod purge;
mod receipt;
mod run;
mod scrub;
pub mod show;
mod signals;
mod status;
mod steer;
mod subject;
mod trace;
pub mod verify;
mod world;

use std::process::ExitCode;

use crate::catalogue::CatalogueError;
use crate::cli::{Cli, Command, ReceiptCommand};
use crate::clock::WrongNow;
use crate::config::ConfigError;
use crate::database::{ConnectError, DatabaseError};
use crate::drop_folder::{DropError, PublishError, SpoolError};
use crate::embedded::EmbeddedError;
use crate::execute::preview::PreviewError;
use crate::ledger::MigrateError;
use crate::pipeline::PipelineError;
use crate::placeholder::NoRandom;
use crate::receipt::{KeyError, StoreError};

/// How a command ended, where it did (contract section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing was answered with an error.
    Done,
    /// Something was answered with an error, or refused.
    Errors,
    /// Usage or configuration.
    Usage,
    /// Something could not be done; the reason was printed, and the next run goes on.
    Failed,
}

impl Outcome {
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(self.code())
    }

    pub fn code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::Errors => 3,
            Outcome::Usage => 2,
            Outcome::Failed => 1,
        }
    }
}

/// Why a command did not come to an outcome.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Now(#[from] WrongNow),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(
        "lethe's ledger is not installed in this database, or is that of an older version; run `lethe migrate`"
    )]
    NotInstalled,
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    #[error(transparent)]
    Drop(#[from] DropError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    #[error(transparent)]
    Preview(#[from] PreviewError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the demo did not come out as it must: {0}")]
    Demo(String),
    #[error("{doing} failed: {cause}")]
    Io {
        doing: &'static str,
        cause: std::io::Error,
    },
}

impl CommandError {
    /// Whether a session was lost that worked before.
    pub fn is_lost_connection(&self) -> bool {
        match self {
            CommandError::Database(error)
            | CommandError::Catalogue(CatalogueError::Database(error)) => {
                error.is_lost_connection()
            }
            CommandError::Pipeline(error) => error.is_lost_connection(),
            _ => false,
        }
    }

    /// Exit 2 for usage, configuration and connections that can't be used; 1 for what may succeed when run again.
    pub fn outcome(&self) -> Outcome {
        match self {
            CommandError::Usage(_)
            | CommandError::Now(_)
            | CommandError::Config(_)
            | CommandError::Key(_)
            | CommandError::NotInstalled => Outcome::Usage,
            CommandError::Connect(error) if error.is_configuration() => Outcome::Usage,
            CommandError::Catalogue(CatalogueError::Database(_)) => Outcome::Failed,
            CommandError::Catalogue(_) => Outcome::Usage,
            CommandError::Preview(PreviewError::Unreadable(_)) => Outcome::Errors,
            CommandError::Drop(DropError::Io { .. }) => Outcome::Failed,
            CommandError::Drop(_) => Outcome::Usage,
            _ => Outcome::Failed,
        }
    }
}

/// Runs a command.
pub async fn run(cli: Cli) -> Result<Outcome, CommandError> {
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
                watch,
                metrics_file,
                pace,
            };
            run::run(&global, &drop, options).await
        }
        Command::Pause(submitted) => steer::pause(&global, &submitted).await,
        Command::Resume(submitted) => steer::resume(&global, &submitted).await,
        Command::Cancel(submitted) => steer::cancel(&global, &submitted).await,
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
                true => verify::Search::AllColumns,
                false => verify::Search::DeclaredColumns,
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
