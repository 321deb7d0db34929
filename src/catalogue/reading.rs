//! Reading tables that the catalogue does not declare: only where no function of others runs, and all rows are visible.

use super::family::Families;
use super::foreign_code::foreign_code;
use super::queries::{self, HindrancesRow};
use super::source::Source;
use super::user_columns::{RelationKind, UserColumn};
use crate::catalogue::render;
use crate::postgres::query::One;
use crate::postgres::{DatabaseError, Session};

/// Why a column is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) String);

/// Decides in the current transaction whether a column can be read, from the system catalogues and under a lock where this
/// role may take it: reading a table may evaluate expressions of its indexes and statistics objects.
pub(crate) async fn why_unreadable(
    session: &Session,
    column: &UserColumn,
    sources: &[Source],
) -> Result<Option<Unreadable>, DatabaseError> {
    if column.kind == RelationKind::ForeignTable {
        return Ok(unreadable("its rows are in another database"));
    }
    if !column.may_select {
        return Ok(unreadable("this role has no SELECT privilege on it"));
    }
    if column.may_lock {
        session
            .run(&render::lock_for_reading(&column.table))
            .await?;
    }
    let families = Families::look_up([&column.table], session).await?;
    let Some(table) = families.declared().first() else {
        return Ok(unreadable("its table is gone"));
    };
    let One(HindrancesRow {
        foreign_tables,
        policies,
        has_expressions,
    }) = queries::hindrances(session, *table).await?;
    if let Some(tables) = foreign_tables {
        return Ok(unreadable(format!(
            "rows of it are in another database (foreign tables {tables})"
        )));
    }
    if let Some(policies) = policies {
        let policies = match policies.is_empty() {
            true => "none of its policies".to_owned(),
            false => format!("policies {policies}"),
        };
        return Ok(unreadable(format!(
            "row-level security applies to this role ({policies})"
        )));
    }
    if !has_expressions {
        return Ok(None);
    }
    let evaluated = foreign_code(session, &[*table], sources).await?;
    let runs = evaluated.iter().find(|row| row.on_read).map(|row| {
        format!(
            "reading it may run {}, which others define ({})",
            row.reaches,
            row.object()
        )
    });
    Ok(runs.and_then(unreadable))
}

fn unreadable(reason: impl Into<String>) -> Option<Unreadable> {
    Some(Unreadable(reason.into()))
}
