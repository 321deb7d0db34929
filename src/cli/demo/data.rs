//! The demo's sample data: loaded, counted.

use serde::Serialize;

use super::folder::MediaFile;
use crate::postgres::sql::{SqlFile, sql_file};
use crate::postgres::{DatabaseError, Session};

/// In the order of their foreign keys; attempts are made from people, messages and recordings from attempts.
const FILES: [SqlFile; 14] = [
    sql_file!("demo/accounts.sql"),
    sql_file!("demo/short_codes.sql"),
    sql_file!("demo/short_code_accounts.sql"),
    sql_file!("demo/lists.sql"),
    sql_file!("demo/people.sql"),
    sql_file!("demo/sample_people.sql"),
    sql_file!("demo/contacts.sql"),
    sql_file!("demo/devices.sql"),
    sql_file!("demo/attempts.sql"),
    sql_file!("demo/messages.sql"),
    sql_file!("demo/recordings.sql"),
    sql_file!("demo/media.sql"),
    sql_file!("demo/suppression.sql"),
    sql_file!("demo/analyze.sql"),
];

/// The rows of one table: those of the sample's enterprise, and those of its neighbour.
#[derive(Serialize)]
pub struct TableRows {
    pub table: String,
    pub rows: i64,
    pub neighbour_rows: i64,
    /// Of the neighbour's rows.
    #[serde(skip)]
    pub neighbour_digest: String,
}

/// The rows of one table that hold a device of the sample.
pub struct Held {
    pub table: String,
    pub rows: i64,
    pub neighbour_rows: i64,
}

/// The suppression entries.
#[derive(PartialEq, Eq)]
pub struct Suppressed {
    pub entries: i64,
    /// For a device of the sample.
    pub holding: i64,
    digest: String,
}

/// Loads everything in one transaction.
pub async fn load(session: &Session) -> Result<(), DatabaseError> {
    session.begin().await?;
    for file in FILES {
        session.run(&file.into()).await?;
    }
    session.commit().await
}

/// The server's version.
pub async fn version(session: &Session) -> Result<String, DatabaseError> {
    let row = session
        .query_opt(&sql_file!("demo/version.sql").into(), &[])
        .await?;
    Ok(row.map_or_else(String::new, |row| row.get("version")))
}

/// Every table with the rows that the enterprise and the others have in it.
pub async fn tables(session: &Session, account: &str) -> Result<Vec<TableRows>, DatabaseError> {
    let rows = session
        .query(&sql_file!("demo/counts.sql").into(), &[&account])
        .await?;
    let table = |row: &tokio_postgres::Row| TableRows {
        table: row.get("table_name"),
        rows: row.get("own_rows"),
        neighbour_rows: row.get("other_rows"),
        neighbour_digest: row.get("other_digest"),
    };
    Ok(rows.iter().map(table).collect())
}

/// Every table with devices, with the rows that hold one of those given.
pub async fn held(
    session: &Session,
    account: &str,
    devices: &[String],
) -> Result<Vec<Held>, DatabaseError> {
    let rows = session
        .query(&sql_file!("demo/holding.sql").into(), &[&account, &devices])
        .await?;
    let held = |row: &tokio_postgres::Row| Held {
        table: row.get("table_name"),
        rows: row.get("own_rows"),
        neighbour_rows: row.get("other_rows"),
    };
    Ok(rows.iter().map(held).collect())
}

pub async fn suppressed(
    session: &Session,
    devices: &[String],
) -> Result<Suppressed, DatabaseError> {
    let row = session
        .query_opt(&sql_file!("demo/suppressed.sql").into(), &[&devices])
        .await?
        .expect("an aggregate without groups has one row");
    Ok(Suppressed {
        entries: row.get("entries"),
        holding: row.get("holding"),
        digest: row.get("digest"),
    })
}

/// Those devices that no suppression entry keeps by rule.
pub async fn not_kept(session: &Session, devices: &[String]) -> Result<Vec<String>, DatabaseError> {
    let rows = session
        .query(&sql_file!("demo/kept.sql").into(), &[&devices])
        .await?;
    let kept: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    let others = devices
        .iter()
        .filter(|device| !kept.contains(&device.as_str()));
    Ok(others.cloned().collect())
}

/// The media of recordings with one of the phones.
pub async fn media(
    session: &Session,
    account: &str,
    devices: &[String],
) -> Result<Vec<MediaFile>, DatabaseError> {
    let rows = session
        .query(
            &sql_file!("demo/media_of.sql").into(),
            &[&account, &devices],
        )
        .await?;
    let file = |row: &tokio_postgres::Row| MediaFile {
        name: row.get("media_uri"),
        is_own: row.get("is_own"),
    };
    Ok(rows.iter().map(file).collect())
}
