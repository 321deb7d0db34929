//! Every column of the database, whether the catalogue declares it or not.

use super::model::TypeShape;
use crate::postgres::name::{Ident, TableName};
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// A column of a table, a materialised view or a foreign table.
#[derive(Debug, Clone)]
pub struct UserColumn {
    pub table: TableName,
    pub column: Ident,
    pub kind: RelationKind,
    pub type_name: String,
    pub shape: TypeShape,
    /// Whether its type is a number that can hold the digits of a phone.
    pub is_number: bool,
    pub comment: Option<String>,
    pub is_key: bool,
    pub not_null: bool,
    pub may_select: bool,
}

/// The kind of relation that a column belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    Table,
    MaterialisedView,
    ForeignTable,
}

impl RelationKind {
    /// Of `pg_class.relkind`; the query returns tables (partitioned or not), materialised views and foreign tables only.
    fn of(relkind: &str) -> RelationKind {
        match relkind {
            "m" => RelationKind::MaterialisedView,
            "f" => RelationKind::ForeignTable,
            _ => RelationKind::Table,
        }
    }
}

/// Lists every column of every table, except those of the system and of Lethe.
pub async fn user_columns(session: &Session) -> Result<Vec<UserColumn>, DatabaseError> {
    let rows = session
        .query(&sql_file!("catalogue/user_columns.sql").into(), &[])
        .await?;
    let column = |row: &tokio_postgres::Row| UserColumn {
        table: TableName::new(
            row.get::<_, String>("schema_name"),
            row.get::<_, String>("table_name"),
        ),
        column: Ident::new(row.get::<_, String>("column_name")),
        kind: RelationKind::of(row.get("kind")),
        type_name: row.get("type_name"),
        is_number: matches!(row.get("base_type"), "int8" | "numeric"),
        shape: TypeShape::of(row.get("base_type"), row.get("category"), None),
        comment: row.get("comment"),
        is_key: row.get("is_key"),
        not_null: row.get("not_null"),
        may_select: row.get("may_select"),
    };
    Ok(rows.iter().map(column).collect())
}

/// Whether a column's type can hold a device.
pub fn can_hold_a_device(column: &UserColumn) -> bool {
    column.is_number
        || matches!(
            column.shape,
            TypeShape::Text { .. }
                | TypeShape::Inet
                | TypeShape::Json
                | TypeShape::Jsonb
                | TypeShape::Array
        )
}
