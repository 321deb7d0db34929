//! `history`: what was done, newest first.

use std::path::PathBuf;

use chrono::{NaiveDate, NaiveTime};
use serde::Serialize;

use super::world::{World, drop_name};
use super::{CommandError, Outcome, show};
use crate::cli::{Format, Global};
use crate::ledger::{self, HistoryFilter, HistoryRow};

/// What is asked for.
pub struct Wanted {
    pub case: Option<String>,
    pub drop: Option<PathBuf>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub limit: u32,
}

pub async fn history(global: &Global, wanted: Wanted) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let configured = |drop: &PathBuf| {
        world
            .config
            .drops
            .iter()
            .any(|d| std::path::Path::new(&d.name) == drop)
    };
    let drop = wanted.drop.map(|drop| {
        if configured(&drop) {
            drop.display().to_string()
        } else {
            drop_name(&drop)
        }
    });
    let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let filter = HistoryFilter {
        case: wanted.case,
        drop,
        from: wanted.from.map(start),
        to: wanted.to.and_then(|day| day.succ_opt()).map(start),
        limit: wanted.limit.into(),
    };
    let (_connected, session) = world.connect_to_ledger().await?;
    let rows = ledger::history(&session, &filter).await?;
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct History {
            submissions: Vec<HistoryRow>,
        }
        show::json(&History { submissions: rows })?;
        return Ok(Outcome::Done);
    }
    describe(&rows)?;
    Ok(Outcome::Done)
}

fn describe(rows: &[HistoryRow]) -> Result<(), CommandError> {
    if rows.is_empty() {
        return show::line("no submission is known here");
    }
    let mut table = show::table(&[
        "received (UTC)",
        "drop",
        "submission",
        "state",
        "cases",
        "contacts",
        "success",
        "not found",
        "errors",
        "rows",
    ]);
    for row in rows {
        let cases = match row.cases.as_slice() {
            [] => String::new(),
            [one] => show::safe(one),
            [first, rest @ ..] => format!("{} and {} more", show::safe(first), rest.len()),
        };
        let state = if row.problem.is_some() {
            "unreadable"
        } else {
            &row.state
        };
        table.add_row(vec![
            row.received_at
                .format("%Y-%m-%d %H:%M:%S")
                .to_string()
                .into(),
            show::safe(&row.drop).into(),
            row.file.clone().into(),
            state.into(),
            cases.into(),
            show::number(row.contacts),
            show::number((row.tally.success - row.tally.not_found) as i64),
            show::number(row.tally.not_found as i64),
            show::number(row.tally.error as i64),
            show::number(row.rows),
        ]);
    }
    show::line(&table.to_string())
}
