//! The files of `sql/`, with their slots filled.
//!
//! A file in `sql/` is valid SQL; a slot is a comment around a sample: `/* table */ contact /* end */`. Slots are filled
//! with a closed set of types, so neither a value of a submission nor a name from elsewhere can enter a statement.

use std::fmt;

use crate::postgres::name::{Ident, Literal, TableName};

/// A file of `sql/`, embedded.
#[derive(Debug, Clone, Copy)]
pub struct SqlFile {
    /// Path below `sql/`.
    pub path: &'static str,
    pub text: &'static str,
}

/// Embeds a file of `sql/`.
macro_rules! sql_file {
    ($path:literal) => {
        $crate::postgres::sql::SqlFile {
            path: $path,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $path)),
        }
    };
}
pub(crate) use sql_file;

/// A statement, ready to be prepared; values come as parameters or from staging.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The file of `sql/` that it comes from.
    pub path: &'static str,
    /// The object it works on: a table or a column; may be empty.
    pub about: String,
    pub sql: String,
}

impl From<SqlFile> for Statement {
    /// A file without slots.
    fn from(file: SqlFile) -> Statement {
        fill(file, String::new(), &[])
    }
}

/// Temporary tables of a session, by the number of their table or record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Temp {
    Found(usize),
    Record(usize),
}

impl fmt::Display for Temp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Temp::Found(number) => write!(f, "pg_temp.lethe_found_{number}"),
            Temp::Record(number) => write!(f, "pg_temp.lethe_record_{number}"),
        }
    }
}

/// The content of a slot.
#[derive(Debug, Clone)]
pub(crate) enum Slot {
    Table(TableName),
    Temp(Temp),
    Ident(Ident),
    Literal(Literal),
    Number(usize),
    /// A type's name as a statement names it.
    Type(String),
    /// Composed from the other kinds by the modules of `catalogue::render`.
    Fragment(Fragment),
}

/// A piece of SQL composed of identifiers, literals and fixed text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fragment(pub(crate) String);

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Slot::Table(name) => name.fmt(f),
            Slot::Temp(temp) => temp.fmt(f),
            Slot::Ident(name) => name.fmt(f),
            Slot::Literal(literal) => literal.fmt(f),
            Slot::Number(number) => number.fmt(f),
            Slot::Type(name) => f.write_str(name),
            Slot::Fragment(Fragment(sql)) => f.write_str(sql),
        }
    }
}

/// Fills the slots of a file. The file must have exactly the given slots; otherwise this panics, in the first test that
/// renders the file.
pub(crate) fn fill(file: SqlFile, about: String, slots: &[(&str, Slot)]) -> Statement {
    let mut sql = String::with_capacity(file.text.len());
    let mut used = vec![false; slots.len()];
    let mut rest = file.text;
    while let Some(start) = rest.find("/* ") {
        let after = &rest[start + 3..];
        let name_end = after
            .find(" */")
            .unwrap_or_else(|| panic!("sql/{}: a slot's comment has no end", file.path));
        let name = &after[..name_end];
        let body = &after[name_end + 3..];
        let end = body
            .find("/* end */")
            .unwrap_or_else(|| panic!("sql/{}: slot {name} has no end", file.path));
        let found = slots.iter().position(|(slot, _)| *slot == name);
        let index = found.unwrap_or_else(|| panic!("sql/{}: slot {name} is not filled", file.path));
        used[index] = true;
        sql.push_str(&rest[..start]);
        sql.push_str(&slots[index].1.to_string());
        rest = &body[end + "/* end */".len()..];
    }
    sql.push_str(rest);
    if let Some(index) = used.iter().position(|used| !used) {
        panic!("sql/{}: there is no slot {}", file.path, slots[index].0);
    }
    Statement {
        path: file.path,
        about,
        sql,
    }
}

/// The settings that a text of `SET` statements sets, one a line, each with its value.
pub(super) fn assignments(
    text: &'static str,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().filter_map(|line| {
        let line = line.strip_prefix("SET ")?;
        let line = line.strip_prefix("LOCAL ").unwrap_or(line);
        let (name, value) = line.split_once(" = ")?;
        Some((name, value.trim_end_matches(';').trim_matches('\'')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: SqlFile = SqlFile {
        path: "test.sql",
        text: "SELECT /* column */ a /* end */ FROM /* table */ t /* end */",
    };

    #[test]
    fn slots_are_filled() {
        let slots = [
            ("column", Slot::Ident(Ident::new("x\"y"))),
            ("table", Slot::Table(TableName::new("s", "t"))),
        ];
        assert_eq!(
            fill(FILE, String::new(), &slots).sql,
            r#"SELECT "x""y" FROM "s"."t""#
        );
    }

    #[test]
    fn settings_are_read_from_set_statements() {
        let text = "-- SET x = 1\nBEGIN;\nSET a = 'x, y';\nSET LOCAL b = off";
        let read: Vec<_> = assignments(text).collect();
        assert_eq!(read, [("a", "x, y"), ("b", "off")]);
    }

    #[test]
    #[should_panic(expected = "slot table is not filled")]
    fn a_missing_slot_is_an_error() {
        fill(FILE, String::new(), &[("column", Slot::Number(1))]);
    }

    #[test]
    #[should_panic(expected = "there is no slot colour")]
    fn an_unknown_slot_is_an_error() {
        fill(
            FILE,
            String::new(),
            &[
                ("column", Slot::Number(1)),
                ("table", Slot::Number(1)),
                ("colour", Slot::Number(1)),
            ],
        );
    }
}
