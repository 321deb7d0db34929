//! Contacts that were answered with an error, as a list for an editor, and what comes back from there.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::CommandError;
use crate::cli::case::devices;
use crate::domain::care::{Corrected, Faulty};
use crate::drop::FileName;

/// The contacts with errors, for an editor.
pub fn as_list(faulty: &[Faulty]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut write = |record: [&str; 5]| {
        out.write_record(record)
            .expect("a record is written to memory");
    };
    write(["request", "contact", "kind", "value", "response"]);
    for contact in faulty {
        let (request, number) = (contact.request.to_string(), contact.contact.to_string());
        write([
            &request,
            &number,
            &no_formula(contact.kind.as_deref().unwrap_or_default()),
            &no_formula(contact.value.as_deref().unwrap_or_default()),
            &contact.response,
        ]);
    }
    let bytes = out.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("texts are UTF-8")
}

/// What a customer wrote, and no formula where a spreadsheet reads it. A device is as it was; anything else is to be
/// corrected anyhow.
fn no_formula(text: &str) -> Cow<'_, str> {
    let like_a_phone = |c: char| c.is_ascii_digit() || " ()-./".contains(c);
    let is_formula = match text.strip_prefix('+') {
        Some(rest) => !rest.chars().all(like_a_phone),
        None => text.starts_with(['=', '-', '@', '\t', '\r']),
    };
    match is_formula && devices::take(text).is_err() {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

/// The corrected contacts of a list: each stands for one that was answered with an error.
pub fn from_list(
    from: &Path,
    limit: u64,
    (name, faulty): (&FileName, &[Faulty]),
) -> Result<Vec<Corrected>, CommandError> {
    let listed = devices::from_list(from, limit)?;
    let faulty: BTreeMap<(usize, usize), &Faulty> = faulty
        .iter()
        .map(|contact| ((contact.request, contact.contact), contact))
        .collect();
    let mut corrected: Vec<Corrected> = Vec::new();
    for (n, device) in listed.into_iter().enumerate() {
        let of = device.of.filter(|of| faulty.contains_key(of));
        let Some((request, contact)) = of else {
            return Err(CommandError::Usage(format!(
                "device {} of the list stands for no contact of {} that was answered with an error; leave request and contact \
                 as --to wrote them. Nothing was written",
                n + 1,
                name
            )));
        };
        if corrected
            .iter()
            .any(|c| (c.request, c.contact) == (request, contact))
        {
            return Err(CommandError::Usage(format!(
                "the list has request {request} contact {contact} twice; nothing was written"
            )));
        }
        corrected.push(Corrected {
            request,
            contact,
            device,
        });
    }
    Ok(corrected)
}
