//! Receipts: what was done when, signed and chained, without personal data.
//!
//! A receipt is JSON whose last line but one is its signature; what is signed are all bytes before that line, so that
//! anybody can verify it (docs/how-to/receipts.md). Each carries the hash of the one before it in its drop.

pub mod chain;
mod key;
mod store;
mod text;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use data_encoding::{BASE64, HEXLOWER};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use key::{KeyError, PublicKey, SigningKey, make as make_key, public_path};
pub use store::{Store, StoreError, operator_name};
pub use text::{NoConfirmation, confirmation};

/// The format that is written and understood.
pub const FORMAT: u32 = 1;

/// What [`Receipt::files`] are, said in every receipt.
pub const DIGESTS: &str = "HMAC-SHA-256 of each file under a random key of this submission. Only the operator has the key, and removes it when the results are purged: until then the operator can show that a file is the one meant, afterwards nobody can, and no digest leads back to a file.";

/// A receipt without its signature. Members are written in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// [`FORMAT`].
    pub lethe_receipt: u32,
    /// Which drop's chain: random, tells nothing of the drop.
    pub chain: String,
    /// The place in the chain, from 1.
    pub number: u64,
    /// [`hash`] of the receipt before it; `None` in the first.
    pub previous: Option<String>,
    /// Name of the submit file.
    pub submission: String,
    /// FORGET or EXPORT.
    pub action: String,
    /// Whether the file could be read as a submission; if not, nothing was carried out.
    pub readable: bool,
    pub received: DateTime<Utc>,
    /// `None` where it could not be read.
    pub begun: Option<DateTime<Utc>>,
    /// When every contact had its answer.
    pub answered: Option<DateTime<Utc>>,
    /// When this receipt was made.
    pub made: DateTime<Utc>,
    /// Lethe's version.
    pub lethe: String,
    /// SHA-256 of the catalogue's files, in hexadecimal.
    pub catalogue: String,
    pub requests: u64,
    pub contacts: u64,
    /// Contacts by their answer, without its numbers and reasons.
    pub answers: BTreeMap<String, u64>,
    /// Rows changed or exported, by table without its schema.
    pub rows: BTreeMap<String, u64>,
    /// Submit file, execution logs and archive by their names; see [`DIGESTS`].
    pub files: BTreeMap<String, String>,
    pub digests: String,
    /// Fingerprint of the public key that verifies it.
    pub key: String,
}

/// What is for the operator only, beside a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorCopy {
    /// [`FORMAT`].
    pub lethe_operator_copy: u32,
    /// [`hash`] of the receipt.
    pub receipt: String,
    pub chain: String,
    pub number: u64,
    pub submission: String,
    pub drop: String,
    pub database: String,
    /// Version of the server.
    pub server: String,
    pub transactions: Transactions,
    pub wal: Wal,
    pub key: String,
}

/// Transaction IDs, for a search in the WAL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transactions {
    /// The one that noted the beginning; `None` where the file could not be read.
    pub begun: Option<String>,
    /// Those that wrote answers, as they stand in rows: the lower 32 bits.
    pub answers: Vec<i64>,
    /// The one that gave the receipt its place.
    pub receipt: String,
}

/// Between which positions of the WAL a submission was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wal {
    pub from: Option<String>,
    pub to: String,
}

/// A signed document as it was read.
#[derive(Debug, Clone)]
pub struct Signed<T> {
    pub content: T,
    text: String,
    signed_bytes: usize,
    signature: Vec<u8>,
}

/// Why a text is no signed document of Lethe's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    #[error("it does not end in a line with a signature, as a receipt does")]
    NoSignature,
    #[error("it is not what a receipt is (line {line} column {column})")]
    Shape { line: usize, column: usize },
    #[error("it has the format {0}; verify it with a newer version of lethe")]
    Format(u32),
}

/// What signed documents have in common.
pub trait Document: Serialize + DeserializeOwned {
    fn format(&self) -> u32;
}

impl Document for Receipt {
    fn format(&self) -> u32 {
        self.lethe_receipt
    }
}

impl chain::Chained for Receipt {
    const NOUN: &'static str = "receipt";

    fn place(&self) -> (&str, u64, Option<&str>) {
        (&self.chain, self.number, self.previous.as_deref())
    }

    fn made(&self) -> DateTime<Utc> {
        self.made
    }
}

impl Document for OperatorCopy {
    fn format(&self) -> u32 {
        self.lethe_operator_copy
    }
}

const SIGNATURE: &str = "  \"signature\": \"";
const END: &str = "\"\n}\n";

/// The whole text of a document: its JSON, two spaces a level, with `signature` as the last member.
pub fn sign<T: Document>(content: &T, key: &SigningKey) -> String {
    let json = serde_json::to_string_pretty(content).expect("it is made of texts and numbers");
    let open = json.strip_suffix("\n}").expect("it is an object");
    let signed = format!("{open},\n");
    let signature = BASE64.encode(&key.sign(signed.as_bytes()));
    format!("{signed}{SIGNATURE}{signature}{END}")
}

/// Reads a document; whether its signature is good is asked afterwards.
pub fn read<T: Document>(text: String) -> Result<Signed<T>, NotSigned> {
    let at = text.rfind(SIGNATURE).ok_or(NotSigned::NoSignature)?;
    let signature = text[at + SIGNATURE.len()..]
        .strip_suffix(END)
        .and_then(|signature| BASE64.decode(signature.as_bytes()).ok())
        .ok_or(NotSigned::NoSignature)?;
    let open = text[..at]
        .strip_suffix(",\n")
        .ok_or(NotSigned::NoSignature)?;
    let content: T = serde_json::from_str(&format!("{open}\n}}")).map_err(shape)?;
    if content.format() != FORMAT {
        return Err(NotSigned::Format(content.format()));
    }
    Ok(Signed {
        content,
        signed_bytes: at,
        signature,
        text,
    })
}

fn shape(error: serde_json::Error) -> NotSigned {
    // Its message may quote what stands there.
    NotSigned::Shape {
        line: error.line(),
        column: error.column(),
    }
}

/// SHA-256 of all bytes of a receipt, in hexadecimal: what the next one carries.
pub fn hash(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

impl<T> Signed<T> {
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn hash(&self) -> String {
        hash(&self.text)
    }

    /// Whether this key signed just these bytes.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verify(&self.text.as_bytes()[..self.signed_bytes], &self.signature)
    }
}

impl Receipt {
    /// The name under which it is published.
    pub fn file_name(&self) -> String {
        let stem = self.submission.strip_suffix(".json");
        format!("{}-receipt.json", stem.unwrap_or(&self.submission))
    }
}

/// The name of the chain for a drop: its own, but the folders of Customer Care's cases (`case/<case ID>`) share one, so that no
/// case stays where purge removes nothing, and a chain is long enough to miss one of its receipts.
pub fn chain_name(drop_name: &str) -> &str {
    match drop_name.strip_prefix("case/") {
        Some(_) => "case/",
        None => drop_name,
    }
}

/// An answer as receipts count it: without numbers and reasons, which can be told apart by the thousand.
pub fn answer(response: &str) -> &str {
    let short = response.split(" (").next().unwrap_or(response);
    match short.starts_with("ERROR: processing failed") {
        true => "ERROR: processing failed",
        false => short,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

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
            made: day("2018-03-15T12:00:01.5Z"),
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
    fn a_receipt_is_read_as_it_was_signed_and_by_its_key_only() {
        let (key, other) = (SigningKey::of_seed([7; 32]), SigningKey::of_seed([8; 32]));
        let made = receipt(1, None, &key);
        let text = sign(&made, &key);
        let read: Signed<Receipt> = super::read(text.clone()).unwrap();
        assert_eq!(read.content, made);
        assert_eq!(read.text(), text);
        assert!(read.is_signed_by(key.public()));
        assert!(!read.is_signed_by(other.public()));
        assert_eq!(made.file_name(), "forget-20180315_1-receipt.json");
    }

    #[test]
    fn other_documents_are_none() {
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

    #[test]
    fn answers_lose_what_tells_them_apart() {
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

    proptest! {
        #[test]
        fn one_changed_byte_is_seen(at in any::<prop::sample::Index>(), change in 1..255_u8) {
            let key = SigningKey::of_seed([7; 32]);
            let mut bytes = sign(&receipt(3, Some("ab".into()), &key), &key).into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            if let Ok(text) = String::from_utf8(bytes)
                && let Ok(read) = read::<Receipt>(text)
            {
                prop_assert!(!read.is_signed_by(key.public()));
            }
        }

        #[test]
        fn whatever_is_read_is_taken_or_refused(text in "(\\PC|\n|\"|  \"signature\": \"){0,40}") {
            let _ = read::<Receipt>(text);
        }
    }
}
