//! One session: it runs statements and reduces errors to what cannot quote data.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use deadpool::managed::Object;
use futures_util::{SinkExt as _, Stream, StreamExt as _, join, pin_mut};
use pg_connect::RunningStatement;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::copy_rows::CopyRows;
use super::error::DatabaseError;
use super::guard::Guard;
use super::notices::Notice;
use super::pool::SessionManager;
use super::settings::LocalSettings;
use super::sql::Statement;
use super::value::Value;

/// A session from the pool. [`Session::begin`], [`Session::commit`] and [`Session::rollback`] delimit transactions; the
/// server rolls an open one back when the session ends.
///
/// A statement is sent unprepared at first, and prepared once it runs often: most run once or twice. Statements run
/// concurrently (`join!`) are pipelined, and executed in order.
pub struct Session {
    object: Object<SessionManager>,
    /// How often each statement ran, up to [`FEW`].
    times: Mutex<HashMap<String, u32>>,
    pub(super) guard: Guard,
    local: Mutex<LocalSettings>,
    /// Whether the session sets its time limits itself.
    own_limits: AtomicBool,
}

/// The settings of [`Session::manage_limits`].
const LIMITS: [&str; 2] = ["lock_timeout", "statement_timeout"];

/// A statement that runs less often is not prepared: preparing is a round trip of its own.
const FEW: u32 = 2;

impl Session {
    pub(super) fn new(object: Object<SessionManager>) -> Session {
        Session {
            object,
            times: Mutex::default(),
            guard: Guard::default(),
            local: Mutex::default(),
            own_limits: AtomicBool::new(false),
        }
    }

    /// Whether a statement has run too rarely to be prepared.
    fn is_rare(&self, statement: &Statement) -> bool {
        // A panic elsewhere leaves the counts consistent.
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        match times.get_mut(&statement.sql) {
            Some(times) => {
                *times += u32::from(*times < FEW);
                *times < FEW
            }
            None => {
                times.insert(statement.sql.clone(), 0);
                true
            }
        }
    }

    /// The token of this session, if it was drawn.
    pub(super) fn known_token(&self) -> Option<i64> {
        self.object.token.get().copied()
    }

    /// Keeps the token that was drawn; the first one counts.
    pub(super) fn know_token(&self, token: i64) {
        self.object.token.get_or_init(|| token);
    }

    /// The bare client, for tests.
    pub fn client(&self) -> &Client {
        &self.object.client
    }

    /// The bare client, for migrations.
    pub(super) fn client_mut(&mut self) -> &mut Client {
        &mut self.object.client
    }

    /// Runs a statement and returns its rows.
    pub(super) async fn query(
        &self,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<Vec<Row>, DatabaseError> {
        let _running = self.object.liveness.statement();
        trace(statement);
        if self.is_rare(statement) {
            let values = typed(values);
            return Ok(self
                .object
                .client
                .query_typed(&statement.sql, &values)
                .await?);
        }
        let prepared = self.object.client.prepare_cached(&statement.sql).await?;
        Ok(self
            .object
            .client
            .query(&prepared, &untyped(values))
            .await?)
    }

    /// Runs a statement and streams its rows.
    pub(super) async fn stream<'s>(
        &'s self,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<impl Stream<Item = Result<Row, DatabaseError>> + use<'s>, DatabaseError> {
        let values = typed(values);
        let running = self.object.liveness.statement();
        trace(statement);
        let rows = self
            .object
            .client
            .query_typed_raw(&statement.sql, values)
            .await?;
        Ok(while_running(rows, running))
    }

    /// Runs a statement that returns at most one row.
    pub(super) async fn query_opt(
        &self,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<Option<Row>, DatabaseError> {
        Ok(self.query(statement, values).await?.into_iter().next())
    }

    /// Runs a statement and returns how many rows it changed.
    pub(super) async fn execute(
        &self,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<u64, DatabaseError> {
        let _running = self.object.liveness.statement();
        trace(statement);
        if self.is_rare(statement) {
            let values = typed(values);
            return Ok(self
                .object
                .client
                .execute_typed(&statement.sql, &values)
                .await?);
        }
        let prepared = self.object.client.prepare_cached(&statement.sql).await?;
        Ok(self
            .object
            .client
            .execute(&prepared, &untyped(values))
            .await?)
    }

    /// Runs a statement in a transaction of its own with asynchronous commit; returns how many rows it changed.
    pub(super) async fn execute_async_commit(
        &self,
        statement: &Statement,
        values: &[&dyn Value],
    ) -> Result<u64, DatabaseError> {
        let _running = self.object.liveness.statement();
        trace(statement);
        let values = typed(values);
        // Pipelined; COMMIT rolls back a transaction that failed.
        let (begun, executed, committed) = join!(
            self.begin_async_commit(),
            self.object.client.execute_typed(&statement.sql, &values),
            self.commit(),
        );
        begun?;
        let rows = executed?;
        committed?;
        Ok(rows)
    }

    /// Leaves the time limits of this session to its user: they may differ from those that Lethe sets in every session.
    pub(crate) fn manage_limits(&self) {
        self.own_limits.store(true, Ordering::Relaxed);
    }

    /// Takes the time limits back, which are restored.
    pub(crate) fn restored_limits(&self) {
        self.own_limits.store(false, Ordering::Relaxed);
    }

    /// Fails where the settings of the session are not those that Lethe made. It is sent without waiting for anything.
    pub(super) async fn compare_settings(&self) -> Result<(), DatabaseError> {
        let _running = self.object.liveness.statement();
        let own: &[&str] = match self.own_limits.load(Ordering::Relaxed) {
            true => &LIMITS,
            false => &[],
        };
        let expected = self.object.settings.expected(&self.local(), own);
        expected.compare(&self.object.client).await
    }

    fn local(&self) -> MutexGuard<'_, LocalSettings> {
        // A panic elsewhere leaves them consistent.
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs statements without parameters or rows: definitions and settings.
    pub(crate) async fn run(&self, statement: &Statement) -> Result<(), DatabaseError> {
        let _running = self.object.liveness.statement();
        trace(statement);
        self.local().note(statement.path);
        Ok(self.object.client.batch_execute(&statement.sql).await?)
    }

    /// Runs a statement outside a transaction, and returns the notices the server sent: the report of `VACUUM
    /// (VERBOSE)`, warnings.
    pub(crate) async fn run_and_listen(
        &self,
        statement: &Statement,
    ) -> Result<Vec<Notice>, DatabaseError> {
        self.object.notices.take();
        self.run(statement).await?;
        Ok(self.object.notices.take())
    }

    /// Runs statements without parameters or rows in one transaction and one message.
    pub(crate) async fn run_all(&self, statements: &[Statement]) -> Result<(), DatabaseError> {
        let _running = self.object.liveness.statement();
        statements.iter().for_each(trace);
        statements
            .iter()
            .for_each(|statement| self.local().note(statement.path));
        let all: Vec<&str> = statements.iter().map(|s| s.sql.as_str()).collect();
        Ok(self.object.client.batch_execute(&all.join(";\n")).await?)
    }

    /// Whether the connection is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.object.client.is_closed()
    }

    /// Sends rows to a `COPY … FROM STDIN` statement; without rows it is not run.
    pub async fn copy_in(
        &self,
        statement: &Statement,
        rows: &mut CopyRows,
    ) -> Result<u64, DatabaseError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let _running = self.object.liveness.statement();
        trace(statement);
        let sink = self
            .object
            .client
            .copy_in::<_, Bytes>(&statement.sql)
            .await?;
        pin_mut!(sink);
        for part in rows.take_parts() {
            sink.feed(part).await?;
        }
        Ok(sink.finish().await?)
    }

    /// Starts a `COPY … TO STDOUT` statement.
    pub(crate) async fn copy_out(
        &self,
        statement: &Statement,
    ) -> Result<impl Stream<Item = Result<Bytes, DatabaseError>>, DatabaseError> {
        let running = self.object.liveness.statement();
        trace(statement);
        let rows = self.object.client.copy_out(&statement.sql).await?;
        Ok(while_running(rows, running))
    }
}

/// Logs which statement is sent: its file and the table or column that it is about, never a value.
pub(super) fn trace(statement: &Statement) {
    tracing::trace!(file = statement.path, about = statement.about, "statement");
}

/// A stream of rows; the statement counts as running until it is dropped.
fn while_running<T>(
    rows: impl Stream<Item = Result<T, tokio_postgres::Error>>,
    running: RunningStatement,
) -> impl Stream<Item = Result<T, DatabaseError>> {
    rows.map(move |row| {
        let _running = &running;
        row.map_err(DatabaseError::from)
    })
}

fn typed<'a>(values: &[&'a dyn Value]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    let typed = |value: &&'a dyn Value| (value.to_sql(), value.sql_type());
    values.iter().map(typed).collect()
}

fn untyped<'a>(values: &[&'a dyn Value]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value.to_sql()).collect()
}
