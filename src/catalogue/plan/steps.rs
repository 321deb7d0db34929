//! The statements of a FORGET or an EXPORT, in the order in which they run.

use super::sight::{SIGHTED, SightStep, Spellings};
use crate::catalogue::render;
use crate::catalogue::{Catalogue, Record, Role, Siblings, StoredForm, Structure, Table};
use crate::domain::device::DeviceKind;
use crate::domain::lookup::NationalForms;
use crate::domain::request::Product;
use crate::postgres::sql::Statement;

/// The statements that search one table.
#[derive(Debug)]
pub struct TableSteps {
    /// `<schema>.<table>`, as in results and in the ledger.
    pub(crate) name: String,
    /// One for each device column.
    pub matches: Vec<MatchStep>,
    pub count: Statement,
    pub held: Vec<Statement>,
    pub clients: Option<Statement>,
    pub exclude: Statement,
    /// Reads the columns that are searched in any spelling.
    pub(crate) sight: Option<SightStep>,
}

/// Searches one device column.
#[derive(Debug)]
pub struct MatchStep {
    /// The kinds of devices that the column can hold.
    pub(crate) kinds: Vec<DeviceKind>,
    pub statement: Statement,
    pub(crate) by: MatchedBy,
}

/// How a device column is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatchedBy {
    /// By the forms of a device, each of which equals a whole value.
    Form,
    /// By what was recognised in its values before.
    Sighting,
}

/// The statements that change the tables of one record: affected records are noted first, then each table is changed once.
#[derive(Debug)]
pub struct ForgetSteps {
    pub records: Vec<Statement>,
    pub siblings: Vec<Statement>,
    pub assign: Vec<Statement>,
    /// Return the placeholders of what was recognised in values of one table; each with the number of the table.
    pub(crate) placeholders: Vec<(usize, Statement)>,
    pub clients: Vec<ClientStep>,
    /// Take the locks of the changes.
    pub locks: Vec<Statement>,
    /// In order.
    pub changes: Vec<Change>,
    /// Count the rows that the changes left as they were.
    pub left: Vec<TableStatement>,
    pub media: Vec<TableStatement>,
}

/// Returns a row for each client ID with which a device was found in one table.
#[derive(Debug)]
pub struct ClientStep {
    /// Index into the plan's tables: where the device was found.
    pub(crate) found: usize,
    /// `<schema>.<table>` that holds the client ID.
    pub(crate) table: String,
    pub statement: Statement,
}

/// A statement over one table or column.
#[derive(Debug)]
pub struct TableStatement {
    /// `<schema>.<table>` or `<schema>.<table>.<column>`.
    pub(crate) name: String,
    pub statement: Statement,
}

/// One statement that changes a table.
#[derive(Debug)]
pub struct Change {
    /// `<schema>.<table>`.
    pub(crate) table: String,
    pub statement: Statement,
    pub(crate) kind: ChangeKind,
}

/// What a statement changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// Devices, with placeholders of a range of ordinals, and the personal fields of the same rows.
    Replace,
    /// Personal fields only.
    Redact,
}

/// The statements that export the tables of one record.
#[derive(Debug)]
pub struct ExportSteps {
    /// Where its devices are looked for.
    pub found: Vec<ExportFound>,
    /// The root first.
    pub rows: Vec<ExportRows>,
}

/// What may be exported of the rows found in one table.
#[derive(Debug)]
pub struct ExportFound {
    /// Index into the plan's tables.
    pub(crate) table: usize,
    /// Removes rows on shared short codes; `None` where the record has no short code.
    pub exclude_shared: Option<Statement>,
    /// Returns the targets that have rows left.
    pub exportable: Statement,
}

/// Writes the rows of one table.
#[derive(Debug)]
pub struct ExportRows {
    /// `<schema>.<table>`.
    pub(crate) table: String,
    /// Name of its CSV file, without `.csv`.
    pub(crate) label: String,
    pub statement: Statement,
}

/// All statements over a catalogue for a product.
#[derive(Debug)]
pub struct Plan {
    /// Creates the temporary tables that depend on the catalogue.
    pub staging: Vec<Statement>,
    /// The tables that may hold devices in this product.
    pub tables: Vec<TableSteps>,
    pub forget: Vec<ForgetSteps>,
    pub export: Vec<ExportSteps>,
    pub(crate) nationals: NationalForms,
    /// Creates the tables and indexes that only an EXPORT needs.
    pub export_staging: Vec<Statement>,
    /// Whether other devices of found records are redacted too. One session must then know everything that was requested.
    pub(crate) siblings: bool,
    /// Whether an index supports every column that is searched.
    pub(crate) served: bool,
    /// Whether a change may cause further writes, for example by a trigger.
    pub has_side_effects: bool,
    /// What the changed tables must be like when they change.
    pub(crate) structure: Structure,
    /// Whether an index finds the rows of every exported table by the key of their record.
    pub(crate) keyed: bool,
}

impl Plan {
    /// Plans over a catalogue.
    pub fn new(catalogue: &Catalogue, product: Product) -> Plan {
        Plan::with(catalogue, product, Spellings::Declared)
    }

    /// A plan that searches every column in any spelling, whatever the catalogue declares: a verification must also find values that
    /// were stored in another form than it says. It changes nothing.
    pub(crate) fn in_any_spelling(catalogue: &Catalogue, product: Product) -> Plan {
        Plan::with(catalogue, product, Spellings::Any)
    }

    /// Whether columns are searched in any spelling.
    pub(crate) fn sights(&self) -> bool {
        self.tables.iter().any(|table| table.sight.is_some())
    }

    fn with(catalogue: &Catalogue, product: Product, spellings: Spellings) -> Plan {
        let mut plan = Plan {
            staging: Vec::new(),
            tables: Vec::new(),
            forget: Vec::new(),
            export: Vec::new(),
            nationals: national_forms(catalogue),
            export_staging: Vec::new(),
            siblings: false,
            served: true,
            has_side_effects: catalogue.tables().any(|(_, t)| !t.accepted.is_empty()),
            structure: catalogue.structure.clone(),
            keyed: true,
        };
        for record in &catalogue.records {
            let found: Vec<&Table> = record
                .tables()
                .filter(|table| is_searched(record, table, product))
                .collect();
            if !found.is_empty() {
                plan.add_record(catalogue, record, &found, (product, spellings));
            }
        }
        if plan.sights() {
            plan.staging.extend(SIGHTED.map(Statement::from));
        }
        plan
    }

    /// Adds a record; `found` are its tables in which devices are looked for.
    fn add_record(
        &mut self,
        catalogue: &Catalogue,
        record: &Record,
        found: &[&Table],
        (product, spellings): (Product, Spellings),
    ) {
        // In a record of one table, the found rows are all that a FORGET needs.
        if notes_records(record) {
            self.staging.push(render::record_table(record));
        }
        self.siblings |= record.siblings == Siblings::Redact;
        // Siblings may be in every table of a record, also where this product searches nothing.
        let changed: Vec<&Table> = record
            .tables()
            .filter(|table| match record.siblings {
                Siblings::Redact => table.has_devices(),
                Siblings::Keep => is_searched(record, table, product),
            })
            .collect();
        for table in &changed {
            self.staging.push(render::found_table(record, table));
        }
        let first = self.tables.len();
        for table in found {
            // What was recognised is matched by the key of its row.
            self.served &= table
                .devices()
                .all(|device| spellings.are_any(&device) || device.column.served);
            self.tables
                .push(table_steps(record, table, product, spellings));
        }
        let searched = Searched { first, found };
        self.forget
            .push(forget_steps(record, &searched, &changed, product));
        if record.exported {
            let indexes = found.iter().map(|table| render::found_index(table));
            self.export_staging.extend(indexes);
            self.keyed &= record.tables().all(|table| table.keyed);
            self.export.push(export_steps(catalogue, record, &searched));
        }
    }
}

/// Whether any column of the catalogue stores phones in national form.
fn national_forms(catalogue: &Catalogue) -> NationalForms {
    let mut devices = catalogue.tables().flat_map(|(_, table)| table.devices());
    match devices.any(|device| device.device.search.forms().contains(&StoredForm::National)) {
        true => NationalForms::Stored,
        false => NationalForms::None,
    }
}

/// Whether devices are looked for in a table. The messaging product reaches only rows with a short code.
pub(super) fn is_searched(record: &Record, table: &Table, product: Product) -> bool {
    let has_short_code = record.root.column(&Role::ShortCode).is_some();
    table.has_devices() && (product == Product::Outbound || has_short_code)
}

/// Whether a FORGET notes affected records in addition to found rows, because it redacts other rows of them too.
fn notes_records(record: &Record) -> bool {
    !record.parts.is_empty() || record.siblings == Siblings::Redact
}

fn table_steps(
    record: &Record,
    table: &Table,
    product: Product,
    spellings: Spellings,
) -> TableSteps {
    let matches = table.devices().map(|device| {
        let (by, statement) = match spellings.are_any(&device) {
            true => (
                MatchedBy::Sighting,
                render::match_sighted(record, table, &device, product),
            ),
            false => (
                MatchedBy::Form,
                render::match_column(record, table, &device, product),
            ),
        };
        MatchStep {
            kinds: device.device.kinds.clone(),
            statement,
            by,
        }
    });
    TableSteps {
        name: table.name.plain(),
        matches: matches.collect(),
        count: render::count(table),
        held: render::held(record, table),
        clients: render::clients(record, table),
        exclude: render::exclude(table),
        sight: SightStep::new(table, spellings),
    }
}

/// The tables of a record in which devices are looked for.
struct Searched<'a> {
    /// Index of the first one in the plan's tables.
    first: usize,
    found: &'a [&'a Table],
}

impl<'a> Searched<'a> {
    /// Each table with its index into the plan's tables.
    fn numbered(&self) -> impl Iterator<Item = (usize, &'a Table)> {
        (self.first..).zip(self.found.iter().copied())
    }
}

/// `changed` are the tables in which devices are replaced.
fn forget_steps(
    record: &Record,
    searched: &Searched,
    changed: &[&Table],
    product: Product,
) -> ForgetSteps {
    let mut steps = ForgetSteps {
        records: Vec::new(),
        siblings: Vec::new(),
        clients: client_steps(record, searched),
        assign: changed.iter().map(|table| render::assign(table)).collect(),
        placeholders: placeholder_steps(changed),
        locks: record.tables().filter_map(render::lock).collect(),
        changes: Vec::new(),
        left: Vec::new(),
        media: Vec::new(),
    };
    if notes_records(record) {
        let found = searched.found.iter();
        steps.records = found
            .map(|table| render::forget_record(record, table))
            .collect();
    }
    // A record of one table is replaced and redacted in one statement.
    let has_parts = !record.parts.is_empty();
    for table in record.tables() {
        let left = |statement| TableStatement {
            name: table.name.plain(),
            statement,
        };
        let change = |statement, kind| Change {
            table: table.name.plain(),
            statement,
            kind,
        };
        if changed.iter().any(|c| c.number == table.number) {
            let replace = render::replace(table);
            steps.changes.push(change(replace, ChangeKind::Replace));
            steps.left.push(left(render::replaced_left(table)));
            if record.siblings == Siblings::Redact {
                let siblings = table.devices();
                let siblings =
                    siblings.map(|device| render::siblings(record, table, &device, product));
                steps.siblings.extend(siblings);
            }
        }
        if has_parts {
            let redact = render::redact(record, table);
            let redact = redact.map(|statement| change(statement, ChangeKind::Redact));
            steps.changes.extend(redact);
            steps
                .left
                .extend(render::redacted_left(record, table).map(left));
        }
        let media = searched.found.iter().filter_map(|found| {
            Some(TableStatement {
                name: table.name.plain(),
                statement: render::media(record, table, found)?,
            })
        });
        steps.media.extend(media);
    }
    steps
}

fn placeholder_steps(changed: &[&Table]) -> Vec<(usize, Statement)> {
    let sighted = changed
        .iter()
        .filter(|table| table.devices().any(|device| device.is_any_spelling()));
    sighted
        .map(|table| (table.number, render::placeholders(table)))
        .collect()
}

fn client_steps(record: &Record, searched: &Searched) -> Vec<ClientStep> {
    let Some((with_client, client_id)) = record.client_id() else {
        return Vec::new();
    };
    let step = |(found, table)| ClientStep {
        found,
        table: with_client.name.plain(),
        statement: render::verify::found_clients(record, table, with_client, client_id),
    };
    searched.numbered().map(step).collect()
}

fn export_steps(catalogue: &Catalogue, record: &Record, searched: &Searched) -> ExportSteps {
    let codes = catalogue.short_codes.as_ref();
    let found = |(table, found): (usize, &Table)| ExportFound {
        table,
        exclude_shared: codes.and_then(|codes| render::exclude_shared(record, found, codes)),
        exportable: render::exportable(found),
    };
    let rows = |table: &Table| ExportRows {
        table: table.name.plain(),
        label: table.label.clone(),
        statement: render::export_rows(record, searched.found, table),
    };
    ExportSteps {
        found: searched.numbered().map(found).collect(),
        rows: std::iter::once(&record.root)
            .chain(&record.parts)
            .map(rows)
            .collect(),
    }
}
