//! The one recogniser: which devices a stored value holds, in whatever spelling, and where (contract section 2a).
//!
//! [`Recogniser::find`] looks for wanted devices, [`sightings`] for any. Both say for each whether it is certain. A caller replaces
//! certain occurrences by [`rewrite`], reports possible ones, and never changes them.
//!
//! # Phones
//!
//! Digits may be separated by up to four of: blanks of any width, hyphens and dashes, `.`, `/`, `·`, `()` and `[]`, but not by two of
//! the same except blanks. Letters, tabs, line ends, `,`, `;`, `|`, `:`, `+` and everything else end a number. Digits are never divided:
//! `9912025550147` does not hold +1 202 555 0147.
//!
//! A number is read in the country of its row, else of its account, else of the catalogue ([`Countries`]). For the number
//! +*code* *national*:
//!
//! | stored | the row says its country | the account or catalogue says it | another country | none is known |
//! |---|---|---|---|---|
//! | `+` code national | certain | certain | certain | certain |
//! | exit code (00, 011, or of the context's country), code national | certain | certain | certain; possible if it is also a national number there | certain; possible for rare exit codes |
//! | `+` or exit code, code `(0)` national, or the trunk prefix without brackets where no national number begins with it | certain | certain | certain | certain |
//! | code national | certain; possible if it is also a national number | the same | certain; possible if it is also a national number there. Never if the row says the country | certain; possible if some country writes a national number like that, or if no number of that code has as many digits |
//! | trunk prefix, national | certain | certain | never | possible |
//! | national | certain | certain; possible if there is a trunk prefix and the digits are also an international number | never | possible |
//! | national with as many digits as no number there has | possible | possible | never | possible |
//! | the last seven or more digits, fewer than the number has | possible | possible | never | possible |
//!
//! North American national numbers may be separated only as 202 555 0147, otherwise they are possible: `2025 550147` may be two fields.
//!
//! What is around a number can only lower this:
//!
//! - other digits, joined by separators, with which it would be another number: possible; with a plus before them: never;
//! - a letter directly beside it, a hyphen between it and a word, `#`, a currency sign: possible. A word of letters and digits beside it: never,
//!   except after a plus. Words such as `tel` do not count;
//! - `@` after it: certain after the scheme of a URI, after a plus, and before hosts whose users are numbers; otherwise possible, because it is an email;
//! - digits with a decimal fraction, an address of four numbers, eight digits that are also a date: possible. Dates with separators and UUIDs: never.
//!
//! An extension after the number (`;ext=5`, `x5`, `ext. 5`, `#5`) is no part of it.
//!
//! # Emails
//!
//! The local part is compared byte by byte except for A to Z, the domain after IDNA mapping. Letters, digits, `.`, `-`, `_` and `+` before
//! an address make it another one, as does a longer domain. `=/?&|{}*` and quotes end what is before it; other characters that a local
//! part may contain make it possible.
//!
//! # Addresses
//!
//! Any notation of IPv6, and IPv4 also as IPv6. The length of a prefix must be that of one address; an address with a shorter one is possible if it has
//! bits of a host, and a network otherwise. Four numbers beside letters, a fifth number or after the word *version* are no address.
//!
//! # What is replaced
//!
//! The range of an occurrence is the device alone: without the scheme, host and parameters of a URI, without an extension, without
//! the name and angle brackets of an email, without port and brackets of an address. It includes the plus, exit code and trunk prefix, brackets
//! in the number, and the length of a prefix: `/32` is wrong behind a placeholder, which is an IPv6 address.
//!
//! # Encodings
//!
//! [`Encodings`] finds the digests of devices, and devices in base64 and hexadecimal. They are reported and never replaced.
//!
//! # Documents
//!
//! Escapes of JSON, URLs and XML are removed before the text is searched, up to four levels of them; ranges are those of the stored bytes. Nothing
//! is joined over the boundaries of elements, because each is marked by characters that end a number, an email and an address.

mod address;
mod chain;
mod copy;
mod country;
mod email;
mod encodings;
mod filter;
mod index;
mod json;
mod number;
mod occurrence;
mod phone;
#[cfg(test)]
mod properties;
mod rewrite;
mod shape;
mod surroundings;
#[cfg(test)]
mod tests;
mod view;

use std::ops::Range;

pub use self::copy::{CopyRow, copy_fields};
pub use self::country::{Countries, Country};
pub use self::encodings::{Encoded, Encodings};
pub use self::occurrence::{Certainty, Occurrence, Sighting, Spelling};
pub use self::rewrite::{Replacement, rewrite};
pub use self::shape::Shape;

use self::country::Context;
use self::index::Index;
use self::occurrence::Found;
use crate::domain::device::{Device, DeviceKind};

/// Recognises some wanted devices.
pub struct Recogniser {
    index: Index,
}

/// A number that is split over columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitOccurrence {
    /// As in [`Occurrence`].
    pub device: usize,
    /// For each part what is replaced in it; `None` where nothing of the device is in it.
    pub ranges: Vec<Option<Range<usize>>>,
    pub certainty: Certainty,
    pub spelling: Spelling,
}

impl Recogniser {
    /// A recogniser of these devices. Of equal devices the first is meant.
    pub fn new(devices: &[Device]) -> Recogniser {
        Recogniser {
            index: Index::of(devices),
        }
    }

    /// Whether a value, or several with a tab or a line end between them, may hold a device. `false` is certain. Nothing is allocated.
    pub fn may_hold(&self, text: &[u8]) -> bool {
        filter::next_candidate(&self.index, text, 0).is_some()
    }

    /// The wanted devices in a value, from left to right. Nothing is allocated if there are none.
    pub fn find(&self, value: &str, shape: Shape, countries: &Countries) -> Vec<Occurrence> {
        match self.may_hold(value.as_bytes()) {
            true => self.examine(value, shape, countries),
            false => Vec::new(),
        }
    }

    /// The wanted devices in a number whose country code is in another column, and whose digits may be in several. What is in the column of the country
    /// code is the country of the row.
    pub fn find_split(
        &self,
        code: Option<&str>,
        parts: &[&str],
        countries: &Countries,
    ) -> Vec<SplitOccurrence> {
        let joined = parts.join(" ");
        let found = self.find(&joined, Shape::Text, &countries.with_row(code));
        let ranges = |range: &Range<usize>| {
            let mut start = 0;
            let mut ranges = Vec::with_capacity(parts.len());
            for part in parts {
                let end = start + part.len();
                let within = range.start.max(start)..range.end.min(end);
                ranges.push((!within.is_empty()).then(|| within.start - start..within.end - start));
                start = end + 1;
            }
            ranges
        };
        let split = |one: Occurrence| SplitOccurrence {
            device: one.device,
            ranges: ranges(&one.range),
            certainty: one.certainty,
            spelling: one.spelling,
        };
        found.into_iter().map(split).collect()
    }

    /// The rows of COPY text that may hold a device. A chunk consists of whole rows.
    pub fn candidate_rows<'c>(&'c self, chunk: &'c [u8]) -> impl Iterator<Item = CopyRow<'c>> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let at = filter::next_candidate(&self.index, chunk, from)?;
            let row = CopyRow::around(chunk, at);
            from = row.end();
            Some(row)
        })
    }

    /// Without the filter.
    fn examine(&self, value: &str, shape: Shape, countries: &Countries) -> Vec<Occurrence> {
        let mut found = Vec::new();
        let Index {
            phones,
            emails,
            addresses,
        } = &self.index;
        shape.search(
            value,
            &countries.resolve(),
            &mut found,
            &|text, context, found| {
                phone::find(text, phones, context, found);
                email::find(text, |device| emails.get(device), found);
                address::find(text, |device| addresses.get(device), found);
            },
        );
        settle(&mut found);
        let occurrence = |one: Found<usize>| Occurrence {
            device: one.device,
            range: one.range,
            certainty: one.verdict.certainty,
            spelling: one.verdict.spelling,
        };
        found.into_iter().map(occurrence).collect()
    }
}

/// Every device in a value, from left to right, whether wanted or not.
pub fn sightings(value: &str, shape: Shape, countries: &Countries) -> Vec<Sighting> {
    let mut found = Vec::new();
    shape.search(value, &countries.resolve(), &mut found, &sight);
    found.sort_by_key(|one| (one.range.start, std::cmp::Reverse(one.range.end)));
    let mut end = 0;
    // An email or an address is not a phone as well.
    found.retain(|one| {
        let is_first = one.range.start >= end;
        end = end.max(one.range.end);
        is_first
    });
    let sighting = |one: Found<Option<Device>>| Sighting {
        device: one.device,
        range: one.range,
        certainty: one.verdict.certainty,
        spelling: one.verdict.spelling,
    };
    found.into_iter().map(sighting).collect()
}

fn sight(text: &str, context: &Context, found: &mut Vec<Found<Option<Device>>>) {
    let known = |device: &Device| Some(Some(device.clone()));
    email::find(text, known, found);
    address::find(text, known, found);
    let mut phones = Vec::new();
    phone::scan(text, context, &mut phones);
    for phone in phones {
        let is_other = |other: &Found<_>| {
            other.range.start < phone.range.end && phone.range.start < other.range.end
        };
        if found.iter().any(is_other) && phone.verdict.certainty == Certainty::Possible {
            continue;
        }
        let digits = phone.device.map(|digits| {
            let text = format!("+{}", String::from_utf8_lossy(&digits));
            Device::parse(DeviceKind::Phone, &text).expect("a reading is a number")
        });
        found.push(Found {
            device: digits,
            range: phone.range,
            verdict: phone.verdict,
        });
    }
}

/// Sorts what was found. Of readings of the same bytes the certain one counts; two certain readings of the same bytes as two devices are both possible.
fn settle(found: &mut Vec<Found<usize>>) {
    found.sort_by_key(|one| {
        let certainty = std::cmp::Reverse(one.verdict.certainty);
        (
            one.range.start,
            std::cmp::Reverse(one.range.end),
            certainty,
            one.device,
        )
    });
    let all = found.clone();
    let longest = all.iter().map(|one| one.range.len()).max().unwrap_or(0);
    // Those that may overlap it: a value may hold a device thousands of times.
    let near = |at: usize| {
        let range = all[at].range.clone();
        let earlier = all[..at].iter().rev();
        let earlier = earlier.take_while(move |other| other.range.start + longest > range.start);
        let end = all[at].range.end;
        let later = all[at + 1..]
            .iter()
            .take_while(move |other| other.range.start < end);
        earlier
            .map(|other| (true, other))
            .chain(later.map(|other| (false, other)))
    };
    let contains = |a: &Range<usize>, b: &Range<usize>| a.start <= b.start && b.end <= a.end;
    let is_superseded = |(at, one): (usize, &Found<usize>)| {
        near(at).any(|(is_earlier, other)| {
            let is_same =
                other.device == one.device && other.verdict.certainty == one.verdict.certainty;
            let is_better = other.verdict.certainty > one.verdict.certainty
                || is_same && (is_earlier || other.range.len() > one.range.len());
            is_better && contains(&other.range, &one.range)
        })
    };
    let is_contested = |(at, one): (usize, &Found<usize>)| {
        near(at).any(|(_, other)| {
            // An email that contains a number is both.
            let is_within =
                contains(&other.range, &one.range) || contains(&one.range, &other.range);
            other.device != one.device
                && other.verdict.certainty == Certainty::Certain
                && other.range.start < one.range.end
                && one.range.start < other.range.end
                && (!is_within || other.range == one.range)
        })
    };
    let mut settled = Vec::with_capacity(all.len());
    for (at, one) in all
        .iter()
        .enumerate()
        .filter(|(at, one)| !is_superseded((*at, one)))
    {
        let mut one = one.clone();
        if is_contested((at, &one)) {
            one.verdict = one.verdict.doubtful();
        }
        settled.push(one);
    }
    *found = settled;
}
