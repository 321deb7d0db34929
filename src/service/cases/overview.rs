//! Everything that belongs to a case: its submissions, their states and their answers.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::context::CaseContext;
use super::error::CaseError;
use super::known::require_known;
use super::pending::{
    CaseFilter, CustomerFile, Location, PendingSubmission, in_case_folder, in_drops,
};
use crate::domain::care::{CaseId, answer_due};
use crate::domain::operator::Operator;
use crate::domain::request::Action;
use crate::domain::response::Tally;
use crate::ledger::{self, CaseAnswer, CaseFile, CaseMedia, CaseSubmission};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::report::on_one_line;

/// Who opened or approved a submission, and when.
#[derive(Debug, Serialize)]
pub(crate) struct Attribution {
    pub(crate) at: DateTime<Utc>,
    pub(crate) user: String,
    pub(crate) database_user: String,
}

impl Attribution {
    fn new(at: DateTime<Utc>, operator: &Operator) -> Attribution {
        Attribution {
            at,
            user: operator.os_user.name.clone(),
            database_user: operator.database_user.clone(),
        }
    }
}

/// The state of a submission of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum SubmissionState {
    /// Pending, and not approved.
    Waiting,
    /// Pending, and approved.
    Approved,
    /// Pending, but a run would not accept it.
    Refused,
    Received,
    Running,
    Answered,
    Done,
    Purged,
}

/// A submission of a case.
#[derive(Debug, Serialize)]
pub(crate) struct SubmissionOverview {
    /// `case/<ID>`, or the name of a customer's drop.
    pub(crate) drop: String,
    pub(crate) file: String,
    pub(crate) action: Action,
    pub(crate) state: SubmissionState,
    /// Why it is refused, or could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    pub(crate) contacts: i64,
    #[serde(flatten)]
    pub(crate) tally: Tally,
    /// Rows changed or exported.
    pub(crate) rows: i64,
    /// Requests in the same file that belong to other cases, or to none.
    pub(crate) other_requests: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) opened: Option<Attribution>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approved: Option<Attribution>,
    /// Whether it has been pending for longer than results are kept; somebody must run it, or remove the file.
    pub(crate) abandoned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completed_at: Option<DateTime<Utc>>,
    /// Names of result files.
    pub(crate) results: Vec<String>,
    pub(crate) answers: Vec<CaseAnswer>,
    /// Media objects of its recordings that are not deleted yet.
    pub(crate) media: Vec<CaseMedia>,
}

/// When a case was opened, and when its answer is due.
#[derive(Debug, Default, Serialize)]
pub(crate) struct CaseDates {
    /// `None` if the case was not opened with `lethe case open`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) opened_at: Option<DateTime<Utc>>,
    /// The day on which the consumer asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received_on: Option<NaiveDate>,
    /// The last day for an answer; `None` if nobody recorded when the consumer asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due_on: Option<NaiveDate>,
    /// Whether the last answer came after that day, or is still missing after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) overdue: Option<bool>,
}

/// A case with its submissions.
#[derive(Debug, Serialize)]
pub(crate) struct CaseOverview {
    pub(crate) case: String,
    #[serde(flatten)]
    pub(crate) dates: CaseDates,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) accounts: Vec<String>,
    /// Why the folder of the case cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
    pub(crate) submissions: Vec<SubmissionOverview>,
}

impl CaseOverview {
    /// Media objects that are not deleted yet.
    pub(crate) fn media_objects(&self) -> i64 {
        let media = self.submissions.iter().flat_map(|s| &s.media);
        media.map(|media| media.objects).sum()
    }
}

/// What belongs to a case. Fails if nothing is known of it.
pub(crate) async fn overview(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
) -> Result<CaseOverview, CaseError> {
    require_known(context, session, case).await?;
    let mut customers = in_drops(context, session, CaseFilter::Case(case)).await?;
    overview_with(context, session, case, &mut customers).await
}

/// The same with the files of customers' drops, which are read once for many cases.
pub(super) async fn overview_with(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
    customers: &mut [CustomerFile],
) -> Result<CaseOverview, CaseError> {
    let row = ledger::case(session, case).await?;
    let files = ledger::case_files(session, case).await?;
    let mut submissions = Vec::new();
    for processed in ledger::case_submissions(session, case).await? {
        submissions.push(processed_submission(session, case, &files, processed).await?);
    }
    // A folder that cannot be read must not hide what the ledger knows.
    let (own, problem) = match in_case_folder(context, session, case).await {
        Ok(own) => (own, None),
        Err(CaseError::Service(ServiceError::Drop(error))) => {
            (Vec::new(), Some(on_one_line(error)))
        }
        Err(error) => return Err(error),
    };
    let now = context.workspace.clock.now();
    let abandoned_before = now - TimeDelta::days(context.workspace.retention_days.into());
    let customers = customers.iter_mut().filter_map(|file| file.take_for(case));
    for pending in own.into_iter().chain(customers) {
        submissions.push(pending_submission(session, &files, pending, abandoned_before).await?);
    }
    let received_on = row.as_ref().and_then(|row| row.received_on);
    let due_on = received_on.and_then(answer_due);
    Ok(CaseOverview {
        case: case.to_string(),
        dates: CaseDates {
            opened_at: row.as_ref().map(|row| row.opened_at),
            received_on,
            due_on,
            overdue: due_on.map(|due| last_answer(&submissions, now) > due),
        },
        accounts: row.map_or_else(Vec::new, |row| row.accounts),
        problem,
        submissions,
    })
}

/// The day of the last answer, which is today while one is missing.
fn last_answer(submissions: &[SubmissionOverview], now: DateTime<Utc>) -> NaiveDate {
    let answered = submissions.iter().map(|s| s.completed_at.unwrap_or(now));
    answered.max().unwrap_or(now).date_naive()
}

async fn processed_submission(
    session: &Session,
    case: &CaseId,
    files: &[CaseFile],
    processed: CaseSubmission,
) -> Result<SubmissionOverview, CaseError> {
    let is_own = processed.drop == case.drop_name();
    let only = (!is_own).then(|| case.as_str());
    let answers = ledger::case_answers(session, processed.submission_id, only).await?;
    let results = ledger::results(session, processed.submission_id).await?;
    let media = ledger::case_media(session, processed.submission_id, only).await?;
    let approval = ledger::approval(session, &processed.drop, processed.file.as_str()).await?;
    let state = match processed.state {
        _ if processed.purged_at.is_some() => SubmissionState::Purged,
        ledger::State::Received => SubmissionState::Received,
        ledger::State::Running => SubmissionState::Running,
        ledger::State::Answered => SubmissionState::Answered,
        ledger::State::Done => SubmissionState::Done,
    };
    Ok(SubmissionOverview {
        action: processed.action,
        state,
        reason: processed.problem,
        contacts: processed.contacts,
        tally: processed.tally,
        rows: processed.rows,
        other_requests: if is_own { 0 } else { processed.other_requests },
        opened: is_own
            .then(|| opened(files, processed.file.as_str()))
            .flatten(),
        approved: approval.map(|approval| Attribution::new(approval.approved_at, &approval.by)),
        abandoned: false,
        completed_at: processed.completed_at,
        results: results.into_iter().map(|result| result.name).collect(),
        answers,
        media,
        drop: processed.drop,
        file: processed.file.to_string(),
    })
}

async fn pending_submission(
    session: &Session,
    files: &[CaseFile],
    pending: PendingSubmission,
    abandoned_before: DateTime<Utc>,
) -> Result<SubmissionOverview, CaseError> {
    let file = pending.name.as_str().to_owned();
    let approval = ledger::approval(session, &pending.drop, &file).await?;
    let other_requests = pending.other_requests() as i64;
    let (state, reason, contacts) = match &pending.content {
        Err(problem) => (SubmissionState::Refused, Some(problem.clone()), 0),
        Ok(content) => {
            let state = match approval {
                Some(_) => SubmissionState::Approved,
                None => SubmissionState::Waiting,
            };
            (state, None, content.contacts as i64)
        }
    };
    let is_own = pending.location == Location::Case;
    let opened = is_own.then(|| opened(files, &file)).flatten();
    let since = opened.as_ref().map(|opened| opened.at).or(pending.modified);
    Ok(SubmissionOverview {
        action: pending.name.action(),
        state,
        reason,
        contacts,
        tally: Tally::default(),
        rows: 0,
        other_requests,
        abandoned: is_own && since.is_some_and(|since| since < abandoned_before),
        completed_at: None,
        opened,
        approved: approval.map(|approval| Attribution::new(approval.approved_at, &approval.by)),
        results: Vec::new(),
        answers: Vec::new(),
        media: Vec::new(),
        drop: pending.drop,
        file,
    })
}

fn opened(files: &[CaseFile], file: &str) -> Option<Attribution> {
    let opened = files.iter().find(|opened| opened.file.as_str() == file)?;
    Some(Attribution::new(opened.opened_at, &opened.by))
}
