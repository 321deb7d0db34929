//! What is asked of extensions, wherever they are installed.

use crate::postgres::name::{Ident, Literal, TableName};
use crate::postgres::sql::{Fragment, Slot, SqlFile, Statement, fill, sql_file};

fn of(file: SqlFile, slot: &str, sql: String) -> Statement {
    let about = String::new();
    fill(file, about, &[(slot, Slot::Fragment(Fragment(sql)))])
}

/// Counts dead row versions with pgstattuple, which is in a schema.
pub fn counted(schema: &Ident) -> Statement {
    let counting = format!("{schema}.pgstattuple_approx($1::oid::regclass)");
    of(sql_file!("census/count_dead.sql"), "counting", counting)
}

/// Searches the statements of pg_stat_statements, which is in a schema.
pub fn search_statements(schema: &Ident) -> Statement {
    let view = format!("{schema}.pg_stat_statements");
    of(
        sql_file!("census/search_statements.sql"),
        "statements",
        view,
    )
}

/// Searches the last statements of sessions.
pub fn shown_statements() -> Statement {
    let view = TableName::new("pg_catalog", "pg_stat_activity").to_string();
    of(
        sql_file!("census/search_statements.sql"),
        "statements",
        view,
    )
}

/// Counts shards that Citus has still to remove.
pub fn orphaned_shards() -> Statement {
    let table = TableName::new("pg_catalog", "pg_dist_cleanup").to_string();
    of(sql_file!("census/shards.sql"), "cleanup", table)
}

/// What a DBA runs to end what a census found; Lethe never does.
pub const INSTALL_STATEMENTS: &str = "CREATE EXTENSION pg_stat_statements;";
/// The same.
pub const FORGET_STATEMENTS: &str = "SELECT pg_stat_statements_reset();";

/// How a role gets a setting that is not its to set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settable {
    /// By the right to SET it: PostgreSQL 15 and later.
    ByRight,
    BySuperuser,
}

/// Lets a role set a setting, for a DBA to run; with the right of PostgreSQL 15 where that can be given.
pub fn quieten(role: &Ident, name: &str, value: &str, right: Settable) -> String {
    match right {
        Settable::ByRight => format!("GRANT SET ON PARAMETER {name} TO {role};"),
        Settable::BySuperuser => format!("ALTER ROLE {role} SET {name} = {};", Literal::new(value)),
    }
}

/// Drops a replication slot, for a DBA to run.
pub fn drop_slot(name: &str) -> String {
    format!("SELECT pg_drop_replication_slot({});", Literal::new(name))
}

/// Drops a schema of temporary tables, for a DBA to run.
pub fn drop_staging(schema: &Ident) -> String {
    format!("DROP SCHEMA {schema} CASCADE;")
}
