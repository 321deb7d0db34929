//! A list of devices for a case, as CSV: it contains what a run would accept, and its errors have a position and quote nothing.

use lethe::domain::care::{Draft, EnteredDevice, read_list, submit_file};
use lethe::domain::device::Device;
use lethe::domain::identifier::Ordinal;
use lethe::domain::request::{Action, Product};
use lethe::domain::submission::{Contact, Document, Submission};

use super::is_place;

pub fn check(data: &[u8]) {
    let errors = match read_list(data) {
        Ok(listed) => return accepted(&listed),
        Err(errors) => errors,
    };
    assert!(!errors.is_empty());
    let valid = match std::str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => {
            assert_eq!(errors.len(), 1);
            std::str::from_utf8(&data[..error.valid_up_to()]).expect("so far it is valid")
        }
    };
    // A byte order mark is not part of a column; a line may end with a carriage return.
    let text = valid.trim_start_matches('\u{feff}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for error in &errors {
        assert!(
            is_place(&text, error.at.line, error.at.column),
            "there is no place {} for {}",
            error.at,
            error.problem
        );
        assert!(MESSAGES.contains(&&*error.problem), "{}", error.problem);
    }
}

/// All messages, so that none quotes the list.
const MESSAGES: [&str; 11] = [
    "the list is not UTF-8; save it as UTF-8",
    "the list is not CSV",
    "the header is missing; it is kind,value, or some of phone, email and ipaddr",
    "duplicate column",
    "unknown column; the columns are kind and value, or phone, email and ipaddr",
    "the header must be kind and value, or some of phone, email and ipaddr",
    "more fields than columns in the header",
    "unknown kind; the kinds are phone, email and ipaddr",
    "incorrect phone format",
    "incorrect email format",
    "incorrect ipaddr format",
];

fn accepted(listed: &[EnteredDevice]) {
    for one in listed {
        let device = Device::parse(one.device.kind(), &one.value);
        assert_eq!(device.as_ref(), Ok(&one.device));
        assert_eq!(one.value.trim(), one.value);
    }
    submitted(listed);
    // Written as a list again, it is equal.
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut write = |record: [&str; 4]| csv.write_record(record).expect("memory takes all");
    write(["kind", "value", "request", "contact"]);
    for one in listed {
        let request = one.corrects.map(|at| at.request);
        let contact = one.corrects.map(|at| at.contact);
        let text = |n: Option<Ordinal>| n.map_or_else(String::new, |n| n.to_string());
        let kind = one.device.kind().as_str();
        write([kind, &one.value, &text(request), &text(contact)]);
    }
    let again = read_list(&csv.into_inner().expect("memory takes all"));
    assert_eq!(again.as_deref(), Ok(listed));
}

/// A run accepts the whole submission made from it, with exactly these devices.
fn submitted(listed: &[EnteredDevice]) {
    let accounts = ["110".to_owned(), "120".to_owned()];
    let draft = Draft {
        case: "7",
        action: Action::Forget,
        product: Product::Outbound,
        accounts: &accounts,
        short_codes: &[],
    };
    let text = submit_file(&draft, listed).into_bytes();
    let document = Document::read(text).expect("a submission is written");
    let submission = Submission::parse(&document, draft.action, draft.product);
    let devices = submission.contacts.iter().map(|contact| match contact {
        Contact::Device(device) => &submission.devices[device.0 as usize],
        Contact::Refused(refusal) => panic!("a run would refuse it: {refusal}"),
    });
    let wanted = accounts.iter().flat_map(|_| listed).map(|one| &one.device);
    assert!(devices.eq(wanted), "other devices are asked for");
}
