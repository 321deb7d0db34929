//! What was recognised, and where.

use std::ops::Range;

use crate::domain::device::Device;

/// Whether a value holds a device, or may hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Certainty {
    /// It could also be something else. A value like this is reported and never changed.
    Possible,
    /// There is no other reading.
    Certain,
}

/// How a device is spelled: for reports. It says nothing of the value itself.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr, strum::EnumIter,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Spelling {
    /// The canonical form of section 2 of the contract.
    Canonical,
    /// An international number without its plus.
    Digits,
    /// An international number with separators or brackets.
    Separators,
    /// An international number after an exit code, such as 00 or 011.
    ExitCode,
    /// An international number with the trunk prefix after the country code, as in `+44 (0)20 …`.
    CountryAndTrunk,
    /// A number as dialled within its country.
    National,
    /// The last digits of a number: fewer than a national number has.
    Partial,
    /// A number in a URI: `tel:`, `sip:`, `sips:`, `callto:`, `whatsapp:` and the like.
    Uri,
    /// A number with an extension after it.
    Extension,
    /// An email whose letters differ in case.
    LetterCase,
    /// An email whose domain is not ASCII, in any form of IDNA.
    Idna,
    /// An email between angle brackets.
    NameAddr,
    /// An email after `mailto:`.
    Mailto,
    /// An address in another notation than the canonical one, such as an uncompressed IPv6 address.
    Notation,
    /// An IPv4 address as an IPv6 address.
    Mapped,
    /// An address with a port.
    Port,
    /// An address with the length of its prefix.
    Prefix,
    /// Behind escapes: of a URL, of JSON or of XML.
    Escaped,
    /// The digest of a canonical form: see [`Encodings`](super::Encodings).
    Digest,
    /// In base64.
    Base64,
    /// In hexadecimal, as PostgreSQL prints `bytea`.
    Hex,
}

/// A wanted device in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The device: its index in the list that the recogniser was made from.
    pub device: usize,
    /// The bytes of the value that are replaced where the device is. Everything outside of them stays.
    pub range: Range<usize>,
    pub certainty: Certainty,
    pub spelling: Spelling,
}

/// Any device in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// `None` for a phone of which no country is known.
    pub device: Option<Device>,
    /// As in [`Occurrence`].
    pub range: Range<usize>,
    pub certainty: Certainty,
    pub spelling: Spelling,
}

/// Something recognised in a text, of which the caller knows the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found<D> {
    pub(super) device: D,
    pub(super) range: Range<usize>,
    pub(super) verdict: Verdict,
}

/// The judgement on one reading of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) certainty: Certainty,
    pub(super) spelling: Spelling,
}

impl Verdict {
    pub(super) fn certain(spelling: Spelling) -> Verdict {
        Verdict {
            certainty: Certainty::Certain,
            spelling,
        }
    }

    pub(super) fn possible(spelling: Spelling) -> Verdict {
        Verdict {
            certainty: Certainty::Possible,
            spelling,
        }
    }

    /// At most possible.
    pub(super) fn doubtful(self) -> Verdict {
        Verdict::possible(self.spelling)
    }
}
