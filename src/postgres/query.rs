//! Statements: each file of `sql/` has one declaration of its parameters and of its row, which is a typed async function.
//!
//! A test prepares every declared file on a server and compares the types, so that a file and its declaration cannot
//! differ, and finds files that no declaration names.

use futures_util::{Stream, TryStreamExt as _};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::error::DatabaseError;
use super::row::{Column, ColumnError, Fields, FromRow, Mismatch};
use super::session::Session;
use super::sql::{SqlFile, Statement, sql_file};
use super::value::Value;

/// The declaration of a file of `sql/`.
#[derive(Debug)]
pub struct Declared {
    pub file: SqlFile,
    /// Types of `$1`, `$2` and so on.
    pub parameters: fn() -> Vec<Type>,
    /// The columns that are read, in no particular order.
    pub columns: fn() -> Vec<Column>,
    pub kind: Kind,
}

/// How a file is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Prepared as it stands.
    Fixed,
    /// Its slots are filled first; parameters and columns are those of the sample.
    Rendered,
    /// Run without parameters and rows: definitions, settings, maintenance.
    Command,
    /// `COPY … FROM STDIN`: `columns` are those that are sent, in order.
    CopyIn,
}

inventory::collect!(Declared);

/// All declarations, by path.
pub fn declarations() -> Vec<&'static Declared> {
    let mut all: Vec<&Declared> = inventory::iter::<Declared>.into_iter().collect();
    all.sort_by_key(|declared| declared.file.path);
    all
}

/// What a statement returns: `()`, the number of changed rows (`u64`), every row (`Vec<R>`), the only row or none
/// (`Option<R>`), exactly one row ([`One`]).
pub(crate) trait Outcome: Sized {
    fn columns() -> Vec<Column>;

    fn fetch(
        session: &Session,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> impl Future<Output = Result<Self, DatabaseError>> + Send;
}

/// Exactly one row; no row is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct One<R>(pub(crate) R);

impl Outcome for () {
    fn columns() -> Vec<Column> {
        Vec::new()
    }

    async fn fetch(
        session: &Session,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<(), DatabaseError> {
        session.execute(statement, values).await.map(drop)
    }
}

impl Outcome for u64 {
    fn columns() -> Vec<Column> {
        Vec::new()
    }

    async fn fetch(
        session: &Session,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<u64, DatabaseError> {
        session.execute(statement, values).await
    }
}

impl<R: FromRow> Outcome for Vec<R> {
    fn columns() -> Vec<Column> {
        R::columns()
    }

    async fn fetch(
        session: &Session,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<Vec<R>, DatabaseError> {
        let rows = session.query(statement, values).await?;
        let rows = rows.iter().map(read).collect();
        readable(session, statement, rows).await
    }
}

impl<R: FromRow> Outcome for Option<R> {
    fn columns() -> Vec<Column> {
        R::columns()
    }

    async fn fetch(
        session: &Session,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<Option<R>, DatabaseError> {
        let row = session.query_opt(statement, values).await?;
        let row = row.as_ref().map(read).transpose();
        readable(session, statement, row).await
    }
}

impl<R: FromRow> Outcome for One<R> {
    fn columns() -> Vec<Column> {
        R::columns()
    }

    async fn fetch(
        session: &Session,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<One<R>, DatabaseError> {
        match Option::<R>::fetch(session, statement, values).await? {
            Some(row) => Ok(One(row)),
            None => Err(DatabaseError::unreadable(format!(
                "{} returned no row",
                statement.path
            ))),
        }
    }
}

/// Runs a declared statement and streams its rows.
pub(crate) async fn stream<'s, R: FromRow>(
    session: &'s Session,
    statement: &Statement,
    values: &[&dyn Value],
) -> Result<impl Stream<Item = Result<R, DatabaseError>> + use<'s, R>, DatabaseError> {
    let path = statement.path;
    let rows = session.stream(statement, values).await?;
    Ok(rows.and_then(move |row| std::future::ready(read_row(path, &row))))
}

/// Reads the row of a statement that was run without a session.
pub(super) fn read_row<R: FromRow>(path: &str, row: &Row) -> Result<R, DatabaseError> {
    read(row).map_err(|error| describe(path, error, None))
}

fn read<R: FromRow>(row: &Row) -> Result<R, ColumnError> {
    R::from_row(&Fields::new(row))
}

/// What was read, or what cannot be read; for an unknown word with the version of the ledger, which may be newer than the
/// program.
async fn readable<T>(
    session: &Session,
    statement: &Statement,
    read: Result<T, ColumnError>,
) -> Result<T, DatabaseError> {
    let error = match read {
        Ok(read) => return Ok(read),
        Err(error) => error,
    };
    let version = match error.mismatch {
        Mismatch::UnknownWord(_) => ledger_version(session).await,
        Mismatch::Null | Mismatch::Other(_) => None,
    };
    Err(describe(statement.path, error, version))
}

fn describe(path: &str, error: ColumnError, ledger_version: Option<i32>) -> DatabaseError {
    let ColumnError { column, mismatch } = error;
    let version = ledger_version.map_or_else(String::new, |version| {
        format!("; the ledger has version {version}")
    });
    DatabaseError::unreadable(match mismatch {
        Mismatch::Null => format!("cannot read column {column} of {path}\n  detail: it is NULL"),
        Mismatch::Other(reason) => {
            format!("cannot read column {column} of {path}\n  detail: {reason}")
        }
        Mismatch::UnknownWord(word) => format!(
            "cannot read column {column} of {path}\n  detail: {word:?} is not a value that this version of lethe knows{version}\n  \
             hint: use the version of lethe that wrote it, or a newer one"
        ),
    })
}

async fn ledger_version(session: &Session) -> Option<i32> {
    let statement = sql_file!("ledger/schema/version.sql").into();
    let row = session.query_opt(&statement, &[]).await.ok()??;
    row.try_get("version").ok()
}

/// Declares statements as async functions that take a session.
///
/// ```text
/// queries! {
///     /// Looks up the submission of a name. None: the name was never used.
///     pub(crate) fn known(drop_name: &str, file_name: &str) -> Option<Known> = "ledger/submission/known.sql";
///     /// A file with slots: the caller passes the rendered statement.
///     pub(crate) fn held(device: i32) -> Vec<Held> = rendered "find/held.sql";
///     /// Many rows, one by one.
///     pub(crate) stream fn responses(submission_id: SubmissionId) -> ResponseRow = "ledger/answer/list.sql";
///     /// Committed asynchronously: a later commit makes it durable.
///     pub(crate) deferred fn set_digest(submission_id: SubmissionId, digest: &[u8]) = "ledger/submission/set_digest.sql";
/// }
/// ```
macro_rules! queries {
    () => {};
    (
        $(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $out:ty = $path:literal; $($rest:tt)*
    ) => {
        $(#[$meta])*
        $vis async fn $name(
            session: &$crate::postgres::Session,
            $($arg: $type),*
        ) -> Result<$out, $crate::postgres::DatabaseError> {
            let statement: $crate::postgres::sql::Statement = $crate::postgres::sql::sql_file!($path).into();
            let values: &[&dyn $crate::postgres::Value] = &[$(&$arg),*];
            <$out as $crate::postgres::query::Outcome>::fetch(session, &statement, values).await
        }
        $crate::postgres::query::queries!(@declare $path, Fixed, [$($type),*], <$out as $crate::postgres::query::Outcome>::columns);
        $crate::postgres::query::queries!($($rest)*);
    };
    (
        $(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) = $path:literal; $($rest:tt)*
    ) => {
        $crate::postgres::query::queries! {
            $(#[$meta])* $vis fn $name($($arg: $type),*) -> () = $path; $($rest)*
        }
    };
    (
        $(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $out:ty = rendered $path:literal; $($rest:tt)*
    ) => {
        $(#[$meta])*
        $vis async fn $name(
            session: &$crate::postgres::Session,
            statement: &$crate::postgres::sql::Statement,
            $($arg: $type),*
        ) -> Result<$out, $crate::postgres::DatabaseError> {
            debug_assert_eq!(statement.path, $path);
            let values: &[&dyn $crate::postgres::Value] = &[$(&$arg),*];
            <$out as $crate::postgres::query::Outcome>::fetch(session, statement, values).await
        }
        $crate::postgres::query::queries!(@declare $path, Rendered, [$($type),*], <$out as $crate::postgres::query::Outcome>::columns);
        $crate::postgres::query::queries!($($rest)*);
    };
    (
        $(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) = rendered $path:literal; $($rest:tt)*
    ) => {
        $crate::postgres::query::queries! {
            $(#[$meta])* $vis fn $name($($arg: $type),*) -> () = rendered $path; $($rest)*
        }
    };
    (
        $(#[$meta:meta])* $vis:vis stream fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $row:ty = $path:literal; $($rest:tt)*
    ) => {
        $(#[$meta])*
        $vis async fn $name<'session>(
            session: &'session $crate::postgres::Session,
            $($arg: $type),*
        ) -> Result<
            impl futures_util::Stream<Item = Result<$row, $crate::postgres::DatabaseError>> + use<'session>,
            $crate::postgres::DatabaseError,
        > {
            let statement: $crate::postgres::sql::Statement = $crate::postgres::sql::sql_file!($path).into();
            let values: &[&dyn $crate::postgres::Value] = &[$(&$arg),*];
            $crate::postgres::query::stream::<$row>(session, &statement, values).await
        }
        $crate::postgres::query::queries!(@declare $path, Fixed, [$($type),*], <$row as $crate::postgres::row::FromRow>::columns);
        $crate::postgres::query::queries!($($rest)*);
    };
    (
        $(#[$meta:meta])* $vis:vis deferred fn $name:ident($($arg:ident: $type:ty),* $(,)?) = $path:literal; $($rest:tt)*
    ) => {
        $(#[$meta])*
        $vis async fn $name(
            session: &$crate::postgres::Session,
            $($arg: $type),*
        ) -> Result<(), $crate::postgres::DatabaseError> {
            let statement: $crate::postgres::sql::Statement = $crate::postgres::sql::sql_file!($path).into();
            let values: &[&dyn $crate::postgres::Value] = &[$(&$arg),*];
            session.execute_async_commit(&statement, values).await.map(drop)
        }
        $crate::postgres::query::queries!(@declare $path, Fixed, [$($type),*], Vec::new);
        $crate::postgres::query::queries!($($rest)*);
    };
    (@declare $path:literal, $kind:ident, [$($type:ty),*], $columns:expr) => {
        inventory::submit! {
            $crate::postgres::query::Declared {
                file: $crate::postgres::sql::sql_file!($path),
                parameters: || vec![$(<$type as $crate::postgres::value::Typed>::TYPE),*],
                columns: || $columns(),
                kind: $crate::postgres::query::Kind::$kind,
            }
        }
    };
}
pub(crate) use queries;

/// Declares files that are run without parameters and rows: `Session::run` takes them.
///
/// ```text
/// commands! { pub(crate) CREATE_SCHEMA = "ledger/schema/create.sql"; pub(crate) VACUUM = rendered "scrub/vacuum.sql"; }
/// ```
macro_rules! commands {
    ($($(#[$meta:meta])* $vis:vis $name:ident = $path:literal;)*) => {
        $(
            $(#[$meta])*
            $vis const $name: $crate::postgres::sql::SqlFile = $crate::postgres::sql::sql_file!($path);
            $crate::postgres::query::queries!(@declare $path, Command, [], Vec::new);
        )*
    };
}
pub(crate) use commands;

/// Declares changing statements with slots: a constant for the module that renders them. `Session::change` and
/// `Session::change_count` run them.
///
/// ```text
/// changes! { CLEAR(row_key: &str) = "media/clear.sql"; }
/// ```
macro_rules! changes {
    ($($(#[$meta:meta])* $vis:vis $name:ident($($parameter:ident: $type:ty),* $(,)?) = $path:literal;)*) => {
        $(
            $(#[$meta])*
            $vis const $name: $crate::postgres::sql::SqlFile = $crate::postgres::sql::sql_file!($path);
            $crate::postgres::query::queries!(@declare $path, Rendered, [$($type),*], Vec::new);
        )*
    };
}
pub(crate) use changes;

/// Declares `COPY … FROM STDIN` files: a constant for [`Session::copy_in`] with the columns in the order in which
/// [`CopyRows`](super::CopyRows) gathers them.
///
/// ```text
/// copies! { pub(crate) REQUESTS(submission_id: SubmissionId, request: Ordinal) = "ledger/submission/copy_requests.sql"; }
/// ```
macro_rules! copies {
    ($($(#[$meta:meta])* $vis:vis $name:ident($($column:ident: $type:ty),* $(,)?) = $path:literal;)*) => {
        $(
            $(#[$meta])*
            $vis const $name: $crate::postgres::sql::SqlFile = $crate::postgres::sql::sql_file!($path);
            inventory::submit! {
                $crate::postgres::query::Declared {
                    file: $crate::postgres::sql::sql_file!($path),
                    parameters: Vec::new,
                    columns: || vec![$($crate::postgres::row::Column {
                        name: stringify!($column),
                        sql_type: <$type as $crate::postgres::value::Typed>::TYPE,
                    }),*],
                    kind: $crate::postgres::query::Kind::CopyIn,
                }
            }
        )*
    };
}
pub(crate) use copies;
