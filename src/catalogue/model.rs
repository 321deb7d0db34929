//! The catalogue after it was checked against the live schema: tables and columns with their roles and types.

use super::declaration::{DeviceRole, Mobile, Role, Siblings};
use crate::postgres::name::{Ident, TableName};

/// A catalogue that matches the live schema it was checked against. Only this can be turned into statements.
#[derive(Debug)]
pub struct Catalogue {
    /// SHA-256 of its files, concatenated in the order in which they were read.
    pub digest: [u8; 32],
    /// Always present after [`bind`](super::bind()) succeeded.
    pub accounts: Option<AccountsTable>,
    pub short_codes: Option<ShortCodesTable>,
    /// Tables that are never changed, by rule.
    pub suppression: Vec<TableName>,
    /// In the order in which a FORGET changes them.
    pub records: Vec<Record>,
}

impl Catalogue {
    /// Every table with its record, in catalogue order, parts before roots.
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

/// A root table and its parts. A record is found, exported and redacted as a whole.
#[derive(Debug)]
pub struct Record {
    pub name: String,
    /// Ordinal among the records; part of the name of the temporary table that lists affected records.
    pub number: usize,
    pub exported: bool,
    pub siblings: Siblings,
    pub root: Table,
    pub parts: Vec<Table>,
}

impl Record {
    /// Parts, then the root. A FORGET changes them in this order because live systems lock the root, so its locks are taken
    /// last.
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

/// The root or a part of a record.
#[derive(Debug)]
pub struct Table {
    pub name: TableName,
    /// Ordinal among all tables; part of the name of the temporary table that lists found rows.
    pub number: usize,
    /// Name of its CSV file in an archive, without `.csv`.
    pub label: String,
    pub mobile: Mobile,
    /// Where it is declared: `<file>:<line>:<column>`.
    pub place: String,
    /// Names of triggers, generated columns, materialised views and foreign keys that the DBA has reviewed.
    pub accepted: Vec<String>,
    /// In table order, as `SELECT *` returns them.
    pub columns: Vec<Column>,
    /// The columns that refer to the root's key, in the order of that key. For a root, its own key.
    pub root_key: Vec<Ident>,
    /// Whether an index finds its rows by account and root key.
    pub keyed: bool,
}

impl Table {
    /// The account column.
    pub fn account(&self) -> &Column {
        self.columns
            .iter()
            .find(|c| c.role == Role::Account)
            .expect("binding guarantees an account column")
    }

    /// The columns that, with the account, identify a row; in table order.
    pub fn key(&self) -> Vec<&Column> {
        self.columns
            .iter()
            .filter(|c| c.role == Role::Key)
            .collect()
    }

    /// The columns that hold devices.
    pub fn devices(&self) -> impl Iterator<Item = DeviceColumn<'_>> {
        let devices = self.columns.iter().filter_map(|column| match &column.role {
            Role::Device(device) => Some((column, device)),
            _ => None,
        });
        (1..)
            .zip(devices)
            .map(|(slot, (column, device))| DeviceColumn {
                slot,
                column,
                device,
            })
    }

    pub fn has_devices(&self) -> bool {
        self.devices().next().is_some()
    }

    /// Whether a FORGET changes columns other than the devices.
    pub fn has_redactions(&self) -> bool {
        self.columns
            .iter()
            .any(|c| matches!(c.role, Role::Pii { .. }) || c.on_forget.is_some())
    }

    pub fn column(&self, role: &Role) -> Option<&Column> {
        self.columns.iter().find(|c| c.role == *role)
    }
}

/// A column that holds devices.
#[derive(Debug, Clone, Copy)]
pub struct DeviceColumn<'a> {
    /// Ordinal among the table's device columns, from 1; the value of `slot` in found rows.
    pub slot: usize,
    pub column: &'a Column,
    pub device: &'a DeviceRole,
}

/// A column with its role and its type in the database.
#[derive(Debug)]
pub struct Column {
    pub name: Ident,
    /// The name as the server prints it, quoted only where necessary.
    pub printed: String,
    pub role: Role,
    /// The value that a FORGET writes, where the catalogue sets one.
    pub on_forget: Option<String>,
    /// As `format_type` prints it, so it can be used in a statement.
    pub type_name: String,
    pub shape: TypeShape,
    pub not_null: bool,
    /// Whether its type is a domain, which may reject values.
    pub domain: bool,
    /// Whether a unique index covers it.
    pub unique: bool,
    /// Whether it holds devices and an index supports searching for them.
    pub served: bool,
}

impl Column {
    /// Whether a FORGET writes it.
    pub fn is_changed(&self) -> bool {
        matches!(
            self.role,
            Role::Device(_) | Role::Pii { .. } | Role::MediaUri
        ) || self.on_forget.is_some()
    }
}

/// The properties of a type that decide how a column is searched and redacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeShape {
    /// text, varchar, citext and other string types.
    Text {
        /// Maximum length in characters; `None` is unlimited.
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

impl TypeShape {
    /// The shape of a type by its name and category in `pg_type` and its maximum length in characters.
    pub(super) fn of(base_type: &str, category: &str, max_length: Option<i32>) -> TypeShape {
        match (base_type, category) {
            ("json", _) => TypeShape::Json,
            ("jsonb", _) => TypeShape::Jsonb,
            ("inet" | "cidr", _) => TypeShape::Inet,
            ("bool", _) => TypeShape::Boolean,
            ("tsvector", _) => TypeShape::FullText,
            (_, "A") => TypeShape::Array,
            (_, "S") => TypeShape::Text {
                limit: max_length.and_then(|n| u32::try_from(n).ok()),
            },
            _ => TypeShape::Other,
        }
    }
}
