//! `verify`: after a FORGET, is anything left of the devices of a file? Looks, and changes no data.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::cli::arguments::{DropArgs, Format, Global};
use crate::cli::context::World;
use crate::cli::input::Given;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::request::Action;
use crate::domain::submission::{Contact, Document, Submission};
use crate::engine::ExecuteError;
use crate::engine::reading::Reader;
use crate::engine::verify::{Beyond, ContactVerdict, Past, Verdict, Verification, Verifier};
use crate::ledger::{self, Known, State, Traced};
use crate::postgres::Session;
use crate::service::pipeline::PipelineError;
use crate::service::settings::DropConfig;

/// Where devices are looked for beside the columns that are declared for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    DeclaredColumns,
    AllColumns,
}

/// What a verification came to, and what it could not check.
#[derive(Debug, Clone, Serialize)]
pub struct Verified {
    #[serde(flatten)]
    pub verification: Verification,
    /// Sentences.
    pub unchecked: Vec<String>,
}

impl Verified {
    /// How many contacts have a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        let contacts = self.verification.contacts.iter();
        contacts.filter(|c| c.verdict == verdict).count()
    }

    pub fn outcome(&self) -> Outcome {
        match self.count(Verdict::Found) {
            0 => Outcome::Done,
            _ => Outcome::Errors,
        }
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    file: &'a str,
    drop: &'a str,
    clean: usize,
    found: usize,
    not_looked_for: usize,
    #[serde(flatten)]
    verified: &'a Verified,
}

pub async fn verify(
    global: &Global,
    file: &Path,
    args: &DropArgs,
    search: Search,
) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let given = Given::read(&world, file, args)?;
    let unusable = |problem: &str| CommandError::Usage(format!("{}: {problem}", given.file));
    let content = given
        .content
        .as_ref()
        .map_err(|problem| unusable(problem))?;
    let (_connected, session) = world.connect_to_ledger().await?;
    let catalogue = world.catalogue(&session).await?;
    let known = given.known(&session).await?;
    let mut unchecked = Vec::new();
    let carried_out = match (given.action, known) {
        (Action::Export, _) => {
            unchecked.push(
                "an EXPORT does not say which FORGET it looks after: client IDs were not traced; give the FORGET's own file for that"
                    .to_owned(),
            );
            None
        }
        (Action::Forget, None) => {
            unchecked.push(
                "no submission of this name was carried out in this drop: client IDs were not traced"
                    .to_owned(),
            );
            None
        }
        (Action::Forget, Some(known)) => match given.is_known_content(&known) {
            Some(false) => {
                unchecked.push(
                    "the file is not the one that was carried out under this name: client IDs were not traced"
                        .to_owned(),
                );
                None
            }
            _ => Some(known),
        },
    };
    let asked = (given.action, content.as_slice(), carried_out.as_ref());
    let verified = verify_of(&world, &session, &catalogue, &given.drop, asked, search).await?;
    let verified = verified.ok_or_else(|| {
        unusable(
            "it has no device that could be looked for in this drop's accounts; see `lethe check`",
        )
    })?;
    let verified = Verified {
        unchecked: unchecked.into_iter().chain(verified.unchecked).collect(),
        ..verified
    };
    if global.format == Format::Json {
        output::json(&Shown {
            file: &given.file,
            drop: &given.drop.name,
            clean: verified.count(Verdict::Clean),
            found: verified.count(Verdict::Found),
            not_looked_for: verified.count(Verdict::NotLookedFor),
            verified: &verified,
        })?;
    } else {
        output::line(&given.file)?;
        describe(&verified)?;
    }
    Ok(verified.outcome())
}

/// Verifies a submission of a drop: its verb, its bytes, and what the ledger knows of it where it was carried out. What was
/// kept to trace its client IDs is removed where nothing is found. `None`: nothing of it can be looked for.
pub async fn verify_of(
    world: &World,
    session: &Session,
    catalogue: &Catalogue,
    drop: &DropConfig,
    (action, content, known): (Action, &[u8], Option<&Known>),
    search: Search,
) -> Result<Option<Verified>, CommandError> {
    let unreadable = |problem: String| CommandError::Usage(format!("the submission: {problem}"));
    Document::check_nesting(content).map_err(|e| unreadable(e.to_string()))?;
    let most = world.config.max_submission_values();
    let document =
        Document::read_at_most(content.to_vec(), most).map_err(|e| unreadable(e.to_string()))?;
    let submission = Submission::parse(&document, action, drop.product);
    let mut unchecked = Vec::new();
    let (mut kept, mut past) = (Vec::new(), Past::default());
    if let Some(known) = known {
        let traced = ledger::traced(session, known.submission_id).await?;
        unchecked.extend(untraced(world, traced, known.state));
        kept = ledger::found_clients(session, known.submission_id).await?;
        let responses = ledger::responses(session, known.submission_id).await?;
        let response = |(r, c, text): (i32, i32, &str)| ((r, c), text.to_owned());
        past.answered = responses.iter().map(response).collect();
        past.media = ledger::media_left(session, known.submission_id).await?;
    }
    let sources = world.sources()?;
    let verifier = Verifier {
        reader: Reader {
            session,
            catalogue,
            accounts: &drop.accounts,
            product: drop.product,
            limits: &world.config.limits(),
        },
        kept: &kept,
        beyond: match search {
            Search::DeclaredColumns => Beyond::Nowhere,
            Search::AllColumns => Beyond::AllColumns(&sources),
        },
    };
    let failed = |error: ExecuteError| CommandError::Pipeline(PipelineError::Execute(error));
    let verification = verifier.verify(&submission, &past).await.map_err(failed)?;
    if search == Search::DeclaredColumns {
        unchecked.push(
            "columns that are not declared for devices were not searched; --value-search does"
                .to_owned(),
        );
    }
    let gone: i64 = verification.contacts.iter().map(|c| c.left.rows_gone).sum();
    if gone > 0 {
        unchecked.push(format!(
            "{gone} rows by which client IDs were to be traced are gone, or have none any more"
        ));
    }
    let looked_for = |contact: &&ContactVerdict| contact.verdict != Verdict::NotLookedFor;
    if verification.contacts.iter().filter(looked_for).count() == 0 {
        return Ok(None);
    }
    let verified = Verified {
        verification,
        unchecked,
    };
    if let Some(known) = known
        && known.state == State::Done
        && !kept.is_empty()
        && verified.outcome() == Outcome::Done
        && is_whole(&submission, &verified)
    {
        ledger::verified(session, known.submission_id).await?;
    }
    Ok(Some(verified))
}

/// Whether every contact with a device was looked for.
fn is_whole(submission: &Submission, verified: &Verified) -> bool {
    let devices = submission
        .contacts
        .iter()
        .filter(|c| matches!(c, Contact::Device(_)));
    devices.count() == verified.count(Verdict::Clean)
}

/// Why client IDs are not traced, or not all.
fn untraced(world: &World, traced: Traced, state: State) -> Vec<String> {
    let mut notes = Vec::new();
    if state != State::Done && traced != Traced::Purged {
        notes.push("it is not carried out to its end yet: `lethe status`".to_owned());
    }
    match traced {
        Traced::Kept => {}
        Traced::Verified => notes.push(
            "a verification before found nothing, and removed the rows by which client IDs are traced: only the devices were looked for"
                .to_owned(),
        ),
        Traced::NotKept => notes.push(format!(
            "the rows by which client IDs are traced were not kept (more than {} devices: max_traced_devices): only the devices were looked for",
            world.config.max_traced_devices()
        )),
        Traced::Purged => notes.push(
            "its answers and the rows by which client IDs are traced were purged: only the devices were looked for"
                .to_owned(),
        ),
    }
    notes
}

/// At most so many contacts are told of one by one, those with something left first; `--format json` has all.
const TOLD: usize = 200;

/// Prints a verdict for each contact.
pub fn describe(verified: &Verified) -> Result<(), CommandError> {
    let contacts = &verified.verification.contacts;
    let (found, others): (Vec<_>, Vec<_>) = contacts
        .iter()
        .partition(|contact| contact.verdict == Verdict::Found);
    for contact in found.into_iter().chain(others).take(TOLD) {
        describe_contact(contact)?;
    }
    let left = contacts.len().saturating_sub(TOLD);
    if left > 0 {
        let left = output::grouped(left as i64);
        output::line(&format!("… and {left} more; --format json has them all"))?;
    }
    for column in &verified.verification.given_up {
        output::line(&format!(
            "not searched to its end: {}",
            output::safe(column)
        ))?;
    }
    for unchecked in &verified.unchecked {
        output::line(&format!("not checked: {unchecked}"))?;
    }
    let count = |verdict| output::grouped(verified.count(verdict) as i64);
    output::line(&format!(
        "{} clean, {} with something left, {} not looked for",
        count(Verdict::Clean),
        count(Verdict::Found),
        count(Verdict::NotLookedFor),
    ))
}

fn describe_contact(contact: &ContactVerdict) -> Result<(), CommandError> {
    let kind = contact.kind.unwrap_or("no device");
    // Who sees the screen typed it; a file or a pipe may be seen by others.
    let masked = contact.masked.as_ref();
    let masked = masked.filter(|_| std::io::stdout().is_terminal());
    let masked = masked.map_or_else(String::new, |m| format!(" {}", output::safe(m)));
    let verdict = match (contact.verdict, &contact.refused) {
        (Verdict::Clean, _) => "clean".to_owned(),
        (Verdict::Found, _) => "FOUND".to_owned(),
        (Verdict::NotLookedFor, refused) => {
            let why = refused.as_deref().unwrap_or_default();
            format!("not looked for: {why}")
        }
    };
    let answered = contact.answered.as_ref();
    let answered = answered.filter(|a| contact.refused.as_ref() != Some(*a));
    let answered = answered.map_or_else(String::new, |a| format!(" (answered {a})"));
    output::line(&format!(
        "request {} contact {}: {kind}{masked}: {verdict}{answered}",
        contact.request, contact.contact
    ))?;
    let left = &contact.left;
    if left.media_objects > 0 {
        output::line(&format!(
            "    media objects that are still to be deleted: {} (`lethe status` says why, of a case `lethe case show`)",
            output::grouped(left.media_objects)
        ))?;
    }
    for (what, counts) in [
        ("the device stands in", &left.columns),
        (
            "the device stands in columns for something else",
            &left.values,
        ),
        (
            "the device stands in tables outside the catalogue, of whichever tenant",
            &left.undeclared,
        ),
        ("personal fields of forgotten records", &left.unredacted),
        (
            "personal fields of the same client IDs, in records without a named device, as it is meant",
            &left.kept_rows,
        ),
    ] {
        if !counts.is_empty() {
            output::line(&format!("    {what}: {}", listed(counts)))?;
        }
    }
    Ok(())
}

fn listed(counts: &BTreeMap<String, i64>) -> String {
    let one =
        |(name, n): (&String, &i64)| format!("{} {}", output::safe(name), output::grouped(*n));
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}
