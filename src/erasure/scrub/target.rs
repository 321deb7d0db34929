//! The targets of a scrub: tables and partitions, indexes, statistics of partitioned tables, materialised views, system
//! catalogues.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::Serialize;
use strum::{EnumString, IntoStaticStr};

use super::mark::Need;
use crate::domain::identifier::ScrubId;
use crate::domain::level::Level;
use crate::ledger;
use crate::postgres::name::TableName;
use crate::postgres::query::queries;
use crate::postgres::row::{row, text_enum};
use crate::postgres::{DatabaseError, Session};

/// The kind of a target, in the order of work. The text form is part of JSON results and of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub(crate) enum TargetKind {
    /// A table or partition with rows.
    Table,
    /// A partitioned table, which has statistics only.
    Parent,
    /// A materialised view.
    View,
    Index,
    /// A system catalogue that holds statistics.
    Statistics,
    /// The checkpoint that ends a scrub of level 2.
    Checkpoint,
}

text_enum! { TargetKind }

row! {
    /// A target as the server describes it.
    struct TargetRow {
        kind: TargetKind,
        oid: u32,
        schema_name: String,
        relation_name: String,
        tables: Vec<String>,
        on: String = "table_name",
        concurrent: bool,
        may: bool,
        bytes: i64,
        folder: Option<String>,
        keyed: bool,
        failsafe: bool,
        valid: bool,
        ready: bool,
        need: Option<ScrubId>,
    }
}

row! {
    /// A table that cannot be found.
    struct MissingTable {
        name: String,
    }
}

queries! {
    fn target_rows(tables: &[String], changed: &[&str], columns: &[&str], purged: &[&str]) -> Vec<TargetRow> = "scrub/targets.sql";
    fn missing_tables(tables: &[String]) -> Vec<MissingTable> = "scrub/missing_tables.sql";
}

/// A scrub target.
#[derive(Debug, Clone)]
pub struct Target {
    pub(crate) kind: TargetKind,
    /// 0 for the checkpoint.
    pub(crate) oid: u32,
    pub(crate) name: TableName,
    /// The catalogue's tables whose old values it may hold, as `<schema>.<table>`.
    pub(crate) tables: Vec<String>,
    /// For an index: the table or view that it belongs to.
    pub(crate) on: String,
    /// Whether an index or view can be rebuilt while others read it.
    pub(crate) concurrent: bool,
    /// Whether this role has the privilege to treat it.
    pub(crate) may: bool,
    pub(crate) bytes: i64,
    /// The folder of its files on the server, if this role may see it.
    pub(crate) folder: Option<PathBuf>,
    /// Whether a key identifies each row, so that pg_repack can rewrite the table.
    pub(crate) keyed: bool,
    /// Whether VACUUM may skip indexes because the failsafe age is reached.
    pub(crate) failsafe: bool,
    /// False for an index whose creation never finished.
    pub(crate) valid: bool,
    /// Whether VACUUM cleans it.
    pub(crate) ready: bool,
    /// For a table that was renamed, moved or detached after a FORGET changed it, and for its indexes: the scrub that
    /// covers all of these changes. Later changes under the old name did not reach it.
    pub(crate) last_need: Option<ScrubId>,
}

impl Target {
    /// `<schema>.<name>`, or `checkpoint`.
    pub(crate) fn relation(&self) -> String {
        match self.kind {
            TargetKind::Checkpoint => "checkpoint".to_owned(),
            _ => self.name.plain(),
        }
    }

    /// The level at which a scrub of `level` treats it; `None`: not at all.
    pub(crate) fn treatment(&self, level: Level) -> Option<Level> {
        match (self.kind, level) {
            // Rewriting a table rebuilds its indexes.
            (TargetKind::Index, Level::OneAndHalf) => Some(Level::OneAndHalf),
            (TargetKind::Index, _) => None,
            (TargetKind::Checkpoint, Level::Two) => Some(Level::Two),
            (TargetKind::Checkpoint, _) => None,
            (TargetKind::Parent, _) => Some(Level::Two),
            (_, Level::Two) => Some(Level::Two),
            (_, _) => Some(Level::One),
        }
    }

    /// The combined need of its tables; `None`: no table needs anything.
    pub(crate) fn need(&self, needs: &HashMap<String, Need>) -> Option<Need> {
        let own = self.tables.iter().filter_map(|table| needs.get(table));
        let need = own.max_by_key(|need| need.scrub_id).copied()?;
        Some(Need {
            scrub_id: self.last_need.unwrap_or(need.scrub_id),
            ..need
        })
    }
}

/// The targets of changed tables, in the order of work. `columns`: changed columns, as `<schema>.<table>` and name; a table
/// without any counts as changed in all columns.
pub async fn targets(
    session: &Session,
    tables: &[String],
    columns: &[(String, String)],
) -> Result<Vec<Target>, DatabaseError> {
    let (of, names): (Vec<&str>, Vec<&str>) = columns
        .iter()
        .map(|(table, column)| (table.as_str(), column.as_str()))
        .unzip();
    let rows = target_rows(session, tables, &of, &names, &ledger::PURGED).await?;
    Ok(rows.into_iter().map(Target::from).collect())
}

/// Changed tables that cannot be found: they were renamed or dropped, and no FORGET recorded their OIDs.
pub async fn missing(session: &Session, tables: &[String]) -> Result<Vec<String>, DatabaseError> {
    let rows = missing_tables(session, tables).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The target that ends a scrub of level 2.
pub fn checkpoint(tables: Vec<String>) -> Target {
    Target {
        kind: TargetKind::Checkpoint,
        oid: 0,
        name: TableName::new("", "checkpoint"),
        tables,
        on: String::new(),
        concurrent: true,
        may: true,
        bytes: 0,
        folder: None,
        keyed: false,
        failsafe: false,
        valid: true,
        ready: true,
        last_need: None,
    }
}

impl From<TargetRow> for Target {
    fn from(row: TargetRow) -> Target {
        Target {
            kind: row.kind,
            oid: row.oid,
            name: TableName::new(row.schema_name, row.relation_name),
            tables: row.tables,
            on: row.on,
            concurrent: row.concurrent,
            may: row.may,
            bytes: row.bytes,
            folder: row.folder.map(PathBuf::from),
            keyed: row.keyed,
            failsafe: row.failsafe,
            valid: row.valid,
            ready: row.ready,
            last_need: row.need,
        }
    }
}
