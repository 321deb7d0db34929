//! Reads rows in COPY's text format.

use futures_util::{StreamExt as _, pin_mut};

use crate::postgres::sql::Statement;
use crate::postgres::{DatabaseError, Session};

/// Rows are passed on when so many bytes have arrived.
const AT_ONCE: usize = 256 * 1024;

/// Runs a `COPY … TO STDOUT` statement and passes its rows on, many at once.
pub(super) async fn read_rows(
    session: &Session,
    statement: &Statement,
    mut examine: impl FnMut(&[u8]) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let rows = session.copy_out(statement).await?;
    pin_mut!(rows);
    let mut block = Vec::with_capacity(AT_ONCE);
    while let Some(row) = rows.next().await {
        // The server sends each row in a message of its own.
        block.extend_from_slice(&row?);
        if block.len() >= AT_ONCE {
            examine(&block)?;
            block.clear();
        }
    }
    examine(&block)
}
