//! The declared tables as the live schema describes them.

use std::collections::HashMap;

use crate::catalogue::family::Families;
use crate::catalogue::model::{TypeOrigin, TypeShape};
use crate::catalogue::queries;
use crate::postgres::name::TableName;
use crate::postgres::{DatabaseError, Session};

/// Declared relations that exist.
pub(super) type Described = HashMap<TableName, Relation>;

/// A relation and its columns, in table order.
#[derive(Clone)]
pub(super) struct Relation {
    /// `pg_class.relkind`.
    pub(super) kind: String,
    pub(super) columns: Vec<DescribedColumn>,
}

impl Relation {
    /// Whether rows can be changed through it: a table, partitioned or not.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.kind.as_str(), "r" | "p")
    }

    /// Whether this role may use its schema.
    pub(super) fn is_usable(&self) -> bool {
        self.columns.iter().all(|column| column.may_use_schema)
    }
}

#[derive(Clone)]
pub(super) struct DescribedColumn {
    pub(super) name: String,
    pub(super) printed: String,
    pub(super) type_name: String,
    pub(super) shape: TypeShape,
    pub(super) origin: TypeOrigin,
    pub(super) not_null: bool,
    pub(super) domain: bool,
    /// Its collation, if texts may be equal under it although their bytes are not.
    pub(super) nondeterministic: Option<String>,
    pub(super) unique: bool,
    pub(super) generated: bool,
    pub(super) partition_key: bool,
    pub(super) may_use_schema: bool,
    pub(super) may_select: bool,
    pub(super) may_update: bool,
}

/// Describes the relations of `families`.
pub(super) async fn describe(
    families: &Families,
    session: &Session,
) -> Result<Described, DatabaseError> {
    let columns = queries::columns(session, families.declared(), families.members()).await?;
    let mut described = Described::new();
    for (name, row) in families.named(columns) {
        let relation = described.entry(name.clone()).or_insert_with(|| Relation {
            kind: row.kind.clone(),
            columns: Vec::new(),
        });
        relation.columns.push(DescribedColumn {
            shape: TypeShape::of(&row.base_type, &row.category, row.max_length),
            origin: row.is_system_type.into(),
            name: row.column_name,
            printed: row.printed_name,
            type_name: row.type_name,
            not_null: row.not_null,
            domain: row.is_domain,
            nondeterministic: row.nondeterministic_collation,
            unique: row.is_unique,
            generated: row.is_generated,
            partition_key: row.is_partition_key,
            may_use_schema: row.may_use_schema,
            may_select: row.may_select,
            may_update: row.may_update,
        });
    }
    Ok(described)
}

/// Every table of the database, for suggestions.
pub(super) async fn all_tables(session: &Session) -> Result<Vec<TableName>, DatabaseError> {
    let rows = queries::table_names(session).await?.into_iter();
    Ok(rows
        .map(|row| TableName::new(row.schema_name, row.table_name))
        .collect())
}
