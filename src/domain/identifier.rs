//! Identifiers. The compiler keeps them apart: a submission is never looked up with the number of a scrub.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares a newtype around an integer.
macro_rules! identifier {
    ($($(#[$doc:meta])* $name:ident($integer:ty);)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name($integer);

            impl $name {
                /// Takes a number that the database returned or that a test chose.
                pub(crate) const fn new(number: $integer) -> $name {
                    $name(number)
                }

                /// The number, for the database and for file names.
                pub const fn get(self) -> $integer {
                    self.0
                }
            }

            impl From<$name> for $integer {
                fn from(identifier: $name) -> $integer {
                    identifier.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }
        )*
    };
}

identifier! {
    /// A submission in the ledger (`lethe.submission.submission_id`). Ascending in the order of receipt.
    SubmissionId(i64);
    /// A scrub in the ledger (`lethe.scrub.scrub_id`). Ascending in the order of their start.
    ScrubId(i64);
    /// A transaction of the server, with its epoch.
    Xid(i64);
    /// A position in the write-ahead log, in bytes.
    Lsn(i64);
    /// The number of a receipt or a certificate in its chain, from 1. 0: the chain is empty.
    ChainNumber(i64);
}

/// A position, counted from 1: of a request in its file, of a contact in its request, of a certificate or a duplicate of its
/// submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Ordinal(i32);

/// A number below 1, which is no ordinal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a position, which counts from 1")]
pub struct InvalidOrdinal(i32);

impl TryFrom<i32> for Ordinal {
    type Error = InvalidOrdinal;

    fn try_from(number: i32) -> Result<Ordinal, InvalidOrdinal> {
        match number {
            1.. => Ok(Ordinal(number)),
            _ => Err(InvalidOrdinal(number)),
        }
    }
}

impl From<Ordinal> for i32 {
    fn from(ordinal: Ordinal) -> i32 {
        ordinal.0
    }
}

impl fmt::Display for Ordinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ChainNumber {
    /// The one after this.
    pub(crate) fn next(self) -> ChainNumber {
        ChainNumber(self.0 + 1)
    }

    /// The number as documents have it.
    pub(crate) fn number(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl ScrubId {
    /// Lower than every scrub: nothing was scrubbed yet.
    pub(crate) const BEFORE_ALL: ScrubId = ScrubId(0);
    /// Higher than every scrub: changes that no scrub has seen need it.
    pub(crate) const AFTER_ALL: ScrubId = ScrubId(i64::MAX);
}

impl Ordinal {
    /// The first one.
    pub(crate) const FIRST: Ordinal = Ordinal(1);

    /// The ordinal of an index counted from 0.
    ///
    /// # Panics
    /// Where the index does not fit, which no submission within the size limit reaches.
    pub(crate) fn of_index(index: usize) -> Ordinal {
        let ordinal = i32::try_from(index).ok().and_then(|n| n.checked_add(1));
        Ordinal(ordinal.expect("a submission has fewer than 2^31 requests and contacts"))
    }

    /// The index, counted from 0.
    pub(crate) fn index(self) -> usize {
        self.number() as usize - 1
    }

    /// The number as it is written in file names and results.
    pub(crate) fn number(self) -> u32 {
        self.0.unsigned_abs()
    }

    /// The one after this.
    pub(crate) fn next(self) -> Ordinal {
        Ordinal(self.0 + 1)
    }
}

/// The position of a contact in its submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ContactPosition {
    /// The request that names the contact.
    pub request: Ordinal,
    /// The contact within that request.
    pub contact: Ordinal,
}

impl ContactPosition {
    /// The position with these numbers.
    ///
    /// # Errors
    /// Fails for a number below 1.
    pub fn new(request: i32, contact: i32) -> Result<ContactPosition, InvalidOrdinal> {
        Ok(ContactPosition {
            request: request.try_into()?,
            contact: contact.try_into()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_count_from_one() {
        let first = Ordinal::of_index(0);
        assert_eq!(first, Ordinal::FIRST);
        assert_eq!(first.next().index(), 1);
        assert_eq!(first.to_string(), "1");
        for number in [0, -1, i32::MIN] {
            assert!(Ordinal::try_from(number).is_err());
            assert!(ContactPosition::new(1, number).is_err());
            assert!(serde_json::from_str::<Ordinal>(&number.to_string()).is_err());
        }
    }

    #[test]
    fn identifiers_are_numbers_in_json() {
        let json =
            serde_json::to_string(&(SubmissionId::new(7), ContactPosition::new(1, 2).unwrap()));
        assert_eq!(json.unwrap(), r#"[7,{"request":1,"contact":2}]"#);
    }
}
