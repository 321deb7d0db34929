//! Statements that an administrator applies: the privileges of each role. They may be applied again, and take away what an older
//! release granted too widely.

use super::expression::list;
use crate::catalogue::{Catalogue, Column, Table};
use crate::postgres::name::{Ident, TableName};

/// The privilege to connect.
pub(crate) fn connect_grant(database: &Ident, role: &Ident) -> String {
    format!("GRANT CONNECT ON DATABASE {database} TO {role};")
}

/// The privileges of a role that stages values: to connect and to create temporary tables.
pub(crate) fn staging_grant(database: &Ident, role: &Ident) -> String {
    format!("GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role};")
}

/// The privilege to use a schema.
pub(crate) fn schema_grant(schema: &Ident, role: &Ident) -> String {
    format!("GRANT USAGE ON SCHEMA {schema} TO {role};")
}

/// Takes every privilege on Lethe's own tables.
pub(crate) fn ledger_revoke(role: &Ident) -> String {
    format!("REVOKE ALL ON ALL TABLES IN SCHEMA lethe FROM {role};")
}

/// A privilege on one of Lethe's own tables; no columns: on all of it.
pub(crate) fn ledger_grant(table: &str, privileges: &[(&str, &[&str])], role: &Ident) -> String {
    let limited = |(privilege, columns): &(&str, &[&str])| match columns {
        [] => (*privilege).to_owned(),
        columns => format!("{privilege} ({})", columns.join(", ")),
    };
    let privileges = list(privileges, limited, ", ");
    format!("GRANT {privileges} ON lethe.{table} TO {role};")
}

/// The privilege to vacuum some of Lethe's own tables; PostgreSQL 17 and later.
pub(crate) fn ledger_maintain_grant(tables: &[&str], role: &Ident) -> String {
    let tables = list(tables, |table| format!("lethe.{table}"), ", ");
    format!("GRANT MAINTAIN ON {tables} TO {role};")
}

/// The schemas of the catalogue's tables, each once.
pub(crate) fn schemas(catalogue: &Catalogue) -> Vec<&Ident> {
    let tables = catalogue.tables().map(|(_, table)| &table.name);
    let mut schemas: Vec<&Ident> = side_tables(catalogue)
        .into_iter()
        .map(|(name, _)| name)
        .chain(tables)
        .map(|name| &name.schema)
        .collect();
    schemas.sort();
    schemas.dedup();
    schemas
}

/// What the engine needs on the catalogue's tables: SELECT, and UPDATE of the columns that a FORGET writes.
pub(crate) fn engine_grants(catalogue: &Catalogue, role: &Ident) -> Vec<String> {
    let read = side_tables(catalogue).into_iter().map(|(name, _)| name);
    let mut grants: Vec<String> = read
        .map(|name| format!("GRANT SELECT ON {name} TO {role};"))
        .collect();
    for (_, table) in catalogue.tables() {
        let name = &table.name;
        grants.push(format!("GRANT SELECT ON {name} TO {role};"));
        let changed: Vec<&Column> = table.columns.iter().filter(|c| c.is_changed()).collect();
        if !changed.is_empty() {
            let changed = list(changed, |c| c.name.to_string(), ", ");
            grants.push(format!("GRANT UPDATE ({changed}) ON {name} TO {role};"));
        }
    }
    grants
}

/// What Care needs on the catalogue's tables: SELECT of the declared columns, and nothing else.
pub(crate) fn care_grants(catalogue: &Catalogue, role: &Ident) -> Vec<String> {
    let own = |table: &'_ Table| table.columns.iter().map(|c| c.name.clone()).collect();
    let declared = catalogue
        .tables()
        .map(|(_, table)| (&table.name, own(table)));
    let mut grants = Vec::new();
    for (name, columns) in side_tables(catalogue).into_iter().chain(declared) {
        let columns: Vec<Ident> = columns;
        let columns = list(columns, |column| column.to_string(), ", ");
        grants.push(format!("REVOKE ALL ON {name} FROM {role};"));
        grants.push(format!("GRANT SELECT ({columns}) ON {name} TO {role};"));
    }
    grants
}

/// The additional privileges for `lethe scrub` and `lethe census`, commented out: a run does not need them.
pub(crate) fn scrub_grants<'a>(
    tables: impl Iterator<Item = &'a TableName>,
    role: &Ident,
    version: i32,
) -> Vec<String> {
    let mut lines = vec![
        "-- Only for lethe scrub; a run does not need these. Uncomment them if wanted:".to_owned(),
    ];
    if version >= 170_000 {
        lines.extend(tables.map(|name| comment(format!("GRANT MAINTAIN ON {name} TO {role};"))));
    } else {
        lines.push(comment(format!(
            "make {role} a member of the role that owns the tables"
        )));
    }
    if version >= 150_000 {
        lines.push(comment(format!("GRANT pg_checkpoint TO {role};")));
    }
    lines.push(
        "-- Only for lethe census and certificates, which report unknown without it. Uncomment it if wanted:"
            .to_owned(),
    );
    lines.push(comment(format!("GRANT pg_monitor TO {role};")));
    lines
}

/// Comments out SQL. A name may contain line breaks, after which a comment would have ended.
fn comment(sql: String) -> String {
    format!("-- {}", sql.replace('\n', "\n-- ").replace('\r', "\r-- "))
}

/// The privilege to keep this session's statements and errors out of the server log; PostgreSQL 15 and later.
pub(crate) fn setting_grants(settings: &[String], role: &Ident) -> Option<String> {
    let names = list(settings, |name| name.clone(), ", ");
    (!names.is_empty()).then(|| format!("GRANT SET ON PARAMETER {names} TO {role};"))
}

/// The tables that belong to no record, with the columns that are read.
fn side_tables(catalogue: &Catalogue) -> Vec<(&TableName, Vec<Ident>)> {
    let accounts = catalogue.accounts.iter().map(|accounts| {
        let optional = [
            &accounts.parent,
            &accounts.dialling_code,
            &accounts.trunk_prefix,
        ];
        let optional = optional.into_iter().flatten().cloned();
        let columns = [accounts.account.clone()].into_iter().chain(optional);
        (&accounts.name, columns.collect())
    });
    let codes = catalogue.short_codes.iter().flat_map(|codes| {
        let kinds = vec![codes.short_code.clone(), codes.kind.clone()];
        let owners = vec![codes.owner_short_code.clone(), codes.owner_account.clone()];
        [(&codes.name, kinds), (&codes.owners, owners)]
    });
    accounts.chain(codes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_break_out_of_a_comment() {
        let hostile = TableName::new(
            "s",
            "t\nALTER ROLE intruder SUPERUSER; \r\nDROP TABLE u; --",
        );
        let role = Ident::new("worker\nDROP SCHEMA lethe CASCADE; --");
        for version in [140_000, 150_000, 170_000] {
            let grants = scrub_grants([&hostile].into_iter(), &role, version);
            for line in grants.iter().flat_map(|grant| grant.split(['\n', '\r'])) {
                assert!(line.starts_with("-- ") || line.is_empty(), "{line}");
            }
        }
    }
}
