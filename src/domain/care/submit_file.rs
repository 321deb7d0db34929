//! The submit files of cases: new ones, and those with corrected contacts.

use serde_json::{Map, Value, json};

use super::device_list::EnteredDevice;
use crate::domain::identifier::ContactPosition;
use crate::domain::request::{Action, Product};
use crate::domain::submission::{Document, members};

/// The content of a new submission, except for its devices.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    pub case: &'a str,
    pub action: Action,
    pub product: Product,
    /// Each gets a request of its own for the outbound product; the messaging product has no accounts in its requests.
    pub accounts: &'a [String],
    pub short_codes: &'a [String],
}

/// The text of a submit file that requests the action for these devices.
pub fn submit_file(draft: &Draft, devices: &[EnteredDevice]) -> String {
    let contacts: Vec<Value> = devices.iter().map(contact).collect();
    let request = |account: Option<&String>| {
        let mut request = Map::new();
        request.insert("requestcase".to_owned(), json!(draft.case));
        if let Some(account) = account {
            request.insert("accountid".to_owned(), json!(account));
        }
        if !draft.short_codes.is_empty() {
            request.insert("shortcodes".to_owned(), json!(draft.short_codes));
        }
        request.insert("type".to_owned(), json!(draft.action.as_str()));
        request.insert("contacts".to_owned(), json!(contacts));
        Value::Object(request)
    };
    let requests: Vec<Value> = match draft.product {
        Product::Outbound => draft
            .accounts
            .iter()
            .map(|account| request(Some(account)))
            .collect(),
        Product::Messaging => vec![request(None)],
    };
    text_of(&requests)
}

/// The device that replaces a contact which was answered with an error.
#[derive(Debug, Clone)]
pub(crate) struct CorrectedContact {
    pub(crate) position: ContactPosition,
    pub(crate) device: EnteredDevice,
}

/// What a corrected submit file replaces in the requests of the original.
#[derive(Debug, Clone)]
pub(crate) struct Correction<'a> {
    pub(crate) case: &'a str,
    pub(crate) action: Action,
    /// `None` keeps the account of each request.
    pub(crate) account: Option<&'a str>,
    /// Empty keeps the short codes of each request.
    pub(crate) short_codes: &'a [String],
}

/// The text of a submit file that holds only the corrected contacts. Each request keeps its other members, except for what
/// `correction` replaces.
pub(crate) fn corrected_file(
    document: &Document,
    contacts: &[CorrectedContact],
    correction: &Correction,
) -> String {
    let mut requests = Vec::new();
    for (n, raw) in document.requests().enumerate() {
        let devices: Vec<Value> = contacts
            .iter()
            .filter(|corrected| corrected.position.request.index() == n)
            .map(|corrected| contact(&corrected.device))
            .collect();
        if devices.is_empty() {
            continue;
        }
        let mut request = Map::new();
        for member in members(raw).unwrap_or_default() {
            let key = member.key();
            let replaced = ["contacts", "response"].contains(&&*key);
            if !replaced && !request.contains_key(&*key) {
                // The document is valid JSON. A number that this parser cannot hold is no account, short code or case.
                let value = serde_json::from_str(member.value.get()).unwrap_or(Value::Null);
                request.insert(key.into_owned(), value);
            }
        }
        request.insert("requestcase".to_owned(), json!(correction.case));
        request.insert("type".to_owned(), json!(correction.action.as_str()));
        if let Some(account) = correction.account {
            request.insert("accountid".to_owned(), json!(account));
        }
        if !correction.short_codes.is_empty() {
            request.insert("shortcodes".to_owned(), json!(correction.short_codes));
        }
        request.insert("contacts".to_owned(), Value::Array(devices));
        requests.push(Value::Object(request));
    }
    text_of(&requests)
}

/// An element of `contacts`.
fn contact(entered: &EnteredDevice) -> Value {
    json!({ entered.device.kind().as_str(): entered.value })
}

fn text_of(requests: &[Value]) -> String {
    let file = json!({ "requests": requests });
    let mut text = serde_json::to_string_pretty(&file).expect("a JSON value can be written");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::care::read_list;
    use crate::domain::device::DeviceKind;

    #[test]
    fn a_submit_file_has_a_request_for_each_account() {
        let devices = read_list(b"kind,value\nphone,+1 617 555 0100\n").unwrap();
        let (accounts, codes) = (["110".to_owned(), "120".to_owned()], ["51110".to_owned()]);
        let mut draft = Draft {
            case: "7",
            action: Action::Forget,
            product: Product::Outbound,
            accounts: &accounts,
            short_codes: &codes,
        };
        let file: Value = serde_json::from_str(&submit_file(&draft, &devices)).unwrap();
        assert_eq!(
            file["requests"][1],
            json!({"requestcase": "7", "accountid": "120", "shortcodes": ["51110"], "type": "FORGET",
                   "contacts": [{"phone": "+1 617 555 0100"}]})
        );
        draft.product = Product::Messaging;
        let file: Value = serde_json::from_str(&submit_file(&draft, &devices)).unwrap();
        assert_eq!(file["requests"].as_array().unwrap().len(), 1);
        assert_eq!(file["requests"][0].get("accountid"), None);
    }

    #[test]
    fn a_corrected_file_holds_only_the_corrected_contacts() {
        let original = r#"{"requests": [
            {"requestcase": "7", "accountid": "110", "type": "FORGET", "note": 1e2,
             "contacts": [{"phone": "+16175550100"}, {"phone": "617 555 0101", "response": "x"}]},
            {"accountid": "120", "type": "FORGET", "contacts": [{"email": "a@example.com"}]},
            7]}"#;
        let document = Document::read(original.into()).unwrap();
        let position = ContactPosition::new(1, 2).unwrap();
        let device = EnteredDevice::parse(DeviceKind::Phone, "+1 617 555 0101").unwrap();
        let contacts = [CorrectedContact { position, device }];
        let requests = |account| {
            let correction = Correction {
                case: "8",
                action: Action::Forget,
                account,
                short_codes: &[],
            };
            let text = corrected_file(&document, &contacts, &correction);
            serde_json::from_str::<Value>(&text).unwrap()["requests"].clone()
        };
        assert_eq!(
            requests(None),
            json!([{"requestcase": "8", "accountid": "110", "type": "FORGET", "note": 100.0,
                    "contacts": [{"phone": "+1 617 555 0101"}]}])
        );
        assert_eq!(requests(Some("120"))[0]["accountid"], "120");
    }
}
