//! `case preview`: what a run of the pending submissions of a case would find and answer. Nothing is changed.

use serde::Serialize;

use crate::cli::arguments::{Format, Global};
use crate::cli::context::Context;
use crate::cli::preview::describe;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::database_role::DatabaseRole;
use crate::domain::request::Action;
use crate::engine::preview::Preview;
use crate::service::cases::{
    CaseContext, Location, PendingSubmission, PreviewedSubmission, previews, require_known,
};

pub(crate) async fn preview(
    global: &Global,
    context: &Context,
    cases: &CaseContext<'_>,
    case: &CaseId,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Care).await?;
    require_known(cases, &session, case).await?;
    let all = previews(cases, &session, case).await?;
    if global.format == Format::Json {
        print_json(case, &all)?;
    } else if all.is_empty() {
        output::line(&format!("case {case} has no pending submissions"))?;
    } else {
        for previewed in &all {
            print(case, previewed)?;
        }
    }
    let has_errors = |previewed: &PreviewedSubmission| match &previewed.preview {
        Ok(preview) => preview.tally.error > 0,
        Err(_) => true,
    };
    Ok(match all.iter().any(has_errors) {
        true => Outcome::Errors,
        false => Outcome::Done,
    })
}

#[derive(Serialize)]
struct PreviewJson<'a> {
    drop: &'a str,
    file: &'a str,
    /// Requests in the same file that belong to other cases, or to none; a run processes them too.
    other_requests: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(flatten)]
    preview: Option<&'a Preview>,
}

impl<'a> PreviewJson<'a> {
    fn new(previewed: &'a PreviewedSubmission) -> PreviewJson<'a> {
        PreviewJson {
            drop: &previewed.submission.drop,
            file: previewed.submission.name.as_str(),
            other_requests: previewed.submission.other_requests(),
            error: previewed.preview.as_ref().err().map(String::as_str),
            preview: previewed.preview.as_ref().ok(),
        }
    }
}

fn print_json(case: &CaseId, all: &[PreviewedSubmission]) -> Result<(), CommandError> {
    #[derive(Serialize)]
    struct All<'a> {
        case: &'a str,
        submissions: Vec<PreviewJson<'a>>,
    }
    output::json(&All {
        case: case.as_str(),
        submissions: all.iter().map(PreviewJson::new).collect(),
    })
}

fn print(case: &CaseId, previewed: &PreviewedSubmission) -> Result<(), CommandError> {
    print_heading(&previewed.submission)?;
    match &previewed.preview {
        Err(problem) => output::line(&format!("a run would answer no contact: {problem}")),
        Ok(preview) => {
            describe(preview)?;
            output::line(&format!(
                "to approve it: lethe case approve {} --digest {}\n",
                output::quoted(case.as_str()),
                preview.digest
            ))
        }
    }
}

fn print_heading(submission: &PendingSubmission) -> Result<(), CommandError> {
    let name = &submission.name;
    let action = match name.action() {
        Action::Forget => "a FORGET",
        Action::Export => "an EXPORT",
    };
    let place = match submission.location {
        Location::Case => String::new(),
        Location::Drop => format!(" in drop {}", output::safe(&submission.drop)),
    };
    output::line(&format!("{name}{place}: {action}; nothing was changed"))?;
    match submission.other_requests() {
        0 => Ok(()),
        1 => output::line(
            "note: the file contains 1 request that is not of this case; a run processes the whole file",
        ),
        n => output::line(&format!(
            "note: the file contains {n} requests that are not of this case; a run processes the whole file"
        )),
    }
}
