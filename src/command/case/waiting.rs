//! What waits to be carried out of a case: in its folder, and in customers' drops.

use super::super::CommandError;
use super::super::world::World;
use super::Care;
use crate::care::CaseId;
use crate::config::DropConfig;
use crate::database::Session;
use crate::drop_folder::{
    DropError, DropFolder, Entry, FileName, Refusal, State, TakeError, content_digest,
};
use crate::ledger;
use crate::submission::{Document, RequestShape, elements, is_contacts, request_case};

/// Where a submission lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the case's own folder.
    Case,
    /// In this drop of the configuration.
    Drop(String),
}

/// A submit file that no run took up so far.
#[derive(Debug)]
pub struct Waiting {
    pub place: Place,
    /// The drop's name in the ledger.
    pub drop: String,
    pub name: FileName,
    pub found: Found,
}

/// What stands there.
#[derive(Debug)]
pub enum Found {
    /// A file that can be read.
    Whole(Whole),
    /// A file that no run would take, or read; why.
    Unfit(String),
}

/// A submit file that was read.
#[derive(Debug)]
pub struct Whole {
    pub content: Vec<u8>,
    pub requests: usize,
    /// Those of this case.
    pub requests_of_case: usize,
    pub contacts: usize,
}

/// The submissions of a case that wait: all that lies in its folder, and the files of customers' drops of which a request
/// names the case. What is gone or being written at this moment is left out.
pub async fn waiting(
    world: &World,
    care: &Care,
    session: &Session,
    case: &CaseId,
) -> Result<Vec<Waiting>, CommandError> {
    let limit = world.config.max_submission_bytes();
    let mut all = Vec::new();
    match care.folders.case(case) {
        Ok(folder) => {
            let drop = case.drop_name();
            for (name, found) in untaken(session, &folder, &drop, limit).await? {
                let found = read(found, case, world.config.max_submission_values());
                all.push(Waiting {
                    place: Place::Case,
                    drop: drop.clone(),
                    name,
                    found,
                });
            }
        }
        Err(DropError::NoCase { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    for drop in &world.config.drops {
        all.extend(of_drop(world, session, drop, case).await?);
    }
    Ok(all)
}

/// The files of a customer's drop of which a request names the case. A drop that cannot be opened has none; `status` and
/// `run` say so.
async fn of_drop(
    world: &World,
    session: &Session,
    drop: &DropConfig,
    case: &CaseId,
) -> Result<Vec<Waiting>, CommandError> {
    let Ok(folder) = DropFolder::open(&drop.path) else {
        tracing::warn!(drop = %drop.name, "a drop could not be opened; what waits in it is not seen");
        return Ok(Vec::new());
    };
    let limit = world.config.max_submission_bytes();
    let mut all = Vec::new();
    for (name, found) in untaken(session, &folder, &drop.name, limit).await? {
        let found = read(found, case, world.config.max_submission_values());
        if matches!(&found, Found::Whole(whole) if whole.requests_of_case > 0) {
            all.push(Waiting {
                place: Place::Drop(drop.name.clone()),
                drop: drop.name.clone(),
                name,
                found,
            });
        }
    }
    Ok(all)
}

type Content = Result<Vec<u8>, String>;

/// The properly named files whose content no run took up.
async fn untaken(
    session: &Session,
    folder: &DropFolder,
    drop: &str,
    limit: u64,
) -> Result<Vec<(FileName, Content)>, CommandError> {
    let mut files = Vec::new();
    for entry in folder.look()? {
        let Entry::Proper { name, state } = entry else {
            continue;
        };
        let known = ledger::known(session, drop, name.as_str()).await?;
        let content = match state {
            State::NotPlain(refusal) => Err(format!("it {refusal}")),
            State::Plain(fingerprint) => match folder.read(&name, &fingerprint, limit) {
                Ok(content) => Ok(content),
                Err(TakeError::Gone | TakeError::Unsettled) => continue,
                Err(error) => Err(format!("it {error}")),
            },
        };
        let content = match (known, content) {
            (None, content) => content,
            // Named with the submission that goes on.
            (Some(known), _) if known.state != ledger::State::Done => continue,
            (Some(known), Ok(content)) => match known.digest {
                Some((key, digest)) if content_digest(&key, &content) == digest => continue,
                _ => Err("other content under a name that was used before".to_owned()),
            },
            (Some(_), Err(problem)) => Err(problem),
        };
        files.push((name, content));
    }
    Ok(files)
}

fn read(content: Content, case: &CaseId, most: usize) -> Found {
    let content = match content {
        Ok(read) => read,
        Err(problem) => return Found::Unfit(problem),
    };
    if Document::check_nesting(&content).is_err() {
        let limit = crate::submission::MAX_NESTING as u32;
        return Found::Unfit(format!("it {}", Refusal::TooDeep { limit }));
    }
    let document = match Document::read_at_most(content.clone(), most) {
        Ok(document) => document,
        Err(unreadable) => return Found::Unfit(unreadable.to_string()),
    };
    let requests: Vec<_> = document.requests().collect();
    let contacts = |request| match RequestShape::of(request) {
        RequestShape::Malformed(_) => 0,
        RequestShape::Contacts(members) => members
            .iter()
            .filter(|m| is_contacts(m))
            .map(|m| elements(m.value).map_or(0, |e| e.len()))
            .sum(),
    };
    let of_case = |request: &&&serde_json::value::RawValue| {
        request_case(request).as_deref() == Some(case.as_str())
    };
    Found::Whole(Whole {
        requests: requests.len(),
        requests_of_case: requests.iter().filter(of_case).count(),
        contacts: requests.iter().map(|request| contacts(request)).sum(),
        content,
    })
}
