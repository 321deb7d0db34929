//! The contacts of a submission that were answered with an error.

use crate::domain::identifier::ContactPosition;
use crate::domain::response::Response;
use crate::domain::submission::{
    Contact, Document, RequestShape, Submission, elements, is_contacts, members, request_case,
    string,
};

/// A contact that was answered with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailedContact {
    pub(crate) position: ContactPosition,
    /// The case that its request names.
    pub(crate) case: Option<String>,
    pub(crate) response: String,
    /// The kind as it was written; `None` if the contact does not hold exactly one pair.
    pub(crate) kind: Option<String>,
    /// The value as it was written; `None` if it is not a string, or the contact does not hold exactly one pair.
    pub(crate) value: Option<String>,
    /// Whether the device has a correct format.
    pub(crate) format: DeviceFormat,
}

/// Whether a contact holds a device in a correct format, which can be submitted again unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceFormat {
    Correct,
    Incorrect,
}

/// The contacts that were answered with an error, in the order of `answers`, which hold the response of each contact.
pub(crate) fn failed_contacts<'a>(
    document: &Document,
    submission: &Submission,
    answers: impl Iterator<Item = (ContactPosition, &'a str)>,
) -> Vec<FailedContact> {
    let requests: Vec<_> = document.requests().collect();
    let mut failed = Vec::new();
    for (position, response) in answers.filter(|(_, response)| Response::is_error_text(response)) {
        let raw_request = requests.get(position.request.index());
        let raw_contact = raw_request.and_then(|raw| match RequestShape::of(raw) {
            RequestShape::Contacts(members) => members
                .iter()
                .filter(|m| is_contacts(m))
                .flat_map(|m| elements(m.value).unwrap_or_default())
                .nth(position.contact.index()),
            RequestShape::Malformed(_) => None,
        });
        let pair = raw_contact.and_then(|raw| {
            let mut pairs = members(raw)?.into_iter().filter(|m| m.key() != "response");
            let pair = pairs.next()?;
            pairs.next().is_none().then_some(pair)
        });
        let value = pair.as_ref().and_then(|pair| string(pair.value));
        failed.push(FailedContact {
            position,
            case: raw_request.and_then(|raw| request_case(raw)),
            response: response.to_owned(),
            value: value.map(|value| value.into_owned()),
            kind: pair.map(|pair| pair.key().into_owned()),
            format: format_of(submission, position),
        });
    }
    failed
}

fn format_of(submission: &Submission, position: ContactPosition) -> DeviceFormat {
    let request = submission.requests.get(position.request.index());
    let first = request.map_or(0, |request| request.contacts.start);
    match submission.contacts.get(first + position.contact.index()) {
        Some(Contact::Device(_)) => DeviceFormat::Correct,
        _ => DeviceFormat::Incorrect,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::request::{Action, Product};

    const FILE: &str = r#"{"requests": [
        {"requestcase": "7", "accountid": "110", "type": "FORGET", "note": 1e2,
         "contacts": [{"phone": "+16175550100"}, {"phone": "617 555 0101", "response": "x"}, {"fax": 3}, {}]},
        {"accountid": "120", "type": "FORGET", "contacts": [{"email": "a@example.com"}]},
        7]}"#;

    fn position(request: i32, contact: i32) -> ContactPosition {
        ContactPosition::new(request, contact).unwrap()
    }

    #[test]
    fn contacts_with_errors_are_found_in_the_submit_file() {
        use DeviceFormat::{Correct, Incorrect};
        let document = Document::read(FILE.into()).unwrap();
        let submission = Submission::parse(&document, Action::Forget, Product::Outbound);
        let answers = [
            (1, 1, "SUCCESS"),
            (1, 2, "ERROR: incorrect device format"),
            (1, 3, "ERROR: unsupported device type"),
            (1, 4, "ERROR: exactly one device expected"),
            (2, 1, "ERROR: unknown account"),
        ];
        let answers =
            answers.map(|(request, contact, response)| (position(request, contact), response));
        let failed = failed_contacts(&document, &submission, answers.into_iter());
        let contact = |request, contact, kind: Option<&str>, value: Option<&str>, format| {
            (
                position(request, contact),
                (kind.map(str::to_owned), value.map(str::to_owned)),
                format,
            )
        };
        let found: Vec<_> = failed
            .iter()
            .map(|f| (f.position, (f.kind.clone(), f.value.clone()), f.format))
            .collect();
        assert_eq!(
            found,
            [
                contact(1, 2, Some("phone"), Some("617 555 0101"), Incorrect),
                contact(1, 3, Some("fax"), None, Incorrect),
                contact(1, 4, None, None, Incorrect),
                contact(2, 1, Some("email"), Some("a@example.com"), Correct),
            ]
        );
        assert_eq!(failed[0].case.as_deref(), Some("7"));
    }
}
