//! Changing statements, whose errors stay out of the server's log even where this role may not set what it logs.
//!
//! The error of a constraint or a trigger can quote a row, and the server logs it before a client can intervene. So the
//! statement runs inside a function of the session (`sql/session/guard.sql`) that catches the error and raises it again
//! with only its SQLSTATE and the names of table, column and constraint. This costs a subtransaction, which takes a
//! transaction ID of its own: the exclusive-writer proof of the engine then fails, and FORGET searches once more.

use super::declared::commands;
use super::error::DatabaseError;
use super::query::{One, Outcome as _, queries};
use super::row::row;
use super::session::{Session, trace};
use super::sql::Statement;

row! {
    /// Whether errors must and can be kept out of the server's log.
    struct GuardCapability {
        logs: bool,
        may_catch: bool,
    }
}

row! {
    /// The number of rows that a change changed.
    pub(crate) struct RowCount {
        row_count: i64,
    }
}

queries! {
    fn guard_capability() -> One<GuardCapability> = "session/guard_capability.sql";
    fn guarded_change(
        change: Option<&str>,
        above: Option<i32>,
        to: Option<i32>,
        key: Option<&str>,
    ) -> One<RowCount> = "session/guarded_change.sql";
}

commands! {
    CREATE_GUARD = "session/guard.sql";
    CHECK_CONSTRAINTS = "session/check_constraints.sql";
}

/// The parameters of a changing statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inputs<'a> {
    None,
    /// `$1`, `$2`: ordinals of placeholders, above the first and up to the second.
    Ordinals(i32, i32),
    /// `$1`: the key of a row.
    Key(&'a str),
}

impl Session {
    /// Keeps errors of [`Session::change`] and [`Session::change_count`] out of the server's log, even where this role
    /// may not change what the server logs. Call it outside a transaction, and again after `DISCARD TEMP`. Without
    /// PL/pgSQL errors cannot be caught, and it logs a warning, once per session.
    pub(crate) async fn guard(&self) -> Result<(), DatabaseError> {
        let One(GuardCapability { logs, may_catch }) = guard_capability(self).await?;
        if logs && may_catch {
            self.begin_async_commit().await?;
            let defined = self.run(&CREATE_GUARD.into()).await;
            match defined {
                Ok(()) => self.commit().await?,
                Err(error) => {
                    self.rollback().await?;
                    return Err(error);
                }
            }
        } else if logs {
            tracing::warn!(
                "the server may log errors that quote rows\n  \
                 detail: this role may neither set log_min_messages nor use PL/pgSQL\n  \
                 hint: grant the privileges that `lethe catalogue grants` prints"
            );
        }
        if logs && may_catch {
            self.guard.turn_on();
        } else {
            self.guard.turn_off();
        }
        Ok(())
    }

    /// Runs a changing statement that returns a [`RowCount`].
    pub(crate) async fn change_count(
        &self,
        statement: &Statement,
        inputs: Inputs<'_>,
    ) -> Result<i64, DatabaseError> {
        if self.guard.is_on() {
            trace(statement);
            return self.guarded(Some(&statement.sql), inputs).await;
        }
        let One(changed) = match inputs {
            Inputs::None => One::<RowCount>::fetch(self, statement, &[]).await?,
            Inputs::Ordinals(above, to) => One::fetch(self, statement, &[&above, &to]).await?,
            Inputs::Key(key) => One::fetch(self, statement, &[&key]).await?,
        };
        Ok(changed.row_count)
    }

    /// Runs a changing statement that takes no parameters and returns nothing.
    pub(crate) async fn change(&self, statement: &Statement) -> Result<(), DatabaseError> {
        if self.guard.is_on() {
            trace(statement);
            // The function expects a number back unless the key is empty.
            let guarded = self.guarded(Some(&statement.sql), Inputs::Key("")).await;
            return guarded.map(drop);
        }
        self.execute(statement, &[]).await.map(drop)
    }

    /// Checks deferred constraints and fires deferred triggers, after the last change of a transaction: at COMMIT they would
    /// run outside the guard function, and what they do would be looked at by nobody.
    pub(crate) async fn check_deferred(&self) -> Result<(), DatabaseError> {
        match self.guard.is_on() {
            true => self.guarded(None, Inputs::None).await.map(drop),
            false => self.run(&CHECK_CONSTRAINTS.into()).await,
        }
    }

    async fn guarded(&self, sql: Option<&str>, inputs: Inputs<'_>) -> Result<i64, DatabaseError> {
        let (above, to, key) = match inputs {
            Inputs::None => (None, None, None),
            Inputs::Ordinals(above, to) => (Some(above), Some(to), None),
            Inputs::Key(key) => (None, None, Some(key)),
        };
        let One(changed) = guarded_change(self, sql, above, to, key).await?;
        Ok(changed.row_count)
    }
}
