//! Catalogue files, with positions for error messages.

use sha2::{Digest as _, Sha256};
use toml::de::{DeTable, DeValue};

use super::declaration::{Declaration, Role, Table};
use super::error::CatalogueError;
use super::model::Accepted;
use crate::domain::device::DeviceKind;
use crate::postgres::name::TableName;

/// The catalogue of the reference schema, which ships with Lethe.
pub const REFERENCE: &str = include_str!("../../migrations/contact_centre/catalogue.toml");

/// One file of a catalogue.
#[derive(Debug)]
pub struct Source {
    /// As named in messages.
    pub(crate) name: String,
    text: String,
    pub declaration: Declaration,
}

impl Source {
    /// The catalogue of the reference schema.
    pub(crate) fn reference() -> Source {
        Source::parse("contact_centre.toml".to_owned(), REFERENCE.to_owned())
            .expect("a test parses the reference catalogue")
    }

    /// Whether it is the catalogue of the reference schema.
    pub(crate) fn is_reference(&self) -> bool {
        self.text == REFERENCE
    }

    /// Parses a declaration; errors name line and column.
    pub fn parse(name: String, text: String) -> Result<Source, CatalogueError> {
        match toml::from_str(&text) {
            Ok(declaration) => Ok(Source {
                name,
                text,
                declaration,
            }),
            Err(error) => {
                let place = error
                    .span()
                    .map_or_else(|| name.clone(), |span| place_in(&name, &text, span.start));
                let column = error.span().and_then(|span| column_at(&text, span.start));
                Err(CatalogueError::Syntax(format!(
                    "{place}: {}{}",
                    column
                        .map(|column| format!("{column}: "))
                        .unwrap_or_default(),
                    error.message()
                )))
            }
        }
    }

    /// The place of an offset: `<file>:<line>:<column>`.
    pub fn place(&self, offset: usize) -> String {
        place_in(&self.name, &self.text, offset)
    }

    /// The full name of a table: in its own schema, else the file's, else `public`.
    pub(crate) fn name_of(
        &self,
        schema: Option<&String>,
        table: &toml::Spanned<String>,
    ) -> TableName {
        let schema = schema
            .or(self.declaration.schema.as_ref())
            .map_or("public", String::as_str);
        TableName::new(schema, table.as_ref())
    }

    /// The suppression tables, which are never changed: a device in them is not a leftover.
    pub fn kept_by_rule(&self) -> Vec<TableName> {
        self.declaration
            .suppression
            .iter()
            .map(|s| self.name_of(s.schema.as_ref(), &s.table))
            .collect()
    }

    /// Every table that the file declares.
    pub fn tables(&self) -> Vec<TableName> {
        let names = self.declared();
        names
            .map(|(schema, table)| self.name_of(schema, table))
            .collect()
    }

    /// The columns that the file declares for devices, with the kinds.
    pub(crate) fn device_columns(&self) -> Vec<(TableName, String, Vec<DeviceKind>)> {
        let records = self.declaration.records.iter();
        let tables = records.flat_map(|r| std::iter::once(&r.root).chain(&r.parts));
        let of_table = |table: &Table| {
            let name = self.name_of(table.schema.as_ref(), &table.table);
            let columns = table.columns.iter();
            let devices = columns.filter_map(|(column, declared)| match &declared.role {
                Role::Device(device) => {
                    let column = column.as_ref().clone();
                    Some((name.clone(), column, device.kinds.clone()))
                }
                _ => None,
            });
            devices.collect::<Vec<_>>()
        };
        tables.flat_map(of_table).collect()
    }

    /// Every table that the file declares, with its place.
    pub(super) fn places(&self) -> Vec<(TableName, String)> {
        let place = |table: &toml::Spanned<String>| self.place(table.span().start);
        let names = self.declared();
        names
            .map(|(schema, table)| (self.name_of(schema, table), place(table)))
            .collect()
    }

    /// What the tables of records accept, with the table as `<schema>.<table>`.
    pub(super) fn accepted(&self) -> Vec<(String, Vec<Accepted>)> {
        let records = self.declaration.records.iter();
        let tables = records.flat_map(|r| std::iter::once(&r.root).chain(&r.parts));
        let of_table = |table: &Table| {
            let name = self.name_of(table.schema.as_ref(), &table.table).plain();
            let entries = table.accepted.iter();
            let entries = entries.map(|entry| Accepted::parse(entry.as_ref()));
            (name, entries.collect())
        };
        tables.map(of_table).collect()
    }

    /// The schema, if it is named, and the name of every table.
    fn declared(&self) -> impl Iterator<Item = (Option<&String>, &toml::Spanned<String>)> {
        let declared = &self.declaration;
        let accounts = declared
            .accounts
            .iter()
            .map(|a| (a.schema.as_ref(), &a.table));
        let codes = declared.short_codes.iter().flat_map(|c| {
            [
                (c.schema.as_ref(), &c.table),
                (c.owners.schema.as_ref(), &c.owners.table),
            ]
        });
        let kept = declared
            .suppression
            .iter()
            .map(|s| (s.schema.as_ref(), &s.table));
        let tables = declared
            .records
            .iter()
            .flat_map(|r| std::iter::once(&r.root).chain(&r.parts));
        let records = tables.map(|t: &Table| (t.schema.as_ref(), &t.table));
        accounts.chain(codes).chain(kept).chain(records)
    }
}

/// The extensions that are trusted where no file names any: those of PostgreSQL that only compute values.
const TRUSTED_EXTENSIONS: [&str; 18] = [
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "isn",
    "ltree",
    "pg_trgm",
    "pgcrypto",
    "seg",
    "unaccent",
    "uuid-ossp",
];

/// The extensions that the files name as trusted, together; the default where none does.
pub(super) fn trusted_extensions(sources: &[Source]) -> Vec<&str> {
    let named = sources
        .iter()
        .filter_map(|s| s.declaration.trusted_extensions.as_ref());
    let mut named = named.peekable();
    match named.peek() {
        Some(_) => named.flatten().map(String::as_str).collect(),
        None => TRUSTED_EXTENSIONS.to_vec(),
    }
}

/// SHA-256 of the files, in the order in which they were read.
pub(super) fn digest(sources: &[Source]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for source in sources {
        digest.update(source.text.as_bytes());
    }
    digest.finalize().into()
}

fn place_in(name: &str, text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |last| last.chars().count())
        + 1;
    format!("{name}:{line}:{column}")
}

/// The table and column at an offset of a well-formed file: `contact.first_name`.
fn column_at(text: &str, offset: usize) -> Option<String> {
    let file = DeTable::parse(text).ok()?;
    column_in(file.get_ref(), offset, "")
}

fn column_in(table: &DeTable<'_>, offset: usize, above: &str) -> Option<String> {
    let named = table.get("table").and_then(|t| t.get_ref().as_str());
    let named = named.unwrap_or(above);
    table.iter().find_map(|(key, value)| {
        let covers = key.span().start <= offset && offset < value.span().end;
        let here = || format!("{named}.{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => column_in(inner, offset, named)
                // A column's table of options, in its own section or inline.
                .or_else(|| (covers && !named.is_empty()).then(here)),
            DeValue::Array(all) => all
                .iter()
                .filter_map(|one| one.get_ref().as_table())
                .find_map(|one| column_in(one, offset, named)),
            _ if covers && !named.is_empty() && !OPTIONS.contains(&key.get_ref().as_ref()) => {
                Some(here())
            }
            _ => None,
        }
    })
}

/// Options of a column, which are not columns.
const OPTIONS: [&str; 7] = [
    "role",
    "kinds",
    "forms",
    "case",
    "placeholder",
    "keep_keys",
    "on_forget",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_errors_point_into_the_file() {
        let source = |text: &str| {
            Source::parse("c.toml".into(), text.into())
                .unwrap_err()
                .to_string()
        };
        assert!(
            source("[accounts]\ntable = 3").contains("c.toml:2:9: "),
            "{}",
            source("[accounts]\ntable = 3")
        );
        assert!(
            source("[acounts]").contains("c.toml:1:2: unknown field `acounts`"),
            "{}",
            source("[acounts]")
        );
    }

    #[test]
    fn an_error_in_a_column_points_to_its_value() {
        let column = |value: &str| {
            let text = format!(
                "[[record]]\nname = 'r'\n[record.root]\ntable = 't'\n[record.root.columns]\nc = {value}\n"
            );
            Source::parse("c.toml".into(), text)
                .unwrap_err()
                .to_string()
        };
        for (value, expected) in [
            (
                "'keap'",
                "c.toml:6:5: t.c: \"keap\" is not a role; did you mean keep?",
            ),
            (
                "{ role = 'device', kinds = ['fone'] }",
                "c.toml:6:33: t.c: unknown variant `fone`, expected one of",
            ),
            (
                "{ role = 'device', kind = ['phone'] }",
                "c.toml:6:24: t.c: unknown field `kind`, expected one of",
            ),
            (
                "{ role = 'device' }",
                "c.toml:6:5: t.c: a device column has no kinds",
            ),
            (
                "{ role = 'device', kinds = ['email'], forms = ['e164'] }",
                "c.toml:6:5: t.c: forms has a form of a kind that this column does not hold",
            ),
            (
                "{ kinds = ['email'] }",
                "c.toml:6:5: t.c: the options of a column have no role",
            ),
            (
                "3",
                "c.toml:6:5: t.c: invalid type: integer `3`, expected a role",
            ),
        ] {
            let said = column(value);
            assert!(said.contains(expected), "{value}: {said}");
        }
    }

    #[test]
    fn the_reference_catalogue_is_valid() {
        let source = Source::reference();
        assert_eq!(source.declaration.records.len(), 4);
        assert_eq!(source.tables().len(), 10);
    }
}
