//! A processed submission, by the name of its file: its drop, and its devices while the file exists.

use std::path::{Path, PathBuf};

use crate::catalogue::CatalogueError;
use crate::cli::CommandError;
use crate::cli::arguments::Submitted;
use crate::cli::check::read;
use crate::cli::context::World;
use crate::domain::care::CaseId;
use crate::domain::request::{Action, Product};
use crate::domain::submission::{Document, Submission};
use crate::drop::{FileName, SUBMIT, content_digest};
use crate::ledger::{self, Named, State};
use crate::postgres::Session;
use crate::service::control::{file_name, find};
use crate::service::settings::DropConfig;

/// A processed submission.
pub struct Subject {
    pub name: FileName,
    pub named: Named,
    /// Its drop, if its folder is known.
    pub drop: Option<DropConfig>,
    /// Its devices, while its file exists with the content that was processed.
    pub submission: Option<Submission>,
}

impl Subject {
    /// The FORGET with this path or name.
    pub async fn of(
        world: &World,
        session: &Session,
        submitted: &Submitted,
    ) -> Result<Subject, CommandError> {
        let file = file_name(&submitted.submission)?;
        let named = find(session, &file, submitted.drop.as_deref()).await?;
        let name = FileName::parse(&file).expect("file_name returns valid names only");
        if name.action() != Action::Forget {
            return Err(CommandError::Usage(format!(
                "{file} is an EXPORT, which changes nothing\n  hint: give the FORGET"
            )));
        }
        if named.state != State::Done {
            return Err(CommandError::Usage(format!(
                "{file} is not completed yet\n  hint: `lethe status` shows its progress"
            )));
        }
        Subject::known(world, session, name, named, Some(&submitted.submission)).await
    }

    /// A submission that the ledger knows.
    pub async fn known(
        world: &World,
        session: &Session,
        name: FileName,
        named: Named,
        given: Option<&Path>,
    ) -> Result<Subject, CommandError> {
        let drop = drop_named(world, &named.drop);
        let mut places: Vec<PathBuf> = given.map(Path::to_owned).into_iter().collect();
        if let Some(drop) = &drop {
            places.push(drop.path.join(SUBMIT).join(name.as_str()));
            places.push(drop.path.join(name.as_str()));
        }
        let known = ledger::known(session, &named.drop, name.as_str()).await?;
        let digest = known.and_then(|known| known.digest);
        let product = drop.as_ref().map(|drop| drop.product).unwrap_or_default();
        let limit = world.config.max_submission_bytes();
        let carried_out = |place: &PathBuf| {
            let (key, digest) = digest?;
            let content = read(place, limit).ok()?;
            (content_digest(&key, &content) == digest).then_some(content)
        };
        let content = places.iter().find_map(carried_out);
        let submission = content.and_then(|content| parse(world, content, product));
        Ok(Subject {
            name,
            named,
            drop,
            submission,
        })
    }
}

/// The submission in a content that was processed.
fn parse(world: &World, content: Vec<u8>, product: Product) -> Option<Submission> {
    Document::check_nesting(&content).ok()?;
    let most = world.config.max_submission_values();
    let document = Document::read_at_most(content, most).ok()?;
    Some(Submission::parse(&document, Action::Forget, product))
}

/// A drop that the ledger names: as configured, or at the path that is its name.
fn drop_named(world: &World, name: &str) -> Option<DropConfig> {
    let configured = world.config.drops.iter().find(|drop| drop.name == name);
    if let Some(drop) = configured {
        return Some(drop.clone());
    }
    let path = match (CaseId::of_drop(name), &world.config.care) {
        (Some(case), Some(care)) => care.path.join(case.as_str()),
        _ => Some(PathBuf::from(name)).filter(|path| path.is_absolute())?,
    };
    Some(DropConfig {
        name: name.to_owned(),
        path,
        accounts: Vec::new(),
        product: Product::default(),
        time_zone: chrono_tz::Tz::UTC,
    })
}

/// The columns that forgets change, as `<schema>.<table>` and name; empty, which means all, where the catalogue does not
/// match the live schema any more.
pub async fn changed_columns(
    world: &World,
    session: &Session,
) -> Result<Vec<(String, String)>, CommandError> {
    let catalogue = match world.catalogue(session).await {
        Ok(catalogue) => catalogue,
        Err(CommandError::Catalogue(CatalogueError::Mismatch(_))) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut columns = Vec::new();
    for (_, table) in catalogue.tables() {
        let changed = table.columns.iter().filter(|column| column.is_changed());
        columns.extend(changed.map(|c| (table.name.plain(), c.name.as_str().to_owned())));
    }
    Ok(columns)
}
