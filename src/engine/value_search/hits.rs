//! What a value search reports.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use toml::ser::ValueSerializer;

use super::scan::{Counts, Rows};
use crate::catalogue::searched_tables::SearchedTable;
use crate::catalogue::{DeviceRole, Role, Source};
use crate::domain::device::{Device, DeviceKind};
use crate::domain::recogniser::{Certainty, Spelling};
use crate::postgres::name::TableName;

/// Rows of a column that hold a device, with one certainty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// `<schema>.<table>`.
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) rows: i64,
    #[serde(serialize_with = "as_word")]
    pub(crate) certainty: Certainty,
    #[serde(serialize_with = "as_words")]
    pub(crate) spellings: BTreeSet<Spelling>,
    /// Whether the catalogue declares the table; in others, rows of any tenant count.
    pub(crate) declared: bool,
    /// The line of the catalogue by which the device is found; `None`: there is none.
    pub(crate) catalogue_line: Option<String>,
}

impl Place {
    /// `<schema>.<table>.<column>`.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }

    pub(crate) fn is_certain(&self) -> bool {
        self.certainty == Certainty::Certain
    }
}

/// Where one device is.
#[derive(Debug)]
pub(crate) struct DeviceHit {
    /// Its index among the searched devices.
    pub(crate) device: usize,
    /// The scope that the rows belong to; `None`: they belong to no account, or to any.
    pub(crate) scope: Option<u32>,
    pub(crate) place: Place,
}

/// What one column holds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ColumnHit {
    /// Rows that hold any of the devices.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// How many different devices these are.
    pub(crate) devices: i64,
}

/// Gathers what is found in all tables.
pub(super) struct Tally<'a> {
    devices: &'a [Device],
    /// The kinds for which columns are declared.
    declared: HashMap<(TableName, String), Vec<DeviceKind>>,
    found: Vec<DeviceHit>,
    columns: Vec<ColumnHit>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(devices: &'a [Device], sources: &[Source]) -> Tally<'a> {
        let declared = sources.iter().flat_map(Source::device_columns);
        Tally {
            devices,
            declared: declared
                .map(|(table, column, kinds)| ((table, column), kinds))
                .collect(),
            found: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Adds what was found in one table.
    pub(super) fn add(&mut self, table: &SearchedTable, counts: Counts) {
        let mut devices: Vec<_> = counts.devices.into_iter().collect();
        devices.sort_by_key(|(key, _)| {
            (
                key.column,
                std::cmp::Reverse(key.certainty),
                key.device,
                key.scope,
            )
        });
        for (key, rows) in devices {
            let kinds = [self.devices[key.device].kind()];
            let place = self.place(table, key.column, key.certainty, rows, &kinds);
            self.found.push(DeviceHit {
                device: key.device,
                scope: key.scope,
                place,
            });
        }
        for ((column, certainty), rows) in counts.columns {
            let kinds = rows
                .devices
                .iter()
                .map(|device| self.devices[*device].kind());
            let kinds: Vec<DeviceKind> = kinds.collect();
            let place = self.place(table, column, certainty, rows.counted, &kinds);
            self.columns.push(ColumnHit {
                place,
                devices: rows.devices.len() as i64,
            });
        }
    }

    fn place(
        &self,
        table: &SearchedTable,
        column: usize,
        certainty: Certainty,
        Rows { rows, spellings }: Rows,
        kinds: &[DeviceKind],
    ) -> Place {
        let column = table.columns[column].column.as_str();
        let name = table.declared.as_ref().unwrap_or(&table.name);
        let declared = self.declared.get(&(name.clone(), column.to_owned()));
        let all = declared.into_iter().flatten().chain(kinds);
        let all: BTreeSet<DeviceKind> = all.copied().collect();
        let is_digest = spellings.iter().all(|one| *one == Spelling::Digest);
        Place {
            table: table.name.plain(),
            column: column.to_owned(),
            rows,
            certainty,
            spellings,
            declared: table.declared.is_some(),
            // No role of the catalogue finds digests.
            catalogue_line: (!is_digest).then(|| catalogue_line(column, all)),
        }
    }

    pub(super) fn into_hits(self) -> (Vec<DeviceHit>, Vec<ColumnHit>) {
        (self.found, self.columns)
    }
}

/// The line of a catalogue that declares a column for devices in any spelling.
fn catalogue_line(column: &str, kinds: BTreeSet<DeviceKind>) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let key = match column.chars().all(is_bare) {
        true => column.to_owned(),
        false => {
            let mut text = String::new();
            column
                .serialize(ValueSerializer::new(&mut text))
                .expect("a name is a string, which TOML can hold");
            text
        }
    };
    let role = Role::Device(DeviceRole::of(kinds.into_iter().collect()));
    format!("{key} = {}", role.to_toml())
}

fn as_word<S: serde::Serializer>(certainty: &Certainty, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str((*certainty).into())
}

fn as_words<S: serde::Serializer>(
    spellings: &BTreeSet<Spelling>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(spellings.iter().map(|one| <&str>::from(*one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_catalogue_is_valid_toml() {
        for column in ["phone", "odd \"one", "größe", "a.b"] {
            let line = catalogue_line(column, [DeviceKind::Phone, DeviceKind::Email].into());
            let read: toml::Table = toml::from_str(&line).unwrap();
            assert_eq!(read[column]["role"].as_str(), Some("device"), "{line}");
        }
        let line = catalogue_line("phone", [DeviceKind::Phone].into());
        assert_eq!(line, "phone = { role = \"device\", kinds = [\"phone\"] }");
    }
}
