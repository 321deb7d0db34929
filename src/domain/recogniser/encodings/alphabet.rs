//! Base64 and hexadecimal, read quickly enough to be tried on every long word of a database.

use std::borrow::Cow;
use std::ops::Range;

/// The shortest run that is examined: the base64 of eight bytes, without padding. A date has ten.
const SHORTEST: usize = 11;
/// Lines of base64 that are continued have as many characters or more.
const SHORTEST_LINE: usize = 60;

const NONE: u8 = 0xff;

/// The values of the characters of base64, in both alphabets.
const BASE64: [u8; 256] = {
    let mut values = [NONE; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < 64 {
        values[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

/// The values of hexadecimal digits.
const HEX: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value] as usize] = value as u8;
        values[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    values
};

#[inline]
fn is_base64(byte: u8) -> bool {
    BASE64[byte as usize] != NONE
}

#[inline]
pub(super) fn is_hex(byte: u8) -> bool {
    HEX[byte as usize] != NONE
}

/// The next run of characters of base64 that is long enough, from a place on. Between short words most bytes are not looked at.
pub(super) fn next_run(text: &[u8], mut at: usize) -> Option<Range<usize>> {
    loop {
        let probe = at + SHORTEST - 1;
        if !is_base64(*text.get(probe)?) {
            at = probe + 1;
            continue;
        }
        let before = text[at..probe].iter().rev();
        let start = probe - before.take_while(|byte| is_base64(**byte)).count();
        let after = text[probe..].iter().take_while(|byte| is_base64(**byte));
        let end = probe + after.count();
        if end - start >= SHORTEST {
            return Some(start..end);
        }
        at = end;
    }
}

/// The bytes of hexadecimal digits; an odd last one is ignored.
pub(super) fn hex_bytes(digits: &[u8]) -> Vec<u8> {
    let byte = |pair: &[u8; 2]| HEX[pair[0] as usize] << 4 | HEX[pair[1] as usize];
    digits.as_chunks::<2>().0.iter().map(byte).collect()
}

/// The text of hexadecimal digits, if it is one.
pub(super) fn hex_text(digits: &[u8]) -> Option<String> {
    let pairs = digits.as_chunks::<2>().0.iter();
    text(pairs.map(|pair| HEX[pair[0] as usize] << 4 | HEX[pair[1] as usize]))
}

/// The bytes of base64; bits that are left over are ignored.
pub(super) fn base64_bytes(encoded: &[u8]) -> Vec<u8> {
    Bytes::of(encoded).collect()
}

/// The text of base64 in a part of a text, if it is one, with the lines that continue it.
pub(super) fn base64_text(whole: &[u8], part: Range<usize>) -> Option<String> {
    if part.len() < SHORTEST || part.len() % 4 == 1 {
        return None;
    }
    // Most words are given up after a few bytes.
    text(Bytes::of(&whole[part.clone()]))?;
    text(Bytes::of(&with_further_lines(whole, part)))
}

/// A run of base64 and the lines after it that continue it.
fn with_further_lines(whole: &[u8], mut line: Range<usize>) -> Cow<'_, [u8]> {
    let mut all = Cow::Borrowed(&whole[line.clone()]);
    while line.len() >= SHORTEST_LINE && line.len().is_multiple_of(4) {
        let rest = &whole[line.end..];
        // As they are, and as COPY writes them.
        let ends: [&[u8]; 4] = [b"\r\n", b"\n", b"\\r\\n", b"\\n"];
        let Some(end) = ends.into_iter().find(|end| rest.starts_with(end)) else {
            break;
        };
        let start = line.end + end.len();
        let next = whole[start..].iter().take_while(|byte| is_base64(**byte));
        line = start..start + next.count();
        all.to_mut().extend_from_slice(&whole[line.clone()]);
    }
    all
}

/// Bytes as text, unless they have control characters or are no UTF-8.
fn text(bytes: impl Iterator<Item = u8>) -> Option<String> {
    let mut text = Vec::new();
    for byte in bytes {
        let is_control = byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7f;
        if is_control {
            return None;
        }
        text.push(byte);
    }
    String::from_utf8(text).ok()
}

/// Decodes base64.
struct Bytes<'e> {
    rest: std::slice::Iter<'e, u8>,
    bits: u32,
    count: u32,
}

impl Bytes<'_> {
    fn of(encoded: &[u8]) -> Bytes<'_> {
        Bytes {
            rest: encoded.iter(),
            bits: 0,
            count: 0,
        }
    }
}

impl Iterator for Bytes<'_> {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        while self.count < 8 {
            let value = BASE64[*self.rest.next()? as usize];
            self.bits = self.bits << 6 | u32::from(value);
            self.count += 6;
        }
        self.count -= 8;
        Some((self.bits >> self.count) as u8)
    }
}
