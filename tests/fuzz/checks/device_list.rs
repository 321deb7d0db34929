//! A list of devices for a case, as CSV: what is taken is what a run would take, and what is wrong has a place and quotes
//! nothing.

use lethe::domain::care::{Listed, Wish, read_list, submit_file};
use lethe::domain::device::Device;
use lethe::domain::request::{Action, Product};
use lethe::domain::submission::{Contact, Document, Submission};

use super::is_place;

pub fn check(data: &[u8]) {
    let errors = match read_list(data) {
        Ok(listed) => return taken(&listed),
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
    // A mark at the beginning is no column; a line may end by a carriage return.
    let text = valid.trim_start_matches('\u{feff}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for error in &errors {
        assert!(
            is_place(&text, error.at.line, error.at.column),
            "there is no place {} for {}",
            error.at,
            error.problem
        );
        assert!(SAID.contains(&&*error.problem), "{}", error.problem);
    }
}

/// All that is said, so that nothing of a list is.
const SAID: [&str; 11] = [
    "not UTF-8; save the list as UTF-8",
    "not CSV",
    "a list begins with a header: kind,value, or phone, email and ipaddr",
    "this column is given twice",
    "no column of a list; they are kind and value, or phone, email and ipaddr",
    "a header has kind and value, or some of phone, email and ipaddr",
    "more fields than the header has columns",
    "a kind is phone, email or ipaddr",
    "incorrect phone format",
    "incorrect email format",
    "incorrect ipaddr format",
];

fn taken(listed: &[Listed]) {
    for one in listed {
        let device = Device::parse(one.device.kind(), &one.value);
        assert_eq!(device.as_ref(), Ok(&one.device));
        assert_eq!(one.value.trim(), one.value);
    }
    submitted(listed);
    // Written as a list again it is the same.
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut write = |record: [&str; 4]| csv.write_record(record).expect("memory takes all");
    write(["kind", "value", "request", "contact"]);
    for one in listed {
        let (request, contact) = one.of.unzip();
        let text = |n: Option<usize>| n.map_or_else(String::new, |n| n.to_string());
        let kind = one.device.kind().as_str();
        write([kind, &one.value, &text(request), &text(contact)]);
    }
    let again = read_list(&csv.into_inner().expect("memory takes all"));
    assert_eq!(again.as_deref(), Ok(listed));
}

/// The submission that is made of it is one of which a run refuses nothing, with just these devices.
fn submitted(listed: &[Listed]) {
    let accounts = ["110".to_owned(), "120".to_owned()];
    let wish = Wish {
        case: "7",
        action: Action::Forget,
        product: Product::Outbound,
        accounts: &accounts,
        short_codes: &[],
    };
    let text = submit_file(&wish, listed).into_bytes();
    let document = Document::read(text).expect("a submission is written");
    let submission = Submission::parse(&document, wish.action, wish.product);
    let devices = submission.contacts.iter().map(|contact| match contact {
        Contact::Device(device) => &submission.devices[device.0 as usize],
        Contact::Refused(refusal) => panic!("a run would refuse it: {refusal}"),
    });
    let wanted = accounts.iter().flat_map(|_| listed).map(|one| &one.device);
    assert!(devices.eq(wanted), "other devices are asked for");
}
