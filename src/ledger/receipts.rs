//! Receipts and their chains.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::identifier::SubmissionId;
use crate::ledger::submissions::bytes32;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session, Value};
use crate::proof::receipt::answer;

/// A receipt as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerReceipt {
    pub content: String,
    pub operator_copy: String,
    /// How the execution logs are split that it vouches for.
    pub contacts_per_log: usize,
}

/// The receipt of a submission; with one its answers are final.
pub async fn receipt(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Option<LedgerReceipt>, DatabaseError> {
    let statement = sql_file!("ledger/receipt.sql").into();
    let row = session.query_opt(&statement, &[&submission_id]).await?;
    Ok(row.map(|row| LedgerReceipt {
        content: row.get("content"),
        operator_copy: row.get("operator_copy"),
        contacts_per_log: row.get::<_, i64>("contacts_per_log") as usize,
    }))
}

/// Whether any receipt was ever made.
pub async fn receipts_made(session: &Session) -> Result<bool, DatabaseError> {
    let statement = sql_file!("ledger/receipts_made.sql").into();
    let row = session.query_opt(&statement, &[]).await?;
    Ok(row.is_some_and(|row| row.get("made")))
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEnd {
    pub chain: String,
    /// Receipts so far.
    pub number: i64,
    /// SHA-256 of the last one.
    pub head: Option<[u8; 32]>,
}

/// The end of a drop's chain, held until the caller's transaction ends.
pub async fn hold_chain(
    session: &Session,
    drop_name: &str,
) -> Result<Option<ChainEnd>, DatabaseError> {
    let statement = sql_file!("ledger/receipt_chain.sql").into();
    let row = session.query_opt(&statement, &[&drop_name]).await?;
    Ok(row.as_ref().map(chain_end))
}

/// The ends of all chains.
pub async fn chains(session: &Session) -> Result<Vec<ChainEnd>, DatabaseError> {
    let statement = sql_file!("ledger/receipt_chains.sql").into();
    let rows = session.query(&statement, &[]).await?;
    Ok(rows.iter().map(chain_end).collect())
}

pub(super) fn chain_end(row: &tokio_postgres::Row) -> ChainEnd {
    ChainEnd {
        chain: row.get("chain_id"),
        number: row.get("number"),
        head: bytes32(row.get("head")),
    }
}

/// What a receipt and its operator's copy tell of a submission.
#[derive(Debug, Clone)]
pub struct ReceiptFacts {
    pub received_at: DateTime<Utc>,
    pub begun_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    /// Keyed digest of the submit file.
    pub digest: Option<[u8; 32]>,
    pub readable: bool,
    pub requests: u64,
    pub contacts: u64,
    /// Contacts by their answer, as receipts count them; a malformed request counts as one.
    pub answers: BTreeMap<String, u64>,
    pub begun_lsn: Option<String>,
    pub begun_xid: Option<String>,
    pub lsn: String,
    pub xid: String,
    /// The transactions that wrote answers: the lower 32 bits.
    pub transactions: Vec<i64>,
    pub database: String,
    pub server: String,
}

/// Reads what a receipt tells, in the transaction that makes it.
pub async fn receipt_facts(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Option<ReceiptFacts>, DatabaseError> {
    let (facts, tally, transactions) = (
        sql_file!("ledger/receipt_facts.sql").into(),
        sql_file!("ledger/tally.sql").into(),
        sql_file!("ledger/receipt_transactions.sql").into(),
    );
    let values: [&dyn Value; 1] = [&submission_id];
    let Some(row) = session.query_opt(&facts, &values).await? else {
        return Ok(None);
    };
    let mut answers = BTreeMap::new();
    let mut errors = row.get::<_, i64>("errors") as u64;
    for counted in session.query(&tally, &values).await? {
        let response: &str = counted.get("response");
        let contacts = counted.get::<_, i64>("contacts") as u64;
        *answers.entry(answer(response).to_owned()).or_default() += contacts;
        if response.starts_with("ERROR") {
            errors -= contacts;
        }
    }
    let readable: bool = row.get("readable");
    if readable && errors > 0 {
        answers.insert("ERROR: malformed request".to_owned(), errors);
    }
    let transactions = session.query(&transactions, &values).await?;
    let number = |column: &str| row.get::<_, i64>(column) as u64;
    Ok(Some(ReceiptFacts {
        received_at: row.get("received_at"),
        begun_at: row.get("begun_at"),
        answered_at: row.get("answered_at"),
        digest: bytes32(row.get("digest")),
        readable,
        requests: number("requests"),
        contacts: number("contacts"),
        answers,
        begun_lsn: row.get("begun_lsn"),
        begun_xid: row.get("begun_xid"),
        lsn: row.get("lsn"),
        xid: row.get("xid"),
        transactions: transactions.iter().map(|row| row.get(0)).collect(),
        database: row.get("database_name"),
        server: row.get("server_version"),
    }))
}

/// Where a receipt stands in its chain.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub chain: &'a str,
    pub number: i64,
    /// SHA-256 of its content.
    pub hash: &'a [u8; 32],
}

/// Gives a receipt its place at the end of the chain that the caller's transaction holds.
pub async fn add_receipt(
    session: &Session,
    submission_id: SubmissionId,
    place: Place<'_>,
    receipt: &LedgerReceipt,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let contacts_per_log = receipt.contacts_per_log as i64;
    let values: [&dyn Value; 8] = [
        &submission_id,
        &place.chain,
        &place.number,
        &receipt.content,
        &receipt.operator_copy,
        &contacts_per_log,
        &&place.hash[..],
        &now,
    ];
    session
        .execute(&sql_file!("ledger/add_receipt.sql").into(), &values)
        .await
        .map(drop)
}
