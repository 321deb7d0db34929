//! The signed documents: the receipt and the operator's copy. Their member names and order are a format.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::chain::{ChainPlace, Chained};
use super::clocks::Clocks;
use super::document::{Document, HasKey};
use crate::domain::clock::ClockSource;

/// What [`Receipt::files`] are, as stated in every receipt.
pub(crate) const DIGESTS: &str = "HMAC-SHA-256 of each file under a random key of this submission. Only the operator has the key, and removes it when the results are purged: until then the operator can show that a file is the one meant, afterwards nobody can, and no digest leads back to a file.";

/// A receipt without its signature. Members are written in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// [`FORMAT`](super::FORMAT).
    pub(crate) lethe_receipt: u32,
    /// The drop's chain: a random ID that reveals nothing about the drop.
    pub chain: String,
    /// The position in the chain, from 1.
    pub number: u64,
    /// [`hash`](super::hash) of the preceding receipt; `None` in the first.
    pub previous: Option<String>,
    /// Name of the submit file.
    pub submission: String,
    /// FORGET or EXPORT.
    pub action: String,
    /// Whether the file could be read as a submission. If not, nothing was carried out.
    pub readable: bool,
    pub received: DateTime<Utc>,
    /// `None`: the file could not be read.
    pub begun: Option<DateTime<Utc>>,
    /// When the last contact was answered.
    pub answered: Option<DateTime<Utc>>,
    /// When this receipt was made.
    pub(crate) made: DateTime<Utc>,
    /// Which clock these times are by; `None` in receipts of version 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) clock: Option<ClockSource>,
    /// When this receipt was made, by the clock of the database server; `None` in receipts of version 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server_clock: Option<DateTime<Utc>>,
    /// Lethe's version.
    pub lethe: String,
    /// SHA-256 of the catalogue's files, in hexadecimal.
    pub catalogue: String,
    pub requests: u64,
    pub contacts: u64,
    /// Contacts by answer, without the numbers and reasons of the answers.
    pub answers: BTreeMap<String, u64>,
    /// Rows changed or exported, by table without its schema.
    pub rows: BTreeMap<String, u64>,
    /// Digests of submit file, execution logs and archive by file name; see [`DIGESTS`].
    pub files: BTreeMap<String, String>,
    pub(crate) digests: String,
    /// Fingerprint of the public key that verifies it.
    pub key: String,
}

/// The operator's part of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorCopy {
    /// [`FORMAT`](super::FORMAT).
    pub(crate) lethe_operator_copy: u32,
    /// [`hash`](super::hash) of the receipt.
    pub receipt: String,
    pub(crate) chain: String,
    pub(crate) number: u64,
    pub(crate) submission: String,
    pub drop: String,
    pub(crate) database: String,
    /// Version of the server.
    pub(crate) server: String,
    /// The times of the receipt, to the microsecond; `None` in copies of version 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<Times>,
    pub transactions: Transactions,
    pub wal: Wal,
    pub(crate) key: String,
}

/// Exact times, which customers do not get: how long an answer took can tell of rows of other tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Times {
    pub(crate) received: DateTime<Utc>,
    pub(crate) begun: Option<DateTime<Utc>>,
    pub(crate) answered: Option<DateTime<Utc>>,
    pub(crate) made: DateTime<Utc>,
    pub(crate) server_clock: DateTime<Utc>,
}

/// Transaction IDs, for a search in WAL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transactions {
    /// The transaction that recorded the start; `None`: the file could not be read.
    pub begun: Option<String>,
    /// The transactions that wrote answers, as the lower 32 bits that rows store.
    pub answers: Vec<i64>,
    /// The transaction that added the receipt to its chain.
    pub receipt: String,
}

/// The WAL positions between which the submission was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wal {
    pub from: Option<String>,
    pub to: String,
}

impl Document for Receipt {
    fn format(&self) -> u32 {
        self.lethe_receipt
    }
}

impl HasKey for Receipt {
    fn key(&self) -> &str {
        &self.key
    }
}

impl Chained for Receipt {
    const NOUN: &'static str = "receipt";

    fn place(&self) -> ChainPlace<'_> {
        ChainPlace {
            chain: &self.chain,
            number: self.number,
            previous: self.previous.as_deref(),
        }
    }

    fn made(&self) -> DateTime<Utc> {
        self.made
    }
}

impl HasKey for OperatorCopy {
    fn key(&self) -> &str {
        &self.key
    }
}

impl Document for OperatorCopy {
    fn format(&self) -> u32 {
        self.lethe_operator_copy
    }
}

impl Receipt {
    /// Its clocks.
    pub(crate) fn clocks(&self) -> Clocks {
        Clocks {
            made: self.made,
            source: self.clock,
            server: self.server_clock,
        }
    }

    /// The name under which it is published.
    pub(crate) fn file_name(&self) -> String {
        let stem = self.submission.strip_suffix(".json");
        format!("{}-receipt.json", stem.unwrap_or(&self.submission))
    }
}

/// The name of a drop's chain. The folders of Customer Care's cases (`case/<case ID>`) share one chain: its name then does not
/// retain a case ID after a purge, and the chain is long enough to show a missing receipt.
pub(crate) fn chain_name(drop_name: &str) -> &str {
    match drop_name.strip_prefix("case/") {
        Some(_) => "case/",
        None => drop_name,
    }
}

/// An answer as receipts count it, without numbers and reasons, which vary too much to be counted.
pub fn answer(response: &str) -> &str {
    let short = response.split(" (").next().unwrap_or(response);
    match short.starts_with("ERROR: processing failed") {
        true => "ERROR: processing failed",
        false => short,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::super::document::{FORMAT, NotSigned, Signed, read, sign};
    use super::super::key::SigningKey;
    use super::*;

    pub(crate) fn receipt(number: u64, previous: Option<String>, key: &SigningKey) -> Receipt {
        let day = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        Receipt {
            lethe_receipt: FORMAT,
            chain: "00000000-0000-4000-8000-000000000000".into(),
            number,
            previous,
            submission: format!("forget-20180315_{number}.json"),
            action: "FORGET".into(),
            readable: true,
            received: day("2018-03-15T12:00:00Z"),
            begun: Some(day("2018-03-15T12:00:00Z")),
            answered: Some(day("2018-03-15T12:00:01Z")),
            made: day("2018-03-15T12:00:01Z"),
            clock: Some(ClockSource::System),
            server_clock: Some(day("2018-03-15T12:00:02Z")),
            lethe: "0.1.0".into(),
            catalogue: "00".into(),
            requests: 1,
            contacts: 2,
            answers: [("SUCCESS".to_owned(), 2)].into(),
            rows: [("contact".to_owned(), 3)].into(),
            files: [("forget-20180315_1.json".to_owned(), "00".to_owned())].into(),
            digests: DIGESTS.into(),
            key: key.public().fingerprint(),
        }
    }

    #[test]
    fn answers_are_counted_without_numbers_and_reasons() {
        for (response, counted) in [
            ("SUCCESS: not found", "SUCCESS: not found"),
            (
                "ERROR: too many rows (12 found, limit 10)",
                "ERROR: too many rows",
            ),
            (
                "ERROR: processing failed: 23514",
                "ERROR: processing failed",
            ),
        ] {
            assert_eq!(answer(response), counted);
        }
    }

    #[test]
    fn cases_share_a_chain() {
        assert_eq!(chain_name("case/4711"), chain_name("case/4712"));
        assert_eq!(chain_name("/srv/case/4711"), "/srv/case/4711");
        assert_eq!(chain_name("acme"), "acme");
    }

    #[test]
    fn a_receipt_is_read_as_signed_and_verified_by_its_key_only() {
        let (key, other) = (SigningKey::of_seed([7; 32]), SigningKey::of_seed([8; 32]));
        let made = receipt(1, None, &key);
        let text = sign(&made, &key);
        let signed: Signed<Receipt> = read(text.clone()).unwrap();
        assert_eq!(signed.content, made);
        assert_eq!(signed.text(), text);
        assert!(signed.is_signed_by(key.public()));
        assert!(!signed.is_signed_by(other.public()));
        assert_eq!(made.file_name(), "forget-20180315_1-receipt.json");
    }

    #[test]
    fn other_documents_are_refused() {
        let key = SigningKey::of_seed([7; 32]);
        let text = sign(&receipt(1, None, &key), &key);
        let newer = text.replace("\"lethe_receipt\": 1", "\"lethe_receipt\": 2");
        assert_eq!(
            read::<Receipt>(newer).unwrap_err(),
            NotSigned::Format(2),
            "before its signature is looked at"
        );
        for other in [String::new(), "{}".into(), text.replace("}\n", "}")] {
            assert_eq!(read::<Receipt>(other).unwrap_err(), NotSigned::NoSignature);
        }
        assert!(matches!(
            read::<OperatorCopy>(text),
            Err(NotSigned::Shape { .. })
        ));
    }

    proptest! {
        #[test]
        fn one_changed_byte_is_detected(at in any::<prop::sample::Index>(), change in 1..255_u8) {
            let key = SigningKey::of_seed([7; 32]);
            let mut bytes = sign(&receipt(3, Some("ab".into()), &key), &key).into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            if let Ok(text) = String::from_utf8(bytes)
                && let Ok(signed) = read::<Receipt>(text)
            {
                prop_assert!(!signed.is_signed_by(key.public()));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(\\PC|\n|\"|  \"signature\": \"){0,40}") {
            let _ = read::<Receipt>(text);
        }
    }
}
