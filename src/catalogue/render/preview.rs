//! PREVIEW: facts about the found rows and records, by target.

use super::expression::{
    form_value, fragment, ident, is_real, join_record, key_names, list, personal_rows, requested,
    roots_found,
};
use crate::catalogue::{Column, DeviceColumn, Record, Role, Table, TypeShape};
use crate::postgres::declared::commands;
use crate::postgres::sql::{Slot, SqlFile, Statement, Temp, fill, sql_file};

commands! { ANALYZE_FOUND = "preview/analyze_found.sql"; }

/// Counts found rows per target and column.
pub(crate) fn columns(table: &Table) -> Statement {
    fill(
        sql_file!("preview/columns.sql"),
        table.name.plain(),
        &[
            ("key names", fragment(key_names(table, ""))),
            ("found", Slot::Temp(Temp::Found(table.number))),
        ],
    )
}

/// Tells the planner how many rows were found.
pub(crate) fn analyze_found(table: &Table) -> Statement {
    fill(
        ANALYZE_FOUND,
        table.name.plain(),
        &[("found", Slot::Temp(Temp::Found(table.number)))],
    )
}

/// Counts found records per target. Here and below, `found` are the record's tables in which devices are looked for.
pub(crate) fn records(record: &Record, found: &[&Table]) -> Statement {
    fill(
        sql_file!("preview/records.sql"),
        record.name.clone(),
        &[
            ("root names", fragment(root_names(record, ""))),
            ("found", fragment(roots_found(record, found))),
        ],
    )
}

/// The first and last time stamp in a table of found records; `None` where no kept column has one.
pub(crate) fn activity(record: &Record, found: &[&Table], table: &Table) -> Option<Statement> {
    let kept = |c: &&Column| matches!(c.role, Role::Key | Role::Keep);
    let moments = table.columns.iter().filter(kept);
    let moments: Vec<&Column> = moments
        .filter(|c| c.type_name.starts_with("timestamp"))
        .collect();
    if moments.is_empty() {
        return None;
    }
    let moments = list(
        moments,
        |c| format!("(t.{}::pg_catalog.timestamptz)", c.name),
        ", ",
    );
    Some(of_records(
        sql_file!("preview/activity.sql"),
        record,
        found,
        table,
        vec![("moments", fragment(moments))],
    ))
}

/// Notes the client IDs of found records; `None` where the record has none.
pub(crate) fn clients(record: &Record, found: &[&Table]) -> Option<Statement> {
    let (table, client_id) = record.client_id()?;
    let slots = vec![("client id", ident(client_id))];
    let file = sql_file!("preview/clients.sql");
    Some(of_records(file, record, found, table, slots))
}

/// Notes the names in a table of found records: personal text columns with `name` in their name; `None` where the table has
/// no such column.
pub(crate) fn names(record: &Record, found: &[&Table], table: &Table) -> Option<Statement> {
    let is_name = |c: &&Column| {
        matches!(c.role, Role::Pii { .. })
            && matches!(c.shape, TypeShape::Text { .. })
            && c.name.as_str().to_lowercase().contains("name")
    };
    let columns: Vec<&Column> = table.columns.iter().filter(is_name).collect();
    if columns.is_empty() {
        return None;
    }
    let text = |c: &Column| {
        let text = format!("pg_catalog.btrim(t.{}::pg_catalog.text)", c.name);
        format!(
            "CASE WHEN {text} OPERATOR(pg_catalog.<>) ALL (ARRAY['', '[redacted]']) THEN {text} END"
        )
    };
    let slots = vec![("names", fragment(list(columns, text, ", ")))];
    let file = sql_file!("preview/names.sql");
    Some(of_records(file, record, found, table, slots))
}

/// Notes the other devices in a column of found records.
pub(crate) fn others(
    record: &Record,
    found: &[&Table],
    table: &Table,
    device: &DeviceColumn,
) -> Statement {
    let slots = vec![
        ("form", fragment(form_value(device))),
        ("requested", requested(table, device, "", "true")),
        ("column", ident(device.column)),
        ("real", fragment(is_real(device))),
    ];
    let file = sql_file!("preview/others.sql");
    of_records(file, record, found, table, slots)
}

/// Counts found records that this table puts under legal hold; `None` where it has no such column.
pub(crate) fn held(record: &Record, found: &[&Table], table: &Table) -> Option<Statement> {
    let hold = table.column(&Role::LegalHold)?;
    Some(fill(
        sql_file!("preview/held.sql"),
        table.name.plain(),
        &[
            ("root keys", fragment(root_names(record, "c."))),
            ("found", fragment(roots_found(record, found))),
            ("table", Slot::Table(table.name.clone())),
            ("account", ident(table.account())),
            ("join", fragment(join_record(table))),
            ("hold", ident(hold)),
        ],
    ))
}

/// The media objects of found records in this table; `None` where it has no such column.
pub(crate) fn media(record: &Record, found: &[&Table], table: &Table) -> Option<Statement> {
    let uri = table.column(&Role::MediaUri)?;
    Some(fill(
        sql_file!("preview/media.sql"),
        table.name.plain(),
        &[
            ("uri", ident(uri)),
            ("found", fragment(roots_found(record, found))),
            ("table", Slot::Table(table.name.clone())),
            ("account", ident(table.account())),
            ("join", fragment(join_record(table))),
        ],
    ))
}

/// Counts the rows of a table that keep personal fields of a client ID that was found; `None` where the table has no such
/// fields or its record no client ID.
pub(crate) fn kept(record: &Record, found: &[&Table], table: &Table) -> Option<Statement> {
    let (_, mut slots) = personal_rows(record, table)?;
    let found_join = table.root_key.iter().enumerate();
    let found_join = list(
        found_join,
        |(i, t)| format!("t.{t} OPERATOR(pg_catalog.=) d.r{}", i + 1),
        " AND ",
    );
    slots.extend([
        ("root names", fragment(root_names(record, "f."))),
        ("found", fragment(roots_found(record, found))),
        ("found join", fragment(found_join)),
    ]);
    let file = sql_file!("preview/kept.sql");
    Some(fill(file, table.name.plain(), &slots))
}

fn root_names(record: &Record, prefix: &str) -> String {
    list(
        1..=record.root.root_key.len(),
        |i| format!("{prefix}r{i}"),
        ", ",
    )
}

/// A statement over the rows of one table that belong to found records.
fn of_records(
    file: SqlFile,
    record: &Record,
    found: &[&Table],
    table: &Table,
    further: Vec<(&str, Slot)>,
) -> Statement {
    let mut slots = vec![
        ("root names", fragment(root_names(record, ""))),
        ("found", fragment(roots_found(record, found))),
        ("table", Slot::Table(table.name.clone())),
        ("account", ident(table.account())),
        ("join", fragment(join_record(table))),
    ];
    slots.extend(further);
    fill(file, table.name.plain(), &slots)
}
