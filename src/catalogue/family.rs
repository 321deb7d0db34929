//! The object identifiers of the declared relations and of their partitions, by which the queries on them are filtered.

use std::collections::HashMap;

use tokio_postgres::Row;

use crate::postgres::name::TableName;
use crate::postgres::sql::{SqlFile, sql_file};
use crate::postgres::{DatabaseError, Session};

/// Relations that exist, by object identifier.
#[derive(Debug, Default)]
pub(super) struct Families {
    names: HashMap<u32, TableName>,
    /// Pairs with `members`: each relation with itself and with its partitions at every level.
    declared: Vec<u32>,
    members: Vec<u32>,
}

impl Families {
    /// Looks up the relations; those that do not exist are left out.
    pub async fn look_up(
        names: impl IntoIterator<Item = &TableName>,
        session: &Session,
    ) -> Result<Families, DatabaseError> {
        let (schemas, tables): (Vec<&str>, Vec<&str>) = names
            .into_iter()
            .map(|name| (name.schema.as_str(), name.table.as_str()))
            .unzip();
        let statement = sql_file!("catalogue/family.sql").into();
        let mut families = Families::default();
        for row in session.query(&statement, &[&schemas, &tables]).await? {
            let declared = row.get("declared");
            let name = || {
                TableName::new(
                    row.get::<_, String>("schema_name"),
                    row.get::<_, String>("table_name"),
                )
            };
            families.names.entry(declared).or_insert_with(name);
            families.declared.push(declared);
            families.members.push(row.get("member"));
        }
        Ok(families)
    }

    /// Whether a relation exists.
    pub fn contain(&self, name: &TableName) -> bool {
        self.names.values().any(|known| known == name)
    }

    /// The subset with these names.
    pub fn of(&self, names: &[&TableName]) -> Families {
        let pairs = self.declared.iter().zip(&self.members);
        let wanted = pairs.filter(|(declared, _)| {
            let name = self.names.get(declared);
            name.is_some_and(|name| names.contains(&name))
        });
        let (declared, members) = wanted.unzip();
        Families {
            names: self.names.clone(),
            declared,
            members,
        }
    }

    /// Runs a query on all of them. Each row of the result is about one relation, named by its column `declared`.
    pub async fn ask(
        &self,
        session: &Session,
        file: SqlFile,
    ) -> Result<Vec<(&TableName, Row)>, DatabaseError> {
        let rows = session
            .query(&file.into(), &[&self.declared, &self.members])
            .await?;
        let with_name = |row: Row| Some((self.names.get(&row.get("declared"))?, row));
        Ok(rows.into_iter().filter_map(with_name).collect())
    }
}
