//! The settings that keep values out of the server's log.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::declared::commands;
use super::sql::assignments;

commands! {
    SUPPRESS_LOGGING = "session/suppress_logging.sql";
}

/// Keeps the statements and errors of a new session out of the server's log as far as this role may. Returns the names of
/// the settings that were set.
pub(super) async fn suppress_logging(
    client: &Client,
) -> Result<Vec<&'static str>, tokio_postgres::Error> {
    let all: Vec<&str> = suppressions().collect();
    // Sent as one transaction, so one that this role may not set undoes all.
    if client.batch_execute(&all.join("\n")).await.is_ok() {
        return Ok(suppressed_setting_names());
    }
    let mut set = Vec::new();
    for (setting, name) in all.into_iter().zip(suppressed_setting_names()) {
        match client.batch_execute(setting).await {
            Err(e) if e.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {}
            other => {
                other?;
                set.push(name);
            }
        }
    }
    Ok(set)
}

/// The statements that keep a session out of the server's log; most need a privilege.
fn suppressions() -> impl Iterator<Item = &'static str> {
    SUPPRESS_LOGGING
        .text
        .lines()
        .filter(|line| !line.starts_with("--"))
}

/// The names of the settings that keep a session out of the server's log.
pub(crate) fn suppressed_setting_names() -> Vec<&'static str> {
    let all = suppressed_setting_values();
    all.into_iter().map(|(name, _)| name).collect()
}

/// The same settings, each with the value that Lethe sets.
pub(crate) fn suppressed_setting_values() -> Vec<(&'static str, &'static str)> {
    assignments(SUPPRESS_LOGGING.text).collect()
}
