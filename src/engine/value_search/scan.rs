//! Examines the rows of one table.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::attribution::{Attribution, Scopes};
use crate::catalogue::searched_tables::SearchedTable;
use crate::catalogue::user_columns::{Examined, UserColumn};
use crate::domain::recogniser::{
    Certainty, Countries, Encodings, Occurrence, Recogniser, Shape, Spelling, copy_fields,
};
use crate::postgres::name::Ident;

/// Counts the rows of a table that hold devices.
pub(super) struct TableScan<'a> {
    recogniser: &'a Recogniser,
    encodings: &'a Encodings<'a>,
    columns: &'a [UserColumn],
    /// The scopes, and which of the columns is the account.
    account: Option<(&'a Scopes, usize)>,
    counts: Counts,
}

/// Rows that hold devices, by column: its index among those that are read.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) devices: HashMap<DeviceInColumn, Rows>,
    pub(super) columns: BTreeMap<(usize, Certainty), ColumnRows>,
}

/// What rows are counted by. Of a row with several readings of a device in a column, the most certain counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DeviceInColumn {
    pub(super) device: usize,
    /// `None`: the row belongs to no account, or to any.
    pub(super) scope: Option<u32>,
    pub(super) column: usize,
    pub(super) certainty: Certainty,
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: i64,
    pub(super) spellings: BTreeSet<Spelling>,
}

#[derive(Debug, Default)]
pub(super) struct ColumnRows {
    pub(super) counted: Rows,
    pub(super) devices: HashSet<usize>,
}

/// A device in a value.
struct Seen {
    device: usize,
    certainty: Certainty,
    spelling: Spelling,
}

impl<'a> TableScan<'a> {
    /// `None`: no column of the table is read. An error says why its rows cannot be attributed.
    pub(super) fn new(
        table: &'a SearchedTable,
        recogniser: &'a Recogniser,
        encodings: &'a Encodings<'a>,
        attribution: &'a Attribution,
    ) -> Result<Option<TableScan<'a>>, String> {
        if table.columns.is_empty() {
            return Ok(None);
        }
        let account = match (attribution, &table.declared) {
            (Attribution::Scopes(scopes), Some(declared)) => {
                scopes.account_column(declared).map(|name| (scopes, name))
            }
            _ => None,
        };
        let place = |(scopes, name): (&'a Scopes, &Ident)| {
            let at = table
                .columns
                .iter()
                .position(|column| column.column == *name);
            at.map(|at| (scopes, at)).ok_or_else(|| {
                format!(
                    "its column {} was not read, which says whose a row is",
                    name.as_str()
                )
            })
        };
        Ok(Some(TableScan {
            recogniser,
            encodings,
            columns: &table.columns,
            account: account.map(place).transpose()?,
            counts: Counts::default(),
        }))
    }

    /// Examines whole rows.
    pub(super) fn examine(&mut self, chunk: &[u8]) {
        let encodings = self.encodings;
        for row in encodings.candidate_rows(chunk) {
            self.examine_row(&String::from_utf8_lossy(row.bytes()));
        }
    }

    fn examine_row(&mut self, row: &str) {
        let fields: Vec<_> = copy_fields(row).collect();
        let (mut scopes, mut countries) = (vec![None], Countries::unknown());
        if let Some((all, column)) = self.account {
            let account = fields.get(column).and_then(Option::as_deref);
            // A value of the type char is padded.
            let account = account.map(|account| account.trim_end_matches(' '));
            let Some(tenant) = account.and_then(|account| all.tenant(account)) else {
                return;
            };
            scopes = tenant.scopes.iter().copied().map(Some).collect();
            countries = tenant.countries();
        }
        let of_account = self.account.map(|(_, column)| column);
        for (index, (column, field)) in self.columns.iter().zip(&fields).enumerate() {
            if let Some(value) = field
                && Some(index) != of_account
            {
                let seen = self.seen_in(column, value, &countries);
                self.counts.add(index, &scopes, &seen);
            }
        }
    }

    /// The devices in a value, each once.
    fn seen_in(&self, column: &UserColumn, value: &str, countries: &Countries) -> Vec<Seen> {
        let mut seen = Vec::new();
        let shape = match column.examined {
            Examined::As(shape) => Some(shape),
            Examined::AsNumbers => Some(Shape::Text),
            Examined::ForDigests | Examined::Never => None,
        };
        if let Some(shape) = shape {
            let plain = self.recogniser.find(value, shape, countries).into_iter();
            let plain = plain.filter(|one| !is_chance(column, value, one));
            seen.extend(plain.map(|one| Seen {
                device: one.device,
                certainty: one.certainty,
                spelling: one.spelling,
            }));
        }
        let encoded = self.encodings.find(value, countries).into_iter();
        seen.extend(encoded.map(|one| Seen {
            device: one.device,
            certainty: one.certainty,
            spelling: one.spelling,
        }));
        seen.sort_by_key(|one| (one.device, std::cmp::Reverse(one.certainty), one.spelling));
        seen.dedup_by_key(|one| one.device);
        seen
    }

    pub(super) fn into_counts(self) -> Counts {
        self.counts
    }
}

/// Whether a number equals some digits of a phone by chance, as numbers that count or identify something often do: the last seven
/// digits in a number, and a number without its country code in a key.
fn is_chance(column: &UserColumn, value: &str, found: &Occurrence) -> bool {
    match (column.examined, found.spelling) {
        (Examined::As(Shape::Number) | Examined::AsNumbers, Spelling::Partial) => true,
        (Examined::As(Shape::Number), Spelling::National) => column.is_key,
        // A number of JSON is not in quotes.
        (Examined::As(Shape::Json), Spelling::Partial) => {
            let before = value[..found.range.start].trim_end().chars().next_back();
            let after = value[found.range.end..].trim_start().chars().next();
            before.is_none_or(|c| matches!(c, ':' | ',' | '['))
                && after.is_none_or(|c| matches!(c, ',' | ']' | '}'))
        }
        _ => false,
    }
}

impl Counts {
    /// Adds the devices in a column of one row.
    fn add(&mut self, column: usize, scopes: &[Option<u32>], seen: &[Seen]) {
        for one in seen {
            for scope in scopes {
                let key = DeviceInColumn {
                    device: one.device,
                    scope: *scope,
                    column,
                    certainty: one.certainty,
                };
                self.devices.entry(key).or_default().add(one.spelling);
            }
        }
        let best = seen.iter().max_by_key(|one| one.certainty);
        let Some(certainty) = best.map(|best| best.certainty) else {
            return;
        };
        let counted = self.columns.entry((column, certainty)).or_default();
        counted.counted.rows += 1;
        for one in seen.iter().filter(|one| one.certainty == certainty) {
            counted.counted.spellings.insert(one.spelling);
            counted.devices.insert(one.device);
        }
    }
}

impl Rows {
    fn add(&mut self, spelling: Spelling) {
        self.rows += 1;
        self.spellings.insert(spelling);
    }
}
