//! Statements: fills the slots of the files in `sql/`. The only Rust code that contains SQL text.

mod catalogue;
mod census;
mod export;
mod expression;
mod find;
mod forget;
mod grants;
pub(crate) mod preview;
mod samples;
mod scrub;
pub mod verify;

pub use catalogue::type_allows;
pub use catalogue::{IndexKey, check_allows, index_key, lock_for_reading, sample, value_search};

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
    assign, forget_record, lock, media, media_clear, media_judge, media_lock,
    media_referenced_objects, redact, redacted_left, replace, replaced_left, siblings,
};
pub(crate) use grants::{
    care_grants, connect_grant, engine_grants, ledger_grant, ledger_maintain_grant, ledger_revoke,
    schema_grant, schemas, scrub_grants, setting_grants, staging_grant,
};
pub use samples::{RowValues, combinations, null_row, original_rows, written_rows};
pub use scrub::analyze_parent;
pub use scrub::{drop_index, refresh, refresh_concurrently, reindex, rewrite, vacuum};
