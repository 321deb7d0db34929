//! The object identifiers of the declared relations and of their partitions, by which the queries on them are filtered.

use std::collections::HashMap;

use super::queries::{self, AboutRelation};
use crate::postgres::name::TableName;
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
    pub(crate) async fn look_up(
        names: impl IntoIterator<Item = &TableName>,
        session: &Session,
    ) -> Result<Families, DatabaseError> {
        let (schemas, tables): (Vec<&str>, Vec<&str>) = names
            .into_iter()
            .map(|name| (name.schema.as_str(), name.table.as_str()))
            .unzip();
        let mut families = Families::default();
        for row in queries::family(session, &schemas, &tables).await? {
            families
                .names
                .entry(row.declared)
                .or_insert_with(|| TableName::new(row.schema_name, row.table_name));
            families.declared.push(row.declared);
            families.members.push(row.member);
        }
        Ok(families)
    }

    /// Whether a relation exists.
    pub(crate) fn contain(&self, name: &TableName) -> bool {
        self.names.values().any(|known| known == name)
    }

    /// The subset with these names.
    pub(crate) fn of(&self, names: &[&TableName]) -> Families {
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

    /// The relations.
    pub(crate) fn relations(&self) -> Vec<u32> {
        let mut relations: Vec<u32> = self.declared.clone();
        relations.dedup();
        relations
    }

    /// Each relation, once for each member: the first parameter of the queries.
    pub(crate) fn declared(&self) -> &[u32] {
        &self.declared
    }

    /// The members of these relations, in the same order: the second parameter of the queries.
    pub(crate) fn members(&self) -> &[u32] {
        &self.members
    }

    /// The rows of a query with the relations that they are about.
    pub(crate) fn named<R: AboutRelation>(&self, rows: Vec<R>) -> Vec<(&TableName, R)> {
        let with_name = |row: R| Some((self.names.get(&row.declared())?, row));
        rows.into_iter().filter_map(with_name).collect()
    }
}
