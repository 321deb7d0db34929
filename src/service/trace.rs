//! Reads the rows of a client ID with their current values.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::catalogue::render::{self};
use crate::catalogue::{Catalogue, Record};
use crate::domain::submission::members;
use crate::domain::text::printable;
use crate::engine::load_accounts;
use crate::postgres::declared::{commands, copies};
use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::sql::Statement;
use crate::postgres::{CopyRows, DatabaseError, Session};
use crate::service::ServiceError;

row! {
    /// A row of a table as a JSON object.
    struct TracedRow {
        fields: String,
    }
}

queries! {
    fn root_rows(accounts: Option<&[String]>) -> Vec<TracedRow> = rendered "trace/root.sql";
    fn part_rows(accounts: Option<&[String]>) -> Vec<TracedRow> = rendered "trace/part.sql";
}

commands! {
    CREATE_TRACE = "stage/trace.sql";
    SET_TRACE_STATISTICS = "stage/trace_statistics.sql";
}

copies! { TRACE(client_id: &str) = "stage/copy_trace.sql"; }

/// The rows of one table.
#[derive(Debug, Serialize)]
pub(crate) struct TracedTable {
    pub(crate) table: String,
    pub(crate) rows: Vec<Map<String, Value>>,
}

/// Reads the rows of all records of a client ID; tables without rows are left out.
pub(crate) async fn trace(
    session: &Session,
    catalogue: &Catalogue,
    client_id: &str,
    accounts: &[String],
) -> Result<Vec<TracedTable>, ServiceError> {
    session.discard_temp().await?;
    session.run(&CREATE_TRACE.into()).await?;
    session.run(&SET_TRACE_STATISTICS.into()).await?;
    let mut rows = CopyRows::default();
    rows.text(client_id).end();
    session.copy_in(&TRACE.into(), &mut rows).await?;
    let accounts = (!accounts.is_empty()).then_some(accounts);
    check_accounts(session, catalogue, accounts.unwrap_or_default()).await?;
    let mut tables = Vec::new();
    for record in &catalogue.records {
        for (table, rows) in reads(record) {
            let rows = rows.read(session, accounts).await?;
            let rows: Option<Vec<_>> = rows.iter().map(|row| fields(&row.fields)).collect();
            let Some(rows) = rows else {
                return Err(ServiceError::UnreadableRow(table));
            };
            if !rows.is_empty() {
                tables.push(TracedTable { table, rows });
            }
        }
    }
    Ok(tables)
}

/// An account that does not exist has no rows: that says nothing of the client ID.
async fn check_accounts(
    session: &Session,
    catalogue: &Catalogue,
    accounts: &[String],
) -> Result<(), ServiceError> {
    if catalogue.accounts.is_none() {
        return Ok(());
    }
    let tree = load_accounts(session, catalogue, accounts).await?;
    match accounts.iter().find(|account| !tree.contains(account)) {
        None => Ok(()),
        Some(unknown) => Err(ServiceError::Usage(format!(
            "unknown account\n  detail: {} is not in the table of accounts; nothing was searched\n  hint: correct --account",
            printable(unknown)
        ))),
    }
}

/// A statement that reads the rows of a table.
enum Rows {
    /// Of the table with the client ID.
    WithClient(Statement),
    /// Of another table of the record.
    Other(Statement),
}

impl Rows {
    async fn read(
        &self,
        session: &Session,
        accounts: Option<&[String]>,
    ) -> Result<Vec<TracedRow>, DatabaseError> {
        match self {
            Rows::WithClient(statement) => root_rows(session, statement, accounts).await,
            Rows::Other(statement) => part_rows(session, statement, accounts).await,
        }
    }
}

/// The fields of a row by their names; `None` where it is not a JSON object. A value that PostgreSQL accepts but this program
/// cannot represent, such as the number 1e400, is returned as its text.
fn fields(row: &str) -> Option<Map<String, Value>> {
    let row: &RawValue = serde_json::from_str(row).ok()?;
    let field = |text: &RawValue| match serde_json::from_str(text.get()) {
        Ok(value) => value,
        Err(_) => Value::String(text.get().to_owned()),
    };
    let fields = members(row)?.into_iter();
    Some(
        fields
            .map(|member| (member.key().into_owned(), field(member.value)))
            .collect(),
    )
}

/// The table with the client ID first, then the others of the record.
fn reads(record: &Record) -> Vec<(String, Rows)> {
    let Some((with_client, client_id)) = record.client_id() else {
        return Vec::new();
    };
    let statement = render::trace_root(with_client, client_id);
    let mut reads = vec![(with_client.name.plain(), Rows::WithClient(statement))];
    for table in record.tables().filter(|t| t.number != with_client.number) {
        let statement = render::trace_part(table, with_client, client_id);
        reads.push((table.name.plain(), Rows::Other(statement)));
    }
    reads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_beyond_this_programs_numbers_is_returned_as_text() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let row = format!(r#"{{"b": {{"n": 1e400}}, "a": [1], "deep": {deep}, "none": null}}"#);
        let fields = fields(&row).unwrap();
        assert_eq!(fields["b"], r#"{"n": 1e400}"#);
        assert_eq!(fields["a"], serde_json::json!([1]));
        assert_eq!(fields["deep"], deep);
        assert!(fields["none"].is_null());
        let names: Vec<&String> = fields.keys().collect();
        assert_eq!(names, ["b", "a", "deep", "none"]);
    }

    #[test]
    fn what_is_not_an_object_is_not_a_row() {
        for text in ["", "[1]", "{\"a\": 1", "null"] {
            assert_eq!(fields(text), None, "{text}");
        }
    }
}
