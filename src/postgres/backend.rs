//! Server processes: that of a session, and those of sessions that were lost.

use pg_connect::Backend;

use super::declared::commands;
use super::error::DatabaseError;
use super::query::{One, queries};
use super::row::row;
use super::session::Session;

row! {
    /// The server process of a session.
    struct ServerProcess {
        process: i32,
    }
}

row! {
    /// A session that still existed.
    #[expect(dead_code, reason = "only whether there is a row matters")]
    struct Terminated {
        ended: bool,
    }
}

commands! { BEGIN_AS_LOGIN = "session/as_login.sql"; }

queries! {
    fn cancel_statement(process: i32) = "session/cancel.sql";
    fn set_application_name(name: &str) = "session/set_application_name.sql";
    fn backend_pid() -> One<ServerProcess> = "session/backend_pid.sql";
    fn terminate_lost(process: i32, started: i64) -> Option<Terminated> = "session/terminate_lost.sql";
}

impl Session {
    /// Sets the name of the session in `pg_stat_activity`, which must not hold a value.
    pub(crate) async fn name(&self, name: &str) -> Result<(), DatabaseError> {
        set_application_name(self, name).await
    }

    /// The server process of this session.
    pub async fn process(&self) -> Result<i32, DatabaseError> {
        let One(backend) = backend_pid(self).await?;
        Ok(backend.process)
    }

    /// Terminates another session, lost by this process; false where it has already ended.
    pub(super) async fn terminate(&self, backend: Backend) -> Result<bool, DatabaseError> {
        self.run(&BEGIN_AS_LOGIN.into()).await?;
        let ended = terminate_lost(self, backend.process, backend.started).await;
        self.rollback().await?;
        Ok(ended?.is_some())
    }

    /// Cancels the current statement of another session of this process.
    pub(crate) async fn cancel(&self, process: i32) -> Result<(), DatabaseError> {
        self.run(&BEGIN_AS_LOGIN.into()).await?;
        let cancelled = cancel_statement(self, process).await;
        self.rollback().await?;
        cancelled
    }
}
