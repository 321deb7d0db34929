//! The devices of a submission: from options, from a list or from the terminal. They are printed for confirmation, and typed twice
//! if requested.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;

use super::terminal::{Answer, Terminal};
use crate::cli::arguments::{OpenArgs, SureArgs};
use crate::cli::{CommandError, output};
use crate::domain::care::{EnteredDevice, describe_device, guess_kind, read_list};
use crate::domain::device::{Device, DeviceKind};
use crate::domain::request::Action;
use crate::domain::text::printable;

/// Most devices that are read back; the others are counted.
const MAX_LISTED: usize = 20;
/// Attempts to type the same device a second time.
const ATTEMPTS: usize = 3;

/// The devices of a new submission: those of the options and the list; if there are none, the terminal asks for them. `limit`
/// is the maximum size of the list in bytes.
pub(crate) fn gather(args: &OpenArgs, limit: u64) -> Result<Vec<EnteredDevice>, CommandError> {
    let mut devices = from_options(args)?;
    if let Some(list) = &args.from {
        devices.extend(from_list(list, limit)?);
    }
    if devices.is_empty() {
        if args.from.is_some() {
            return Err(CommandError::Usage(
                "the list contains no devices".to_owned(),
            ));
        }
        let Some(terminal) = Terminal::current() else {
            return Err(CommandError::Usage(
                "no device is given, and there is no terminal to ask for devices\n  hint: give a list with --from FILE, or run this on a terminal"
                    .to_owned(),
            ));
        };
        devices = ask(terminal)?;
    }
    let entered = devices.len();
    let devices = without_duplicates(devices);
    let duplicates = entered - devices.len();
    if duplicates > 0 {
        output::note(&format!(
            "note: duplicate devices: {}; each device counts once",
            output::grouped(duplicates as i64)
        ));
    }
    Ok(devices)
}

fn from_options(args: &OpenArgs) -> Result<Vec<EnteredDevice>, CommandError> {
    let options = [
        (DeviceKind::Phone, &args.phones),
        (DeviceKind::Email, &args.emails),
        (DeviceKind::Ipaddr, &args.ipaddrs),
    ];
    let mut devices = Vec::new();
    for (kind, values) in options {
        for (n, value) in values.iter().enumerate() {
            let invalid = || {
                CommandError::Usage(format!(
                    "invalid device\n  detail: --{kind} {}: {}",
                    n + 1,
                    format_error(kind)
                ))
            };
            devices.push(EnteredDevice::parse(kind, value).ok_or_else(invalid)?);
        }
    }
    Ok(devices)
}

/// Reads a list of at most `limit` bytes from a file, or from standard input if the path is `-`. The error names all
/// positions.
pub(crate) fn from_list(path: &Path, limit: u64) -> Result<Vec<EnteredDevice>, CommandError> {
    let mut content = Vec::new();
    let (name, read) = if path == Path::new("-") {
        let read = std::io::stdin()
            .lock()
            .take(limit + 1)
            .read_to_end(&mut content);
        ("standard input".to_owned(), read)
    } else {
        let read = std::fs::File::open(path)
            .and_then(|file| file.take(limit + 1).read_to_end(&mut content));
        (printable(path), read)
    };
    read.map_err(|cause| {
        CommandError::Usage(format!(
            "cannot read the list of devices\n  detail: {name}: {cause}\n  hint: give the path of a list, or - for standard input"
        ))
    })?;
    if content.len() as u64 > limit {
        return Err(CommandError::Usage(format!(
            "the list of devices is too large\n  detail: {name} has more than {limit} bytes (max_submission_bytes)"
        )));
    }
    read_list(&content).map_err(|errors| {
        let errors: Vec<String> = errors
            .iter()
            .map(|error| format!("\n  detail: {name}: {error}"))
            .collect();
        CommandError::Usage(format!(
            "the list of devices has errors, nothing was written{}\n  hint: correct the list, and run the command again",
            errors.concat()
        ))
    })
}

fn ask(terminal: Terminal) -> Result<Vec<EnteredDevice>, CommandError> {
    let mut devices: Vec<EnteredDevice> = Vec::new();
    loop {
        let question = format!(
            "device {} (phone, email or IP address; Enter to finish):",
            devices.len() + 1
        );
        let text = terminal.ask(&question)?;
        if text.is_empty() && !devices.is_empty() {
            return Ok(devices);
        }
        match parse(&text) {
            Ok(device) => match devices.iter().position(|d| d.device == device.device) {
                Some(earlier) => {
                    terminal.print(&format!("  already entered as device {}", earlier + 1));
                }
                None => devices.push(device),
            },
            Err(error) => terminal.print(&format!("  {error}")),
        }
    }
}

/// Parses a device of any kind; the error says which format is expected.
pub(crate) fn parse(text: &str) -> Result<EnteredDevice, &'static str> {
    let kind = guess_kind(text);
    EnteredDevice::parse(kind, text).ok_or_else(|| format_error(kind))
}

fn format_error(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Phone => {
            "not a phone number; write + and the country code, then digits, optionally with single spaces, e.g. +1 617 555 0100"
        }
        DeviceKind::Email => "not an email address; it needs one @ and a domain with a dot",
        DeviceKind::Ipaddr => {
            "not an IP address that can be searched for; e.g. 192.0.2.1 or 3fff::1"
        }
    }
}

/// Keeps the first spelling of each device.
fn without_duplicates(devices: Vec<EnteredDevice>) -> Vec<EnteredDevice> {
    let mut seen: HashSet<Device> = HashSet::new();
    devices
        .into_iter()
        .filter(|entered| seen.insert(entered.device.clone()))
        .collect()
}

/// Asks for every device a second time and compares: a phone number with one wrong digit belongs to somebody else.
fn retype(terminal: Terminal, devices: &[EnteredDevice]) -> Result<(), CommandError> {
    let total = devices.len();
    for (n, first) in devices.iter().enumerate() {
        let kind = first.device.kind();
        let question = format!("repeat {kind} {} of {total}:", n + 1);
        let mut attempts = 0;
        loop {
            let text = terminal.ask(&question)?;
            if parse(&text).is_ok_and(|second| second.device == first.device) {
                break;
            }
            attempts += 1;
            if attempts == ATTEMPTS {
                return Err(CommandError::Usage(format!(
                    "the two entries of {kind} {} do not match\n  detail: nothing was written\n  hint: check the device in the case",
                    n + 1
                )));
            }
            terminal.print("  the two entries do not match; check the device in the case");
        }
    }
    Ok(())
}

/// What a new submission contains, apart from its devices.
pub(crate) struct Summary<'a> {
    pub(crate) case: &'a str,
    pub(crate) action: Action,
    pub(crate) accounts: &'a [String],
    pub(crate) short_codes: &'a [String],
    pub(crate) file: &'a str,
}

impl Summary<'_> {
    /// The lines that are read back before the question.
    fn lines(&self, devices: &[EnteredDevice]) -> Vec<String> {
        let plural = match devices.len() {
            1 => "device",
            _ => "devices",
        };
        let accounts: Vec<String> = self.accounts.iter().map(|a| output::safe(a)).collect();
        let mut first = format!(
            "case {}: {} of {} {plural}",
            self.case,
            self.action,
            output::grouped(devices.len() as i64)
        );
        if !accounts.is_empty() {
            first += &format!(", account {}", accounts.join(", "));
        }
        if !self.short_codes.is_empty() {
            first += &format!(
                ", short codes {}",
                output::safe(&self.short_codes.join(", "))
            );
        }
        let mut lines = vec![first];
        for device in devices.iter().take(MAX_LISTED) {
            lines.push(format!(
                "  {}: {}",
                output::safe(&device.value),
                describe_device(&device.device)
            ));
        }
        if devices.len() > MAX_LISTED {
            let more = output::grouped((devices.len() - MAX_LISTED) as i64);
            lines.push(format!("  … and {more} more, each in a correct format"));
        }
        lines.push("Lethe cannot check that the devices belong to the consumer.".to_owned());
        if self.action == Action::Forget {
            lines.push("A FORGET cannot be undone.".to_owned());
        }
        lines
    }
}

/// Asks the agent to confirm the devices; an error if they are not confirmed, or if there is no terminal to ask on.
pub(crate) fn confirm(
    sure: SureArgs,
    summary: &Summary,
    devices: &[EnteredDevice],
) -> Result<(), CommandError> {
    let terminal = Terminal::current();
    if sure.confirm {
        let Some(terminal) = terminal else {
            return Err(CommandError::Usage(
                "there is no terminal to type the devices a second time\n  detail: --confirm needs one; nothing was written"
                    .to_owned(),
            ));
        };
        retype(terminal, devices)?;
    }
    match terminal {
        _ if sure.yes => Ok(()),
        None => Err(CommandError::Usage(
            "there is no terminal to confirm the devices\n  detail: nothing was written\n  hint: give --yes if they are correct"
                .to_owned(),
        )),
        Some(terminal) => {
            for line in summary.lines(devices) {
                terminal.print(&line);
            }
            let question = format!("write {} into the case?", summary.file);
            match terminal.confirm(&question)? {
                Answer::Yes => Ok(()),
                Answer::No => Err(CommandError::Usage("nothing was written".to_owned())),
            }
        }
    }
}
