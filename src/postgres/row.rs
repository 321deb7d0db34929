//! Rows: read by column name, into declared structs, with an error for everything that does not fit.
//!
//! A NULL, a type or a word that the program does not expect is never replaced by a default: a newer program may have
//! written it, and its meaning is unknown.

use std::error::Error;

use chrono::{DateTime, NaiveDate, Utc};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type, WasNull};

use super::value::Typed;
use crate::domain::care::CaseId;
use crate::domain::file_name::FileName;
use crate::domain::identifier::{
    ChainNumber, ContactPosition, Lsn, Ordinal, ScrubId, SubmissionId, Xid,
};

/// A struct that is read from a row; declare it with [`row!`].
pub(crate) trait FromRow: Sized + Send {
    /// The columns that it reads.
    fn columns() -> Vec<Column>;

    /// Reads it.
    fn from_row(row: &Fields<'_>) -> Result<Self, ColumnError>;
}

/// A column as a row struct declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub sql_type: Type,
}

/// A type that a column is read as.
pub(crate) trait FromColumn: Typed + Sized {
    /// What the driver decodes.
    type Raw<'a>: FromSql<'a>;

    /// Converts it; fails for a value that the program does not know.
    fn from_raw(raw: Self::Raw<'_>) -> Result<Self, Mismatch>;
}

/// Why a column cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// NULL, where the row struct has no `Option`.
    Null,
    /// A word that no variant of the enum stands for. Ledger words hold no data of consumers.
    UnknownWord(String),
    /// A number or length out of range, a type of another kind, or no such column.
    Other(String),
}

/// A column that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnError {
    pub(crate) column: &'static str,
    pub(crate) mismatch: Mismatch,
}

/// The fields of one row.
pub(crate) struct Fields<'a>(&'a Row);

impl<'a> Fields<'a> {
    pub(super) fn new(row: &'a Row) -> Fields<'a> {
        Fields(row)
    }

    /// Reads a column.
    pub(crate) fn read<T: FromColumn>(&self, column: &'static str) -> Result<T, ColumnError> {
        let raw = self.0.try_get::<_, T::Raw<'_>>(column);
        raw.map_err(|error| Mismatch::of(&error))
            .and_then(T::from_raw)
            .map_err(|mismatch| ColumnError { column, mismatch })
    }
}

impl Mismatch {
    fn of(error: &tokio_postgres::Error) -> Mismatch {
        match error.source() {
            Some(source) if source.is::<WasNull>() => Mismatch::Null,
            Some(source) => Mismatch::Other(source.to_string()),
            None => Mismatch::Other(error.to_string()),
        }
    }
}

/// Declares a struct with the columns it is read from. A field is the column of its name; `= "other"` names another
/// column, `= flatten` reads a nested struct from the same row. `impl` in place of `struct` is for a type declared
/// elsewhere.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty $(= $column:tt)?),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)*
        }

        $crate::postgres::row::row! {
            impl $name { $($field: $type $(= $column)?),* }
        }
    };
    (impl $name:ident { $($field:ident: $type:ty $(= $column:tt)?),* $(,)? }) => {
        impl $crate::postgres::row::FromRow for $name {
            fn columns() -> Vec<$crate::postgres::row::Column> {
                let mut all = Vec::new();
                $(all.extend($crate::postgres::row::row!(@columns $field, $type $(, $column)?));)*
                all
            }

            fn from_row(
                row: &$crate::postgres::row::Fields<'_>,
            ) -> Result<$name, $crate::postgres::row::ColumnError> {
                Ok($name {
                    $($field: $crate::postgres::row::row!(@read row, $field, $type $(, $column)?)?,)*
                })
            }
        }
    };
    (@columns $field:ident, $type:ty) => {
        $crate::postgres::row::row!(@columns $field, $type, (stringify!($field)))
    };
    (@columns $field:ident, $type:ty, flatten) => {
        <$type as $crate::postgres::row::FromRow>::columns()
    };
    (@columns $field:ident, $type:ty, $column:tt) => {
        [$crate::postgres::row::Column {
            name: $column,
            sql_type: <$type as $crate::postgres::value::Typed>::TYPE,
        }]
    };
    (@read $row:ident, $field:ident, $type:ty) => {
        $row.read::<$type>(stringify!($field))
    };
    (@read $row:ident, $field:ident, $type:ty, flatten) => {
        <$type as $crate::postgres::row::FromRow>::from_row($row)
    };
    (@read $row:ident, $field:ident, $type:ty, $column:tt) => {
        $row.read::<$type>($column)
    };
}
pub(crate) use row;

/// Lets enums be columns and parameters of type text, by the words of their `strum` derives (`EnumString`,
/// `IntoStaticStr`). An unknown word is an error.
macro_rules! text_enum {
    ($($name:ty),* $(,)?) => {
        $(
            impl $crate::postgres::value::Typed for $name {
                const TYPE: tokio_postgres::types::Type = tokio_postgres::types::Type::TEXT;
                const ARRAY: tokio_postgres::types::Type = tokio_postgres::types::Type::TEXT_ARRAY;
            }

            impl $crate::postgres::row::FromColumn for $name {
                type Raw<'a> = &'a str;

                fn from_raw(raw: &str) -> Result<$name, $crate::postgres::row::Mismatch> {
                    raw.parse()
                        .map_err(|_| $crate::postgres::row::Mismatch::UnknownWord(raw.to_owned()))
                }
            }

            impl tokio_postgres::types::ToSql for $name {
                fn to_sql(
                    &self,
                    ty: &tokio_postgres::types::Type,
                    out: &mut bytes::BytesMut,
                ) -> Result<
                    tokio_postgres::types::IsNull,
                    Box<dyn std::error::Error + Sync + Send>,
                > {
                    let word: &'static str = self.into();
                    tokio_postgres::types::ToSql::to_sql(&word, ty, out)
                }

                fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                    <&str as tokio_postgres::types::ToSql>::accepts(ty)
                }

                tokio_postgres::types::to_sql_checked!();
            }
        )*
    };
}
pub(crate) use text_enum;

/// Columns that the driver decodes as they are.
macro_rules! plain {
    ($($type:ty),* $(,)?) => {
        $(impl FromColumn for $type {
            type Raw<'a> = $type;

            fn from_raw(raw: $type) -> Result<$type, Mismatch> {
                Ok(raw)
            }
        })*
    };
}

plain! {
    bool, i16, i32, i64, u32, f64, String, Vec<u8>, NaiveDate, DateTime<Utc>, SubmissionId, ScrubId, Xid, Lsn,
    ChainNumber
}

/// The ledger holds names that were accepted; any other is an error, and its text is not quoted.
macro_rules! parsed {
    ($($type:ty),* $(,)?) => {
        $(impl FromColumn for $type {
            type Raw<'a> = &'a str;

            fn from_raw(raw: &str) -> Result<$type, Mismatch> {
                <$type>::parse(raw).map_err(|error| Mismatch::Other(error.to_string()))
            }
        })*
    };
}

parsed! { FileName, CaseId }

/// A position below 1 is an error.
impl FromColumn for Ordinal {
    type Raw<'a> = i32;

    fn from_raw(raw: i32) -> Result<Ordinal, Mismatch> {
        Ordinal::try_from(raw).map_err(|error| Mismatch::Other(error.to_string()))
    }
}

/// Counts are never negative.
macro_rules! count {
    ($($type:ty: $raw:ty),* $(,)?) => {
        $(impl FromColumn for $type {
            type Raw<'a> = $raw;

            fn from_raw(raw: $raw) -> Result<$type, Mismatch> {
                raw.try_into()
                    .map_err(|_| Mismatch::Other("the number is out of range".to_owned()))
            }
        })*
    };
}

count! { u64: i64, usize: i64 }

/// A key or a digest.
impl FromColumn for [u8; 32] {
    type Raw<'a> = &'a [u8];

    fn from_raw(raw: &[u8]) -> Result<[u8; 32], Mismatch> {
        raw.try_into()
            .map_err(|_| Mismatch::Other(format!("{} bytes in place of 32", raw.len())))
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    type Raw<'a> = Option<T::Raw<'a>>;

    fn from_raw(raw: Option<T::Raw<'_>>) -> Result<Option<T>, Mismatch> {
        raw.map(T::from_raw).transpose()
    }
}

impl<T: FromColumn> FromColumn for Vec<T> {
    type Raw<'a> = Vec<T::Raw<'a>>;

    fn from_raw(raw: Vec<T::Raw<'_>>) -> Result<Vec<T>, Mismatch> {
        raw.into_iter().map(T::from_raw).collect()
    }
}

row! {
    impl ContactPosition { request: Ordinal, contact: Ordinal }
}
