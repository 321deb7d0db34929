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

pub use catalogue::{Heirs, check_allows, lock_for_reading, sample, search_rows};
pub(crate) use catalogue::{IndexKey, index_key};
pub use catalogue::{form_sample, type_allows};

pub use census::counted;
pub(crate) use census::{
    CLEAN_UP_SHARDS, FORGET_STATEMENTS, INSTALL_STATEMENTS, Settable, drop_slot, drop_staging,
    suppress_logging,
};
pub use census::{orphaned_shards, search_statements, shown_statements};

pub(crate) use export::{exclude_shared, export_rows, exportable};
pub use export::{trace_part, trace_root};
pub(crate) use find::account_tree;
pub use find::changed;
pub use find::{clients, count, held, record_table, short_codes};
pub(crate) use find::{exclude, found_index, found_table, match_column, match_sighted, sight};

pub(crate) use forget::{
    assign, forget_record, media_clear, media_judge, media_lock, media_referenced_objects,
    redacted_left, replaced_left,
};
pub use forget::{lock, media, placeholders, redact, replace, siblings};
pub(crate) use grants::{
    care_grants, connect_grant, engine_grants, ledger_grant, ledger_maintain_grant, ledger_revoke,
    schema_grant, schemas, scrub_grants, setting_grants, staging_grant,
};
pub use samples::written_rows;
pub(crate) use samples::{RowValues, combinations, null_row, original_rows};
pub use scrub::analyze_parent;
pub use scrub::{drop_index, refresh, refresh_concurrently, reindex, rewrite, vacuum};
