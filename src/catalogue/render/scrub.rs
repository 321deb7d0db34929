//! What is done to a table, an index or a view below SQL.

use crate::postgres::name::TableName;
use crate::postgres::sql::{Slot, SqlFile, Statement, fill, sql_file};

fn about(file: SqlFile, slot: &str, relation: &TableName) -> Statement {
    fill(
        file,
        relation.plain(),
        &[(slot, Slot::Table(relation.clone()))],
    )
}

/// Removes dead row versions of a table beside a live system.
pub fn vacuum(table: &TableName) -> Statement {
    about(sql_file!("scrub/vacuum.sql"), "table", table)
}

/// Writes a table anew; nobody else uses it meanwhile.
pub fn rewrite(table: &TableName) -> Statement {
    about(sql_file!("scrub/rewrite.sql"), "table", table)
}

/// Makes the statistics of a partitioned table anew.
pub fn analyze_parent(table: &TableName) -> Statement {
    about(sql_file!("scrub/analyze.sql"), "table", table)
}

/// Makes an index anew beside a live system.
pub fn reindex(index: &TableName) -> Statement {
    about(sql_file!("scrub/reindex.sql"), "index", index)
}

/// Drops an index beside a live system.
pub fn drop_index(index: &TableName) -> Statement {
    about(sql_file!("scrub/drop_index.sql"), "index", index)
}

/// Refreshes a materialised view beside its readers.
pub fn refresh_concurrently(view: &TableName) -> Statement {
    about(sql_file!("scrub/refresh_concurrently.sql"), "view", view)
}

/// Refreshes a materialised view; nobody else reads it meanwhile.
pub fn refresh(view: &TableName) -> Statement {
    about(sql_file!("scrub/refresh.sql"), "view", view)
}
