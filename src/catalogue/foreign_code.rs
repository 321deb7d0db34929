//! What of a table runs functions of others: of its owner, or of anyone else who may create them. It is found in the system
//! catalogues, before anything reads the table.

use futures_util::join;

use super::model::{Accepted, Review};
use super::queries::{self, Evaluated, ForeignCodeRow};
use super::source::{Source, trusted_extensions};
use crate::postgres::{DatabaseError, Session};

/// Looks in tables, by object identifier, for what runs functions that are neither the server's nor those of an extension
/// that the catalogue trusts.
pub(super) async fn foreign_code(
    session: &Session,
    tables: &[u32],
    sources: &[Source],
) -> Result<Vec<ForeignCodeRow>, DatabaseError> {
    read(session, tables, &trusted_extensions(sources)).await
}

/// The query, with a plan that is quick to make.
async fn read(
    session: &Session,
    tables: &[u32],
    extensions: &[&str],
) -> Result<Vec<ForeignCodeRow>, DatabaseError> {
    let (quick, usual) = (queries::QUICK_PLAN.into(), queries::USUAL_PLAN.into());
    // Pipelined.
    let (before, rows, after) = join!(
        session.run(&quick),
        queries::foreign_code(session, tables, extensions),
        session.run(&usual),
    );
    let rows = rows?;
    before.and(after)?;
    Ok(rows)
}

impl ForeignCodeRow {
    /// The object and what it runs: the beginning of a message, before the name of the table.
    pub(super) fn object(&self) -> String {
        let name = &self.name;
        match self.kind {
            Evaluated::Constraint => format!("constraint {name}"),
            Evaluated::Index => format!("index {name}"),
            Evaluated::Statistics => format!("statistics object {name}"),
            Evaluated::Generated => format!("generated column {name}"),
            Evaluated::PartitionKey => format!("the partition key of {name}"),
            Evaluated::Column => format!("the type of column {name}"),
            Evaluated::Query => format!("the query of {name}"),
        }
    }
}

/// Something that maintenance evaluates.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Maintained<'a> {
    /// Expressions of its indexes and statistics objects.
    Table,
    /// The expressions of an index.
    Index(&'a str),
    /// The query of a materialised view, by `<schema>.<name>`, and expressions of its indexes.
    View(&'a str),
}

/// What a catalogue trusts and accepts, for maintenance.
#[derive(Debug, Default)]
pub(crate) struct Reviewed {
    extensions: Vec<String>,
    /// What each table accepts, with the table as `<schema>.<table>`.
    accepted: Vec<(String, Vec<Accepted>)>,
}

impl Reviewed {
    /// What the files of a catalogue say.
    pub(crate) fn of(sources: &[Source]) -> Reviewed {
        let extensions = trusted_extensions(sources);
        Reviewed {
            extensions: extensions.into_iter().map(str::to_owned).collect(),
            accepted: sources.iter().flat_map(Source::accepted).collect(),
        }
    }

    /// What maintenance of a relation would run that is neither trusted nor accepted by one of `tables`; `None`: nothing.
    pub(crate) async fn not_accepted(
        &self,
        session: &Session,
        relation: u32,
        maintained: Maintained<'_>,
        tables: &[String],
    ) -> Result<Option<String>, DatabaseError> {
        let is_accepted = |name: &str, row: &ForeignCodeRow| {
            let mut accepted = self.accepted.iter();
            accepted.any(|(table, entries)| {
                tables.contains(table) && Review::of(entries, name, &row.digest) == Review::Accepted
            })
        };
        let extensions: Vec<&str> = self.extensions.iter().map(String::as_str).collect();
        let rows = read(session, &[relation], &extensions).await?;
        let runs = rows.into_iter().find(|row| {
            let is_evaluated = match (maintained, row.kind) {
                (Maintained::Index(index), kind) => kind == Evaluated::Index && row.name == index,
                (Maintained::View(view), Evaluated::Query) => !is_accepted(view, row),
                _ => row.on_read,
            };
            is_evaluated && !is_accepted(&row.name, row)
        });
        Ok(runs.map(|row| format!("{} runs {}, which others define", row.object(), row.reaches)))
    }
}
