//! Scrub: maintenance of tables, indexes and materialised views.

use crate::postgres::declared::commands;
use crate::postgres::name::TableName;
use crate::postgres::sql::{Slot, SqlFile, Statement, fill};

commands! {
    VACUUM = "scrub/vacuum.sql";
    REWRITE = "scrub/rewrite.sql";
    ANALYZE = "scrub/analyze.sql";
    REINDEX = "scrub/reindex.sql";
    DROP_INDEX = "scrub/drop_index.sql";
    REFRESH_CONCURRENTLY = "scrub/refresh_concurrently.sql";
    REFRESH = "scrub/refresh.sql";
}

fn about(file: SqlFile, slot: &str, relation: &TableName) -> Statement {
    fill(
        file,
        relation.plain(),
        &[(slot, Slot::Table(relation.clone()))],
    )
}

/// Removes dead row versions of a table without locking out readers or writers.
pub fn vacuum(table: &TableName) -> Statement {
    about(VACUUM, "table", table)
}

/// Rewrites a table under an exclusive lock.
pub fn rewrite(table: &TableName) -> Statement {
    about(REWRITE, "table", table)
}

/// Collects the statistics of a partitioned table.
pub fn analyze_parent(table: &TableName) -> Statement {
    about(ANALYZE, "table", table)
}

/// Rebuilds an index without locking out writers.
pub fn reindex(index: &TableName) -> Statement {
    about(REINDEX, "index", index)
}

/// Drops an index without locking out readers or writers.
pub fn drop_index(index: &TableName) -> Statement {
    about(DROP_INDEX, "index", index)
}

/// Refreshes a materialised view without locking out readers.
pub fn refresh_concurrently(view: &TableName) -> Statement {
    about(REFRESH_CONCURRENTLY, "view", view)
}

/// Refreshes a materialised view under an exclusive lock.
pub fn refresh(view: &TableName) -> Statement {
    about(REFRESH, "view", view)
}
