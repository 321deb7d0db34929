//! `status`: what is due, missed, refused, running and done in each drop.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::arguments::{DropArgs, Format, Global};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::identifier::SubmissionId;
use crate::domain::submission::{Document, MAX_NESTING};
use crate::drop::{DropFolder, Entry, FileName, Fingerprint, Refusal, State, TakeError};
use crate::ledger::{self, ProgressRow, Wish};
use crate::postgres::Session;
use crate::service::settings::DropConfig;

/// A file with what there is to say about it.
#[derive(Debug, Serialize)]
struct Named {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
}

/// How far a submission is that was begun, from the ledger: whoever carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Progress {
    /// Whether a session carries it out now; otherwise the next run goes on.
    at_work: bool,
    contacts: i64,
    answered: i64,
    /// What a DBA wants of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    wish: Option<Wish>,
    #[serde(skip_serializing_if = "Option::is_none")]
    begun_at: Option<DateTime<Utc>>,
    /// Contacts answered in a second, since it was begun or last gone on with; while a session is at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_left: Option<u64>,
}

impl Progress {
    fn new(row: ProgressRow, now: DateTime<Utc>) -> Progress {
        let since = row.resumed.or(row.begun_at.map(|at| (at, 0)));
        let per_second = since
            .map(|(at, before)| {
                let seconds = (now - at).num_milliseconds() as f64 / 1000.0;
                (seconds, (row.answered - before) as f64)
            })
            .filter(|(seconds, done)| *seconds > 0.0 && row.at_work && *done > 0.0)
            .map(|(seconds, done)| done / seconds);
        let left = (row.contacts - row.answered).max(0) as f64;
        Progress {
            at_work: row.at_work,
            contacts: row.contacts,
            answered: row.answered,
            wish: row.wish,
            begun_at: row.begun_at,
            // Rounded: nobody reads more, and the next look says something else.
            per_second: per_second.map(|rate| (rate * 100.0).round() / 100.0),
            seconds_left: per_second.map(|rate| (left / rate).ceil() as u64),
        }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (answered, contacts) = (
            output::grouped(self.answered),
            output::grouped(self.contacts),
        );
        match (self.begun_at, self.at_work) {
            (None, true) => return f.write_str("being read"),
            (None, false) => return f.write_str("not begun; the next run goes on"),
            _ => write!(f, "{answered} of {contacts} contacts answered")?,
        }
        match self.wish {
            Some(Wish::Pause) => return f.write_str("; paused until `lethe resume`"),
            Some(Wish::Cancel) => {
                return f.write_str("; cancelled, the next run publishes the log");
            }
            None if !self.at_work => {
                return f.write_str("; no session is at work, the next run goes on");
            }
            None => {}
        }
        if let (Some(rate), Some(left)) = (self.per_second, self.seconds_left) {
            let left = humantime::format_duration(Duration::from_secs(left));
            write!(f, ", {rate} a second, {left} left")?;
        }
        Ok(())
    }
}

/// Recording media that are still to be deleted, for one reason.
#[derive(Debug, Serialize)]
struct WaitingObjects {
    file: String,
    objects: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
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
    media: Vec<WaitingObjects>,
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
        output::json(&Status { drops: all })?;
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
    for waiting in ledger::waiting_media(session, &drop.name).await? {
        status.media.push(WaitingObjects {
            file: waiting.file_name,
            objects: waiting.objects,
            reason: waiting.failure,
        });
    }
    let today = world.clock.today(drop.time_zone);
    let entries = match folder.look() {
        Ok(entries) => entries,
        Err(error) => {
            status.problem = Some(error.to_string());
            return Ok(status);
        }
    };
    let plain = entries.iter().filter_map(|entry| match entry {
        Entry::Proper {
            name,
            state: State::Plain(_),
        } => Some(name.as_str()),
        _ => None,
    });
    let mut all_known = ledger::known_all(session, &drop.name, plain).await?;
    let mut to_read = READ_AT_MOST;
    for entry in entries {
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
                let known = all_known.remove(name.as_str());
                let limit = world.config.max_submission_bytes();
                let same = match known.as_ref().and_then(|k| k.digest) {
                    Some((key, digest)) => folder
                        .digest(&name, &fingerprint, limit, &key)
                        .is_ok_and(|d| d == digest),
                    None => false,
                };
                match known {
                    Some(known) if known.state != ledger::State::Done => {
                        let id = known.submission_id;
                        let begun = begun(world, session, id, name.as_str()).await?;
                        status.running.push(begun);
                    }
                    Some(_) if same => status.done.push(named(name.as_str(), None)),
                    Some(_) => status
                        .duplicate
                        .push(named(name.as_str(), Some(DUPLICATE.to_owned()))),
                    None => match refusal(&folder, &name, &fingerprint, limit, &mut to_read) {
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
    // A submission goes on from its copy in the spool, whatever became of the file.
    let seen: BTreeSet<String> = status.running.iter().map(|r| r.file.clone()).collect();
    for ledger::OpenSubmission {
        submission_id: id,
        file_name: file,
        ..
    } in ledger::open_submissions(session, &drop.name).await?
    {
        if !seen.contains(&file) {
            status.running.push(begun(world, session, id, &file).await?);
        }
    }
    Ok(status)
}

/// A submission that was begun, with how far it is.
async fn begun(
    world: &World,
    session: &Session,
    submission_id: SubmissionId,
    file: &str,
) -> Result<Named, CommandError> {
    let row = ledger::progress(session, submission_id).await?;
    Ok(Named {
        progress: row.map(|row| Progress::new(row, world.clock.now())),
        ..named(file, None)
    })
}

const DUPLICATE: &str =
    "other content under a name that was used before; submit it under a new name";

fn named(file: impl Into<String>, reason: Option<String>) -> Named {
    Named {
        file: file.into(),
        reason,
        command: None,
        progress: None,
    }
}

/// Bytes of new files in a drop that are read to see whether `run` would refuse them: whoever puts a thousand large files
/// there (of holes, they cost nothing) does not keep a DBA waiting.
const READ_AT_MOST: u64 = 1024 * 1024 * 1024;

/// Why `run` would refuse a plain file; one that changes, cannot be read, or is beyond what is `left` to be read is judged
/// when it is taken.
fn refusal(
    folder: &DropFolder,
    name: &FileName,
    fingerprint: &Fingerprint,
    limit: u64,
    left: &mut u64,
) -> Option<Refusal> {
    if fingerprint.size <= limit {
        *left = left.checked_sub(fingerprint.size)?;
    }
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
            output::quoted(&config.display().to_string())
        ));
    }
    if args.accounts.is_empty() {
        words.push(format!("--drop {}", output::quoted(&drop.name)));
    } else {
        words.push(format!(
            "--drop {}",
            output::quoted(&drop.path.display().to_string())
        ));
        words.extend(
            drop.accounts
                .iter()
                .map(|account| format!("--account {}", output::quoted(account))),
        );
        words.push(format!("--product {}", drop.product));
        words.push(format!("--time-zone {}", drop.time_zone));
    }
    words.join(" ")
}

fn describe(status: &DropStatus) -> Result<(), CommandError> {
    output::line(&format!("drop {}", output::safe(&status.drop)))?;
    if let Some(problem) = &status.problem {
        return output::line(&format!("  cannot be looked at: {}", output::safe(problem)));
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
        output::line("  nothing lies in GDPR_Submit")?;
    }
    for (what, files) in groups.iter().filter(|(_, files)| !files.is_empty()) {
        output::line(&format!(
            "  {what}: {}",
            output::grouped(files.len() as i64)
        ))?;
        for file in files.iter().take(SHOWN) {
            let reason = file
                .reason
                .as_ref()
                .map(|r| format!(" ({r})"))
                .unwrap_or_default();
            output::line(&format!("    {}{reason}", file.file))?;
            if let Some(progress) = &file.progress {
                output::line(&format!("      {progress}"))?;
            }
            if let Some(command) = &file.command {
                output::line(&format!("      {command}"))?;
            }
        }
        if files.len() > SHOWN {
            output::line(&format!(
                "    … and {} more (--format json lists all)",
                output::grouped((files.len() - SHOWN) as i64)
            ))?;
        }
    }
    if !status.media.is_empty() {
        let all = status.media.iter().map(|waiting| waiting.objects).sum();
        let all = output::grouped(all);
        output::line(&format!("  recording media still to be deleted: {all}"))?;
    }
    for waiting in status.media.iter().take(SHOWN) {
        let (objects, reason) = (output::grouped(waiting.objects), &waiting.reason);
        let reason = reason.as_deref().unwrap_or("not tried yet");
        output::line(&format!("    {}: {objects} ({reason})", waiting.file))?;
    }
    Ok(())
}

/// Files of a kind that are shown on a terminal.
const SHOWN: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_has_a_rate_only_while_somebody_is_at_work() {
        let begun = DateTime::from_timestamp(1_521_115_200, 0).unwrap();
        let row = ProgressRow {
            contacts: 100_000,
            answered: 25_000,
            begun_at: Some(begun),
            resumed: None,
            at_work: true,
            wish: None,
        };
        let later = begun + Duration::from_secs(10);
        let shown = |row, now| Progress::new(row, now).to_string();
        assert_eq!(
            shown(row, later),
            "25,000 of 100,000 contacts answered, 2500 a second, 30s left"
        );
        // Paused for a day: what was done before, and the pause, say nothing of the rate.
        let next_day = begun + Duration::from_secs(86_400);
        let resumed = ProgressRow {
            resumed: Some((next_day, 20_000)),
            ..row
        };
        assert_eq!(
            shown(resumed, next_day + Duration::from_secs(10)),
            "25,000 of 100,000 contacts answered, 500 a second, 2m 30s left"
        );
        let idle = ProgressRow {
            at_work: false,
            wish: None,
            ..row
        };
        assert_eq!(
            shown(idle, later),
            "25,000 of 100,000 contacts answered; no session is at work, the next run goes on"
        );
        let first = ProgressRow { answered: 0, ..row };
        // Nothing is known of the rate yet, nor where two machines' clocks differ.
        assert_eq!(Progress::new(first, later).seconds_left, None);
        assert_eq!(
            Progress::new(row, begun - Duration::from_secs(1)).per_second,
            None
        );
        let unread = ProgressRow {
            begun_at: None,
            ..row
        };
        assert_eq!(shown(unread, later), "being read");
    }
}
