//! `case list`: all cases, what waits in each and how it was answered.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use comfy_table::ColumnConstraint;
use serde::Serialize;

use super::super::world::World;
use super::super::{CommandError, Outcome, show};
use super::Care;
use super::show_case::{ShownCase, look};
use crate::care::CaseId;
use crate::cli::{Format, Global};
use crate::ledger;

/// A case in the list.
#[derive(Debug, Serialize)]
struct Listed {
    case: String,
    /// `waiting` (something is to be run), `approved` (all that waits is), `running`, `refused`, `errors` (the last
    /// submission was answered with some), `done`, `empty`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_on: Option<NaiveDate>,
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
    for id in &ids {
        cases.push(listed(look(world, care, &session, id).await?));
    }
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct All {
            cases: Vec<Listed>,
        }
        show::json(&All { cases })?;
        return Ok(Outcome::Done);
    }
    describe(&cases)?;
    Ok(Outcome::Done)
}

fn listed(case: ShownCase) -> Listed {
    let all = &case.submissions;
    let count = |n: fn(&super::show_case::Shown) -> u64| all.iter().map(n).sum();
    Listed {
        state: state(&case),
        submissions: all.len(),
        contacts: all.iter().map(|s| s.contacts).sum(),
        success: count(|s| s.tally.success),
        not_found: count(|s| s.tally.not_found),
        error: count(|s| s.tally.error),
        case: case.case,
        opened_at: case.opened_at,
        received_on: case.received_on,
    }
}

fn state(case: &ShownCase) -> &'static str {
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
        return show::line("no case is known; `lethe case open` opens one");
    }
    let mut table = show::table(&[
        "case",
        "state",
        "opened (UTC)",
        "asked on",
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
            show::safe(&case.case).into(),
            case.state.into(),
            opened.unwrap_or_default().into(),
            case.received_on
                .map_or_else(String::new, |day| day.to_string())
                .into(),
            show::number(case.submissions as i64),
            show::number(case.contacts),
            show::number(case.error as i64),
        ]);
    }
    show::line(&table.to_string())
}
