//! Whether an index serves each device column, and the statements to paste where none does.

use std::collections::HashMap;

use super::family::Families;
use super::{Catalogue, Role, Table};
use crate::database::{DatabaseError, Session};
use crate::name::TableName;
use crate::statement::{self, IndexKey, SqlFile, sql_file};

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
    let file = sql_file!("catalogue/partitions.sql");
    let leaves = by_table(&families, session, file, "leaf_schema", "leaf_name").await?;
    let mut all = Vec::new();
    for (_, table) in catalogue.tables() {
        for (_, column, device) in table.devices() {
            let key = statement::index_key(column, device);
            let index = indexes
                .get(&table.name)
                .and_then(|all| all.iter().find(|(first, _)| key.is(first)));
            all.push(Served {
                table: table.name.plain(),
                column: column.name.as_str().to_owned(),
                create: if index.is_some() {
                    Vec::new()
                } else {
                    creation(table, &key, leaves.get(&table.name))
                },
                index: index.map(|(_, name)| name.clone()),
            });
        }
    }
    Ok(all)
}

/// First keys and names of indexes, by table.
pub(super) type Indexes = HashMap<TableName, Vec<(String, String)>>;

/// The indexes that may serve a column.
pub(super) async fn indexes(
    families: &Families,
    session: &Session,
) -> Result<Indexes, DatabaseError> {
    let file = sql_file!("catalogue/indexes.sql");
    by_table(families, session, file, "first_key", "index_name").await
}

/// Notes in each device column whether an index serves it.
pub(super) fn note_served(catalogue: &mut Catalogue, indexes: &Indexes) {
    for record in &mut catalogue.records {
        for table in record.parts.iter_mut().chain([&mut record.root]) {
            let of_table = indexes.get(&table.name).map_or(&[][..], Vec::as_slice);
            for column in &mut table.columns {
                if let Role::Device(device) = &column.role {
                    let key = statement::index_key(column, device);
                    column.served = of_table.iter().any(|(first, _)| key.is(first));
                }
            }
        }
    }
}

/// Two text columns of every row, by table.
async fn by_table(
    families: &Families,
    session: &Session,
    file: SqlFile,
    first: &str,
    second: &str,
) -> Result<HashMap<TableName, Vec<(String, String)>>, DatabaseError> {
    let mut all: HashMap<TableName, Vec<(String, String)>> = HashMap::new();
    for (name, row) in families.ask(session, file).await? {
        let pair = (row.get(first), row.get(second));
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
