//! Every column of the database, whether the catalogue declares it or not.

use super::model::TypeShape;
use super::queries::{self, UserColumnRow};
use crate::postgres::name::{Ident, TableName};
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
    /// Of `pg_class.relkind`; `None` where the query should not have returned it.
    fn of(relkind: &str) -> Option<RelationKind> {
        match relkind {
            "r" | "p" => Some(RelationKind::Table),
            "m" => Some(RelationKind::MaterialisedView),
            "f" => Some(RelationKind::ForeignTable),
            _ => None,
        }
    }
}

/// Lists every column of every table, except those of the system and of Lethe.
pub async fn user_columns(session: &Session) -> Result<Vec<UserColumn>, DatabaseError> {
    let rows = queries::user_columns(session).await?.into_iter();
    let column = |row: UserColumnRow| {
        Some(UserColumn {
            kind: RelationKind::of(&row.kind)?,
            is_number: matches!(row.base_type.as_str(), "int8" | "numeric"),
            shape: TypeShape::of(&row.base_type, &row.category, None),
            table: TableName::new(row.schema_name, row.table_name),
            column: Ident::new(row.column_name),
            type_name: row.type_name,
            comment: row.comment,
            is_key: row.is_key,
            not_null: row.not_null,
            may_select: row.may_select,
        })
    };
    Ok(rows.filter_map(column).collect())
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
