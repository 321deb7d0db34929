//! Errors of changing statements, kept out of the server's log where this role may not set what the server logs.
//!
//! What a constraint or a trigger says can quote a row, and the server logs it before anybody can ask it not to. So the
//! statement runs inside a function of the session (`sql/session/guard.sql`) that catches the error and raises it anew with
//! nothing but its SQLSTATE and what it is about. That costs a subtransaction, which takes an ID of its own: the proof of
//! `execute::alone` then fails, and FORGET looks again.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{DatabaseError, Session, Value};
use crate::postgres::sql::{Statement, sql_file};

/// Whether changes of a session run inside the function.
#[derive(Debug, Default)]
pub(super) struct Guard(AtomicBool);

/// What a changing statement takes.
#[derive(Debug, Clone, Copy)]
pub enum Inputs<'a> {
    None,
    /// `$1`, `$2`: ordinals of placeholders, from above the first up to the second.
    Ordinals(i32, i32),
    /// `$1`: the key of a row.
    Key(&'a str),
}

impl Session {
    /// From here on errors of [`Session::change`] and its kin are not logged with values, whatever this role may set.
    /// Outside a transaction; again after temporary objects were discarded. Without PL/pgSQL nothing can be caught: then it
    /// is told, once for each session.
    pub async fn guard(&self) -> Result<(), DatabaseError> {
        let asked = self
            .query_opt(&sql_file!("session/guarded.sql").into(), &[])
            .await?;
        let (logs, may_catch) = asked.map_or((false, false), |row| (row.get(0), row.get(1)));
        if logs && may_catch {
            self.begin_passing().await?;
            let defined = self.run(&sql_file!("session/guard.sql").into()).await;
            match defined {
                Ok(()) => self.commit().await?,
                Err(error) => {
                    self.rollback().await?;
                    return Err(error);
                }
            }
        } else if logs {
            tracing::warn!(
                "errors may quote rows in the server's log: this role may neither set log_min_messages nor use PL/pgSQL; \
                 grant what `lethe catalogue grants` prints"
            );
        }
        self.guard.0.store(logs && may_catch, Ordering::Relaxed);
        Ok(())
    }

    /// Runs a changing statement that returns one number.
    pub async fn change_count(
        &self,
        statement: &Statement,
        inputs: Inputs<'_>,
    ) -> Result<i64, DatabaseError> {
        if self.is_guarded() {
            return self.guarded(Some(&statement.sql), inputs).await;
        }
        match inputs {
            Inputs::None => self.query_count(statement, &[]).await,
            Inputs::Ordinals(above, to) => self.query_count(statement, &[&above, &to]).await,
            Inputs::Key(key) => self.query_count(statement, &[&key]).await,
        }
    }

    /// Runs a changing statement that returns nothing.
    pub async fn change(
        &self,
        statement: &Statement,
        inputs: Inputs<'_>,
    ) -> Result<(), DatabaseError> {
        if self.is_guarded() {
            // Only where it has a key does the function expect no number.
            let inputs = match inputs {
                Inputs::None => Inputs::Key(""),
                given => given,
            };
            return self.guarded(Some(&statement.sql), inputs).await.map(drop);
        }
        let done = match inputs {
            Inputs::None => self.execute(statement, &[]).await,
            Inputs::Ordinals(above, to) => self.execute(statement, &[&above, &to]).await,
            Inputs::Key(key) => self.execute(statement, &[&key]).await,
        };
        done.map(drop)
    }

    /// The last of a transaction that changes rows: what is deferred to its end would fail outside the function.
    pub async fn check_deferred(&self) -> Result<(), DatabaseError> {
        if self.is_guarded() {
            self.guarded(None, Inputs::None).await?;
        }
        Ok(())
    }

    fn is_guarded(&self) -> bool {
        self.guard.0.load(Ordering::Relaxed)
    }

    async fn guarded(&self, sql: Option<&str>, inputs: Inputs<'_>) -> Result<i64, DatabaseError> {
        let (above, to, key) = match inputs {
            Inputs::None => (None, None, None),
            Inputs::Ordinals(above, to) => (Some(above), Some(to), None),
            Inputs::Key(key) => (None, None, Some(key)),
        };
        let values: [&dyn Value; 4] = [&sql, &above, &to, &key];
        self.query_count(&sql_file!("session/change.sql").into(), &values)
            .await
    }
}
