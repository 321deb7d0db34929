//! The declared tables as the live schema describes them.

use std::collections::HashMap;

use tokio_postgres::Row;

use crate::catalogue::family::Families;
use crate::catalogue::model::TypeShape;
use crate::postgres::name::TableName;
use crate::postgres::sql::sql_file;
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
    pub(super) not_null: bool,
    pub(super) domain: bool,
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
    let file = sql_file!("catalogue/columns.sql");
    let mut described = Described::new();
    for (name, row) in families.ask(session, file).await? {
        let entry = described.entry(name.clone()).or_insert_with(|| Relation {
            kind: row.get("kind"),
            columns: Vec::new(),
        });
        entry.columns.push(DescribedColumn {
            name: row.get("column_name"),
            printed: row.get("printed_name"),
            type_name: row.get("type_name"),
            shape: TypeShape::of(
                row.get("base_type"),
                row.get("category"),
                row.get("max_length"),
            ),
            not_null: row.get("not_null"),
            domain: row.get("is_domain"),
            unique: row.get("is_unique"),
            generated: row.get("is_generated"),
            partition_key: row.get("is_partition_key"),
            may_use_schema: row.get("may_use_schema"),
            may_select: row.get("may_select"),
            may_update: row.get("may_update"),
        });
    }
    Ok(described)
}

/// Every table of the database, for suggestions.
pub(super) async fn all_tables(session: &Session) -> Result<Vec<TableName>, DatabaseError> {
    let rows = session
        .query(&sql_file!("catalogue/table_names.sql").into(), &[])
        .await?;
    let name = |row: &Row| {
        TableName::new(
            row.get::<_, String>("schema_name"),
            row.get::<_, String>("table_name"),
        )
    };
    Ok(rows.iter().map(name).collect())
}
