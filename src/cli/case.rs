//! `case`: from a case ID to a confirmed answer, through the engine that runs the drops too (contract section 8).

mod ask;
mod corrections;
mod devices;
mod list;
mod open;
mod plan;
mod resubmit;
mod run_case;
mod show_case;
mod verify_case;
mod waiting;

use crate::catalogue::Catalogue;
use crate::cli::arguments::{CaseCommand, Global};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome};
use crate::domain::care::{CaseId, CaseIdError};
use crate::domain::placeholder::Placeholders;
use crate::domain::request::{Action, Product};
use crate::domain::text::printable;
use crate::drop::{CaseFolders, DropFolder, Entry, FileName, State, content_digest};
use crate::engine::load_accounts;
use crate::ledger::{self, CaseRow};
use crate::postgres::{DatabaseError, Session};
use crate::service::settings::{CareConfig, DropConfig};
use crate::service::verification::Search;
use crate::service::workspace::case_drop;

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

/// `verify --case`: is anything left of what the case's FORGETs named?
pub async fn verify(global: &Global, case: &str, search: Search) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let care = Care::open(&world)?;
    verify_case::verify(global, &world, &care, &case_id(case)?, search).await
}

/// A case ID from the command line. What was typed in its place is told where that helps, but a device never is.
fn case_id(text: &str) -> Result<CaseId, CommandError> {
    CaseId::parse(text).map_err(|why| {
        let told = match why {
            CaseIdError::Device => "this".to_owned(),
            CaseIdError::TooLong => "a text this long".to_owned(),
            _ => format!("\"{}\"", printable(text)),
        };
        CommandError::Usage(format!("{told} is no case ID: one {why}"))
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
            accounts,
            product,
            ..case_drop(&self.config, case)
        }
    }

    /// A drop that the ledger names, with its folder: a case's, or one of the configuration.
    async fn drop_named(
        &self,
        world: &World,
        session: &Session,
        catalogue: &Catalogue,
        drop_name: &str,
    ) -> Result<(DropConfig, DropFolder), CommandError> {
        if let Some(case) = CaseId::of_drop(drop_name) {
            let row = self.row(session, &case).await?;
            let drop = self.drop(session, catalogue, &case, row.as_ref()).await?;
            return Ok((drop, self.folders.case(&case)?));
        }
        let named = world
            .config
            .drops
            .iter()
            .find(|drop| drop.name == drop_name);
        let drop = named.cloned().ok_or_else(|| {
            CommandError::Usage(format!(
                "drop {} is none of the configuration; name it there again",
                printable(drop_name)
            ))
        })?;
        let folder = DropFolder::open(&drop.path)?;
        Ok((drop, folder))
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

    /// A name that no submission of this case has or had; the one that is wished, if that still is one.
    async fn fresh_name(
        &self,
        world: &World,
        session: &Session,
        case: &CaseId,
        action: Action,
        (folder, wished): (Option<&DropFolder>, Option<&FileName>),
    ) -> Result<FileName, CommandError> {
        let verb = action.as_str().to_lowercase();
        let today = world.clock.today(self.config.time_zone).format("%Y%m%d");
        let opened = ledger::case_files(session, case).await?;
        let placeholders = Placeholders::default();
        let mut wished = wished.cloned();
        loop {
            let name = match wished.take() {
                Some(wished) => wished,
                // Names stay in the ledger and in receipts when the case is purged: they say nothing of it.
                None => {
                    let code = placeholders.draw()?.code;
                    let text = format!("{verb}-{today}_case-{}.json", &code[..UNIQUE]);
                    FileName::parse(&text).map_err(|e| CommandError::Usage(e.to_string()))?
                }
            };
            let stands = folder.map_or(Ok(false), |folder| folder.is_used(&name))?;
            let noted = opened.iter().any(|file| file.file == name.as_str());
            let known = ledger::known(session, &case.drop_name(), name.as_str()).await?;
            if !stands && !noted && known.is_none() {
                return Ok(name);
            }
        }
    }

    /// An error where nobody knows of the case: it was not opened, has no folder, and no submission names it that a run took
    /// up or that waits.
    async fn must_know(
        &self,
        world: &World,
        session: &Session,
        case: &CaseId,
    ) -> Result<(), CommandError> {
        if self.row(session, case).await?.is_some()
            || self.folders.has(case)?
            || !ledger::case_submissions(session, case).await?.is_empty()
            || !waiting::in_drops(world, session, Some(case))
                .await?
                .is_empty()
        {
            return Ok(());
        }
        Err(CommandError::Usage(format!(
            "nothing is known of a case {case}; `lethe case list` names all"
        )))
    }

    /// The case as the ledger has it, if it was opened.
    async fn row(&self, session: &Session, case: &CaseId) -> Result<Option<CaseRow>, CommandError> {
        Ok(ledger::case(session, case).await?)
    }
}

/// Random letters in the name of a case's submit file: 40 bits, so that a name means one file in all cases.
const UNIQUE: usize = 8;

/// The content of a submission that was carried out, from where it was submitted.
async fn carried_out(
    world: &World,
    session: &Session,
    drop_name: &str,
    folder: &DropFolder,
    name: &FileName,
) -> Result<Vec<u8>, CommandError> {
    let gone = || {
        CommandError::Usage(format!(
            "{name} is gone, or is not the file any more that was carried out; open the case anew with `lethe case open`"
        ))
    };
    let known = ledger::known(session, drop_name, name.as_str()).await?;
    let (key, digest) = known.and_then(|known| known.digest).ok_or_else(gone)?;
    let fingerprint = folder.look()?.into_iter().find_map(|entry| match entry {
        Entry::Proper {
            name: found,
            state: State::Plain(fingerprint),
        } if found == *name => Some(fingerprint),
        _ => None,
    });
    let limit = world.config.max_submission_bytes();
    let content = folder.read(name, &fingerprint.ok_or_else(gone)?, limit);
    content
        .ok()
        .filter(|content| content_digest(&key, content) == digest)
        .ok_or_else(gone)
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
        .find(|other| other != case.as_str() && crate::domain::care::fold(other) == case.folded()))
}
