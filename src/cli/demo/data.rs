//! The demo's sample data: loaded, counted.

use serde::Serialize;

use super::folder::MediaFile;
use crate::postgres::declared::commands;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::sql::SqlFile;
use crate::postgres::{DatabaseError, Session};

commands! {
    ACCOUNTS = "demo/accounts.sql";
    SHORT_CODES = "demo/short_codes.sql";
    SHORT_CODE_ACCOUNTS = "demo/short_code_accounts.sql";
    LISTS = "demo/lists.sql";
    PEOPLE = "demo/people.sql";
    SAMPLE_PEOPLE = "demo/sample_people.sql";
    CONTACTS = "demo/contacts.sql";
    DEVICES = "demo/devices.sql";
    ATTEMPTS = "demo/attempts.sql";
    MESSAGES = "demo/messages.sql";
    RECORDINGS = "demo/recordings.sql";
    MEDIA = "demo/media.sql";
    SUPPRESSION = "demo/suppression.sql";
    ANALYZE = "demo/analyze.sql";
}

/// In the order of their foreign keys; attempts are made from people, messages and recordings from attempts.
const FILES: [SqlFile; 14] = [
    ACCOUNTS,
    SHORT_CODES,
    SHORT_CODE_ACCOUNTS,
    LISTS,
    PEOPLE,
    SAMPLE_PEOPLE,
    CONTACTS,
    DEVICES,
    ATTEMPTS,
    MESSAGES,
    RECORDINGS,
    MEDIA,
    SUPPRESSION,
    ANALYZE,
];

/// The rows of one table: those of the sample's enterprise, and those of its neighbour.
#[derive(Serialize)]
pub(crate) struct TableRows {
    pub(crate) table: String,
    pub(crate) rows: i64,
    pub(crate) neighbour_rows: i64,
    /// Of the neighbour's rows.
    #[serde(skip)]
    pub(crate) neighbour_digest: String,
}

row! {
    impl TableRows {
        table: String = "table_name",
        rows: i64 = "own_rows",
        neighbour_rows: i64 = "other_rows",
        neighbour_digest: String = "other_digest",
    }
}

row! {
    /// The rows of one table that hold a device of the sample.
    pub(crate) struct Held {
        pub(crate) table: String = "table_name",
        pub(crate) rows: i64 = "own_rows",
        pub(crate) neighbour_rows: i64 = "other_rows",
    }
}

row! {
    /// The suppression entries.
    #[derive(PartialEq, Eq)]
    pub(crate) struct Suppressed {
        pub(crate) entries: i64,
        /// For a device of the sample.
        pub(crate) holding: i64,
        digest: String,
    }
}

row! {
    /// The version of the server in its short form.
    struct Version {
        version: String,
    }
}

row! {
    /// A device that a suppression entry keeps by rule.
    struct Kept {
        value: String,
    }
}

row! {
    impl MediaFile { name: String = "media_uri", is_own: bool }
}

queries! {
    fn server_version() -> One<Version> = "demo/version.sql";
    /// Every table with the rows that the enterprise and the others have in it.
    pub(crate) fn tables(account: &str) -> Vec<TableRows> = "demo/counts.sql";
    /// Every table with devices, with the rows that hold one of those given.
    pub(crate) fn held(account: &str, devices: &[String]) -> Vec<Held> = "demo/holding.sql";
    fn suppression_entries(devices: &[String]) -> One<Suppressed> = "demo/suppressed.sql";
    fn kept(devices: &[String]) -> Vec<Kept> = "demo/kept.sql";
    /// The media of recordings with one of the phones.
    pub(crate) fn media(account: &str, devices: &[String]) -> Vec<MediaFile> = "demo/media_of.sql";
}

/// Loads everything in one transaction.
pub(crate) async fn load(session: &Session) -> Result<(), DatabaseError> {
    session.begin().await?;
    for file in FILES {
        session.run(&file.into()).await?;
    }
    session.commit().await
}

/// The server's version.
pub(crate) async fn version(session: &Session) -> Result<String, DatabaseError> {
    let One(row) = server_version(session).await?;
    Ok(row.version)
}

/// The suppression entries, and those for one of the devices.
pub(crate) async fn suppressed(
    session: &Session,
    devices: &[String],
) -> Result<Suppressed, DatabaseError> {
    let One(suppressed) = suppression_entries(session, devices).await?;
    Ok(suppressed)
}

/// Those devices that no suppression entry keeps by rule.
pub(crate) async fn not_kept(
    session: &Session,
    devices: &[String],
) -> Result<Vec<String>, DatabaseError> {
    let kept = kept(session, devices).await?;
    let others = devices
        .iter()
        .filter(|device| !kept.iter().any(|kept| kept.value == **device));
    Ok(others.cloned().collect())
}
