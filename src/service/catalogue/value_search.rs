//! Which columns of the database hold the devices of a submission, whether the catalogue declares them or not.

use std::path::Path;

use serde::Serialize;

use crate::catalogue::Source;
use crate::domain::request::{Action, Product};
use crate::domain::submission::{Document, Submission};
use crate::domain::text::printable;
use crate::drop::read_submission_file;
use crate::engine::value_search::{self, Attribution, ColumnHit, SearchObserver};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::outcome::Outcome;
use crate::service::settings::SubmissionSettings;

/// The result of a search.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ValueSearch {
    pub(crate) found: Vec<ColumnHit>,
    /// The tables and columns that were not read to their end, each with the reason.
    pub(crate) given_up: Vec<String>,
}

impl ValueSearch {
    /// [`Outcome::Errors`] where a device was found, or could be in a column that was not searched.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.found.is_empty() && self.given_up.is_empty() {
            true => Outcome::Done,
            false => Outcome::Errors,
        }
    }
}

/// The accepted devices of a submit file, whatever its name and type.
pub(crate) fn devices_of(
    file: &Path,
    settings: &SubmissionSettings,
) -> Result<Submission, ServiceError> {
    let unusable = |problem: &dyn std::fmt::Display| {
        ServiceError::Usage(format!(
            "cannot search for the devices of {}\n  detail: {problem}\n  hint: `lethe check` lists what is wrong with the file",
            printable(file)
        ))
    };
    let content = read_submission_file(file, settings.max_submission_bytes)
        .map_err(|error| unusable(&format_args!("the file {error}")))?;
    Document::check_nesting(&content).map_err(|error| unusable(&error))?;
    let document = Document::read_at_most(content, settings.max_submission_values)
        .map_err(|error| unusable(&error))?;
    let as_action = |action| Submission::parse(&document, action, Product::Outbound);
    [Action::Forget, Action::Export]
        .into_iter()
        .map(as_action)
        .find(|submission| !submission.devices.is_empty())
        .ok_or_else(|| unusable(&"none of its contacts holds a device in a correct format"))
}

/// Searches all tables except those that are kept by rule. Rows of any account count, and no country is known.
pub(crate) async fn value_search(
    session: &Session,
    sources: &[Source],
    submission: &Submission,
    observer: &dyn SearchObserver,
) -> Result<ValueSearch, ServiceError> {
    let search = value_search::ValueSearch {
        session,
        sources,
        devices: &submission.devices,
        attribution: &Attribution::Any,
        observer,
    };
    let searched = search.run().await?;
    Ok(ValueSearch {
        found: searched.columns,
        given_up: searched.given_up,
    })
}
