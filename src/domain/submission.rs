//! A submission: its document, and the requests parsed from it (contract sections 1 to 3).
//!
//! Invalid input is data: parsing returns devices and refusals, in the order of the request, and never fails.

mod document;

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;

pub use document::Document;
pub use document::{MAX_NESTING, Position, Unreadable, elements, members, string};
pub(crate) use document::{MAX_VALUES, Member, each_element};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde_json::value::RawValue;

use crate::domain::device::{Device, DeviceKind};
use crate::domain::identifier::{ContactPosition, Ordinal};
use crate::domain::request::{Action, Product};

/// Why a contact (or its whole request) is refused without a query to the database. The order is that of the contract's table:
/// the first that applies is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    MalformedRequest,
    DuplicateProperty,
    UnsupportedType,
    TypeMismatch,
    AccountRequired,
    ShortCodesRequired,
    ExactlyOneDevice,
    UnsupportedDevice,
    IncorrectFormat,
}

impl Refusal {
    /// The response, exactly as in the contract.
    pub fn response(self) -> &'static str {
        match self {
            Refusal::MalformedRequest => "ERROR: malformed request",
            Refusal::DuplicateProperty => "ERROR: duplicate property",
            Refusal::UnsupportedType => "ERROR: unsupported type",
            Refusal::TypeMismatch => "ERROR: type does not match file name",
            Refusal::AccountRequired => "ERROR: accountid required",
            Refusal::ShortCodesRequired => "ERROR: shortcodes required",
            Refusal::ExactlyOneDevice => "ERROR: exactly one device expected",
            Refusal::UnsupportedDevice => "ERROR: unsupported device type",
            Refusal::IncorrectFormat => "ERROR: incorrect device format",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.response())
    }
}

/// Index of a device in [`Submission::devices`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId(pub u32);

/// Index of a scope in [`Submission::scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(pub u32);

/// The scope that a request names, not resolved yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestedScope {
    /// The `accountid`; `None` for the messaging product, where it is ignored.
    pub(crate) account: Option<String>,
    /// The `shortcodes`, sorted, each once.
    pub(crate) short_codes: Vec<String>,
}

/// One element of a request's `contacts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// A valid device, to be looked for in the scope of its request.
    Device(DeviceId),
    Refused(Refusal),
}

/// One element of `requests`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its scope, or why all its contacts are refused.
    pub scope: Result<ScopeId, Refusal>,
    /// Its contacts, in [`Submission::contacts`].
    pub contacts: Range<usize>,
}

/// The requests of one submitted file. Devices and scopes are stored once each.
#[derive(Debug, Default)]
pub struct Submission {
    pub requests: Vec<Request>,
    pub contacts: Vec<Contact>,
    pub devices: Vec<Device>,
    pub scopes: Vec<RequestedScope>,
}

impl Submission {
    /// Parses a document as a submission for `action` (of the file name) and `product` (of the drop).
    pub fn parse(document: &Document, action: Action, product: Product) -> Submission {
        let mut parser = Parser::default();
        for request in document.requests() {
            parser.request(request, action, product);
        }
        parser.submission
    }

    /// The position of a contact, given its index in [`Submission::contacts`].
    pub(crate) fn position(&self, contact: usize) -> ContactPosition {
        let request = self
            .requests
            .partition_point(|request| request.contacts.end <= contact);
        let first = self.requests[request].contacts.start;
        ContactPosition {
            request: Ordinal::of_index(request),
            contact: Ordinal::of_index(contact - first),
        }
    }

    /// Number of requests that are answered with an error on the request itself.
    pub(crate) fn malformed_requests(&self) -> usize {
        self.requests
            .iter()
            .filter(|r| r.scope == Err(Refusal::MalformedRequest))
            .count()
    }
}

/// The shape of a request, for parsing and for the echo.
pub enum RequestShape<'a> {
    /// Not an object, or without an array `contacts`: the answer is on the request itself.
    Malformed(Option<Vec<Member<'a>>>),
    /// An object with at least one array of contacts (several only where the property is duplicated).
    Contacts(Vec<Member<'a>>),
}

impl<'a> RequestShape<'a> {
    /// The shape of one element of `requests`.
    pub fn of(request: &'a RawValue) -> RequestShape<'a> {
        match members(request) {
            None => RequestShape::Malformed(None),
            Some(members) if members.iter().any(is_contacts) => RequestShape::Contacts(members),
            Some(members) => RequestShape::Malformed(Some(members)),
        }
    }
}

/// Whether a property of a request is an array of contacts.
pub fn is_contacts(member: &Member) -> bool {
    member.key() == "contacts" && member.value.get().starts_with('[')
}

/// The `requestcase` of a request, as in the ledger and in archive folders: the text of a string, or a number as written. `None`
/// where it is missing, empty or of another type.
pub(crate) fn request_case(request: &RawValue) -> Option<String> {
    let members = members(request)?;
    let value = members.iter().find(|m| m.key() == "requestcase")?.value;
    let case = match string(value) {
        Some(text) => text.into_owned(),
        None if value
            .get()
            .starts_with(|c: char| c == '-' || c.is_ascii_digit()) =>
        {
            value.get().to_owned()
        }
        None => return None,
    };
    (!case.is_empty()).then_some(case)
}

/// Parses one contact: a valid device, or the reason why it is refused.
pub fn parse_contact(contact: &RawValue) -> Result<Device, Refusal> {
    let members = members(contact).ok_or(Refusal::ExactlyOneDevice)?;
    let mut counted = members.iter().filter(|m| m.key() != "response");
    if has_duplicates(counted.clone()) {
        return Err(Refusal::DuplicateProperty);
    }
    let (Some(pair), None) = (counted.next(), counted.next()) else {
        return Err(Refusal::ExactlyOneDevice);
    };
    let kind = DeviceKind::from_key(&pair.key()).ok_or(Refusal::UnsupportedDevice)?;
    let value = string(pair.value).ok_or(Refusal::IncorrectFormat)?;
    Device::parse(kind, &value).map_err(|_| Refusal::IncorrectFormat)
}

/// Checks the properties of a request other than its contacts, in the contract's order.
pub(crate) fn parse_scope(
    members: &[Member],
    action: Action,
    product: Product,
) -> Result<RequestedScope, Refusal> {
    if has_duplicates(members.iter()) {
        return Err(Refusal::DuplicateProperty);
    }
    let property = |key: &str| members.iter().find(|m| m.key() == key).map(|m| m.value);
    match property("type").and_then(string).as_deref() {
        Some("FORGET") if action == Action::Forget => {}
        Some("EXPORT") if action == Action::Export => {}
        Some("FORGET" | "EXPORT") => return Err(Refusal::TypeMismatch),
        _ => return Err(Refusal::UnsupportedType),
    }
    let account = match product {
        Product::Messaging => None,
        Product::Outbound => {
            let account = property("accountid")
                .and_then(string)
                .filter(|a| !a.is_empty());
            Some(account.ok_or(Refusal::AccountRequired)?.into_owned())
        }
    };
    let short_codes = match property("shortcodes") {
        None => Vec::new(),
        Some(value) => parse_short_codes(value).ok_or(Refusal::ShortCodesRequired)?,
    };
    if product == Product::Messaging && short_codes.is_empty() {
        return Err(Refusal::ShortCodesRequired);
    }
    Ok(RequestedScope {
        account,
        short_codes,
    })
}

/// An array of strings, sorted, each once.
fn parse_short_codes(value: &RawValue) -> Option<Vec<String>> {
    let mut codes = Vec::new();
    let mut all_text = true;
    each_element(value, |code| match string(code) {
        Some(code) => codes.push(code.into_owned()),
        None => all_text = false,
    })?;
    if !all_text {
        return None;
    }
    codes.sort_unstable();
    codes.dedup();
    Some(codes)
}

fn has_duplicates<'a>(members: impl Iterator<Item = &'a Member<'a>>) -> bool {
    // With a random key, so that no file can be constructed whose properties all collide.
    let hasher = RandomState::new();
    let hash = |member: &&Member| hasher.hash_one(member.key());
    let mut seen: HashTable<&Member> = HashTable::new();
    for member in members {
        match seen.entry(hash(&member), |other| other.key() == member.key(), hash) {
            Entry::Occupied(_) => return true,
            Entry::Vacant(new) => drop(new.insert(member)),
        }
    }
    false
}

#[derive(Default)]
struct Parser {
    submission: Submission,
    /// Indices into the submission's devices, so that each device is stored once in memory.
    device_ids: HashTable<u32>,
    hasher: RandomState,
    /// Indices into the submission's scopes.
    scope_ids: HashTable<u32>,
}

impl Parser {
    fn request(&mut self, request: &RawValue, action: Action, product: Product) {
        let first = self.submission.contacts.len();
        let scope = match RequestShape::of(request) {
            RequestShape::Malformed(_) => Err(Refusal::MalformedRequest),
            RequestShape::Contacts(members) => {
                let scope = parse_scope(&members, action, product);
                for contacts in members.iter().filter(|m| is_contacts(m)) {
                    self.contacts(contacts.value, scope.as_ref().err().copied());
                }
                scope.map(|scope| self.scope_id(scope))
            }
        };
        self.submission.requests.push(Request {
            scope,
            contacts: first..self.submission.contacts.len(),
        });
    }

    fn contacts(&mut self, contacts: &RawValue, refused: Option<Refusal>) {
        each_element(contacts, |contact| {
            let contact = match refused {
                Some(refusal) => Contact::Refused(refusal),
                None => match parse_contact(contact) {
                    Ok(device) => Contact::Device(self.device_id(device)),
                    Err(refusal) => Contact::Refused(refusal),
                },
            };
            self.submission.contacts.push(contact);
        });
    }

    fn device_id(&mut self, device: Device) -> DeviceId {
        let (devices, hasher) = (&mut self.submission.devices, &self.hasher);
        let entry = self.device_ids.entry(
            hasher.hash_one(&device),
            |id| devices[*id as usize] == device,
            |id| hasher.hash_one(&devices[*id as usize]),
        );
        match entry {
            Entry::Occupied(known) => DeviceId(*known.get()),
            Entry::Vacant(new) => {
                let id = devices.len() as u32;
                new.insert(id);
                devices.push(device);
                DeviceId(id)
            }
        }
    }

    fn scope_id(&mut self, scope: RequestedScope) -> ScopeId {
        let (scopes, hasher) = (&mut self.submission.scopes, &self.hasher);
        let entry = self.scope_ids.entry(
            hasher.hash_one(&scope),
            |id| scopes[*id as usize] == scope,
            |id| hasher.hash_one(&scopes[*id as usize]),
        );
        match entry {
            Entry::Occupied(known) => ScopeId(*known.get()),
            Entry::Vacant(new) => {
                let id = scopes.len() as u32;
                new.insert(id);
                scopes.push(scope);
                ScopeId(id)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn positions_skip_empty_requests() {
        let request = |contacts| Request {
            scope: Err(Refusal::UnsupportedType),
            contacts,
        };
        let submission = Submission {
            requests: vec![request(0..0), request(0..2), request(2..2), request(2..3)],
            contacts: vec![Contact::Refused(Refusal::UnsupportedType); 3],
            ..Submission::default()
        };
        let all: Vec<_> = (0..3).map(|contact| submission.position(contact)).collect();
        let expected = [(2, 1), (2, 2), (4, 1)];
        assert_eq!(
            all,
            expected.map(|(r, c)| ContactPosition::new(r, c).unwrap())
        );
    }

    fn refusals(request: &str, action: Action, product: Product) -> Vec<Option<&'static str>> {
        let document =
            Document::read(format!("{{\"requests\": [{request}]}}").into_bytes()).unwrap();
        let submission = Submission::parse(&document, action, product);
        match &submission.requests[0].scope {
            Err(Refusal::MalformedRequest) => vec![Some(Refusal::MalformedRequest.response())],
            _ => submission
                .contacts
                .iter()
                .map(|contact| match contact {
                    Contact::Device(_) => None,
                    Contact::Refused(refusal) => Some(refusal.response()),
                })
                .collect(),
        }
    }

    #[rstest]
    #[case(r#"7"#, "ERROR: malformed request")]
    #[case(r#"[]"#, "ERROR: malformed request")]
    #[case(r#"{}"#, "ERROR: malformed request")]
    #[case(r#"{"type": "X", "type": "Y"}"#, "ERROR: malformed request")]
    #[case(
        r#"{"contacts": {}, "type": "FORGET", "accountid": "1"}"#,
        "ERROR: malformed request"
    )]
    #[case(
        r#"{"contacts": [{}], "type": "x", "type": "FORGET"}"#,
        "ERROR: duplicate property"
    )]
    #[case(
        r#"{"contacts": [{}], "\u0074ype": "FORGET", "type": "FORGET"}"#,
        "ERROR: duplicate property"
    )]
    #[case(r#"{"contacts": [{}], "contacts": 3}"#, "ERROR: duplicate property")]
    #[case(r#"{"contacts": [{}]}"#, "ERROR: unsupported type")]
    #[case(r#"{"contacts": [{}], "type": "forget"}"#, "ERROR: unsupported type")]
    #[case(
        r#"{"contacts": [{}], "type": 1, "accountid": 1}"#,
        "ERROR: unsupported type"
    )]
    #[case(
        r#"{"contacts": [{}], "type": "EXPORT"}"#,
        "ERROR: type does not match file name"
    )]
    #[case(r#"{"contacts": [{}], "type": "FORGET"}"#, "ERROR: accountid required")]
    #[case(
        r#"{"contacts": [{}], "type": "FORGET", "accountid": 7, "shortcodes": 7}"#,
        "ERROR: accountid required"
    )]
    #[case(
        r#"{"contacts": [{}], "type": "FORGET", "accountid": ""}"#,
        "ERROR: accountid required"
    )]
    #[case(
        r#"{"contacts": [{}], "type": "FORGET", "accountid": "1", "shortcodes": 7}"#,
        "ERROR: shortcodes required"
    )]
    #[case(
        r#"{"contacts": [{}], "type": "FORGET", "accountid": "1", "shortcodes": [7]}"#,
        "ERROR: shortcodes required"
    )]
    #[case(
        r#"{"contacts": [{}], "type": "FORGET", "accountid": "1", "shortcodes": null}"#,
        "ERROR: shortcodes required"
    )]
    fn the_first_request_error_wins(#[case] request: &str, #[case] response: &str) {
        assert_eq!(
            refusals(request, Action::Forget, Product::Outbound),
            [Some(response)]
        );
    }

    #[rstest]
    #[case(r#"{"contacts": [{}], "type": "EXPORT", "accountid": "1"}"#)]
    #[case(r#"{"contacts": [{}], "type": "EXPORT", "shortcodes": []}"#)]
    fn messaging_needs_short_codes_and_no_account(#[case] request: &str) {
        assert_eq!(
            refusals(request, Action::Export, Product::Messaging),
            [Some("ERROR: shortcodes required")]
        );
        let named = r#"{"contacts": [{"phone": "+15555550100"}], "type": "EXPORT", "shortcodes": ["1"], "accountid": 3}"#;
        assert_eq!(refusals(named, Action::Export, Product::Messaging), [None]);
    }

    #[rstest]
    #[case(
        r#"{"phone": "x", "phone": "x", "email": "x"}"#,
        Some("ERROR: duplicate property")
    )]
    #[case(r#"{"response": 1, "response": 2, "phone": "+15555550100"}"#, None)]
    #[case(r#"{}"#, Some("ERROR: exactly one device expected"))]
    #[case(
        r#"{"response": "SUCCESS"}"#,
        Some("ERROR: exactly one device expected")
    )]
    #[case(
        r#"{"phone": "+15555550100", "note": 1}"#,
        Some("ERROR: exactly one device expected")
    )]
    #[case(r#"7"#, Some("ERROR: exactly one device expected"))]
    #[case(r#"null"#, Some("ERROR: exactly one device expected"))]
    #[case(r#"{"fax": "+15555550100"}"#, Some("ERROR: unsupported device type"))]
    #[case(r#"{"Phone": 7}"#, Some("ERROR: unsupported device type"))]
    #[case(r#"{"phone": 15555550100}"#, Some("ERROR: incorrect device format"))]
    #[case(r#"{"phone": "\ud800"}"#, Some("ERROR: incorrect device format"))]
    #[case(r#"{"phone": "555 0100"}"#, Some("ERROR: incorrect device format"))]
    #[case(r#"{"phone": "+1 555 555 0100"}"#, None)]
    #[case(r#"{"ph\u006fne": "\u002b15555550100"}"#, None)]
    fn the_first_contact_error_wins(#[case] contact: &str, #[case] response: Option<&str>) {
        let request = format!(r#"{{"type": "FORGET", "accountid": "1", "contacts": [{contact}]}}"#);
        assert_eq!(
            refusals(&request, Action::Forget, Product::Outbound),
            [response]
        );
    }

    #[test]
    fn a_device_named_twice_stands_once() {
        let text = r#"{"requests": [
            {"type": "FORGET", "accountid": "1", "contacts": [{"phone": "+1 555 555 0100"}, {"phone": "+15555550100"}]},
            {"type": "FORGET", "accountid": "1", "contacts": [{"email": "A@example.com"}, {"email": "a@example.com"}]}]}"#;
        let document = Document::read(text.into()).unwrap();
        let submission = Submission::parse(&document, Action::Forget, Product::Outbound);
        assert_eq!(submission.devices.len(), 2);
        assert_eq!(submission.scopes.len(), 1);
        assert_eq!(submission.contacts.len(), 4);
        assert_eq!(submission.requests[1].contacts, 2..4);
    }

    #[rstest]
    #[case(r#"{"requestcase": "a/b"}"#, Some("a/b"))]
    #[case(
        r#"{"requestcase": 12345678901234567890123}"#,
        Some("12345678901234567890123")
    )]
    #[case(r#"{"requestcase": ""}"#, None)]
    #[case(r#"{"requestcase": null}"#, None)]
    #[case(r#"{"requestcase": {"id": 1}}"#, None)]
    #[case(r#"{}"#, None)]
    #[case(r#"3"#, None)]
    fn cases_are_strings_or_numbers(#[case] request: &str, #[case] case: Option<&str>) {
        let request: &RawValue = serde_json::from_str(request).unwrap();
        assert_eq!(request_case(request).as_deref(), case);
    }
}
