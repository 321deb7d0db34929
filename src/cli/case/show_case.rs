//! `case show`: everything that belongs to a case, with its states and answers.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::Care;
use super::waiting::{Found, InDrop, Place, Waiting, in_drops, in_folder};
use crate::cli::arguments::{Format, Global};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::response::Tally;
use crate::ledger::{self, Approval, CaseAnswer, CaseFile, CaseMedia, CaseSubmission, State};
use crate::postgres::Session;
use crate::service::history::due;

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
    /// Whether it waits for longer than results are kept: somebody must run it, or remove it.
    pub abandoned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime<Utc>>,
    pub results: Vec<String>,
    pub answers: Vec<CaseAnswer>,
    /// Media objects of its recordings that are still to be deleted.
    pub media: Vec<CaseMedia>,
}

impl Shown {
    fn media_objects(&self) -> i64 {
        self.media.iter().map(|media| media.objects).sum()
    }
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
    /// The day by whose end an answer is due; absent where nobody noted when the consumer asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Whether not all was answered by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<bool>,
    /// Why its folder cannot be looked into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    pub submissions: Vec<Shown>,
}

impl ShownCase {
    /// Media objects that are still to be deleted.
    pub fn media_objects(&self) -> i64 {
        self.submissions.iter().map(Shown::media_objects).sum()
    }

    /// Says when an answer is due, and whether it came: that of the submission which was answered last.
    fn judge(&mut self, now: DateTime<Utc>) {
        self.due_on = self.received_on.and_then(due);
        let ended = self
            .submissions
            .iter()
            .map(|s| s.completed_at.unwrap_or(now));
        let ended = ended.max().unwrap_or(now).date_naive();
        self.overdue = self.due_on.map(|due| ended > due);
    }

    pub fn outcome(&self) -> Outcome {
        match self.problem {
            None => Outcome::Done,
            Some(_) => Outcome::Usage,
        }
    }
}

pub async fn show(
    global: &Global,
    world: &World,
    care: &Care,
    case: &CaseId,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = world.connect_to_ledger().await?;
    care.must_know(world, &session, case).await?;
    let mut others = in_drops(world, &session, Some(case)).await?;
    let shown = look(world, care, &session, case, &mut others).await?;
    if global.format == Format::Json {
        output::json(&shown)?;
    } else {
        describe(&shown)?;
    }
    Ok(shown.outcome())
}

/// Gathers what belongs to a case; `others` are what waits in customers' drops.
pub async fn look(
    world: &World,
    care: &Care,
    session: &Session,
    case: &CaseId,
    others: &mut [InDrop],
) -> Result<ShownCase, CommandError> {
    let row = care.row(session, case).await?;
    let files = ledger::case_files(session, case).await?;
    let mut submissions = Vec::new();
    for taken in ledger::case_submissions(session, case).await? {
        submissions.push(taken_up(session, case, &files, taken).await?);
    }
    // One folder that cannot be looked into hides no other, and not what the ledger knows.
    let (own, problem) = match in_folder(world, care, session, case).await {
        Ok(own) => (own, None),
        Err(CommandError::Drop(error)) => (Vec::new(), Some(error.to_string())),
        Err(error) => return Err(error),
    };
    let now = world.clock.now();
    let before = now - TimeDelta::days(world.config.retention_days().into());
    let others = others.iter_mut().filter_map(|file| file.of(case));
    for waiting in own.into_iter().chain(others) {
        submissions.push(waits(session, &files, waiting, before).await?);
    }
    let mut shown = ShownCase {
        case: case.to_string(),
        opened_at: row.as_ref().map(|row| row.opened_at),
        received_on: row.as_ref().and_then(|row| row.received_on),
        accounts: row.map_or_else(Vec::new, |row| row.accounts),
        due_on: None,
        overdue: None,
        problem,
        submissions,
    };
    shown.judge(now);
    Ok(shown)
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
    let media = ledger::case_media(session, taken.submission_id, of).await?;
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
        abandoned: false,
        completed_at: taken.completed_at,
        results: results.into_iter().map(|result| result.name).collect(),
        answers,
        media,
        drop: taken.drop,
        file: taken.file,
    })
}

async fn waits(
    session: &Session,
    files: &[CaseFile],
    waiting: Waiting,
    before: DateTime<Utc>,
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
    let opened = own.then(|| opened(files, &file)).flatten();
    let since = opened.as_ref().map(|opened| opened.at).or(waiting.since);
    Ok(Shown {
        action: waiting.name.action().as_str().to_owned(),
        state: state.to_owned(),
        reason,
        contacts,
        tally: Tally::default(),
        rows: 0,
        other_requests: other,
        abandoned: own && since.is_some_and(|since| since < before),
        completed_at: None,
        opened,
        approved: approval.map(approved),
        results: Vec::new(),
        answers: Vec::new(),
        media: Vec::new(),
        drop: waiting.drop,
        file,
    })
}

fn opened(files: &[CaseFile], file: &str) -> Option<Done> {
    let opened = files.iter().find(|opened| opened.file == file)?;
    Some(Done {
        at: opened.opened_at,
        user: opened.by.os_user.name.clone(),
        database_user: opened.by.database_user.clone(),
    })
}

fn approved(approval: Approval) -> Done {
    Done {
        at: approval.approved_at,
        user: approval.by.os_user.name,
        database_user: approval.by.database_user,
    }
}

fn describe(case: &ShownCase) -> Result<(), CommandError> {
    let mut first = format!("case {}", case.case);
    if !case.accounts.is_empty() {
        first += &format!(", account {}", output::safe(&case.accounts.join(", ")));
    }
    if let Some(day) = case.received_on {
        first += &format!(", asked on {day}");
    }
    first += &case.due_on.map_or_else(String::new, |due| {
        let overdue = if case.overdue == Some(true) {
            ", overdue"
        } else {
            ""
        };
        format!(", due on {due}{overdue}")
    });
    output::line(&first)?;
    if let Some(problem) = &case.problem {
        output::line(&format!(
            "  cannot be looked into: {}",
            output::safe(problem)
        ))?;
    }
    for submission in &case.submissions {
        let place = match CaseId::of_drop(&submission.drop) {
            Some(_) => String::new(),
            None => format!("{}/", output::safe(&submission.drop)),
        };
        let reason = submission
            .reason
            .as_ref()
            .map_or_else(String::new, |r| format!(" ({})", output::safe(r)));
        output::line(&format!(
            "  {place}{}: {}{reason}",
            submission.file, submission.state
        ))?;
        for (what, done) in [
            ("opened", &submission.opened),
            ("approved", &submission.approved),
        ] {
            if let Some(done) = done {
                output::line(&format!(
                    "    {what} {} by {} (database: {})",
                    done.at.format("%Y-%m-%d %H:%M UTC"),
                    output::safe(&done.user),
                    output::safe(&done.database_user)
                ))?;
            }
        }
        if submission.other_requests > 0 {
            output::line(&format!(
                "    the file holds {} more requests, of other cases",
                output::grouped(submission.other_requests)
            ))?;
        }
        for answer in submission.answers.iter().take(SHOWN) {
            output::line(&format!(
                "    request {} contact {}{}: {}",
                answer.request,
                answer.contact,
                answer
                    .kind
                    .as_ref()
                    .map_or_else(String::new, |kind| format!(", {kind}")),
                output::safe(&answer.response)
            ))?;
        }
        if submission.answers.len() > SHOWN {
            let more = output::grouped((submission.answers.len() - SHOWN) as i64);
            output::line(&format!("    … and {more} more (--format json lists all)"))?;
        }
        for media in &submission.media {
            let reason = media.reason.as_deref().unwrap_or("not tried yet");
            output::line(&format!(
                "    recording media still to be deleted: {} ({}); every `lethe run` tries again, and `lethe case run`",
                output::grouped(media.objects),
                output::safe(reason)
            ))?;
        }
        if submission.abandoned {
            output::line(
                "    it waits for longer than results are kept: run it, or remove the file",
            )?;
        }
        for result in &submission.results {
            output::line(&format!("    {result}"))?;
        }
    }
    if case.submissions.is_empty() && case.problem.is_none() {
        output::line("  no submission; `lethe case open` writes one")?;
    }
    Ok(())
}

/// Answers of a submission that are shown on a terminal.
const SHOWN: usize = 50;
