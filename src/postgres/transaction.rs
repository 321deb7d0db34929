//! Transactions of a session.

use super::error::DatabaseError;
use super::query::commands;
use super::session::Session;

commands! {
    BEGIN = "session/begin.sql";
    ASYNC_COMMIT = "session/async_commit.sql";
    COMMIT = "session/commit.sql";
    ROLLBACK = "session/rollback.sql";
}

impl Session {
    pub async fn begin(&self) -> Result<(), DatabaseError> {
        self.run(&BEGIN.into()).await
    }

    /// Opens a transaction with asynchronous commit: for work that is repeated if it is lost.
    pub(crate) async fn begin_async_commit(&self) -> Result<(), DatabaseError> {
        self.run(&ASYNC_COMMIT.into()).await
    }

    pub async fn commit(&self) -> Result<(), DatabaseError> {
        self.run(&COMMIT.into()).await
    }

    /// Rolls back. An error means that the session is lost, and the transaction with it.
    pub(crate) async fn rollback(&self) -> Result<(), DatabaseError> {
        self.run(&ROLLBACK.into()).await
    }
}
