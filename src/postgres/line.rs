//! Whether the other end of a session is still there: what is asked and not answered, and sessions that were lost.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A server process, by its number and the microsecond in which it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backend {
    pub process: i32,
    pub began: i64,
}

/// What is known of one connection.
#[derive(Debug)]
pub struct Line {
    opened: Instant,
    /// Once it is asked for, right after the login.
    backend: OnceLock<Backend>,
    /// Statements that are under way.
    asking: AtomicU32,
    /// When the last byte was wanted that has not come, or the first of these statements began: milliseconds since it
    /// was opened. [`SERVED`] while what came is not yet taken.
    waits_since: AtomicU64,
}

/// Nothing is waited for.
const SERVED: u64 = u64::MAX;

impl Line {
    pub fn new() -> Arc<Line> {
        Arc::new(Line {
            opened: Instant::now(),
            backend: OnceLock::new(),
            asking: AtomicU32::new(0),
            waits_since: AtomicU64::new(SERVED),
        })
    }

    pub fn is_served_by(&self, backend: Backend) {
        // Asked once for each connection.
        let _ = self.backend.set(backend);
    }

    pub fn backend(&self) -> Option<Backend> {
        self.backend.get().copied()
    }

    /// A statement is under way until the result is dropped.
    pub fn ask(self: &Arc<Line>) -> Asking {
        if self.asking.fetch_add(1, Ordering::Relaxed) == 0 {
            // Silence in between was nobody's fault.
            self.excuse();
        }
        Asking(self.clone())
    }

    /// For how long a statement has had no byte of its answer, though the client would take it.
    pub fn waits(&self) -> Option<Duration> {
        let since = self.waits_since.load(Ordering::Relaxed);
        let waits = self.asking.load(Ordering::Relaxed) > 0 && since != SERVED;
        waits.then(|| Duration::from_millis(self.now().saturating_sub(since)))
    }

    /// Begins to count anew.
    pub fn excuse(&self) {
        let now = self.now();
        let counted = |since: u64| (since != SERVED).then_some(now);
        // A byte that comes in between counts, too.
        let _ = self
            .waits_since
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, counted);
    }

    fn now(&self) -> u64 {
        self.opened.elapsed().as_millis() as u64
    }

    /// Nothing to read, for whoever wants to.
    fn finds_nothing(&self) {
        let now = self.now();
        let first = |since: u64| (since == SERVED).then_some(now);
        let _ = self
            .waits_since
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, first);
    }
}

/// A statement that is under way.
pub struct Asking(Arc<Line>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.asking.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that tells its line when something comes.
pub struct Heard<S> {
    pub stream: S,
    pub line: Arc<Line>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        match read {
            Poll::Ready(_) => this.line.waits_since.store(SERVED, Ordering::Relaxed),
            Poll::Pending => this.line.finds_nothing(),
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        if written.is_ready() {
            // As long as we send, an answer need not come.
            this.line.excuse();
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

/// Sessions that ended though nobody here ended them: the server may go on with them, and hold their locks.
#[derive(Debug, Default)]
pub struct Lost(Mutex<Vec<Backend>>);

impl Lost {
    pub fn add(&self, backend: Option<Backend>) {
        self.all().extend(backend);
    }

    /// Those that there are, which are taken out.
    pub fn take(&self) -> Vec<Backend> {
        std::mem::take(&mut *self.all())
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Backend>> {
        // A list is whole also where whoever held it panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn only_a_statement_without_an_answer_waits() {
        let (mut server, client) = tokio::io::duplex(64);
        let line = Line::new();
        let mut heard = Heard {
            stream: client,
            line: line.clone(),
        };
        let mut bytes = [0; 4];
        let nothing = tokio::time::timeout(Duration::from_millis(20), heard.read(&mut bytes));
        assert!(nothing.await.is_err());
        assert_eq!(line.waits(), None, "nobody asks");
        let asking = line.ask();
        assert!(line.waits().unwrap() < Duration::from_millis(15));
        let nothing = tokio::time::timeout(Duration::from_millis(30), heard.read(&mut bytes));
        assert!(nothing.await.is_err());
        assert!(line.waits().unwrap() >= Duration::from_millis(25));
        server.write_all(b"some").await.unwrap();
        heard.read_exact(&mut bytes).await.unwrap();
        assert_eq!(line.waits(), None, "it is for us to take what came");
        drop(asking);
    }
}
