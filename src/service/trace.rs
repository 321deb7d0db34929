//! Reads the rows of a client ID with their current values.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::catalogue::render::{self};
use crate::catalogue::{Catalogue, Record};
use crate::postgres::query::{commands, copies, queries};
use crate::postgres::row::row;
use crate::postgres::sql::{Statement, sql_file};
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
    session.run(&sql_file!("stage/discard.sql").into()).await?;
    session.run(&CREATE_TRACE.into()).await?;
    session.run(&SET_TRACE_STATISTICS.into()).await?;
    let mut rows = CopyRows::default();
    rows.text(client_id).end();
    session.copy_in(&TRACE.into(), &mut rows).await?;
    let accounts = (!accounts.is_empty()).then_some(accounts);
    let mut tables = Vec::new();
    for record in &catalogue.records {
        for (table, statement) in statements(record) {
            let rows = traced_rows(session, &statement, accounts).await?;
            let fields = rows
                .iter()
                .filter_map(|row| serde_json::from_str(&row.fields).ok())
                .collect::<Vec<_>>();
            if !fields.is_empty() {
                tables.push(TracedTable {
                    table,
                    rows: fields,
                });
            }
        }
    }
    Ok(tables)
}

async fn traced_rows(
    session: &Session,
    statement: &Statement,
    accounts: Option<&[String]>,
) -> Result<Vec<TracedRow>, DatabaseError> {
    match statement.path {
        "trace/root.sql" => root_rows(session, statement, accounts).await,
        _ => part_rows(session, statement, accounts).await,
    }
}

/// The table with the client ID first, then the others of the record.
fn statements(record: &Record) -> Vec<(String, Statement)> {
    let Some((with_client, client_id)) = record.client_id() else {
        return Vec::new();
    };
    let mut statements = vec![(
        with_client.name.plain(),
        render::trace_root(with_client, client_id),
    )];
    for table in record.tables().filter(|t| t.number != with_client.number) {
        statements.push((
            table.name.plain(),
            render::trace_part(table, with_client, client_id),
        ));
    }
    statements
}
