//! Detects a connection whose answers will never arrive.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_postgres::types::{ToSql, Type};

use super::config::Keepalives;
use super::connect::Connector;
use super::connected::Connected;
use super::error::ConnectError;
use super::liveness::{Backend, Liveness};

/// What another connection says about a server process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    Active,
    /// It executes nothing, waits for its client, or has ended.
    Inactive,
}

impl Connector {
    /// Returns once the connection is known to be lost; drop the future when the connection ends.
    ///
    /// A network that drops packets silently ends no connection. So when a statement has had no answer for
    /// `keepalives_idle`, this asks the server on another connection whether it still executes the statement. The
    /// connection is lost if it does not, or if no connection can be made for `keepalives_count` attempts. Needs
    /// [`Liveness::set_backend`] and [`Liveness::statement`]; with `keepalives=0` it never returns.
    pub async fn watch(&self, liveness: &Liveness) {
        let tcp = &self.config().tcp;
        if tcp.keepalives == Keepalives::Off {
            return std::future::pending().await;
        }
        let interval = tcp.interval.min(tcp.idle);
        let mut failures = 0;
        loop {
            let waiting = liveness.waiting().unwrap_or_default();
            let (Some(backend), true) = (liveness.backend(), waiting >= tcp.idle) else {
                failures = 0;
                // No longer than the earliest time at which the silence can have lasted long enough.
                let left = tcp.idle.saturating_sub(waiting);
                tokio::time::sleep(left.max(Duration::from_millis(10))).await;
                continue;
            };
            match self.activity(backend).await {
                Ok(Activity::Active) => liveness.restart(),
                // An answer may have arrived meanwhile.
                Ok(Activity::Inactive)
                    if liveness
                        .waiting()
                        .is_some_and(|waiting| waiting >= tcp.idle) =>
                {
                    tracing::warn!(
                        "closing a silent connection\n  detail: the server executes no statement for it"
                    );
                    return;
                }
                Ok(Activity::Inactive) => {}
                // The server is there, but accepts no connection: it may be out of connection slots.
                Err(error) if !error.allows_next_host() => liveness.restart(),
                Err(error) => {
                    failures += 1;
                    tracing::warn!(
                        failures,
                        "a connection is silent, and no other can be made\n  detail: {}",
                        error.detail()
                    );
                    if failures >= tcp.count {
                        return;
                    }
                    tokio::time::sleep(interval).await;
                }
            }
        }
    }

    /// Asks on a new connection what a server process does.
    async fn activity(&self, backend: Backend) -> Result<Activity, ConnectError> {
        let Connected {
            client, connection, ..
        } = self.connect().await?;
        // Aborted where this function ends: a server that does not answer would keep the connection open.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let query = async {
            let values: [(&(dyn ToSql + Sync), Type); 2] = [
                (&backend.process, Type::INT4),
                (&backend.started, Type::INT8),
            ];
            // Pipelined; the transaction ends with the connection.
            let (begun, rows) = tokio::join!(
                client.batch_execute(include_str!("../sql/as_login.sql")),
                client.query_typed(include_str!("../sql/is_active.sql"), &values),
            );
            begun
                .and(rows)
                .map_err(|error| ConnectError::in_session(&error))
        };
        let rows = self.within_timeout(query).await?;
        // The driver ends with the client, after it has told the server.
        drop(client);
        driver.join_next().await;
        let is_active = rows
            .first()
            // NULL: this role may not see the state.
            .is_some_and(|row| row.get::<_, Option<bool>>(0).unwrap_or(true));
        Ok(match is_active {
            true => Activity::Active,
            false => Activity::Inactive,
        })
    }
}
