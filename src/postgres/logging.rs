//! Session settings: the same results everywhere, and no values in the server's log.

use futures_util::join;
use pg_connect::Backend;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::declared::commands;

commands! {
    SETTINGS = "session/settings.sql";
    SUPPRESS_LOGGING = "session/suppress_logging.sql";
    CHECK_CLIENT = "session/check_client.sql";
}

/// Applies Lethe's settings to a new session, and keeps its statements and errors out of the server's log as far as
/// this role may. Returns the server process of the session.
pub(super) async fn suppress_logging(client: &Client) -> Result<Backend, tokio_postgres::Error> {
    let all: Vec<&str> = suppressions().collect();
    let at_once = all.join("\n");
    let (settings, suppressed, checked, backend) = join!(
        client.batch_execute(SETTINGS.text),
        client.batch_execute(&at_once),
        client.batch_execute(CHECK_CLIENT.text),
        Backend::of(client),
    );
    settings?;
    if let Err(error) = checked
        && error.as_db_error().is_none()
    {
        return Err(error);
    }
    let backend = backend?;
    if suppressed.is_ok() {
        return Ok(backend);
    }
    // They were sent as one transaction, so one that this role may not set undid all.
    for setting in all {
        match client.batch_execute(setting).await {
            Err(e) if e.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {}
            other => other?,
        }
    }
    Ok(backend)
}

/// The statements that keep a session out of the server's log; most need a privilege.
fn suppressions() -> impl Iterator<Item = &'static str> {
    SUPPRESS_LOGGING
        .text
        .lines()
        .filter(|line| !line.starts_with("--"))
}

/// The names of the settings that keep a session out of the server's log.
pub fn suppressed_setting_names() -> Vec<&'static str> {
    let name = |statement: &'static str| statement.split_whitespace().nth(1);
    suppressions().filter_map(name).collect()
}

/// The same settings, each with the value that Lethe sets.
pub fn suppressed_setting_values() -> Vec<(&'static str, &'static str)> {
    let value = |statement: &'static str| {
        let (assignment, value) = statement.split_once(" = ")?;
        let name = assignment.split_whitespace().nth(1)?;
        Some((name, value.trim_end_matches(';').trim_matches('\'')))
    };
    suppressions().filter_map(value).collect()
}
