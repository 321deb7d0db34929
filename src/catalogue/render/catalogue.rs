//! Statements about the catalogue itself: constraints, indexes, grants, samples, searches.

use super::expression::{fragment, list, lookup_key, sql_type, text_of};
use super::samples::{RowValues, written};
use crate::catalogue::{Column, DeviceColumn, TypeOrigin, TypeShape};
use crate::postgres::declared::{commands, copies_out};
use crate::postgres::name::{Ident, TableName};
use crate::postgres::sql::{Slot, Statement, fill, sql_file};

commands! {
    LOCK = "catalogue/lock.sql";
}

copies_out! { SEARCH_ROWS = "search/rows.sql"; }

/// Keeps a table from being altered until the end of the transaction.
pub fn lock_for_reading(table: &TableName) -> Statement {
    let slots = [("table", Slot::Table(table.clone()))];
    fill(LOCK, table.plain(), &slots)
}

/// Checks whether a CHECK constraint or an index accepts rows. `expression` is what `pg_get_expr` printed, over the columns
/// `named`, of which those without a value are NULL. One row each: false where it is rejected.
pub fn check_allows(
    expression: String,
    named: &[&Column],
    about: &Column,
    rows: &[RowValues],
) -> Statement {
    let rows = rows.iter().map(|row| {
        let columns = named.iter().map(|column| {
            let value = row.iter().find(|(name, _)| *name == column.name);
            let value = value.map_or("NULL", |(_, value)| value.as_str());
            format!("({value})::{} AS {}", sql_type(column), column.name)
        });
        format!("SELECT {}", list(columns, |c| c, ", "))
    });
    fill(
        sql_file!("catalogue/check_allows.sql"),
        about.name.as_str().to_owned(),
        &[
            ("expression", fragment(expression)),
            ("rows", fragment(list(rows, |r| r, " UNION ALL "))),
        ],
    )
}

/// Checks whether the type of a column accepts the values that a FORGET writes; an error where it does not.
pub fn type_allows(column: &Column) -> Statement {
    let values = list(
        written(column),
        |sample| format!("(({sample})::{} IS NULL)", sql_type(column)),
        " OR ",
    );
    fill(
        sql_file!("catalogue/type_allows.sql"),
        column.name.as_str().to_owned(),
        &[("values", fragment(values))],
    )
}

/// The expression by which a device column is searched, as an index key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexKey {
    /// As the server prints it.
    printed: String,
    /// As written in CREATE INDEX.
    written: String,
}

impl IndexKey {
    /// Whether this is the key that the server printed.
    pub(crate) fn is(&self, printed: &str) -> bool {
        printed == self.printed
    }

    /// Creates the index without locking out writers.
    pub(crate) fn create_concurrently(&self, table: &TableName) -> String {
        format!("CREATE INDEX CONCURRENTLY ON {table} ({});", self.written)
    }

    /// Creates the index of a partitioned table; indexes of its partitions are attached.
    pub(crate) fn create(&self, table: &TableName) -> String {
        format!("CREATE INDEX ON {table} ({});", self.written)
    }
}

/// The key of an index that supports searching a device column.
pub(crate) fn index_key(device: &DeviceColumn) -> IndexKey {
    let column = device.column;
    let expression = lookup_key(device);
    let printed = expression.replace(&column.name.to_string(), &column.printed);
    // The server prints the implicit casts to the types that functions take.
    let is_varchar = column.type_name.starts_with("character varying");
    let printed = match printed
        .strip_prefix("lower(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        Some(inside) if is_varchar => format!("lower({inside}::text)"),
        _ if printed.ends_with("::text") => format!("({printed})"),
        _ if column.shape == TypeShape::Inet && column.type_name != "inet" => {
            format!("host({}::inet)", column.printed)
        }
        _ => printed,
    };
    let plain = expression == column.name.to_string();
    IndexKey {
        printed,
        written: if plain {
            expression
        } else {
            format!("({expression})")
        },
    }
}

/// Samples the values of a column and counts what they look like.
pub fn sample(table: &TableName, column: &Ident, origin: TypeOrigin) -> Statement {
    fill(
        sql_file!("catalogue/sample.sql"),
        format!("{}.{}", table.plain(), column.as_str()),
        &[
            ("value", fragment(text_of(column, origin))),
            ("column", Slot::Ident(column.clone())),
            ("table", Slot::Table(table.clone())),
        ],
    )
}

/// Reads values of a column from some blocks of its table.
pub fn form_sample(table: &TableName, column: &Ident, origin: TypeOrigin) -> Statement {
    fill(
        sql_file!("catalogue/form_sample.sql"),
        format!("{}.{}", table.plain(), column.as_str()),
        &[
            ("value", fragment(text_of(column, origin))),
            ("column", Slot::Ident(column.clone())),
            ("table", Slot::Table(table.clone())),
        ],
    )
}

/// Whether a statement also reads the tables that inherit from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heirs {
    /// Rows of partitions are read with the partitioned table.
    Read,
    /// They are read as tables of their own, with the columns that they add.
    Apart,
}

/// Returns the rows of a table with some of its columns.
pub fn search_rows(table: &TableName, heirs: Heirs, columns: &[&Ident]) -> Statement {
    let read = match heirs {
        Heirs::Read => table.to_string(),
        Heirs::Apart => format!("ONLY {table}"),
    };
    fill(
        SEARCH_ROWS,
        table.plain(),
        &[
            (
                "columns",
                fragment(list(columns, |c| format!("t.{c}"), ", ")),
            ),
            ("table", fragment(read)),
        ],
    )
}
