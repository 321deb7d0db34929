//! Which columns of the database hold the devices of a submission, whether the catalogue declares them or not.

use std::path::Path;

use serde::Serialize;

use crate::catalogue::reading::{Unreadable, why_unreadable};
use crate::catalogue::user_columns::{UserColumn, can_hold_a_device, user_columns};
use crate::catalogue::{Source, check_event_triggers, render};
use crate::domain::request::{Action, Product};
use crate::domain::submission::{Document, Submission};
use crate::domain::text::printable;
use crate::drop::read_submission_file;
use crate::erasure::census::values;
use crate::postgres::name::TableName;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};
use crate::service::ServiceError;
use crate::service::outcome::Outcome;
use crate::service::settings::SubmissionSettings;

row! {
    /// The rows of a column that hold a device, and these devices.
    struct ColumnHits {
        row_count: i64,
        devices: i64,
    }
}

queries! {
    fn search_column() -> One<ColumnHits> = rendered "catalogue/value_search.sql";
}

/// A column that holds searched devices.
#[derive(Debug, Serialize)]
pub(crate) struct Hit {
    pub(crate) table: String,
    pub(crate) column: String,
    /// Rows that hold any of the devices.
    pub(crate) rows: i64,
    /// How many different devices these are.
    pub(crate) devices: i64,
    /// Whether the catalogue declares the table, so that a FORGET would reach it.
    pub(crate) covered: bool,
}

/// The result of a search.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ValueSearch {
    pub(crate) found: Vec<Hit>,
    /// The columns that could not be searched, each with the reason.
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

/// Follows a search column by column.
pub(crate) trait SearchObserver {
    /// The search begins; it has this many columns.
    fn begin(&self, columns: usize);

    /// A column is searched next.
    fn column(&self, place: &str);

    /// The search has ended.
    fn end(&self);
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

/// Searches every column that can hold a device, except those of tables that are kept by rule. Each column has a transaction and
/// a time limit of its own.
pub(crate) async fn value_search(
    session: &Session,
    sources: &[Source],
    submission: &Submission,
    observer: &dyn SearchObserver,
) -> Result<ValueSearch, ServiceError> {
    check_event_triggers(session, sources).await?;
    let covered: Vec<TableName> = sources.iter().flat_map(Source::tables).collect();
    let kept: Vec<TableName> = sources.iter().flat_map(Source::kept_by_rule).collect();
    values::stage(session, submission).await?;
    let mut columns = user_columns(session).await?;
    columns.retain(|column| can_hold_a_device(column) && !kept.contains(&column.table));
    observer.begin(columns.len());
    let mut search = ValueSearch::default();
    for column in columns {
        let place = format!("{}.{}", column.table.plain(), column.column.as_str());
        observer.column(&place);
        match count(session, &column, sources).await? {
            Ok(hits) if hits.row_count > 0 => search.found.push(Hit {
                covered: covered.contains(&column.table),
                table: column.table.plain(),
                column: column.column.as_str().to_owned(),
                rows: hits.row_count,
                devices: hits.devices,
            }),
            Ok(_) => {}
            Err(reason) => search.given_up.push(format!("{place}: {reason}")),
        }
    }
    observer.end();
    Ok(search)
}

/// Counts the rows of a column that hold a staged device, or says why that is not possible.
async fn count(
    session: &Session,
    column: &UserColumn,
    sources: &[Source],
) -> Result<Result<ColumnHits, String>, DatabaseError> {
    session.begin_search().await?;
    let found = count_if_readable(session, column, sources).await;
    session.rollback().await?;
    match found {
        Ok(found) => Ok(found),
        Err(error) if error.is_lost_connection() && session.is_closed() => Err(error),
        Err(error) => Ok(Err(error.to_string())),
    }
}

async fn count_if_readable(
    session: &Session,
    column: &UserColumn,
    sources: &[Source],
) -> Result<Result<ColumnHits, String>, DatabaseError> {
    if let Some(Unreadable(why)) = why_unreadable(session, column, sources).await? {
        return Ok(Err(why));
    }
    let search = render::value_search(&column.table, &column.column, column.shape, column.origin);
    let One(hits) = search_column(session, &search).await?;
    Ok(Ok(hits))
}
