//! EXPORT and trace: whole records, by request or by client ID.

use super::expression::{fragment, ident, join_record, join_root, keys, list, roots_found};
use crate::catalogue::{Column, Record, Role, ShortCodesTable, Table};
use crate::postgres::declared::copies_out;
use crate::postgres::name::Literal;
use crate::postgres::sql::{Slot, Statement, Temp, fill, sql_file};

copies_out! { EXPORT_ROWS = "export/rows.sql"; }

/// Removes records on shared short codes from the found rows; `None` where the record has no short code.
pub(crate) fn exclude_shared(
    record: &Record,
    found: &Table,
    codes: &ShortCodesTable,
) -> Option<Statement> {
    let code = record.root.column(&Role::ShortCode)?;
    Some(fill(
        sql_file!("export/exclude_shared.sql"),
        found.name.plain(),
        &[
            ("found", Slot::Temp(Temp::Found(found.number))),
            ("table", Slot::Table(record.root.name.clone())),
            ("short codes", Slot::Table(codes.name.clone())),
            ("account", ident(record.root.account())),
            (
                "join",
                fragment(join_root(record, &record.root, "t", found)),
            ),
            ("code", Slot::Ident(codes.short_code.clone())),
            ("short code", ident(code)),
            ("kind", Slot::Ident(codes.kind.clone())),
            ("shared", Slot::Literal(Literal::new(&codes.shared))),
        ],
    ))
}

/// Returns the targets that have rows to export in a table.
pub(crate) fn exportable(found: &Table) -> Statement {
    fill(
        sql_file!("export/exportable.sql"),
        found.name.plain(),
        &[("found", Slot::Temp(Temp::Found(found.number)))],
    )
}

/// Exports the rows of a table for the current request; `found` are the record's tables in which devices are looked for.
pub(crate) fn export_rows(record: &Record, found: &[&Table], table: &Table) -> Statement {
    let order = table
        .key()
        .into_iter()
        .chain(std::iter::once(table.account()));
    let root_names = || list(1..=record.root.root_key.len(), |i| format!("f.r{i}"), ", ");
    fill(
        EXPORT_ROWS,
        table.name.plain(),
        &[
            ("root names", fragment(root_names())),
            ("found", fragment(roots_found(record, found))),
            ("root order", fragment(root_names())),
            ("table", Slot::Table(table.name.clone())),
            ("account", ident(table.account())),
            ("join", fragment(join_record(table))),
            (
                "order",
                fragment(list(order, |c| format!("t.{}", c.name), ", ")),
            ),
        ],
    )
}

/// Returns the rows of a client ID in the table that holds it.
pub fn trace_root(table: &Table, client_id: &Column) -> Statement {
    fill(
        sql_file!("trace/root.sql"),
        table.name.plain(),
        &[
            ("table", Slot::Table(table.name.clone())),
            ("client id", ident(client_id)),
            ("account", ident(table.account())),
            ("order", fragment(keys(table))),
        ],
    )
}

/// Returns the rows of the same records in another table.
pub fn trace_part(table: &Table, with_client: &Table, client_id: &Column) -> Statement {
    let join = table.root_key.iter().zip(&with_client.root_key);
    fill(
        sql_file!("trace/part.sql"),
        table.name.plain(),
        &[
            ("table", Slot::Table(table.name.clone())),
            ("client table", Slot::Table(with_client.name.clone())),
            ("client id", ident(client_id)),
            ("client account", ident(with_client.account())),
            ("account", ident(table.account())),
            (
                "join",
                fragment(list(
                    join,
                    |(part, root)| format!("t.{part} OPERATOR(pg_catalog.=) c.{root}"),
                    " AND ",
                )),
            ),
            ("order", fragment(keys(table))),
        ],
    )
}
