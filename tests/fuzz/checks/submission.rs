//! A submit file: any bytes are refused with a position, or answered with one response per contact and an equal echo.

use std::ops::Range;

use lethe::domain::clock::ClockSource;
use lethe::domain::identifier::ContactPosition;
use lethe::domain::request::{Action, Product};
use lethe::domain::submission::{
    Contact, Document, MAX_NESTING, Refusal, RequestShape, Submission, Unreadable, elements,
    is_contacts, parse_contact,
};
use lethe::engine::execution_log;
use lethe::ledger::Responses;

use super::is_place;
use super::json::Json;
use super::memory;

/// The most bytes of memory that reading and parsing may use for each byte of the file. The worst case is an array of
/// requests of one digit each; a file of contacts needs one or two, a file of keys 16.
const BYTES_PER_BYTE: usize = 30;

pub fn check(data: &[u8]) {
    let shallow = Document::check_nesting(data).is_ok();
    let (read, held) = memory::peak(|| Document::read(data.to_vec()));
    bounded(held, data);
    let document = match read {
        Ok(document) => document,
        Err(unreadable) => return says_where(&unreadable, data),
    };
    let text = std::str::from_utf8(data).expect("a document is UTF-8");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole = Json::read(text, MAX_NESTING);
    assert_eq!(
        shallow,
        whole.is_some(),
        "the limit of nesting is that of the tree"
    );
    let Some(whole) = whole else { return };
    let Some(Json::Array(requests)) = whole.get("requests") else {
        panic!("a document has an array of requests")
    };
    assert!(!requests.is_empty());
    for (action, product) in [
        (Action::Forget, Product::Outbound),
        (Action::Export, Product::Messaging),
    ] {
        let (submission, held) = memory::peak(|| Submission::parse(&document, action, product));
        bounded(held, data);
        parsed(&document, &submission, requests);
        for most in [1, 3, 50_000] {
            logs(&document, &submission, requests, most);
        }
    }
}

fn bounded(held: usize, data: &[u8]) {
    let most = BYTES_PER_BYTE * data.len() + 8 * 1024;
    assert!(
        held <= most,
        "{held} bytes are held for a file of {}",
        data.len()
    );
}

/// The message has a position in the file and is one of a fixed set: it quotes nothing.
fn says_where(unreadable: &Unreadable, data: &[u8]) {
    let at = match unreadable {
        Unreadable::Syntax { message, at } => {
            assert!(SAID.contains(&message.as_str()), "{message:?}");
            at
        }
        Unreadable::NotUtf8(at)
        | Unreadable::TooManyValues { at, .. }
        | Unreadable::NotAnObject(at)
        | Unreadable::NoRequests(at)
        | Unreadable::RequestsTwice(at)
        | Unreadable::NoArray(at) => at,
    };
    let text = String::from_utf8_lossy(data);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    assert!(
        is_place(text, at.line, at.column),
        "{at} is not in the file"
    );
    let mut log = Vec::new();
    execution_log::write_unreadable(&mut log, &unreadable.to_string(), ClockSource::System)
        .expect("memory takes all");
    let log = String::from_utf8(log).expect("a log is UTF-8");
    let log = Json::read(&log, 2).expect("a log is flat");
    assert_eq!(log.get("error"), Some(&Json::Text(unreadable.to_string())));
}

/// What serde_json reports for a syntax error.
const SAID: [&str; 18] = [
    "EOF while parsing a list",
    "EOF while parsing an object",
    "EOF while parsing a string",
    "EOF while parsing a value",
    "expected `:`",
    "expected `,` or `]`",
    "expected `,` or `}`",
    "expected ident",
    "expected value",
    "invalid escape",
    "invalid number",
    "invalid unicode code point",
    "control character (\\u0000-\\u001F) found while parsing a string",
    "key must be a string",
    "lone leading surrogate in hex escape",
    "trailing comma",
    "trailing characters",
    "unexpected end of hex escape",
];

/// Each contact of the tree occurs once, in order, and means the same as by itself.
fn parsed(document: &Document, submission: &Submission, requests: &[Json]) {
    assert_eq!(submission.requests.len(), requests.len());
    let mut next = 0;
    for ((parsed, request), raw) in submission
        .requests
        .iter()
        .zip(requests)
        .zip(document.requests())
    {
        assert_eq!(parsed.contacts, next..next + contacts(request).count());
        next = parsed.contacts.end;
        assert_eq!(
            parsed.scope == Err(Refusal::MalformedRequest),
            !has_contacts(request)
        );
        assert!(parsed.scope.is_err_or_known(submission.scopes.len()));
        let RequestShape::Contacts(members) = RequestShape::of(raw) else {
            continue;
        };
        let arrays = members.iter().filter(|member| is_contacts(member));
        let written = arrays.flat_map(|array| elements(array.value).expect("an array"));
        for (contact, written) in submission.contacts[parsed.contacts.clone()]
            .iter()
            .zip(written)
        {
            match (contact, &parsed.scope) {
                (Contact::Refused(refusal), Err(of_request)) => assert_eq!(refusal, of_request),
                (Contact::Refused(refusal), Ok(_)) => {
                    assert_eq!(parse_contact(written), Err(*refusal))
                }
                (Contact::Device(_), Err(_)) => panic!("a refused request asks for nothing"),
                (Contact::Device(id), Ok(_)) => {
                    assert_eq!(
                        parse_contact(written),
                        Ok(submission.devices[id.0 as usize].clone())
                    )
                }
            }
        }
    }
    assert_eq!(next, submission.contacts.len());
    let mut devices = submission.devices.clone();
    devices.sort_unstable();
    devices.dedup();
    assert_eq!(
        devices.len(),
        submission.devices.len(),
        "a device stands once"
    );
}

trait Scope {
    fn is_err_or_known(&self, scopes: usize) -> bool;
}

impl Scope for Result<lethe::domain::submission::ScopeId, Refusal> {
    fn is_err_or_known(&self, scopes: usize) -> bool {
        self.as_ref().map_or(true, |id| (id.0 as usize) < scopes)
    }
}

fn has_contacts(request: &Json) -> bool {
    let members = request.members().iter();
    members
        .clone()
        .any(|(key, value)| *key == Json::text("contacts") && is_array(value))
}

fn is_array(value: &Json) -> bool {
    matches!(value, Json::Array(_))
}

/// The contacts of a request, from every property of that name.
fn contacts(request: &Json) -> impl Iterator<Item = &Json> {
    let named = request
        .members()
        .iter()
        .filter(|(key, _)| *key == Json::text("contacts"));
    named.flat_map(|(_, value)| match value {
        Json::Array(contacts) => contacts.as_slice(),
        _ => &[],
    })
}

/// The logs are split only where allowed, and each is the echo with one answer per contact.
fn logs(document: &Document, submission: &Submission, requests: &[Json], most: usize) {
    let counts: Vec<usize> = submission
        .requests
        .iter()
        .map(|r| r.contacts.len())
        .collect();
    let answers = counts.iter().zip(1..).flat_map(|(count, request)| {
        (1..=*count as i32).map(move |contact| (request, contact, answer(request, contact)))
    });
    let answers: Vec<(i32, i32, String)> = answers.collect();
    let responses = Responses::of(answers.iter().map(|(request, contact, text)| {
        (
            ContactPosition::new(*request, *contact).unwrap(),
            text.as_str(),
        )
    }));
    let slices = execution_log::slices(&counts, most);
    let mut next = 0;
    for slice in &slices {
        assert_eq!(slice.start, next);
        assert!(!slice.is_empty());
        next = slice.end;
        let held: usize = counts[slice.clone()].iter().sum();
        assert!(
            held <= most || slice.len() == 1,
            "a log is split between requests"
        );
        log(document, requests, slice, &responses);
    }
    assert_eq!(next, requests.len());
}

fn answer(request: i32, contact: i32) -> String {
    format!("SUCCESS: of {request}.{contact}")
}

fn log(document: &Document, requests: &[Json], slice: &Range<usize>, responses: &Responses) {
    let mut log = Vec::new();
    execution_log::write(
        &mut log,
        document,
        slice.clone(),
        responses,
        ClockSource::System,
    )
    .expect("memory takes all");
    Document::check_nesting(&log).expect("a log nests as its submission does");
    Document::read(log.clone()).expect("a log can be corrected and submitted again");
    let log = String::from_utf8(log).expect("a log is UTF-8");
    let log = Json::read(&log, MAX_NESTING).expect("a log nests as its submission does");
    let answered = slice.clone().map(|i| answered(&requests[i], i as i32 + 1));
    assert_eq!(
        log,
        Json::Object(vec![
            (
                Json::text("requests"),
                Json::Array(requests[slice.clone()].to_vec())
            ),
            (Json::text("result"), Json::Array(answered.collect())),
        ])
    );
}

/// What the result of a request must be.
fn answered(request: &Json, number: i32) -> Json {
    if !has_contacts(request) {
        return with_response(request, Refusal::MalformedRequest.response());
    }
    let mut contact = 0;
    let mut result = Vec::new();
    for (key, value) in request.members() {
        match value {
            _ if *key == Json::text("response") => {}
            Json::Array(contacts) if *key == Json::text("contacts") => {
                let answered = contacts.iter().map(|one| {
                    contact += 1;
                    with_response(one, &answer(number, contact))
                });
                result.push((key.clone(), Json::Array(answered.collect())));
            }
            _ => result.push((key.clone(), value.clone())),
        }
    }
    Json::Object(result)
}

fn with_response(value: &Json, response: &str) -> Json {
    let kept = value
        .members()
        .iter()
        .filter(|(key, _)| *key != Json::text("response"));
    let mut members: Vec<(Json, Json)> = kept.cloned().collect();
    members.push((Json::text("response"), Json::text(response)));
    Json::Object(members)
}
