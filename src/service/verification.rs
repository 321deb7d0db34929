//! Verification: whether anything is left of the devices of a submission. It reads, and changes no data.

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::domain::database_role::DatabaseRole;
use crate::domain::request::Action;
use crate::domain::submission::{Contact, Document, Submission};
use crate::engine::reading::Reader;
use crate::engine::value_search::SearchObserver;
use crate::engine::verify::{
    ContactVerdict, KnownContacts, OtherColumns, Verdict, Verification, Verifier,
};
use crate::ledger::{self, Known, State, Traced};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::outcome::Outcome;
use crate::service::settings::DropConfig;
use crate::service::workspace::Workspace;

/// Which columns are searched for devices.
#[derive(Clone, Copy)]
pub(crate) enum Search<'a> {
    /// Those that the catalogue declares for devices.
    DeclaredColumns,
    /// All columns of all tables, which takes long and is followed.
    AllColumns(&'a dyn SearchObserver),
}

/// The result of a verification.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Verified {
    #[serde(flatten)]
    pub(crate) verification: Verification,
    /// What could not be checked, and why; a sentence each.
    pub(crate) unchecked: Vec<String>,
    /// What was not asked for, and what was checked before; a sentence each.
    pub(crate) notes: Vec<String>,
}

impl Verified {
    /// How many contacts have this verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        let contacts = self.verification.contacts.iter();
        contacts.filter(|c| c.verdict == verdict).count()
    }

    /// [`Outcome::Errors`] where something was found or could not be checked.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.count(Verdict::Clean) == self.verification.contacts.len() {
            true => Outcome::Done,
            false => Outcome::Errors,
        }
    }
}

/// Which FORGET a submission is compared with: its client IDs are traced.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Traceable<'a> {
    /// The submission itself, which was carried out.
    Processed(&'a Known),
    /// None: the submission is an EXPORT.
    Export,
    /// None: no submission of this name was processed.
    Unprocessed,
    /// None: another file of this name was processed.
    OtherContent,
    /// None: the submission cannot be compared with the one of this name that was processed.
    Incomparable,
}

/// A submission to be verified.
pub(crate) struct VerificationRequest<'a> {
    pub(crate) action: Action,
    pub(crate) content: &'a [u8],
    pub(crate) traceable: Traceable<'a>,
    pub(crate) search: Search<'a>,
}

/// Verifies a submission of a drop. Where nothing is found, the rows that were kept to trace its client IDs are removed, if the role
/// may change the ledger; otherwise `purge` removes them.
/// `None`: none of its devices can be looked for.
pub(crate) async fn verify(
    workspace: &Workspace,
    session: &Session,
    catalogue: &Catalogue,
    drop: &DropConfig,
    request: VerificationRequest<'_>,
) -> Result<Option<Verified>, ServiceError> {
    let submission = parse(workspace, drop, &request)?;
    let mut untraced = Untraced::of(request.traceable);
    let (mut kept, mut contacts) = (Vec::new(), KnownContacts::default());
    if let Traceable::Processed(known) = request.traceable {
        let traced = ledger::traced(session, known.submission_id).await?;
        untraced.add(workspace, traced, known.state);
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
        others: match request.search {
            Search::DeclaredColumns => OtherColumns::None,
            Search::AllColumns(observer) => OtherColumns::All {
                sources: &sources,
                observer,
            },
        },
    };
    let mut verification = verifier.verify(&submission, &contacts).await?;
    let Untraced {
        mut unchecked,
        mut notes,
    } = untraced;
    if !unchecked.is_empty() {
        verification.mark_incomplete();
    }
    unchecked.extend(rows_gone(&verification));
    if matches!(request.search, Search::DeclaredColumns) {
        notes.push(UNDECLARED.to_owned());
    }
    let looked_for = |contact: &ContactVerdict| contact.verdict != Verdict::NotLookedFor;
    if !verification.contacts.iter().any(looked_for) {
        return Ok(None);
    }
    let verified = Verified {
        verification,
        unchecked,
        notes,
    };
    if let Traceable::Processed(known) = request.traceable
        && known.state == State::Done
        && !kept.is_empty()
        && is_complete(&submission, &verified)
        && ledger::has_rights(session, DatabaseRole::Engine).await?
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

const UNDECLARED: &str =
    "columns that are not declared for devices were not searched; --value-search does";

/// The rows by which client IDs should have been traced, where some are gone.
fn rows_gone(verification: &Verification) -> Option<String> {
    let gone: i64 = verification.contacts.iter().map(|c| c.left.rows_gone).sum();
    (gone > 0).then(|| {
        format!("{gone} rows by which client IDs were to be traced are gone, or have none any more")
    })
}

/// Why client IDs are not traced, or not all.
#[derive(Default)]
struct Untraced {
    /// They should have been.
    unchecked: Vec<String>,
    /// Nothing asked for it, or it was done before.
    notes: Vec<String>,
}

impl Untraced {
    fn of(traceable: Traceable<'_>) -> Untraced {
        let mut untraced = Untraced::default();
        match traceable {
            Traceable::Processed(_) => {}
            Traceable::Export => untraced.note(
                "an EXPORT does not say which FORGET it verifies: client IDs were not traced; give the file of the FORGET for that",
            ),
            Traceable::Unprocessed => untraced.note(
                "no submission of this name was processed in this drop: client IDs were not traced",
            ),
            Traceable::OtherContent => untraced.could_not(
                "the file differs from the one that was processed under this name: client IDs were not traced",
            ),
            Traceable::Incomparable => untraced.could_not(
                "the file cannot be compared with the one that was processed under this name: client IDs were not traced",
            ),
        }
        untraced
    }

    fn add(&mut self, workspace: &Workspace, traced: Traced, state: State) {
        if state != State::Done && traced != Traced::Purged {
            self.could_not("the submission is not completed yet: `lethe status`");
        }
        match traced {
            Traced::Kept => {}
            Traced::Verified => self.note(
                "an earlier verification found nothing and removed the rows by which client IDs are traced: only the devices were looked for",
            ),
            Traced::NotKept => self.could_not(format!(
                "the rows by which client IDs are traced were not kept (more than {} devices: max_traced_devices): only the devices were looked for",
                workspace.submission.max_traced_devices
            )),
            Traced::Purged => self.could_not(
                "its answers and the rows by which client IDs are traced were purged: only the devices were looked for",
            ),
        }
    }

    fn could_not(&mut self, why: impl Into<String>) {
        self.unchecked.push(why.into());
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}
