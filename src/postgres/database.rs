//! The way to PostgreSQL: one direct session per worker, on a primary, quiet about values.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::managed::{Pool, PoolError};
use futures_util::join;
use secrecy::SecretString;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::connect::{Connector, Failure, Maker};
use super::environment::Environment;
use super::keyword::AddressError;
use super::line::{Backend, Lost};
use super::session::Session;
use super::target::Target;
use super::tls::{Tls, TlsMode};

/// A database error reduced to what cannot quote data (architecture, habit 9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseError {
    /// The five characters; `None` when the server could not be asked or did not answer.
    pub sqlstate: Option<String>,
    /// Table, column and constraint, as far as the server named them.
    place: String,
    /// A text that is known to hold no data.
    note: String,
}

impl DatabaseError {
    /// Whether the session is gone, so that nothing more can be done on it.
    pub fn is_lost_connection(&self) -> bool {
        match self.sqlstate.as_deref() {
            None => true,
            Some(code) => code.starts_with("08") || code.starts_with("57P0"),
        }
    }

    /// Whether the same transaction may succeed when it is tried again: serialization failure, deadlock, lock
    /// not available.
    pub fn is_transient(&self) -> bool {
        matches!(self.sqlstate.as_deref(), Some("40001" | "40P01" | "55P03"))
    }

    /// The same on a session that is still there, whatever the error says of it.
    pub fn may_pass(&self) -> bool {
        self.is_transient() || self.is_lost_connection()
    }

    /// Whether the server cannot write, whatever it is asked: its disk is full or fails.
    pub fn is_out_of_space(&self) -> bool {
        matches!(self.sqlstate.as_deref(), Some("53100" | "58030"))
    }

    /// Whether the server does not let this user into this database, today or tomorrow.
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
            // Empty where the function of `guard` raised it anew.
            .filter_map(|(what, name)| {
                name.filter(|n| !n.is_empty())
                    .map(|n| format!("{what} {n}"))
            })
            .collect();
        let code = server.code().code();
        // What a function raised, a trigger's above all, is its author's text whatever its SQLSTATE.
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

/// A client-side failure in words: the source's own text is about sockets and names, not about data.
pub(super) fn client_reason(error: &tokio_postgres::Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        words = format!("{words}: {inner}");
        source = inner.source();
    }
    words
}

/// Classes of errors whose message names objects, roles and settings, never a value of a row.
fn quotes_no_data(code: &str) -> bool {
    ["08", "28", "3D", "3F", "53", "55", "57", "58", "XX"]
        .iter()
        .any(|class| code.starts_with(class))
        || [
            "25006", "40001", "40P01", "42501", "42P01", "42703", "42883",
        ]
        .contains(&code)
}

/// Why no session can be had.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Exit 2: what is configured can't be used.
    #[error("the database address is not usable: {0}")]
    Address(String),
    #[error("no connection to the database: {0}")]
    Connect(Failure),
    #[error("no connection to the database: {0}")]
    Lost(DatabaseError),
    #[error("the server is PostgreSQL {0}; lethe needs 14 or later")]
    TooOld(String),
    #[error("the server is a standby (in recovery); connect to the primary")]
    Standby,
    #[error(
        "the connection goes through a pooler; lethe needs a direct session, connect to the server's own port"
    )]
    Pooler,
    #[error(
        "transactions are read-only by default here (default_transaction_read_only); lethe keeps a ledger and must write"
    )]
    ReadOnly,
    #[error("the database's encoding is {0}; lethe needs UTF8")]
    Encoding(String),
}

impl ConnectError {
    /// Whether the configuration must change before trying again helps.
    pub fn is_configuration(&self) -> bool {
        match self {
            ConnectError::Connect(failure) => failure.is_configuration(),
            ConnectError::Lost(error) => error.is_refused_login(),
            _ => true,
        }
    }
}

impl From<AddressError> for ConnectError {
    fn from(error: AddressError) -> ConnectError {
        ConnectError::Address(error.to_string())
    }
}

/// A pool of sessions on one database.
#[derive(Clone)]
pub struct Database {
    pool: Pool<Maker>,
    connector: Arc<Connector>,
}

/// Most sessions that a command opens.
pub const MAX_SESSIONS: usize = 20;
/// How long a session may take to end.
const ENDING: Duration = Duration::from_secs(5);
/// A value that only a session set up by Lethe itself has: a pooler in between loses or refuses it.
const DIRECT: &str = "lethe.session";

impl Database {
    /// Connects to `address` (URL or key/value form as libpq's, with what libpq takes from the environment) and proves that
    /// it is usable: a direct session on a primary, PostgreSQL 14 or later, UTF8.
    pub async fn connect(address: &str, application: &str) -> Result<Database, ConnectError> {
        Database::connect_in(&Environment::of_process(), address, application).await
    }

    /// Connects to a private cluster, whose address says all: the environment is about other servers.
    pub async fn connect_private(
        address: &str,
        application: &str,
    ) -> Result<Database, ConnectError> {
        Database::connect_in(&Environment::none(), address, application).await
    }

    async fn connect_in(
        environment: &Environment,
        address: &str,
        application: &str,
    ) -> Result<Database, ConnectError> {
        let target = Target::read(address, environment)?;
        for warning in &target.warnings {
            tracing::warn!("{warning}");
        }
        let asks_for_tls = target.is_remote() && target.tls.mode != TlsMode::Disable;
        let connector = Arc::new(Connector {
            // The system's roots are many files, not read for a local socket.
            tls: asks_for_tls.then(|| Tls::new(&target.tls)).transpose()?,
            application: application.to_owned(),
            options: match &target.options {
                Some(options) => format!("{options} -c {DIRECT}=direct"),
                None => format!("-c {DIRECT}=direct"),
            },
            target,
            lost: Lost::default(),
        });
        let pool = Pool::builder(Maker(connector.clone()))
            .max_size(MAX_SESSIONS)
            .build()
            .map_err(|e| ConnectError::Address(e.to_string()))?;
        let database = Database { pool, connector };
        let first = database.pool.get().await.map_err(|error| match error {
            PoolError::Backend(failure) => ConnectError::Connect(failure),
            other => ConnectError::Lost(pool_error(other)),
        })?;
        let _asking = first.line.ask();
        prove_usable(&first.client).await?;
        Ok(database)
    }

    /// The way to this database for programs of libpq that Lethe starts; a password may be among the values.
    pub fn variables(&self) -> Vec<(&'static str, SecretString)> {
        let words = self.connector.target.words.variables();
        words.map(|(name, value)| (name, value.into())).collect()
    }

    /// A session of its own, with Lethe's settings; it goes back to the pool when dropped.
    pub async fn session(&self) -> Result<Session, DatabaseError> {
        self.pool.get().await.map(Session::new).map_err(pool_error)
    }

    /// Ends the sessions that nobody uses now, and with them what they have staged.
    pub fn close_idle(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Ends sessions of this process that were lost on the way to the server: it may not have noticed, and their locks
    /// keep a submission from being gone on with. Waits a few seconds until they are gone.
    pub async fn end_lost(&self, session: &Session) -> Result<(), DatabaseError> {
        let give_up = Instant::now() + ENDING;
        let mut lost = self.connector.lost.take();
        loop {
            let mut left = Vec::new();
            for backend in lost {
                let ended = session.end(backend.process, backend.began).await;
                if ended.inspect_err(|_| self.connector.lost.add(Some(backend)))? {
                    left.push(backend);
                }
            }
            lost = left;
            if lost.is_empty() {
                return Ok(());
            }
            if Instant::now() > give_up {
                tracing::warn!("a lost session does not end; what it had locked waits for it");
                lost.into_iter()
                    .for_each(|backend| self.connector.lost.add(Some(backend)));
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn pool_error(error: PoolError<Failure>) -> DatabaseError {
    match error {
        PoolError::Backend(failure) => failure.into(),
        other => DatabaseError::client_side(&other.to_string()),
    }
}

/// Sets what every session needs: results that look the same everywhere, and no value in the server's log as far
/// as this role may decide that. Returns the process that serves it.
pub(super) async fn quieten(client: &Client) -> Result<Backend, tokio_postgres::Error> {
    let all: Vec<&str> = quiet_settings().collect();
    let at_once = all.join("\n");
    let (settings, quiet, checked, backend) = join!(
        client.batch_execute(include_str!("../../sql/session/settings.sql")),
        client.batch_execute(&at_once),
        client.batch_execute(include_str!("../../sql/session/check_client.sql")),
        client.query_typed_one(include_str!("../../sql/session/backend.sql"), &[]),
    );
    settings?;
    if let Err(error) = checked
        && error.as_db_error().is_none()
    {
        return Err(error);
    }
    let backend = backend?;
    let backend = Backend {
        process: backend.get(0),
        began: backend.get(1),
    };
    if quiet.is_ok() {
        return Ok(backend);
    }
    // One that this role may not set undid them all.
    for setting in all {
        match client.batch_execute(setting).await {
            Err(e) if e.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {}
            other => other?,
        }
    }
    Ok(backend)
}

/// The settings that keep a session out of the server log, as statements; most need a privilege.
fn quiet_settings() -> impl Iterator<Item = &'static str> {
    include_str!("../../sql/session/quiet.sql")
        .lines()
        .filter(|line| line.starts_with("SET "))
}

/// Their names.
pub fn quiet_setting_names() -> Vec<&'static str> {
    let name = |statement: &'static str| statement.split_whitespace().nth(1);
    quiet_settings().filter_map(name).collect()
}

/// Their names, each with the value that it is set to.
pub fn quiet_setting_values() -> Vec<(&'static str, &'static str)> {
    let value = |statement: &'static str| {
        let (name, value) = statement.strip_prefix("SET ")?.split_once(" = ")?;
        Some((name, value.trim_end_matches(';').trim_matches('\'')))
    };
    quiet_settings().filter_map(value).collect()
}

async fn prove_usable(client: &Client) -> Result<(), ConnectError> {
    let row = client
        .query_typed_one(include_str!("../../sql/session/usable.sql"), &[])
        .await
        .map_err(|e| ConnectError::Lost(e.into()))?;
    if row.get::<_, Option<&str>>("session_kind") != Some("direct") {
        return Err(ConnectError::Pooler);
    }
    if row.get::<_, i32>("version_num") < 140_000 {
        return Err(ConnectError::TooOld(row.get("version")));
    }
    if row.get("in_recovery") {
        return Err(ConnectError::Standby);
    }
    if row.get("read_only") {
        return Err(ConnectError::ReadOnly);
    }
    let encoding: String = row.get("encoding");
    if encoding != "UTF8" {
        Err(ConnectError::Encoding(encoding))
    } else {
        Ok(())
    }
}
