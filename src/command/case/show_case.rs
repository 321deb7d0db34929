//! `case show`: everything that belongs to a case, with its states and answers.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::super::world::World;
use super::super::{CommandError, Outcome, show};
use super::Care;
use super::waiting::{Found, Place, Waiting, waiting};
use crate::care::CaseId;
use crate::cli::{Format, Global};
use crate::database::Session;
use crate::ledger::{self, Approval, CaseAnswer, CaseFile, CaseSubmission, State};
use crate::response::Tally;

/// Who did something, and when.
#[derive(Debug, Serialize)]
pub struct Done {
    at: DateTime<Utc>,
    user: String,
    database_user: String,
}

/// A submission of a case.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// `case/<ID>`, or the name of a customer's drop.
    pub drop: String,
    pub file: String,
    pub action: String,
    /// `waiting`, `approved`, `refused`, then as the ledger has it: `received`, `running`, `answered`, `done`.
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub contacts: i64,
    #[serde(flatten)]
    pub tally: Tally,
    /// Rows changed or exported.
    pub rows: i64,
    /// Requests in the same file that are of no, or another case.
    pub other_requests: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<Done>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<Done>,
    pub results: Vec<String>,
    pub answers: Vec<CaseAnswer>,
}

/// A case with all that belongs to it.
#[derive(Debug, Serialize)]
pub struct ShownCase {
    pub case: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    pub submissions: Vec<Shown>,
}

pub async fn show(
    global: &Global,
    world: &World,
    care: &Care,
    case: &CaseId,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = world.connect_to_ledger().await?;
    let shown = look(world, care, &session, case).await?;
    if shown.opened_at.is_none() && shown.submissions.is_empty() {
        return Err(CommandError::Usage(format!(
            "nothing is known of a case {case}; `lethe case list` names all"
        )));
    }
    if global.format == Format::Json {
        show::json(&shown)?;
    } else {
        describe(&shown)?;
    }
    Ok(Outcome::Done)
}

/// Gathers what belongs to a case.
pub async fn look(
    world: &World,
    care: &Care,
    session: &Session,
    case: &CaseId,
) -> Result<ShownCase, CommandError> {
    let row = care.row(session, case).await?;
    let files = ledger::case_files(session, case).await?;
    let mut submissions = Vec::new();
    for taken in ledger::case_submissions(session, case).await? {
        submissions.push(taken_up(session, case, &files, taken).await?);
    }
    for waiting in waiting(world, care, session, case).await? {
        submissions.push(waits(session, &files, waiting).await?);
    }
    Ok(ShownCase {
        case: case.to_string(),
        opened_at: row.as_ref().map(|row| row.opened_at),
        received_on: row.as_ref().and_then(|row| row.received_on),
        accounts: row.map_or_else(Vec::new, |row| row.accounts),
        submissions,
    })
}

async fn taken_up(
    session: &Session,
    case: &CaseId,
    files: &[CaseFile],
    taken: CaseSubmission,
) -> Result<Shown, CommandError> {
    let own = taken.drop == case.drop_name();
    let of = (!own).then(|| case.as_str());
    let answers = ledger::case_answers(session, taken.submission_id, of).await?;
    let results = ledger::results(session, taken.submission_id).await?;
    let state = match taken.state {
        _ if taken.purged_at.is_some() => "purged",
        State::Received => "received",
        State::Running => "running",
        State::Answered => "answered",
        State::Done => "done",
    };
    let approval = ledger::approval(session, &taken.drop, &taken.file).await?;
    Ok(Shown {
        action: taken.action,
        state: state.to_owned(),
        reason: taken.problem,
        contacts: taken.contacts,
        tally: taken.tally,
        rows: taken.rows,
        other_requests: if own { 0 } else { taken.other_requests },
        opened: own.then(|| opened(files, &taken.file)).flatten(),
        approved: approval.map(approved),
        results: results.into_iter().map(|result| result.name).collect(),
        answers,
        drop: taken.drop,
        file: taken.file,
    })
}

async fn waits(
    session: &Session,
    files: &[CaseFile],
    waiting: Waiting,
) -> Result<Shown, CommandError> {
    let file = waiting.name.as_str().to_owned();
    let approval = ledger::approval(session, &waiting.drop, &file).await?;
    let (state, reason, contacts, other) = match &waiting.found {
        Found::Unfit(problem) => ("refused", Some(problem.clone()), 0, 0),
        Found::Whole(whole) => {
            let state = if approval.is_some() {
                "approved"
            } else {
                "waiting"
            };
            let other = match waiting.place {
                Place::Case => 0,
                Place::Drop(_) => whole.requests - whole.requests_of_case,
            };
            (state, None, whole.contacts as i64, other as i64)
        }
    };
    let own = waiting.place == Place::Case;
    Ok(Shown {
        action: waiting.name.action().as_str().to_owned(),
        state: state.to_owned(),
        reason,
        contacts,
        tally: Tally::default(),
        rows: 0,
        other_requests: other,
        opened: own.then(|| opened(files, &file)).flatten(),
        approved: approval.map(approved),
        results: Vec::new(),
        answers: Vec::new(),
        drop: waiting.drop,
        file,
    })
}

fn opened(files: &[CaseFile], file: &str) -> Option<Done> {
    let opened = files.iter().find(|opened| opened.file == file)?;
    Some(Done {
        at: opened.opened_at,
        user: opened.by.name.clone(),
        database_user: opened.by.database_user.clone(),
    })
}

fn approved(approval: Approval) -> Done {
    Done {
        at: approval.approved_at,
        user: approval.by.name,
        database_user: approval.by.database_user,
    }
}

fn describe(case: &ShownCase) -> Result<(), CommandError> {
    let mut first = format!("case {}", case.case);
    if !case.accounts.is_empty() {
        first += &format!(", account {}", show::safe(&case.accounts.join(", ")));
    }
    if let Some(day) = case.received_on {
        first += &format!(", asked on {day}");
    }
    show::line(&first)?;
    for submission in &case.submissions {
        let place = match CaseId::of_drop(&submission.drop) {
            Some(_) => String::new(),
            None => format!("{}/", show::safe(&submission.drop)),
        };
        let reason = submission
            .reason
            .as_ref()
            .map_or_else(String::new, |r| format!(" ({})", show::safe(r)));
        show::line(&format!(
            "  {place}{}: {}{reason}",
            submission.file, submission.state
        ))?;
        for (what, done) in [
            ("opened", &submission.opened),
            ("approved", &submission.approved),
        ] {
            if let Some(done) = done {
                show::line(&format!(
                    "    {what} {} by {} (database: {})",
                    done.at.format("%Y-%m-%d %H:%M UTC"),
                    show::safe(&done.user),
                    show::safe(&done.database_user)
                ))?;
            }
        }
        if submission.other_requests > 0 {
            show::line(&format!(
                "    the file holds {} more requests, of other cases",
                show::grouped(submission.other_requests)
            ))?;
        }
        for answer in submission.answers.iter().take(SHOWN) {
            show::line(&format!(
                "    request {} contact {}{}: {}",
                answer.request,
                answer.contact,
                answer
                    .kind
                    .as_ref()
                    .map_or_else(String::new, |kind| format!(", {kind}")),
                show::safe(&answer.response)
            ))?;
        }
        if submission.answers.len() > SHOWN {
            let more = show::grouped((submission.answers.len() - SHOWN) as i64);
            show::line(&format!("    … and {more} more (--format json lists all)"))?;
        }
        for result in &submission.results {
            show::line(&format!("    {result}"))?;
        }
    }
    if case.submissions.is_empty() {
        show::line("  no submission; `lethe case open` writes one")?;
    }
    Ok(())
}

/// Answers of a submission that are shown on a terminal.
const SHOWN: usize = 50;
