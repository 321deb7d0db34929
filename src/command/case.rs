//! `case`: from a case ID to a confirmed answer, through the engine that runs the drops too (contract section 8).

mod ask;
mod devices;
mod list;
mod open;
mod plan;
mod resubmit;
mod run_case;
mod show_case;
mod waiting;

use super::world::World;
use super::{CommandError, Outcome};
use crate::care::CaseId;
use crate::catalogue::Catalogue;
use crate::cli::{CaseCommand, Global};
use crate::config::{CareConfig, DropConfig};
use crate::database::{DatabaseError, Session};
use crate::drop_folder::{CaseFolders, DropFolder, FileName, printable};
use crate::execute::load_accounts;
use crate::ledger::{self, CaseRow};
use crate::request::{Action, Product};

pub async fn case(global: &Global, command: CaseCommand) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let care = Care::open(&world)?;
    match command {
        CaseCommand::Open(args) => open::open(global, &world, &care, &args).await,
        CaseCommand::Show { case } => {
            show_case::show(global, &world, &care, &case_id(&case)?).await
        }
        CaseCommand::List => list::list(global, &world, &care).await,
        CaseCommand::Resubmit(args) => resubmit::resubmit(global, &world, &care, &args).await,
        CaseCommand::Preview { case } => {
            plan::preview(global, &world, &care, &case_id(&case)?).await
        }
        CaseCommand::Approve { case, digest } => {
            plan::approve(global, &world, &care, &case_id(&case)?, &digest).await
        }
        CaseCommand::Run { case, settle, pace } => {
            run_case::run(global, world, &care, &case_id(&case)?, settle, &pace).await
        }
    }
}

/// A case ID from the command line.
fn case_id(text: &str) -> Result<CaseId, CommandError> {
    CaseId::parse(text).map_err(|why| {
        CommandError::Usage(format!("{:?} is no case ID: one {why}", printable(text)))
    })
}

/// The configured cases, with the folder above theirs held open.
struct Care {
    config: CareConfig,
    folders: CaseFolders,
}

impl Care {
    fn open(world: &World) -> Result<Care, CommandError> {
        let Some(config) = world.config.care.clone() else {
            return Err(CommandError::Usage(
                "no folder for cases is configured; name one in lethe.toml: [care], path = \"…\" (see lethe.example.toml)"
                    .to_owned(),
            ));
        };
        let folders = CaseFolders::open(&config.path)?;
        Ok(Care { config, folders })
    }

    /// The drop that a case's folder is, with what it may reach: the accounts that the case was opened with, as far as the
    /// configuration lets cases reach them. A folder that nobody opened reaches what the configuration names, if it does.
    async fn drop(
        &self,
        session: &Session,
        catalogue: &Catalogue,
        case: &CaseId,
        row: Option<&CaseRow>,
    ) -> Result<DropConfig, CommandError> {
        let accounts = match (row, &self.config.accounts) {
            (Some(row), None) => row.accounts.clone(),
            (Some(row), Some(listed)) => {
                let tree = load_accounts(session, catalogue, listed).await?;
                let (kept, lost): (Vec<String>, Vec<String>) = row
                    .accounts
                    .iter()
                    .cloned()
                    .partition(|account| tree.contains(account));
                if !lost.is_empty() {
                    return Err(CommandError::Usage(format!(
                        "case {case} was opened for accounts that [care] accounts does not let cases reach any more: {}",
                        printable(lost.join(", "))
                    )));
                }
                kept
            }
            (None, Some(listed)) => listed.clone(),
            (None, None) => {
                return Err(CommandError::Usage(format!(
                    "nobody opened case {case}, so it reaches no account; open it with `lethe case open`, or name [care] accounts"
                )));
            }
        };
        Ok(self.drop_of(
            case,
            accounts,
            row.map_or(Product::Outbound, |row| row.product),
        ))
    }

    fn drop_of(&self, case: &CaseId, accounts: Vec<String>, product: Product) -> DropConfig {
        DropConfig {
            name: case.drop_name(),
            path: self.config.path.join(case.as_str()),
            accounts,
            product,
            time_zone: self.config.time_zone,
        }
    }

    /// Says which of these accounts do not exist, or are none that cases may reach.
    async fn check_accounts(
        &self,
        session: &Session,
        catalogue: &Catalogue,
        accounts: &[String],
    ) -> Result<(), CommandError> {
        let listed = self.config.accounts.as_deref().unwrap_or(accounts);
        let tree = load_accounts(session, catalogue, listed).await?;
        let unknown: Vec<String> = accounts
            .iter()
            .filter(|account| !tree.contains(account))
            .map(printable)
            .collect();
        match unknown.as_slice() {
            [] => Ok(()),
            unknown => Err(CommandError::Usage(format!(
                "unknown account, or none that cases may reach ([care] accounts): {}; nothing was written",
                unknown.join(", ")
            ))),
        }
    }

    /// A name that no submission of this case has or had.
    async fn fresh_name(
        &self,
        world: &World,
        session: &Session,
        case: &CaseId,
        action: Action,
        folder: Option<&DropFolder>,
    ) -> Result<FileName, CommandError> {
        let verb = action.as_str().to_lowercase();
        let today = world.clock.today(self.config.time_zone).format("%Y%m%d");
        let opened = ledger::case_files(session, case).await?;
        for n in 1.. {
            let text = format!("{verb}-{today}_{}-{n}.json", case.in_file_name());
            let name = FileName::parse(&text).map_err(|e| CommandError::Usage(e.to_string()))?;
            let stands = folder.map_or(Ok(false), |folder| folder.is_used(&name))?;
            let noted = opened.iter().any(|file| file.file == text);
            if !stands
                && !noted
                && ledger::known(session, &case.drop_name(), &text)
                    .await?
                    .is_none()
            {
                return Ok(name);
            }
        }
        unreachable!("there are more numbers than submissions")
    }

    /// The case as the ledger has it; an ID that differs in letters only from one of the ledger is refused.
    async fn row(&self, session: &Session, case: &CaseId) -> Result<Option<CaseRow>, CommandError> {
        Ok(ledger::case(session, case).await?)
    }
}

/// A case that stands in the ledger under the same ID in other letters.
async fn in_other_letters(
    session: &Session,
    case: &CaseId,
) -> Result<Option<String>, DatabaseError> {
    let all = ledger::cases(session).await?;
    Ok(all
        .into_iter()
        .map(|row| row.case)
        .find(|other| other != case.as_str() && crate::care::fold(other) == case.folded()))
}
