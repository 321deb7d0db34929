//! Every column of the database, whether the catalogue declares it or not.

use super::model::{TypeOrigin, TypeShape};
use super::queries::{self, UserColumnRow};
use crate::postgres::name::{Ident, TableName};
use crate::postgres::{DatabaseError, Session};

/// A column of a table, a materialised view or a foreign table.
#[derive(Debug, Clone)]
pub(crate) struct UserColumn {
    pub(crate) table: TableName,
    pub(crate) column: Ident,
    pub(crate) kind: RelationKind,
    pub(crate) type_name: String,
    pub(crate) shape: TypeShape,
    pub(crate) origin: TypeOrigin,
    /// Whether its type is a number that can hold the digits of a phone.
    pub(crate) is_number: bool,
    pub(crate) comment: Option<String>,
    pub(crate) is_key: bool,
    pub(crate) not_null: bool,
    pub(crate) may_select: bool,
    /// Whether this role may lock its table.
    pub(crate) may_lock: bool,
}

/// The kind of relation that a column belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RelationKind {
    Table,
    MaterialisedView,
    ForeignTable,
}

impl RelationKind {
    /// Of `pg_class.relkind`. A kind that the query should not return is an error: no column is left out.
    fn of(relkind: &str) -> Result<RelationKind, DatabaseError> {
        match relkind {
            "r" | "p" => Ok(RelationKind::Table),
            "m" => Ok(RelationKind::MaterialisedView),
            "f" => Ok(RelationKind::ForeignTable),
            other => Err(DatabaseError::unreadable(format!(
                "cannot read the columns of the database\n  detail: {other:?} is an unknown kind of relation"
            ))),
        }
    }
}

/// Lists every column of every table, except those of the system and of Lethe.
pub(crate) async fn user_columns(session: &Session) -> Result<Vec<UserColumn>, DatabaseError> {
    let rows = queries::user_columns(session).await?.into_iter();
    let column = |row: UserColumnRow| {
        Ok(UserColumn {
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
            may_lock: row.may_lock,
            origin: row.is_system_type.into(),
        })
    };
    rows.map(column).collect()
}

/// Whether a column's type can hold a device.
pub(crate) fn can_hold_a_device(column: &UserColumn) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_kind_of_relation_is_an_error() {
        assert_eq!(RelationKind::of("p"), Ok(RelationKind::Table));
        assert!(RelationKind::of("z").unwrap_err().is_unreadable_row());
    }
}
