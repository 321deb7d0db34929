//! Makes sessions for the pool.

use std::sync::{Arc, OnceLock};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use deadpool_postgres::ClientWrapper;
use pg_connect::{ConnectError, Connected, Connector, Liveness};

use super::lost::LostSessions;
use super::notices::Notices;
use super::settings::{self, SessionSettings};

/// Makes sessions for the pool, with Lethe's settings.
pub(super) struct SessionManager {
    pub(super) connector: Arc<Connector>,
    pub(super) lost: Arc<LostSessions>,
}

/// A connection of the pool.
pub(super) struct PooledConnection {
    pub(super) client: ClientWrapper,
    pub(super) liveness: Arc<Liveness>,
    pub(super) notices: Notices,
    /// See [`Session::token`](super::session::Session::token).
    pub(super) token: OnceLock<i64>,
    /// As they were when the session started.
    pub(super) settings: SessionSettings,
}

impl managed::Manager for SessionManager {
    type Type = PooledConnection;
    type Error = ConnectError;

    async fn create(&self) -> Result<PooledConnection, ConnectError> {
        let mut pooled = self.serve(self.connector.connect().await?);
        let setup = async {
            let applied = settings::apply(&pooled.client).await;
            applied.map_err(|error| ConnectError::in_session(&error))
        };
        let (backend, settings) = self.connector.within_timeout(setup).await?;
        pooled.settings = settings;
        pooled.liveness.set_backend(backend);
        Ok(pooled)
    }

    async fn recycle(
        &self,
        pooled: &mut PooledConnection,
        _: &Metrics,
    ) -> RecycleResult<ConnectError> {
        if pooled.client.is_closed() {
            Err(RecycleError::message("closed"))
        } else {
            Ok(())
        }
    }
}

impl SessionManager {
    /// Drives a connection in a task of its own until it ends or is lost. The user of the client sees the end.
    fn serve(&self, connected: Connected) -> PooledConnection {
        let Connected {
            client,
            mut connection,
            liveness,
        } = connected;
        let notices = Notices::default();
        let (connector, lost) = (self.connector.clone(), self.lost.clone());
        let (watched, received) = (liveness.clone(), notices.clone());
        let task = tokio::spawn(async move {
            let is_lost = tokio::select! {
                ended = received.serve(&mut connection) => ended.is_err(),
                () = connector.watch(&watched) => true,
            };
            if is_lost {
                lost.add(watched.backend());
            }
        });
        PooledConnection {
            client: ClientWrapper::new(client, task),
            liveness,
            notices,
            token: OnceLock::new(),
            settings: SessionSettings::default(),
        }
    }
}
