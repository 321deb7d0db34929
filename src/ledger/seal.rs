//! Keys that are to be sealed anew: after an upgrade, and when there is a new secret.

use super::secret::{KeyParts, KeyedDigest, SealedKey, SecretId};
use crate::domain::identifier::SubmissionId;
use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

row! {
    /// A key that is not sealed under a current secret.
    #[derive(Debug)]
    pub(crate) struct UnsealedKey {
        /// `None` for a file of a case that nobody has run.
        submission_id: Option<SubmissionId>,
        pub(crate) drop_name: String,
        value: Vec<u8>,
        /// Whether the digest follows the key.
        joined: bool,
    }
}

impl UnsealedKey {
    /// The key itself; `None`: it is nothing that any version writes.
    pub(crate) fn key(&self) -> Option<SealedKey> {
        match self.joined {
            true => KeyedDigest::of_joined(&self.value).map(|joined| joined.key),
            false => Some(SealedKey::of_column(self.value.clone())),
        }
    }

    /// Whether it is a clear key of an earlier version.
    pub(crate) fn is_clear(&self) -> bool {
        let key = self.key();
        matches!(key.as_ref().map(SealedKey::parts), Some(KeyParts::Clear(_)))
    }

    /// The value that has this key in place of the other.
    fn with(&self, key: &SealedKey) -> Vec<u8> {
        let joined = self.joined.then(|| KeyedDigest::of_joined(&self.value));
        match joined.flatten() {
            Some(joined) => KeyedDigest::joined(key, &joined.digest),
            None => key.bytes().to_vec(),
        }
    }
}

/// The keys that are not sealed under one of these secrets.
pub(crate) async fn unsealed_keys(
    session: &Session,
    current: &[SecretId],
) -> Result<Vec<UnsealedKey>, DatabaseError> {
    let current: Vec<&[u8]> = current.iter().map(SecretId::bytes).collect();
    list_keys(session, &current).await
}

/// Replaces a key by the same key, sealed anew. Nothing happens if it was replaced or purged meanwhile.
pub(crate) async fn replace_key(
    session: &Session,
    unsealed: &UnsealedKey,
    sealed: &SealedKey,
) -> Result<(), DatabaseError> {
    let new = unsealed.with(sealed);
    replace(session, unsealed.submission_id, &unsealed.value, &new).await
}

queries! {
    fn list_keys(current: &[&[u8]]) -> Vec<UnsealedKey> = "ledger/seal/list_keys.sql";
    fn replace(submission_id: Option<SubmissionId>, old: &[u8], new: &[u8]) = "ledger/seal/replace_key.sql";
}
