//! Whether the server still answers: how long a statement has waited for its answer.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Client;

/// A server process, identified for good by its number and its start time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend {
    pub process: i32,
    /// Microseconds since 1970.
    pub started: i64,
}

impl Backend {
    /// The server process of a client.
    pub async fn of(client: &Client) -> Result<Backend, tokio_postgres::Error> {
        // Pipelined; the rollback follows in any case.
        let (begun, row, ended) = tokio::join!(
            client.batch_execute(include_str!("../sql/as_login.sql")),
            client.query_typed_one(include_str!("../sql/backend.sql"), &[]),
            client.batch_execute("ROLLBACK"),
        );
        begun?;
        let row = row?;
        ended?;
        Ok(Backend {
            process: row.try_get(0)?,
            started: row.try_get(1)?,
        })
    }
}

/// What is known about one connection. [`Connector::watch`](crate::Connector::watch) uses it.
#[derive(Debug)]
pub struct Liveness {
    opened: Instant,
    backend: OnceLock<Backend>,
    running: AtomicU32,
    /// Since when an answer is overdue: the time when a read first found nothing, or the first running statement
    /// began, in milliseconds since the connection was opened. [`NOT_WAITING`] while received bytes are not yet read.
    waiting_since: AtomicU64,
}

const NOT_WAITING: u64 = u64::MAX;

impl Liveness {
    pub(crate) fn new() -> Arc<Liveness> {
        Arc::new(Liveness {
            opened: Instant::now(),
            backend: OnceLock::new(),
            running: AtomicU32::new(0),
            waiting_since: AtomicU64::new(NOT_WAITING),
        })
    }

    /// Sets the server process, which a watch needs; only the first call has an effect.
    pub fn set_backend(&self, backend: Backend) {
        let _ = self.backend.set(backend);
    }

    /// The server process, once it is set.
    pub fn backend(&self) -> Option<Backend> {
        self.backend.get().copied()
    }

    /// Marks a statement as running until the result is dropped. Silence counts only while one is.
    pub fn statement(self: &Arc<Liveness>) -> RunningStatement {
        if self.running.fetch_add(1, Ordering::Relaxed) == 0 {
            // The silence before the statement does not count.
            self.restart();
        }
        RunningStatement(self.clone())
    }

    /// How long a running statement has received nothing although the client was reading.
    pub(crate) fn waiting(&self) -> Option<Duration> {
        let since = self.waiting_since.load(Ordering::Relaxed);
        let is_waiting = self.running.load(Ordering::Relaxed) > 0 && since != NOT_WAITING;
        is_waiting.then(|| Duration::from_millis(self.now().saturating_sub(since)))
    }

    /// Restarts the measurement of [`Liveness::waiting`].
    pub(crate) fn restart(&self) {
        let now = self.now();
        let restarted = |since: u64| (since != NOT_WAITING).then_some(now);
        // A byte received in between wins.
        let _ = self
            .waiting_since
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, restarted);
    }

    fn now(&self) -> u64 {
        self.opened.elapsed().as_millis() as u64
    }

    fn found_nothing(&self) {
        let now = self.now();
        let first = |since: u64| (since == NOT_WAITING).then_some(now);
        let _ = self
            .waiting_since
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, first);
    }
}

/// A statement that is running.
#[derive(Debug)]
pub struct RunningStatement(Arc<Liveness>);

impl Drop for RunningStatement {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that records when bytes arrive.
pub(crate) struct MonitoredStream<S> {
    pub(crate) stream: S,
    pub(crate) liveness: Arc<Liveness>,
}

impl<S: AsyncRead + Unpin> AsyncRead for MonitoredStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        match read {
            Poll::Ready(_) => this
                .liveness
                .waiting_since
                .store(NOT_WAITING, Ordering::Relaxed),
            Poll::Pending => this.liveness.found_nothing(),
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for MonitoredStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        if written.is_ready() {
            // No answer is due while the client still sends.
            this.liveness.restart();
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn only_a_statement_without_an_answer_is_waiting() {
        let (mut server, client) = tokio::io::duplex(64);
        let liveness = Liveness::new();
        let mut monitored = MonitoredStream {
            stream: client,
            liveness: liveness.clone(),
        };
        let mut bytes = [0; 4];
        let nothing = tokio::time::timeout(Duration::from_millis(20), monitored.read(&mut bytes));
        assert!(nothing.await.is_err());
        assert_eq!(liveness.waiting(), None, "no statement is running");
        let statement = liveness.statement();
        assert!(liveness.waiting().unwrap() < Duration::from_millis(15));
        let nothing = tokio::time::timeout(Duration::from_millis(30), monitored.read(&mut bytes));
        assert!(nothing.await.is_err());
        assert!(liveness.waiting().unwrap() >= Duration::from_millis(25));
        server.write_all(b"some").await.unwrap();
        monitored.read_exact(&mut bytes).await.unwrap();
        assert_eq!(liveness.waiting(), None, "the client has an answer to read");
        drop(statement);
    }
}
