//! The list of contacts with errors, to be corrected in an editor.

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::cli::arguments::ResubmitArgs;
use crate::cli::case::devices;
use crate::cli::{CommandError, output};
use crate::domain::care::FailedContact;
use crate::domain::text::printable;
use crate::service::cases::Original;

/// Writes the contacts with errors to a new file that only its owner can read.
pub(crate) fn export(
    original: &Original,
    args: &ResubmitArgs,
    path: &Path,
) -> Result<(), CommandError> {
    write_new(path, &list(&original.failed))?;
    output::line(&format!(
        "wrote {} of {} to {}",
        contacts_with_errors(original.failed.len()),
        original.name,
        printable(path)
    ))?;
    output::line("correct the devices, and remove the lines that are not to be submitted again")?;
    output::line(&format!(
        "next: lethe case resubmit {} --from {}",
        output::quoted(&args.submission.to_string_lossy()),
        output::quoted(&path.to_string_lossy()),
    ))
}

/// `1 contact with an error`, as a phrase.
pub(crate) fn contacts_with_errors(count: usize) -> String {
    match count {
        1 => "1 contact with an error".to_owned(),
        n => format!("{} contacts with errors", output::grouped(n as i64)),
    }
}

fn write_new(path: &Path, text: &str) -> Result<(), CommandError> {
    let failed = |cause| CommandError::Io {
        doing: "writing the list",
        cause,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)
}

fn list(failed: &[FailedContact]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut write = |record: [&str; 5]| {
        out.write_record(record)
            .expect("writing to memory succeeds");
    };
    write(["request", "contact", "kind", "value", "response"]);
    for contact in failed {
        write([
            &contact.position.request.to_string(),
            &contact.position.contact.to_string(),
            &not_a_formula(contact.kind.as_deref().unwrap_or_default()),
            &not_a_formula(contact.value.as_deref().unwrap_or_default()),
            &contact.response,
        ]);
    }
    let bytes = out.into_inner().expect("writing to memory succeeds");
    String::from_utf8(bytes).expect("all fields are UTF-8")
}

/// A text from a customer, with a quotation mark in front if a spreadsheet would read it as a formula. A device in a correct
/// format stays as it is; anything else is corrected anyway.
fn not_a_formula(text: &str) -> Cow<'_, str> {
    let is_in_phones = |c: char| c.is_ascii_digit() || " ()-./".contains(c);
    let is_formula = match text.strip_prefix('+') {
        Some(rest) => !rest.chars().all(is_in_phones),
        None => text.starts_with(['=', '-', '@', '\t', '\r']),
    };
    match is_formula && devices::parse(text).is_err() {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}
