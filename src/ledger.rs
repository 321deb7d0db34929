//! The ledger: what became of each submission, request and contact (contract sections 7 and 10).
//!
//! No device, no person and no hash of one stands here; digests are keyed per submission, and purge removes the keys.

mod answers;
mod cases;
mod certificates;
mod control;
mod history;
mod migrations;
mod plan_key;
mod purge;
mod receipts;
mod submissions;
mod traces;

use crate::postgres::sql::{SqlFile, sql_file};

pub use answers::{
    Answer, Answers, MediaRow, OpenMedia, Responses, WaitingMedia, WaitingObjects, add_media,
    add_table_counts, answer_media, late_media, media_done, media_failed, media_left, media_rows,
    note_relations, open_media, responses, waiting_media,
};
pub use cases::{
    Approval, CaseAnswer, CaseFile, CaseMedia, CaseRow, CaseSubmission, add_case_file, approval,
    approve, case, case_answers, case_files, case_media, case_submissions, cases, database_user,
    open_case, withdraw_case_file,
};
pub use certificates::{
    Certifiable, CertificateFacts, LedgerCertificate, add_certificate, certifiable,
    certificate_facts, certificate_published, certificates, hold_certificate_chain,
};
pub use control::{Named, Wish, named, set_wish, wish};
pub use history::{HistoryFilter, HistoryRow, NotRun, history, not_run};
pub use migrations::{MigrateError, Migrated, Schema, installed, migrate, spool_name};
pub use plan_key::{plan_key, renew_plan_key};
pub use purge::{
    Purgeable, case_has_work, forget_keys, old_approvals, purge_approval, purge_case, purgeable,
    purgeable_drops, purged_cases,
};
pub use receipts::{
    ChainEnd, LedgerReceipt, Place, ReceiptFacts, add_receipt, chains, hold_chain, receipt,
    receipt_facts, receipts_made,
};
pub use submissions::{
    Duplicate, Known, LedgerRequest, OpenSubmission, ProgressRow, ResultFile, State, SubmissionRow,
    add_duplicate, answer_duplicate, answered, begin, claim, complete, duplicates, known,
    known_all, left_over, lock, lock_worker, note_published, note_result, open_submissions,
    progress, restart_export, results, row, set_digest, unlock, unlock_worker, withdraw,
};
pub use traces::{FoundClient, Trace, Traced, found_clients, keep_found_clients, traced, verified};

/// What a run asks of the ledger and writes into it, for DBAs to read; installing it, its history and purging aside.
pub const STATEMENTS: [SqlFile; 70] = [
    sql_file!("ledger/accept_media.sql"),
    sql_file!("ledger/add_case_file.sql"),
    sql_file!("ledger/add_certificate.sql"),
    sql_file!("ledger/add_duplicate.sql"),
    sql_file!("ledger/add_receipt.sql"),
    sql_file!("ledger/add_table_counts.sql"),
    sql_file!("ledger/answer_duplicate.sql"),
    sql_file!("ledger/answered.sql"),
    sql_file!("ledger/approval.sql"),
    sql_file!("ledger/approve.sql"),
    sql_file!("ledger/begin.sql"),
    sql_file!("ledger/case_answers.sql"),
    sql_file!("ledger/case_files.sql"),
    sql_file!("ledger/case_media.sql"),
    sql_file!("ledger/case_submissions.sql"),
    sql_file!("ledger/cases.sql"),
    sql_file!("ledger/certifiable.sql"),
    sql_file!("ledger/certificate_chain.sql"),
    sql_file!("ledger/certificate_facts.sql"),
    sql_file!("ledger/certificate_published.sql"),
    sql_file!("ledger/certificates.sql"),
    sql_file!("ledger/claim.sql"),
    sql_file!("ledger/clear_answers.sql"),
    sql_file!("ledger/clear_table_counts.sql"),
    sql_file!("ledger/complete.sql"),
    sql_file!("ledger/copy_contact.sql"),
    sql_file!("ledger/copy_found_client.sql"),
    sql_file!("ledger/copy_media.sql"),
    sql_file!("ledger/copy_request.sql"),
    sql_file!("ledger/duplicates.sql"),
    sql_file!("ledger/installed.sql"),
    sql_file!("ledger/known.sql"),
    sql_file!("ledger/known_all.sql"),
    sql_file!("ledger/late_media.sql"),
    sql_file!("ledger/left_over.sql"),
    sql_file!("ledger/lock.sql"),
    sql_file!("ledger/lock_worker.sql"),
    sql_file!("ledger/media.sql"),
    sql_file!("ledger/media_done.sql"),
    sql_file!("ledger/media_failed.sql"),
    sql_file!("ledger/note_relations.sql"),
    sql_file!("ledger/note_result.sql"),
    sql_file!("ledger/open.sql"),
    sql_file!("ledger/open_case.sql"),
    sql_file!("ledger/open_media.sql"),
    sql_file!("ledger/plan_key.sql"),
    sql_file!("ledger/progress.sql"),
    sql_file!("ledger/receipt.sql"),
    sql_file!("ledger/receipt_chain.sql"),
    sql_file!("ledger/receipt_facts.sql"),
    sql_file!("ledger/receipt_transactions.sql"),
    sql_file!("ledger/receipts_made.sql"),
    sql_file!("ledger/refuse_media.sql"),
    sql_file!("ledger/responses.sql"),
    sql_file!("ledger/results.sql"),
    sql_file!("ledger/resume.sql"),
    sql_file!("ledger/row.sql"),
    sql_file!("ledger/set_digest.sql"),
    sql_file!("ledger/spool_name.sql"),
    sql_file!("ledger/table_counts.sql"),
    sql_file!("ledger/tally.sql"),
    sql_file!("ledger/unlock.sql"),
    sql_file!("ledger/unlock_worker.sql"),
    sql_file!("ledger/update_contact.sql"),
    sql_file!("ledger/waiting_media.sql"),
    sql_file!("ledger/whoami.sql"),
    sql_file!("ledger/wish.sql"),
    sql_file!("ledger/withdraw.sql"),
    sql_file!("ledger/withdraw_case_file.sql"),
    sql_file!("ledger/workers.sql"),
];
