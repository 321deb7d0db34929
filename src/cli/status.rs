//! `status`: what is due, missed, refused, running and done in each drop.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::cli::arguments::{DropArgs, Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::drop::FileName;
use crate::ledger::PendingControl;
use crate::service::settings::DropConfig;
use crate::service::status::{
    DropStatus, FileStatus, SubmissionProgress, WaitingObjects, drop_status,
};

/// Files of a kind that are printed as text.
const SHOWN: usize = 50;

pub(crate) async fn status(global: &Global, args: &DropArgs) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let drops = context.some_drops(args)?;
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Reader).await?;
    let mut all = Vec::new();
    for drop in &drops {
        let mut status = drop_status(&context.workspace, &session, drop).await?;
        for missed in &mut status.missed {
            let name = FileName::parse(&missed.file).ok();
            missed.command = name.map(|name| run_command(&name, drop, global, args));
        }
        all.push(status);
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
    Ok(match broken {
        true => Outcome::Usage,
        false => Outcome::Done,
    })
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

/// How far a submission is, in one line.
struct ProgressLine<'a>(&'a SubmissionProgress);

impl fmt::Display for ProgressLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let progress = self.0;
        let (answered, contacts) = (
            output::grouped(progress.answered),
            output::grouped(progress.contacts),
        );
        match (progress.begun_at, progress.at_work) {
            (None, true) => return f.write_str("being read"),
            (None, false) => return f.write_str("not begun; the next run continues it"),
            _ => write!(f, "{answered} of {contacts} contacts answered")?,
        }
        match progress.wish {
            Some(PendingControl::Pause) => return f.write_str("; paused until `lethe resume`"),
            Some(PendingControl::Cancel) => {
                return f.write_str("; cancelled, the next run publishes the log");
            }
            None if !progress.at_work => {
                return f.write_str("; no session is at work, the next run continues it");
            }
            None => {}
        }
        if let (Some(rate), Some(left)) = (progress.per_second, progress.seconds_left) {
            let left = humantime::format_duration(Duration::from_secs(left));
            write!(f, ", {rate} a second, {left} left")?;
        }
        Ok(())
    }
}

fn describe(status: &DropStatus) -> Result<(), CommandError> {
    output::line(&format!("drop {}", output::safe(&status.drop)))?;
    if let Some(problem) = &status.problem {
        return output::line(&format!("  cannot be read: {problem}"));
    }
    let groups = [
        ("due", &status.due),
        ("missed", &status.missed),
        ("refused", &status.refused),
        ("running or interrupted", &status.running),
        ("duplicate", &status.duplicate),
        ("done", &status.done),
        ("left untouched", &status.ignored),
    ];
    if groups.iter().all(|(_, files)| files.is_empty()) {
        output::line("  GDPR_Submit is empty")?;
    }
    for (what, files) in groups.iter().filter(|(_, files)| !files.is_empty()) {
        describe_files(what, files)?;
    }
    describe_media(&status.media)
}

fn describe_files(what: &str, files: &[FileStatus]) -> Result<(), CommandError> {
    let count = output::grouped(files.len() as i64);
    output::line(&format!("  {what}: {count}"))?;
    for file in files.iter().take(SHOWN) {
        let reason = file
            .reason
            .as_ref()
            .map(|r| format!(" ({r})"))
            .unwrap_or_default();
        output::line(&format!("    {}{reason}", file.file))?;
        if let Some(progress) = &file.progress {
            output::line(&format!("      {}", ProgressLine(progress)))?;
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
    Ok(())
}

fn describe_media(media: &[WaitingObjects]) -> Result<(), CommandError> {
    if !media.is_empty() {
        let all = media.iter().map(|waiting| waiting.objects).sum();
        let all = output::grouped(all);
        output::line(&format!("  recording media still to be deleted: {all}"))?;
    }
    for waiting in media.iter().take(SHOWN) {
        let (objects, reason) = (output::grouped(waiting.objects), &waiting.reason);
        let reason = reason.as_deref().unwrap_or("not tried yet");
        output::line(&format!("    {}: {objects} ({reason})", waiting.file))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::ledger::ProgressRow;

    #[test]
    fn progress_has_a_rate_only_while_a_session_is_at_work() {
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
        let shown = |row, now| ProgressLine(&SubmissionProgress::new(row, now)).to_string();
        assert_eq!(
            shown(row, later),
            "25,000 of 100,000 contacts answered, 2500 a second, 30s left"
        );
        // Paused for a day: the time before the resumption does not count.
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
            "25,000 of 100,000 contacts answered; no session is at work, the next run continues it"
        );
        let first = ProgressRow { answered: 0, ..row };
        // The rate is not known yet, nor where the clocks of two machines differ.
        assert_eq!(SubmissionProgress::new(first, later).seconds_left, None);
        assert_eq!(
            SubmissionProgress::new(row, begun - Duration::from_secs(1)).per_second,
            None
        );
        let unread = ProgressRow {
            begun_at: None,
            ..row
        };
        assert_eq!(shown(unread, later), "being read");
    }
}
