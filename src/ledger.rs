//! The ledger: what became of each submission, request and contact (contract sections 7 and 10).
//!
//! No device, no person and no hash of one stands here; digests are keyed per submission, and purge removes the keys.

mod answers;
mod history;
mod migrations;
mod purge;
mod submissions;

pub use answers::{
    Answer, Answers, MediaRow, Responses, add_media, add_table_counts, late_media, media_done,
    media_failed, media_rows, open_media, refuse_media, responses,
};
pub use history::{HistoryFilter, HistoryRow, history};
pub use migrations::{MigrateError, Migrated, Schema, installed, migrate, spool_name};
pub use purge::{Purgeable, forget_keys, purgeable, purgeable_drops};
pub use submissions::{
    Duplicate, Known, LedgerRequest, ResultFile, State, SubmissionRow, add_duplicate,
    answer_duplicate, answered, begin, claim, complete, duplicates, known, lock, note_result,
    open_submissions, restart_export, results, row, set_digest, unlock, withdraw,
};
