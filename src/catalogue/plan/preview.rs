//! The statements of a preview: facts about what a [`Plan`](super::Plan) finds.

use super::searched;
use crate::catalogue::render::preview;
use crate::catalogue::{Catalogue, Table};
use crate::domain::request::Product;
use crate::postgres::sql::Statement;

/// All statements of a preview over a catalogue for a product, beside those that find.
#[derive(Debug)]
pub struct PreviewSteps {
    /// One for each of the plan's tables, with the names of its device columns in the order of their slots.
    pub columns: Vec<(Statement, Vec<String>)>,
    /// One for each of the plan's tables: tells the planner how much was found.
    pub analyze: Vec<Statement>,
    /// In the order of the catalogue, without those in which nothing is looked for.
    pub records: Vec<RecordPreview>,
    /// Rows that keep personal fields: `<schema>.<table>` with the statement, of all records with a client ID.
    pub kept: Vec<(String, Statement)>,
}

/// What is asked of one kind of record.
#[derive(Debug)]
pub struct RecordPreview {
    /// As the catalogue calls it.
    pub name: String,
    /// Where its devices are looked for: indices into the plan's tables.
    pub tables: Vec<usize>,
    pub count: Statement,
    pub activity: Vec<Statement>,
    /// Fill `lethe_noted`: client IDs, names, other devices.
    pub notes: Vec<Statement>,
    pub held: Vec<Statement>,
    pub media: Vec<Statement>,
}

impl PreviewSteps {
    /// Workload a [`Plan`](super::Plan) of the same catalogue and product.
    pub fn new(catalogue: &Catalogue, product: Product) -> PreviewSteps {
        let mut steps = PreviewSteps {
            columns: Vec::new(),
            analyze: Vec::new(),
            records: Vec::new(),
            kept: Vec::new(),
        };
        for record in &catalogue.records {
            let found: Vec<&Table> = record
                .tables()
                .filter(|t| searched(record, t, product))
                .collect();
            let kept = record.tables().filter_map(|table| {
                let statement = preview::kept(record, &found, table)?;
                Some((table.name.plain(), statement))
            });
            steps.kept.extend(kept);
            if found.is_empty() {
                continue;
            }
            let first = steps.columns.len();
            for table in &found {
                let names = table.devices().map(|(_, c, _)| c.name.as_str().to_owned());
                let statement = preview::columns(table);
                steps.columns.push((statement, names.collect()));
                steps.analyze.push(preview::analyze_found(table));
            }
            let of_tables = |statement: &dyn Fn(&Table) -> Option<Statement>| {
                record.tables().filter_map(statement).collect::<Vec<_>>()
            };
            let mut notes: Vec<Statement> = preview::clients(record, &found).into_iter().collect();
            notes.extend(of_tables(&|table| preview::names(record, &found, table)));
            for table in record.tables() {
                let other =
                    |(_, column, device)| preview::others(record, &found, table, column, device);
                notes.extend(table.devices().map(other));
            }
            steps.records.push(RecordPreview {
                name: record.name.clone(),
                tables: (first..steps.columns.len()).collect(),
                count: preview::records(record, &found),
                activity: of_tables(&|table| preview::activity(record, &found, table)),
                notes,
                held: of_tables(&|table| preview::held(record, &found, table)),
                media: of_tables(&|table| preview::media(record, &found, table)),
            });
        }
        steps
    }
}
