//! The statements of a verification: phones in every form, records by client ID, values in other columns.

use super::steps::{Plan, TableStatement};
use crate::catalogue::render::verify;
use crate::catalogue::{Catalogue, Column, Role, TypeShape};
use crate::domain::request::Product;
use crate::postgres::sql::Statement;

/// All statements of a verification over a catalogue, except those that find.
#[derive(Debug, Default)]
pub(crate) struct VerifySteps {
    /// Finds client IDs again, in the tables that hold them.
    pub traced: Vec<TableStatement>,
    /// Looks for personal fields of these client IDs.
    pub left: Vec<LeftSteps>,
    /// Searches the columns that are not declared as devices.
    pub values: Vec<TableStatement>,
}

/// Looks for remaining personal fields in one table.
#[derive(Debug)]
pub(crate) struct LeftSteps {
    /// `<schema>.<table>`.
    pub(crate) table: String,
    /// The table of the same record that holds the client ID, as named in the ledger.
    pub(crate) with_client: String,
    pub statement: Statement,
}

impl VerifySteps {
    pub(crate) fn new(catalogue: &Catalogue) -> VerifySteps {
        let mut steps = VerifySteps::default();
        for record in &catalogue.records {
            let Some((with_client, client_id)) = record.client_id() else {
                continue;
            };
            steps.traced.push(TableStatement {
                name: with_client.name.plain(),
                statement: verify::traced(with_client, client_id),
            });
            let left = record.tables().filter_map(|table| {
                Some(LeftSteps {
                    table: table.name.plain(),
                    with_client: with_client.name.plain(),
                    statement: verify::left(record, table)?,
                })
            });
            steps.left.extend(left);
        }
        for (_, table) in catalogue.tables() {
            let columns = table.columns.iter().filter(|column| {
                !matches!(column.role, Role::Device(_) | Role::Account) && may_hold_a_device(column)
            });
            steps.values.extend(columns.map(|column| TableStatement {
                name: format!("{}.{}", table.name.plain(), column.name.as_str()),
                statement: verify::values(table, column),
            }));
        }
        steps
    }
}

fn may_hold_a_device(column: &Column) -> bool {
    let is_number = |name: &str| name == "bigint" || name.starts_with("numeric");
    match column.shape {
        TypeShape::Text { .. }
        | TypeShape::Inet
        | TypeShape::Json
        | TypeShape::Jsonb
        | TypeShape::Array => true,
        // A numeric key equals a phone only by chance.
        _ => is_number(&column.type_name) && column.role != Role::Key,
    }
}

/// A plan that searches every column in any spelling, whatever the catalogue declares: a verification must also find values that were
/// stored in another form than it says.
pub(crate) fn thorough_plan(catalogue: &Catalogue, product: Product) -> Plan {
    Plan::in_any_spelling(catalogue, product)
}
