//! Parameter values with their PostgreSQL types. A statement whose parameter types are given needs no round trip to learn
//! them.

use std::error::Error;

use std::net::Ipv6Addr;

use bytes::BytesMut;
use chrono::{DateTime, NaiveDate, Utc};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::domain::care::CaseId;
use crate::domain::file_name::FileName;
use crate::domain::identifier::{ChainNumber, Lsn, Ordinal, ScrubId, SubmissionId, Xid};

/// The PostgreSQL type of a Rust type.
pub(crate) trait Typed {
    const TYPE: Type;
    /// The type of an array of such values.
    const ARRAY: Type;
}

macro_rules! typed {
    ($($rust:ty: $one:ident, $several:ident;)*) => {
        $(impl Typed for $rust {
            const TYPE: Type = Type::$one;
            const ARRAY: Type = Type::$several;
        })*
    };
}

typed! {
    i16: INT2, INT2_ARRAY;
    i32: INT4, INT4_ARRAY;
    i64: INT8, INT8_ARRAY;
    u32: OID, OID_ARRAY;
    SubmissionId: INT8, INT8_ARRAY;
    ScrubId: INT8, INT8_ARRAY;
    Xid: INT8, INT8_ARRAY;
    Lsn: INT8, INT8_ARRAY;
    ChainNumber: INT8, INT8_ARRAY;
    Ordinal: INT4, INT4_ARRAY;
    bool: BOOL, BOOL_ARRAY;
    f64: FLOAT8, FLOAT8_ARRAY;
    u64: INT8, INT8_ARRAY;
    usize: INT8, INT8_ARRAY;
    &str: TEXT, TEXT_ARRAY;
    String: TEXT, TEXT_ARRAY;
    &[u8]: BYTEA, BYTEA_ARRAY;
    Vec<u8>: BYTEA, BYTEA_ARRAY;
    [u8; 32]: BYTEA, BYTEA_ARRAY;
    Json: JSONB, JSONB_ARRAY;
    FileName: TEXT, TEXT_ARRAY;
    CaseId: TEXT, TEXT_ARRAY;
    Ipv6Addr: INET, INET_ARRAY;
    NaiveDate: DATE, DATE_ARRAY;
    DateTime<Utc>: TIMESTAMPTZ, TIMESTAMPTZ_ARRAY;
}

/// The type of a jsonb column in the declarations of [`copies!`](super::declared::copies); its rows are sent as text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Json {}

impl<T: Typed> Typed for Option<T> {
    const TYPE: Type = T::TYPE;
    const ARRAY: Type = T::ARRAY;
}

impl<T: Typed> Typed for Vec<T> {
    const TYPE: Type = T::ARRAY;
    const ARRAY: Type = T::ARRAY;
}

impl<T: Typed> Typed for &[T] {
    const TYPE: Type = T::ARRAY;
    const ARRAY: Type = T::ARRAY;
}

/// An identifier is its number for the server. Here and not beside the types, so that `domain` knows no database.
macro_rules! identifiers {
    ($($name:ident: $integer:ty;)*) => {
        $(
            impl ToSql for $name {
                fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
                    ToSql::to_sql(&self.get(), ty, out)
                }

                fn accepts(ty: &Type) -> bool {
                    <$integer as ToSql>::accepts(ty)
                }

                to_sql_checked!();
            }

            impl<'a> FromSql<'a> for $name {
                fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<$name, Failure> {
                    <$integer>::from_sql(ty, raw).map($name::new)
                }

                fn accepts(ty: &Type) -> bool {
                    <$integer as FromSql>::accepts(ty)
                }
            }
        )*
    };
}

type Failure = Box<dyn Error + Sync + Send>;

identifiers! {
    SubmissionId: i64;
    ScrubId: i64;
    Xid: i64;
    Lsn: i64;
    ChainNumber: i64;
}

impl ToSql for Ordinal {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        ToSql::to_sql(&i32::from(*self), ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <i32 as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

/// A parameter value of a statement.
pub trait Value: Sync {
    /// The type that it is sent as.
    fn sql_type(&self) -> Type;
    fn to_sql(&self) -> &(dyn ToSql + Sync);
}

impl<T: Typed + ToSql + Sync> Value for T {
    fn sql_type(&self) -> Type {
        T::TYPE
    }

    fn to_sql(&self) -> &(dyn ToSql + Sync) {
        self
    }
}
