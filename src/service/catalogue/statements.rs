//! Every statement of a run, to read, EXPLAIN and approve. A test compares the order with that of a run.

use crate::catalogue::Catalogue;
use crate::catalogue::plan::{Plan, PreviewSteps, VerifySteps};
use crate::catalogue::render::{self};
use crate::domain::request::{Action, Product};
use crate::engine::{AFTER_FILLING, action_definitions, shared_definitions};
use crate::ledger;
use crate::postgres::declared::declared;
use crate::postgres::sql::Statement;

/// A group of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementGroup {
    Forget,
    Export,
    Find,
    Preview,
    Verify,
}

/// The statements of a group, in the order in which they run; `None`: all groups, and the statements of the ledger.
pub fn statements(
    catalogue: &Catalogue,
    product: Product,
    group: Option<StatementGroup>,
) -> Vec<Statement> {
    let plan = Plan::new(catalogue, product);
    let is_included = |other| group.is_none_or(|group| group == other);
    let mut all: Vec<Statement> = Vec::new();
    if is_included(StatementGroup::Find) {
        all.extend(find_statements(catalogue, &plan));
    }
    if is_included(StatementGroup::Forget) {
        all.extend(forget_statements(catalogue, &plan));
    }
    if is_included(StatementGroup::Export) {
        all.extend(export_statements(&plan));
    }
    if is_included(StatementGroup::Preview) {
        all.extend(preview_statements(catalogue, product));
    }
    if is_included(StatementGroup::Verify) {
        all.extend(verify_statements(catalogue, product));
    }
    if group.is_none() {
        all.extend(ledger::statements().map(Statement::from));
    }
    all
}

fn find_statements(catalogue: &Catalogue, plan: &Plan) -> Vec<Statement> {
    let mut all: Vec<Statement> = Vec::new();
    all.extend(catalogue.accounts.iter().map(render::account_tree));
    all.extend(catalogue.short_codes.iter().map(render::short_codes));
    all.push(fixed("stage/discard.sql"));
    all.extend(shared_definitions(plan));
    all.push(fixed("stage/client.sql"));
    all.push(fixed("stage/copy_target.sql"));
    all.push(fixed("stage/copy_lookup.sql"));
    all.push(fixed("stage/copy_scope_account.sql"));
    all.push(fixed("stage/copy_scope_code.sql"));
    all.extend(AFTER_FILLING.map(Statement::from));
    all.extend(sights(plan));
    all.push(fixed("find/probe.sql"));
    for table in &plan.tables {
        all.extend(table.matches.iter().map(|step| step.statement.clone()));
    }
    all.push(fixed("find/probed.sql"));
    for table in &plan.tables {
        all.push(table.count.clone());
        all.extend(table.held.iter().chain(&table.clients).cloned());
    }
    all.push(fixed("find/count_clients.sql"));
    all.extend(plan.tables.iter().map(|table| table.exclude.clone()));
    all
}

/// Read the columns that are searched in any spelling.
fn sights(plan: &Plan) -> Vec<Statement> {
    let mut all = Vec::new();
    if plan.sights() {
        all.push(fixed("find/clear_sighted.sql"));
        let sights = plan.tables.iter().filter_map(|table| table.sight.as_ref());
        all.extend(sights.map(|step| step.statement.clone()));
        all.push(fixed("stage/copy_sighted.sql"));
    }
    all
}

fn forget_statements(catalogue: &Catalogue, plan: &Plan) -> Vec<Statement> {
    let mut all = action_definitions(plan, Action::Forget);
    all.push(fixed("session/forget_transaction.sql"));
    if plan.sights() {
        let sights = plan.tables.iter().filter_map(|table| table.sight.as_ref());
        let columns = sights.flat_map(|step| &step.columns);
        all.extend(columns.map(|column| column.changed.clone()));
        all.push(fixed("find/discard_sighted.sql"));
    }
    for record in &plan.forget {
        all.extend(record.clients.iter().map(|step| step.statement.clone()));
    }
    all.push(fixed("forget/hash.sql"));
    for record in &plan.forget {
        let notes = record.records.iter().chain(&record.siblings);
        all.extend(notes.chain(&record.assign).cloned());
    }
    all.push(fixed("stage/copy_random.sql"));
    for record in &plan.forget {
        all.extend(record.placeholders.iter().map(|(_, step)| step.clone()));
    }
    if plan.sights() {
        all.push(fixed("stage/copy_rewritten.sql"));
    }
    for record in &plan.forget {
        all.extend(record.media.iter().map(|step| step.statement.clone()));
    }
    all.extend(
        plan.forget
            .iter()
            .flat_map(|record| record.locks.iter().cloned()),
    );
    for record in &plan.forget {
        all.extend(record.changes.iter().map(|change| change.statement.clone()));
    }
    for record in &plan.forget {
        all.extend(record.left.iter().map(|step| step.statement.clone()));
    }
    all.push(fixed("stage/settle.sql"));
    let tables = || catalogue.tables();
    all.extend(tables().filter_map(|(record, table)| render::media_judge(record, table)));
    all.push(fixed("media/spelling.sql"));
    all.push(fixed("media/copy_spelling.sql"));
    all.extend(
        tables().filter_map(|(record, table)| render::media_referenced_objects(record, table)),
    );
    for (_, table) in tables() {
        all.extend(render::media_lock(table));
        all.extend(render::media_clear(table));
    }
    all
}

fn export_statements(plan: &Plan) -> Vec<Statement> {
    let mut all = action_definitions(plan, Action::Export);
    all.push(fixed("stage/copy_wanted.sql"));
    all.push(fixed("stage/wanted_index.sql"));
    all.push(fixed("session/export_transaction.sql"));
    for record in &plan.export {
        for found in &record.found {
            all.extend(found.exclude_shared.clone());
            all.push(found.exportable.clone());
        }
    }
    all.extend(sights(plan));
    all.push(fixed("find/probe.sql"));
    all.push(fixed("export/current.sql"));
    for record in &plan.export {
        all.extend(record.rows.iter().map(|step| step.statement.clone()));
    }
    all
}

/// Without those that find.
fn preview_statements(catalogue: &Catalogue, product: Product) -> Vec<Statement> {
    let steps = PreviewSteps::new(catalogue, product);
    let mut all: Vec<Statement> = vec![
        fixed("stage/noted.sql"),
        fixed("stage/lookup_value_index.sql"),
        fixed("session/export_transaction.sql"),
        fixed("preview/savepoint.sql"),
    ];
    for columns in steps.columns {
        all.push(columns.analyze);
        all.push(columns.count);
    }
    for record in steps.records {
        all.push(record.count);
        all.extend(record.activity);
        all.extend(record.held);
        all.extend(record.media);
        all.extend(record.clients);
        all.extend(record.names);
        all.extend(record.others);
    }
    all.push(fixed("preview/analyze_noted.sql"));
    all.push(fixed("preview/noted.sql"));
    all.push(fixed("preview/noted_others.sql"));
    all.extend(steps.kept.into_iter().map(|step| step.statement));
    all.push(fixed("preview/take_back.sql"));
    all
}

/// Without those that count by column, and those of the value search, which reads every table of the database. A verification searches
/// every column in any spelling, whatever the catalogue declares.
fn verify_statements(catalogue: &Catalogue, product: Product) -> Vec<Statement> {
    let steps = VerifySteps::new(catalogue);
    let plan = Plan::in_any_spelling(catalogue, product);
    let exact = shared_definitions(&Plan::new(catalogue, product));
    let mut all = shared_definitions(&plan);
    all.retain(|definition| exact.iter().all(|other| other.sql != definition.sql));
    all.extend([
        fixed("stage/kept.sql"),
        fixed("stage/traced.sql"),
        fixed("session/export_transaction.sql"),
    ]);
    all.extend(sights(&plan));
    for table in &plan.tables {
        all.extend(table.matches.iter().map(|step| step.statement.clone()));
    }
    all.extend([
        fixed("find/possible.sql"),
        fixed("stage/copy_kept.sql"),
        fixed("verify/analyze_kept.sql"),
    ]);
    all.extend(steps.traced.into_iter().map(|step| step.statement));
    all.push(fixed("verify/analyze_traced.sql"));
    all.push(fixed("verify/count_traced.sql"));
    all.extend(steps.left.into_iter().map(|left| left.statement));
    all
}

/// A statement without slots.
fn fixed(path: &str) -> Statement {
    declared(path).into()
}
