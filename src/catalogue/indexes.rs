//! Whether an index serves each device column, and the statements to paste where none does.

use std::collections::HashMap;

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
    let indexes = by_table(
        catalogue,
        session,
        sql_file!("catalogue/indexes.sql"),
        "first_key",
        "index_name",
    )
    .await?;
    let leaves = by_table(
        catalogue,
        session,
        sql_file!("catalogue/partitions.sql"),
        "leaf_schema",
        "leaf_name",
    )
    .await?;
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

/// Notes in each device column whether an index serves it.
pub(super) async fn note_served(
    catalogue: &mut Catalogue,
    session: &Session,
) -> Result<(), DatabaseError> {
    let file = sql_file!("catalogue/indexes.sql");
    let indexes = by_table(catalogue, session, file, "first_key", "index_name").await?;
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
    Ok(())
}

/// Two text columns of every row, by table.
async fn by_table(
    catalogue: &Catalogue,
    session: &Session,
    file: SqlFile,
    first: &str,
    second: &str,
) -> Result<HashMap<TableName, Vec<(String, String)>>, DatabaseError> {
    let schemas: Vec<&str> = catalogue
        .tables()
        .map(|(_, t)| t.name.schema.as_str())
        .collect();
    let names: Vec<&str> = catalogue
        .tables()
        .map(|(_, t)| t.name.table.as_str())
        .collect();
    let mut all: HashMap<TableName, Vec<(String, String)>> = HashMap::new();
    for row in session.query(&file.into(), &[&schemas, &names]).await? {
        let name = TableName::new(
            row.get::<_, String>("schema_name"),
            row.get::<_, String>("table_name"),
        );
        all.entry(name)
            .or_default()
            .push((row.get(first), row.get(second)));
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
