//! `case list`: all cases, with their state and totals.

use serde::Serialize;

use crate::cli::arguments::{Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::service::cases::{CaseContext, CaseSummary, summaries};

pub(crate) async fn list(
    global: &Global,
    context: &Context,
    cases: &CaseContext<'_>,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Care).await?;
    let cases = summaries(cases, &session).await?;
    let outcome = match cases.iter().any(|case| case.problem.is_some()) {
        true => Outcome::Usage,
        false => Outcome::Done,
    };
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct All {
            cases: Vec<CaseSummary>,
        }
        output::json(&All { cases })?;
        return Ok(outcome);
    }
    print(&cases)?;
    Ok(outcome)
}

fn print(cases: &[CaseSummary]) -> Result<(), CommandError> {
    if cases.is_empty() {
        return output::line("there are no cases; `lethe case open` opens one");
    }
    let mut table = output::table(&[
        "case",
        "state",
        "opened (UTC)",
        "due",
        "submissions",
        "contacts",
        "errors",
    ]);
    // IDs are copied from this column, so they must not be wrapped.
    output::keep_whole(&mut table, 0);
    for case in cases {
        let opened = case
            .dates
            .opened_at
            .map(|at| at.format("%Y-%m-%d %H:%M").to_string());
        let state: &str = case.state.into();
        table.add_row(vec![
            output::safe(&case.case).into(),
            state.into(),
            opened.unwrap_or_default().into(),
            due(case).into(),
            output::number(case.submissions as i64),
            output::number(case.contacts),
            output::number(case.tally.error as i64),
        ]);
    }
    output::line(&table.to_string())?;
    cases.iter().try_for_each(print_actions)
}

fn due(case: &CaseSummary) -> String {
    match (case.dates.due_on, case.dates.overdue) {
        (Some(due), Some(true)) => format!("{due}, overdue"),
        (Some(due), _) => due.to_string(),
        (None, _) => String::new(),
    }
}

/// Prints what needs somebody's attention.
fn print_actions(case: &CaseSummary) -> Result<(), CommandError> {
    let id = &case.case;
    if let Some(problem) = &case.problem {
        output::line(&format!("case {id}: cannot read its folder: {problem}"))?;
    }
    if case.media_objects > 0 {
        output::line(&format!(
            "case {id}: recording media still to be deleted: {}; `lethe case show {}` shows the reason",
            output::grouped(case.media_objects),
            output::quoted(id)
        ))?;
    }
    if case.abandoned > 0 {
        output::line(&format!(
            "case {id}: submissions pending for longer than results are kept: {}; run them, or remove them from the folder",
            output::grouped(case.abandoned as i64)
        ))?;
    }
    Ok(())
}
