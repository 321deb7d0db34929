//! The devices of a case: from options, a list, or the terminal; read back in words, and typed twice where wanted.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::ask::Terminal;
use crate::cli::arguments::{OpenArgs, SureArgs};
use crate::cli::{CommandError, output};
use crate::domain::care::{Listed, in_words, kind_of, read_list};
use crate::domain::device::{Device, DeviceKind};
use crate::domain::request::Action;
use crate::domain::text::printable;

/// Devices that are read back one by one; of more the rest is counted.
const SHOWN: usize = 20;
/// How often somebody may try to type the same device.
const TRIES: usize = 3;

/// The devices of a new submission: from the options and the list, else asked for.
pub fn gather(args: &OpenArgs, limit: u64) -> Result<Vec<Listed>, CommandError> {
    use DeviceKind::{Email, Ipaddr, Phone};
    let given = [
        (Phone, &args.phones),
        (Email, &args.emails),
        (Ipaddr, &args.ipaddrs),
    ];
    let mut listed = Vec::new();
    for (kind, values) in given {
        for (n, value) in values.iter().enumerate() {
            let wrong = || CommandError::Usage(format!("--{kind} {}: {}", n + 1, hint(kind)));
            listed.push(Listed::parse(kind, value).ok_or_else(wrong)?);
        }
    }
    if let Some(list) = &args.from {
        listed.extend(from_list(list, limit)?);
    }
    if listed.is_empty() {
        if args.from.is_some() {
            return Err(CommandError::Usage("the list holds no device".to_owned()));
        }
        let Some(terminal) = Terminal::here() else {
            return Err(CommandError::Usage(
                "no device is given; give --from FILE with a list, or run this on a terminal, which asks".to_owned(),
            ));
        };
        listed = ask(terminal)?;
    }
    let given = listed.len();
    let listed = once(listed);
    if listed.len() < given {
        let more = output::grouped((given - listed.len()) as i64);
        output::note(&format!(
            "note: {more} of the devices were given before; each counts once"
        ));
    }
    Ok(listed)
}

/// Reads a list; everything that is wrong with it is said, with line and column.
pub fn from_list(path: &Path, limit: u64) -> Result<Vec<Listed>, CommandError> {
    let mut content = Vec::new();
    let (shown, read) = if path == Path::new("-") {
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
    read.map_err(|cause| CommandError::Usage(format!("cannot read {shown}: {cause}")))?;
    if content.len() as u64 > limit {
        return Err(CommandError::Usage(format!(
            "{shown} is larger than {limit} bytes (max_submission_bytes)"
        )));
    }
    read_list(&content).map_err(|errors| {
        let told: Vec<String> = errors
            .iter()
            .map(|error| format!("{shown}: {error}"))
            .collect();
        CommandError::Usage(format!("{}\nnothing was written", told.join("\n")))
    })
}

fn ask(terminal: Terminal) -> Result<Vec<Listed>, CommandError> {
    let mut listed: Vec<Listed> = Vec::new();
    loop {
        let question = format!(
            "device {} (a phone, an email or an IP address; Enter ends):",
            listed.len() + 1
        );
        let text = terminal.ask(&question)?;
        if text.is_empty() && !listed.is_empty() {
            return Ok(listed);
        }
        match take(&text) {
            Ok(device) => match listed.iter().position(|l| l.device == device.device) {
                Some(before) => terminal.say(&format!("  that is device {} again", before + 1)),
                None => listed.push(device),
            },
            Err(hint) => terminal.say(&format!("  {hint}")),
        }
    }
}

/// A device as somebody typed it, whatever its kind; else what is wrong with it.
pub fn take(text: &str) -> Result<Listed, &'static str> {
    let kind = kind_of(text);
    Listed::parse(kind, text).ok_or_else(|| hint(kind))
}

fn hint(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Phone => {
            "no phone: write + and the country's code, then digits with single blanks or none, e.g. +1 617 555 0100"
        }
        DeviceKind::Email => "no email address: one @, and a domain with a dot",
        DeviceKind::Ipaddr => "no IP address that can be looked for: e.g. 192.0.2.1 or 3fff::1",
    }
}

/// Each device once: a second spelling adds nothing.
fn once(listed: Vec<Listed>) -> Vec<Listed> {
    let mut kept: Vec<Listed> = Vec::new();
    let mut seen: std::collections::HashSet<Device> = std::collections::HashSet::new();
    for device in listed {
        if seen.insert(device.device.clone()) {
            kept.push(device);
        }
    }
    kept
}

/// Has every device typed a second time and compares: the wrong digit of a phone is a stranger.
pub fn confirm(terminal: Terminal, listed: &[Listed]) -> Result<(), CommandError> {
    let total = listed.len();
    for (n, first) in listed.iter().enumerate() {
        let kind = first.device.kind();
        let question = format!("once more, {kind} {} of {total}:", n + 1);
        let mut tries = 0;
        loop {
            let text = terminal.ask(&question)?;
            if take(&text).is_ok_and(|second| second.device == first.device) {
                break;
            }
            tries += 1;
            if tries == TRIES {
                return Err(CommandError::Usage(format!(
                    "{kind} {} was not typed twice the same; nothing was written, look at the case again",
                    n + 1
                )));
            }
            terminal.say(
                "  that is not the same; one of the two has a mistake, look at the case again",
            );
        }
    }
    Ok(())
}

/// What a submission asks for, for whoever is about to write it.
pub struct Summary<'a> {
    pub case: &'a str,
    pub action: Action,
    pub accounts: &'a [String],
    pub short_codes: &'a [String],
    pub file: &'a str,
}

impl Summary<'_> {
    /// The lines that are read before the question.
    pub fn lines(&self, listed: &[Listed]) -> Vec<String> {
        let plural = if listed.len() == 1 {
            "device"
        } else {
            "devices"
        };
        let accounts: Vec<String> = self.accounts.iter().map(|a| output::safe(a)).collect();
        let mut first = format!(
            "case {}: {} of {} {plural}",
            self.case,
            self.action,
            output::grouped(listed.len() as i64)
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
        for device in listed.iter().take(SHOWN) {
            lines.push(format!(
                "  {}: {}; nobody checks that it is the right person's",
                output::safe(&device.value),
                in_words(&device.device)
            ));
        }
        if listed.len() > SHOWN {
            let more = output::grouped((listed.len() - SHOWN) as i64);
            lines.push(format!("  … and {more} more, each in a correct format"));
        }
        if self.action == Action::Forget {
            lines.push("A FORGET cannot be taken back.".to_owned());
        }
        lines
    }
}

/// Asks whether all is as meant; an error: it is not, or nobody is there to ask.
pub fn make_sure(sure: SureArgs, summary: &Summary, listed: &[Listed]) -> Result<(), CommandError> {
    let terminal = Terminal::here();
    if sure.confirm {
        let Some(terminal) = terminal else {
            return Err(CommandError::Usage(
                "--confirm needs a terminal, at which every device is typed a second time; nothing was written".to_owned(),
            ));
        };
        confirm(terminal, listed)?;
    }
    match terminal {
        _ if sure.yes => Ok(()),
        None => Err(CommandError::Usage(
            "there is no terminal to ask whether the devices are right; give --yes if that is certain. Nothing was written"
                .to_owned(),
        )),
        Some(terminal) => {
            for line in summary.lines(listed) {
                terminal.say(&line);
            }
            match terminal.is_sure(&format!("write {} into the case?", summary.file))? {
                true => Ok(()),
                false => Err(CommandError::Usage("nothing was written".to_owned())),
            }
        }
    }
}

/// Writes a list for an editor, readable by its owner only; it replaces nothing.
pub fn write_list(path: &PathBuf, text: &str) -> Result<(), CommandError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let failed = |cause| CommandError::Io {
        doing: "writing the list",
        cause,
    };
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)
}
