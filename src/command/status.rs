//! `status`: what is due, missed, refused, running and done in each drop.

use serde::Serialize;

use super::world::World;
use super::{CommandError, Outcome, show};
use crate::cli::{DropArgs, Format, Global};
use crate::config::DropConfig;
use crate::database::Session;
use crate::drop_folder::{DropFolder, Entry, FileName, Fingerprint, Refusal, State, TakeError};
use crate::ledger;
use crate::submission::{Document, MAX_NESTING};

/// A file with what there is to say about it.
#[derive(Debug, Serialize)]
struct Named {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
}

/// What lies in a drop.
#[derive(Debug, Default, Serialize)]
struct DropStatus {
    drop: String,
    due: Vec<Named>,
    missed: Vec<Named>,
    refused: Vec<Named>,
    running: Vec<Named>,
    duplicate: Vec<Named>,
    done: Vec<Named>,
    ignored: Vec<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

pub async fn status(global: &Global, args: &DropArgs) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let drops = world.some_drops(args)?;
    let (_connected, session) = world.connect_to_ledger().await?;
    let mut all = Vec::new();
    for drop in &drops {
        all.push(drop_status(&world, &session, drop, global, args).await?);
    }
    let broken = all.iter().any(|status| status.problem.is_some());
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct Status {
            drops: Vec<DropStatus>,
        }
        show::json(&Status { drops: all })?;
    } else {
        all.iter().try_for_each(describe)?;
    }
    Ok(if broken {
        Outcome::Usage
    } else {
        Outcome::Done
    })
}

async fn drop_status(
    world: &World,
    session: &Session,
    drop: &DropConfig,
    global: &Global,
    args: &DropArgs,
) -> Result<DropStatus, CommandError> {
    let mut status = DropStatus {
        drop: drop.name.clone(),
        ..DropStatus::default()
    };
    let folder = match DropFolder::open(&drop.path) {
        Ok(folder) => folder,
        Err(error) => {
            status.problem = Some(error.to_string());
            return Ok(status);
        }
    };
    let today = world.clock.today(drop.time_zone);
    for entry in folder.look()? {
        match entry {
            Entry::Other { display, why } => {
                status.ignored.push(named(display, Some(why.to_string())))
            }
            Entry::Proper {
                name,
                state: State::NotPlain(refusal),
            } => {
                status
                    .refused
                    .push(named(name.as_str(), Some(format!("it {refusal}"))));
            }
            Entry::Proper {
                name,
                state: State::Plain(fingerprint),
            } => {
                let known = ledger::known(session, &drop.name, name.as_str()).await?;
                let limit = world.config.max_submission_bytes();
                let same = match known.as_ref().and_then(|k| k.digest) {
                    Some((key, digest)) => folder
                        .digest(&name, &fingerprint, limit, &key)
                        .is_ok_and(|d| d == digest),
                    None => false,
                };
                match known {
                    Some(known) if known.state != ledger::State::Done => {
                        status.running.push(named(name.as_str(), None));
                    }
                    Some(_) if same => status.done.push(named(name.as_str(), None)),
                    Some(_) => status
                        .duplicate
                        .push(named(name.as_str(), Some(DUPLICATE.to_owned()))),
                    None => match refusal(&folder, &name, &fingerprint, limit) {
                        Some(refusal) => status
                            .refused
                            .push(named(name.as_str(), Some(format!("it {refusal}")))),
                        None if name.date() == today => status.due.push(named(name.as_str(), None)),
                        None => {
                            let mut missed = named(
                                name.as_str(),
                                Some(format!("today is {}", today.format("%Y%m%d"))),
                            );
                            missed.command = Some(run_command(&name, drop, global, args));
                            status.missed.push(missed);
                        }
                    },
                }
            }
        }
    }
    Ok(status)
}

const DUPLICATE: &str =
    "other content under a name that was used before; submit it under a new name";

fn named(file: impl Into<String>, reason: Option<String>) -> Named {
    Named {
        file: file.into(),
        reason,
        command: None,
    }
}

/// Why `run` would refuse a plain file; one that changes or cannot be read is judged when it is taken.
fn refusal(
    folder: &DropFolder,
    name: &FileName,
    fingerprint: &Fingerprint,
    limit: u64,
) -> Option<Refusal> {
    match folder.read(name, fingerprint, limit) {
        Ok(content) => Document::check_nesting(&content)
            .is_err()
            .then_some(Refusal::TooDeep {
                limit: MAX_NESTING as u32,
            }),
        Err(TakeError::Refused(refusal)) => Some(refusal),
        Err(_) => None,
    }
}

/// The command that would run a missed file.
fn run_command(name: &FileName, drop: &DropConfig, global: &Global, args: &DropArgs) -> String {
    let mut words = vec![
        "lethe".to_owned(),
        "run".to_owned(),
        format!("--date {}", name.date().format("%Y%m%d")),
    ];
    if let Some(config) = &global.config {
        words.push(format!(
            "--config {}",
            quoted(&config.display().to_string())
        ));
    }
    if args.accounts.is_empty() {
        words.push(format!("--drop {}", quoted(&drop.name)));
    } else {
        words.push(format!(
            "--drop {}",
            quoted(&drop.path.display().to_string())
        ));
        words.extend(
            drop.accounts
                .iter()
                .map(|account| format!("--account {}", quoted(account))),
        );
        words.push(format!("--product {}", drop.product));
        words.push(format!("--time-zone {}", drop.time_zone));
    }
    words.join(" ")
}

/// A word for the shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn describe(status: &DropStatus) -> Result<(), CommandError> {
    show::line(&format!("drop {}", show::safe(&status.drop)))?;
    if let Some(problem) = &status.problem {
        return show::line(&format!("  cannot be looked at: {problem}"));
    }
    let groups = [
        ("due", &status.due),
        ("missed", &status.missed),
        ("refused", &status.refused),
        ("running or interrupted", &status.running),
        ("duplicate", &status.duplicate),
        ("done", &status.done),
        ("left untouched (not a submission)", &status.ignored),
    ];
    if groups.iter().all(|(_, files)| files.is_empty()) {
        return show::line("  nothing lies in GDPR_Submit");
    }
    for (what, files) in groups.iter().filter(|(_, files)| !files.is_empty()) {
        show::line(&format!("  {what}: {}", show::grouped(files.len() as i64)))?;
        for file in files.iter().take(SHOWN) {
            let reason = file
                .reason
                .as_ref()
                .map(|r| format!(" ({r})"))
                .unwrap_or_default();
            show::line(&format!("    {}{reason}", file.file))?;
            if let Some(command) = &file.command {
                show::line(&format!("      {command}"))?;
            }
        }
        if files.len() > SHOWN {
            show::line(&format!(
                "    … and {} more (--format json lists all)",
                show::grouped((files.len() - SHOWN) as i64)
            ))?;
        }
    }
    Ok(())
}

/// Files of a kind that are shown on a terminal.
const SHOWN: usize = 50;

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("/srv/sftp/acme"), "/srv/sftp/acme");
        assert_eq!(quoted("a b'c"), "'a b'\\''c'");
        assert_eq!(quoted(""), "''");
    }
}
