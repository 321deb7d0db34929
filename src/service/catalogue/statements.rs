//! Every statement of a run, to read, EXPLAIN and approve.

use crate::catalogue::Catalogue;
use crate::catalogue::plan::{Plan, PreviewSteps, VerifySteps};
use crate::catalogue::render::{self};
use crate::domain::request::{Action, Product};
use crate::engine::{action_definitions, shared_definitions};
use crate::ledger;
use crate::postgres::sql::{Statement, sql_file};

/// A group of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatementGroup {
    Forget,
    Export,
    Find,
    Preview,
    Verify,
}

/// The statements of a group, in the order in which they run; `None`: all groups, and the statements of the ledger.
pub(crate) fn statements(
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
        all.extend(verify_statements(catalogue));
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
    all.push(sql_file!("stage/discard.sql").into());
    all.extend(shared_definitions(plan));
    all.push(sql_file!("stage/client.sql").into());
    all.extend(
        [
            sql_file!("stage/copy_target.sql"),
            sql_file!("stage/copy_lookup.sql"),
            sql_file!("stage/copy_scope_account.sql"),
            sql_file!("stage/copy_scope_code.sql"),
            sql_file!("stage/target_index.sql"),
            sql_file!("stage/lookup_index.sql"),
            sql_file!("stage/scope_account_index.sql"),
            sql_file!("stage/analyze.sql"),
        ]
        .map(Statement::from),
    );
    all.push(sql_file!("find/probe.sql").into());
    for table in &plan.tables {
        all.extend(table.matches.iter().map(|step| step.statement.clone()));
    }
    all.push(sql_file!("find/probed.sql").into());
    for table in &plan.tables {
        all.push(table.count.clone());
        all.extend(table.held.iter().chain(&table.clients).cloned());
        all.push(table.exclude.clone());
    }
    all.push(sql_file!("find/count_clients.sql").into());
    all
}

fn forget_statements(catalogue: &Catalogue, plan: &Plan) -> Vec<Statement> {
    let mut all = action_definitions(plan, Action::Forget);
    all.push(sql_file!("session/forget_transaction.sql").into());
    all.push(sql_file!("forget/hash.sql").into());
    for record in &plan.forget {
        let notes = record.records.iter().chain(&record.siblings);
        all.extend(notes.chain(&record.assign).cloned());
    }
    all.push(sql_file!("stage/copy_random.sql").into());
    for record in &plan.forget {
        all.extend(record.changes.iter().map(|change| change.statement.clone()));
    }
    for record in &plan.forget {
        all.extend(record.clients.iter().map(|step| step.statement.clone()));
        all.extend(record.media.iter().map(|step| step.statement.clone()));
    }
    all.push(sql_file!("stage/settle.sql").into());
    all.push(sql_file!("media/spelling.sql").into());
    all.push(sql_file!("media/copy_spelling.sql").into());
    for (_, table) in catalogue.tables() {
        all.extend(render::media_uri(table));
        all.extend(render::media_referenced_objects(table));
        all.extend(render::media_lock(table));
        all.extend(render::media_clear(table));
    }
    all
}

fn export_statements(plan: &Plan) -> Vec<Statement> {
    let mut all = action_definitions(plan, Action::Export);
    all.push(sql_file!("stage/copy_wanted.sql").into());
    all.push(sql_file!("stage/wanted_index.sql").into());
    all.push(sql_file!("session/export_transaction.sql").into());
    for record in &plan.export {
        for found in &record.found {
            all.extend(found.exclude_shared.clone());
            all.push(found.exportable.clone());
        }
    }
    all.push(sql_file!("find/probe.sql").into());
    all.push(sql_file!("export/current.sql").into());
    for record in &plan.export {
        all.extend(record.rows.iter().map(|step| step.statement.clone()));
    }
    all
}

/// Without those that find.
fn preview_statements(catalogue: &Catalogue, product: Product) -> Vec<Statement> {
    let steps = PreviewSteps::new(catalogue, product);
    let mut all: Vec<Statement> = vec![
        sql_file!("stage/noted.sql").into(),
        sql_file!("stage/lookup_value_index.sql").into(),
        sql_file!("session/export_transaction.sql").into(),
        sql_file!("preview/savepoint.sql").into(),
    ];
    let columns = steps.columns.into_iter();
    let (analyze, counts): (Vec<_>, Vec<_>) = columns.map(|c| (c.analyze, c.count)).unzip();
    all.extend(analyze);
    all.extend(counts);
    for record in steps.records {
        all.push(record.count);
        all.extend(record.activity);
        all.extend(record.held);
        all.extend(record.media);
        all.extend(record.notes);
    }
    all.push(sql_file!("preview/analyze_noted.sql").into());
    all.push(sql_file!("preview/noted.sql").into());
    all.push(sql_file!("preview/noted_others.sql").into());
    all.extend(steps.kept.into_iter().map(|step| step.statement));
    all.push(sql_file!("preview/take_back.sql").into());
    all
}

/// Without those that find and count by column.
fn verify_statements(catalogue: &Catalogue) -> Vec<Statement> {
    let steps = VerifySteps::new(catalogue);
    let mut all: Vec<Statement> = vec![
        sql_file!("stage/kept.sql").into(),
        sql_file!("stage/traced.sql").into(),
        sql_file!("session/export_transaction.sql").into(),
        sql_file!("stage/copy_kept.sql").into(),
    ];
    all.extend(steps.traced.into_iter().map(|step| step.statement));
    all.push(sql_file!("verify/count_traced.sql").into());
    all.extend(steps.left.into_iter().map(|left| left.statement));
    all.push(sql_file!("session/search_transaction.sql").into());
    all.extend(steps.values.into_iter().map(|step| step.statement));
    all
}
