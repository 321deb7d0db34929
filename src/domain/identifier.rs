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
    /// A position, counted from 1: of a request in its file, of a contact in its request, of a certificate or a
    /// duplicate of its submission.
    Ordinal(i32);
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
        usize::try_from(self.0 - 1).unwrap_or(0)
    }

    /// The number as it is written in file names and results.
    pub(crate) fn number(self) -> u32 {
        u32::try_from(self.0).unwrap_or(0)
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
    /// The position with these numbers, both from 1.
    pub const fn new(request: i32, contact: i32) -> ContactPosition {
        ContactPosition {
            request: Ordinal::new(request),
            contact: Ordinal::new(contact),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_count_from_one() {
        let first = Ordinal::of_index(0);
        assert_eq!(first, Ordinal::new(1));
        assert_eq!(first.next().index(), 1);
        assert_eq!(first.to_string(), "1");
    }

    #[test]
    fn identifiers_are_numbers_in_json() {
        let json = serde_json::to_string(&(SubmissionId::new(7), ContactPosition::new(1, 2)));
        assert_eq!(json.unwrap(), r#"[7,{"request":1,"contact":2}]"#);
    }
}
