//! A text without its escapes, and where each of its bytes is in the stored value.

use std::borrow::Cow;
use std::ops::Range;

/// Escapes are removed so often: JSON inside a string of JSON inside a URL is legible, and no text takes long.
const DEPTH: usize = 4;
/// Longer names are not entities.
const LONGEST_ENTITY: usize = 10;

/// The text that a value means.
pub(super) struct View<'v> {
    pub(super) text: Cow<'v, str>,
    /// Where in the value each byte of the text begins, and the length of the value. Empty where the text is the value itself.
    places: Vec<usize>,
}

impl<'v> View<'v> {
    /// Removes the escapes of JSON, URLs and XML, which may be inside one another.
    pub(super) fn of(value: &'v str) -> View<'v> {
        let mut view = View {
            text: Cow::Borrowed(value),
            places: Vec::new(),
        };
        for _ in 0..DEPTH {
            let Some((text, places)) = unescape(&view.text) else {
                break;
            };
            let places = match view.places.is_empty() {
                true => places,
                false => places.iter().map(|at| view.places[*at]).collect(),
            };
            view = View {
                text: Cow::Owned(text),
                places,
            };
        }
        view
    }

    /// Whether the value has escapes.
    #[cfg(test)]
    pub(super) fn is_escaped(&self) -> bool {
        !self.places.is_empty()
    }

    /// The bytes of the value that mean a range of the text.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        match self.places.is_empty() {
            true => range.clone(),
            false => self.places[range.start]..self.places[range.end],
        }
    }

    /// Whether a range of the text is behind escapes.
    pub(super) fn hides(&self, range: &Range<usize>) -> bool {
        self.place(range).len() != range.len()
    }
}

/// One level of escapes less; `None` where there are none.
fn unescape(text: &str) -> Option<(String, Vec<usize>)> {
    let bytes = text.as_bytes();
    let mut next = memchr::memchr3(b'\\', b'%', b'&', bytes)?;
    let mut decoded = String::new();
    let mut places = Vec::new();
    let mut copied = 0;
    let mut found = false;
    loop {
        if let Some((length, meaning)) = escape(text, next) {
            if !found {
                decoded.reserve(text.len());
                places.reserve(text.len() + 1);
                found = true;
            }
            decoded.push_str(&text[copied..next]);
            places.extend(copied..next);
            decoded.push(meaning);
            places.extend(std::iter::repeat_n(next, meaning.len_utf8()));
            copied = next + length;
            next = copied;
        } else {
            next += 1;
        }
        match memchr::memchr3(b'\\', b'%', b'&', &bytes[next..]) {
            Some(at) => next += at,
            None => break,
        }
    }
    if !found {
        return None;
    }
    decoded.push_str(&text[copied..]);
    places.extend(copied..=text.len());
    Some((decoded, places))
}

/// The length and the meaning of the escape at a place; `None` if there is none.
fn escape(text: &str, at: usize) -> Option<(usize, char)> {
    let rest = &text[at..];
    match rest.as_bytes()[0] {
        b'\\' => backslash(rest),
        b'%' => percent(rest.as_bytes()),
        _ => entity(rest),
    }
}

/// Of JSON, which are also those of arrays, rows and hstore.
fn backslash(rest: &str) -> Option<(usize, char)> {
    let plain = |c| Some((2, c));
    match rest.as_bytes().get(1)? {
        b'"' => plain('"'),
        b'\\' => plain('\\'),
        b'/' => plain('/'),
        b'n' => plain('\n'),
        b't' => plain('\t'),
        b'r' => plain('\r'),
        b'b' => plain('\u{8}'),
        b'f' => plain('\u{c}'),
        b'u' => {
            let first = unit(rest, 2)?;
            match char::from_u32(first) {
                Some('\0') | None => pair(rest, first),
                Some(c) => Some((6, c)),
            }
        }
        _ => None,
    }
}

/// Four hexadecimal digits.
fn unit(rest: &str, at: usize) -> Option<u32> {
    let digits = rest.get(at..at + 4)?;
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}

/// Two surrogates.
fn pair(rest: &str, first: u32) -> Option<(usize, char)> {
    let second = unit(rest.strip_prefix("\\u")?.get(4..)?.strip_prefix("\\u")?, 0)?;
    let is_pair = (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&second);
    let c = is_pair.then(|| 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))?;
    Some((12, char::from_u32(c)?))
}

/// One character of UTF-8, each of its bytes escaped.
fn percent(rest: &[u8]) -> Option<(usize, char)> {
    let byte = |at: usize| {
        let escape = rest.get(at..at + 3).filter(|escape| escape[0] == b'%')?;
        let digit = |b: u8| char::from(b).to_digit(16);
        u8::try_from(digit(escape[1])? * 16 + digit(escape[2])?).ok()
    };
    let first = byte(0)?;
    let length = match first {
        1..0x80 => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return None,
    };
    let mut bytes = [0; 4];
    for (number, place) in bytes[..length].iter_mut().enumerate() {
        *place = byte(3 * number)?;
    }
    let c = std::str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
    Some((3 * length, c))
}

/// Numbers, and the names that may be in a device or beside one.
fn entity(rest: &str) -> Option<(usize, char)> {
    let end = rest
        .bytes()
        .take(LONGEST_ENTITY + 2)
        .position(|b| b == b';')?;
    let name = rest.get(1..end)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "plus" => '+',
        "commat" => '@',
        "period" => '.',
        "colon" => ':',
        "sol" => '/',
        "lpar" => '(',
        "rpar" => ')',
        "hyphen" | "dash" => '-',
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let (digits, radix) = hex.map_or((number, 10), |hex| (hex, 16));
            let is_number = digits.bytes().all(|b| char::from(b).is_digit(radix));
            let code = is_number.then(|| u32::from_str_radix(digits, radix).ok())?;
            char::from_u32(code?).filter(|c| *c != '\0')?
        }
    };
    Some((end + 1, c))
}

/// Whether an escape that may hide a part of a device begins here. It is asked for each byte that begins an escape, so it may
/// answer yes too often, and never no too often.
pub(super) fn may_hide(text: &[u8], at: usize) -> bool {
    let rest = &text[at..];
    match rest[0] {
        b'%' => rest.len() > 2 && rest[1].is_ascii_hexdigit() && rest[2].is_ascii_hexdigit(),
        b'&' => {
            let end = rest.len().min(LONGEST_ENTITY + 2);
            rest.get(1)
                .is_some_and(|b| *b == b'#' || b.is_ascii_lowercase())
                && rest[1..end].contains(&b';')
        }
        _ => {
            let after = rest.iter().position(|b| *b != b'\\');
            after.is_some_and(|at| matches!(rest[at], b'u' | b'/' | b'%' | b'&'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("plain, 100 % & more", "plain, 100 % & more")]
    #[case(r"\u002b1\/2", "+1/2")]
    #[case(r#"{\"a\":\"x\\u0040y\"}"#, r#"{"a":"x@y"}"#)]
    #[case(r"\ud83d\ude00.", "\u{1f600}.")]
    #[case(r"\ud83d.", r"\ud83d.")]
    #[case(r"\u00zz \u12", r"\u00zz \u12")]
    #[case("a%40b%2Bc%c3%bc", "a@b+cü")]
    #[case("50%ab", "50%ab")]
    #[case("%253440", "440")]
    #[case("&#43;1&#x2B;2 &amp;#43; R&D; &unknown;", "+1+2 + R&D; &unknown;")]
    #[case(r"\\server\share", r"\server\share")]
    fn escapes_are_removed(#[case] value: &str, #[case] text: &str) {
        assert_eq!(View::of(value).text, text);
    }

    #[test]
    fn each_byte_has_its_place() {
        let view = View::of(r"é%C3%BC\u002b1&amp;x");
        assert_eq!(view.text, "éü+1&x");
        assert_eq!(view.place(&(2..4)), 2..8);
        assert_eq!(view.place(&(4..6)), 8..15);
        assert_eq!(view.place(&(6..8)), 15..21);
        assert!(view.is_escaped() && view.hides(&(4..5)) && !view.hides(&(5..6)));
    }
}
