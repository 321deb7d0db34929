//! `trace`: prints the rows of a client ID with their current values.

use serde::Serialize;
use serde_json::Value;

use crate::catalogue::Access;
use crate::cli::arguments::{Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::service;
use crate::service::trace::TracedTable;

pub(crate) async fn trace(
    global: &Global,
    client_id: &str,
    accounts: &[String],
) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let (_connected, session) = context.connect_as(DatabaseRole::Care).await?;
    let catalogue = context.catalogue(&session, Access::Read).await?;
    let client_id = match client_id {
        "-" => read_client_id()?,
        given => given.to_owned(),
    };
    let tables = service::trace::trace(&session, &catalogue, &client_id, accounts).await?;
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct Trace {
            tables: Vec<TracedTable>,
        }
        output::json(&Trace { tables })?;
        return Ok(Outcome::Done);
    }
    describe(&tables)?;
    Ok(Outcome::Done)
}

/// The first line of standard input.
fn read_client_id() -> Result<String, CommandError> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|cause| CommandError::Io {
            doing: "reading the client ID",
            cause,
        })?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Prints the rows of each table, one field a line; columns that are NULL follow in one line.
pub(crate) fn describe(tables: &[TracedTable]) -> Result<(), CommandError> {
    if tables.is_empty() {
        return output::line("no row has this client ID");
    }
    for traced in tables {
        for (number, row) in traced.rows.iter().enumerate() {
            output::line(&format!(
                "\n{}, row {} of {}",
                traced.table,
                number + 1,
                traced.rows.len()
            ))?;
            let width = row
                .keys()
                .map(|name| name.chars().count())
                .max()
                .unwrap_or(0);
            for (name, value) in row.iter().filter(|(_, value)| !value.is_null()) {
                output::line(&format!("  {:width$}  {}", output::safe(name), text(value)))?;
            }
            let null: Vec<String> = row
                .iter()
                .filter(|(_, value)| value.is_null())
                .map(|(name, _)| output::safe(name))
                .collect();
            if !null.is_empty() {
                output::line(&format!("  {:width$}  {}", "NULL", null.join(", ")))?;
            }
        }
    }
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => output::safe(text),
        other => output::safe(&other.to_string()),
    }
}
