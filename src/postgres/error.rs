//! Errors of the database, without values of rows.

use std::fmt;

use pg_connect::{ConnectError, ConnectErrorKind, describe_client_error, message_without_values};
use tokio_postgres::error::{DbError, SqlState};

/// A database error, reduced to what cannot quote the value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseError {
    /// The SQLSTATE; `None` where the server could not be reached or did not answer.
    pub sqlstate: Option<String>,
    /// Table, column and constraint, where the server names them.
    place: String,
    /// A text that holds no data.
    note: String,
    origin: Origin,
}

/// Where an error arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Server,
    /// The session is lost, or never was.
    Connection,
    /// A row that the program cannot read; the session is fine.
    Row,
    /// What the database made of a transaction, which Lethe then rolled back; the session is fine.
    Refusal,
}

impl DatabaseError {
    /// Whether the session is lost.
    pub(crate) fn is_lost_connection(&self) -> bool {
        match self.sqlstate.as_deref() {
            None => self.origin == Origin::Connection,
            Some(code) => code.starts_with("08") || code.starts_with("57P0"),
        }
    }

    /// Whether the server returned a row that this program cannot read. The session is usable.
    pub(crate) fn is_unreadable_row(&self) -> bool {
        self.origin == Origin::Row
    }

    /// Whether the transaction may succeed when it is retried on the same session: serialization failure, deadlock,
    /// lock not available.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.sqlstate.as_deref(), Some("40001" | "40P01" | "55P03"))
    }

    /// Whether the transaction may succeed when it is retried, on a new session if this one is lost.
    pub(crate) fn is_retryable(&self) -> bool {
        self.is_transient() || self.is_lost_connection()
    }

    /// Whether the server lacks what every transaction needs: its disk is full or fails, its memory or the table of its
    /// locks is full, or a limit of its configuration is reached.
    pub(crate) fn is_out_of_resources(&self) -> bool {
        let lacking = |code: &str| code.starts_with("53") || code == "54000" || code == "58030";
        self.sqlstate.as_deref().is_some_and(lacking)
    }

    /// Whether the server rejected a value: a data exception or an integrity violation.
    pub(crate) fn rejects_value(&self) -> bool {
        let rejected = |code: &str| code.starts_with("22") || code.starts_with("23");
        self.sqlstate.as_deref().is_some_and(rejected)
    }

    /// Whether the server refuses the login, and will until its or our configuration changes.
    pub(super) fn is_refused_login(&self) -> bool {
        let refused = |code: &str| pg_connect::is_refused_login(&SqlState::from_code(code));
        self.sqlstate.as_deref().is_some_and(refused)
    }

    /// `<SQLSTATE or short reason>` of a response (contract section 3).
    pub(crate) fn short_reason(&self) -> &str {
        match (&self.sqlstate, self.origin) {
            (Some(code), _) => code,
            (None, Origin::Refusal) => &self.note,
            (None, _) => "connection lost",
        }
    }

    /// Why Lethe rolled the transaction back, if it did because of what the database made of it.
    pub(crate) fn refusal(&self) -> Option<&str> {
        (self.origin == Origin::Refusal).then_some(self.note.as_str())
    }

    pub(super) fn client_side(note: &str) -> DatabaseError {
        DatabaseError {
            sqlstate: None,
            place: String::new(),
            note: note.to_owned(),
            origin: Origin::Connection,
        }
    }

    /// A transaction that Lethe rolled back because of what the database made of it; `reason` holds no data. `place` names an
    /// object of the database, and may be empty.
    pub(crate) fn refused(reason: String, place: String) -> DatabaseError {
        DatabaseError {
            sqlstate: None,
            place,
            note: reason,
            origin: Origin::Refusal,
        }
    }

    /// A row that does not fit its declaration; `message` holds no data.
    pub(crate) fn unreadable(message: String) -> DatabaseError {
        DatabaseError {
            sqlstate: None,
            place: String::new(),
            note: message,
            origin: Origin::Row,
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Row => return f.write_str(&self.note),
            Origin::Refusal => {
                write!(f, "a transaction was rolled back: {}", self.note)?;
                return match self.place.is_empty() {
                    true => Ok(()),
                    false => write!(f, " ({})", self.place),
                };
            }
            Origin::Server | Origin::Connection => {}
        }
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
        if self.sqlstate.as_deref() == Some("53200") {
            f.write_str("; if the table of its locks is full, raise max_locks_per_transaction")?;
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
        match error.as_db_error() {
            Some(error) => DatabaseError::from(error),
            None => DatabaseError::client_side(&describe_client_error(error)),
        }
    }
}

impl From<&DbError> for DatabaseError {
    fn from(error: &DbError) -> DatabaseError {
        let names = [
            ("table", error.table()),
            ("column", error.column()),
            ("constraint", error.constraint()),
        ];
        let place: Vec<String> = names
            .iter()
            // The guard function raises errors again with empty names.
            .filter_map(|(kind, name)| {
                name.filter(|name| !name.is_empty())
                    .map(|name| format!("{kind} {name}"))
            })
            .collect();
        DatabaseError {
            sqlstate: Some(error.code().code().to_owned()),
            place: place.join(", "),
            note: message_without_values(error).unwrap_or_default().to_owned(),
            origin: Origin::Server,
        }
    }
}

impl From<ConnectError> for DatabaseError {
    fn from(error: ConnectError) -> DatabaseError {
        match error.kind() {
            ConnectErrorKind::Server(error) => DatabaseError::from(error.as_ref()),
            _ => DatabaseError::client_side(error.detail()),
        }
    }
}
