//! What waits to be carried out of a case: in its folder, and in customers' drops.

use chrono::{DateTime, Utc};

use crate::cli::CommandError;
use crate::cli::case::Care;
use crate::cli::context::World;
use crate::domain::care::CaseId;
use crate::domain::submission::{Document, RequestShape, elements, is_contacts, request_case};
use crate::drop::{
    DropError, DropFolder, Entry, FileName, Refusal, State, TakeError, content_digest,
};
use crate::ledger;
use crate::postgres::Session;
use crate::service::settings::DropConfig;

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
    /// When it was written, as far as the file says.
    pub since: Option<DateTime<Utc>>,
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

/// A submit file of a customer's drop that no run took up so far, with the cases that its requests name.
#[derive(Debug)]
pub struct InDrop {
    drop: String,
    name: FileName,
    since: Option<DateTime<Utc>>,
    read: Read,
}

impl InDrop {
    /// As it waits for this case, if a request names it. The content goes with it.
    pub fn of(&mut self, case: &CaseId) -> Option<Waiting> {
        if self.read.of_case(case) == 0 {
            return None;
        }
        Some(Waiting {
            place: Place::Drop(self.drop.clone()),
            drop: self.drop.clone(),
            name: self.name.clone(),
            since: self.since,
            found: Found::Whole(self.read.whole(case)),
        })
    }
}

/// The submissions of a case that wait: all that lies in its folder, and the files of customers' drops of which a request
/// names the case. What is gone or being written at this moment is left out.
pub async fn waiting(
    world: &World,
    care: &Care,
    session: &Session,
    case: &CaseId,
) -> Result<Vec<Waiting>, CommandError> {
    let mut all = in_folder(world, care, session, case).await?;
    let mut others = in_drops(world, session, Some(case)).await?;
    all.extend(others.iter_mut().filter_map(|file| file.of(case)));
    Ok(all)
}

/// Those in the case's own folder.
pub async fn in_folder(
    world: &World,
    care: &Care,
    session: &Session,
    case: &CaseId,
) -> Result<Vec<Waiting>, CommandError> {
    let folder = match care.folders.case(case) {
        Ok(folder) => folder,
        Err(DropError::NoCase { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let limit = world.config.max_submission_bytes();
    let drop = case.drop_name();
    let mut all = Vec::new();
    for file in untaken(session, &folder, &drop, limit).await? {
        let read = read(file.content, world.config.max_submission_values());
        all.push(Waiting {
            place: Place::Case,
            drop: drop.clone(),
            name: file.name,
            since: file.since,
            found: match read {
                Ok(mut read) => Found::Whole(read.whole(case)),
                Err(problem) => Found::Unfit(problem),
            },
        });
    }
    Ok(all)
}

/// The files of customers' drops of which a request names a case: this one, or any; the contents of the latter are not kept.
/// A drop that cannot be opened has none; `status` and `run` say so.
pub async fn in_drops(
    world: &World,
    session: &Session,
    case: Option<&CaseId>,
) -> Result<Vec<InDrop>, CommandError> {
    let mut all = Vec::new();
    for drop in &world.config.drops {
        all.extend(in_drop(world, session, drop, case).await?);
    }
    Ok(all)
}

async fn in_drop(
    world: &World,
    session: &Session,
    drop: &DropConfig,
    case: Option<&CaseId>,
) -> Result<Vec<InDrop>, CommandError> {
    let Ok(folder) = DropFolder::open(&drop.path) else {
        tracing::warn!(drop = %drop.name, "a drop could not be opened; what waits in it is not seen");
        return Ok(Vec::new());
    };
    let limit = world.config.max_submission_bytes();
    let mut all = Vec::new();
    for file in untaken(session, &folder, &drop.name, limit).await? {
        let Ok(mut read) = read(file.content, world.config.max_submission_values()) else {
            continue;
        };
        let names = match case {
            Some(case) => read.of_case(case) > 0,
            None => {
                read.content = Vec::new();
                read.cases.iter().any(Option::is_some)
            }
        };
        if names {
            all.push(InDrop {
                drop: drop.name.clone(),
                name: file.name,
                since: file.since,
                read,
            });
        }
    }
    Ok(all)
}

type Content = Result<Vec<u8>, String>;

/// A properly named file whose content no run took up.
struct Untaken {
    name: FileName,
    since: Option<DateTime<Utc>>,
    content: Content,
}

async fn untaken(
    session: &Session,
    folder: &DropFolder,
    drop: &str,
    limit: u64,
) -> Result<Vec<Untaken>, CommandError> {
    let mut files = Vec::new();
    for entry in folder.look()? {
        let Entry::Proper { name, state } = entry else {
            continue;
        };
        let known = ledger::known(session, drop, name.as_str()).await?;
        let (since, content) = match state {
            State::NotPlain(refusal) => (None, Err(format!("it {refusal}"))),
            State::Plain(fingerprint) => {
                let since = fingerprint.modified();
                match folder.read(&name, &fingerprint, limit) {
                    Ok(content) => (since, Ok(content)),
                    Err(TakeError::Gone | TakeError::Unsettled) => continue,
                    Err(error) => (since, Err(format!("it {error}"))),
                }
            }
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
        files.push(Untaken {
            name,
            since,
            content,
        });
    }
    Ok(files)
}

/// A submission with the case of each request.
#[derive(Debug)]
struct Read {
    content: Vec<u8>,
    cases: Vec<Option<String>>,
    contacts: usize,
}

impl Read {
    fn of_case(&self, case: &CaseId) -> usize {
        let of_case = |named: &&Option<String>| named.as_deref() == Some(case.as_str());
        self.cases.iter().filter(of_case).count()
    }

    fn whole(&mut self, case: &CaseId) -> Whole {
        Whole {
            requests: self.cases.len(),
            requests_of_case: self.of_case(case),
            contacts: self.contacts,
            content: std::mem::take(&mut self.content),
        }
    }
}

fn read(content: Content, most: usize) -> Result<Read, String> {
    let content = content?;
    if Document::check_nesting(&content).is_err() {
        let limit = crate::domain::submission::MAX_NESTING as u32;
        return Err(format!("it {}", Refusal::TooDeep { limit }));
    }
    let document = Document::read_at_most(content.clone(), most).map_err(|e| e.to_string())?;
    let contacts = |request| match RequestShape::of(request) {
        RequestShape::Malformed(_) => 0,
        RequestShape::Contacts(members) => members
            .iter()
            .filter(|m| is_contacts(m))
            .map(|m| elements(m.value).map_or(0, |e| e.len()))
            .sum::<usize>(),
    };
    Ok(Read {
        cases: document.requests().map(request_case).collect(),
        contacts: document.requests().map(contacts).sum(),
        content,
    })
}
