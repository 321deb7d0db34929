//! What the recogniser has to know of a JSON document besides its text: which bytes are numbers, and which object names a country.

use std::ops::Range;

use super::country::Country;

/// What is outside of the strings of a JSON document.
pub(super) struct Literals {
    /// Where each string begins and ends, in turn.
    quotes: Vec<usize>,
}

/// The literal that some bytes of a document are.
pub(super) enum Literal {
    /// They are in a string.
    None,
    /// They are a number without a fraction and an exponent, or its fraction is zero.
    Number(Range<usize>),
    /// They are a part of something else.
    Other,
}

impl Literals {
    pub(super) fn of(value: &str) -> Literals {
        let bytes = value.as_bytes();
        let mut quotes = Vec::new();
        let mut at = 0;
        while let Some(next) = bytes
            .get(at..)
            .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
        {
            at += next;
            match bytes[at] {
                b'"' => {
                    quotes.push(at);
                    at += 1;
                }
                // Outside of a string there is none in a document.
                _ => at += 2,
            }
        }
        Literals { quotes }
    }

    pub(super) fn around(&self, value: &str, range: &Range<usize>) -> Literal {
        let before = self.quotes.partition_point(|quote| *quote < range.start);
        if before % 2 == 1 {
            return Literal::None;
        }
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        let bytes = value.as_bytes();
        let earlier = bytes[..range.start]
            .iter()
            .rev()
            .take_while(|b| is_part(b))
            .count();
        let later = bytes[range.end..].iter().take_while(|b| is_part(b)).count();
        let literal = range.start - earlier..range.end + later;
        let (integer, fraction) = value[literal.clone()]
            .split_once('.')
            .unwrap_or((&value[literal.clone()], "0"));
        let is_number = earlier == 0
            && integer.len() <= range.len()
            && integer.bytes().all(|b| b.is_ascii_digit())
            && fraction.bytes().all(|b| b == b'0');
        match is_number {
            true => Literal::Number(literal),
            false => Literal::Other,
        }
    }
}

/// An object that may name the country of the numbers in it.
#[derive(Default)]
pub(super) struct Object {
    pub(super) country: Option<Country>,
    /// Its strings and numbers, also those in its arrays.
    pub(super) scalars: Vec<Range<usize>>,
    /// The key whose value is next.
    key: Option<Range<usize>>,
    is_key_next: bool,
}

/// The objects of a document, the inner ones first. What is no document has some, too.
pub(super) fn objects(value: &str) -> Vec<Object> {
    let bytes = value.as_bytes();
    let mut closed = Vec::new();
    let mut open: Vec<Object> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => open.push(Object {
                is_key_next: true,
                ..Object::default()
            }),
            b'}' => closed.extend(open.pop()),
            b',' => {
                // In an array it is followed by no key, and the next string is not taken for one because no colon follows it.
                if let Some(object) = open.last_mut() {
                    object.is_key_next = true;
                }
            }
            b'"' => {
                let end = string_end(bytes, at + 1);
                let is_key = value[end..]
                    .trim_start_matches('"')
                    .trim_start()
                    .starts_with(':');
                add(open.last_mut(), value, at + 1..end, is_key);
                at = end;
            }
            b'0'..=b'9' | b'-' => {
                let rest = &bytes[at..];
                let is_end = |b: &u8| !b.is_ascii_alphanumeric() && !b"+-.".contains(b);
                let end = at + rest.iter().position(is_end).unwrap_or(rest.len());
                add(open.last_mut(), value, at..end, false);
                at = end - 1;
            }
            _ => {}
        }
        at += 1;
    }
    closed.extend(open);
    closed
}

/// Where the string that begins at a place ends.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(next) = bytes
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        match bytes[at + next] {
            b'"' => return at + next,
            _ => at += next + 2,
        }
    }
    bytes.len()
}

/// A string or a number of an object.
fn add(object: Option<&mut Object>, value: &str, range: Range<usize>, is_key: bool) {
    let Some(object) = object else {
        return;
    };
    if is_key && object.is_key_next {
        object.is_key_next = false;
        object.key = Some(range);
        return;
    }
    let is_code = object
        .key
        .as_ref()
        .is_some_and(|key| names_a_country(&value[key.clone()]));
    match is_code
        .then(|| Country::parse(&value[range.clone()]))
        .flatten()
    {
        Some(country) => object.country = Some(country),
        None => object.scalars.push(range),
    }
}

/// Whether the value of a key is a country or its dialling code.
fn names_a_country(key: &str) -> bool {
    const ENDS: [&str; 8] = [
        "country",
        "countrycode",
        "countryprefix",
        "callingcode",
        "dialcode",
        "dialingcode",
        "diallingcode",
        "phonecode",
    ];
    let letters = key.chars().filter(char::is_ascii_alphabetic);
    let key: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    key == "cc" || ENDS.iter().any(|end| key.ends_with(end))
}
