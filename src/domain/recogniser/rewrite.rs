//! Replaces occurrences and leaves the rest of a value as it is.

use std::borrow::Cow;
use std::ops::Range;

use super::json::{Literal, Literals};
use super::shape::Shape;

/// What is written where a device was: ASCII letters, digits and `+-.:@_`, which need no escape in JSON, XML, arrays, composite
/// values, hstore and COPY. In URLs some of them do, and get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replacement<'r>(&'r str);

impl<'r> Replacement<'r> {
    /// `None` if the text is empty or contains any other character.
    pub fn new(text: &'r str) -> Option<Replacement<'r>> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"+-.:@_".contains(&b);
        (!text.is_empty() && text.bytes().all(is_plain)).then_some(Replacement(text))
    }
}

/// The value with the ranges of some occurrences replaced. Of ranges that overlap, the first counts, and of those the longest.
///
/// In JSON a number that is replaced becomes a string, unless the replacement is a number as well. The rest of the document keeps its bytes, and with them
/// the literals of other numbers, the order of keys and its white space.
pub fn rewrite(value: &str, shape: Shape, replacements: &[(Range<usize>, Replacement)]) -> String {
    let mut sorted: Vec<&(Range<usize>, Replacement)> = replacements.iter().collect();
    sorted.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let literals = (shape == Shape::Json).then(|| Literals::of(value));
    let mut text = String::with_capacity(value.len() + 16 * replacements.len());
    let mut copied = 0;
    for (range, replacement) in sorted {
        if range.start < copied {
            continue;
        }
        text.push_str(&value[copied..range.start]);
        let is_number = literals
            .as_ref()
            .is_some_and(|literals| !matches!(literals.around(value, range), Literal::None));
        let written = match is_number {
            true => as_json(replacement.0),
            false if is_in_url(value, range) => escaped(replacement.0),
            false => Cow::Borrowed(replacement.0),
        };
        text.push_str(&written);
        copied = range.end;
    }
    text.push_str(&value[copied..]);
    text
}

fn as_json(text: &str) -> Cow<'_, str> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    match is_number {
        true => Cow::Borrowed(text),
        false => Cow::Owned(format!("\"{text}\"")),
    }
}

/// Whether a range is behind the escapes of a URL, or in its query.
fn is_in_url(value: &str, range: &Range<usize>) -> bool {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\'');
    let before = value[..range.start]
        .rsplit(is_end)
        .next()
        .unwrap_or_default();
    let is_query = before.contains('?') && before.contains('=');
    let is_escape = |at: usize| {
        let escape = value.as_bytes().get(at + 1..at + 3);
        escape.is_some_and(|escape| escape.iter().all(u8::is_ascii_hexdigit))
    };
    let mut escapes = value[range.clone()]
        .match_indices('%')
        .map(|(at, _)| range.start + at);
    is_query || escapes.any(is_escape)
}

fn escaped(text: &str) -> Cow<'_, str> {
    let mut escaped = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        match c {
            '+' => escaped.push_str("%2B"),
            ':' => escaped.push_str("%3A"),
            '@' => escaped.push_str("%40"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}
