//! Declarations: what is known of each file of `sql/` before a server sees it, and the macros for files that are no queries.
//!
//! A test prepares every declared file on a server and compares the types, so that a file and its declaration cannot
//! differ, and finds files that no declaration names.

use tokio_postgres::types::Type;

use super::row::Column;
use super::sql::SqlFile;

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
    /// `COPY (…) TO STDOUT`: no column is read, the rows pass as they are sent.
    CopyOut,
}

inventory::collect!(Declared);

/// All declarations, by path.
pub fn declarations() -> Vec<&'static Declared> {
    let mut all: Vec<&Declared> = inventory::iter::<Declared>.into_iter().collect();
    all.sort_by_key(|declared| declared.file.path);
    all
}

/// The declared file at a path, which is a literal of the program. Panics where there is none, in the first test that lists
/// it.
pub(crate) fn declared(path: &str) -> SqlFile {
    inventory::iter::<Declared>
        .into_iter()
        .find(|declared| declared.file.path == path)
        .unwrap_or_else(|| panic!("sql/{path} is not declared"))
        .file
}

/// Declares a file: its kind, the types of its parameters, and a function that returns its columns.
macro_rules! declare {
    ($path:literal, $kind:ident, [$($type:ty),*], $columns:expr) => {
        inventory::submit! {
            $crate::postgres::declared::Declared {
                file: $crate::postgres::sql::sql_file!($path),
                parameters: || vec![$(<$type as $crate::postgres::value::Typed>::TYPE),*],
                columns: || $columns(),
                kind: $crate::postgres::declared::Kind::$kind,
            }
        }
    };
}
pub(crate) use declare;

/// Declares files that are run without parameters and rows: `Session::run` takes them.
///
/// ```text
/// commands! { pub(crate) CREATE_SCHEMA = "ledger/migrate/create.sql"; pub(crate) VACUUM = "scrub/vacuum.sql"; }
/// ```
macro_rules! commands {
    ($($(#[$meta:meta])* $vis:vis $name:ident = $path:literal;)*) => {
        $(
            $(#[$meta])*
            $vis const $name: $crate::postgres::sql::SqlFile = $crate::postgres::sql::sql_file!($path);
            $crate::postgres::declared::declare!($path, Command, [], Vec::new);
        )*
    };
}
pub(crate) use commands;

/// Declares changing statements with slots: a constant for the module that renders them. `Session::change` runs those that
/// return nothing, `Session::change_count` those that return `RowCount`.
///
/// ```text
/// changes! {
///     CLEAR(row_key: &str) = "media/clear.sql";
///     REDACT() -> RowCount = "forget/redact.sql";
/// }
/// ```
macro_rules! changes {
    ($($(#[$meta:meta])* $vis:vis $name:ident($($parameter:ident: $type:ty),* $(,)?) $(-> $row:ty)? = $path:literal;)*) => {
        $(
            $(#[$meta])*
            $vis const $name: $crate::postgres::sql::SqlFile = $crate::postgres::sql::sql_file!($path);
            $crate::postgres::declared::declare!(
                $path, Rendered, [$($type),*], $crate::postgres::declared::changes!(@columns $($row)?)
            );
        )*
    };
    (@columns) => { Vec::new };
    (@columns $row:ty) => { <$row as $crate::postgres::row::FromRow>::columns };
}
pub(crate) use changes;

/// Declares `COPY (…) TO STDOUT` files with slots: a constant for the module that renders them. `Session::copy_out` runs
/// them.
///
/// ```text
/// copies_out! { ROWS = "export/rows.sql"; }
/// ```
macro_rules! copies_out {
    ($($(#[$meta:meta])* $vis:vis $name:ident = $path:literal;)*) => {
        $(
            $(#[$meta])*
            $vis const $name: $crate::postgres::sql::SqlFile = $crate::postgres::sql::sql_file!($path);
            $crate::postgres::declared::declare!($path, CopyOut, [], Vec::new);
        )*
    };
}
pub(crate) use copies_out;

/// Declares `COPY … FROM STDIN` files: a constant for `Session::copy_in` with the columns in the order in which
/// `CopyRows` gathers them.
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
                $crate::postgres::declared::Declared {
                    file: $crate::postgres::sql::sql_file!($path),
                    parameters: Vec::new,
                    columns: || vec![$($crate::postgres::row::Column {
                        name: stringify!($column),
                        sql_type: <$type as $crate::postgres::value::Typed>::TYPE,
                    }),*],
                    kind: $crate::postgres::declared::Kind::CopyIn,
                }
            }
        )*
    };
}
pub(crate) use copies;
