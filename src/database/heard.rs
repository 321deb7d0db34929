//! What the server says beside its answers: the driver would only log it, and `VACUUM (VERBOSE)` says nowhere else what
//! it could not remove.

use std::collections::VecDeque;
use std::future;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::ClientWrapper;
use tokio::io::{AsyncRead, AsyncWrite};
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
pub(super) struct Heard(Arc<Mutex<VecDeque<Notice>>>);

/// Most notices that are kept: those of one statement are fewer, and nobody takes those of others.
const MOST: usize = 200;

impl Heard {
    /// Serves a connection to its end. A statement's notices are here before its answer is.
    pub async fn listen<S, T>(self, mut connection: Connection<S, T>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
        T: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            let next = future::poll_fn(|context| connection.poll_message(context));
            match next.await {
                Some(Ok(AsyncMessage::Notice(notice))) => {
                    let detail = notice.detail().unwrap_or_default();
                    self.keep(Notice {
                        warns: notice.parsed_severity()
                            == Some(tokio_postgres::error::Severity::Warning),
                        text: format!("{}\n{detail}", notice.message()),
                    });
                }
                Some(Ok(_)) => {}
                // Whoever uses the client sees the end of the connection.
                Some(Err(_)) | None => return,
            }
        }
    }

    fn keep(&self, notice: Notice) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.len() == MOST {
            heard.pop_front();
        }
        heard.push_back(notice);
    }

    /// Those since the last time.
    pub fn take(&self) -> Vec<Notice> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.drain(..).collect()
    }
}

/// A client with what its server says.
pub struct Listened {
    client: ClientWrapper,
    pub(super) heard: Heard,
}

impl Listened {
    pub(super) fn new(client: ClientWrapper, heard: Heard) -> Listened {
        Listened { client, heard }
    }
}

impl Deref for Listened {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        &self.client
    }
}

impl DerefMut for Listened {
    fn deref_mut(&mut self) -> &mut ClientWrapper {
        &mut self.client
    }
}
