//! Notices of the server: the driver only logs them, and `VACUUM (VERBOSE)` reports nowhere else what it could not remove.

use std::collections::VecDeque;
use std::future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::error::Severity;
use tokio_postgres::{AsyncMessage, Connection};

/// A notice of the server. It may quote data, so it is never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Whether its severity is WARNING.
    pub(crate) warns: bool,
    /// Message and detail.
    pub(crate) text: String,
}

/// The last notices of a session.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<VecDeque<Notice>>>);

/// The most notices that are kept; one statement sends fewer.
const MOST: usize = 200;

impl Notices {
    /// Drives a connection until it ends. The notices of a statement arrive before its result.
    pub(crate) async fn serve<S, T>(
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
        let mut notices = self.all();
        if notices.len() == MOST {
            notices.pop_front();
        }
        notices.push_back(notice);
    }

    /// Removes and returns the notices since the last call.
    pub(crate) fn take(&self) -> Vec<Notice> {
        self.all().drain(..).collect()
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<Notice>> {
        // A panic elsewhere leaves the list consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
