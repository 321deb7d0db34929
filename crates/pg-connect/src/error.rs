//! Errors: a configuration that cannot be used, and a connection that could not be made.

use std::error::Error;
use std::fmt;
use std::io;

use tokio_postgres::error::{DbError, SqlState};
use trusted_path::PathError;

/// Why an address, or a file that it refers to, cannot be used.
///
/// Its texts name parameters, variables, files and lines, but never a value: a value can be a password, or part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    message: String,
    detail: Option<String>,
    hint: Option<String>,
}

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> ConfigError {
        ConfigError {
            message: message.into(),
            detail: None,
            hint: None,
        }
    }

    pub(crate) fn with_detail(mut self, detail: impl fmt::Display) -> ConfigError {
        self.detail = Some(detail.to_string());
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> ConfigError {
        self.hint = Some(hint.into());
        self
    }

    /// The file that `kind` describes can be changed by others, or a part of its path cannot be examined.
    pub(crate) fn untrusted(kind: &str, error: PathError) -> ConfigError {
        match error {
            PathError::Untrusted(weak) => {
                ConfigError::new(format!("the {kind} can be changed by other users"))
                    .with_detail(weak.detail())
                    .with_hint(weak.hint())
            }
            PathError::Io { .. } => {
                ConfigError::new(format!("cannot examine the {kind}")).with_detail(error)
            }
        }
    }

    /// Adds where the error is, in front of the message.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> ConfigError {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// What is wrong, on one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where, or why, if the message does not say it.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// What to change.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        write_lines(f, self.detail.as_deref(), self.hint.as_deref())
    }
}

impl Error for ConfigError {}

/// A [`ConfigError`] with a message only.
pub(crate) fn invalid<T>(message: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError::new(message))
}

/// A [`ConfigError`] with a hint.
pub(crate) fn invalid_hint<T>(
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Result<T, ConfigError> {
    Err(ConfigError::new(message).with_hint(hint))
}

/// Why there is no connection, host by host.
///
/// Its texts hold no password and no value of a row.
#[derive(Debug, Clone)]
pub struct ConnectError {
    kind: ConnectErrorKind,
    detail: String,
    hint: Option<String>,
}

/// What stopped the last attempt, or the first host that may still become available.
#[derive(Debug, Clone)]
pub enum ConnectErrorKind {
    /// No server answered. Another host may, or the same one later.
    Unreachable,
    /// The server does not match `target_session_attrs`.
    Unsuitable,
    /// TLS could not be established as configured.
    Tls,
    /// The authentication that the server requested was refused by the client.
    Authentication,
    /// The server reported an error.
    Server(Box<DbError>),
}

impl ConnectError {
    pub(crate) fn new(kind: ConnectErrorKind, detail: impl fmt::Display) -> ConnectError {
        ConnectError {
            kind,
            detail: detail.to_string(),
            hint: None,
        }
    }

    pub(crate) fn unreachable(detail: impl fmt::Display) -> ConnectError {
        ConnectError::new(ConnectErrorKind::Unreachable, detail)
            .with_hint("check that the server is running, and check its host and port")
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> ConnectError {
        self.hint = Some(hint.into());
        self
    }

    /// The same error with another detail.
    pub(crate) fn with_detail(mut self, detail: String) -> ConnectError {
        self.detail = detail;
        self
    }

    /// What stopped the attempt.
    pub fn kind(&self) -> &ConnectErrorKind {
        &self.kind
    }

    /// What went wrong with each host, on one line.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What to change.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether a retry is pointless until the configuration of the client or the server changes.
    pub fn is_configuration(&self) -> bool {
        match &self.kind {
            ConnectErrorKind::Unreachable => false,
            ConnectErrorKind::Unsuitable
            | ConnectErrorKind::Tls
            | ConnectErrorKind::Authentication => true,
            ConnectErrorKind::Server(error) => is_refused_login(error.code()),
        }
    }

    /// Whether the next host is tried. As in libpq, it is not after a server has refused the login.
    pub(crate) fn allows_next_host(&self) -> bool {
        match &self.kind {
            ConnectErrorKind::Unreachable | ConnectErrorKind::Unsuitable => true,
            ConnectErrorKind::Tls | ConnectErrorKind::Authentication => false,
            ConnectErrorKind::Server(_) => self.is_server_not_ready(),
        }
    }

    /// Whether the same server may accept the connection with TLS instead of without, or the reverse.
    pub(crate) fn allows_other_encryption(&self) -> bool {
        match &self.kind {
            ConnectErrorKind::Tls => true,
            ConnectErrorKind::Server(_) => !self.is_server_not_ready(),
            _ => false,
        }
    }

    /// Whether the server is starting, stopping or recovering.
    fn is_server_not_ready(&self) -> bool {
        matches!(&self.kind, ConnectErrorKind::Server(error) if *error.code() == SqlState::CANNOT_CONNECT_NOW)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot connect to the database")?;
        write_lines(f, Some(&self.detail), self.hint.as_deref())
    }
}

impl Error for ConnectError {}

impl From<&DbError> for ConnectError {
    fn from(error: &DbError) -> ConnectError {
        let code = error.code().code();
        let detail = match message_without_values(error) {
            Some(message) => format!("the server answered with SQLSTATE {code}: {message}"),
            None => format!("the server answered with SQLSTATE {code}"),
        };
        ConnectError::new(ConnectErrorKind::Server(Box::new(error.clone())), detail)
    }
}

/// Whether the server refuses this user or this database, and will until a configuration changes.
pub fn is_refused_login(code: &SqlState) -> bool {
    code.code().starts_with("28") || code.code().starts_with("3D")
}

/// The message of a server error, where it cannot quote the value of a row.
///
/// `None` for error classes whose messages can, and for errors raised inside a function (of a trigger, for example),
/// whose message is whatever its author wrote.
pub fn message_without_values(error: &DbError) -> Option<&str> {
    let names_objects_only = [
        "08", "28", "3D", "3F", "53", "55", "57", "58", "XX", "25006", "40001", "40P01", "42501",
        "42P01", "42703", "42883",
    ];
    let code = error.code().code();
    let harmless = names_objects_only
        .iter()
        .any(|class| code.starts_with(class));
    (harmless && error.where_().is_none()).then_some(error.message())
}

/// An error of the client with its causes, on one line: they name sockets and hosts, never data.
pub fn describe_client_error(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// Whether an error of the driver comes from the network.
pub(crate) fn is_network_error(error: &tokio_postgres::Error) -> bool {
    error.is_closed()
        || error
            .source()
            .is_some_and(|source| source.is::<io::Error>())
}

fn write_lines(
    f: &mut fmt::Formatter<'_>,
    detail: Option<&str>,
    hint: Option<&str>,
) -> fmt::Result {
    if let Some(detail) = detail {
        write!(f, "\n  detail: {detail}")?;
    }
    match hint {
        Some(hint) => write!(f, "\n  hint: {hint}"),
        None => Ok(()),
    }
}
