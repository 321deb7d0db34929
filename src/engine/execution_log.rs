//! Execution logs: the submitted requests, and the same requests with a response in every contact (contract section 7).
//!
//! The echo is copied from the document token by token: values, number literals, order and duplicate properties are as written.
//! Only white space is changed, to two spaces per level.

use std::io::{self, Write};
use std::ops::Range;

use serde_json::value::RawValue;

use crate::domain::clock::ClockSource;
use crate::domain::identifier::{ContactPosition, Ordinal};
use crate::domain::submission::{Document, Member, Refusal, RequestShape, elements, is_contacts};
use crate::ledger::Responses;

/// Splits requests into logs of at most `max_contacts`, greedily and never inside a request. Returns ranges of requests.
pub fn slices(contacts: &[usize], max_contacts: usize) -> Vec<Range<usize>> {
    let mut slices = Vec::new();
    let mut first = 0;
    let mut held = 0;
    for (number, &count) in contacts.iter().enumerate() {
        if number > first && held + count > max_contacts {
            slices.push(first..number);
            first = number;
            held = 0;
        }
        held += count;
    }
    slices.push(first..contacts.len());
    slices
}

/// Writes the log of a range of requests. `responses` are those of the whole submission. Errors: those of `out`, and a contact
/// without a response.
pub fn write(
    out: &mut dyn Write,
    document: &Document,
    requests: Range<usize>,
    responses: &Responses,
    clock: ClockSource,
) -> io::Result<()> {
    let slice = || document.requests_in(requests.clone());
    let mut writer = Indented { out, level: 0 };
    writer.open(b'{')?;
    writer.key("\"requests\"", Place::First)?;
    writer.array(slice(), |writer, request| writer.raw(request.get()))?;
    writer.key("\"result\"", Place::Later)?;
    let first = Ordinal::of_index(requests.start);
    let mut answers = responses
        .iter()
        .skip_while(move |(at, _)| at.request < first)
        .map(|(_, response)| response);
    writer.array(slice(), |writer, request| {
        writer.request(request, &mut answers)
    })?;
    if let Some(clock) = rehearsal(clock) {
        writer.key("\"clock\"", Place::Later)?;
        writer.raw(&serde_json::to_string(clock)?)?;
    }
    writer.close(b'}', Filled::Yes)?;
    writer.out.write_all(b"\n")
}

/// Writes the log of a file that is not a submission.
pub fn write_unreadable(out: &mut dyn Write, problem: &str, clock: ClockSource) -> io::Result<()> {
    let mut log = serde_json::json!({"requests": [], "result": [], "error": problem});
    mark(&mut log, clock);
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

/// What a log says of a clock that is not the system's (contract section 7).
fn rehearsal(clock: ClockSource) -> Option<&'static str> {
    match clock {
        ClockSource::System => None,
        ClockSource::LetheNow => Some(clock.into()),
    }
}

fn mark(log: &mut serde_json::Value, clock: ClockSource) {
    if let Some(clock) = rehearsal(clock) {
        log["clock"] = clock.into();
    }
}

/// Writes the answer to a file with different content under a used name (contract section 1).
pub(crate) fn write_duplicate(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(
        b"{\n  \"error\": \"a submission of this name was already processed; submit it under a new name\"\n}\n",
    )
}

/// Writes the log that follows an execution log once media objects were deleted for which it did not wait: the contacts and their
/// response now.
pub(crate) fn write_media_log(
    out: &mut dyn Write,
    contacts: &[ContactPosition],
    clock: ClockSource,
) -> io::Result<()> {
    let entry = |at: &ContactPosition| serde_json::json!({"request": at.request, "contact": at.contact, "response": "SUCCESS"});
    let contacts: Vec<_> = contacts.iter().map(entry).collect();
    let mut log = serde_json::json!({ "media": contacts });
    mark(&mut log, clock);
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

/// Whether an element is the first of its array or object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Later,
}

/// Whether an array or object has elements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filled {
    Yes,
    No,
}

struct Indented<'a> {
    out: &'a mut dyn Write,
    level: usize,
}

impl Indented<'_> {
    fn line(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")?;
        for _ in 0..self.level {
            self.out.write_all(b"  ")?;
        }
        Ok(())
    }

    fn open(&mut self, bracket: u8) -> io::Result<()> {
        self.level += 1;
        self.out.write_all(&[bracket])
    }

    fn close(&mut self, bracket: u8, filled: Filled) -> io::Result<()> {
        self.level -= 1;
        if filled == Filled::Yes {
            self.line()?;
        }
        self.out.write_all(&[bracket])
    }

    fn place(&mut self, place: Place) -> io::Result<()> {
        if place == Place::Later {
            self.out.write_all(b",")?;
        }
        self.line()
    }

    fn key(&mut self, raw_key: &str, place: Place) -> io::Result<()> {
        self.place(place)?;
        self.out.write_all(raw_key.as_bytes())?;
        self.out.write_all(b": ")
    }

    fn array<'a>(
        &mut self,
        elements: impl ExactSizeIterator<Item = &'a RawValue>,
        mut write: impl FnMut(&mut Self, &RawValue) -> io::Result<()>,
    ) -> io::Result<()> {
        let filled = match elements.len() {
            0 => Filled::No,
            _ => Filled::Yes,
        };
        self.open(b'[')?;
        for (number, element) in elements.enumerate() {
            self.place(if number == 0 {
                Place::First
            } else {
                Place::Later
            })?;
            write(self, element)?;
        }
        self.close(b']', filled)
    }

    /// Writes a well-formed JSON value with new white space.
    fn raw(&mut self, json: &str) -> io::Result<()> {
        let bytes = json.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => {}
                b'"' => {
                    let end = string_end(bytes, at);
                    self.out.write_all(&bytes[at..end])?;
                    at = end;
                    continue;
                }
                b'{' | b'[' => {
                    self.open(byte)?;
                    let inside = at + 1 + blank(&bytes[at + 1..]);
                    if matches!(bytes[inside], b'}' | b']') {
                        self.close(bytes[inside], Filled::No)?;
                        at = inside;
                    } else {
                        self.line()?;
                    }
                }
                b'}' | b']' => self.close(byte, Filled::Yes)?,
                b',' => self.place(Place::Later)?,
                b':' => self.out.write_all(b": ")?,
                _ => self.out.write_all(&[byte])?,
            }
            at += 1;
        }
        Ok(())
    }

    fn members(&mut self, members: &[&Member], filled: Filled) -> io::Result<()> {
        for (number, member) in members.iter().enumerate() {
            let place = if number == 0 && filled == Filled::No {
                Place::First
            } else {
                Place::Later
            };
            self.key(member.raw_key.get(), place)?;
            self.raw(member.value.get())?;
        }
        Ok(())
    }

    /// Writes a request with its responses.
    fn request<'a>(
        &mut self,
        request: &RawValue,
        answers: &mut impl Iterator<Item = &'a str>,
    ) -> io::Result<()> {
        match RequestShape::of(request) {
            RequestShape::Malformed(members) => self.with_response(
                &members.unwrap_or_default(),
                Refusal::MalformedRequest.response(),
            ),
            RequestShape::Contacts(members) => {
                self.open(b'{')?;
                // A response of an earlier log must not be mistaken for one of this log.
                let kept: Vec<&Member> = members.iter().filter(|m| m.key() != "response").collect();
                for (number, member) in kept.iter().enumerate() {
                    self.key(
                        member.raw_key.get(),
                        if number == 0 {
                            Place::First
                        } else {
                            Place::Later
                        },
                    )?;
                    if is_contacts(member) {
                        self.contacts(member.value, answers)?;
                    } else {
                        self.raw(member.value.get())?;
                    }
                }
                self.close(b'}', Filled::Yes)
            }
        }
    }

    fn contacts<'a>(
        &mut self,
        contacts: &RawValue,
        answers: &mut impl Iterator<Item = &'a str>,
    ) -> io::Result<()> {
        let contacts = elements(contacts).unwrap_or_default();
        self.array(contacts.into_iter(), |writer, contact| {
            let response = answers
                .next()
                .ok_or_else(|| io::Error::other("the ledger has no answer for a contact"))?;
            writer.with_response(
                &crate::domain::submission::members(contact).unwrap_or_default(),
                response,
            )
        })
    }

    /// Writes an object with `response` as its last property; existing ones are removed.
    fn with_response(&mut self, members: &[Member], response: &str) -> io::Result<()> {
        let kept: Vec<&Member> = members.iter().filter(|m| m.key() != "response").collect();
        self.open(b'{')?;
        self.members(&kept, Filled::No)?;
        self.key(
            "\"response\"",
            if kept.is_empty() {
                Place::First
            } else {
                Place::Later
            },
        )?;
        let response = serde_json::to_string(response)?;
        self.out.write_all(response.as_bytes())?;
        self.close(b'}', Filled::Yes)
    }
}

/// The offset after the closing quote of the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// Number of white space bytes at the beginning.
fn blank(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[2, 2, 2], 4, &[(0, 2), (2, 3)])]
    #[case(&[5], 4, &[(0, 1)])]
    #[case(&[1, 5, 1], 4, &[(0, 1), (1, 2), (2, 3)])]
    #[case(&[0, 0, 4, 0], 4, &[(0, 4)])]
    #[case(&[1, 1], 50_000, &[(0, 2)])]
    fn logs_are_split_between_requests(
        #[case] contacts: &[usize],
        #[case] max: usize,
        #[case] expected: &[(usize, usize)],
    ) {
        let found: Vec<_> = slices(contacts, max)
            .into_iter()
            .map(|r| (r.start, r.end))
            .collect();
        assert_eq!(found, expected);
    }

    fn log(text: &str, responses: Vec<(ContactPosition, &str)>) -> String {
        let document = Document::read(text.as_bytes().to_vec()).unwrap();
        let mut out = Vec::new();
        let requests = document.requests().len();
        write(
            &mut out,
            &document,
            0..requests,
            &Responses::of(responses),
            ClockSource::System,
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_echo_keeps_numbers_order_and_duplicates() {
        let text = r#"{"requests":[{"n":1.50e+400,"a":"\u0041 \"q\"","x":{},"y":[ ],"z":[1,{"k":null}],"n":2,
            "contacts":[{"phone":"x","response":"ERROR: old"}, 7, {}]}]}"#;
        let answers = vec![
            (
                ContactPosition::new(1, 1).unwrap(),
                "ERROR: duplicate property",
            ),
            (ContactPosition::new(1, 2).unwrap(), "SUCCESS"),
            (ContactPosition::new(1, 3).unwrap(), "SUCCESS: not found"),
        ];
        insta::assert_snapshot!(log(text, answers));
    }

    #[test]
    fn a_malformed_request_has_a_response_of_its_own() {
        insta::assert_snapshot!(log(
            r#"{"requests": [7, {}, {"requestcase": "1", "response": "ERROR: old"}]}"#,
            vec![]
        ));
    }

    #[test]
    fn an_earlier_response_of_a_request_is_removed() {
        let text = r#"{"requests": [{"response": "ERROR: malformed request", "contacts": []}]}"#;
        insta::assert_snapshot!(log(text, vec![]));
    }
}
