//! What a scrub treats as a whole: a table or partition, an index, the statistics of a partitioned table, a materialised
//! view, a system catalogue.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::database::{DatabaseError, Session};
use crate::ledger::Need;
use crate::name::TableName;
use crate::statement::sql_file;

/// How deep a scrub goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Unreachable by SQL, beside a live system.
    One,
    /// Also out of the indexes over changed columns, beside a live system.
    OneAndHalf,
    /// Out of the data files; tables are locked while they are written anew.
    Two,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Level::One => "1",
            Level::OneAndHalf => "1.5",
            Level::Two => "2",
        }
    }

    /// Of the text, as people and the ledger write it.
    pub fn read(text: &str) -> Option<Level> {
        match text.trim_end_matches(".0") {
            "1" => Some(Level::One),
            "1.5" => Some(Level::OneAndHalf),
            "2" => Some(Level::Two),
            _ => None,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Level {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Level {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
        let text = String::deserialize(deserializer)?;
        Level::read(&text).ok_or_else(|| serde::de::Error::custom(LEVELS))
    }
}

/// What a level may be.
pub const LEVELS: &str = "a level is 1, 1.5 or 2";

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
        own.max_by_key(|need| need.scrub_id).copied()
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
    }
}
