//! What the catalogue misses: columns that look like personal data.

use crate::catalogue::Source;
use crate::catalogue::discover::{Guess, Unread, discover as judge_columns};
use crate::postgres::{DatabaseError, Session};

/// Every column of the database, judged.
pub(crate) struct Discovery {
    /// Personal columns that the catalogue does not cover come first.
    pub(crate) columns: Vec<Guess>,
    /// Whether the catalogue says which table lists the accounts.
    pub(crate) accounts: AccountsTable,
}

/// Whether a catalogue declares the table of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountsTable {
    Declared,
    Missing,
}

/// A table of which only names and types could be judged, at least of some columns.
pub(crate) struct UnreadTable<'a> {
    pub(crate) table: &'a str,
    /// Why its values were not read.
    pub(crate) reason: &'static str,
}

/// Judges every column of the database by its name, its type and a sample of its values.
pub(crate) async fn discover(
    session: &Session,
    sources: &[Source],
) -> Result<Discovery, DatabaseError> {
    let is_declared = |source: &Source| source.declaration.accounts.is_some();
    Ok(Discovery {
        columns: judge_columns(session, sources).await?,
        accounts: match sources.iter().any(is_declared) {
            true => AccountsTable::Declared,
            false => AccountsTable::Missing,
        },
    })
}

impl Discovery {
    /// The columns that look like personal data, in tables that the catalogue does not cover.
    pub(crate) fn uncovered(&self) -> impl Iterator<Item = &Guess> {
        let columns = self.columns.iter();
        columns.filter(|guess| guess.personal && !guess.covered)
    }

    /// The tables whose values could not be read.
    pub(crate) fn unread(&self) -> Vec<UnreadTable<'_>> {
        let columns = self.columns.iter();
        let mut tables: Vec<(&str, Unread)> = columns
            .filter_map(|guess| Some((guess.table.as_str(), guess.unread?)))
            .collect();
        tables.dedup();
        let reason = |unread| match unread {
            Unread::Elsewhere => "a foreign table, whose rows are elsewhere",
            Unread::NoPrivilege => "this role may not SELECT all of it",
            Unread::Failed => "the server could not return values of all columns in time",
        };
        tables
            .into_iter()
            .map(|(table, unread)| UnreadTable {
                table,
                reason: reason(unread),
            })
            .collect()
    }
}
