//! Certificates and their chains.

use chrono::{DateTime, Utc};

use super::receipt::ChainEnd;
use crate::domain::clock::ClockSource;
use crate::domain::file_name::FileName;
use crate::domain::identifier::{ChainNumber, Ordinal, SubmissionId};
use crate::domain::level::Level;
use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

row! {
    /// A certificate as the ledger keeps it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct LedgerCertificate {
        pub(crate) ordinal: Ordinal,
        pub(crate) content: String,
        /// The same as a page for people.
        pub(crate) page: String,
        pub(crate) operator_copy: String,
        pub(crate) published: bool,
    }
}

/// Adds a certificate at the end of the chain that the caller's transaction has locked; `hash` is the SHA-256 of its
/// content.
pub(crate) async fn add_certificate(
    session: &Session,
    submission_id: SubmissionId,
    end: &ChainEnd,
    level: Option<Level>,
    certificate: &LedgerCertificate,
    hash: &[u8; 32],
) -> Result<(), DatabaseError> {
    add(
        session,
        submission_id,
        certificate.ordinal,
        &end.chain,
        end.number.next(),
        level,
        &certificate.content,
        &certificate.page,
        &certificate.operator_copy,
        hash,
    )
    .await
}

row! {
    /// What a certificate says of its submission, and its operator's copy of the server.
    #[derive(Debug, Clone)]
    pub(crate) struct CertificateFacts {
        pub(crate) answered_at: Option<DateTime<Utc>>,
        pub(crate) contacts: i64,
        /// Contacts that were answered with an error: nothing of these was erased.
        pub(crate) errors: i64,
        /// Whether the file could not be read, so that none of it was processed.
        pub(crate) unreadable: bool,
        /// Whether its case's folder was purged, so that nothing is published there any more.
        pub(crate) folder_purged: bool,
        /// The content of its receipt.
        pub(crate) receipt: Option<String>,
        pub(crate) database: String = "database_name",
        pub(crate) server: String = "server_version",
        /// The time by the clock of the server.
        pub(crate) server_clock: DateTime<Utc>,
        /// Which clock the times of the submission are by.
        pub(crate) clock: ClockSource = "clock_source",
    }
}

row! {
    /// A FORGET whose certificate a scrub makes or renews.
    #[derive(Debug, Clone)]
    pub(crate) struct Certifiable {
        pub(crate) submission_id: SubmissionId,
        pub(crate) drop: String = "drop_name",
        pub(crate) file: FileName = "file_name",
    }
}

/// The FORGETs that changed some of these tables and whose last certificate does not state this level.
pub(crate) async fn certifiable(
    session: &Session,
    tables: &[String],
    level: Level,
) -> Result<Vec<Certifiable>, DatabaseError> {
    list_certifiable(session, tables, level).await
}

queries! {
    /// The certificates of a submission, the first one first.
    pub(crate) fn certificates(submission_id: SubmissionId) -> Vec<LedgerCertificate> = "ledger/certificate/list.sql";
    /// The end of a drop's chain of certificates, locked until the caller's transaction ends.
    pub(crate) fn hold_certificate_chain(drop_name: &str) -> Option<ChainEnd> = "ledger/certificate/lock_chain.sql";
    /// Records that a certificate is published.
    pub(crate) fn certificate_published(
        submission_id: SubmissionId, ordinal: Ordinal, now: DateTime<Utc>,
    ) = "ledger/certificate/mark_published.sql";
    /// Reads what a certificate says, in the transaction that makes it.
    pub(crate) fn certificate_facts(submission_id: SubmissionId) -> Option<CertificateFacts> = "ledger/certificate/facts.sql";
    fn list_certifiable(tables: &[String], level: Level) -> Vec<Certifiable>
        = "ledger/certificate/list_certifiable_submissions.sql";
    #[expect(clippy::too_many_arguments, reason = "one for each parameter of the statement")]
    fn add(
        submission_id: SubmissionId, ordinal: Ordinal, chain: &str, number: ChainNumber, level: Option<Level>, content: &str,
        page: &str, operator_copy: &str, hash: &[u8],
    ) = "ledger/certificate/add.sql";
}
