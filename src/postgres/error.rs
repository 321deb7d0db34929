//! Errors of the database, without values of rows.

use std::fmt;

/// A database error, reduced to what cannot quote the value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseError {
    /// The SQLSTATE; `None` where the server could not be reached or did not answer.
    pub sqlstate: Option<String>,
    /// Table, column and constraint, where the server names them.
    place: String,
    /// A text that holds no data.
    note: String,
}

impl DatabaseError {
    /// Whether the session is lost.
    pub fn is_lost_connection(&self) -> bool {
        match self.sqlstate.as_deref() {
            None => true,
            Some(code) => code.starts_with("08") || code.starts_with("57P0"),
        }
    }

    /// Whether the transaction may succeed when it is retried on the same session: serialization failure, deadlock,
    /// lock not available.
    pub fn is_transient(&self) -> bool {
        matches!(self.sqlstate.as_deref(), Some("40001" | "40P01" | "55P03"))
    }

    /// Whether the transaction may succeed when it is retried, on a new session if this one is lost.
    pub fn is_retryable(&self) -> bool {
        self.is_transient() || self.is_lost_connection()
    }

    /// Whether the server cannot write at all: its disk is full or fails.
    pub fn is_out_of_space(&self) -> bool {
        matches!(self.sqlstate.as_deref(), Some("53100" | "58030"))
    }

    /// Whether the server refuses the login, and will until its or our configuration changes.
    pub(super) fn is_refused_login(&self) -> bool {
        let refused = |code: &str| code.starts_with("28") || code.starts_with("3D");
        self.sqlstate.as_deref().is_some_and(refused)
    }

    /// `<SQLSTATE or short reason>` of a response (contract section 3).
    pub fn short_reason(&self) -> &str {
        self.sqlstate.as_deref().unwrap_or("connection lost")
    }

    pub(super) fn client_side(note: &str) -> DatabaseError {
        DatabaseError {
            sqlstate: None,
            place: String::new(),
            note: note.to_owned(),
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sqlstate {
            Some(code) => write!(f, "the database answered with SQLSTATE {code}")?,
            None => write!(f, "the database did not answer")?,
        }
        if !self.note.is_empty() {
            write!(f, ": {}", self.note)?;
        }
        if !self.place.is_empty() {
            write!(f, " ({})", self.place)?;
        }
        Ok(())
    }
}

impl std::error::Error for DatabaseError {}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> DatabaseError {
        DatabaseError::from(&error)
    }
}

impl From<&tokio_postgres::Error> for DatabaseError {
    fn from(error: &tokio_postgres::Error) -> DatabaseError {
        let Some(server) = error.as_db_error() else {
            return DatabaseError::client_side(&client_reason(error));
        };
        let named = [
            ("table", server.table()),
            ("column", server.column()),
            ("constraint", server.constraint()),
        ];
        let place: Vec<String> = named
            .iter()
            // The guard function raises errors again with empty names.
            .filter_map(|(kind, name)| {
                name.filter(|n| !n.is_empty())
                    .map(|n| format!("{kind} {n}"))
            })
            .collect();
        let code = server.code().code();
        // An error raised by a function, such as a trigger, carries its author's text under any SQLSTATE.
        let note = if quotes_no_data(code) && server.where_().is_none() {
            server.message().to_owned()
        } else {
            String::new()
        };
        DatabaseError {
            sqlstate: Some(code.to_owned()),
            place: place.join(", "),
            note,
        }
    }
}

/// A failure of the client as text, with its causes: they name sockets and hosts, never data.
pub(super) fn client_reason(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// Whether the message of an error of this class names objects, roles and settings, but never a value of a row.
fn quotes_no_data(code: &str) -> bool {
    ["08", "28", "3D", "3F", "53", "55", "57", "58", "XX"]
        .iter()
        .any(|class| code.starts_with(class))
        || [
            "25006", "40001", "40P01", "42501", "42P01", "42703", "42883",
        ]
        .contains(&code)
}
