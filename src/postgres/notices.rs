//! What the server says beside its answers: the driver would only log it, and `VACUUM (VERBOSE)` says nowhere else what
//! it could not remove.

use std::collections::VecDeque;
use std::future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::error::Severity;
use tokio_postgres::{AsyncMessage, Connection};

/// A notice of the server. Never shown: it may quote data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Whether it is a warning.
    pub warns: bool,
    /// Message and detail.
    pub text: String,
}

/// The last notices of a session.
#[derive(Clone, Default)]
pub struct Notices(Arc<Mutex<VecDeque<Notice>>>);

/// Most notices that are kept: those of one statement are fewer, and nobody takes those of others.
const MOST: usize = 200;

impl Notices {
    /// Serves a connection to its end. A statement's notices are here before its answer is.
    pub async fn serve<S, T>(
        &self,
        connection: &mut Connection<S, T>,
    ) -> Result<(), tokio_postgres::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
        T: AsyncRead + AsyncWrite + Unpin,
    {
        while let Some(message) = future::poll_fn(|context| connection.poll_message(context)).await
        {
            if let AsyncMessage::Notice(notice) = message? {
                let detail = notice.detail().unwrap_or_default();
                self.keep(Notice {
                    warns: notice.parsed_severity() == Some(Severity::Warning),
                    text: format!("{}\n{detail}", notice.message()),
                });
            }
        }
        Ok(())
    }

    fn keep(&self, notice: Notice) {
        let mut heard = self.all();
        if heard.len() == MOST {
            heard.pop_front();
        }
        heard.push_back(notice);
    }

    /// Those since the last time.
    pub fn take(&self) -> Vec<Notice> {
        self.all().drain(..).collect()
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<Notice>> {
        // A list is whole also where whoever held it panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
