//! Devices behind encodings that hide their characters: digests, base64 and hexadecimal.

mod alphabet;

use std::collections::HashMap;
use std::ops::Range;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use self::alphabet::{base64_text, hex_bytes, hex_text, is_hex, next_run};
use super::copy::CopyRow;
use super::{Certainty, Countries, Recogniser, Shape, Spelling};
use crate::domain::device::Device;

/// Bytes of MD5. Of longer digests the first ones are compared: nothing else begins with the same 128 bits.
const COMPARED: usize = 16;
/// Digits of an MD5, SHA-1 and SHA-256 digest in hexadecimal.
const HEX_LENGTHS: [usize; 3] = [32, 40, 64];
/// Characters of the same in base64, without padding.
const BASE64_LENGTHS: [usize; 3] = [22, 27, 43];
/// Places of the hyphens in a UUID, and its length.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const UUID: usize = 36;
/// Fewer hexadecimal digits hold no device.
const SHORTEST_HEX: usize = 16;

/// Recognises the digests of some devices, and the devices themselves in base64 or hexadecimal.
///
/// A digest is MD5, SHA-1 or SHA-256 of the canonical form of a device (of a phone also without its plus), in hexadecimal of either case, as a UUID, or in
/// base64 of either alphabet, with padding or without. Text in base64 or hexadecimal is found from a length of eight bytes on. After `\x`, as in the
/// output of `bytea`, what is not text is passed over, and around it devices are found too.
pub struct Encodings<'r> {
    recogniser: &'r Recogniser,
    /// The devices by the first bytes of their digests.
    digests: HashMap<[u8; COMPARED], u32>,
}

/// A device behind an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded {
    /// As in [`Occurrence`](super::Occurrence).
    pub device: usize,
    pub certainty: Certainty,
    pub spelling: Spelling,
}

/// What an encoding hides.
enum Hidden<'t> {
    /// This device, by its digest.
    Digest(u32),
    Text(Spelling, &'t str),
}

impl<'r> Encodings<'r> {
    /// Of the devices of a recogniser. Of equal devices the first is meant.
    pub fn new(recogniser: &'r Recogniser, devices: &[Device]) -> Encodings<'r> {
        let mut digests = HashMap::with_capacity(devices.len() * 6);
        for (device, number) in devices.iter().zip(0..) {
            for text in digested(device) {
                for digest in digests_of(text.as_bytes()) {
                    digests.entry(digest).or_insert(number);
                }
            }
        }
        Encodings {
            recogniser,
            digests,
        }
    }

    /// The rows of COPY text that may hold a device, encoded or not. A chunk consists of whole rows.
    pub fn candidate_rows<'c>(&'c self, chunk: &'c [u8]) -> impl Iterator<Item = CopyRow<'c>> {
        let mut plain = self.recogniser.candidate_rows(chunk).peekable();
        let mut from = 0;
        let encoded = std::iter::from_fn(move || {
            let row = CopyRow::around(chunk, self.next_candidate(chunk, from)?);
            from = row.end();
            Some(row)
        });
        let mut encoded = encoded.peekable();
        std::iter::from_fn(move || match (plain.peek(), encoded.peek()) {
            (Some(one), Some(other)) if one.start() == other.start() => {
                encoded.next();
                plain.next()
            }
            (Some(one), Some(other)) if one.start() > other.start() => encoded.next(),
            (None, _) => encoded.next(),
            _ => plain.next(),
        })
    }

    /// The devices that a value hides, with repetitions.
    pub fn find(&self, value: &str, countries: &Countries) -> Vec<Encoded> {
        let mut found = Vec::new();
        let text = value.as_bytes();
        let mut at = 0;
        while let Some(run) = next_run(text, at) {
            at = run.end;
            self.reveal(text, run, &mut |hidden| match hidden {
                Hidden::Digest(device) => found.push(by_digest(device)),
                Hidden::Text(spelling, text) => {
                    self.find_within(text, spelling, countries, &mut found);
                }
            });
        }
        found
    }

    /// Devices in decoded text, and their digests.
    fn find_within(
        &self,
        text: &str,
        spelling: Spelling,
        countries: &Countries,
        found: &mut Vec<Encoded>,
    ) {
        let plain = self.recogniser.find(text, Shape::Text, countries);
        found.extend(plain.into_iter().map(|one| Encoded {
            device: one.device,
            certainty: one.certainty,
            spelling,
        }));
        self.each_digest_in(text.as_bytes(), &mut |device| found.push(by_digest(device)));
    }

    /// Where a text may hide a device, from a place on.
    fn next_candidate(&self, text: &[u8], mut at: usize) -> Option<usize> {
        while let Some(run) = next_run(text, at) {
            at = run.end;
            let start = run.start;
            let mut is_candidate = false;
            self.reveal(text, run, &mut |hidden| {
                is_candidate |= match hidden {
                    Hidden::Digest(_) => true,
                    Hidden::Text(_, text) => self.may_hold(text),
                }
            });
            if is_candidate {
                return Some(start);
            }
        }
        None
    }

    fn may_hold(&self, text: &str) -> bool {
        let mut has_digest = false;
        self.each_digest_in(text.as_bytes(), &mut |_| has_digest = true);
        has_digest || self.recogniser.may_hold(text.as_bytes())
    }

    /// What a run of characters in a text hides.
    fn reveal(&self, text: &[u8], run: Range<usize>, visit: &mut dyn FnMut(Hidden)) {
        self.digests_in(text, &run, &mut |device| visit(Hidden::Digest(device)));
        let mut from = run.start;
        while let Some(digits) = next_hex(text, from..run.end) {
            from = digits.end;
            let is_bytea = digits.start >= 2 && text[..digits.start].ends_with(b"\\x");
            let even = digits.len() % 2 == 0;
            if is_bytea && even {
                let bytes = hex_bytes(&text[digits]);
                visit(Hidden::Text(
                    Spelling::Hex,
                    &String::from_utf8_lossy(&bytes),
                ));
            } else if even
                && digits.len() >= SHORTEST_HEX
                && let Some(text) = hex_text(&text[digits])
            {
                visit(Hidden::Text(Spelling::Hex, &text));
            }
        }
        for start in starts(text, &run) {
            if let Some(text) = base64_text(text, start..run.end) {
                visit(Hidden::Text(Spelling::Base64, &text));
            }
        }
    }

    fn each_digest_in(&self, text: &[u8], visit: &mut dyn FnMut(u32)) {
        let mut at = 0;
        while let Some(run) = next_run(text, at) {
            at = run.end;
            self.digests_in(text, &run, visit);
        }
    }

    /// Digests in a run of characters.
    fn digests_in(&self, text: &[u8], run: &Range<usize>, visit: &mut dyn FnMut(u32)) {
        if run.len() < BASE64_LENGTHS[0] {
            return;
        }
        let mut known = |digest: Option<[u8; COMPARED]>| {
            if let Some(device) = digest.and_then(|digest| self.digests.get(&digest)) {
                visit(*device);
            }
        };
        let mut from = run.start;
        while let Some(digits) = next_hex(text, from..run.end) {
            from = digits.end;
            if HEX_LENGTHS.contains(&digits.len()) {
                known(first_of_hex(text[digits].iter()));
            }
        }
        for start in starts(text, run) {
            let whole = &text[start..run.end];
            if is_uuid(whole) {
                known(first_of_hex(whole.iter().filter(|byte| **byte != b'-')));
            }
            // Also after or before a name, as in `sha256-…`.
            let is_mark = |byte: &u8| matches!(byte, b'-' | b'_');
            let marks = whole.iter().enumerate().filter(|(_, byte)| is_mark(byte));
            for first in std::iter::once(0).chain(marks.map(|(at, _)| at + 1)) {
                for length in BASE64_LENGTHS {
                    let rest = &whole[first..];
                    if rest.len() >= length && rest.get(length).is_none_or(is_mark) {
                        known(first_of_base64(&rest[..length]));
                    }
                }
            }
        }
    }
}

fn by_digest(device: u32) -> Encoded {
    Encoded {
        device: device as usize,
        certainty: Certainty::Certain,
        spelling: Spelling::Digest,
    }
}

/// The texts of a device of which digests are made.
fn digested(device: &Device) -> Vec<String> {
    match device {
        Device::Phone(phone) => vec![phone.e164(), phone.digits().to_owned()],
        Device::Email(email) => email.forms().map(str::to_owned).collect(),
        Device::IpAddr(address) => vec![address.to_string()],
    }
}

/// The beginnings of all digests of a text.
fn digests_of(text: &[u8]) -> [[u8; COMPARED]; 3] {
    fn first(digest: &[u8]) -> [u8; COMPARED] {
        *digest.first_chunk().expect("a digest is long enough")
    }
    [
        first(&Md5::digest(text)),
        first(&Sha1::digest(text)),
        first(&Sha256::digest(text)),
    ]
}

/// Where an encoded text may begin in a run: at its beginning, and behind a letter that belongs to a backslash before it.
fn starts(text: &[u8], run: &Range<usize>) -> impl Iterator<Item = usize> + use<> {
    let is_escape = run.start > 0 && text[run.start - 1] == b'\\';
    [Some(run.start), is_escape.then_some(run.start + 1)]
        .into_iter()
        .flatten()
}

/// The next hexadecimal digits in a part of a text, as many as there are.
fn next_hex(text: &[u8], part: Range<usize>) -> Option<Range<usize>> {
    let start = part.start + text[part.clone()].iter().position(|byte| is_hex(*byte))?;
    let rest = &text[start..part.end];
    let length = rest.iter().position(|byte| !is_hex(*byte));
    Some(start..start + length.unwrap_or(rest.len()))
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == UUID
        && (0..UUID).all(|at| match HYPHENS.contains(&at) {
            true => text[at] == b'-',
            false => is_hex(text[at]),
        })
}

fn first_of_hex<'t>(digits: impl Iterator<Item = &'t u8>) -> Option<[u8; COMPARED]> {
    let digits: Vec<u8> = digits.take(2 * COMPARED).copied().collect();
    hex_bytes(&digits).first_chunk().copied()
}

fn first_of_base64(text: &[u8]) -> Option<[u8; COMPARED]> {
    alphabet::base64_bytes(text).first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::device::DeviceKind;

    const EMAIL: &str = "ada.quartz@example.com";
    const PHONE: &str = "+12025550147";

    /// What is found in a value, and whether its row is a candidate, which must be the same.
    #[track_caller]
    fn found(value: &str) -> Vec<(usize, &'static str)> {
        let devices = [
            Device::parse(DeviceKind::Phone, PHONE).unwrap(),
            Device::parse(DeviceKind::Email, EMAIL).unwrap(),
            Device::parse(DeviceKind::Ipaddr, "192.0.2.77").unwrap(),
        ];
        let recogniser = Recogniser::new(&devices);
        let encodings = Encodings::new(&recogniser, &devices);
        let mut found: Vec<(usize, &'static str)> = encodings
            .find(value, &Countries::unknown())
            .into_iter()
            .filter(|one| one.certainty == Certainty::Certain)
            .map(|one| (one.device, one.spelling.into()))
            .collect();
        found.sort_unstable();
        found.dedup();
        let escaped = value
            .replace('\\', "\\\\")
            .replace('\n', "\\n")
            .replace('\r', "\\r")
            .replace('\t', "\\t");
        let chunk = format!("1\tx\n2\t{escaped}\t\\N\n3\t\\N\n");
        let rows: Vec<&[u8]> = encodings
            .candidate_rows(chunk.as_bytes())
            .map(|row| row.bytes())
            .collect();
        if !found.is_empty() {
            assert_eq!(rows.len(), 1, "{value}");
            assert!(rows[0].starts_with(b"2\t"), "{value}");
        }
        found
    }

    fn hex(bytes: &[u8]) -> String {
        data_encoding::HEXLOWER.encode(bytes)
    }

    #[test]
    fn digests_are_found_in_every_notation() {
        for (device, text) in [
            (0, PHONE),
            (0, "12025550147"),
            (1, EMAIL),
            (2, "192.0.2.77"),
        ] {
            let digests: [Vec<u8>; 3] = [
                Md5::digest(text).to_vec(),
                Sha1::digest(text).to_vec(),
                Sha256::digest(text).to_vec(),
            ];
            for digest in &digests {
                let base64 = data_encoding::BASE64.encode(digest);
                let url = data_encoding::BASE64URL_NOPAD.encode(digest);
                for value in [
                    hex(digest),
                    hex(digest).to_uppercase(),
                    format!("\\x{}", hex(digest)),
                    format!("{{\"h\": \"{}\"}}", hex(digest)),
                    format!("sha:{}, of a contact", hex(digest)),
                    base64.clone(),
                    base64.trim_end_matches('=').to_owned(),
                    format!("\n{base64}\n"),
                    format!("digest-{url}"),
                    url,
                    // The text of a digest as bytes.
                    format!("\\x{}", hex(hex(digest).as_bytes())),
                ] {
                    assert_eq!(found(&value), [(device, "digest")], "{value}");
                }
            }
        }
        let md5 = hex(&Md5::digest(EMAIL));
        let uuid = [
            &md5[..8],
            &md5[8..12],
            &md5[12..16],
            &md5[16..20],
            &md5[20..],
        ]
        .join("-");
        assert_eq!(found(&uuid), [(1, "digest")]);
    }

    #[test]
    fn other_digests_are_not_found() {
        let other = hex(&Md5::digest("ada.quartz@example.org"));
        assert_eq!(found(&other), []);
        let longer = format!("{}0", hex(&Md5::digest(EMAIL)));
        assert_eq!(found(&longer), [], "it is a part of something else");
    }

    #[test]
    fn text_in_base64_and_hexadecimal_is_found() {
        for value in [
            EMAIL,
            "Ada.Quartz@Example.com",
            "write to ada.quartz@example.com",
            "é ada.quartz@example.com",
        ] {
            for encoded in [
                data_encoding::BASE64.encode(value.as_bytes()),
                data_encoding::BASE64URL_NOPAD.encode(value.as_bytes()),
                format!("\t{}", data_encoding::BASE64.encode(value.as_bytes())),
            ] {
                assert_eq!(found(&encoded), [(1, "base64")], "{encoded}");
            }
            for encoded in [
                hex(value.as_bytes()),
                format!("\\x{}", hex(value.as_bytes())),
            ] {
                assert_eq!(found(&encoded), [(1, "hex")], "{encoded}");
            }
        }
        assert_eq!(
            found(&data_encoding::BASE64.encode(PHONE.as_bytes())),
            [(0, "base64")]
        );
    }

    #[test]
    fn lines_of_base64_are_read_as_one_text() {
        let text = format!("{} {EMAIL} and so on", "x".repeat(40));
        let encoded = data_encoding::BASE64.encode(text.as_bytes());
        let (first, second) = encoded.split_at(76);
        for end in ["\n", "\r\n"] {
            assert_eq!(found(&format!("{first}{end}{second}")), [(1, "base64")]);
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_hide_what_is_around_them() {
        let bytes = [&[0xff, 0, 0x80][..], b" ada.quartz@example.com ", &[0xfe]].concat();
        assert_eq!(found(&format!("\\x{}", hex(&bytes))), [(1, "hex")]);
        let array = format!("{{\"\\\\x{}\",\"\\\\x00\"}}", hex(EMAIL.as_bytes()));
        assert_eq!(found(&array), [(1, "hex")]);
    }
}
