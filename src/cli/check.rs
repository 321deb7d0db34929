//! `check`: prints what would be refused, with line and column, without a database (contract section 8).

use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::arguments::{CheckArgs, DropArgs, Format, Global};
use crate::cli::config::Config;
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::request::{Action, Product};
use crate::domain::submission::{
    Document, Member, Position, Refusal, RequestShape, elements, is_contacts, parse_contact,
    parse_scope,
};
use crate::domain::text::printable;
use crate::drop::FileName;

/// Something that would be refused.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Problem {
    /// Ordinals from 1; absent where the problem is in the file or request as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// The response that a contact would get, or what is wrong with the file.
    response: String,
}

#[derive(Serialize)]
struct Checked {
    file: String,
    contacts: usize,
    problems: Vec<Problem>,
}

pub fn check(global: &Global, args: &CheckArgs) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let product = match &args.drop {
        None => args.product.unwrap_or_default(),
        Some(name) => {
            let drop = DropArgs {
                folder: Some(name.clone()),
                ..DropArgs::default()
            };
            let drops = context.drops(&drop)?;
            drops.first().map(|drop| drop.product).unwrap_or_default()
        }
    };
    let checked: Vec<Checked> = args
        .files
        .iter()
        .map(|file| check_file(file, product, &context.config))
        .collect();
    let refused = checked.iter().any(|c| !c.problems.is_empty());
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct All {
            files: Vec<Checked>,
        }
        output::json(&All { files: checked })?;
    } else {
        checked.iter().try_for_each(describe)?;
    }
    Ok(if refused {
        Outcome::Errors
    } else {
        Outcome::Done
    })
}

fn describe(checked: &Checked) -> Result<(), CommandError> {
    for problem in &checked.problems {
        let place = match (problem.line, problem.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", checked.file),
            _ => checked.file.clone(),
        };
        let what = match (problem.request, problem.contact) {
            (Some(request), Some(contact)) => format!("request {request} contact {contact}: "),
            (Some(request), None) => format!("request {request}: "),
            _ => String::new(),
        };
        output::line(&format!("{place}: {what}{}", problem.response))?;
    }
    let contacts = output::grouped(checked.contacts as i64);
    match checked.problems.len() {
        0 => output::line(&format!(
            "{}: {contacts} contacts, nothing would be refused",
            checked.file
        )),
        1 => output::line(&format!("{}: {contacts} contacts, 1 problem", checked.file)),
        n => output::line(&format!(
            "{}: {contacts} contacts, {} problems",
            checked.file,
            output::grouped(n as i64)
        )),
    }
}

fn check_file(path: &Path, product: Product, config: &Config) -> Checked {
    let mut checked = Checked {
        file: printable(path),
        contacts: 0,
        problems: Vec::new(),
    };
    let name = path.file_name().map(FileName::parse);
    let action = match name {
        Some(Ok(name)) => Some(name.action()),
        _ => {
            checked.problem(Place::file(), NAME.to_owned());
            None
        }
    };
    match read(path, config.submission().max_submission_bytes) {
        Err(problem) => checked.problem(Place::file(), problem),
        Ok(content) => check_content(&mut checked, content, action, product, config),
    }
    checked
}

const NAME: &str = "the name is not forget-<yyyymmdd>_<unique>.json or export-<yyyymmdd>_<unique>.json with a real date; \
                    such a file is left untouched";

/// Reads a file as `run` would: a regular one, not too large.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let found = std::fs::symlink_metadata(path).map_err(|e| format!("cannot be read: {e}"))?;
    if !found.is_file() {
        return Err("would be refused: it is not a regular file".to_owned());
    }
    if found.len() > limit {
        return Err(format!(
            "would be refused: it is larger than {limit} bytes (max_submission_bytes)"
        ));
    }
    let mut content = Vec::new();
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits())
        .open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut content))
        .map_err(|e| format!("cannot be read: {e}"))?;
    Ok(content)
}

/// Notes what would be refused in a file that can be read. An unknown action (the name is wrong) is taken from each
/// request, so that the rest can be checked.
fn check_content(
    checked: &mut Checked,
    content: Vec<u8>,
    action: Option<Action>,
    product: Product,
    config: &Config,
) {
    if let Err(deep) = Document::check_nesting(&content) {
        return checked.problem(
            Place::file().at(deep.0),
            format!("would be refused: {deep}"),
        );
    }
    let document = match Document::read_at_most(content, config.submission().max_submission_values)
    {
        Ok(document) => document,
        Err(unreadable) => return checked.problem(Place::file(), unreadable.to_string()),
    };
    for (index, request) in document.requests().enumerate() {
        let place = || Place::request(index + 1).at(document.position(request));
        match RequestShape::of(request) {
            RequestShape::Malformed(_) => {
                checked.problem(place(), Refusal::MalformedRequest.to_string());
            }
            RequestShape::Contacts(members) => {
                let scope = parse_any_scope(&members, action, product);
                if let Err(refusal) = &scope {
                    checked.problem(place(), refusal.to_string());
                }
                let contacts = contacts_of(&members);
                checked.contacts += contacts.len();
                if scope.is_ok() {
                    check_contacts(checked, &document, index + 1, &contacts);
                }
            }
        }
    }
}

fn check_contacts(
    checked: &mut Checked,
    document: &Document,
    request: usize,
    contacts: &[&RawValue],
) {
    for (index, contact) in contacts.iter().enumerate() {
        if let Err(refusal) = parse_contact(contact) {
            let place = Place::contact(request, index + 1).at(document.position(contact));
            checked.problem(place, refusal.to_string());
        }
    }
}

/// The contacts of all arrays of a request.
fn contacts_of<'a>(members: &[Member<'a>]) -> Vec<&'a RawValue> {
    let arrays = members.iter().filter(|member| is_contacts(member));
    arrays
        .flat_map(|member| elements(member.value).unwrap_or_default())
        .collect()
}

/// Parses the scope of a request, of whichever action where that is unknown.
fn parse_any_scope(
    members: &[Member<'_>],
    action: Option<Action>,
    product: Product,
) -> Result<(), Refusal> {
    let parse = |action| parse_scope(members, action, product).map(|_| ());
    match action {
        Some(action) => parse(action),
        None => parse(Action::Forget).or_else(|refusal| match refusal {
            Refusal::TypeMismatch => parse(Action::Export),
            other => Err(other),
        }),
    }
}

/// Where something would be refused: the file, a request, or a contact of it.
#[derive(Debug, Clone, Copy)]
struct Place {
    request: Option<usize>,
    contact: Option<usize>,
    position: Option<Position>,
}

impl Place {
    fn file() -> Place {
        Place {
            request: None,
            contact: None,
            position: None,
        }
    }

    fn request(request: usize) -> Place {
        Place {
            request: Some(request),
            ..Place::file()
        }
    }

    fn contact(request: usize, contact: usize) -> Place {
        Place {
            contact: Some(contact),
            ..Place::request(request)
        }
    }

    fn at(self, position: Position) -> Place {
        Place {
            position: Some(position),
            ..self
        }
    }
}

impl Checked {
    fn problem(&mut self, place: Place, response: String) {
        self.problems.push(Problem {
            request: place.request,
            contact: place.contact,
            line: place.position.map(|position| position.line),
            column: place.position.map(|position| position.column),
            response,
        });
    }
}
