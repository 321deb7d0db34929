//! Which index supports searching each device column, with the statements that create a missing one; and whether an index
//! finds the rows of a record.

use std::collections::HashMap;

use super::declaration::Role;
use super::family::Families;
use super::model::{Catalogue, Column, DeviceColumn, Table};
use super::queries;
use crate::catalogue::render::{self, IndexKey};
use crate::postgres::name::{Ident, TableName};
use crate::postgres::{DatabaseError, Session};

/// The index that supports searching a device column.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct IndexUse {
    pub(crate) table: String,
    pub(crate) column: String,
    /// Of a column that is searched in any spelling: every search reads its table, which has so many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scanned_bytes: Option<i64>,
    /// Name of the index; `None` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<String>,
    /// Statements that create one where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) create: Vec<String>,
}

/// The index of every device column.
pub(crate) async fn index_use(
    catalogue: &Catalogue,
    session: &Session,
) -> Result<Vec<IndexUse>, DatabaseError> {
    let names = catalogue.tables().map(|(_, table)| &table.name);
    let families = Families::look_up(names, session).await?;
    let indexes = indexes(&families, session).await?;
    let leaves = leaves(&families, session).await?;
    let sizes = queries::sizes(session, &families.relations()).await?;
    let sizes: HashMap<&TableName, i64> = families
        .named(sizes)
        .into_iter()
        .map(|(name, row)| (name, row.size))
        .collect();
    let mut all = Vec::new();
    for (_, table) in catalogue.tables() {
        for device in table.devices() {
            if device.is_any_spelling() {
                all.push(IndexUse {
                    table: table.name.plain(),
                    column: device.column.name.as_str().to_owned(),
                    scanned_bytes: sizes.get(&table.name).copied(),
                    index: None,
                    create: Vec::new(),
                });
                continue;
            }
            let key = render::index_key(&device);
            let index = indexes
                .get(&table.name)
                .and_then(|all| all.iter().find(|index| index.begins_with(&key)));
            all.push(IndexUse {
                table: table.name.plain(),
                column: device.column.name.as_str().to_owned(),
                scanned_bytes: None,
                create: if index.is_some() {
                    Vec::new()
                } else {
                    creation(table, &key, leaves.get(&table.name))
                },
                index: index.map(|index| index.name.clone()),
            });
        }
    }
    Ok(all)
}

/// An index with its columns and expressions.
pub(super) struct Index {
    name: String,
    keys: Vec<String>,
}

impl Index {
    /// Whether it begins with `key`.
    fn begins_with(&self, key: &IndexKey) -> bool {
        self.keys.first().is_some_and(|first| key.is(first))
    }
}

/// Indexes by table.
pub(super) type Indexes = HashMap<TableName, Vec<Index>>;

/// The usable indexes of the tables of `families`.
pub(super) async fn indexes(
    families: &Families,
    session: &Session,
) -> Result<Indexes, DatabaseError> {
    let rows = queries::indexes(session, families.declared(), families.members()).await?;
    let mut all = Indexes::new();
    for (name, row) in families.named(rows) {
        let index = Index {
            name: row.index_name,
            keys: row.keys,
        };
        all.entry(name.clone()).or_default().push(index);
    }
    Ok(all)
}

/// Notes in each device column whether an index supports its search, and in each table whether one finds the rows of a record.
pub(super) fn note_index_use(catalogue: &mut Catalogue, indexes: &Indexes) {
    for record in &mut catalogue.records {
        let root_types: Vec<String> = record
            .root
            .key()
            .iter()
            .map(|c| c.type_name.clone())
            .collect();
        for table in record.parts.iter_mut().chain([&mut record.root]) {
            let of_table = indexes.get(&table.name).map_or(&[][..], Vec::as_slice);
            for column in &mut table.columns {
                if let Role::Device(device) = &column.role {
                    let key = render::index_key(&DeviceColumn {
                        slot: 0,
                        column,
                        device,
                    });
                    column.served = of_table.iter().any(|index| index.begins_with(&key));
                }
            }
            table.keyed = of_table
                .iter()
                .any(|index| leads_to(table, &root_types, &index.keys));
        }
    }
}

/// Whether an index begins with the columns of a record's key, in any order, with or without the account. Where their types
/// differ from those in the root, they are compared by an expression that the index does not have.
fn leads_to(table: &Table, root_types: &[String], keys: &[String]) -> bool {
    let column = |name: &Ident| table.columns.iter().find(|c| c.name == *name);
    let Some(root_key) = table
        .root_key
        .iter()
        .map(column)
        .collect::<Option<Vec<&Column>>>()
    else {
        return false;
    };
    let is_account = |key: &str| {
        table
            .columns
            .iter()
            .any(|c| c.role == Role::Account && c.printed == key)
    };
    let is_root = |key: &str| root_key.iter().any(|c| c.printed == key);
    let leading = keys
        .iter()
        .take_while(|key| is_account(key) || is_root(key));
    let leading: Vec<&String> = leading.collect();
    root_key.iter().map(|c| &c.type_name).eq(root_types)
        && root_key.iter().all(|c| leading.contains(&&c.printed))
}

/// The leaf partitions by table.
async fn leaves(
    families: &Families,
    session: &Session,
) -> Result<HashMap<TableName, Vec<TableName>>, DatabaseError> {
    let rows = queries::partitions(session, families.declared(), families.members()).await?;
    let mut all: HashMap<TableName, Vec<TableName>> = HashMap::new();
    for (name, row) in families.named(rows) {
        let leaf = TableName::new(row.leaf_schema, row.leaf_name);
        all.entry(name.clone()).or_default().push(leaf);
    }
    Ok(all)
}

/// One statement for each partition, because CONCURRENTLY does not work on their parent; the parent's index then attaches
/// them.
fn creation(table: &Table, key: &IndexKey, leaves: Option<&Vec<TableName>>) -> Vec<String> {
    let Some(leaves) = leaves else {
        return vec![key.create_concurrently(&table.name)];
    };
    leaves
        .iter()
        .map(|leaf| key.create_concurrently(leaf))
        .chain([key.create(&table.name)])
        .collect()
}
