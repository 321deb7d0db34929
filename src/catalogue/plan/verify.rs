//! The statements of a verification: phones in every form, records by client ID.

use super::steps::TableStatement;
use crate::catalogue::Catalogue;
use crate::catalogue::render::verify;
use crate::postgres::sql::Statement;

/// All statements of a verification over a catalogue, except those that find.
#[derive(Debug, Default)]
pub(crate) struct VerifySteps {
    /// Finds client IDs again, in the tables that hold them.
    pub traced: Vec<TableStatement>,
    /// Looks for personal fields of these client IDs.
    pub left: Vec<LeftSteps>,
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
        steps
    }
}
