//! Receipts and their chains.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::submission::count_by_response;
use crate::domain::identifier::{ChainNumber, SubmissionId};
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};
use crate::proof::receipt::answer;

row! {
    /// A receipt as the ledger keeps it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct LedgerReceipt {
        pub(crate) content: String,
        pub(crate) operator_copy: String,
        /// How the execution logs that it covers are split.
        pub(crate) contacts_per_log: usize,
    }
}

/// Whether any receipt was ever made.
pub(crate) async fn receipts_made(session: &Session) -> Result<bool, DatabaseError> {
    Ok(any_made(session).await?.0.made)
}

row! {
    /// The end of a chain.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct ChainEnd {
        pub(crate) chain: String = "chain_id",
        /// The last one.
        pub(crate) number: ChainNumber,
        /// SHA-256 of the last one.
        pub(crate) head: Option<[u8; 32]>,
    }
}

/// What a receipt and its operator's copy say of a submission.
#[derive(Debug, Clone)]
pub(crate) struct ReceiptFacts {
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) begun_at: Option<DateTime<Utc>>,
    pub(crate) answered_at: Option<DateTime<Utc>>,
    /// Keyed digest of the submit file.
    pub(crate) digest: Option<[u8; 32]>,
    pub(crate) readable: bool,
    pub(crate) requests: u64,
    pub(crate) contacts: u64,
    /// Contacts by their answer, as receipts count them; a malformed request counts as one.
    pub(crate) answers: BTreeMap<String, u64>,
    pub(crate) begun_lsn: Option<String>,
    pub(crate) begun_xid: Option<String>,
    pub(crate) lsn: String,
    pub(crate) xid: String,
    /// The transactions that wrote answers: the lower 32 bits.
    pub(crate) transactions: Vec<i64>,
    pub(crate) database: String,
    pub(crate) server: String,
    /// The time by the clock of the server.
    pub(crate) server_clock: DateTime<Utc>,
}

/// Reads what a receipt says, in the transaction that makes it.
pub(crate) async fn receipt_facts(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Option<ReceiptFacts>, DatabaseError> {
    let Some(row) = facts(session, submission_id).await? else {
        return Ok(None);
    };
    let mut answers = BTreeMap::new();
    let mut errors = row.errors;
    for counted in count_by_response(session, submission_id).await? {
        *answers
            .entry(answer(&counted.response).to_owned())
            .or_default() += counted.contacts;
        if counted.response.starts_with("ERROR") {
            errors -= counted.contacts;
        }
    }
    if row.readable && errors > 0 {
        answers.insert("ERROR: malformed request".to_owned(), errors);
    }
    let transactions = list_transactions(session, submission_id).await?;
    Ok(Some(ReceiptFacts {
        received_at: row.received_at,
        begun_at: row.begun_at,
        answered_at: row.answered_at,
        digest: row.digest,
        readable: row.readable,
        requests: row.requests,
        contacts: row.contacts,
        answers,
        begun_lsn: row.begun_lsn,
        begun_xid: row.begun_xid,
        lsn: row.lsn,
        xid: row.xid,
        transactions: transactions.iter().map(|row| row.transaction).collect(),
        database: row.database_name,
        server: row.server_version,
        server_clock: row.server_clock,
    }))
}

/// The place of a receipt in its chain.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub(crate) chain: &'a str,
    pub(crate) number: ChainNumber,
    /// SHA-256 of its content.
    pub(crate) hash: &'a [u8; 32],
}

/// Adds a receipt at the end of the chain that the caller's transaction has locked.
pub(crate) async fn add_receipt(
    session: &Session,
    submission_id: SubmissionId,
    place: Place<'_>,
    receipt: &LedgerReceipt,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    add(
        session,
        submission_id,
        place.chain,
        place.number,
        &receipt.content,
        &receipt.operator_copy,
        receipt.contacts_per_log as i64,
        place.hash,
        now,
    )
    .await
}

row! {
    struct Facts {
        received_at: DateTime<Utc>,
        begun_at: Option<DateTime<Utc>>,
        answered_at: Option<DateTime<Utc>>,
        digest: Option<[u8; 32]>,
        contacts: u64,
        errors: u64,
        readable: bool,
        requests: u64,
        begun_lsn: Option<String>,
        begun_xid: Option<String>,
        lsn: String,
        xid: String,
        database_name: String,
        server_version: String,
        server_clock: DateTime<Utc>,
    }
}

row! {
    struct Transaction {
        transaction: i64,
    }
}

row! {
    struct Made {
        made: bool,
    }
}

queries! {
    /// The receipt of a submission; once it is made, the answers are final.
    pub(crate) fn receipt(submission_id: SubmissionId) -> Option<LedgerReceipt> = "ledger/receipt/find.sql";
    /// The end of a drop's chain, locked until the caller's transaction ends.
    pub(crate) fn hold_chain(drop_name: &str) -> Option<ChainEnd> = "ledger/receipt/lock_chain.sql";
    /// The ends of all chains.
    pub(crate) fn chains() -> Vec<ChainEnd> = "ledger/receipt/list_chain_ends.sql";
    fn any_made() -> One<Made> = "ledger/receipt/any_made.sql";
    fn facts(submission_id: SubmissionId) -> Option<Facts> = "ledger/receipt/facts.sql";
    fn list_transactions(submission_id: SubmissionId) -> Vec<Transaction> = "ledger/receipt/list_transactions.sql";
    #[expect(clippy::too_many_arguments, reason = "one for each parameter of the statement")]
    fn add(
        submission_id: SubmissionId, chain: &str, number: ChainNumber, content: &str, operator_copy: &str, contacts_per_log: i64,
        hash: &[u8], now: DateTime<Utc>,
    ) = "ledger/receipt/add.sql";
}
