//! Statements: fills the slots of the files in `sql/`. The only Rust code that contains SQL text.

mod catalogue;
mod census;
mod export;
mod expression;
mod find;
mod forget;
pub(crate) mod preview;
mod scrub;
pub mod verify;

pub use catalogue::type_allows;
pub use catalogue::{
    IndexKey, check_allows, database_grant, index_key, ledger_grants, read_grant, sample,
    schema_grant, scrub_grants, setting_grants, table_grants, value_search,
};

pub use census::counted;
pub use census::{
    CLEAN_UP_SHARDS, FORGET_STATEMENTS, INSTALL_STATEMENTS, Settable, drop_slot, drop_staging,
    orphaned_shards, search_statements, shown_statements, suppress_logging,
};

pub use export::{exclude_shared, export_rows, exportable, trace_part, trace_root};
pub use find::account_tree;
pub use find::{
    clients, count, exclude, found_index, found_table, held, match_column, record_table,
    short_codes,
};

pub use forget::{
    assign, forget_record, media, media_clear, media_lock, media_referenced_objects, media_uri,
    redact, replace, siblings,
};
pub use scrub::analyze_parent;
pub use scrub::{drop_index, refresh, refresh_concurrently, reindex, rewrite, vacuum};
