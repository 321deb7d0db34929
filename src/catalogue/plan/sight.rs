//! Which columns are read and recognised, because they are searched in any spelling (contract section 2a).

use crate::catalogue::render;
use crate::catalogue::{Column, DeviceColumn, PlaceholderWidth, Table, TypeOrigin, TypeShape};
use crate::domain::device::DeviceKind;
use crate::domain::recogniser::Shape;
use crate::postgres::declared::commands;
use crate::postgres::sql::{SqlFile, Statement};

commands! {
    CREATE_SIGHTED = "stage/sighted.sql";
    INDEX_SIGHTED = "stage/sighted_index.sql";
    CREATE_REWRITTEN = "stage/rewritten.sql";
}

/// Creates the temporary tables of what was recognised.
pub(super) const SIGHTED: [SqlFile; 3] = [CREATE_SIGHTED, INDEX_SIGHTED, CREATE_REWRITTEN];

/// Which columns are searched in any spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spellings {
    /// Those for which the catalogue declares no forms.
    Declared,
    /// All whose type has more than one spelling of a device.
    Any,
}

impl Spellings {
    pub(super) fn are_any(self, device: &DeviceColumn) -> bool {
        match self {
            Spellings::Declared => device.is_any_spelling(),
            Spellings::Any => device.column.shape != TypeShape::Inet,
        }
    }
}

/// Reads the columns of one table that are searched in any spelling.
#[derive(Debug)]
pub(crate) struct SightStep {
    /// Number of the table in the catalogue.
    pub(crate) table: usize,
    /// A COPY that writes account, key and the columns of `columns`, in its text format.
    pub(crate) statement: Statement,
    /// Names of account and key, in this order.
    pub(crate) identity: Vec<String>,
    pub(crate) columns: Vec<SightColumn>,
}

/// One column that is read.
#[derive(Debug)]
pub(crate) struct SightColumn {
    /// `<schema>.<table>.<column>`.
    pub(crate) place: String,
    pub(crate) slot: usize,
    pub(crate) kinds: Vec<DeviceKind>,
    /// Which field of a row its value is.
    pub(crate) field: usize,
    pub(crate) country: CountryOf,
    pub(crate) shape: Shape,
    /// Whether a unique index covers it: two values must not get the same placeholder.
    pub(crate) unique: bool,
    /// Whether emails that differ in case share a placeholder. In a document they may be keys, which must stay different.
    pub(crate) folds_emails: bool,
    /// The most characters that it holds.
    pub(crate) limit: Option<u32>,
    pub(crate) placeholder: PlaceholderWidth,
    /// Whether its elements are addresses, so that their placeholders are, too.
    pub(crate) holds_addresses: bool,
    /// Returns the values that have changed since they were read.
    pub(crate) changed: Statement,
}

/// What says the country in which a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountryOf {
    Account,
    /// The field of a row with this number; where it is empty, the account.
    Row(usize),
    /// Nothing: the elements of an array may be rows that name their own.
    Nobody,
}

impl SightStep {
    /// `None` where no column of the table is searched in any spelling.
    pub(super) fn new(table: &Table, spellings: Spellings) -> Option<SightStep> {
        let devices: Vec<DeviceColumn> = table
            .devices()
            .filter(|device| spellings.are_any(device))
            .collect();
        if devices.is_empty() {
            return None;
        }
        let mut identity = vec![table.account().name.as_str().to_owned()];
        identity.extend(table.key().iter().map(|c| c.name.as_str().to_owned()));
        let mut read: Vec<&Column> = devices.iter().map(|device| device.column).collect();
        let present = read.clone();
        let mut columns = Vec::with_capacity(devices.len());
        for (index, device) in devices.iter().enumerate() {
            let named = device.device.country.as_ref();
            let country =
                named.and_then(|name| table.columns.iter().find(|c| c.name.as_str() == name));
            let field = country.map(|country| {
                read.push(country);
                identity.len() + read.len() - 1
            });
            columns.push(SightColumn::new(
                table,
                device,
                identity.len() + index,
                (country, field),
            ));
        }
        Some(SightStep {
            table: table.number,
            statement: render::sight(table, &read, &present),
            identity,
            columns,
        })
    }
}

impl SightColumn {
    fn new(
        table: &Table,
        device: &DeviceColumn,
        field: usize,
        (country, country_field): (Option<&Column>, Option<usize>),
    ) -> SightColumn {
        let column = device.column;
        SightColumn {
            place: format!("{}.{}", table.name.plain(), column.name.as_str()),
            slot: device.slot,
            kinds: device.device.kinds.clone(),
            field,
            country: match (country_field, column.shape, column.origin) {
                (_, TypeShape::Array, TypeOrigin::Other) => CountryOf::Nobody,
                (Some(field), ..) => CountryOf::Row(field),
                (None, ..) => CountryOf::Account,
            },
            shape: shape(column.shape),
            unique: column.unique,
            folds_emails: matches!(column.shape, TypeShape::Text { .. }),
            limit: match column.shape {
                TypeShape::Text { limit } => limit,
                _ => None,
            },
            placeholder: device.device.placeholder,
            holds_addresses: ["inet", "cidr"]
                .iter()
                .any(|name| column.type_name.starts_with(name)),
            changed: render::changed(table, device, country),
        }
    }
}

/// How the values of a type are read.
fn shape(shape: TypeShape) -> Shape {
    match shape {
        TypeShape::Json | TypeShape::Jsonb => Shape::Json,
        TypeShape::Number => Shape::Number,
        TypeShape::Composite => Shape::Row,
        TypeShape::Text { .. }
        | TypeShape::Inet
        | TypeShape::Array
        | TypeShape::Container
        | TypeShape::Boolean
        | TypeShape::FullText
        | TypeShape::Other => Shape::Text,
    }
}
