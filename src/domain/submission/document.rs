//! The text of a submitted file: kept as a whole for the echo and parsed without building a tree, with positions for errors.
//!
//! The members of an object and the elements of an array are slices of the text. Values are therefore echoed as written (number
//! literals, duplicate properties, order), and a million contacts need no tree in memory.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Deepest nesting of arrays and objects in a submission (contract section 1).
pub const MAX_NESTING: usize = 32;

/// Default limit of the values in a submission: five million contacts of one property each. Each value needs a few dozen bytes
/// of memory, and as many in the log that echoes it.
pub(crate) const MAX_VALUES: usize = 10_000_000;

/// A position in the text. Both numbers count from 1; the column counts characters.
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

/// Why a file is not a submission (contract section 7). The texts are part of results; they quote nothing of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    NotUtf8(Position),
    Syntax { message: String, at: Position },
    TooManyValues { limit: usize, at: Position },
    NotAnObject(Position),
    NoRequests(Position),
    RequestsTwice(Position),
    NoArray(Position),
}

impl std::error::Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::NotUtf8(at) => write!(f, "not UTF-8 at {at}; save the file as UTF-8"),
            Unreadable::Syntax { message, at } => write!(f, "not JSON: {message} at {at}"),
            Unreadable::TooManyValues { limit, at } => write!(
                f,
                "the file holds more than {limit} values (max_submission_values), at {at}; \
                 split it into several files"
            ),
            Unreadable::NotAnObject(at) => {
                write!(f, "the file must hold an object with \"requests\", at {at}")
            }
            Unreadable::NoRequests(at) => {
                write!(f, "the object has no property \"requests\", at {at}")
            }
            Unreadable::RequestsTwice(at) => {
                write!(f, "the property \"requests\" is given twice, at {at}")
            }
            Unreadable::NoArray(at) => write!(
                f,
                "\"requests\" must be an array of at least one request, at {at}"
            ),
        }
    }
}

/// Why a file is refused before it is parsed: arrays and objects are nested deeper than [`MAX_NESTING`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("nested deeper than {MAX_NESTING} levels at {0}")]
pub struct NestedTooDeep(pub(crate) Position);

/// The text of a submission that is an object with at least one request.
pub struct Document {
    text: String,
    /// The range of each request, in bytes.
    requests: Vec<Range<usize>>,
    lines: OnceLock<Vec<usize>>,
    /// The last position that was computed (byte offset and column), so that a line of a million contacts is counted once.
    column: Mutex<(usize, usize)>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.text.len())
    }
}

impl Document {
    /// Checks the nesting by counting brackets, before anything is parsed.
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

    /// Reads the content of a submitted file: UTF-8 (a byte order mark is removed), an object with `requests`, at most
    /// [`MAX_VALUES`] values.
    pub fn read(content: Vec<u8>) -> Result<Document, Unreadable> {
        Document::read_at_most(content, MAX_VALUES)
    }

    /// Reads a file with another limit of values. Every member and element counts, and every object and array once more. They
    /// are counted by commas and brackets, before anything is parsed.
    pub(crate) fn read_at_most(content: Vec<u8>, most: usize) -> Result<Document, Unreadable> {
        let mut text = String::from_utf8(content).map_err(|e| {
            Unreadable::NotUtf8(position_in(&e.as_bytes()[..e.utf8_error().valid_up_to()]))
        })?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        if let Some(offset) = beyond(text.as_bytes(), most) {
            let at = position_in(&text.as_bytes()[..offset]);
            return Err(Unreadable::TooManyValues { limit: most, at });
        }
        let mut document = Document {
            text,
            requests: Vec::new(),
            lines: OnceLock::new(),
            column: Mutex::default(),
        };
        document.requests = document.find_requests()?;
        Ok(document)
    }

    /// The elements of `requests`, as written.
    pub fn requests(&self) -> impl ExactSizeIterator<Item = &RawValue> {
        self.requests_in(0..self.requests.len())
    }

    /// A range of the elements of `requests`.
    pub(crate) fn requests_in(
        &self,
        range: Range<usize>,
    ) -> impl ExactSizeIterator<Item = &RawValue> {
        self.requests[range].iter().map(|place| {
            let slice = &self.text[place.clone()];
            serde_json::from_str(slice).expect("the document was parsed before")
        })
    }

    fn find_requests(&self) -> Result<Vec<Range<usize>>, Unreadable> {
        let whole: &RawValue = serde_json::from_str(&self.text).map_err(|e| self.syntax(&e))?;
        let members =
            members(whole).ok_or_else(|| Unreadable::NotAnObject(self.position(whole)))?;
        let mut named = members
            .iter()
            .filter(|m| m.key() == "requests")
            .map(|m| m.value);
        let requests = named
            .next()
            .ok_or_else(|| Unreadable::NoRequests(self.position(whole)))?;
        if let Some(second) = named.next() {
            return Err(Unreadable::RequestsTwice(self.position(second)));
        }
        let mut places = Vec::new();
        let array = each_element(requests, |request| {
            let start = self.offset(request);
            places.push(start..start + request.get().len());
        });
        match array {
            Some(()) if !places.is_empty() => Ok(places),
            _ => Err(Unreadable::NoArray(self.position(requests))),
        }
    }

    /// The offset of a slice of this document, in bytes.
    fn offset(&self, slice: &RawValue) -> usize {
        slice.get().as_ptr() as usize - self.text.as_ptr() as usize
    }

    /// The position of a slice of this document.
    pub(crate) fn position(&self, slice: &RawValue) -> Position {
        let offset = self.offset(slice);
        let lines = self
            .lines
            .get_or_init(|| memchr::memchr_iter(b'\n', self.text.as_bytes()).collect());
        let line = lines.partition_point(|&end| end < offset);
        let start = if line == 0 { 0 } else { lines[line - 1] + 1 };
        let mut known = self.column.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, before) = match *known {
            (at, column) if (start..=offset).contains(&at) => (at, column),
            _ => (start, 0),
        };
        let column = before + self.text[from..offset].chars().count();
        *known = (offset, column);
        Position {
            line: line + 1,
            column: column + 1,
        }
    }

    /// Converts a syntax error of the parser. Its message names what was expected, never what was found.
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

/// One property of an object, as written.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    pub(crate) raw_key: &'a RawValue,
    pub value: &'a RawValue,
}

impl<'a> Member<'a> {
    /// The decoded key. A key that is not valid Unicode is returned as written.
    pub(crate) fn key(&self) -> Cow<'a, str> {
        string(self.raw_key).unwrap_or(Cow::Borrowed(self.raw_key.get()))
    }
}

/// The properties of an object in order, including duplicates; `None` where the value is not an object.
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
                members.push(Member { raw_key, value });
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

/// The elements of an array in order; `None` where the value is not an array.
pub fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    let mut elements = Vec::new();
    each_element(value, |element| elements.push(element))?;
    Some(elements)
}

/// Passes each element of an array to `take`, in order; `None` where the value is not an array.
pub(crate) fn each_element<'a>(value: &'a RawValue, take: impl FnMut(&'a RawValue)) -> Option<()> {
    struct Elements<F>(F);
    impl<'de, F: FnMut(&'de RawValue)> Visitor<'de> for Elements<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
            while let Some(element) = seq.next_element::<&RawValue>()? {
                (self.0)(element);
            }
            Ok(())
        }
    }
    if !value.get().starts_with('[') {
        return None;
    }
    serde_json::Deserializer::from_str(value.get())
        .deserialize_seq(Elements(take))
        .ok()
}

/// The value of a JSON string; `None` where it is not a string or not valid Unicode (a lone surrogate).
pub fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    let text = value.get();
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(text).ok().map(Cow::Owned)
}

/// The offset of the first value beyond `most`, counted as in [`Document::read_at_most`].
fn beyond(text: &[u8], most: usize) -> Option<usize> {
    // Each value has at least one byte, so most files need not be counted.
    if text.len() <= most {
        return None;
    }
    let mut counted = 0usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => at = string_end(text, at),
            b'{' | b'[' | b',' => {
                counted += 1;
                if counted > most {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The offset of the closing quote of the string that begins at `start`, or the end of the text.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &text[at.min(text.len())..]) {
        at += found;
        if text[at] == b'"' {
            return at;
        }
        at += 2;
    }
    text.len()
}

/// The position after `before`.
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
    fn unreadable_files_have_a_reason_and_a_position(#[case] text: &str, #[case] message: &str) {
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

    /// Brackets and commas in strings do not count.
    #[rstest]
    #[case(r#"{"requests": [1]}"#, 2)]
    #[case(r#"{"requests": [1, 1, 1]}"#, 4)]
    #[case(
        r#"{"requests": [{"a": 1, "contacts": [{"phone": "1"}, {"phone": ",,[{"}]}]}"#,
        8
    )]
    #[case(r#"{"requests": [{"shortcodes": ["1", "\",\"\\"]}]}"#, 5)]
    #[case(
        r#"{"requests": [{"contacts": [{"phone": [1, [2, 3], {"a": 1, "b": 2}]}]}]}"#,
        12
    )]
    fn values_are_counted_by_commas_and_brackets(#[case] text: &str, #[case] values: usize) {
        assert_eq!(beyond(text.as_bytes(), values), None);
        // Counted also where the text is too short to hold more values.
        let long = format!("{text}{}", " ".repeat(2 * values));
        assert_eq!(beyond(long.as_bytes(), values), None);
        assert!(beyond(long.as_bytes(), values - 1).is_some());
        assert!(Document::read_at_most(text.into(), values).is_ok());
    }

    #[test]
    fn one_value_too_many_makes_a_file_unreadable() {
        let text = "{\"requests\": [1, 2, 3,\n 4]}";
        let unreadable = Document::read_at_most(text.into(), 4).unwrap_err();
        assert_eq!(
            unreadable.to_string(),
            "the file holds more than 4 values (max_submission_values), at line 1 column 22; split it into several files"
        );
        // Before anything is parsed, even if a string is not closed.
        for text in ["[[[[[[[[", ",,,,,,,,", "{\"a\",,,,,,,,\"\\"] {
            assert!(matches!(
                Document::read_at_most(text.into(), 3),
                Err(Unreadable::TooManyValues { .. })
            ));
        }
    }

    #[test]
    fn positions_are_found_in_any_order() {
        let document = Document::read("{\"requests\": [\"é\", 2,\n \"ü\", 4, 5]}".into()).unwrap();
        let requests: Vec<_> = document.requests().collect();
        let columns = [4, 1, 0, 3, 2, 2, 4].map(|i| document.position(requests[i]).column);
        assert_eq!(columns, [10, 20, 15, 7, 2, 2, 10]);
    }

    #[test]
    fn keys_are_compared_decoded_and_kept_as_written() {
        let value: &RawValue =
            serde_json::from_str(r#"{"phone": 1, "\u0070hone": 1e400, "\ud800": 2}"#).unwrap();
        let members = members(value).unwrap();
        let keys: Vec<_> = members.iter().map(Member::key).collect();
        assert_eq!(keys, ["phone", "phone", r#""\ud800""#]);
        assert_eq!(members[1].raw_key.get(), r#""\u0070hone""#);
        assert_eq!(members[1].value.get(), "1e400");
    }

    #[test]
    fn positions_count_characters() {
        let document = Document::read("{\"é\": 1,\n \"ü\": 2, \"requests\": [7]}".into()).unwrap();
        assert_eq!(
            document.position(document.requests().next().unwrap()),
            Position {
                line: 2,
                column: 23
            }
        );
    }
}
