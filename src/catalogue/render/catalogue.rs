//! Questions and answers about the catalogue: constraints, indexes, rights, samples, searches.

use super::expression::{fragment, list, lookup_value, redaction};
use crate::catalogue::{Column, DeviceRole, PlaceholderWidth, Role, Table, TypeShape};
use crate::domain::placeholder::{CODE, SHORT};
use crate::postgres::name::{Ident, TableName};
use crate::postgres::sql::{Slot, Statement, fill, sql_file};

/// Values that a changed column may take, as expressions.
fn samples(column: &Column) -> Vec<String> {
    match &column.role {
        _ if column.on_forget.is_some() => redaction(column).map(|r| r.value).into_iter().collect(),
        Role::Device(device) => match (device.placeholder, column.shape) {
            (PlaceholderWidth::Null, _) => vec!["NULL".to_owned()],
            (_, TypeShape::Inet) => vec!["'2001:db8::1'".to_owned()],
            (PlaceholderWidth::Short, _) => vec![format!("'{}'", "a".repeat(SHORT))],
            (PlaceholderWidth::Full, _) => {
                let code = "a".repeat(CODE);
                device
                    .kinds
                    .iter()
                    .map(|kind| format!("'anon-{kind}-{code}'"))
                    .collect()
            }
        },
        Role::Pii { .. } => match column.shape {
            TypeShape::Text { .. } => vec!["'[redacted]'".to_owned()],
            TypeShape::Json | TypeShape::Jsonb | TypeShape::Array => vec!["'{}'".to_owned()],
            _ => vec!["NULL".to_owned()],
        },
        _ => vec!["NULL".to_owned()],
    }
}

/// Asks whether a CHECK constraint lets a changed column take its values; `expression` is what `pg_get_expr` printed,
/// over the columns `named`. One row per value: false where it does not.
pub fn check_allows(expression: String, named: &[&Column], changed: &Column) -> Statement {
    let rows = samples(changed).into_iter().map(|sample| {
        let columns = named.iter().map(|column| {
            let value = if column.name == changed.name {
                sample.as_str()
            } else {
                "NULL"
            };
            format!("({value})::{} AS {}", column.type_name, column.name)
        });
        format!("SELECT {}", list(columns, |c| c, ", "))
    });
    fill(
        sql_file!("catalogue/check_allows.sql"),
        changed.name.as_str().to_owned(),
        &[
            ("expression", fragment(expression)),
            ("rows", fragment(list(rows, |r| r, " UNION ALL "))),
        ],
    )
}

/// Asks whether the type of a changed column takes its values: an error where it does not.
pub fn type_allows(column: &Column) -> Statement {
    let values = list(
        samples(column),
        |sample| format!("(({sample})::{} IS NULL)", column.type_name),
        " OR ",
    );
    fill(
        sql_file!("catalogue/type_allows.sql"),
        column.name.as_str().to_owned(),
        &[("values", fragment(values))],
    )
}

/// The expression by which a device column is searched, as the key of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexKey {
    /// As the server prints it.
    printed: String,
    /// As it is written in CREATE INDEX.
    written: String,
}

impl IndexKey {
    /// Whether the server's text of an index's first key is this one.
    pub fn is(&self, printed: &str) -> bool {
        printed == self.printed
    }

    /// The statement that makes the index beside a live system.
    pub fn create_concurrently(&self, table: &TableName) -> String {
        format!("CREATE INDEX CONCURRENTLY ON {table} ({});", self.written)
    }

    /// The statement that makes the index of a partitioned table, taking up those of its partitions.
    pub fn create(&self, table: &TableName) -> String {
        format!("CREATE INDEX ON {table} ({});", self.written)
    }
}

/// The key of an index that serves a device column.
pub fn index_key(column: &Column, device: &DeviceRole) -> IndexKey {
    let printed = lookup_value(column, device).replacen("t.", "", 1);
    let printed = printed.replace(&column.name.to_string(), &column.printed);
    // The server shows the casts of other types to those that functions take.
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
    let expression = lookup_value(column, device).replacen("t.", "", 1);
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

/// The rights that a role needs for one table: to read it, and to write what forgetting changes.
pub fn table_grants(table: &Table, role: &Ident) -> Vec<String> {
    let name = &table.name;
    let mut grants = vec![format!("GRANT SELECT ON {name} TO {role};")];
    let changed = list(
        table.columns.iter().filter(|c| c.is_changed()),
        |c| c.name.to_string(),
        ", ",
    );
    if !changed.is_empty() {
        grants.push(format!("GRANT UPDATE ({changed}) ON {name} TO {role};"));
    }
    grants
}

/// The right to read a table beside the records.
pub fn read_grant(name: &TableName, role: &Ident) -> String {
    format!("GRANT SELECT ON {name} TO {role};")
}

/// The right to use a schema.
pub fn schema_grant(schema: &Ident, role: &Ident) -> String {
    format!("GRANT USAGE ON SCHEMA {schema} TO {role};")
}

/// The rights on the database itself.
pub fn database_grant(database: &Ident, role: &Ident) -> String {
    format!("GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role};")
}

/// The rights on Lethe's own tables.
pub fn ledger_grants(role: &Ident) -> Vec<String> {
    vec![
        format!("GRANT USAGE ON SCHEMA lethe TO {role};"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO {role};"),
    ]
}

/// What `lethe scrub` and `lethe census` need beyond a run, as comments: a run does without.
pub fn scrub_grants<'a>(
    tables: impl Iterator<Item = &'a TableName>,
    role: &Ident,
    version: i32,
) -> Vec<String> {
    let mut lines = vec![
        "-- Only for lethe scrub, which a run does without; take the comments off if wanted:"
            .to_owned(),
    ];
    if version >= 170_000 {
        lines.extend(tables.map(|name| format!("-- GRANT MAINTAIN ON {name} TO {role};")));
    } else {
        lines.push(format!(
            "-- make {role} a member of the role that owns the tables"
        ));
    }
    if version >= 150_000 {
        lines.push(format!("-- GRANT pg_checkpoint TO {role};"));
    }
    lines.push(
        "-- Only for lethe census and certificates, which say unknown without it; take the comment off if wanted:"
            .to_owned(),
    );
    lines.push(format!("-- GRANT pg_monitor TO {role};"));
    lines
}

/// The right to keep this session's statements and errors out of the server log; PostgreSQL 15 and later.
pub fn setting_grants(settings: &[String], role: &Ident) -> Option<String> {
    let names = list(settings, |name| name.clone(), ", ");
    (!names.is_empty()).then(|| format!("GRANT SET ON PARAMETER {names} TO {role};"))
}

/// Samples the shape of a column's values.
pub fn sample(table: &TableName, column: &Ident) -> Statement {
    fill(
        sql_file!("catalogue/sample.sql"),
        format!("{}.{}", table.plain(), column.as_str()),
        &[
            ("column", Slot::Ident(column.clone())),
            ("table", Slot::Table(table.clone())),
        ],
    )
}

/// Counts the rows of any column that hold a staged device: texts, numbers, addresses, and what stands in arrays of
/// them and in documents.
pub fn value_search(table: &TableName, column: &Ident, shape: TypeShape) -> Statement {
    let values = values_of(column, shape);
    fill(
        sql_file!("catalogue/value_search.sql"),
        format!("{}.{}", table.plain(), column.as_str()),
        &[
            ("table", Slot::Table(table.clone())),
            ("values", fragment(values)),
        ],
    )
}

/// The values in a column of a row `t`, one a row, in lower case.
pub(super) fn values_of(column: &Ident, shape: TypeShape) -> String {
    match shape {
        TypeShape::Inet => format!("SELECT host(t.{column})"),
        TypeShape::Array => {
            format!("SELECT lower(a.value) FROM unnest(t.{column}::text[]) AS a (value)")
        }
        TypeShape::Json | TypeShape::Jsonb => format!(
            "SELECT lower(d.value #>> '{{}}') FROM jsonb_path_query(t.{column}::jsonb, \
             'lax $.** ? (@.type() == \"string\" || @.type() == \"number\")') AS d (value)"
        ),
        _ => format!("SELECT lower(t.{column}::text)"),
    }
}
