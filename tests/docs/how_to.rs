//! The commands and configurations of the how-to pages parse. That they do what the pages say is tested where a database is:
//! Care's page in `suite`, receipts there too.

use std::collections::BTreeSet;

use clap::Parser as _;
use lethe::cli::arguments::Cli;
use lethe::cli::config::Config;

use super::page::{blocks, commands, lethe_words, read};

#[track_caller]
fn understood(words: &[String]) {
    if let Err(error) = Cli::try_parse_from(words) {
        panic!("{}\n{error}", words.join(" "));
    }
}

/// Parses every lethe command of a page and returns them.
#[track_caller]
fn all_understood(page: &str) -> Vec<Vec<String>> {
    let lines = commands(page);
    let found: Vec<_> = lines.iter().filter_map(|line| lethe_words(line)).collect();
    found.iter().for_each(|words| understood(words));
    found
}

#[track_caller]
fn config(text: &str) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Config::read(file.path()).unwrap()
}

#[test]
fn every_command_for_the_dba_is_understood() {
    let page = read("docs/how-to/dba.md");
    let found = all_understood(&page);
    let subcommands: BTreeSet<&str> = found.iter().map(|words| &*words[1]).collect();
    for expected in ["migrate", "catalogue", "check", "status", "run", "history"] {
        assert!(subcommands.contains(expected), "{subcommands:?}");
    }
}

#[test]
fn every_command_in_running_text_is_understood() {
    for page in [
        "docs/how-to/dba.md",
        "docs/how-to/care.md",
        "docs/how-to/sftp.md",
        "docs/how-to/receipts.md",
        "docs/how-to/erasing-below-sql.md",
        "docs/tutorial.md",
        "docs/troubleshooting.md",
        "docs/upgrading.md",
    ] {
        let text = read(page);
        for rest in text.split("`lethe ").skip(1) {
            let command = rest.split('`').next().unwrap().replace('\n', " ");
            let words = lethe_words(&format!("lethe {command}")).unwrap();
            // `lethe <file> …` is the name of a session; a bare name of a command is no command line.
            if !command.starts_with('<') && words.len() > 2 {
                understood(&words);
            }
        }
    }
}

#[test]
fn the_crontab_is_understood_and_shown() {
    let page = read("docs/how-to/dba.md");
    let crontab = read("packaging/lethe.cron");
    for line in crontab.lines().filter(|line| !line.starts_with('#')) {
        let (_, command) = line.split_once(" lethe ").unwrap();
        understood(&lethe_words(command).unwrap());
    }
    let shown = blocks(&page, "cron")[0].trim();
    assert!(crontab.lines().any(|line| line == shown), "{shown}");
}

#[test]
fn every_command_of_the_other_pages_is_understood() {
    for (page, least) in [
        ("docs/how-to/erasing-below-sql.md", 12),
        ("docs/how-to/receipts.md", 6),
        ("docs/how-to/sftp.md", 1),
        ("docs/upgrading.md", 3),
    ] {
        let found = all_understood(&read(page));
        assert!(found.len() >= least, "{page}: {found:?}");
    }
}

#[test]
fn every_line_for_care_is_a_lethe_command() {
    let page = read("docs/how-to/care.md");
    let lines = commands(&page);
    assert!(lines.len() > 8, "{lines:?}");
    for line in &lines {
        understood(&lethe_words(line).unwrap_or_else(|| panic!("{line}")));
    }
    assert!(config(blocks(&page, "toml")[0]).care.is_some());
}

#[test]
fn the_configurations_are_valid() {
    let dba = read("docs/how-to/dba.md");
    let whole = config(blocks(&dba, "toml")[0]);
    assert_eq!(whole.drops.len(), 1);
    assert!(whole.metrics_file.is_some());
    assert!(config(blocks(&dba, "toml")[1]).media.is_some());
    let sftp = read("docs/how-to/sftp.md");
    assert_eq!(config(blocks(&sftp, "toml")[0]).drops.len(), 1);
}

#[test]
fn every_metric_that_a_page_names_is_written() {
    let source = read("src/cli/metrics.rs");
    let page = read("docs/how-to/dba.md");
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let named: BTreeSet<String> = page
        .match_indices("lethe_")
        .map(|(at, _)| page[at..].chars().take_while(|c| is_name(*c)).collect())
        .collect();
    assert!(named.len() > 10, "{named:?}");
    let roles = ["lethe_owner", "lethe_engine", "lethe_care", "lethe_reader"];
    for name in named.iter().filter(|name| !roles.contains(&&***name)) {
        assert!(source.contains(&format!("\"{name}\"")), "{name}");
    }
}
