//! Verification: whether anything is left of the devices of a submission. It reads, and changes no data.

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::domain::request::Action;
use crate::domain::submission::{Contact, Document, Submission};
use crate::engine::reading::Reader;
use crate::engine::verify::{
    ContactVerdict, KnownContacts, UndeclaredColumns, Verdict, Verification, Verifier,
};
use crate::ledger::{self, Known, State, Traced};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::outcome::Outcome;
use crate::service::settings::DropConfig;
use crate::service::workspace::Workspace;

/// Which columns are searched for devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    /// Those that the catalogue declares for devices.
    DeclaredColumns,
    /// All columns of all tables.
    AllColumns,
}

/// The result of a verification.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Verified {
    #[serde(flatten)]
    pub(crate) verification: Verification,
    /// What could not be checked, and why; a sentence each.
    pub(crate) unchecked: Vec<String>,
}

impl Verified {
    /// How many contacts have this verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        let contacts = self.verification.contacts.iter();
        contacts.filter(|c| c.verdict == verdict).count()
    }

    /// [`Outcome::Errors`] where a device was found.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.count(Verdict::Found) {
            0 => Outcome::Done,
            _ => Outcome::Errors,
        }
    }
}

/// A submission to be verified.
pub(crate) struct VerificationRequest<'a> {
    pub(crate) action: Action,
    pub(crate) content: &'a [u8],
    /// What the ledger knows of it, where it was carried out.
    pub(crate) known: Option<&'a Known>,
    pub(crate) search: Search,
}

/// Verifies a submission of a drop. Where nothing is found, the rows that were kept to trace its client IDs are removed.
/// `None`: none of its devices can be looked for.
pub(crate) async fn verify(
    workspace: &Workspace,
    session: &Session,
    catalogue: &Catalogue,
    drop: &DropConfig,
    request: VerificationRequest<'_>,
) -> Result<Option<Verified>, ServiceError> {
    let submission = parse(workspace, drop, &request)?;
    let mut unchecked = Vec::new();
    let (mut kept, mut contacts) = (Vec::new(), KnownContacts::default());
    if let Some(known) = request.known {
        let traced = ledger::traced(session, known.submission_id).await?;
        unchecked.extend(untraced(workspace, traced, known.state));
        kept = ledger::found_clients(session, known.submission_id).await?;
        let responses = ledger::responses(session, known.submission_id).await?;
        let response = |(position, text): (_, &str)| (position, text.to_owned());
        contacts.answered = responses.iter().map(response).collect();
        contacts.media = ledger::media_left(session, known.submission_id).await?;
    }
    let sources = workspace.sources()?;
    let verifier = Verifier {
        reader: Reader {
            session,
            catalogue,
            accounts: &drop.accounts,
            product: drop.product,
            limits: &workspace.submission.limits,
        },
        kept: &kept,
        undeclared: match request.search {
            Search::DeclaredColumns => UndeclaredColumns::None,
            Search::AllColumns => UndeclaredColumns::All(&sources),
        },
    };
    let verification = verifier.verify(&submission, &contacts).await?;
    unchecked.extend(unsearched(&verification, request.search));
    let looked_for = |contact: &ContactVerdict| contact.verdict != Verdict::NotLookedFor;
    if !verification.contacts.iter().any(looked_for) {
        return Ok(None);
    }
    let verified = Verified {
        verification,
        unchecked,
    };
    if let Some(known) = request.known
        && known.state == State::Done
        && !kept.is_empty()
        && verified.outcome() == Outcome::Done
        && is_complete(&submission, &verified)
    {
        ledger::verified(session, known.submission_id).await?;
    }
    Ok(Some(verified))
}

fn parse(
    workspace: &Workspace,
    drop: &DropConfig,
    request: &VerificationRequest<'_>,
) -> Result<Submission, ServiceError> {
    let unreadable = |problem: String| ServiceError::Unreadable(problem);
    Document::check_nesting(request.content).map_err(|e| unreadable(e.to_string()))?;
    let limit = workspace.submission.max_submission_values;
    let document = Document::read_at_most(request.content.to_vec(), limit)
        .map_err(|e| unreadable(e.to_string()))?;
    Ok(Submission::parse(&document, request.action, drop.product))
}

/// Whether every contact with a device was looked for, and found clean.
fn is_complete(submission: &Submission, verified: &Verified) -> bool {
    let devices = submission
        .contacts
        .iter()
        .filter(|c| matches!(c, Contact::Device(_)));
    devices.count() == verified.count(Verdict::Clean)
}

/// Which columns and rows this verification did not reach.
fn unsearched(verification: &Verification, search: Search) -> Vec<String> {
    let mut notes = Vec::new();
    if search == Search::DeclaredColumns {
        notes.push(
            "columns that are not declared for devices were not searched; --value-search does"
                .to_owned(),
        );
    }
    let gone: i64 = verification.contacts.iter().map(|c| c.left.rows_gone).sum();
    if gone > 0 {
        notes.push(format!(
            "{gone} rows by which client IDs were to be traced are gone, or have none any more"
        ));
    }
    notes
}

/// Why client IDs are not traced, or not all.
fn untraced(workspace: &Workspace, traced: Traced, state: State) -> Vec<String> {
    let mut notes = Vec::new();
    if state != State::Done && traced != Traced::Purged {
        notes.push("the submission is not completed yet: `lethe status`".to_owned());
    }
    match traced {
        Traced::Kept => {}
        Traced::Verified => notes.push(
            "an earlier verification found nothing and removed the rows by which client IDs are traced: only the devices were looked for"
                .to_owned(),
        ),
        Traced::NotKept => notes.push(format!(
            "the rows by which client IDs are traced were not kept (more than {} devices: max_traced_devices): only the devices were looked for",
            workspace.submission.max_traced_devices
        )),
        Traced::Purged => notes.push(
            "its answers and the rows by which client IDs are traced were purged: only the devices were looked for"
                .to_owned(),
        ),
    }
    notes
}
