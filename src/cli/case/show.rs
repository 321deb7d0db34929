//! `case show`: everything that belongs to a case, with states and answers.

use crate::cli::arguments::{Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::database_role::DatabaseRole;
use crate::ledger::CaseAnswer;
use crate::service::cases::{Attribution, CaseContext, CaseOverview, SubmissionOverview, overview};

/// Most answers of a submission that are printed; JSON contains all.
const MAX_ANSWERS: usize = 50;

pub(crate) async fn show(
    global: &Global,
    context: &Context,
    cases: &CaseContext<'_>,
    case: &CaseId,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Care).await?;
    let overview = overview(cases, &session, case).await?;
    if global.format == Format::Json {
        output::json(&overview)?;
    } else {
        print(&overview)?;
    }
    Ok(match overview.problem {
        None => Outcome::Done,
        Some(_) => Outcome::Usage,
    })
}

fn print(case: &CaseOverview) -> Result<(), CommandError> {
    output::line(&heading(case))?;
    if let Some(problem) = &case.problem {
        output::line(&format!("  cannot read its folder: {problem}"))?;
    }
    for submission in &case.submissions {
        print_submission(submission)?;
    }
    if case.submissions.is_empty() && case.problem.is_none() {
        output::line("  no submissions; `lethe case open` writes one")?;
    }
    Ok(())
}

fn heading(case: &CaseOverview) -> String {
    let mut heading = format!("case {}", case.case);
    if !case.accounts.is_empty() {
        heading += &format!(", account {}", output::safe(&case.accounts.join(", ")));
    }
    if let Some(day) = case.dates.received_on {
        heading += &format!(", received on {day}");
    }
    if let Some(due) = case.dates.due_on {
        heading += &format!(", due on {due}");
    }
    if case.dates.overdue == Some(true) {
        heading += ", overdue";
    }
    heading
}

fn print_submission(submission: &SubmissionOverview) -> Result<(), CommandError> {
    let drop = match CaseId::of_drop(&submission.drop) {
        Some(_) => String::new(),
        None => format!("{}/", output::safe(&submission.drop)),
    };
    let reason = submission.reason.as_ref();
    let reason = reason.map_or_else(String::new, |r| format!(" ({r})"));
    let state: &str = submission.state.into();
    output::line(&format!("  {drop}{}: {state}{reason}", submission.file))?;
    print_attribution("opened", submission.opened.as_ref())?;
    print_attribution("approved", submission.approved.as_ref())?;
    if submission.other_requests > 0 {
        output::line(&format!(
            "    requests of other cases in the same file: {}",
            output::grouped(submission.other_requests)
        ))?;
    }
    print_answers(&submission.answers)?;
    for media in &submission.media {
        output::line(&format!(
            "    recording media still to be deleted: {} ({}); the next `lethe run` or `lethe case run` tries again",
            output::grouped(media.objects),
            media.reason.as_deref().unwrap_or("not tried yet")
        ))?;
    }
    if submission.abandoned {
        output::line("    pending for longer than results are kept: run it, or remove the file")?;
    }
    for result in &submission.results {
        output::line(&format!("    {result}"))?;
    }
    Ok(())
}

fn print_attribution(action: &str, by: Option<&Attribution>) -> Result<(), CommandError> {
    let Some(by) = by else {
        return Ok(());
    };
    output::line(&format!(
        "    {action} {} by {} (database: {})",
        by.at.format("%Y-%m-%d %H:%M UTC"),
        output::safe(&by.user),
        output::safe(&by.database_user)
    ))
}

fn print_answers(answers: &[CaseAnswer]) -> Result<(), CommandError> {
    for answer in answers.iter().take(MAX_ANSWERS) {
        let kind = answer.kind.as_ref();
        output::line(&format!(
            "    request {} contact {}{}: {}",
            answer.request,
            answer.contact,
            kind.map_or_else(String::new, |kind| format!(", {kind}")),
            output::safe(&answer.response)
        ))?;
    }
    if answers.len() > MAX_ANSWERS {
        let more = output::grouped((answers.len() - MAX_ANSWERS) as i64);
        output::line(&format!("    … and {more} more (--format json lists all)"))?;
    }
    Ok(())
}
