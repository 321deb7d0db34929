//! The configuration: it is read, or refused without disclosing its password, and its durations fit the clock.

use std::path::Path;
use std::time::{Duration, Instant};

use lethe::cli::config::{Config, ConfigError};
use lethe::engine::Workload;

use super::is_place;

const DATABASE: &str = "database = \"postgres://lethe:c4n4ry@db.example.com/d\"\n";

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for text in [
        text.to_owned(),
        format!("{DATABASE}{text}"),
        format!("{text}\n{DATABASE}"),
    ] {
        let secret = is_secret(&text);
        match Config::parse(Path::new("lethe.toml"), &text) {
            Ok(config) => {
                assert!(!secret || !format!("{config:?}").contains("c4n4ry"));
                usable(&config);
            }
            Err(error) => {
                let said = format!("{error} {error:?}");
                assert!(!secret || !said.contains("c4n4ry"), "the password is told");
                if let ConfigError::Syntax { message, .. } = error {
                    points_into(&text, &message);
                }
            }
        }
    }
}

/// Whether the password is only where one is expected: errors may quote other values.
fn is_secret(text: &str) -> bool {
    let mut told = text.split('\n').filter(|line| line.contains("c4n4ry"));
    told.all(|line| line.starts_with("database = "))
        && !text.contains("'''")
        && !text.contains("\"\"\"")
}

/// `… (line <line> column <column>)` at the end.
fn points_into(text: &str, message: &str) {
    let place = message
        .rsplit_once("(line ")
        .and_then(|(_, p)| p.strip_suffix(')'));
    let place = place.and_then(|place| place.split_once(" column "));
    let Some((line, column)) = place else {
        panic!("no place in {message:?}")
    };
    let [line, column] = [line, column].map(|n| n.parse().expect("a number"));
    assert!(
        is_place(text, line, column),
        "{line}:{column} is not in the file"
    );
}

fn usable(config: &Config) {
    let now = Instant::now();
    let pace = config.pace(Workload::Offline, None);
    let waits = [
        Some(config.settle()),
        Some(config.watch_interval()),
        Some(config.submission().media_wait),
        config.pace(Workload::Live, None).transaction_time,
        pace.max_replica_lag,
    ];
    for wait in waits.into_iter().flatten() {
        assert!(wait <= Duration::from_secs(10 * 366 * 24 * 3600));
        assert!(now.checked_add(wait).is_some() && wait.as_secs_f64().is_finite());
    }
    assert!(pace.devices_per_transaction >= 1 && config.workers(Workload::Offline) >= 1);
    let submission = config.submission();
    assert!(submission.max_contacts_per_log >= 1 && config.retention_days() <= 30);
    assert!(submission.limits.max_rows_per_device >= 1);
    for drop in &config.drops {
        assert!(!drop.name.is_empty() && !drop.accounts.is_empty());
    }
}
