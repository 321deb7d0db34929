//! The catalogue: which tables and columns hold what (contract, architecture "SQL without string chaos").
//!
//! [`Declaration`] is what the DBA wrote; [`Catalogue`] is the same held against the database, with the types that
//! statements need. Only a `Catalogue` can be turned into statements.

mod bind;
mod declaration;
pub mod discover;
mod family;
mod indexes;
mod obstacles;
pub mod plan;
pub mod render;
mod source;

use std::path::PathBuf;

pub use bind::bind;
pub use declaration::{
    Declaration, DeviceRole, EmailCase, Mobile, PhoneForm, PlaceholderWidth, Role, Siblings,
};
pub use indexes::{Served, served};
pub use source::{Source, load};

use crate::postgres::name::{Ident, TableName};

/// The catalogue of the reference schema, which ships with Lethe.
pub const REFERENCE: &str = include_str!("../migrations/contact_centre/catalogue.toml");

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("cannot read the catalogue {path}: {source}{way_out}", path = path.display(), way_out = way_out(source))]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the catalogue is not as it must be: {0}")]
    Syntax(String),
    #[error("the catalogue does not fit this database, nothing was changed:\n{}", .0.iter().map(|m| format!("  - {m}")).collect::<Vec<_>>().join("\n"))]
    Misfit(Vec<String>),
    #[error(transparent)]
    Database(#[from] crate::postgres::DatabaseError),
}

/// What to do where the configuration names a catalogue that is still to be written.
fn way_out(source: &std::io::Error) -> &'static str {
    if source.kind() == std::io::ErrorKind::NotFound {
        "; correct the path, or begin with an empty file: `lethe catalogue discover` proposes what goes in"
    } else {
        ""
    }
}

/// A catalogue that fits the database that it was held against.
#[derive(Debug)]
pub struct Catalogue {
    /// SHA-256 of its files, one after the other.
    pub digest: [u8; 32],
    /// Declared wherever binding succeeded.
    pub accounts: Option<AccountsTable>,
    pub short_codes: Option<ShortCodesTable>,
    /// Kept by rule.
    pub suppression: Vec<TableName>,
    /// In the order in which their tables are changed.
    pub records: Vec<Record>,
}

impl Catalogue {
    /// All tables of all records with their records, in catalogue order, parts before roots.
    pub fn tables(&self) -> impl Iterator<Item = (&Record, &Table)> {
        self.records
            .iter()
            .flat_map(|record| record.tables().map(move |table| (record, table)))
    }
}

#[derive(Debug)]
pub struct AccountsTable {
    pub name: TableName,
    pub account: Ident,
    pub parent: Option<Ident>,
    pub dialling_code: Option<Ident>,
    pub trunk_prefix: Option<Ident>,
}

#[derive(Debug)]
pub struct ShortCodesTable {
    pub name: TableName,
    pub short_code: Ident,
    pub kind: Ident,
    pub shared: String,
    pub owners: TableName,
    pub owner_short_code: Ident,
    pub owner_account: Ident,
}

/// A root table and its parts: what is found, exported and redacted as a whole.
#[derive(Debug)]
pub struct Record {
    pub name: String,
    /// Ordinal among the records, names the temporary table of affected records.
    pub number: usize,
    pub exported: bool,
    pub siblings: Siblings,
    pub root: Table,
    pub parts: Vec<Table>,
}

impl Record {
    /// Parts, then the root: the order of changing, as the root is what live systems lock.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.parts.iter().chain(std::iter::once(&self.root))
    }

    /// The table that holds the record's client ID, if one does.
    pub fn client_id(&self) -> Option<(&Table, &Column)> {
        self.find_column(|role| *role == Role::ClientId)
    }

    fn find_column(&self, wanted: impl Fn(&Role) -> bool) -> Option<(&Table, &Column)> {
        std::iter::once(&self.root)
            .chain(&self.parts)
            .find_map(|table| {
                table
                    .columns
                    .iter()
                    .find(|c| wanted(&c.role))
                    .map(|column| (table, column))
            })
    }
}

/// A root or a part.
#[derive(Debug)]
pub struct Table {
    pub name: TableName,
    /// Ordinal among all tables, names the temporary table of found rows.
    pub number: usize,
    pub label: String,
    pub mobile: Mobile,
    /// `<file>:<line>:<column>` of its declaration.
    pub place: String,
    /// Triggers, generated columns, materialised views and foreign keys that are known.
    pub accepted: Vec<String>,
    /// In table order, as `SELECT *` gives them.
    pub columns: Vec<Column>,
    /// The columns that stand for the root's key, in the order of the root's key; for a root its key.
    pub root_key: Vec<Ident>,
    /// Whether an index leads to its rows by account and root key.
    pub keyed: bool,
}

impl Table {
    /// The column with the account.
    pub fn account(&self) -> &Column {
        self.columns
            .iter()
            .find(|c| c.role == Role::Account)
            .expect("binding made sure of an account column")
    }

    /// The columns that identify a row beside the account, in table order.
    pub fn key(&self) -> Vec<&Column> {
        self.columns
            .iter()
            .filter(|c| c.role == Role::Key)
            .collect()
    }

    /// The columns with devices, numbered from 1 as in the column `slot` of found rows.
    pub fn devices(&self) -> impl Iterator<Item = (usize, &Column, &DeviceRole)> {
        let devices = self.columns.iter().filter_map(|c| match &c.role {
            Role::Device(device) => Some((c, device)),
            _ => None,
        });
        devices
            .enumerate()
            .map(|(i, (column, device))| (i + 1, column, device))
    }

    pub fn has_devices(&self) -> bool {
        self.devices().next().is_some()
    }

    /// Whether forgetting changes columns beside the devices.
    pub fn has_redactions(&self) -> bool {
        self.columns
            .iter()
            .any(|c| matches!(c.role, Role::Pii { .. }) || c.on_forget.is_some())
    }

    pub fn column(&self, role: &Role) -> Option<&Column> {
        self.columns.iter().find(|c| c.role == *role)
    }
}

/// A column with its role and what the database says of its type.
#[derive(Debug)]
pub struct Column {
    pub name: Ident,
    /// The name as the server prints it: quoted only where it must be.
    pub printed: String,
    pub role: Role,
    pub on_forget: Option<String>,
    /// As `format_type` prints it: can be used in a statement.
    pub type_name: String,
    pub shape: TypeShape,
    pub not_null: bool,
    /// Whether its type is a domain, which may refuse values.
    pub domain: bool,
    /// Whether a unique index covers it.
    pub unique: bool,
    /// Whether it holds devices and an index serves the search for them.
    pub served: bool,
}

impl Column {
    /// Whether forgetting writes it.
    pub fn is_changed(&self) -> bool {
        matches!(
            self.role,
            Role::Device(_) | Role::Pii { .. } | Role::MediaUri
        ) || self.on_forget.is_some()
    }
}

/// What matters of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeShape {
    /// text, varchar, citext and the like: the longest value in characters, where limited.
    Text {
        limit: Option<u32>,
    },
    Json,
    Jsonb,
    Inet,
    Array,
    Boolean,
    /// `tsvector`.
    FullText,
    Other,
}
