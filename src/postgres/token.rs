//! The token of a session, by which other sessions recognise that it lives.

use super::error::DatabaseError;
use super::query::{One, queries};
use super::row::row;
use super::session::Session;

row! {
    /// A number, and whether this session holds the advisory lock on it now.
    struct Drawn {
        token: i64,
        granted: bool,
    }
}

queries! {
    fn hold_token() -> One<Drawn> = "session/hold_token.sql";
}

impl Session {
    /// A random number on which this session holds an advisory lock for its life. It is drawn at the first call.
    pub(crate) async fn token(&self) -> Result<i64, DatabaseError> {
        loop {
            if let Some(token) = self.known_token() {
                return Ok(token);
            }
            let One(Drawn { token, granted }) = hold_token(self).await?;
            if granted {
                self.know_token(token);
            }
        }
    }
}
