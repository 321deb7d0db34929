//! Whether an index serves each device column, and the statements to paste where none does; and whether one leads from a
//! record to its rows.

use std::collections::HashMap;

use super::family::Families;
use super::{Catalogue, Column, Role, Table};
use crate::catalogue::render::{self, IndexKey};
use crate::postgres::name::{Ident, TableName};
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// What serves a device column.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Served {
    pub table: String,
    pub column: String,
    /// The index that serves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// What to paste where none does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub create: Vec<String>,
}

/// Looks at every device column.
pub async fn served(
    catalogue: &Catalogue,
    session: &Session,
) -> Result<Vec<Served>, DatabaseError> {
    let names = catalogue.tables().map(|(_, table)| &table.name);
    let families = Families::look_up(names, session).await?;
    let indexes = indexes(&families, session).await?;
    let leaves = leaves(&families, session).await?;
    let mut all = Vec::new();
    for (_, table) in catalogue.tables() {
        for (_, column, device) in table.devices() {
            let key = render::index_key(column, device);
            let index = indexes
                .get(&table.name)
                .and_then(|all| all.iter().find(|index| index.begins_with(&key)));
            all.push(Served {
                table: table.name.plain(),
                column: column.name.as_str().to_owned(),
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

/// An index: its name, its columns and expressions.
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

/// The indexes that may serve a column.
pub(super) async fn indexes(
    families: &Families,
    session: &Session,
) -> Result<Indexes, DatabaseError> {
    let file = sql_file!("catalogue/indexes.sql");
    let mut all = Indexes::new();
    for (name, row) in families.ask(session, file).await? {
        let index = Index {
            name: row.get("index_name"),
            keys: row.get("keys"),
        };
        all.entry(name.clone()).or_default().push(index);
    }
    Ok(all)
}

/// Notes in each device column whether an index serves it, and in each table whether one leads to it from its record.
pub(super) fn note_served(catalogue: &mut Catalogue, indexes: &Indexes) {
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
                    let key = render::index_key(column, device);
                    column.served = of_table.iter().any(|index| index.begins_with(&key));
                }
            }
            table.keyed = of_table
                .iter()
                .any(|index| leads_to(table, &root_types, &index.keys));
        }
    }
}

/// Whether the columns that an index begins with are a record's key, in any order and with the account or without it. Of
/// other types than in the root, they would be compared by an expression that the index does not know.
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

/// Schemas and names of leaf partitions, by table.
async fn leaves(
    families: &Families,
    session: &Session,
) -> Result<HashMap<TableName, Vec<(String, String)>>, DatabaseError> {
    let file = sql_file!("catalogue/partitions.sql");
    let mut all: HashMap<TableName, Vec<(String, String)>> = HashMap::new();
    for (name, row) in families.ask(session, file).await? {
        let pair = (row.get("leaf_schema"), row.get("leaf_name"));
        all.entry(name.clone()).or_default().push(pair);
    }
    Ok(all)
}

/// On partitions one by one, as CONCURRENTLY does not work on their parent; the parent's index then takes them up.
fn creation(table: &Table, key: &IndexKey, leaves: Option<&Vec<(String, String)>>) -> Vec<String> {
    let Some(leaves) = leaves else {
        return vec![key.create_concurrently(&table.name)];
    };
    let leaf = |(schema, name): &(String, String)| {
        key.create_concurrently(&TableName::new(schema.clone(), name.clone()))
    };
    leaves
        .iter()
        .map(leaf)
        .chain([key.create(&table.name)])
        .collect()
}
