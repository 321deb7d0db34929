//! Names of database objects. Identifiers are quoted here only.

use std::fmt;

/// One identifier, exactly as in the system catalogue; displayed quoted, with inner quotes doubled.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ident(String);

impl Ident {
    /// Wraps a name from the catalogue, which is matched with `pg_catalog` before it reaches a statement.
    pub fn new(name: impl Into<String>) -> Ident {
        Ident(name.into())
    }

    /// The unquoted name, to compare with `pg_catalog` and for messages.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// A table with its schema; displayed quoted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    pub(crate) schema: Ident,
    pub(crate) table: Ident,
}

impl TableName {
    pub fn new(schema: impl Into<String>, table: impl Into<String>) -> TableName {
        TableName {
            schema: Ident::new(schema),
            table: Ident::new(table),
        }
    }

    /// `<schema>.<table>` without quotes, for results and messages.
    pub fn plain(&self) -> String {
        format!("{}.{}", self.schema.as_str(), self.table.as_str())
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

/// An SQL literal that does not depend on `standard_conforming_strings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Literal(String);

impl Literal {
    /// Wraps a value from the catalogue or the program, never from a submission.
    pub(crate) fn new(value: impl Into<String>) -> Literal {
        Literal(value.into())
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doubled = self.0.replace('\'', "''");
        if doubled.contains('\\') {
            write!(f, "E'{}'", doubled.replace('\\', "\\\\"))
        } else {
            write!(f, "'{doubled}'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_quoted_by_doubling() {
        let name = TableName::new("a\"b", "x\"; DROP TABLE y; --");
        assert_eq!(name.to_string(), r#""a""b"."x""; DROP TABLE y; --""#);
        assert_eq!(Literal::new("it's").to_string(), "'it''s'");
        assert_eq!(Literal::new(r"a\'b").to_string(), r"E'a\\''b'");
    }
}
