//! A pool of direct sessions on the primary.

use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::managed::{Pool, PoolError};
use secrecy::SecretString;
use tokio_postgres::Client;

use super::connect::{Connector, Failure, Maker};
use super::environment::Environment;
use super::error::DatabaseError;
use super::keyword::AddressError;
use super::line::Lost;
use super::session::Session;
use super::sql::sql_file;
use super::target::Target;
use super::tls::{Tls, TlsMode};

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
                let ended = session.terminate(backend.process, backend.began).await;
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

async fn prove_usable(client: &Client) -> Result<(), ConnectError> {
    let row = client
        .query_typed_one(sql_file!("session/server_properties.sql").text, &[])
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
