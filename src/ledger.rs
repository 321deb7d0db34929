//! The ledger: the progress and the results of each submission, request and contact (contract sections 7 and 10).
//!
//! It holds no device, no person and no hash of one; digests are keyed per submission, the keys are sealed under a secret
//! outside the database, and purge deletes them.

mod answer;
mod case;
mod certificate;
mod control;
mod history;
mod lock;
mod media;
mod plan_key;
mod policy;
mod purge;
mod receipt;
mod rights;
mod schema;
mod seal;
mod secret;
mod state;
mod submission;
mod trace;
mod vacuum;
mod words;

use crate::postgres::declared::{Kind, declarations};
use crate::postgres::sql::SqlFile;

pub use answer::Responses;
pub use answer::{Answer, Answers, add_table_counts, note_relations, responses};
pub use case::{
    Approval, ApprovedContent, CaseAnswer, CaseFile, CaseMedia, CaseRow, CaseSubmission,
    add_case_file, approval, approve, case, case_answers, case_files, case_media, case_submissions,
    cases, database_user, open_case, withdraw_case_file,
};
pub use certificate::{
    Certifiable, CertificateFacts, LedgerCertificate, add_certificate, certifiable,
    certificate_facts, certificate_published, certificates, hold_certificate_chain,
};
pub use control::{Named, PendingControl, named, pending_control, set_pending_control};
pub use history::{HistoryFilter, HistoryRow, NotRun, history, not_run};
pub(crate) use lock::{
    Holder, holder, lock, lock_scrub, lock_worker, scrub_holder, unlock, unlock_scrub,
    unlock_worker,
};
pub use media::{
    MediaRow, OpenMedia, WaitingMedia, WaitingObjects, add_media, answer_media, late_media,
    media_done, media_failed, media_left, media_rows, open_media, waiting_media,
};
pub use plan_key::{plan_key, renew_plan_key};
pub(crate) use policy::{Policy, change_policy, policy};
pub use purge::{
    Purgeable, case_has_work, forget_keys, old_approvals, purge_approval, purge_case, purgeable,
    purgeable_drops, purged_cases,
};
pub use receipt::{
    ChainEnd, LedgerReceipt, Place, ReceiptFacts, add_receipt, chains, hold_chain, receipt,
    receipt_facts, receipts_made,
};
pub(crate) use rights::{Right, RoleRights, has_rights, rights, role_rights};
pub use schema::{Installed, MigrateError, Migrated, Schema, spool_name};
pub(crate) use schema::{installed, migrate, owner};
pub(crate) use seal::{UnsealedKey, replace_key, unsealed_keys};
pub use secret::{DrawnKey, KeyedDigest, SealedKey, SecretId};
pub(crate) use secret::{KeyParts, Secret, parse_secrets, render_secrets};
pub use state::State;
pub use submission::{
    Begun, Duplicate, Known, LedgerRequest, OpenSubmission, ProgressRow, RequiredApproval,
    ResultFile, SubmissionRow, add_duplicate, answer_duplicate, answered, begin, claim, complete,
    duplicates, known, known_all, left_over, note_published, note_result, open_submissions,
    progress, restart_export, results, row, set_digest, withdraw,
};
pub(crate) use submission::{clock_source, mark_rehearsal};
pub use trace::{FoundClient, Trace, Traced, found_clients, keep_found_clients, traced, verified};
pub(crate) use vacuum::{PURGED, WITH_KEYS, vacuum};

/// What a run reads from the ledger and writes to it, for DBAs to review, by aggregate; without installation, history,
/// purging and vacuuming.
pub(crate) fn statements() -> impl Iterator<Item = SqlFile> {
    let asides = [
        "ledger/migrate/",
        "ledger/history/",
        "ledger/purge/",
        "ledger/policy/change",
        "ledger/vacuum/",
    ];
    declarations()
        .into_iter()
        .filter(|declared| declared.kind != Kind::Command)
        .map(|declared| declared.file)
        .filter(move |file| {
            file.path.starts_with("ledger/")
                && !asides.iter().any(|aside| file.path.starts_with(aside))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_of_a_run_include_its_look_at_the_schema() {
        let of_schema: Vec<&str> = statements()
            .filter_map(|file| file.path.strip_prefix("ledger/schema/"))
            .collect();
        assert_eq!(
            of_schema,
            [
                "foreign_objects.sql",
                "is_installed.sql",
                "spool_name.sql",
                "version.sql"
            ]
        );
    }
}
