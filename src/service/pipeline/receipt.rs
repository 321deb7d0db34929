//! Receipts: made once for each submission, in the transaction that appends them to the chain of the drop, and published
//! from the ledger.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::domain::clock::second_of;
use crate::ledger::{self, LedgerReceipt, Place, ReceiptFacts};
use crate::postgres::fault::point;
use crate::proof::receipt::{
    self, DIGESTS, FORMAT, OperatorCopy, Receipt, SigningKey, Times, Transactions, Wal,
};
use crate::service::pipeline::context::{SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;
use crate::service::pipeline::publish::Logs;

impl SubmissionContext<'_> {
    /// The receipt of a submission whose answers are complete. An existing one is used, if it vouches for these logs. `None` without a key.
    pub(super) async fn receipt(
        &self,
        taken: &TakenSubmission,
        logs: &Logs<'_>,
        made: Option<LedgerReceipt>,
    ) -> Result<Option<LedgerReceipt>, PipelineError> {
        let (None, None) = (&made, &self.stores.receipts.key) else {
            let digests = self.log_digests(taken, logs)?;
            return match (made, &self.stores.receipts.key) {
                (Some(made), _) => vouches(&made, &digests).map(|()| Some(made)),
                (None, Some(key)) => self.make_receipt(taken, logs, key, digests).await.map(Some),
                (None, None) => Ok(None),
            };
        };
        Ok(None)
    }

    /// Keyed digests of the execution logs, by their names.
    fn log_digests(
        &self,
        taken: &TakenSubmission,
        logs: &Logs<'_>,
    ) -> Result<BTreeMap<String, String>, PipelineError> {
        let mut digests = BTreeMap::new();
        for number in 0..logs.len() {
            let mac = Hmac::new_from_slice(&taken.key).expect("HMAC takes keys of any length");
            let mut digested = Digested(mac);
            logs.write(number, &mut digested)
                .map_err(PipelineError::Log)?;
            let digest = HEXLOWER.encode(&digested.0.finalize().into_bytes());
            digests.insert(taken.name.execution_log(number as u32 + 1), digest);
        }
        Ok(digests)
    }

    async fn make_receipt(
        &self,
        taken: &TakenSubmission,
        logs: &Logs<'_>,
        key: &SigningKey,
        files: BTreeMap<String, String>,
    ) -> Result<LedgerReceipt, PipelineError> {
        self.session.begin().await?;
        match self.place_receipt(taken, logs, key, files).await {
            Ok(receipt) => {
                self.session.commit().await?;
                point!(self.session, "receipt.committed");
                Ok(receipt)
            }
            Err(error) => {
                // The first error says more than that of a lost session.
                let _ = self.session.rollback().await;
                Err(error)
            }
        }
    }

    /// Makes the receipt and appends it to its chain; in the caller's transaction.
    async fn place_receipt(
        &self,
        taken: &TakenSubmission,
        logs: &Logs<'_>,
        key: &SigningKey,
        log_digests: BTreeMap<String, String>,
    ) -> Result<LedgerReceipt, PipelineError> {
        let id = taken.submission_id;
        let chain_name = receipt::chain_name(&self.drop.config.name);
        let end = ledger::hold_chain(self.session, chain_name).await?;
        let facts = ledger::receipt_facts(self.session, id).await?;
        let (Some(end), Some(facts)) = (end, facts) else {
            return Err(PipelineError::Lost(Box::new(taken.clone())));
        };
        let rows = ledger::row(self.session, id).await?.rows;
        let mut files = log_digests;
        files.extend(self.other_digests(taken, &facts).await?);
        let made = self.clock.now();
        let receipt = Receipt {
            lethe_receipt: FORMAT,
            chain: end.chain.clone(),
            number: end.number.next().number(),
            previous: end.head.map(hex),
            submission: taken.name.as_str().to_owned(),
            action: taken.name.action().as_str().to_owned(),
            readable: facts.readable,
            received: second_of(facts.received_at),
            begun: facts.begun_at.map(second_of),
            answered: facts.answered_at.map(second_of),
            made: second_of(made),
            clock: Some(logs.clock),
            server_clock: Some(second_of(facts.server_clock)),
            lethe: env!("CARGO_PKG_VERSION").to_owned(),
            catalogue: hex(self.catalogue.digest),
            requests: facts.requests,
            contacts: facts.contacts,
            answers: facts.answers.clone(),
            rows: without_schemas(&rows),
            files,
            digests: DIGESTS.to_owned(),
            key: key.public().fingerprint(),
        };
        let content = receipt::sign(&receipt, key);
        let operator_copy = operator_copy(&receipt, &content, chain_name, made, facts);
        let signed = LedgerReceipt {
            operator_copy: receipt::sign(&operator_copy, key),
            contacts_per_log: logs.contacts_per_log(),
            content,
        };
        let place = Place {
            chain: &end.chain,
            number: end.number.next(),
            hash: &Sha256::digest(signed.content.as_bytes()).into(),
        };
        ledger::add_receipt(self.session, id, place, &signed, made).await?;
        point!(self.session, "receipt.before");
        Ok(signed)
    }

    /// Digests of the submitted file and of the archive, by their names.
    async fn other_digests(
        &self,
        taken: &TakenSubmission,
        facts: &ReceiptFacts,
    ) -> Result<BTreeMap<String, String>, PipelineError> {
        let submitted = facts
            .digest
            .map(|d| (taken.name.as_str().to_owned(), hex(d)));
        let archive = taken.name.archive();
        let results = ledger::results(self.session, taken.submission_id).await?;
        let archives = results.into_iter().filter(|file| file.name == archive);
        let archives = archives.filter_map(|file| Some((file.name, hex(file.digest?))));
        Ok(submitted.into_iter().chain(archives).collect())
    }

    /// Keeps the operator's copies, then publishes the receipt.
    pub(super) async fn publish_receipt(
        &self,
        taken: &TakenSubmission,
        made: &LedgerReceipt,
    ) -> Result<(), PipelineError> {
        let read = receipt::read::<Receipt>(made.content.clone());
        let read = read.map_err(|_| PipelineError::ForeignReceipt)?;
        let chain_name = receipt::chain_name(&self.drop.config.name);
        let store = &self.stores.receipts.store;
        store.keep(
            chain_name,
            &read.content,
            &made.content,
            &made.operator_copy,
        )?;
        let name = taken.name.receipt();
        self.drop
            .folder
            .publish(&name, |out| out.write_all(made.content.as_bytes()))?;
        point!(self.session, "receipt.published");
        self.note_published(taken, &name).await?;
        point!(self.session, "receipt.noted");
        Ok(())
    }
}

fn hex(digest: [u8; 32]) -> String {
    HEXLOWER.encode(&digest)
}

/// What the operator keeps beside a receipt, whose signed text is `content`.
fn operator_copy(
    receipt: &Receipt,
    content: &str,
    chain_name: &str,
    made: DateTime<Utc>,
    facts: ReceiptFacts,
) -> OperatorCopy {
    OperatorCopy {
        lethe_operator_copy: FORMAT,
        receipt: receipt::hash(content),
        chain: receipt.chain.clone(),
        number: receipt.number,
        submission: receipt.submission.clone(),
        drop: chain_name.to_owned(),
        database: facts.database,
        server: facts.server,
        times: Some(Times {
            received: facts.received_at,
            begun: facts.begun_at,
            answered: facts.answered_at,
            made,
            server_clock: facts.server_clock,
        }),
        transactions: Transactions {
            begun: facts.begun_xid,
            answers: facts.transactions,
            receipt: facts.xid,
        },
        wal: Wal {
            from: facts.begun_lsn,
            to: facts.lsn,
        },
        key: receipt.key.clone(),
    }
}

/// A receipt that was made by an earlier run vouches for the logs that were rendered then.
fn vouches(made: &LedgerReceipt, digests: &BTreeMap<String, String>) -> Result<(), PipelineError> {
    let read = receipt::read::<Receipt>(made.content.clone());
    let read = read.map_err(|_| PipelineError::ForeignReceipt)?;
    let files = &read.content.files;
    match digests
        .iter()
        .all(|(name, digest)| files.get(name) == Some(digest))
    {
        true => Ok(()),
        false => Err(PipelineError::OtherLog {
            version: read.content.lethe,
        }),
    }
}

/// Rows by table without its schema; tables of one name in several schemas are counted together.
fn without_schemas(rows: &BTreeMap<String, i64>) -> BTreeMap<String, u64> {
    let mut tables = BTreeMap::new();
    for (name, rows) in rows {
        let table = name
            .split_once('.')
            .map_or(name.as_str(), |(_, table)| table);
        *tables.entry(table.to_owned()).or_default() += *rows as u64;
    }
    tables
}

/// Takes the digest of what is written.
struct Digested(Hmac<Sha256>);

impl Write for Digested {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
