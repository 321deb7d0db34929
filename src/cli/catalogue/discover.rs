//! `catalogue discover`: what the catalogue misses.

use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget};
use serde::Serialize;

use crate::catalogue::discover::{self as discovery, Guess, Unread};
use crate::catalogue::render::{self};
use crate::catalogue::user_columns::{RelationKind, UserColumn, can_hold_a_device, user_columns};
use crate::cli::arguments::{Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::request::{Action, Product};
use crate::domain::submission::{Document, Submission};
use crate::erasure::census::values;
use crate::postgres::name::TableName;
use crate::postgres::query::{One, commands, queries};
use crate::postgres::row::row;

row! {
    /// The rows of a column that hold a device, and these devices.
    struct ColumnHits {
        row_count: i64,
        devices: i64,
    }
}

queries! {
    fn search_column() -> One<ColumnHits> = rendered "catalogue/value_search.sql";
}

commands! { SEARCH_TRANSACTION = "session/search_transaction.sql"; }

/// Prints what looks like personal data, what nobody covers first, and entries for it.
pub(crate) async fn discover(global: &Global) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let connected = context.connect().await?;
    let session = connected.database.session().await?;
    let sources = context.sources()?;
    let guesses = discovery::discover(&session, &sources).await?;
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct Discovered {
            columns: Vec<Guess>,
        }
        output::json(&Discovered { columns: guesses })?;
        return Ok(Outcome::Done);
    }
    let open: Vec<&Guess> = guesses
        .iter()
        .filter(|g| g.personal && !g.covered)
        .collect();
    if open.is_empty() {
        output::line("no column outside the catalogue looks like personal data")?;
    } else {
        output::line(
            "columns that look like personal data, in tables that the catalogue does not cover:",
        )?;
        let mut table = output::table(&["column", "type", "proposal", "why"]);
        for guess in open {
            let column = format!(
                "{}.{}",
                output::safe(&guess.table),
                output::safe(&guess.column)
            );
            table.add_row([
                column,
                guess.type_name.clone(),
                guess.proposal.clone(),
                guess.reason.clone(),
            ]);
        }
        output::line(&table.to_string())?;
        if sources.iter().all(|s| s.declaration.accounts.is_none()) {
            output::line(ACCOUNTS)?;
        }
    }
    entries(&guesses)?;
    unread(&guesses);
    Ok(Outcome::Done)
}

/// What no look at the tables can tell.
const ACCOUNTS: &str = "
# still to be said: which table lists the accounts (the tenants)
# [accounts]
# table = \"account\"
# account = \"account_id\"";

/// Names the tables of which only names and types could be judged, at least of some columns.
fn unread(guesses: &[Guess]) {
    let mut tables: Vec<(&str, Unread)> = guesses
        .iter()
        .filter_map(|g| Some((g.table.as_str(), g.unread?)))
        .collect();
    tables.dedup();
    for (table, unread) in tables {
        let why = match unread {
            Unread::Elsewhere => "a foreign table, whose rows are elsewhere",
            Unread::NoPrivilege => "this role may not SELECT all of it",
            Unread::Failed => "the server could not return values of all columns in time",
        };
        output::note(&format!(
            "judged by names and types only: {} ({why})",
            output::safe(table)
        ));
    }
}

/// Catalogue entries for the tables that are not covered and hold something personal.
fn entries(guesses: &[Guess]) -> Result<(), CommandError> {
    let mut tables: Vec<&TableName> = guesses
        .iter()
        .filter(|g| g.personal && !g.covered)
        .map(|g| &g.name)
        .collect();
    tables.dedup();
    for table in tables {
        let columns: Vec<&Guess> = guesses.iter().filter(|g| g.name == *table).collect();
        if let Some(note) = no_entry(table, columns[0].kind) {
            output::line(&note)?;
            continue;
        }
        for line in entry(table, &columns) {
            output::line(&line)?;
        }
    }
    Ok(())
}

/// What is said of a relation that no record can name.
fn no_entry(table: &TableName, kind: RelationKind) -> Option<String> {
    let name = output::safe(&table.plain());
    match kind {
        RelationKind::Table => None,
        RelationKind::MaterialisedView => Some(format!(
            "\n# {name} is a materialised view: see to its REFRESH after each forget, then name it under accepted\n\
             # of the tables behind it"
        )),
        RelationKind::ForeignTable => Some(format!(
            "\n# {name} is a foreign table: its rows are in another database, which needs a catalogue of its own"
        )),
    }
}

/// The lines of one record; what a catalogue still needs is in a comment.
fn entry(table: &TableName, columns: &[&Guess]) -> Vec<String> {
    let key = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let name = table.table.as_str();
    let mut lines = vec![
        String::new(),
        "[[record]]".to_owned(),
        format!("name = {}", key(name)),
        "[record.root]".to_owned(),
        format!("schema = {}", key(table.schema.as_str())),
        format!("table = {}", key(name)),
    ];
    for (role, says) in [
        ("\"account\"", "which column has the account (the tenant)"),
        ("\"key\"", "which columns identify a row"),
    ] {
        let named = columns.iter().filter(|g| g.proposal == role).count();
        if named == 0 {
            lines.push(format!("# still to be said: {says}"));
        }
    }
    lines.push("[record.root.columns]".to_owned());
    let (kept, others): (Vec<&Guess>, Vec<&Guess>) =
        columns.iter().partition(|g| g.proposal == "\"keep\"");
    let line = |guess: &Guess| format!("{} = {}", key(&guess.column), guess.proposal);
    lines.extend(others.into_iter().map(line));
    if !kept.is_empty() {
        lines.push(
            "# nothing speaks for personal data in these; look yourself (a recording's URI is \"media uri\")"
                .to_owned(),
        );
    }
    lines.extend(kept.into_iter().map(line));
    lines
}

/// A column that holds searched devices.
#[derive(Debug, Serialize)]
struct Hit {
    table: String,
    column: String,
    /// Rows that hold any of the devices, and how many different ones.
    rows: i64,
    devices: i64,
    /// Whether the catalogue declares the table, so that a FORGET would reach it.
    covered: bool,
}

/// Searches every text-like column of the database for the devices of a submit file.
pub(crate) async fn value_search(global: &Global, file: &Path) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let submission = read_devices(file)?;
    let connected = context.connect().await?;
    let session = connected.database.session().await?;
    let covered: Vec<_> = context
        .sources()?
        .iter()
        .flat_map(|source| source.tables())
        .collect();
    values::stage(&session, &submission).await?;
    let kept: Vec<_> = context
        .sources()?
        .iter()
        .flat_map(|source| source.kept_by_rule())
        .collect();
    let mut columns = user_columns(&session).await?;
    columns.retain(|column| can_hold_a_device(column) && !kept.contains(&column.table));
    let bar =
        ProgressBar::with_draw_target(Some(columns.len() as u64), ProgressDrawTarget::stderr());
    let mut hits = Vec::new();
    let mut given_up = Vec::new();
    for column in columns {
        let place = format!("{}.{}", column.table.plain(), column.column.as_str());
        if let Some(reason) = unreadable(&column) {
            given_up.push(format!("{place}: {reason}"));
            bar.inc(1);
            continue;
        }
        bar.set_message(place.clone());
        session.run(&SEARCH_TRANSACTION.into()).await?;
        let search = render::value_search(&column.table, &column.column, column.shape);
        let found = search_column(&session, &search).await;
        session.rollback().await?;
        match found {
            Ok(One(found)) if found.row_count > 0 => hits.push(Hit {
                covered: covered.contains(&column.table),
                table: column.table.plain(),
                column: column.column.as_str().to_owned(),
                rows: found.row_count,
                devices: found.devices,
            }),
            Ok(_) => {}
            Err(error) if error.is_lost_connection() && session.is_closed() => {
                return Err(error.into());
            }
            Err(error) => given_up.push(format!("{place}: {error}")),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    for column in &given_up {
        output::note(&format!(
            "not searched to its end: {}",
            output::safe(column)
        ));
    }
    let complete = given_up.is_empty();
    show_hits(global, &hits, given_up)?;
    Ok(match hits.is_empty() && complete {
        true => Outcome::Done,
        false => Outcome::Errors,
    })
}

/// Why a column cannot be searched, if it cannot.
fn unreadable(column: &UserColumn) -> Option<&'static str> {
    match column.kind {
        RelationKind::ForeignTable => Some("its rows are in another database"),
        _ if !column.may_select => Some("this role has no SELECT privilege on it"),
        _ => None,
    }
}

fn show_hits(global: &Global, hits: &[Hit], given_up: Vec<String>) -> Result<(), CommandError> {
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct Found<'a> {
            found: &'a [Hit],
            given_up: Vec<String>,
        }
        return output::json(&Found {
            found: hits,
            given_up,
        });
    }
    if hits.is_empty() {
        return output::line(&match given_up.len() {
            0 => "no text-like column of this database holds any of these devices".to_owned(),
            n => format!(
                "no column that could be searched holds any of these devices; columns not searched to their end: {}",
                output::grouped(n as i64)
            ),
        });
    }
    let mut table = output::table(&["column", "rows", "devices", ""]);
    for hit in hits {
        table.add_row(vec![
            format!("{}.{}", output::safe(&hit.table), output::safe(&hit.column)).into(),
            output::number(hit.rows),
            output::number(hit.devices),
            if hit.covered {
                "in the catalogue"
            } else {
                "NOT in the catalogue"
            }
            .into(),
        ]);
    }
    output::line(&table.to_string())
}

/// The accepted devices of a submit file, whatever its name and type.
fn read_devices(file: &Path) -> Result<Submission, CommandError> {
    let unusable = |problem: String| {
        CommandError::Usage(format!(
            "{}: {problem}",
            crate::domain::text::printable(file)
        ))
    };
    let content =
        std::fs::read(file).map_err(|cause| unusable(format!("cannot be read: {cause}")))?;
    Document::check_nesting(&content).map_err(|e| unusable(e.to_string()))?;
    let document = Document::read(content).map_err(|e| unusable(e.to_string()))?;
    let forget = Submission::parse(&document, Action::Forget, Product::Outbound);
    let submission = if forget.devices.is_empty() {
        Submission::parse(&document, Action::Export, Product::Outbound)
    } else {
        forget
    };
    if submission.devices.is_empty() {
        return Err(unusable(
            "it has no device that could be looked for; see `lethe check`".to_owned(),
        ));
    }
    Ok(submission)
}
