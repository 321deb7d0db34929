//! `check`: what would be refused, with line and column, without a database (contract section 8).

use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::arguments::{DropArgs, Format, Global};
use crate::cli::config::Config;
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::request::{Action, Product};
use crate::domain::submission::{
    Document, Position, Refusal, RequestShape, elements, is_contacts, parse_contact, parse_scope,
};
use crate::domain::text::printable;
use crate::drop::FileName;

/// Something that would be refused.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Problem {
    /// Ordinals from 1; absent where the whole file or request is meant.
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

pub fn check(
    global: &Global,
    files: &[PathBuf],
    product: Option<Product>,
    drop: Option<&Path>,
) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let product = match drop {
        None => product.unwrap_or_default(),
        Some(name) => {
            let args = DropArgs {
                folder: Some(name.to_owned()),
                ..DropArgs::default()
            };
            world
                .drops(&args)?
                .first()
                .map(|drop| drop.product)
                .unwrap_or_default()
        }
    };
    let checked: Vec<Checked> = files
        .iter()
        .map(|file| check_file(file, product, &world.config))
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
            checked.problem(None, None, None, NAME.to_owned());
            None
        }
    };
    match read(path, config.max_submission_bytes()) {
        Err(problem) => checked.problem(None, None, None, problem),
        Ok(content) => check_content(&mut checked, content, action, product, config),
    }
    checked
}

const NAME: &str = "the name is not forget-<yyyymmdd>_<unique>.json or export-<yyyymmdd>_<unique>.json with a real date; \
                    such a file is left untouched";

/// Reads a file as `run` would: a plain one, not too large.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let found = std::fs::symlink_metadata(path).map_err(|e| format!("cannot be read: {e}"))?;
    if !found.is_file() {
        return Err("would be refused: it is not a plain file".to_owned());
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

/// An unknown action (the name is wrong) is taken from the request, so that the rest can be checked.
fn check_content(
    checked: &mut Checked,
    content: Vec<u8>,
    action: Option<Action>,
    product: Product,
    config: &Config,
) {
    if let Err(deep) = Document::check_nesting(&content) {
        return checked.problem(
            None,
            None,
            Some(deep.0),
            format!("would be refused: {deep}"),
        );
    }
    let document = match Document::read_at_most(content, config.max_submission_values()) {
        Ok(document) => document,
        Err(unreadable) => return checked.problem(None, None, None, unreadable.to_string()),
    };
    for (number, request) in document.requests().enumerate() {
        let number = number + 1;
        let members = match RequestShape::of(request) {
            RequestShape::Malformed(_) => {
                let response = Refusal::MalformedRequest.to_string();
                checked.problem(
                    Some(number),
                    None,
                    Some(document.position(request)),
                    response,
                );
                continue;
            }
            RequestShape::Contacts(members) => members,
        };
        let scope = match action {
            Some(action) => parse_scope(&members, action, product),
            None => {
                parse_scope(&members, Action::Forget, product).or_else(|refusal| match refusal {
                    Refusal::TypeMismatch => parse_scope(&members, Action::Export, product),
                    other => Err(other),
                })
            }
        };
        if let Err(refusal) = &scope {
            checked.problem(
                Some(number),
                None,
                Some(document.position(request)),
                refusal.to_string(),
            );
        }
        let mut contact = 0;
        for element in members
            .iter()
            .filter(|m| is_contacts(m))
            .flat_map(|m| elements(m.value).unwrap_or_default())
        {
            contact += 1;
            if scope.is_ok()
                && let Err(refusal) = parse_contact(element)
            {
                checked.problem(
                    Some(number),
                    Some(contact),
                    Some(document.position(element)),
                    refusal.to_string(),
                );
            }
        }
        checked.contacts += contact;
    }
}

impl Checked {
    fn problem(
        &mut self,
        request: Option<usize>,
        contact: Option<usize>,
        at: Option<Position>,
        response: String,
    ) {
        let (line, column) = (at.map(|p| p.line), at.map(|p| p.column));
        self.problems.push(Problem {
            request,
            contact,
            line,
            column,
            response,
        });
    }
}
