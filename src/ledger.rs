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
pub use answer::{Answer, Answers, responses};
pub(crate) use answer::{add_table_counts, note_relations};
pub(crate) use case::{
    Approval, ApprovedContent, CaseAnswer, CaseFile, CaseMedia, CaseRow, CaseSubmission,
    add_case_file, case_answers, case_files, case_media, case_submissions, withdraw_case_file,
};
pub(crate) use case::{approval, case, cases};
pub use case::{approve, database_user, open_case};
pub(crate) use certificate::certificates;
pub(crate) use certificate::{
    Certifiable, CertificateFacts, LedgerCertificate, add_certificate, certifiable,
    certificate_facts, certificate_published, hold_certificate_chain,
};
pub(crate) use control::named;
pub(crate) use control::{Named, PendingControl, pending_control, set_pending_control};
pub(crate) use history::{HistoryFilter, HistoryRow, NotRun};
pub(crate) use history::{history, not_run};
pub(crate) use lock::{
    Holder, holder, lock, lock_scrub, lock_worker, scrub_holder, unlock, unlock_scrub,
    unlock_worker,
};
pub(crate) use media::{
    MediaRow, WaitingMedia, add_media, answer_media, late_media, media_done, media_failed,
    media_left, media_rows, open_media, waiting_media,
};
pub use plan_key::plan_key;
pub(crate) use plan_key::renew_plan_key;
pub(crate) use policy::{Policy, change_policy, policy};
pub(crate) use purge::{
    Purgeable, case_has_work, forget_keys, old_approvals, purge_approval, purge_case, purgeable,
    purgeable_drops, purged_cases,
};
pub use receipt::Place;
pub(crate) use receipt::{
    ChainEnd, LedgerReceipt, ReceiptFacts, add_receipt, hold_chain, receipt_facts, receipts_made,
};
pub(crate) use receipt::{chains, receipt};
pub(crate) use rights::{Right, RoleRights, has_rights, rights, role_rights};
pub use schema::Schema;
pub(crate) use schema::{Installed, MigrateError, Migrated, spool_name};
pub(crate) use schema::{installed, migrate, owner};
pub(crate) use seal::{UnsealedKey, replace_key, unsealed_keys};
pub(crate) use secret::{DrawnKey, KeyedDigest, SealedKey, SecretId};
pub(crate) use secret::{KeyParts, Secret, parse_secrets, render_secrets};
pub use state::State;
pub(crate) use submission::{
    Begun, Known, LedgerRequest, OpenSubmission, ProgressRow, RequiredApproval, add_duplicate,
    answer_duplicate, known_all, left_over, note_published, note_result, open_submissions,
    restart_export,
};
pub use submission::{answered, begin, claim, complete, progress, row, set_digest, withdraw};
pub(crate) use submission::{clock_source, mark_rehearsal};
pub(crate) use submission::{duplicates, known, results};
pub(crate) use trace::{FoundClient, Traced, found_clients, keep_found_clients};
pub use trace::{Trace, traced, verified};
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
