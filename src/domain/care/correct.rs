//! A corrected submit file: just the contacts that were answered with an error.

use serde_json::{Map, Value, json};

use super::Listed;
use crate::domain::identifier::ContactPosition;
use crate::domain::request::Action;
use crate::domain::response::Response;
use crate::domain::submission::{
    Contact, Document, RequestShape, Submission, elements, is_contacts, members, request_case,
    string,
};

/// A contact that was answered with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faulty {
    /// Ordinals in the submit file, from 1.
    pub request: usize,
    pub contact: usize,
    pub case: Option<String>,
    pub response: String,
    /// The kind as it is written, where there is one pair.
    pub kind: Option<String>,
    pub value: Option<String>,
    /// Whether the device is in a correct format, so that it may be given again as it stands.
    pub is_device: bool,
}

/// A faulty contact with the device that takes its place.
#[derive(Debug, Clone)]
pub struct Corrected {
    pub request: usize,
    pub contact: usize,
    pub device: Listed,
}

/// The contacts that were answered with an error. `answers` are in the order of the submission.
pub fn faulty<'a>(
    document: &Document,
    submission: &Submission,
    answers: impl Iterator<Item = (ContactPosition, &'a str)>,
) -> Vec<Faulty> {
    let requests: Vec<_> = document.requests().collect();
    let mut all = Vec::new();
    for (at, response) in answers.filter(|(_, r)| Response::is_error_text(r)) {
        let (request, contact) = (at.request.index() + 1, at.contact.index() + 1);
        let raw = requests
            .get(request - 1)
            .and_then(|raw| match RequestShape::of(raw) {
                RequestShape::Contacts(members) => members
                    .iter()
                    .filter(|m| is_contacts(m))
                    .flat_map(|m| elements(m.value).unwrap_or_default())
                    .nth(contact - 1),
                RequestShape::Malformed(_) => None,
            });
        let pair = raw.and_then(|raw| {
            let mut pairs = members(raw)?.into_iter().filter(|m| m.key() != "response");
            let pair = pairs.next()?;
            pairs.next().is_none().then_some(pair)
        });
        let first = submission
            .requests
            .get(request - 1)
            .map_or(0, |r| r.contacts.start);
        all.push(Faulty {
            request,
            contact,
            case: requests.get(request - 1).and_then(|raw| request_case(raw)),
            response: response.to_owned(),
            value: pair
                .as_ref()
                .and_then(|p| string(p.value))
                .map(|v| v.into_owned()),
            kind: pair.map(|p| p.key().into_owned()),
            is_device: matches!(
                submission.contacts.get(first + contact - 1),
                Some(Contact::Device(_))
            ),
        });
    }
    all
}

/// The text of a submit file that holds the corrected contacts, request by request as they stood: what else a request
/// says is kept, but for what replaces it: the case, the action and, where given, account and short codes.
pub fn corrected_file(
    document: &Document,
    corrected: &[Corrected],
    case: &str,
    action: Action,
    account: Option<&str>,
    short_codes: &[String],
) -> String {
    let mut requests = Vec::new();
    for (n, raw) in document.requests().enumerate() {
        let devices: Vec<Value> = corrected
            .iter()
            .filter(|c| c.request == n + 1)
            .map(|c| c.device.contact())
            .collect();
        if devices.is_empty() {
            continue;
        }
        let mut request = Map::new();
        for member in members(raw).unwrap_or_default() {
            let key = member.key();
            let replaced = ["contacts", "response"].contains(&&*key);
            if !replaced && !request.contains_key(&*key) {
                // Read before; a number beyond what this parser holds is no account, no code and no case.
                let value = serde_json::from_str(member.value.get()).unwrap_or(Value::Null);
                request.insert(key.into_owned(), value);
            }
        }
        request.insert("requestcase".to_owned(), json!(case));
        request.insert("type".to_owned(), json!(action.as_str()));
        if let Some(account) = account {
            request.insert("accountid".to_owned(), json!(account));
        }
        if !short_codes.is_empty() {
            request.insert("shortcodes".to_owned(), json!(short_codes));
        }
        request.insert("contacts".to_owned(), Value::Array(devices));
        requests.push(Value::Object(request));
    }
    text_of(&requests)
}

/// The text of a submit file.
pub(super) fn text_of(requests: &[Value]) -> String {
    let file = json!({ "requests": requests });
    let mut text = serde_json::to_string_pretty(&file).expect("a value is written to a string");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::device::DeviceKind;
    use crate::domain::request::Product;

    const FILE: &str = r#"{"requests": [
        {"requestcase": "7", "accountid": "110", "type": "FORGET", "note": 1e2,
         "contacts": [{"phone": "+16175550100"}, {"phone": "617 555 0101", "response": "x"}, {"fax": 3}, {}]},
        {"accountid": "120", "type": "FORGET", "contacts": [{"email": "a@example.com"}]},
        7]}"#;

    fn read() -> (Document, Submission) {
        let document = Document::read(FILE.into()).unwrap();
        let submission = Submission::parse(&document, Action::Forget, Product::Outbound);
        (document, submission)
    }

    #[test]
    fn what_was_answered_with_an_error_is_found_again() {
        let (document, submission) = read();
        let answers = [
            (ContactPosition::new(1, 1), "SUCCESS"),
            (ContactPosition::new(1, 2), "ERROR: incorrect device format"),
            (ContactPosition::new(1, 3), "ERROR: unsupported device type"),
            (
                ContactPosition::new(1, 4),
                "ERROR: exactly one device expected",
            ),
            (ContactPosition::new(2, 1), "ERROR: unknown account"),
        ];
        let found = faulty(&document, &submission, answers.into_iter());
        let told: Vec<_> = found
            .iter()
            .map(|f| {
                (
                    f.request,
                    f.contact,
                    f.kind.as_deref(),
                    f.value.as_deref(),
                    f.is_device,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (1, 2, Some("phone"), Some("617 555 0101"), false),
                (1, 3, Some("fax"), None, false),
                (1, 4, None, None, false),
                (2, 1, Some("email"), Some("a@example.com"), true),
            ]
        );
        assert_eq!(found[0].case.as_deref(), Some("7"));
    }

    #[test]
    fn only_what_was_corrected_is_submitted_again() {
        let (document, _) = read();
        let device = Listed::parse(DeviceKind::Phone, "+1 617 555 0101").unwrap();
        let corrected = [Corrected {
            request: 1,
            contact: 2,
            device,
        }];
        let write = |account| {
            let text = corrected_file(&document, &corrected, "8", Action::Forget, account, &[]);
            serde_json::from_str::<Value>(&text).unwrap()["requests"].clone()
        };
        assert_eq!(
            write(None),
            json!([{"requestcase": "8", "accountid": "110", "type": "FORGET", "note": 100.0,
                    "contacts": [{"phone": "+1 617 555 0101"}]}])
        );
        assert_eq!(write(Some("120"))[0]["accountid"], "120");
    }
}
