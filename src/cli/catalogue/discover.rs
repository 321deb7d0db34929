//! `catalogue discover`: what the catalogue misses.

use std::path::Path;

use serde::Serialize;

use crate::catalogue::discover::Guess;
use crate::cli::arguments::{Format, Global};
use crate::cli::context::Context;
use crate::cli::search_bar::SearchBar;
use crate::cli::{CommandError, Outcome, output};
use crate::engine::value_search::ColumnHit;
use crate::service::catalogue::{self, Discovery, ValueSearch, devices_of};

/// Prints what looks like personal data, what nobody covers first, and entries for it.
pub(crate) async fn discover(global: &Global) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let (_connected, session) = context.connect_to_read().await?;
    let discovery = catalogue::discover(&session, &context.sources()?).await?;
    let outcome = discovery.outcome();
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct Discovered {
            columns: Vec<Guess>,
        }
        output::json(&Discovered {
            columns: discovery.columns,
        })?;
        return Ok(outcome);
    }
    describe(&discovery)?;
    Ok(outcome)
}

fn describe(discovery: &Discovery) -> Result<(), CommandError> {
    let mut uncovered = discovery.uncovered().peekable();
    if uncovered.peek().is_none() {
        output::line("no column outside the catalogue looks like personal data")?;
    } else {
        output::line(
            "columns that look like personal data, in tables that the catalogue does not cover:",
        )?;
        let mut table = output::table(&["column", "type", "proposal", "why"]);
        for guess in uncovered {
            let column = format!(
                "{}.{}",
                output::safe(&guess.table),
                output::safe(&guess.column)
            );
            table.add_row([
                column,
                guess.type_name.clone(),
                guess.proposal.to_toml(),
                guess.reason.clone(),
            ]);
        }
        output::line(&table.to_string())?;
        output::line(discovery.proposal().trim_end())?;
    }
    for unread in discovery.unread() {
        output::note(&format!(
            "note: {} was judged by names and types only\n  detail: {}",
            output::safe(unread.table),
            output::safe(&unread.reason)
        ));
    }
    Ok(())
}

/// Searches every table of the database for the devices of a submit file.
pub(crate) async fn value_search(global: &Global, file: &Path) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let submission = devices_of(file, &context.workspace.submission)?;
    let (_connected, session) = context.connect_to_read().await?;
    let sources = context.sources()?;
    let bar = SearchBar::new();
    let search = catalogue::value_search(&session, &sources, &submission, &bar).await?;
    for place in &search.given_up {
        output::note(&format!("not checked: {}", output::safe(place)));
    }
    if global.format == Format::Json {
        output::json(&search)?;
    } else {
        describe_hits(&search)?;
    }
    Ok(search.outcome())
}

fn describe_hits(search: &ValueSearch) -> Result<(), CommandError> {
    if search.found.is_empty() {
        return output::line(&match search.given_up.len() {
            0 => "no table of this database holds any of these devices".to_owned(),
            n => format!(
                "no column that could be searched holds any of these devices; not checked: {}",
                output::grouped(n as i64)
            ),
        });
    }
    let mut table = output::table(&["column", "rows", "devices", "spelled", "", ""]);
    for ColumnHit { place, devices } in &search.found {
        let spellings = place.spellings.iter().map(|one| <&str>::from(*one));
        table.add_row(vec![
            output::safe(&place.name()).into(),
            output::number(place.rows),
            output::number(*devices),
            spellings.collect::<Vec<_>>().join(", ").into(),
            if place.is_certain() {
                "found"
            } else {
                "possible"
            }
            .into(),
            if place.declared {
                "in the catalogue"
            } else {
                "NOT in the catalogue"
            }
            .into(),
        ]);
    }
    output::line(&table.to_string())?;
    output::line("lines of the catalogue that find them:")?;
    let mut lines: Vec<String> = Vec::new();
    for ColumnHit { place, .. } in &search.found {
        let line = match &place.catalogue_line {
            Some(line) => format!("    {}: {line}", place.table),
            None => format!("    {}: no line finds digests", place.name()),
        };
        let line = output::safe(&line).to_string();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.iter().try_for_each(|line| output::line(line))
}
