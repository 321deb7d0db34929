//! The catalogue after it was checked against the live schema: tables and columns with their roles and types.

use super::declaration::{DeviceRole, Mobile, Role, Search, Siblings};
use super::structure::Structure;
use crate::postgres::name::{Ident, TableName};

/// A catalogue that matches the live schema it was checked against. Only this can be turned into statements.
#[derive(Debug)]
pub struct Catalogue {
    /// SHA-256 of its files, concatenated in the order in which they were read.
    pub(crate) digest: [u8; 32],
    /// Of the tables of its records, when it was checked.
    pub(crate) structure: Structure,
    /// Always present after [`bind`](super::bind()) succeeded.
    pub accounts: Option<AccountsTable>,
    pub short_codes: Option<ShortCodesTable>,
    /// Tables that are never changed, by rule.
    pub(crate) suppression: Vec<TableName>,
    /// What runs functions of others and was accepted, so that nothing was asked of it; a sentence each.
    pub(crate) not_asked: Vec<String>,
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

    /// Whether a column of a table that belongs to no record is read: of accounts or short codes.
    pub(super) fn reads(&self, table: &TableName, column: &str) -> bool {
        let accounts = self.accounts.iter().flat_map(|a| {
            let optional = [&a.parent, &a.dialling_code, &a.trunk_prefix];
            let columns = optional.into_iter().flatten().chain([&a.account]);
            columns.map(|column| (&a.name, column))
        });
        let codes = self.short_codes.iter().flat_map(|c| {
            [
                (&c.name, &c.short_code),
                (&c.name, &c.kind),
                (&c.owners, &c.owner_short_code),
                (&c.owners, &c.owner_account),
            ]
        });
        let mut all = accounts.chain(codes);
        all.any(|(name, read)| name == table && read.as_str() == column)
    }
}

#[derive(Debug)]
pub struct AccountsTable {
    pub(crate) name: TableName,
    pub(crate) account: Ident,
    pub(crate) parent: Option<Ident>,
    pub(crate) dialling_code: Option<Ident>,
    pub(crate) trunk_prefix: Option<Ident>,
}

#[derive(Debug)]
pub struct ShortCodesTable {
    pub(crate) name: TableName,
    pub(crate) short_code: Ident,
    pub(crate) kind: Ident,
    pub(crate) shared: String,
    pub(crate) owners: TableName,
    pub(crate) owner_short_code: Ident,
    pub(crate) owner_account: Ident,
}

/// A root table and its parts. A record is found, exported and redacted as a whole.
#[derive(Debug)]
pub struct Record {
    pub(crate) name: String,
    /// Ordinal among the records; part of the name of the temporary table that lists affected records.
    pub(crate) number: usize,
    pub(crate) exported: bool,
    pub(crate) siblings: Siblings,
    pub root: Table,
    pub(crate) parts: Vec<Table>,
}

impl Record {
    /// Parts, then the root. A FORGET changes them in this order because live systems lock the root, so its locks are taken
    /// last.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
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
    pub(crate) label: String,
    pub(crate) mobile: Mobile,
    /// Where it is declared: `<file>:<line>:<column>`.
    pub(crate) place: String,
    /// What the DBA has reviewed: see [`Table::review`] and [`Table::accepts`].
    pub(crate) accepted: Vec<Accepted>,
    /// In table order, as `SELECT *` returns them.
    pub columns: Vec<Column>,
    /// The columns that refer to the root's key, in the order of that key. For a root, its own key.
    pub(crate) root_key: Vec<Ident>,
    /// Whether an index finds its rows by account and root key.
    pub keyed: bool,
}

/// A database object that the DBA has reviewed, written `<name>@sha256:<digest>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    name: String,
    /// Of the definition that was reviewed; `None` where the catalogue has only the name, which accepts nothing.
    digest: Option<String>,
}

/// Separates name and digest.
const DIGEST: &str = "@sha256:";

/// Whether an object was reviewed as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Review {
    Accepted,
    /// It is named, with the digest of another definition or with none.
    Changed,
    Missing,
}

impl Accepted {
    /// Reads an entry of the catalogue.
    pub(crate) fn parse(entry: &str) -> Accepted {
        match entry.rsplit_once(DIGEST) {
            Some((name, digest)) => Accepted {
                name: name.to_owned(),
                digest: Some(digest.to_owned()),
            },
            None => Accepted {
                name: entry.to_owned(),
                digest: None,
            },
        }
    }

    /// The entry for an object, to be copied into the catalogue.
    pub(crate) fn entry(name: &str, digest: &str) -> String {
        format!("{name}{DIGEST}{digest}")
    }
}

impl Review {
    /// Whether one of the entries accepts an object with this definition.
    pub(crate) fn of(entries: &[Accepted], name: &str, digest: &str) -> Review {
        let mut named = entries.iter().filter(|entry| entry.name == name);
        match named.next() {
            None => Review::Missing,
            Some(first) => {
                let is_digest = |entry: &Accepted| entry.digest.as_deref() == Some(digest);
                match is_digest(first) || named.any(is_digest) {
                    true => Review::Accepted,
                    false => Review::Changed,
                }
            }
        }
    }
}

impl Table {
    /// Whether the catalogue accepts an object with this definition.
    pub(crate) fn review(&self, name: &str, digest: &str) -> Review {
        Review::of(&self.accepted, name, digest)
    }

    /// Whether the catalogue names something of the table, with whatever digest.
    pub(crate) fn accepts(&self, name: &str) -> bool {
        self.accepted.iter().any(|entry| entry.name == name)
    }

    /// The account column.
    pub(crate) fn account(&self) -> &Column {
        self.columns
            .iter()
            .find(|c| c.role == Role::Account)
            .expect("binding guarantees an account column")
    }

    /// The columns that, with the account, identify a row; in table order.
    pub(crate) fn key(&self) -> Vec<&Column> {
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

    pub(crate) fn has_devices(&self) -> bool {
        self.devices().next().is_some()
    }

    pub fn column(&self, role: &Role) -> Option<&Column> {
        self.columns.iter().find(|c| c.role == *role)
    }
}

/// A column that holds devices.
#[derive(Debug, Clone, Copy)]
pub struct DeviceColumn<'a> {
    /// Ordinal among the table's device columns, from 1; the value of `slot` in found rows.
    pub(crate) slot: usize,
    pub(crate) column: &'a Column,
    pub(crate) device: &'a DeviceRole,
}

impl DeviceColumn<'_> {
    /// Whether its values are read and recognised. Those of `inet` have one spelling.
    pub(crate) fn is_any_spelling(&self) -> bool {
        self.device.search == Search::AnySpelling && self.column.shape != TypeShape::Inet
    }
}

/// A column with its role and its type in the database.
#[derive(Debug)]
pub struct Column {
    pub name: Ident,
    /// The name as the server prints it, quoted only where necessary.
    pub(crate) printed: String,
    pub(crate) role: Role,
    /// The value that a FORGET writes, where the catalogue sets one.
    pub(crate) on_forget: Option<String>,
    /// As `format_type` prints it, without the schema `pg_catalog`.
    pub(crate) type_name: String,
    pub shape: TypeShape,
    pub origin: TypeOrigin,
    pub(crate) not_null: bool,
    /// Whether its type is a domain, which may reject values.
    pub(crate) domain: bool,
    /// Its collation, if texts may be equal under it although their bytes are not.
    pub(crate) nondeterministic: Option<String>,
    /// Whether a unique index covers it.
    pub(crate) unique: bool,
    /// Whether it holds devices and an index supports searching for them.
    pub(crate) served: bool,
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

/// Whose a type is, below all domains. Others can define casts of their own types, which a statement would run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeOrigin {
    /// The server's own, and so are its casts.
    System,
    /// Values are read by the output function only.
    Other,
}

/// From what the server says: whether the type is one of its own.
impl From<bool> for TypeOrigin {
    fn from(is_system_type: bool) -> TypeOrigin {
        match is_system_type {
            true => TypeOrigin::System,
            false => TypeOrigin::Other,
        }
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
    /// An integer, `numeric` or a floating-point number.
    Number,
    /// A row type.
    Composite,
    /// `hstore` or `xml`: text with values in it.
    Container,
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
            ("oid" | "money", _) => TypeShape::Other,
            (_, "N") => TypeShape::Number,
            (_, "C") => TypeShape::Composite,
            ("xml", _) => TypeShape::Container,
            // Of an extension, so with the schema.
            (name, "U") if name == "hstore" || name.ends_with(".hstore") => TypeShape::Container,
            (_, "S") => TypeShape::Text {
                limit: max_length.and_then(|n| u32::try_from(n).ok()),
            },
            _ => TypeShape::Other,
        }
    }
}
