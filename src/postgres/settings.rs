//! The settings of a session: made when it starts, and compared before each COMMIT with what Lethe made.
//!
//! Triggers and functions of the database run in the session and can change its settings, also for the transactions after
//! theirs. A transaction that ends with other settings is rolled back, and the settings with it.

use futures_util::join;
use pg_connect::Backend;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::declared::{commands, declare};
use super::error::DatabaseError;
use super::logging::suppress_logging;
use super::row::{FromRow, row};
use super::sql::{SqlFile, assignments, sql_file};

commands! {
    SETTINGS = "session/settings.sql";
    NEWER_SETTINGS = "session/newer_settings.sql";
    CHECK_CLIENT = "session/check_client.sql";
    pub(super) BEGIN = "session/begin.sql";
    /// See [`Session::begin_async_commit`](super::Session::begin_async_commit).
    pub(crate) BEGIN_ASYNC_COMMIT = "session/async_commit.sql";
    pub(super) BEGIN_SNAPSHOT = "session/export_transaction.sql";
    pub(super) BEGIN_SEARCH = "session/search_transaction.sql";
    pub(super) BEGIN_SAMPLE = "session/sample_transaction.sql";
    pub(super) BEGIN_PROBE = "session/probe_transaction.sql";
    /// Settings of a transaction that changes rows, after its BEGIN.
    pub(crate) CHANGE_SETTINGS = "session/forget_transaction.sql";
}

row! {
    /// A setting with its value.
    #[expect(dead_code, reason = "read before there is a session")]
    struct Setting {
        name: String,
        value: String,
    }
}

row! {
    /// The settings are those that Lethe made.
    #[expect(dead_code, reason = "another result is an error")]
    struct Unchanged {
        unchanged: i32,
    }
}

// Both are sent before there is a session, or without its statistics of statements.
declare!(
    "session/read_settings.sql",
    Fixed,
    [&[&str]],
    <Setting as FromRow>::columns
);
declare!(
    "session/compare_settings.sql",
    Fixed,
    [&[&str], &[&str]],
    <Unchanged as FromRow>::columns
);

/// Settings that Lethe does not make where the role or the server has them, and that must stay as they were.
const KEPT: [&str; 3] = ["role", "session_authorization", "session_replication_role"];

/// Settings that some servers do not have, or cannot set.
const NEWER: [&str; 3] = [
    "transaction_timeout",
    "restrict_nonsystem_relation_kind",
    "client_connection_check_interval",
];

/// The statements that begin a transaction or set something for its duration.
const LOCAL: [SqlFile; 7] = [
    BEGIN,
    BEGIN_ASYNC_COMMIT,
    BEGIN_SNAPSHOT,
    BEGIN_SEARCH,
    BEGIN_SAMPLE,
    BEGIN_PROBE,
    CHANGE_SETTINGS,
];

/// The settings of a session as they were when it started, with their values.
#[derive(Debug, Clone, Default)]
pub(super) struct SessionSettings(Vec<(String, String)>);

/// What the current transaction of a session sets for itself, in the order of the statements.
#[derive(Debug, Default)]
pub(super) struct LocalSettings(Vec<(&'static str, &'static str)>);

/// Applies Lethe's settings to a new session. Returns the server process of the session and the settings.
pub(super) async fn apply(
    client: &Client,
) -> Result<(Backend, SessionSettings), tokio_postgres::Error> {
    let (settings, newer, suppressed, checked, backend) = join!(
        client.batch_execute(SETTINGS.text),
        client.batch_execute(NEWER_SETTINGS.text),
        suppress_logging(client),
        client.batch_execute(CHECK_CLIENT.text),
        Backend::of(client),
    );
    settings?;
    newer?;
    if let Err(error) = checked
        && error.as_db_error().is_none()
    {
        return Err(error);
    }
    let mut names: Vec<&str> = assignments(SETTINGS.text).map(|(name, _)| name).collect();
    names.extend(KEPT.into_iter().chain(NEWER));
    names.extend(suppressed?);
    let file = sql_file!("session/read_settings.sql");
    let rows = client
        .query_typed(file.text, &[(&names, Type::TEXT_ARRAY)])
        .await?;
    let mut values = Vec::with_capacity(rows.len());
    for row in rows {
        values.push((row.try_get("name")?, row.try_get("value")?));
    }
    Ok((backend?, SessionSettings(values)))
}

impl LocalSettings {
    /// Notes what a statement sets, if it begins a transaction or is part of a beginning.
    pub(super) fn note(&mut self, path: &str) {
        let Some(file) = LOCAL.iter().find(|file| file.path == path) else {
            return;
        };
        if file.path != CHANGE_SETTINGS.path {
            self.0.clear();
        }
        self.0.extend(assignments(file.text));
    }
}

impl SessionSettings {
    /// What the settings must be at the end of a transaction that sets `local`; without `own`, which the session manages
    /// itself.
    pub(super) fn expected(&self, local: &LocalSettings, own: &[&str]) -> Expected<'_> {
        let compared = self.0.iter();
        let compared = compared.filter(|(name, _)| !own.contains(&name.as_str()));
        let (names, values) = compared
            .map(|(name, value)| {
                let set = local.0.iter().rev().find(|(set, _)| set == name);
                (
                    name.as_str(),
                    set.map_or(value.as_str(), |(_, value)| value),
                )
            })
            .unzip();
        Expected { names, values }
    }
}

/// What the settings of a session must be.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    names: Vec<&'a str>,
    values: Vec<&'a str>,
}

impl Expected<'_> {
    /// Fails where the settings are others. Sent without waiting for anything: a COMMIT may follow at once, and rolls back
    /// if this fails.
    pub(super) async fn compare(&self, client: &Client) -> Result<(), DatabaseError> {
        let file = sql_file!("session/compare_settings.sql");
        let inputs: [(&(dyn ToSql + Sync), Type); 2] = [
            (&self.names, Type::TEXT_ARRAY),
            (&self.values, Type::TEXT_ARRAY),
        ];
        match client.query_typed(file.text, &inputs).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.changed(&error).unwrap_or_else(|| error.into())),
        }
    }

    /// The refusal that an error of the comparison stands for.
    fn changed(&self, error: &tokio_postgres::Error) -> Option<DatabaseError> {
        let error = error.as_db_error()?;
        if *error.code() != SqlState::INVALID_TEXT_REPRESENTATION {
            return None;
        }
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
        let words: Vec<&str> = error.message().split(|c| !is_word(c)).collect();
        let changed = self.names.iter().copied();
        let changed: Vec<&str> = changed.filter(|name| words.contains(name)).collect();
        let what = match changed.is_empty() {
            true => "a setting".to_owned(),
            false => changed.join(", "),
        };
        let reason = format!("{what} changed by the database");
        Some(DatabaseError::refused(reason, String::new()))
    }
}
