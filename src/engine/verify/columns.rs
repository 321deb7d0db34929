//! Searches columns that are not declared as devices, each with a time limit.

use super::report::Left;
use crate::catalogue::plan::{LOOKUPS, Staging, TableStatement, VerifySteps};
use crate::catalogue::reading::{Unreadable, why_unreadable};
use crate::catalogue::user_columns::{UserColumn, can_hold_a_device, user_columns};
use crate::catalogue::{Source, render};
use crate::domain::device::Device;
use crate::domain::lookup::Form;
use crate::domain::submission::Submission;
use crate::engine::queries;
use crate::engine::reading::Reader;
use crate::postgres::{CopyRows, DatabaseError, Session};

/// Searches other columns for the staged devices of a submission.
pub(super) struct ColumnSearch<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) submission: &'a Submission,
    pub(super) staging: &'a Staging,
}

impl ColumnSearch<'_> {
    /// Searches column by column, and adds what is found to `left`. Returns the columns that were not searched completely, with
    /// the reason.
    pub(super) async fn run(
        &self,
        sources: &[Source],
        left: &mut [Left],
    ) -> Result<Vec<String>, DatabaseError> {
        let mut given_up = Vec::new();
        for column in VerifySteps::new(self.reader.catalogue).values {
            given_up.extend(self.declared(&column, left).await?);
        }
        self.stage_domestic_forms().await?;
        for column in self.undeclared_columns(sources).await? {
            given_up.extend(self.undeclared(&column, sources, left).await?);
        }
        Ok(given_up)
    }

    /// Searches a column of a declared table. Returns why it was given up.
    async fn declared(
        &self,
        column: &TableStatement,
        left: &mut [Left],
    ) -> Result<Option<String>, DatabaseError> {
        let session = self.reader.session;
        let search = queries::count_values(session, &column.statement);
        let rows = match bounded(session, search).await? {
            Err(reason) => return Ok(Some(format!("{}: {reason}", column.name))),
            Ok(rows) => rows,
        };
        for row in rows {
            let values = &mut left[row.target as usize].values;
            values.insert(column.name.clone(), row.row_count);
        }
        Ok(None)
    }

    /// Searches a column of an undeclared table. Returns why it was given up.
    async fn undeclared(
        &self,
        column: &UserColumn,
        sources: &[Source],
        left: &mut [Left],
    ) -> Result<Option<String>, DatabaseError> {
        let name = format!("{}.{}", column.table.plain(), column.column.as_str());
        let session = self.reader.session;
        let rows = match bounded(session, search_undeclared(session, column, sources)).await? {
            Err(reason) | Ok(Err(Unreadable(reason))) => {
                return Ok(Some(format!("{name}: {reason}")));
            }
            Ok(Ok(rows)) => rows,
        };
        for row in rows {
            let device = row.device as u32;
            for target in self.staging.targets_of(&(device..device + 1)) {
                let undeclared = &mut left[target].undeclared;
                undeclared.insert(name.clone(), row.row_count);
            }
        }
        Ok(None)
    }

    /// The columns of tables that the catalogue neither declares nor names as suppression tables.
    async fn undeclared_columns(
        &self,
        sources: &[Source],
    ) -> Result<Vec<UserColumn>, DatabaseError> {
        let declared: Vec<_> = sources.iter().flat_map(Source::tables).collect();
        let suppression: Vec<_> = sources.iter().flat_map(Source::kept_by_rule).collect();
        let mut columns = user_columns(self.reader.session).await?;
        columns.retain(|column| {
            can_hold_a_device(column)
                && !declared.contains(&column.table)
                && !suppression.contains(&column.table)
        });
        Ok(columns)
    }

    /// Adds the forms in which phones are dialled within their own country: the country of an undeclared column is unknown.
    async fn stage_domestic_forms(&self) -> Result<(), DatabaseError> {
        let mut rows = CopyRows::default();
        for (index, device) in (0..).zip(&self.staging.devices) {
            if let Device::Phone(phone) = &self.submission.devices[*device as usize] {
                for value in phone.domestic_forms() {
                    rows.int(index)
                        .small(Form::Domestic.number())
                        .optional_int(None)
                        .text(&value)
                        .end();
                }
            }
        }
        let copy = LOOKUPS.into();
        self.reader.session.copy_in(&copy, &mut rows).await?;
        Ok(())
    }
}

/// Counts the rows of an undeclared column by device. The inner error: nothing was read.
async fn search_undeclared(
    session: &Session,
    column: &UserColumn,
    sources: &[Source],
) -> Result<Result<Vec<queries::DeviceCount>, Unreadable>, DatabaseError> {
    if let Some(why) = why_unreadable(session, column, sources).await? {
        return Ok(Err(why));
    }
    let UserColumn {
        table,
        column,
        shape,
        origin,
        ..
    } = column;
    let statement = render::verify::undeclared(table, column, *shape, *origin);
    queries::count_undeclared(session, &statement).await.map(Ok)
}

/// Runs a search with a time limit. The inner error is the reason why it was given up.
async fn bounded<R>(
    session: &Session,
    search: impl Future<Output = Result<R, DatabaseError>>,
) -> Result<Result<R, String>, DatabaseError> {
    session.begin_search().await?;
    match search.await {
        Err(error) if error.is_lost_connection() && session.is_closed() => Err(error),
        found => {
            session.rollback().await?;
            Ok(found.map_err(|error| error.to_string()))
        }
    }
}
