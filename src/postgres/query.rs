//! Queries: a declaration of parameters and row is a typed async function.

use futures_util::{Stream, TryStreamExt as _};
use tokio_postgres::Row;

use super::error::DatabaseError;
use super::row::{Column, ColumnError, Fields, FromRow, Mismatch};
use super::session::Session;
use super::sql::{Statement, sql_file};
use super::value::Value;

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

/// Runs a declared statement in a transaction of its own with asynchronous commit.
pub(crate) async fn run_deferred(
    session: &Session,
    statement: &Statement,
    values: &[&dyn Value],
) -> Result<(), DatabaseError> {
    let changed = session.execute_async_commit(statement, values).await;
    changed.map(drop)
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
        $crate::postgres::declared::declare!($path, Fixed, [$($type),*], <$out as $crate::postgres::query::Outcome>::columns);
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
        $crate::postgres::declared::declare!($path, Rendered, [$($type),*], <$out as $crate::postgres::query::Outcome>::columns);
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
        $crate::postgres::declared::declare!($path, Fixed, [$($type),*], <$row as $crate::postgres::row::FromRow>::columns);
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
            $crate::postgres::query::run_deferred(session, &statement, values).await
        }
        $crate::postgres::declared::declare!($path, Fixed, [$($type),*], Vec::new);
        $crate::postgres::query::queries!($($rest)*);
    };
}
pub(crate) use queries;
