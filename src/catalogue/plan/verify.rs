//! The statements of a verification: phones in every form, traces by client ID, values in other columns.

use super::{Nationals, Plan, searched};
use crate::catalogue::render::{self, verify};
use crate::catalogue::{Catalogue, Column, DeviceRole, PhoneForm, Role, TypeShape};
use crate::domain::device::DeviceKind;
use crate::domain::request::Product;
use crate::postgres::sql::Statement;

/// All statements of a verification over a catalogue, beside those that find.
#[derive(Debug)]
pub struct VerifySteps {
    /// Finds client IDs again: `<schema>.<table>` of the table that has them, with the statement.
    pub traced: Vec<(String, Statement)>,
    /// Looks for personal fields of these client IDs.
    pub left: Vec<LeftSteps>,
    /// Looks into columns that are declared as no device: `<schema>.<table>.<column>` with the statement.
    pub values: Vec<(String, Statement)>,
}

/// Looks for what is left in one table.
#[derive(Debug)]
pub struct LeftSteps {
    /// `<schema>.<table>`.
    pub table: String,
    /// The table of the same record that has the client ID, as the ledger has it.
    pub with_client: String,
    pub statement: Statement,
}

impl VerifySteps {
    pub fn new(catalogue: &Catalogue) -> VerifySteps {
        let mut steps = VerifySteps {
            traced: Vec::new(),
            left: Vec::new(),
            values: Vec::new(),
        };
        for record in &catalogue.records {
            if let Some((table, client_id)) = record.client_id() {
                let statement = verify::traced(table, client_id);
                steps.traced.push((table.name.plain(), statement));
                for other in record.tables() {
                    let left = verify::left(record, other).map(|statement| LeftSteps {
                        table: other.name.plain(),
                        with_client: table.name.plain(),
                        statement,
                    });
                    steps.left.extend(left);
                }
            }
        }
        for (_, table) in catalogue.tables() {
            let columns = table.columns.iter().filter(|column| {
                !matches!(column.role, Role::Device(_) | Role::Account) && may_hold_a_device(column)
            });
            for column in columns {
                let name = format!("{}.{}", table.name.plain(), column.name.as_str());
                steps.values.push((name, verify::values(table, column)));
            }
        }
        steps
    }
}

fn may_hold_a_device(column: &Column) -> bool {
    let number = |name: &str| name == "bigint" || name.starts_with("numeric");
    match column.shape {
        TypeShape::Text { .. }
        | TypeShape::Inet
        | TypeShape::Json
        | TypeShape::Jsonb
        | TypeShape::Array => true,
        // A number that tells rows apart is a phone by chance only.
        _ => number(&column.type_name) && column.role != Role::Key,
    }
}

impl Plan {
    /// Finds phones in every form, whichever a column declares: what was stored otherwise than the catalogue says is
    /// just what a verification is for.
    pub fn thorough(catalogue: &Catalogue, product: Product) -> Plan {
        let mut plan = Plan::new(catalogue, product);
        plan.nationals = Nationals::Stored;
        let tables = catalogue.tables();
        let tables = tables.filter(|(record, table)| searched(record, table, product));
        for ((record, table), steps) in tables.zip(&mut plan.tables) {
            let matches = table.devices().map(|(slot, column, device)| {
                let device = in_every_form(device);
                render::match_column(record, table, slot, column, &device, product)
            });
            steps.matches = matches.collect();
        }
        plan
    }
}

fn in_every_form(device: &DeviceRole) -> DeviceRole {
    let mut device = device.clone();
    if device.kinds.contains(&DeviceKind::Phone) {
        device.forms = vec![PhoneForm::E164, PhoneForm::Digits, PhoneForm::National];
    }
    device
}
