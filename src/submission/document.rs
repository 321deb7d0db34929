//! The text of a submit file: kept whole for the echo, read without a tree, with positions for every error.
//!
//! The members of an object and the elements of an array are slices of the text, so that values are echoed as
//! they were written (number literals, duplicate properties, order) and a million contacts cost no tree.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Levels of arrays and objects that a submission may nest (contract section 1).
pub const MAX_NESTING: usize = 32;

/// Where in the text, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

/// Why a file cannot be read as a submission (contract section 7); the message quotes nothing of the file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("not UTF-8 at {0}; save the file as UTF-8")]
    NotUtf8(Position),
    #[error("not JSON: {message} at {at}")]
    Syntax { message: String, at: Position },
    #[error("the file must hold an object with \"requests\", at {0}")]
    NotAnObject(Position),
    #[error("the object has no property \"requests\", at {0}")]
    NoRequests(Position),
    #[error("the property \"requests\" is given twice, at {0}")]
    RequestsTwice(Position),
    #[error("\"requests\" must be an array of at least one request, at {0}")]
    NoArray(Position),
}

/// Why a file is refused unread: arrays and objects nest deeper than [`MAX_NESTING`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("nested deeper than {MAX_NESTING} levels at {0}")]
pub struct NestedTooDeep(pub Position);

/// The text of a submission that is an object with at least one request.
pub struct Document {
    text: String,
    lines: OnceLock<Vec<usize>>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.text.len())
    }
}

impl Document {
    /// Refuses what nests too deeply, by its brackets alone: before anything is parsed.
    pub fn check_nesting(content: &[u8]) -> Result<(), NestedTooDeep> {
        let mut depth = 0usize;
        let mut in_string = false;
        let mut escaped = false;
        for (offset, byte) in content.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_NESTING {
                return Err(NestedTooDeep(position_in(&content[..offset])));
            }
        }
        Ok(())
    }

    /// Takes the content of a submit file: UTF-8 (a byte order mark is dropped), an object with `requests`.
    pub fn read(content: Vec<u8>) -> Result<Document, Unreadable> {
        let mut text = String::from_utf8(content).map_err(|e| {
            Unreadable::NotUtf8(position_in(&e.as_bytes()[..e.utf8_error().valid_up_to()]))
        })?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let document = Document {
            text,
            lines: OnceLock::new(),
        };
        document.find_requests()?;
        Ok(document)
    }

    /// The elements of `requests`, as written.
    pub fn requests(&self) -> Vec<&RawValue> {
        self.find_requests().expect("a document was read before")
    }

    fn find_requests(&self) -> Result<Vec<&RawValue>, Unreadable> {
        let whole: &RawValue = serde_json::from_str(&self.text).map_err(|e| self.syntax(&e))?;
        let members = members(whole).ok_or(Unreadable::NotAnObject(self.position(whole)))?;
        let mut named = members
            .iter()
            .filter(|m| m.key == "requests")
            .map(|m| m.value);
        let requests = named
            .next()
            .ok_or(Unreadable::NoRequests(self.position(whole)))?;
        if let Some(second) = named.next() {
            return Err(Unreadable::RequestsTwice(self.position(second)));
        }
        match elements(requests) {
            Some(elements) if !elements.is_empty() => Ok(elements),
            _ => Err(Unreadable::NoArray(self.position(requests))),
        }
    }

    /// Where a slice of this document begins.
    pub fn position(&self, slice: &RawValue) -> Position {
        let offset = slice.get().as_ptr() as usize - self.text.as_ptr() as usize;
        let lines = self
            .lines
            .get_or_init(|| memchr::memchr_iter(b'\n', self.text.as_bytes()).collect());
        let line = lines.partition_point(|&end| end < offset);
        let start = if line == 0 { 0 } else { lines[line - 1] + 1 };
        Position {
            line: line + 1,
            column: self.text[start..offset].chars().count() + 1,
        }
    }

    /// A syntax error of the parser: its message names what it expected, never what it saw.
    fn syntax(&self, error: &serde_json::Error) -> Unreadable {
        let whole = error.to_string();
        let message = whole
            .rsplit_once(" at line ")
            .map_or(whole.as_str(), |(message, _)| message)
            .to_owned();
        // The parser counts bytes.
        let line = self.text.split('\n').nth(error.line().saturating_sub(1));
        let characters = line.unwrap_or_default().char_indices();
        let column = characters
            .take_while(|(at, _)| *at < error.column())
            .count();
        Unreadable::Syntax {
            message,
            at: Position {
                line: error.line().max(1),
                column: column.max(1),
            },
        }
    }
}

/// One property of an object: its decoded key and both sides as written.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    pub key: Cow<'a, str>,
    pub raw_key: &'a RawValue,
    pub value: &'a RawValue,
}

/// The properties of an object in order, duplicates included; `None` when the value is no object.
pub fn members(value: &RawValue) -> Option<Vec<Member<'_>>> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<Member<'de>>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((raw_key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                members.push(Member {
                    key: decoded(raw_key),
                    raw_key,
                    value,
                });
            }
            Ok(members)
        }
    }
    if !value.get().starts_with('{') {
        return None;
    }
    serde_json::Deserializer::from_str(value.get())
        .deserialize_map(Members)
        .ok()
}

/// The elements of an array in order; `None` when the value is no array.
pub fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    struct Elements;
    impl<'de> Visitor<'de> for Elements {
        type Value = Vec<&'de RawValue>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut elements = Vec::new();
            while let Some(element) = seq.next_element::<&RawValue>()? {
                elements.push(element);
            }
            Ok(elements)
        }
    }
    if !value.get().starts_with('[') {
        return None;
    }
    serde_json::Deserializer::from_str(value.get())
        .deserialize_seq(Elements)
        .ok()
}

/// The value of a JSON string; `None` when it is no string, or one that no text can hold (a lone surrogate).
pub fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    let text = value.get();
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(text).ok().map(Cow::Owned)
}

/// A key as text; one that no text can hold stands as it was written.
fn decoded(raw_key: &RawValue) -> Cow<'_, str> {
    string(raw_key).unwrap_or(Cow::Borrowed(raw_key.get()))
}

/// The position right behind `before`.
fn position_in(before: &[u8]) -> Position {
    let line = memchr::memchr_iter(b'\n', before).count();
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    Position {
        line: line + 1,
        column: String::from_utf8_lossy(&before[start..]).chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "{\"requests\": [",
        "not JSON: EOF while parsing a list at line 1 column 14"
    )]
    #[case(
        "{\"requests\": [{}],}",
        "not JSON: key must be a string at line 1 column 19"
    )]
    #[case(
        "{\"é\": \"山田\", \"requests\": x}",
        "not JSON: expected value at line 1 column 25"
    )]
    #[case("", "not JSON: EOF while parsing a value at line 1 column 1")]
    #[case(
        "[]",
        "the file must hold an object with \"requests\", at line 1 column 1"
    )]
    #[case("\n {}", "the object has no property \"requests\", at line 2 column 2")]
    #[case(
        "{\"requests\":\n []}",
        "\"requests\" must be an array of at least one request, at line 2 column 2"
    )]
    #[case(
        "{\"requests\": 7}",
        "\"requests\" must be an array of at least one request, at line 1 column 14"
    )]
    #[case(
        "{\"requests\": [1],\n\"requests\": [2]}",
        "the property \"requests\" is given twice, at line 2 column 13"
    )]
    fn unreadable_files_say_what_and_where(#[case] text: &str, #[case] message: &str) {
        assert_eq!(
            Document::read(text.as_bytes().to_vec())
                .unwrap_err()
                .to_string(),
            message
        );
    }

    #[test]
    fn invalid_utf8_has_a_position() {
        let unreadable =
            Document::read(b"{\"requests\":\n \"\xc3\xbc\xff\"}".to_vec()).unwrap_err();
        assert_eq!(
            unreadable,
            Unreadable::NotUtf8(Position { line: 2, column: 4 })
        );
    }

    #[test]
    fn a_byte_order_mark_is_tolerated() {
        assert_eq!(
            Document::read("\u{feff}{\"requests\": [1]}".into())
                .unwrap()
                .requests()
                .len(),
            1
        );
    }

    #[rstest]
    #[case(32, true)]
    #[case(33, false)]
    fn nesting_ends_at_32(#[case] depth: usize, #[case] fits: bool) {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(Document::check_nesting(text.as_bytes()).is_ok(), fits);
    }

    #[test]
    fn brackets_in_strings_do_not_nest() {
        let text = format!("[\"\\\"{}\"]", "[".repeat(100));
        assert!(Document::check_nesting(text.as_bytes()).is_ok());
    }

    #[test]
    fn keys_are_compared_decoded_and_kept_as_written() {
        let value: &RawValue =
            serde_json::from_str(r#"{"phone": 1, "\u0070hone": 1e400, "\ud800": 2}"#).unwrap();
        let members = members(value).unwrap();
        let keys: Vec<_> = members.iter().map(|m| &*m.key).collect();
        assert_eq!(keys, ["phone", "phone", r#""\ud800""#]);
        assert_eq!(members[1].raw_key.get(), r#""\u0070hone""#);
        assert_eq!(members[1].value.get(), "1e400");
    }

    #[test]
    fn positions_count_characters() {
        let document = Document::read("{\"é\": 1,\n \"ü\": 2, \"requests\": [7]}".into()).unwrap();
        assert_eq!(
            document.position(document.requests()[0]),
            Position {
                line: 2,
                column: 23
            }
        );
    }
}
