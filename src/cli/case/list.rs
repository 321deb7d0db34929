//! `case list`: all cases, what waits in each and how it was answered.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use comfy_table::ColumnConstraint;
use serde::Serialize;

use super::Care;
use super::show_case::{ShownCase, look};
use super::waiting::in_drops;
use crate::cli::arguments::{Format, Global};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::ledger;

/// A case in the list.
#[derive(Debug, Serialize)]
struct Listed {
    case: String,
    /// `broken` (its folder cannot be looked into), `running`, `waiting` (something is to be run), `approved` (all that
    /// waits is), `refused`, `errors` (the last submission was answered with some), `done`, `empty`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overdue: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// Submissions that wait for longer than results are kept.
    abandoned: usize,
    /// Media objects of recordings that are still to be deleted.
    media_objects: i64,
    submissions: usize,
    contacts: i64,
    success: u64,
    not_found: u64,
    error: u64,
}

pub async fn list(global: &Global, world: &World, care: &Care) -> Result<Outcome, CommandError> {
    let (_connected, session) = world.connect_to_ledger().await?;
    let mut ids: Vec<CaseId> = Vec::new();
    for row in ledger::cases(&session).await? {
        ids.extend(CaseId::parse(&row.case));
    }
    let opened: BTreeSet<CaseId> = ids.iter().cloned().collect();
    ids.extend(
        care.folders
            .list()?
            .into_iter()
            .filter(|id| !opened.contains(id)),
    );
    let mut cases = Vec::new();
    let mut others = in_drops(world, &session, None).await?;
    for id in &ids {
        cases.push(listed(look(world, care, &session, id, &mut others).await?));
    }
    let outcome = match cases.iter().any(|case| case.problem.is_some()) {
        true => Outcome::Usage,
        false => Outcome::Done,
    };
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct All {
            cases: Vec<Listed>,
        }
        output::json(&All { cases })?;
        return Ok(outcome);
    }
    describe(&cases)?;
    Ok(outcome)
}

fn listed(case: ShownCase) -> Listed {
    let all = &case.submissions;
    let count = |n: fn(&super::show_case::Shown) -> u64| all.iter().map(n).sum();
    Listed {
        state: state(&case),
        abandoned: all.iter().filter(|s| s.abandoned).count(),
        media_objects: case.media_objects(),
        due_on: case.due_on,
        overdue: case.overdue,
        submissions: all.len(),
        contacts: all.iter().map(|s| s.contacts).sum(),
        success: count(|s| s.tally.success),
        not_found: count(|s| s.tally.not_found),
        error: count(|s| s.tally.error),
        problem: case.problem,
        case: case.case,
        opened_at: case.opened_at,
        received_on: case.received_on,
    }
}

fn state(case: &ShownCase) -> &'static str {
    if case.problem.is_some() {
        return "broken";
    }
    let states: Vec<&str> = case.submissions.iter().map(|s| s.state.as_str()).collect();
    let first_of = [
        "running", "answered", "received", "waiting", "approved", "refused",
    ];
    for state in first_of {
        if states.contains(&state) {
            return match state {
                "answered" | "received" => "running",
                other => other,
            };
        }
    }
    match case.submissions.last() {
        None => "empty",
        Some(last) if last.tally.error > 0 || last.reason.is_some() => "errors",
        Some(_) => "done",
    }
}

fn describe(cases: &[Listed]) -> Result<(), CommandError> {
    if cases.is_empty() {
        return output::line("no case is known; `lethe case open` opens one");
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
    // An ID is copied from here.
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    for case in cases {
        let opened = case
            .opened_at
            .map(|at| at.format("%Y-%m-%d %H:%M").to_string());
        table.add_row(vec![
            output::safe(&case.case).into(),
            case.state.into(),
            opened.unwrap_or_default().into(),
            due(case).into(),
            output::number(case.submissions as i64),
            output::number(case.contacts),
            output::number(case.error as i64),
        ]);
    }
    output::line(&table.to_string())?;
    cases.iter().try_for_each(describe_further)
}

fn due(case: &Listed) -> String {
    match (case.due_on, case.overdue) {
        (Some(due), Some(true)) => format!("{due}, overdue"),
        (Some(due), _) => due.to_string(),
        (None, _) => String::new(),
    }
}

/// What somebody has to do something about.
fn describe_further(case: &Listed) -> Result<(), CommandError> {
    let id = &case.case;
    if let Some(problem) = &case.problem {
        output::line(&format!(
            "case {id} cannot be looked into: {}",
            output::safe(problem)
        ))?;
    }
    if case.media_objects > 0 {
        let objects = output::grouped(case.media_objects);
        output::line(&format!(
            "case {id}: recording media still to be deleted: {objects}; `lethe case show {}` says why",
            output::quoted(id)
        ))?;
    }
    if case.abandoned > 0 {
        let files = output::grouped(case.abandoned as i64);
        output::line(&format!(
            "case {id}: submissions that wait for longer than results are kept: {files}; run them, or remove them from its folder"
        ))?;
    }
    Ok(())
}
