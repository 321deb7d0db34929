//! Corrections asked for on the terminal.

use super::corrections::contacts_with_errors;
use crate::cli::case::devices;
use crate::cli::case::terminal::Terminal;
use crate::cli::{CommandError, output};
use crate::domain::care::{CorrectedContact, DeviceFormat, EnteredDevice, FailedContact};
use crate::domain::device::DeviceKind;
use crate::service::cases::Original;

/// Asks for a correction of each contact; those that are left out are missing in the result.
pub(crate) fn ask(original: &Original) -> Result<Vec<CorrectedContact>, CommandError> {
    let Some(terminal) = Terminal::current() else {
        return Err(CommandError::Usage(
            "there is no terminal to ask for corrections\n  hint: write the contacts to a file with --to, correct them, and read the file with --from"
                .to_owned(),
        ));
    };
    terminal.print(&format!(
        "{}: {}",
        original.name,
        contacts_with_errors(original.failed.len())
    ));
    let mut corrected = Vec::new();
    for contact in &original.failed {
        if let Some(device) = ask_for(terminal, contact)? {
            corrected.push(CorrectedContact {
                position: contact.position,
                device,
            });
        }
    }
    Ok(corrected)
}

fn ask_for(
    terminal: Terminal,
    contact: &FailedContact,
) -> Result<Option<EnteredDevice>, CommandError> {
    terminal.print(&format!(
        "request {} contact {}: {}",
        contact.position.request, contact.position.contact, contact.response
    ));
    if let Some(value) = &contact.value {
        let kind = contact.kind.as_deref().unwrap_or("device");
        terminal.print(&format!(
            "  {}: {}",
            output::safe(kind),
            output::safe(value)
        ));
    }
    let unchanged = correct_device(contact);
    let question = match unchanged {
        Some(_) => "  corrected device (Enter to keep it, - to leave it out):",
        None => "  corrected device (Enter to leave it out):",
    };
    loop {
        let text = terminal.ask(question)?;
        match text.as_str() {
            "-" => return Ok(None),
            "" => return Ok(unchanged),
            _ => {}
        }
        match devices::parse(&text) {
            Ok(device) => return Ok(Some(device)),
            Err(error) => terminal.print(&format!("  {error}")),
        }
    }
}

/// The device of the contact, if it has a correct format.
fn correct_device(contact: &FailedContact) -> Option<EnteredDevice> {
    if contact.format != DeviceFormat::Correct {
        return None;
    }
    let kind = contact.kind.as_deref().and_then(DeviceKind::from_key)?;
    EnteredDevice::parse(kind, contact.value.as_deref()?)
}
