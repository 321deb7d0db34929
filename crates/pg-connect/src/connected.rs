//! A new connection.

use std::sync::Arc;

use tokio_postgres::Client;

use super::authentication::GuardedStream;
use super::liveness::Liveness;

/// The driver's half of a connection: a future that must be polled, usually in a task of its own.
pub type Connection = tokio_postgres::Connection<GuardedStream, GuardedStream>;

/// A new connection.
pub struct Connected {
    pub client: Client,
    pub connection: Connection,
    pub liveness: Arc<Liveness>,
}
