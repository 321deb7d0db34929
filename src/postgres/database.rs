//! A pool of direct sessions on the primary.

use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::managed::{Pool, PoolError};
use pg_connect::{Config, ConfigError, Connector, Environment, SessionAttrs};
use secrecy::SecretString;
use strum::{EnumString, IntoStaticStr};
use tokio_postgres::Client;

use super::error::DatabaseError;
use super::lost::LostSessions;
use super::pool::SessionManager;
use super::query::{One, queries, read_row};
use super::row::{row, text_enum};
use super::session::Session;
use super::sql::sql_file;

/// A pool of sessions on one database.
#[derive(Clone)]
pub struct Database {
    pool: Pool<SessionManager>,
    connector: Arc<Connector>,
    lost: Arc<LostSessions>,
    superuser: Option<Superuser>,
}

/// A role to which the server refuses nothing, and that the role of a session is or can become without asking anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superuser {
    /// The role of the session.
    pub(crate) session_role: String,
    /// The role that logged in, which `SET ROLE` or `ALTER ROLE … SET role` may have replaced.
    pub(crate) login_role: String,
    pub(crate) role: String,
    pub(crate) kind: SuperuserKind,
}

/// Why the server refuses a role nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum SuperuserKind {
    Superuser,
    /// It reads or writes any file of the server, or runs programs as its user.
    ServerFiles,
    /// It has CREATEROLE, with which it can make itself a member of any other; before PostgreSQL 16.
    CreateRole,
}

text_enum! { SuperuserKind }

/// The most sessions that a command opens.
pub(crate) const MAX_SESSIONS: usize = 20;
/// How long to wait for a terminated session to end.
const TERMINATION: Duration = Duration::from_secs(5);
/// A setting that only sessions set up by Lethe itself have: a pooler in between drops or rejects it.
const DIRECT: &str = "lethe.session";

row! {
    /// What a server must be, and a session have, before Lethe uses them.
    pub(crate) struct ServerProperties {
        session_kind: Option<String>,
        pub(crate) version_num: i32,
        version: String,
        encoding: String,
        in_recovery: bool,
        read_only: bool,
        replication_role: String,
        role_name: String,
        login_name: String,
        superuser_role: Option<String>,
        superuser_kind: Option<SuperuserKind>,
    }
}

queries! {
    pub(crate) fn server_properties() -> One<ServerProperties> = "session/server_properties.sql";
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("the database address cannot be used\n  detail: {}{}", .0.message(), rest(.0))]
    Address(ConfigError),
    #[error("cannot set up the connection pool\n  detail: {0}")]
    Pool(String),
    #[error("{0}")]
    Connect(pg_connect::ConnectError),
    #[error("cannot connect to the database\n  detail: {0}")]
    Lost(DatabaseError),
    #[error(
        "the server is too old\n  detail: it is PostgreSQL {0}\n  hint: Lethe needs PostgreSQL 14 or later"
    )]
    TooOld(String),
    #[error("the server is a standby (in recovery)\n  hint: connect to the primary")]
    Standby,
    #[error(
        "the connection goes through a pooler\n  hint: connect to the server's own port, as Lethe needs a direct session"
    )]
    Pooler,
    #[error(
        "transactions are read-only by default (default_transaction_read_only)\n  \
         hint: set it to off for this role or database, as Lethe writes a ledger"
    )]
    ReadOnly,
    #[error(
        "triggers and foreign keys are off in this session (session_replication_role)\n  detail: it is {0}\n  \
         hint: reset it for this role or database, as a FORGET must not pass them over"
    )]
    ReplicationRole(String),
    #[error(
        "the encoding of the database is not UTF8\n  detail: it is {0}\n  hint: use a database with encoding UTF8"
    )]
    Encoding(String),
}

impl ConnectError {
    /// Whether a retry is pointless until a configuration changes (exit code 2).
    pub fn is_configuration(&self) -> bool {
        match self {
            ConnectError::Connect(error) => error.is_configuration(),
            ConnectError::Lost(error) => error.is_refused_login(),
            _ => true,
        }
    }
}

/// Detail and hint of an address's error, below its message.
fn rest(error: &ConfigError) -> String {
    let detail = error
        .detail()
        .map(|detail| format!(": {detail}"))
        .unwrap_or_default();
    let hint = error
        .hint()
        .map(|hint| format!("\n  hint: {hint}"))
        .unwrap_or_default();
    detail + &hint
}

impl Database {
    /// Connects to `address`, which has libpq's URL or key/value form and is completed from the environment as libpq
    /// does, and checks that it can be used: a direct session on a primary, PostgreSQL 14 or later, encoding UTF8.
    pub async fn connect(address: &str, application: &str) -> Result<Database, ConnectError> {
        Database::connect_in(&Environment::of_process(), address, application).await
    }

    /// Connects to a private cluster, without the environment, which describes other servers.
    pub(crate) async fn connect_private(
        address: &str,
        application: &str,
    ) -> Result<Database, ConnectError> {
        Database::connect_in(&Environment::empty(), address, application).await
    }

    async fn connect_in(
        environment: &Environment,
        address: &str,
        application: &str,
    ) -> Result<Database, ConnectError> {
        let config = config(environment, address, application).map_err(ConnectError::Address)?;
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let connector = Arc::new(Connector::new(config).map_err(ConnectError::Address)?);
        let lost = Arc::new(LostSessions::default());
        let manager = SessionManager {
            connector: connector.clone(),
            lost: lost.clone(),
        };
        let pool = Pool::builder(manager)
            .max_size(MAX_SESSIONS)
            .build()
            .map_err(|error| ConnectError::Pool(error.to_string()))?;
        let mut database = Database {
            pool,
            connector,
            lost,
            superuser: None,
        };
        let first = database.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => ConnectError::Connect(error),
            other => ConnectError::Lost(pool_error(other)),
        })?;
        let running = first.liveness.statement();
        database.superuser = check_usable(&first.client).await?;
        drop(running);
        drop(first);
        Ok(database)
    }

    /// The superuser that the role of its sessions is or can become; `None`: the server limits what it may do.
    pub(crate) fn superuser(&self) -> Option<&Superuser> {
        self.superuser.as_ref()
    }

    /// The environment variables that make other libpq programs connect to this database; they may include a password.
    pub(crate) fn variables(&self) -> Vec<(&'static str, SecretString)> {
        self.connector.config().environment_variables()
    }

    /// A session with Lethe's settings, which returns to the pool when dropped.
    pub async fn session(&self) -> Result<Session, DatabaseError> {
        self.pool.get().await.map(Session::new).map_err(pool_error)
    }

    /// Ends the sessions that are not in use, and with them what they have staged.
    pub(crate) fn close_idle(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Terminates sessions of this process whose connection was lost: the server may not have noticed, and their locks
    /// would block the submission. Waits a few seconds for them to end.
    pub(crate) async fn end_lost(&self, session: &Session) -> Result<(), DatabaseError> {
        let deadline = Instant::now() + TERMINATION;
        let mut lost = self.lost.take();
        loop {
            let mut remaining = Vec::new();
            for backend in lost {
                let existed = session.terminate(backend).await;
                if existed.inspect_err(|_| self.lost.add(Some(backend)))? {
                    remaining.push(backend);
                }
            }
            lost = remaining;
            if lost.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                tracing::warn!("a lost session does not end, and still holds its locks");
                lost.into_iter()
                    .for_each(|backend| self.lost.add(Some(backend)));
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Lethe writes, so among several hosts it looks for the primary where the address does not say what to look for.
fn config(
    environment: &Environment,
    address: &str,
    application: &str,
) -> Result<Config, ConfigError> {
    let mut config = Config::parse(address, environment)?;
    if config.has_several_hosts() && config.session_attrs().is_none() {
        config.set_session_attrs(SessionAttrs::ReadWrite);
    }
    config.set_application_name(application);
    config.add_setting(DIRECT, "direct");
    Ok(config)
}

fn pool_error(error: PoolError<pg_connect::ConnectError>) -> DatabaseError {
    match error {
        PoolError::Backend(error) => error.into(),
        other => DatabaseError::client_side(&other.to_string()),
    }
}

/// Fails if Lethe cannot work with the server or the session. Returns the superuser that its role is or can become.
async fn check_usable(client: &Client) -> Result<Option<Superuser>, ConnectError> {
    let file = sql_file!("session/server_properties.sql");
    let row = client
        .query_typed_one(file.text, &[])
        .await
        .map_err(|e| ConnectError::Lost(e.into()))?;
    let server: ServerProperties = read_row(file.path, &row).map_err(ConnectError::Lost)?;
    if server.session_kind.as_deref() != Some("direct") {
        return Err(ConnectError::Pooler);
    }
    if server.version_num < 140_000 {
        return Err(ConnectError::TooOld(server.version));
    }
    if server.in_recovery {
        return Err(ConnectError::Standby);
    }
    if server.read_only {
        return Err(ConnectError::ReadOnly);
    }
    if server.replication_role != "origin" {
        return Err(ConnectError::ReplicationRole(server.replication_role));
    }
    if server.encoding != "UTF8" {
        return Err(ConnectError::Encoding(server.encoding));
    }
    Ok(server.superuser())
}

impl ServerProperties {
    fn superuser(self) -> Option<Superuser> {
        let (role, kind) = self.superuser_role.zip(self.superuser_kind)?;
        Some(Superuser {
            session_role: self.role_name,
            login_role: self.login_name,
            role,
            kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn among_several_hosts_the_primary_is_looked_for() {
        let attrs = |address: &str| {
            let config = config(&Environment::empty(), address, "test").unwrap();
            config.session_attrs()
        };
        assert_eq!(attrs("user=u host=a"), None);
        assert_eq!(attrs("user=u host=a,b"), Some(SessionAttrs::ReadWrite));
        assert_eq!(
            attrs("user=u host=a,b target_session_attrs=any"),
            Some(SessionAttrs::Any)
        );
    }
}
