//! Removing what was deleted or replaced from the pages of the ledger's tables.

use crate::catalogue::render;
use crate::postgres::name::TableName;
use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

/// The tables from which a purge deletes.
pub(crate) const PURGED: [&str; 10] = [
    "care_case",
    "case_approval",
    "case_file",
    "contact",
    "duplicate",
    "found_client",
    "media",
    "request",
    "result",
    "submission",
];

/// The tables with keys of digests, and approvals, which had some before version 18.
pub(crate) const WITH_KEYS: [&str; 5] = [
    "case_approval",
    "case_file",
    "duplicate",
    "media",
    "submission",
];

/// Vacuums tables of the ledger. Returns those that were not vacuumed: this role may not, or another session had them locked.
pub(crate) async fn vacuum(
    session: &Session,
    tables: &[&str],
) -> Result<Vec<String>, DatabaseError> {
    let mut left = Vec::new();
    for table in vacuumed_tables(session, tables).await? {
        if !table.may {
            left.push(table.table_name);
            continue;
        }
        let name = TableName::new("lethe", table.table_name.clone());
        match session.run(&render::vacuum(&name)).await {
            Ok(()) => {}
            Err(error) if error.is_lost_connection() => return Err(error),
            Err(error) => {
                tracing::info!(table = table.table_name, %error, "cannot vacuum");
                left.push(table.table_name);
            }
        }
    }
    Ok(left)
}

row! {
    /// A table of the ledger.
    struct VacuumedTable {
        table_name: String,
        /// Whether this role may vacuum it.
        may: bool,
    }
}

queries! {
    fn vacuumed_tables(tables: &[&str]) -> Vec<VacuumedTable> = "ledger/vacuum/tables.sql";
}
