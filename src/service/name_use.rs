//! The one rule for names (contract section 1): a name is used once per drop, and what a file under a used name is depends
//! on its content.

use crate::ledger::{Known, State};

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
    pub(crate) fn of<E>(
        known: Option<Known>,
        digest: impl FnOnce(&[u8; 32]) -> Result<[u8; 32], E>,
    ) -> Result<NameUse, E> {
        let Some(known) = known else {
            return Ok(NameUse::Free);
        };
        Ok(match known.digest {
            Some((key, taken)) => match digest(&key)? == taken {
                true => NameUse::SameContent(known),
                false => NameUse::OtherContent(known),
            },
            None if known.state == State::Done => NameUse::Purged(known),
            None => NameUse::Claimed(known),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use rstest::rstest;

    use super::*;
    use crate::domain::identifier::SubmissionId;

    fn use_of(state: State, digest: Option<[u8; 32]>) -> String {
        let known = Known {
            submission_id: SubmissionId::new(1),
            state,
            digest: digest.map(|digest| ([0; 32], digest)),
        };
        let found = NameUse::of(Some(known), |_| Ok::<_, Infallible>([1; 32]));
        let found = format!("{:?}", found.unwrap());
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
        let found = NameUse::of(None, |_| Err("the content was read"));
        assert!(matches!(found, Ok(NameUse::Free)));
    }
}
