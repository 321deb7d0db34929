//! Secrets, which are kept outside the database, and the keys of digests, which the ledger keeps sealed under them (contract
//! section 10).
//!
//! A digest is an HMAC under a random key of its own. The ledger has this key only as `secret ID, salt, sealed key`: the key
//! XOR an HMAC of the salt under the secret. The database alone does not allow a guess to be tested. Purge removes salt and sealed
//! key, after which nothing does.

use std::fmt;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::postgres::row::{Column, ColumnError, Fields, FromRow, row};

const ID: usize = 8;
const SALT: usize = 32;
const KEY: usize = 32;

/// The first line of a file with secrets.
const FORMAT: &str = "lethe ledger secret 1";

/// Names a secret without revealing it: the first bytes of a digest of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretId([u8; ID]);

impl SecretId {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Seals keys, and opens those that it sealed.
#[derive(Clone)]
pub(crate) struct Secret {
    id: SecretId,
    bytes: [u8; KEY],
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.id)
    }
}

impl Secret {
    /// The secret of these random bytes.
    pub(crate) fn of(bytes: [u8; KEY]) -> Secret {
        let mut digest = Sha256::new();
        digest.update(b"lethe: ID of a ledger secret\0");
        digest.update(bytes);
        let digest = digest.finalize();
        let id = SecretId(digest[..ID].try_into().expect("a digest is longer"));
        Secret { id, bytes }
    }

    pub(crate) fn id(&self) -> SecretId {
        self.id
    }

    /// Seals a key. The salt is random, and used once.
    pub(crate) fn seal(&self, key: &[u8; KEY], salt: &[u8; SALT]) -> SealedKey {
        let sealed = xor(key, &self.derive("key of a digest", salt));
        SealedKey([&self.id.0[..], salt, &sealed].concat())
    }

    /// A key that this secret and a value of the database give together.
    pub(crate) fn derive(&self, purpose: &str, salt: &[u8; SALT]) -> [u8; KEY] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.bytes).expect("HMAC takes keys of any length");
        mac.update(b"lethe: ");
        mac.update(purpose.as_bytes());
        // Purposes contain no NUL, so they are separated from the salt.
        mac.update(&[0]);
        mac.update(salt);
        mac.finalize().into_bytes().into()
    }
}

fn xor(one: &[u8; KEY], other: &[u8; KEY]) -> [u8; KEY] {
    std::array::from_fn(|i| one[i] ^ other[i])
}

/// The secrets of a file, the newest first: the newest seals, all open.
pub(crate) fn parse_secrets(text: &[u8]) -> Option<Vec<Secret>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    if lines.next() != Some(FORMAT) {
        return None;
    }
    let mut secrets = Vec::new();
    for line in lines {
        let (id, bytes) = line.split_once(' ')?;
        let bytes = HEXLOWER.decode(bytes.trim().as_bytes()).ok()?;
        let secret = Secret::of(bytes.try_into().ok()?);
        // A character that was lost must not make another secret of it.
        if secret.id.to_string() != id {
            return None;
        }
        secrets.push(secret);
    }
    (!secrets.is_empty()).then_some(secrets)
}

/// The text of a file with these secrets, the newest first.
pub(crate) fn render_secrets(secrets: &[Secret]) -> String {
    let mut text = format!(
        "# Opens the keys of digests in Lethe's ledger. Keep it apart from the database and its backups.\n\
         # The first secret seals, all open. A line: the ID of a secret, and the secret.\n{FORMAT}\n"
    );
    for secret in secrets {
        text += &format!("{} {}\n", secret.id, HEXLOWER.encode(&secret.bytes));
    }
    text
}

/// The key of a digest as the ledger keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey(Vec<u8>);

impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            KeyParts::Sealed { secret, .. } => write!(f, "SealedKey({secret})"),
            KeyParts::Clear(_) => f.write_str("SealedKey(clear)"),
            KeyParts::Unknown => f.write_str("SealedKey(unknown)"),
        }
    }
}

/// What a key of the ledger consists of.
pub(crate) enum KeyParts<'a> {
    Sealed {
        secret: SecretId,
        salt: &'a [u8; SALT],
        sealed: &'a [u8; KEY],
    },
    /// A ledger older than version 18 has the key as it is, until the next run seals it.
    Clear([u8; KEY]),
    /// Nothing that any version writes.
    Unknown,
}

impl SealedKey {
    /// A column of the ledger.
    pub(crate) fn of_column(bytes: Vec<u8>) -> SealedKey {
        SealedKey(bytes)
    }

    /// As a column of the ledger.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn parts(&self) -> KeyParts<'_> {
        if let Ok(key) = self.0.as_slice().try_into() {
            return KeyParts::Clear(key);
        }
        let parts = || {
            let (id, rest) = self.0.split_first_chunk::<ID>()?;
            let (salt, sealed) = rest.split_first_chunk::<SALT>()?;
            Some((SecretId(*id), salt, sealed.try_into().ok()?))
        };
        match parts() {
            Some((secret, salt, sealed)) => KeyParts::Sealed {
                secret,
                salt,
                sealed,
            },
            None => KeyParts::Unknown,
        }
    }

    /// The key, if it was sealed under one of these secrets, or is not sealed.
    pub(crate) fn open(&self, secrets: &[Secret]) -> Option<[u8; KEY]> {
        match self.parts() {
            KeyParts::Clear(key) => Some(key),
            KeyParts::Unknown => None,
            KeyParts::Sealed {
                secret,
                salt,
                sealed,
            } => {
                let secret = secrets.iter().find(|known| known.id == secret)?;
                Some(xor(sealed, &secret.derive("key of a digest", salt)))
            }
        }
    }
}

/// A random key, as it is and as the ledger keeps it.
#[derive(Clone)]
pub(crate) struct DrawnKey {
    pub(crate) key: [u8; KEY],
    pub(crate) sealed: SealedKey,
}

impl fmt::Debug for DrawnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.sealed, f)
    }
}

/// A keyed digest of a content, with its key as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyedDigest {
    pub(crate) key: SealedKey,
    pub(crate) digest: [u8; 32],
}

impl KeyedDigest {
    /// Key and digest in one value, as the outbox of media keeps them.
    pub(crate) fn joined(key: &SealedKey, digest: &[u8; 32]) -> Vec<u8> {
        [key.bytes(), digest].concat()
    }

    /// The same, apart; `None`: it is no such value.
    pub(crate) fn of_joined(joined: &[u8]) -> Option<KeyedDigest> {
        let (key, digest) = joined.split_last_chunk::<32>()?;
        Some(KeyedDigest {
            key: SealedKey(key.to_vec()),
            digest: *digest,
        })
    }
}

/// `None` where either is missing: before the content was taken, and after purge.
impl FromRow for Option<KeyedDigest> {
    fn columns() -> Vec<Column> {
        KeyAndDigest::columns()
    }

    fn from_row(row: &Fields<'_>) -> Result<Option<KeyedDigest>, ColumnError> {
        let KeyAndDigest { digest_key, digest } = KeyAndDigest::from_row(row)?;
        let both = digest_key.zip(digest);
        Ok(both.map(|(key, digest)| KeyedDigest {
            key: SealedKey(key),
            digest,
        }))
    }
}

row! {
    struct KeyAndDigest {
        digest_key: Option<Vec<u8>>,
        digest: Option<[u8; 32]>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Secret ID, salt, sealed key.
    const SEALED: usize = ID + SALT + KEY;

    #[test]
    fn a_sealed_key_is_opened_by_its_secret_only() {
        let (one, other) = (Secret::of([1; 32]), Secret::of([2; 32]));
        let sealed = one.seal(&[7; 32], &[9; 32]);
        assert_eq!(sealed.bytes().len(), SEALED);
        assert_eq!(sealed.open(&[other.clone(), one.clone()]), Some([7; 32]));
        assert_eq!(sealed.open(&[other]), None);
        assert_eq!(SealedKey(vec![7; 32]).open(&[]), Some([7; 32]));
        for length in [0, 31, 33, SEALED - 1, SEALED + 1] {
            assert_eq!(
                SealedKey(vec![7; length]).open(std::slice::from_ref(&one)),
                None
            );
        }
    }

    #[test]
    fn nothing_of_the_key_or_the_secret_is_in_a_sealed_key() {
        let sealed = Secret::of([1; 32]).seal(&[7; 32], &[9; 32]);
        for hidden in [[1_u8; 8], [7; 8]] {
            assert!(!sealed.bytes().windows(8).any(|part| part == hidden));
        }
        let shown = format!("{:?} {sealed:?}", Secret::of([1; 32]));
        assert!(!shown.contains("01010101"), "{shown}");
    }

    #[test]
    fn one_key_is_sealed_differently_each_time() {
        let secret = Secret::of([1; 32]);
        let sealed = |salt| secret.seal(&[7; 32], &[salt; 32]).bytes()[ID + SALT..].to_vec();
        assert_ne!(sealed(1), sealed(2));
    }

    #[test]
    fn a_file_of_secrets_is_read_as_it_was_written() {
        let secrets = [Secret::of([1; 32]), Secret::of([2; 32])];
        let text = render_secrets(&secrets);
        let read = parse_secrets(text.as_bytes()).unwrap();
        let ids = |secrets: &[Secret]| secrets.iter().map(Secret::id).collect::<Vec<_>>();
        assert_eq!(ids(&read), ids(&secrets));
        assert_eq!(read[1].bytes, [2; 32]);
        for damaged in [
            String::new(),
            format!("{FORMAT}\n"),
            text.replace(FORMAT, ""),
            text.replacen("0101", "0102", 1),
            text.trim_end()[..text.trim_end().len() - 2].to_owned(),
        ] {
            assert!(parse_secrets(damaged.as_bytes()).is_none(), "{damaged}");
        }
    }

    #[test]
    fn a_joined_value_is_taken_apart() {
        let key = Secret::of([1; 32]).seal(&[7; 32], &[9; 32]);
        let joined = KeyedDigest::joined(&key, &[3; 32]);
        let digest = KeyedDigest::of_joined(&joined).unwrap();
        assert_eq!((digest.key, digest.digest), (key, [3; 32]));
        // As a ledger older than version 18 has it.
        let clear = KeyedDigest::of_joined(&[5; 64]).unwrap();
        assert_eq!(clear.key.open(&[]), Some([5; 32]));
        assert!(KeyedDigest::of_joined(&[5; 31]).is_none());
    }
}
