//! Statements: the files of `sql/` with their slots filled. The only place where SQL text is put together.
//!
//! A file in `sql/` is valid SQL as it stands; a slot is a comment around a sample: `/* table */ contact /* end */`.
//! Slots are filled with a closed set of types, so no value of a submission and no name from elsewhere can enter.

mod catalogue;
mod census;
mod export;
mod expression;
mod find;
mod forget;
pub mod preview;
mod scrub;
pub mod verify;

pub use catalogue::{
    IndexKey, check_allows, database_grant, index_key, ledger_grants, read_grant, sample,
    schema_grant, scrub_grants, setting_grants, table_grants, type_allows, value_search,
};
pub use census::{
    FORGET_STATEMENTS, INSTALL_STATEMENTS, Settable, counted, drop_slot, drop_staging,
    orphaned_shards, quieten, search_statements, shown_statements,
};
pub use export::{exclude_shared, export_rows, exportable, trace_part, trace_root};
pub use find::{
    account_tree, clients, count, exclude, found_index, found_table, held, match_column,
    record_table, short_codes,
};
pub use forget::{
    assign, forget_record, media, media_clear, media_lock, media_named, media_uri, redact, replace,
    siblings,
};
pub use scrub::{
    analyze_parent, drop_index, refresh, refresh_concurrently, reindex, rewrite, vacuum,
};
