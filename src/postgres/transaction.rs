//! Transactions and temporary tables of a session.

use futures_util::join;

use super::declared::commands;
use super::error::DatabaseError;
use super::session::Session;
use super::settings::{
    BEGIN, BEGIN_ASYNC_COMMIT, BEGIN_PROBE, BEGIN_SAMPLE, BEGIN_SEARCH, BEGIN_SNAPSHOT,
};

commands! {
    COMMIT = "session/commit.sql";
    ROLLBACK = "session/rollback.sql";
    /// See [`Session::discard_temp`].
    pub(crate) DISCARD_TEMP = "stage/discard.sql";
}

impl Session {
    pub async fn begin(&self) -> Result<(), DatabaseError> {
        self.run(&BEGIN.into()).await
    }

    /// Opens a transaction with asynchronous commit: for work that is repeated if it is lost.
    pub(crate) async fn begin_async_commit(&self) -> Result<(), DatabaseError> {
        self.run(&BEGIN_ASYNC_COMMIT.into()).await
    }

    /// Opens a read-only transaction that sees one snapshot.
    pub(crate) async fn begin_snapshot(&self) -> Result<(), DatabaseError> {
        self.run(&BEGIN_SNAPSHOT.into()).await
    }

    /// Opens a read-only transaction for a search over a whole table, with a time limit.
    pub(crate) async fn begin_search(&self) -> Result<(), DatabaseError> {
        self.run(&BEGIN_SEARCH.into()).await
    }

    /// Opens a read-only transaction for a look at some values, with a short time limit.
    pub(crate) async fn begin_sample(&self) -> Result<(), DatabaseError> {
        self.run(&BEGIN_SAMPLE.into()).await
    }

    /// Opens a read-only transaction for the evaluation of expressions without any row, with a short time limit.
    pub(crate) async fn begin_probe(&self) -> Result<(), DatabaseError> {
        self.run(&BEGIN_PROBE.into()).await
    }

    /// Commits, or rolls back and fails where the transaction failed or its settings are not those that Lethe made.
    pub async fn commit(&self) -> Result<(), DatabaseError> {
        // Pipelined; COMMIT rolls back a transaction that failed.
        let commit = COMMIT.into();
        let (compared, committed) = join!(self.compare_settings(), self.run(&commit));
        compared?;
        committed
    }

    /// Rolls back. An error means that the session is lost, and the transaction with it.
    pub(crate) async fn rollback(&self) -> Result<(), DatabaseError> {
        self.run(&ROLLBACK.into()).await
    }

    /// Removes the temporary tables, and with them what was staged before.
    pub(crate) async fn discard_temp(&self) -> Result<(), DatabaseError> {
        self.run(&DISCARD_TEMP.into()).await
    }
}
