//! Certificates and their chains.

use chrono::{DateTime, Utc};

use crate::domain::identifier::{Ordinal, SubmissionId};
use crate::domain::level::Level;
use crate::ledger::receipts::{ChainEnd, chain_end};
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session, Value};

/// A certificate as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerCertificate {
    /// The first of its submission is 1.
    pub ordinal: Ordinal,
    pub content: String,
    /// The same to be read by people.
    pub page: String,
    pub operator_copy: String,
    pub published: bool,
}

/// The certificates of a submission, the first one first.
pub async fn certificates(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Vec<LedgerCertificate>, DatabaseError> {
    let statement = sql_file!("ledger/certificates.sql").into();
    let rows = session.query(&statement, &[&submission_id]).await?;
    let certificate = |row: &tokio_postgres::Row| LedgerCertificate {
        ordinal: row.get("ordinal"),
        content: row.get("content"),
        page: row.get("page"),
        operator_copy: row.get("operator_copy"),
        published: row.get("published"),
    };
    Ok(rows.iter().map(certificate).collect())
}

/// The end of a drop's chain of certificates, held until the caller's transaction ends.
pub async fn hold_certificate_chain(
    session: &Session,
    drop_name: &str,
) -> Result<Option<ChainEnd>, DatabaseError> {
    let statement = sql_file!("ledger/certificate_chain.sql").into();
    let row = session.query_opt(&statement, &[&drop_name]).await?;
    Ok(row.as_ref().map(chain_end))
}

/// Gives a certificate its place at the end of the chain that the caller's transaction holds; `hash` is the SHA-256 of its
/// content.
pub async fn add_certificate(
    session: &Session,
    submission_id: SubmissionId,
    end: &ChainEnd,
    level: Option<Level>,
    certificate: &LedgerCertificate,
    hash: &[u8; 32],
) -> Result<(), DatabaseError> {
    let (number, level) = (end.number + 1, level.map(Level::as_str));
    let values: [&dyn Value; 9] = [
        &submission_id,
        &certificate.ordinal,
        &end.chain,
        &number,
        &level,
        &certificate.content,
        &certificate.page,
        &certificate.operator_copy,
        &&hash[..],
    ];
    let statement = sql_file!("ledger/add_certificate.sql").into();
    session.execute(&statement, &values).await.map(drop)
}

/// Notes that a certificate is published.
pub async fn certificate_published(
    session: &Session,
    submission_id: SubmissionId,
    ordinal: Ordinal,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let statement = sql_file!("ledger/certificate_published.sql").into();
    let values: [&dyn Value; 3] = [&submission_id, &ordinal, &now];
    session.execute(&statement, &values).await.map(drop)
}

/// What a certificate tells of its submission, and its operator's copy of the server.
#[derive(Debug, Clone)]
pub struct CertificateFacts {
    pub answered_at: Option<DateTime<Utc>>,
    pub contacts: i64,
    /// Contacts that were answered with an error: of these nothing was erased.
    pub errors: i64,
    /// Whether the file could not be read, so that nothing of it was carried out.
    pub unreadable: bool,
    /// Whether it was of a case whose folder was purged, where nothing appears any more.
    pub folder_purged: bool,
    /// The content of its receipt.
    pub receipt: Option<String>,
    pub database: String,
    pub server: String,
}

/// Reads what a certificate tells, in the transaction that makes it.
pub async fn certificate_facts(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Option<CertificateFacts>, DatabaseError> {
    let statement = sql_file!("ledger/certificate_facts.sql").into();
    let row = session.query_opt(&statement, &[&submission_id]).await?;
    Ok(row.map(|row| CertificateFacts {
        answered_at: row.get("answered_at"),
        contacts: row.get("contacts"),
        errors: row.get("errors"),
        unreadable: row.get("unreadable"),
        folder_purged: row.get("folder_purged"),
        receipt: row.get("receipt"),
        database: row.get("database_name"),
        server: row.get("server_version"),
    }))
}

/// A FORGET that a scrub has something to say of.
#[derive(Debug, Clone)]
pub struct Certifiable {
    pub submission_id: SubmissionId,
    pub drop: String,
    pub file: String,
}

/// The FORGETs that changed some of these tables and whose last certificate does not say that all of this level is done.
pub async fn certifiable(
    session: &Session,
    tables: &[String],
    level: Level,
) -> Result<Vec<Certifiable>, DatabaseError> {
    let statement = sql_file!("ledger/certifiable.sql").into();
    let rows = session
        .query(&statement, &[&tables, &level.as_str()])
        .await?;
    let certifiable = |row: &tokio_postgres::Row| Certifiable {
        submission_id: row.get("submission_id"),
        drop: row.get("drop_name"),
        file: row.get("file_name"),
    };
    Ok(rows.iter().map(certifiable).collect())
}
