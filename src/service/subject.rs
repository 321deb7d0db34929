//! A submission that a run has carried out: its drop, and its devices while its file still exists.

use std::path::{Path, PathBuf};

use crate::catalogue::{Access, CatalogueError};
use crate::domain::care::CaseId;
use crate::domain::request::{Action, Product};
use crate::domain::submission::{Document, Submission};
use crate::drop::{FileName, SUBMIT, content_digest, read_submission_file};
use crate::ledger::{self, Named, State};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::control::{file_name, find};
use crate::service::settings::DropConfig;
use crate::service::workspace::Workspace;

/// A submission that a run has carried out.
pub(crate) struct Subject {
    pub(crate) name: FileName,
    pub(crate) named: Named,
    /// Its drop; `None`: its folder is not known.
    pub(crate) drop: Option<DropConfig>,
    /// Its devices; `None`: its file is gone or was changed since.
    pub(crate) submission: Option<Submission>,
}

impl Subject {
    /// The FORGET with this path or name; where several drops have such a file, that of `drop`.
    pub(crate) async fn find(
        workspace: &Workspace,
        session: &Session,
        path: &Path,
        drop: Option<&Path>,
    ) -> Result<Subject, ServiceError> {
        let file = file_name(path)?;
        let named = find(session, &file, drop).await?;
        let name = FileName::parse(&file).expect("file_name returns valid names only");
        Subject::of_forget(workspace, session, name, named, Some(path)).await
    }

    /// A FORGET that is done. `given`: where its file may be found, besides its drop.
    pub(crate) async fn of_forget(
        workspace: &Workspace,
        session: &Session,
        name: FileName,
        named: Named,
        given: Option<&Path>,
    ) -> Result<Subject, ServiceError> {
        if name.action() != Action::Forget {
            return Err(ServiceError::Usage(format!(
                "{name} is an EXPORT, which changes nothing\n  hint: name a FORGET"
            )));
        }
        if named.state != State::Done {
            return Err(ServiceError::Usage(format!(
                "{name} is not completed yet\n  hint: `lethe status` shows its progress"
            )));
        }
        Subject::known(workspace, session, name, named, given).await
    }

    /// A submission that the ledger knows.
    pub(crate) async fn known(
        workspace: &Workspace,
        session: &Session,
        name: FileName,
        named: Named,
        given: Option<&Path>,
    ) -> Result<Subject, ServiceError> {
        let drop = drop_of(workspace, &named.drop);
        let mut places: Vec<PathBuf> = given.map(Path::to_owned).into_iter().collect();
        if let Some(drop) = &drop {
            places.push(drop.path.join(SUBMIT).join(name.as_str()));
            places.push(drop.path.join(name.as_str()));
        }
        let known = ledger::known(session, &named.drop, name.as_str()).await?;
        let digest = known.and_then(|known| known.digest);
        let product = drop.as_ref().map(|drop| drop.product).unwrap_or_default();
        let limit = workspace.submission.max_submission_bytes;
        let mut content = None;
        for place in &places {
            let (Some(digest), Ok(found)) = (&digest, read_submission_file(place, limit)) else {
                continue;
            };
            let (key, digest) = workspace.keyring.open_digest(digest)?;
            if content_digest(&key, &found) == digest {
                content = Some(found);
                break;
            }
        }
        let submission = content.and_then(|content| parse(workspace, content, product));
        Ok(Subject {
            name,
            named,
            drop,
            submission,
        })
    }
}

/// The columns that FORGETs change, as `<schema>.<table>` and name. Empty if the catalogue no longer matches the schema; all
/// columns then count as changed.
pub(crate) async fn changed_columns(
    workspace: &Workspace,
    session: &Session,
) -> Result<Vec<(String, String)>, ServiceError> {
    let catalogue = match workspace.catalogue(session, Access::None).await {
        Ok(catalogue) => catalogue,
        Err(ServiceError::Catalogue(CatalogueError::Mismatch(_))) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut columns = Vec::new();
    for (_, table) in catalogue.tables() {
        let changed = table.columns.iter().filter(|column| column.is_changed());
        columns.extend(changed.map(|c| (table.name.plain(), c.name.as_str().to_owned())));
    }
    Ok(columns)
}

fn parse(workspace: &Workspace, content: Vec<u8>, product: Product) -> Option<Submission> {
    Document::check_nesting(&content).ok()?;
    let document =
        Document::read_at_most(content, workspace.submission.max_submission_values).ok()?;
    Some(Submission::parse(&document, Action::Forget, product))
}

/// The drop with this name in the ledger: the configured one, the folder of a case, or the path that is its name.
fn drop_of(workspace: &Workspace, name: &str) -> Option<DropConfig> {
    if let Some(drop) = workspace.drop_named(name) {
        return Some(drop.clone());
    }
    let path = match (CaseId::of_drop(name), &workspace.care) {
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
