//! VERIFY: client IDs found again by kept rows, remains of forgotten records, devices in other columns.

use super::expression::{
    fragment, ident, identity, join_root, key_pairs, key_types, list, personal_rows, placeholder_in,
};
use crate::catalogue::{Column, Record, Table};
use crate::postgres::sql::{Slot, Statement, Temp, fill, sql_file};

/// Returns a row for each client ID with which a device was found in `found`. `table` and `client_id` are the record's.
pub(crate) fn found_clients(
    record: &Record,
    found: &Table,
    table: &Table,
    client_id: &Column,
) -> Statement {
    fill(
        sql_file!("forget/clients.sql"),
        found.name.plain(),
        &[
            ("account", ident(table.account())),
            ("client id", ident(client_id)),
            ("key pairs", fragment(key_pairs(table, "t"))),
            ("found", Slot::Temp(Temp::Found(found.number))),
            ("table", Slot::Table(table.name.clone())),
            ("join", fragment(join_root(record, table, "t", found))),
        ],
    )
}

/// Finds client IDs again by the kept rows of the table that holds them.
pub(crate) fn traced(table: &Table, client_id: &Column) -> Statement {
    let join = |c: &Column| format!("t.{0} OPERATOR(pg_catalog.=) r.{0}", c.name);
    fill(
        sql_file!("verify/traced.sql"),
        table.name.plain(),
        &[
            ("account", ident(table.account())),
            ("client id", ident(client_id)),
            ("table", Slot::Table(table.name.clone())),
            ("key types", fragment(key_types(table))),
            ("join", fragment(list(identity(table), join, " AND "))),
        ],
    )
}

/// Counts the rows of a table with personal fields of traced client IDs; `None` where the table has no such fields or its
/// record no client ID.
pub(crate) fn left(record: &Record, table: &Table) -> Option<Statement> {
    let (with_client, mut slots) = personal_rows(record, table)?;
    slots.extend([
        ("key pairs", fragment(key_pairs(with_client, "c"))),
        ("placeholder", fragment(holds_placeholder(record, table))),
    ]);
    let file = sql_file!("verify/left.sql");
    Some(fill(file, table.name.plain(), &slots))
}

/// Whether a device column of the record of row `t` holds a placeholder.
fn holds_placeholder(record: &Record, table: &Table) -> String {
    let of_table = |other: &Table| {
        let columns = |alias: &str| {
            let one = |device| placeholder_in(alias, &device);
            list(other.devices(), one, " OR ")
        };
        if !other.has_devices() {
            return None;
        }
        if other.number == table.number {
            return Some(columns("t"));
        }
        let join = other.root_key.iter().zip(&table.root_key);
        Some(format!(
            "EXISTS (SELECT FROM {} p WHERE p.{} OPERATOR(pg_catalog.=) t.{} AND {} AND ({}))",
            other.name,
            other.account().name,
            table.account().name,
            list(
                join,
                |(p, t)| format!("p.{p} OPERATOR(pg_catalog.=) t.{t}"),
                " AND "
            ),
            columns("p"),
        ))
    };
    let all: Vec<String> = record.tables().filter_map(of_table).collect();
    match all.is_empty() {
        true => "false".to_owned(),
        false => list(all, |one| one, " OR "),
    }
}
