//! The pending submissions of a case: in its own folder and in customers' drops.

use std::mem;

use chrono::{DateTime, Utc};

use super::context::CaseContext;
use super::error::CaseError;
use crate::domain::care::CaseId;
use crate::domain::submission::{
    Document, MAX_NESTING, RequestShape, elements, is_contacts, request_case,
};
use crate::drop::{
    DropError, DropFolder, Entry, FileName, Fingerprint, Refusal, State, TakeError, content_digest,
};
use crate::ledger::{self, Known};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::keyring::{Keyring, SecretError};
use crate::service::name_use::NameUse;
use crate::service::report::on_one_line;
use crate::service::settings::DropConfig;

/// Where a submission is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// In the folder of the case.
    Case,
    /// In a configured drop.
    Drop,
}

/// A submit file that no run has taken up yet.
#[derive(Debug)]
pub(crate) struct PendingSubmission {
    pub(crate) location: Location,
    /// The name of the drop in the ledger.
    pub(crate) drop: String,
    pub(crate) name: FileName,
    /// The modification time of the file; `None` if it is not a regular file.
    pub(crate) modified: Option<DateTime<Utc>>,
    /// The content, or why a run would not accept it.
    pub(crate) content: Result<SubmissionContent, String>,
}

/// The content of a submit file.
#[derive(Debug)]
pub(crate) struct SubmissionContent {
    pub(crate) bytes: Vec<u8>,
    pub(crate) requests: usize,
    /// Requests that name the case.
    pub(crate) requests_of_case: usize,
    pub(crate) contacts: usize,
}

impl PendingSubmission {
    /// Requests in a customer's file that belong to other cases, or to none; a run processes them too.
    pub(crate) fn other_requests(&self) -> usize {
        match (&self.location, &self.content) {
            (Location::Drop, Ok(content)) => content.requests - content.requests_of_case,
            _ => 0,
        }
    }
}

/// The pending submissions of a case: all in its folder, and the files in customers' drops in which a request names the case.
/// Files that were removed, or are being written at the moment, are left out.
pub(super) async fn pending(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
) -> Result<Vec<PendingSubmission>, CaseError> {
    let mut all = in_case_folder(context, session, case).await?;
    let mut customers = in_drops(context, session, CaseFilter::Case(case)).await?;
    all.extend(customers.iter_mut().filter_map(|file| file.take_for(case)));
    Ok(all)
}

/// The pending submissions in the folder of a case; none if it has no folder.
pub(super) async fn in_case_folder(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
) -> Result<Vec<PendingSubmission>, CaseError> {
    let folder = match context.folders.case(case) {
        Ok(folder) => folder,
        Err(DropError::NoCase { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let settings = &context.workspace.submission;
    let drop = case.drop_name();
    let files = new_files(context, session, &folder, &drop).await?;
    let submission = |file: NewFile| PendingSubmission {
        location: Location::Case,
        drop: drop.clone(),
        name: file.name,
        modified: file.modified,
        content: file
            .content
            .and_then(|bytes| parse(bytes, settings.max_submission_values))
            .map(|mut parsed| parsed.take_for(case)),
    };
    Ok(files.into_iter().map(submission).collect())
}

/// Which customers' files are of interest.
#[derive(Debug, Clone, Copy)]
pub(super) enum CaseFilter<'a> {
    /// Those in which a request names this case.
    Case(&'a CaseId),
    /// Those in which a request names any case. Their contents are not kept.
    AnyCase,
}

/// A pending submit file of a customer's drop in which a request names a case.
#[derive(Debug)]
pub(super) struct CustomerFile {
    drop: String,
    name: FileName,
    modified: Option<DateTime<Utc>>,
    parsed: ParsedFile,
}

impl CustomerFile {
    /// This file as a pending submission of a case; `None` if no request names the case. The content is moved out.
    pub(super) fn take_for(&mut self, case: &CaseId) -> Option<PendingSubmission> {
        if self.parsed.requests_of(case) == 0 {
            return None;
        }
        Some(PendingSubmission {
            location: Location::Drop,
            drop: self.drop.clone(),
            name: self.name.clone(),
            modified: self.modified,
            content: Ok(self.parsed.take_for(case)),
        })
    }
}

/// The pending files of customers' drops in which a request names a case. A drop that cannot be opened has none; `status` and
/// `run` report it.
pub(super) async fn in_drops(
    context: &CaseContext<'_>,
    session: &Session,
    filter: CaseFilter<'_>,
) -> Result<Vec<CustomerFile>, CaseError> {
    let mut all = Vec::new();
    for drop in &context.workspace.drops {
        all.extend(in_drop(context, session, drop, filter).await?);
    }
    Ok(all)
}

async fn in_drop(
    context: &CaseContext<'_>,
    session: &Session,
    drop: &DropConfig,
    filter: CaseFilter<'_>,
) -> Result<Vec<CustomerFile>, CaseError> {
    let Ok(folder) = DropFolder::open(&drop.path) else {
        tracing::warn!(drop = %drop.name, "cannot open a drop; its files are not listed");
        return Ok(Vec::new());
    };
    let settings = &context.workspace.submission;
    let mut files = Vec::new();
    let found = match new_files(context, session, &folder, &drop.name).await {
        Err(CaseError::Service(ServiceError::Secret(error))) => {
            // An agent who may read the drop, but not the ledger secret. Nothing in a drop is processed with this list.
            tracing::warn!(drop = %drop.name, error = on_one_line(&error), "cannot compare the files of a drop with those that were processed; they are not listed");
            return Ok(Vec::new());
        }
        found => found?,
    };
    for file in found {
        let parsed = file
            .content
            .and_then(|bytes| parse(bytes, settings.max_submission_values));
        let Ok(mut parsed) = parsed else {
            continue;
        };
        let is_wanted = match filter {
            CaseFilter::Case(case) => parsed.requests_of(case) > 0,
            CaseFilter::AnyCase => {
                parsed.bytes = Vec::new();
                parsed.cases.iter().any(Option::is_some)
            }
        };
        if is_wanted {
            files.push(CustomerFile {
                drop: drop.name.clone(),
                name: file.name,
                modified: file.modified,
                parsed,
            });
        }
    }
    Ok(files)
}

/// A file with the name of a submission that no run has taken up.
struct NewFile {
    name: FileName,
    modified: Option<DateTime<Utc>>,
    /// Or why a run would not accept it.
    content: Result<Vec<u8>, String>,
}

async fn new_files(
    context: &CaseContext<'_>,
    session: &Session,
    folder: &DropFolder,
    drop: &str,
) -> Result<Vec<NewFile>, CaseError> {
    let limit = context.workspace.submission.max_submission_bytes;
    let keyring = &context.workspace.keyring;
    let mut files = Vec::new();
    for entry in folder.look()? {
        let Entry::Proper { name, state } = entry else {
            continue;
        };
        let known = ledger::known(session, drop, name.as_str()).await?;
        let (modified, content) = match state {
            State::NotPlain(refusal) => (None, Err(format!("it {refusal}"))),
            State::Plain(fingerprint) => match read(folder, &name, &fingerprint, limit) {
                Some(content) => (fingerprint.modified(), content),
                None => continue,
            },
        };
        if let Some(content) = unless_listed(keyring, known, content)? {
            files.push(NewFile {
                name,
                modified,
                content,
            });
        }
    }
    Ok(files)
}

/// Reads a file; `None` if it was removed, or is being written.
fn read(
    folder: &DropFolder,
    name: &FileName,
    fingerprint: &Fingerprint,
    limit: u64,
) -> Option<Result<Vec<u8>, String>> {
    match folder.read(name, fingerprint, limit) {
        Ok(content) => Some(Ok(content)),
        Err(TakeError::Gone | TakeError::Unsettled) => None,
        Err(error) => Some(Err(format!("it {}", on_one_line(error)))),
    }
}

/// The content, unless the ledger lists the submission; an error if the name was used with other content.
fn unless_listed(
    keyring: &Keyring,
    known: Option<Known>,
    content: Result<Vec<u8>, String>,
) -> Result<Option<Result<Vec<u8>, String>>, SecretError> {
    let is_in_progress = |known: &Known| known.state != ledger::State::Done;
    if known.as_ref().is_some_and(is_in_progress) {
        return Ok(None);
    }
    let digest = |key: &[u8; 32]| match &content {
        Ok(content) => Ok(content_digest(key, content)),
        Err(problem) => Err(problem.clone()),
    };
    Ok(match NameUse::of(known, keyring, digest)? {
        Ok(NameUse::Free) => Some(content),
        Ok(NameUse::SameContent(_) | NameUse::Claimed(_)) => None,
        Ok(NameUse::OtherContent(_) | NameUse::Purged(_)) => Some(content.and(Err(
            "its name was used before with other content".to_owned(),
        ))),
        Err(problem) => Some(Err(problem)),
    })
}

/// A submit file with the case of each request.
#[derive(Debug)]
struct ParsedFile {
    bytes: Vec<u8>,
    cases: Vec<Option<String>>,
    contacts: usize,
}

impl ParsedFile {
    fn requests_of(&self, case: &CaseId) -> usize {
        let names_case = |named: &&Option<String>| named.as_deref() == Some(case.as_str());
        self.cases.iter().filter(names_case).count()
    }

    /// Moves the content out.
    fn take_for(&mut self, case: &CaseId) -> SubmissionContent {
        SubmissionContent {
            requests: self.cases.len(),
            requests_of_case: self.requests_of(case),
            contacts: self.contacts,
            bytes: mem::take(&mut self.bytes),
        }
    }
}

fn parse(bytes: Vec<u8>, max_values: usize) -> Result<ParsedFile, String> {
    if Document::check_nesting(&bytes).is_err() {
        let limit = MAX_NESTING as u32;
        return Err(format!("it {}", Refusal::TooDeep { limit }));
    }
    let document = Document::read_at_most(bytes.clone(), max_values).map_err(|e| e.to_string())?;
    let contacts = |request| match RequestShape::of(request) {
        RequestShape::Malformed(_) => 0,
        RequestShape::Contacts(members) => members
            .iter()
            .filter(|m| is_contacts(m))
            .map(|m| elements(m.value).map_or(0, |e| e.len()))
            .sum::<usize>(),
    };
    Ok(ParsedFile {
        cases: document.requests().map(request_case).collect(),
        contacts: document.requests().map(contacts).sum(),
        bytes,
    })
}
