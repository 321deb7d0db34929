//! Every column of the database, whether the catalogue declares it or not.

use super::model::{TypeOrigin, TypeShape};
use super::queries::{self, UserColumnRow};
use crate::domain::recogniser::Shape;
use crate::postgres::name::{Ident, TableName};
use crate::postgres::{DatabaseError, Session};

/// A column of a table, a materialised view or a foreign table.
#[derive(Debug, Clone)]
pub(crate) struct UserColumn {
    pub(crate) table: TableName,
    /// The object identifier of the table.
    pub(crate) relation: u32,
    pub(crate) column: Ident,
    pub(crate) kind: RelationKind,
    /// Whether its table is partitioned, and all rows are in partitions.
    pub(crate) is_partitioned: bool,
    pub(crate) type_name: String,
    pub(crate) shape: TypeShape,
    pub(crate) origin: TypeOrigin,
    /// The object identifier of its type.
    pub(crate) column_type: u32,
    pub(crate) examined: Examined,
    pub(crate) comment: Option<String>,
    pub(crate) is_key: bool,
    pub(crate) not_null: bool,
    pub(crate) may_select: bool,
    /// Whether this role may lock its table.
    pub(crate) may_lock: bool,
}

/// How the values of a column are examined for devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Examined {
    /// Not at all: its type has no room for a device.
    Never,
    /// For digests of devices only.
    ForDigests,
    As(Shape),
    /// As text: several numbers, of an array or a range.
    AsNumbers,
}

impl Examined {
    /// By the type of a column below all domains, and for an array by the type of its elements, where that is a type of the server.
    fn of(base_type: &str, element_type: Option<&str>, is_composite: bool) -> Examined {
        if is_composite {
            return Examined::As(Shape::Row);
        }
        let scalar = element_type.unwrap_or(base_type);
        match scalar {
            "uuid" => Examined::ForDigests,
            _ if WITHOUT_DEVICES.contains(&scalar) || REGISTERED.contains(&scalar) => {
                Examined::Never
            }
            "int4" | "int8" | "numeric" | "float8" if element_type.is_some() => Examined::AsNumbers,
            "int4range" | "int8range" | "numrange" | "int4multirange" | "int8multirange"
            | "nummultirange" => Examined::AsNumbers,
            _ if element_type.is_some() => Examined::As(Shape::Text),
            "json" | "jsonb" => Examined::As(Shape::Json),
            "int4" | "int8" | "numeric" | "float8" => Examined::As(Shape::Number),
            _ => Examined::As(Shape::Text),
        }
    }
}

/// Types of the server for names of objects.
const REGISTERED: [&str; 11] = [
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
];

/// Types of the server whose values hold neither a device nor its digest.
const WITHOUT_DEVICES: [&str; 38] = [
    "bit",
    "bool",
    "box",
    "char",
    "cid",
    "circle",
    "date",
    "datemultirange",
    "daterange",
    "float4",
    "int2",
    "int2vector",
    "interval",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsmultirange",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "txid_snapshot",
    "varbit",
    "xid",
    "xid8",
];

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
            relation: row.relation,
            is_partitioned: row.kind == "p",
            column_type: row.column_type,
            examined: Examined::of(
                &row.base_type,
                row.element_type.as_deref(),
                row.is_composite,
            ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_kind_of_relation_is_an_error() {
        assert_eq!(RelationKind::of("p"), Ok(RelationKind::Table));
        assert!(RelationKind::of("z").unwrap_err().is_unreadable_row());
    }

    #[test]
    fn types_without_room_for_a_device_are_not_examined() {
        for (base_type, element_type, is_composite, examined) in [
            ("timestamptz", None, false, Examined::Never),
            ("_date", Some("date"), false, Examined::Never),
            ("regclass", None, false, Examined::Never),
            ("uuid", None, false, Examined::ForDigests),
            ("int8", None, false, Examined::As(Shape::Number)),
            ("_int8", Some("int8"), false, Examined::AsNumbers),
            ("_text", Some("text"), false, Examined::As(Shape::Text)),
            ("jsonb", None, false, Examined::As(Shape::Json)),
            ("public.phone_t", None, true, Examined::As(Shape::Row)),
            ("public.phone_t[]", None, true, Examined::As(Shape::Row)),
            ("public.region", None, false, Examined::As(Shape::Text)),
            ("region.bool", None, false, Examined::As(Shape::Text)),
            ("bytea", None, false, Examined::As(Shape::Text)),
        ] {
            let of_type = Examined::of(base_type, element_type, is_composite);
            assert_eq!(of_type, examined, "{base_type}");
        }
    }
}
