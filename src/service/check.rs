//! Checks submitted files without a database: what would be refused, with line and column (contract section 8).

use std::path::Path;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::request::{Action, Product};
use crate::domain::submission::{
    Document, Member, Position, Refusal, RequestShape, elements, is_contacts, parse_contact,
    parse_scope,
};
use crate::domain::text::printable;
use crate::drop::{FileName, read_submission_file};
use crate::service::settings::SubmissionSettings;

/// Something that would be refused.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// Ordinals from 1; absent where the problem is in the file or request as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<usize>,
    /// The response that a contact would get, or what is wrong with the file.
    pub(crate) response: String,
}

/// What would be refused in a file.
#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    pub(crate) file: String,
    pub(crate) contacts: usize,
    pub(crate) problems: Vec<Problem>,
}

/// Checks a file as a run would read it.
pub(crate) fn check_file(path: &Path, product: Product, settings: &SubmissionSettings) -> Checked {
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
    match read_submission_file(path, settings.max_submission_bytes) {
        Err(problem) => checked.problem(Place::file(), problem.to_string()),
        Ok(content) => check_content(&mut checked, content, action, product, settings),
    }
    checked
}

const NAME: &str = "the name is not forget-<yyyymmdd>_<unique>.json or export-<yyyymmdd>_<unique>.json with a real date; \
                    such a file is left untouched";

/// Notes what would be refused in a file that can be read. An unknown action (the name is wrong) is taken from each
/// request, so that the rest can be checked.
fn check_content(
    checked: &mut Checked,
    content: Vec<u8>,
    action: Option<Action>,
    product: Product,
    settings: &SubmissionSettings,
) {
    if let Err(deep) = Document::check_nesting(&content) {
        return checked.problem(
            Place::file().at(deep.0),
            format!("would be refused: {deep}"),
        );
    }
    let document = match Document::read_at_most(content, settings.max_submission_values) {
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
