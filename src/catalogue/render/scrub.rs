//! Scrub: maintenance of tables, indexes and materialised views.

use crate::postgres::name::TableName;
use crate::postgres::sql::{Slot, SqlFile, Statement, fill, sql_file};

fn about(file: SqlFile, slot: &str, relation: &TableName) -> Statement {
    fill(
        file,
        relation.plain(),
        &[(slot, Slot::Table(relation.clone()))],
    )
}

/// Removes dead row versions of a table without locking out readers or writers.
pub fn vacuum(table: &TableName) -> Statement {
    about(sql_file!("scrub/vacuum.sql"), "table", table)
}

/// Rewrites a table under an exclusive lock.
pub fn rewrite(table: &TableName) -> Statement {
    about(sql_file!("scrub/rewrite.sql"), "table", table)
}

/// Collects the statistics of a partitioned table.
pub fn analyze_parent(table: &TableName) -> Statement {
    about(sql_file!("scrub/analyze.sql"), "table", table)
}

/// Rebuilds an index without locking out writers.
pub fn reindex(index: &TableName) -> Statement {
    about(sql_file!("scrub/reindex.sql"), "index", index)
}

/// Drops an index without locking out readers or writers.
pub fn drop_index(index: &TableName) -> Statement {
    about(sql_file!("scrub/drop_index.sql"), "index", index)
}

/// Refreshes a materialised view without locking out readers.
pub fn refresh_concurrently(view: &TableName) -> Statement {
    about(sql_file!("scrub/refresh_concurrently.sql"), "view", view)
}

/// Refreshes a materialised view under an exclusive lock.
pub fn refresh(view: &TableName) -> Statement {
    about(sql_file!("scrub/refresh.sql"), "view", view)
}
