//! Rows in the text format of COPY.

use std::borrow::Cow;
use std::ops::Range;

/// A row that may hold a device.
pub struct CopyRow<'c> {
    chunk: &'c [u8],
    range: Range<usize>,
}

impl<'c> CopyRow<'c> {
    /// The row around a place.
    pub(super) fn around(chunk: &'c [u8], at: usize) -> CopyRow<'c> {
        let start = memchr::memrchr(b'\n', &chunk[..at]).map_or(0, |end| end + 1);
        let length = memchr::memchr(b'\n', &chunk[at..]);
        CopyRow {
            chunk,
            range: start..length.map_or(chunk.len(), |length| at + length),
        }
    }

    /// Where the row begins in its chunk.
    pub(super) fn start(&self) -> usize {
        self.range.start
    }

    /// Where the next row begins.
    pub(super) fn end(&self) -> usize {
        (self.range.end + 1).min(self.chunk.len())
    }

    /// The row without its line end.
    pub fn bytes(&self) -> &'c [u8] {
        &self.chunk[self.range.clone()]
    }
}

/// The fields of a row in COPY's text format, without its escapes; `None` is NULL.
pub fn copy_fields(row: &str) -> impl Iterator<Item = Option<Cow<'_, str>>> {
    row.split('\t').map(|field| match field {
        "\\N" => None,
        field => Some(unescape(field)),
    })
}

fn unescape(field: &str) -> Cow<'_, str> {
    if !field.contains('\\') {
        return Cow::Borrowed(field);
    }
    let mut text = String::with_capacity(field.len());
    let mut rest = field;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('v') => text.push('\u{b}'),
            // The server writes no other escapes than a backslash for itself.
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_without_escapes() {
        let fields: Vec<_> = copy_fields("1\t\\N\ta\\tb\\\\u002b\\nc\\\\N\t").collect();
        let texts = fields.iter().map(|field| field.as_deref());
        assert_eq!(
            texts.collect::<Vec<_>>(),
            [Some("1"), None, Some("a\tb\\u002b\nc\\N"), Some("")]
        );
    }
}
