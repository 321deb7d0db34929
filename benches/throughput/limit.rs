//! The limit: the new row versions written by plain UPDATEs from precomputed keys in physical order. What it takes is
//! what PostgreSQL takes for rows, indexes and WAL; nobody can forget these devices faster.

use tokio_postgres::Client;

use super::Failure;

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

/// One UPDATE for each table; returns the rows.
pub async fn update(client: &Client) -> Result<u64, Failure> {
    let mut rows = 0;
    for (_, statement) in STATEMENTS {
        rows += client.execute(statement, &[]).await?;
    }
    Ok(rows)
}

/// The same in a transaction.
pub async fn run(client: &Client) -> Result<u64, Failure> {
    client.batch_execute("BEGIN").await?;
    let rows = update(client).await?;
    client.batch_execute("COMMIT").await?;
    Ok(rows)
}
