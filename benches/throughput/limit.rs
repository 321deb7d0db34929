//! The limit: the new row versions written by plain UPDATEs from precomputed keys in physical order. This is the time that
//! PostgreSQL needs for rows, indexes and WAL; no program can forget these devices faster.

use tokio_postgres::Client;

use super::settings::Failure;

/// How much of the tables a set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Less than a twentieth.
    Small,
    /// So large that a full scan may be faster: the planner decides.
    Large,
}

/// In the order of Lethe's catalogue.
pub const STATEMENTS: [(&str, &str); 6] = [
    ("recording", include_str!("sql/limit/recording.sql")),
    ("recording_media", include_str!("sql/limit/media.sql")),
    ("sms_message", include_str!("sql/limit/message.sql")),
    ("contact_attempt", include_str!("sql/limit/attempt.sql")),
    (
        "contact_device",
        include_str!("sql/limit/contact_device.sql"),
    ),
    ("contact", include_str!("sql/limit/contact.sql")),
];

/// Sets how the open transaction fetches rows: a small share by key.
///
/// The planner does not know that a key's time stamp determines its partition, so it would scan whole tables for a few
/// keys; but the limit is the time of writing.
pub async fn choose(client: &Client, share: Share) -> Result<(), Failure> {
    if share == Share::Small {
        let by_key = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";
        client.batch_execute(by_key).await?;
    }
    Ok(())
}

/// One UPDATE for each table, in an open transaction; returns the rows.
pub async fn update(client: &Client, share: Share) -> Result<u64, Failure> {
    choose(client, share).await?;
    let mut rows = 0;
    for (_, statement) in STATEMENTS {
        rows += client.execute(statement, &[]).await?;
    }
    Ok(rows)
}

/// The same in a transaction.
pub async fn run(client: &Client, share: Share) -> Result<u64, Failure> {
    client.batch_execute("BEGIN").await?;
    let rows = update(client, share).await?;
    client.batch_execute("COMMIT").await?;
    Ok(rows)
}
