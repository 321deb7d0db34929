//! The one rule for names (contract section 1): a name is used once per drop, and what a file under a used name is depends
//! on its content.

use crate::ledger::{Known, State};
use crate::service::keyring::{Keyring, SecretError};

/// What the name of a file was used for in its drop, compared with the content of the file.
#[derive(Debug)]
pub(crate) enum NameUse {
    /// It was never used.
    Free,
    /// A run claimed it, and has not taken the content yet.
    Claimed(Known),
    /// For a submission with the same content.
    SameContent(Known),
    /// For a submission with other content.
    OtherContent(Known),
    /// For a submission that was purged: contents cannot be compared any more.
    Purged(Known),
}

impl NameUse {
    /// `digest` makes the keyed digest of the file's content; it is called only where the ledger has one to compare.
    ///
    /// # Errors
    /// The key of the digest cannot be opened. The inner error is that of `digest`.
    pub(crate) fn of<E>(
        known: Option<Known>,
        keyring: &Keyring,
        digest: impl FnOnce(&[u8; 32]) -> Result<[u8; 32], E>,
    ) -> Result<Result<NameUse, E>, SecretError> {
        let Some(known) = known else {
            return Ok(Ok(NameUse::Free));
        };
        let Some(taken) = &known.digest else {
            return Ok(Ok(match known.state {
                State::Done => NameUse::Purged(known),
                State::Received | State::Running | State::Answered => NameUse::Claimed(known),
            }));
        };
        let (key, taken) = keyring.open_digest(taken)?;
        Ok(digest(&key).map(|digest| match digest == taken {
            true => NameUse::SameContent(known),
            false => NameUse::OtherContent(known),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use rstest::rstest;

    use super::*;
    use crate::domain::identifier::SubmissionId;
    use crate::ledger::{KeyedDigest, SealedKey};
    use crate::service::keyring::{AbsentSecret, SecretPlaces};

    /// Without a secret, for keys that are not sealed.
    fn keyring() -> Keyring {
        Keyring::new(SecretPlaces::default(), AbsentSecret::Refused)
    }

    fn use_of(state: State, digest: Option<[u8; 32]>) -> String {
        let known = Known {
            submission_id: SubmissionId::new(1),
            state,
            digest: digest.map(|digest| KeyedDigest {
                key: SealedKey::of_column(vec![0; 32]),
                digest,
            }),
        };
        let found = NameUse::of(Some(known), &keyring(), |_| Ok::<_, Infallible>([1; 32]));
        let found = format!("{:?}", found.unwrap().unwrap());
        found.split('(').next().unwrap_or_default().to_owned()
    }

    #[rstest]
    #[case(State::Received, None, "Claimed")]
    #[case(State::Running, Some([1; 32]), "SameContent")]
    #[case(State::Done, Some([1; 32]), "SameContent")]
    #[case(State::Done, Some([2; 32]), "OtherContent")]
    #[case(State::Done, None, "Purged")]
    fn contents_decide(
        #[case] state: State,
        #[case] digest: Option<[u8; 32]>,
        #[case] expected: &str,
    ) {
        assert_eq!(use_of(state, digest), expected);
    }

    #[test]
    fn an_unknown_name_is_free_and_nothing_is_read() {
        let found = NameUse::of(None, &keyring(), |_| Err("the content was read"));
        assert!(matches!(found, Ok(Ok(NameUse::Free))));
    }
}
