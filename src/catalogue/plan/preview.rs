//! The statements of a preview: facts about what a [`Plan`](super::Plan) finds.

use super::steps::{TableStatement, is_searched};
use crate::catalogue::render::preview;
use crate::catalogue::{Catalogue, Record, Table};
use crate::domain::request::Product;
use crate::postgres::sql::Statement;

/// All statements of a preview over a catalogue for a product, except those that find.
#[derive(Debug, Default)]
pub(crate) struct PreviewSteps {
    /// One for each of the plan's tables.
    pub columns: Vec<ColumnCounts>,
    /// In the order of the catalogue, without records in which nothing is looked for.
    pub records: Vec<RecordPreview>,
    /// Counts the rows of each table that keep personal fields, for all records with a client ID.
    pub kept: Vec<TableStatement>,
}

/// Counts the found rows of one table by column.
#[derive(Debug)]
pub(crate) struct ColumnCounts {
    /// Tells the planner how many rows were found.
    pub analyze: Statement,
    pub count: Statement,
    /// The table's device columns in the order of their slots.
    pub(crate) names: Vec<String>,
}

/// Facts about one kind of record.
#[derive(Debug)]
pub(crate) struct RecordPreview {
    /// Its name in the catalogue.
    pub(crate) name: String,
    /// Where its devices are looked for: indices into the plan's tables.
    pub(crate) tables: Vec<usize>,
    pub count: Statement,
    pub activity: Vec<Statement>,
    pub held: Vec<Statement>,
    pub media: Vec<Statement>,
    /// Fill `lethe_noted`, here with client IDs; `None` where the record has none.
    pub clients: Option<Statement>,
    pub names: Vec<Statement>,
    /// With other devices.
    pub others: Vec<Statement>,
}

impl PreviewSteps {
    /// Goes with a [`Plan`](super::Plan) of the same catalogue and product.
    pub(crate) fn new(catalogue: &Catalogue, product: Product) -> PreviewSteps {
        let mut steps = PreviewSteps::default();
        for record in &catalogue.records {
            let found: Vec<&Table> = record
                .tables()
                .filter(|table| is_searched(record, table, product))
                .collect();
            let kept = record.tables().filter_map(|table| {
                Some(TableStatement {
                    name: table.name.plain(),
                    statement: preview::kept(record, &found, table)?,
                })
            });
            steps.kept.extend(kept);
            if found.is_empty() {
                continue;
            }
            let first = steps.columns.len();
            steps.columns.extend(found.iter().map(|t| column_counts(t)));
            let tables = (first..steps.columns.len()).collect();
            steps.records.push(record_preview(record, &found, tables));
        }
        steps
    }
}

fn column_counts(table: &Table) -> ColumnCounts {
    let names = table.devices();
    let names = names.map(|device| device.column.name.as_str().to_owned());
    ColumnCounts {
        analyze: preview::analyze_found(table),
        count: preview::columns(table),
        names: names.collect(),
    }
}

fn record_preview(record: &Record, found: &[&Table], tables: Vec<usize>) -> RecordPreview {
    let of_tables = |statement: &dyn Fn(&Table) -> Option<Statement>| {
        record.tables().filter_map(statement).collect::<Vec<_>>()
    };
    let mut others = Vec::new();
    for table in record.tables() {
        let devices = table.devices();
        others.extend(devices.map(|device| preview::others(record, found, table, &device)));
    }
    RecordPreview {
        name: record.name.clone(),
        tables,
        count: preview::records(record, found),
        activity: of_tables(&|table| preview::activity(record, found, table)),
        held: of_tables(&|table| preview::held(record, found, table)),
        media: of_tables(&|table| preview::media(record, found, table)),
        clients: preview::clients(record, found),
        names: of_tables(&|table| preview::names(record, found, table)),
        others,
    }
}
