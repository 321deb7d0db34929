//! What a scrub treats as a whole: a table or partition, an index, the statistics of a partitioned table, a materialised
//! view, a system catalogue.

use std::path::PathBuf;

use serde::Serialize;

use crate::domain::identifier::ScrubId;
use crate::domain::level::Level;
use crate::erasure::scrub::ledger::Need;
use crate::postgres::name::TableName;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// Kinds of units, in the order of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    Table,
    Parent,
    View,
    Index,
    Statistics,
    Checkpoint,
}

impl UnitKind {
    pub fn as_str(self) -> &'static str {
        match self {
            UnitKind::Table => "table",
            UnitKind::Parent => "parent",
            UnitKind::View => "view",
            UnitKind::Index => "index",
            UnitKind::Statistics => "statistics",
            UnitKind::Checkpoint => "checkpoint",
        }
    }

    fn read(word: &str) -> UnitKind {
        match word {
            "table" => UnitKind::Table,
            "parent" => UnitKind::Parent,
            "view" => UnitKind::View,
            "index" => UnitKind::Index,
            _ => UnitKind::Statistics,
        }
    }
}

/// What is treated as a whole.
#[derive(Debug, Clone)]
pub struct Unit {
    pub kind: UnitKind,
    pub oid: u32,
    pub name: TableName,
    /// The tables of the catalogue whose old values can be there, as `<schema>.<table>`.
    pub tables: Vec<String>,
    /// Of an index: the table or view that it is on.
    pub on: String,
    /// Whether an index or view can be made anew beside readers.
    pub concurrent: bool,
    /// Whether this role may.
    pub may: bool,
    pub bytes: i64,
    /// Where its files lie on the server, as far as this role may know.
    pub folder: Option<PathBuf>,
    /// Whether a key of it leads to each row, so that it can be written anew beside writers.
    pub keyed: bool,
    /// Whether VACUUM may leave indexes alone, as transaction IDs run out.
    pub failsafe: bool,
    /// Whether it is no index that was never finished.
    pub valid: bool,
    /// Whether VACUUM cleans it.
    pub ready: bool,
    /// Of a table that was renamed, moved or detached since a forget changed it, and of its indexes: the scrub that
    /// saw all of that; what forgets changed later under its old name did not reach it.
    pub last_need: Option<ScrubId>,
}

impl Unit {
    /// `<schema>.<name>`.
    pub fn relation(&self) -> String {
        match self.kind {
            UnitKind::Checkpoint => "checkpoint".to_owned(),
            _ => self.name.plain(),
        }
    }

    /// How deep it is treated by a scrub of this level; `None`: not at all.
    pub fn treated(&self, level: Level) -> Option<Level> {
        match (self.kind, level) {
            // A table that is written anew has new indexes.
            (UnitKind::Index, Level::OneAndHalf) => Some(Level::OneAndHalf),
            (UnitKind::Index, _) => None,
            (UnitKind::Checkpoint, Level::Two) => Some(Level::Two),
            (UnitKind::Checkpoint, _) => None,
            (UnitKind::Parent, _) => Some(Level::Two),
            (_, Level::Two) => Some(Level::Two),
            (_, _) => Some(Level::One),
        }
    }

    /// What its tables need, together.
    pub fn need(&self, needs: &std::collections::HashMap<String, Need>) -> Option<Need> {
        let own = self.tables.iter().filter_map(|table| needs.get(table));
        let need = own.max_by_key(|need| need.scrub_id).copied()?;
        Some(Need {
            scrub_id: self.last_need.unwrap_or(need.scrub_id),
            ..need
        })
    }
}

/// The units of tables whose rows were changed, in the order of work. `columns`: changed columns, as
/// `<schema>.<table>` and name; a table without any is taken to have all of them changed.
pub async fn units(
    session: &Session,
    tables: &[String],
    columns: &[(String, String)],
) -> Result<Vec<Unit>, DatabaseError> {
    let (of, names): (Vec<&str>, Vec<&str>) = columns
        .iter()
        .map(|(table, column)| (table.as_str(), column.as_str()))
        .unzip();
    let statement = sql_file!("scrub/units.sql").into();
    let rows = session.query(&statement, &[&tables, &of, &names]).await?;
    Ok(rows.iter().map(unit).collect())
}

/// Changed tables that are nowhere: renamed or dropped, and no forget noted which tables these were.
pub async fn missing(session: &Session, tables: &[String]) -> Result<Vec<String>, DatabaseError> {
    let statement = sql_file!("scrub/missing.sql").into();
    let rows = session.query(&statement, &[&tables]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn unit(row: &tokio_postgres::Row) -> Unit {
    let folder: Option<&str> = row.get("folder");
    Unit {
        kind: UnitKind::read(row.get("kind")),
        oid: row.get("oid"),
        name: TableName::new(
            row.get::<_, String>("schema_name"),
            row.get::<_, String>("relation_name"),
        ),
        tables: row.get("tables"),
        on: row.get("table_name"),
        concurrent: row.get("concurrent"),
        may: row.get("may"),
        bytes: row.get("bytes"),
        folder: folder.map(PathBuf::from),
        keyed: row.get("keyed"),
        failsafe: row.get("failsafe"),
        valid: row.get("valid"),
        ready: row.get("ready"),
        last_need: row.get("need"),
    }
}

/// The unit that ends a scrub of level 2.
pub fn checkpoint(tables: Vec<String>) -> Unit {
    Unit {
        kind: UnitKind::Checkpoint,
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
