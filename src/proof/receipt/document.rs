//! Signed documents: how they are written, read and verified.

use data_encoding::{BASE64, HEXLOWER};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::key::{PublicKey, SigningKey};

/// The format that is written and understood.
pub const FORMAT: u32 = 1;

/// The content of a signed document.
pub trait Document: Serialize + DeserializeOwned {
    /// Its format, which must be [`FORMAT`].
    fn format(&self) -> u32;
}

/// A document that names the key it is signed with.
pub(crate) trait HasKey {
    /// The fingerprint of the public key.
    fn key(&self) -> &str;
}

/// A signed document as it was read. Its signature is not verified yet.
#[derive(Debug, Clone)]
pub struct Signed<T> {
    pub content: T,
    text: String,
    signed_bytes: usize,
    signature: Vec<u8>,
}

/// Why a text is not a signed document of Lethe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    #[error("it does not end with a signature")]
    NoSignature,
    #[error("it does not have the structure of a receipt (line {line} column {column})")]
    Shape { line: usize, column: usize },
    #[error("it has format {0}, which a newer version of lethe can verify")]
    Format(u32),
}

/// Writes and signs a document: JSON with an indent of two spaces and `signature` as the last member.
pub fn sign<T: Document>(content: &T, key: &SigningKey) -> String {
    let json = serde_json::to_string_pretty(content).expect("it is made of texts and numbers");
    let open = json.strip_suffix("\n}").expect("it is an object");
    let signed = format!("{open},\n");
    let signature = BASE64.encode(&key.sign(signed.as_bytes()));
    format!("{signed}{SIGNATURE}{signature}{END}")
}

/// Reads a document without verifying its signature ([`Signed::is_signed_by`]).
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

/// SHA-256 of all bytes of a document, in hexadecimal. The next document of the chain carries it.
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

    /// Whether this key signed exactly these bytes.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verify(&self.text.as_bytes()[..self.signed_bytes], &self.signature)
    }
}

const SIGNATURE: &str = "  \"signature\": \"";
const END: &str = "\"\n}\n";

fn shape(error: serde_json::Error) -> NotSigned {
    // The message of the error may quote the document.
    NotSigned::Shape {
        line: error.line(),
        column: error.column(),
    }
}
