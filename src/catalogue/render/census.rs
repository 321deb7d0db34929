//! Census: queries of extensions, in whichever schema they are installed, and statements for the DBA to run.

use crate::postgres::name::{Ident, Literal, TableName};
use crate::postgres::sql::{Fragment, Slot, SqlFile, Statement, fill, sql_file};

fn of(file: SqlFile, slot: &str, sql: String) -> Statement {
    let about = String::new();
    fill(file, about, &[(slot, Slot::Fragment(Fragment(sql)))])
}

/// Counts dead row versions with pgstattuple, installed in `schema`.
pub fn counted(schema: &Ident) -> Statement {
    let counting = format!("{schema}.pgstattuple_approx($1::pg_catalog.oid::pg_catalog.regclass)");
    of(sql_file!("census/count_dead.sql"), "counting", counting)
}

/// Searches the statements of pg_stat_statements, installed in `schema`.
pub fn search_statements(schema: &Ident) -> Statement {
    // The function of the extension, not the view over it.
    let statements = format!("{schema}.pg_stat_statements(true::boolean)");
    of(
        sql_file!("census/search_statements.sql"),
        "statements",
        statements,
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

/// Counts orphaned shards that Citus has not removed yet.
pub fn orphaned_shards() -> Statement {
    let table = TableName::new("pg_catalog", "pg_dist_cleanup").to_string();
    of(sql_file!("census/shards.sql"), "cleanup", table)
}

/// Installs pg_stat_statements. For a DBA to run; Lethe does not.
pub(crate) const INSTALL_STATEMENTS: &str = "CREATE EXTENSION pg_stat_statements;";
/// Removes shards that Citus left behind. For a DBA to run; Lethe does not.
pub(crate) const CLEAN_UP_SHARDS: &str = "CALL citus_cleanup_orphaned_resources()";
/// Discards what pg_stat_statements collected. For a DBA to run; Lethe does not.
pub(crate) const FORGET_STATEMENTS: &str = "SELECT pg_stat_statements_reset();";

/// How a role can get a setting that only superusers may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settable {
    /// By GRANT SET ON PARAMETER: PostgreSQL 15 and later.
    ByGrant,
    BySuperuser,
}

/// Lets a role change a setting, or changes it for the role. For a DBA to run.
pub(crate) fn suppress_logging(
    role: &Ident,
    name: &str,
    value: &str,
    settable: Settable,
) -> String {
    match settable {
        Settable::ByGrant => format!("GRANT SET ON PARAMETER {name} TO {role};"),
        Settable::BySuperuser => format!("ALTER ROLE {role} SET {name} = {};", Literal::new(value)),
    }
}

/// Drops a replication slot, for a DBA to run.
pub(crate) fn drop_slot(name: &str) -> String {
    format!("SELECT pg_drop_replication_slot({});", Literal::new(name))
}

/// Drops a schema of temporary tables, for a DBA to run.
pub(crate) fn drop_staging(schema: &Ident) -> String {
    format!("DROP SCHEMA {schema} CASCADE;")
}
