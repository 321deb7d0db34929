//! What the catalogue misses: columns that look like personal data.

use crate::catalogue::Source;
use crate::catalogue::discover::{Guess, Unread, discover as judge_columns};
use crate::catalogue::reading::Unreadable;
use crate::postgres::{DatabaseError, Session};
use crate::service::outcome::Outcome;

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
    pub(crate) reason: String,
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

    /// [`Outcome::Errors`] where a table was not read because functions of others would run, or rows are hidden.
    pub(crate) fn outcome(&self) -> Outcome {
        let is_unsafe = |guess: &Guess| matches!(guess.unread, Some(Unread::Unsafe(_)));
        match self.columns.iter().any(is_unsafe) {
            true => Outcome::Errors,
            false => Outcome::Done,
        }
    }

    /// The tables whose values could not be read.
    pub(crate) fn unread(&self) -> Vec<UnreadTable<'_>> {
        let columns = self.columns.iter();
        let mut tables: Vec<(&str, &Unread)> = columns
            .filter_map(|guess| Some((guess.table.as_str(), guess.unread.as_ref()?)))
            .collect();
        tables.dedup();
        let reason = |unread: &Unread| match unread {
            Unread::Elsewhere => "a foreign table, whose rows are elsewhere".to_owned(),
            Unread::NoPrivilege => "this role may not SELECT all of it".to_owned(),
            Unread::Unsafe(Unreadable(why)) => format!("could not be checked: {why}"),
            Unread::Failed => {
                "the server could not return values of all columns in time".to_owned()
            }
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
