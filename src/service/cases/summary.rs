//! The list of all cases, each with its state and totals.

use std::collections::BTreeSet;

use serde::Serialize;

use super::context::CaseContext;
use super::error::CaseError;
use super::overview::{CaseDates, CaseOverview, SubmissionState, overview_with};
use super::pending::{CaseFilter, in_drops};
use crate::domain::care::CaseId;
use crate::domain::response::Tally;
use crate::ledger;
use crate::postgres::Session;

/// The state of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum CaseState {
    /// Its folder cannot be read.
    Broken,
    Running,
    /// A submission is pending.
    Waiting,
    /// All pending submissions are approved.
    Approved,
    /// A run would not accept a pending submission.
    Refused,
    /// The last submission was answered with errors.
    Errors,
    Done,
    /// It has no submission.
    Empty,
}

/// A case with its state and totals.
#[derive(Debug, Serialize)]
pub(crate) struct CaseSummary {
    pub(crate) case: String,
    pub(crate) state: CaseState,
    #[serde(flatten)]
    pub(crate) dates: CaseDates,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
    /// Submissions that have been pending for longer than results are kept.
    pub(crate) abandoned: usize,
    /// Media objects of recordings that are not deleted yet.
    pub(crate) media_objects: i64,
    pub(crate) submissions: usize,
    pub(crate) contacts: i64,
    #[serde(flatten)]
    pub(crate) tally: Tally,
}

/// All cases: those that were opened, the newest first, then those that only have a folder.
pub(crate) async fn summaries(
    context: &CaseContext<'_>,
    session: &Session,
) -> Result<Vec<CaseSummary>, CaseError> {
    let mut cases: Vec<CaseId> = Vec::new();
    for row in ledger::cases(session).await? {
        cases.push(row.case);
    }
    let opened: BTreeSet<CaseId> = cases.iter().cloned().collect();
    let folders = context.folders.list()?;
    cases.extend(folders.into_iter().filter(|case| !opened.contains(case)));
    // Read once: drops may hold many files.
    let mut customers = in_drops(context, session, CaseFilter::AnyCase).await?;
    let mut summaries = Vec::new();
    for case in &cases {
        let overview = overview_with(context, session, case, &mut customers).await?;
        summaries.push(summary(overview));
    }
    Ok(summaries)
}

fn summary(case: CaseOverview) -> CaseSummary {
    let all = &case.submissions;
    let mut tally = Tally::default();
    for submission in all {
        tally.success += submission.tally.success;
        tally.not_found += submission.tally.not_found;
        tally.error += submission.tally.error;
    }
    CaseSummary {
        state: state(&case),
        abandoned: all.iter().filter(|s| s.abandoned).count(),
        media_objects: case.media_objects(),
        submissions: all.len(),
        contacts: all.iter().map(|s| s.contacts).sum(),
        tally,
        dates: case.dates,
        problem: case.problem,
        case: case.case,
    }
}

/// The state of the submission that needs attention first; if all are completed, the result of the last one.
fn state(case: &CaseOverview) -> CaseState {
    use SubmissionState as S;
    if case.problem.is_some() {
        return CaseState::Broken;
    }
    let has = |states: &[S]| case.submissions.iter().any(|s| states.contains(&s.state));
    if has(&[S::Running, S::Answered, S::Received]) {
        return CaseState::Running;
    }
    if has(&[S::Waiting]) {
        return CaseState::Waiting;
    }
    if has(&[S::Approved]) {
        return CaseState::Approved;
    }
    if has(&[S::Refused]) {
        return CaseState::Refused;
    }
    match case.submissions.last() {
        None => CaseState::Empty,
        Some(last) if last.tally.error > 0 || last.reason.is_some() => CaseState::Errors,
        Some(_) => CaseState::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::request::Action;
    use crate::service::cases::SubmissionOverview;
    use rstest::rstest;

    fn submission(state: SubmissionState, errors: u64) -> SubmissionOverview {
        SubmissionOverview {
            drop: "case/7".to_owned(),
            file: "forget-20180315_1.json".to_owned(),
            action: Action::Forget,
            state,
            reason: None,
            contacts: 1,
            tally: Tally {
                error: errors,
                ..Tally::default()
            },
            rows: 0,
            other_requests: 0,
            opened: None,
            approved: None,
            abandoned: false,
            completed_at: None,
            results: Vec::new(),
            answers: Vec::new(),
            media: Vec::new(),
        }
    }

    #[rstest]
    #[case(&[], CaseState::Empty)]
    #[case(&[(SubmissionState::Done, 0)], CaseState::Done)]
    #[case(&[(SubmissionState::Done, 1)], CaseState::Errors)]
    #[case(&[(SubmissionState::Done, 1), (SubmissionState::Done, 0)], CaseState::Done)]
    #[case(&[(SubmissionState::Approved, 0), (SubmissionState::Waiting, 0)], CaseState::Waiting)]
    #[case(&[(SubmissionState::Refused, 0), (SubmissionState::Approved, 0)], CaseState::Approved)]
    #[case(&[(SubmissionState::Waiting, 0), (SubmissionState::Answered, 0)], CaseState::Running)]
    fn the_state_is_that_of_the_submission_that_needs_attention(
        #[case] submissions: &[(SubmissionState, u64)],
        #[case] expected: CaseState,
    ) {
        let submissions = submissions
            .iter()
            .map(|(state, errors)| submission(*state, *errors));
        let mut case = CaseOverview {
            case: "7".to_owned(),
            dates: CaseDates::default(),
            accounts: Vec::new(),
            problem: None,
            submissions: submissions.collect(),
        };
        assert_eq!(state(&case), expected);
        case.problem = Some("the folder is a symbolic link".to_owned());
        assert_eq!(state(&case), CaseState::Broken);
    }
}
