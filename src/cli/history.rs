//! `history`: prints what was done, newest first.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use comfy_table::Table;

use crate::cli::arguments::{Format, Global, HistoryArgs};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::database_role::DatabaseRole;
use crate::ledger::{HistoryFilter, NotRun};
use crate::service::history::{self, Entry, History, Totals};
use crate::service::workspace::drop_name;

/// How many submissions are printed by default.
const LIMIT: u32 = 100;

pub(crate) async fn history(global: &Global, args: HistoryArgs) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let configured = |drop: &PathBuf| {
        let case = drop.to_str().and_then(CaseId::of_drop);
        let mut drops = context.config.drops.iter();
        case.is_some() || drops.any(|d| std::path::Path::new(&d.name) == drop)
    };
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(CommandError::Usage(format!(
            "--from {from} is later than --to {to}"
        )));
    }
    let drop = args.drop.map(|drop| {
        if configured(&drop) {
            drop.display().to_string()
        } else {
            drop_name(&drop)
        }
    });
    let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let filter = HistoryFilter {
        case: args.case,
        drop,
        from: args.from.map(start),
        to: args.to.and_then(|day| day.succ_opt()).map(start),
    };
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Reader).await?;
    let now = context.clock.now();
    let limit = match (args.limit, global.format) {
        (Some(limit), _) => limit,
        (None, Format::Csv) => u32::MAX,
        (None, _) => LIMIT,
    };
    let history = history::history(&session, &filter, limit, now).await?;
    match global.format {
        Format::Json => output::json(&history)?,
        Format::Csv => write_csv(&history)?,
        Format::Text => describe(&history)?,
    }
    Ok(Outcome::Done)
}

/// The header of the CSV.
const COLUMNS: [&str; 17] = [
    "received",
    "drop",
    "submission",
    "action",
    "state",
    "cases",
    "contacts",
    "found",
    "not_found",
    "errors",
    "rows",
    "answered",
    "completed",
    "seconds",
    "asked",
    "due",
    "overdue",
];

/// One line for each submission; unknown values are empty.
fn write_csv(history: &History) -> Result<(), CommandError> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let failed = |cause: csv::Error| CommandError::Io {
        doing: "printing",
        cause: cause.into(),
    };
    csv.write_record(COLUMNS).map_err(failed)?;
    let moment = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let text = |value: Option<String>| value.unwrap_or_default();
    for entry in &history.submissions {
        let row = &entry.row;
        let record = [
            moment(row.received_at),
            cell(&row.drop),
            row.file.clone(),
            row.action.to_string(),
            state(entry).to_owned(),
            cell(&row.cases.join(" ")),
            row.contacts.to_string(),
            (row.tally.success - row.tally.not_found).to_string(),
            row.tally.not_found.to_string(),
            row.tally.error.to_string(),
            row.rows.to_string(),
            text(row.answered_at.map(moment)),
            text(row.completed_at.map(moment)),
            text(entry.seconds.map(|seconds| seconds.to_string())),
            text(row.asked_on.map(|day| day.to_string())),
            text(entry.due_on.map(|day| day.to_string())),
            text(entry.overdue.map(|overdue| word(overdue).to_owned())),
        ];
        csv.write_record(record).map_err(failed)?;
    }
    let bytes = csv.into_inner().map_err(|error| CommandError::Io {
        doing: "printing",
        cause: std::io::Error::other(error.to_string()),
    })?;
    output::line(String::from_utf8_lossy(&bytes).trim_end_matches('\n'))
}

/// A text that others chose, on one line, and not a formula for a spreadsheet.
fn cell(text: &str) -> String {
    let safe = output::safe(text);
    match safe.starts_with(['=', '+', '-', '@']) {
        true => format!("'{safe}"),
        false => safe,
    }
}

fn word(overdue: bool) -> &'static str {
    if overdue { "yes" } else { "no" }
}

fn state(entry: &Entry) -> &str {
    match entry.row.problem {
        Some(_) => "unreadable",
        None => entry.row.state.into(),
    }
}

fn describe(history: &History) -> Result<(), CommandError> {
    if history.submissions.is_empty() {
        output::line("no submission was found in the ledger")?;
        return describe_not_run(history);
    }
    let table = table(&history.submissions);
    if output::fits(&table) {
        output::line(&table.to_string())?;
    } else {
        history.submissions.iter().try_for_each(describe_entry)?;
    }
    describe_totals(&history.totals, history.submissions.len() as u64)?;
    describe_not_run(history)
}

fn table(submissions: &[Entry]) -> Table {
    let mut table = output::table(&[
        "received (UTC)",
        "drop",
        "submission",
        "state",
        "cases",
        "contacts",
        "found",
        "not found",
        "errors",
        "rows",
        "took",
        "due",
    ]);
    for entry in submissions {
        let row = &entry.row;
        table.add_row(vec![
            received(entry).into(),
            output::safe(&row.drop).into(),
            row.file.clone().into(),
            state(entry).into(),
            cases(entry).into(),
            output::number(row.contacts),
            output::number((row.tally.success - row.tally.not_found) as i64),
            output::number(row.tally.not_found as i64),
            output::number(row.tally.error as i64),
            output::number(row.rows),
            took(entry.seconds).into(),
            due(entry).into(),
        ]);
    }
    table
}

/// The same as a row of the table, for a terminal that is too narrow for it.
fn describe_entry(entry: &Entry) -> Result<(), CommandError> {
    let row = &entry.row;
    let cases = match cases(entry) {
        none if none.is_empty() => none,
        cases => format!(", case {cases}"),
    };
    let took = match took(entry.seconds) {
        unknown if unknown.is_empty() => unknown,
        took => format!(", took {took}"),
    };
    let number = |n: u64| output::grouped(n as i64);
    output::line(&format!(
        "{}: {}\n  drop {}{cases}\n  received {} UTC{took}, due {}\n  \
         contacts: {}, found: {}, not found: {}, errors: {}, rows: {}\n",
        row.file,
        state(entry),
        output::safe(&row.drop),
        received(entry),
        due(entry),
        output::grouped(row.contacts),
        number(row.tally.success - row.tally.not_found),
        number(row.tally.not_found),
        number(row.tally.error),
        output::grouped(row.rows),
    ))
}

fn received(entry: &Entry) -> String {
    let received = entry.row.received_at;
    received.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn cases(entry: &Entry) -> String {
    match entry.row.cases.as_slice() {
        [] => String::new(),
        [one] => output::safe(one),
        [first, rest @ ..] => format!("{} and {} more", output::safe(first), rest.len()),
    }
}

fn describe_not_run(history: &History) -> Result<(), CommandError> {
    let Some(NotRun {
        submissions: waiting @ 1..,
        overdue,
    }) = history.not_run
    else {
        return Ok(());
    };
    let (what, overdue) = (output::grouped(waiting), output::grouped(overdue));
    let what = match waiting {
        1 => "1 submission of a case was".to_owned(),
        _ => format!("{what} submissions of cases were"),
    };
    output::line(&format!(
        "{what} not run so far, {overdue} of them overdue: `lethe case list`"
    ))
}

/// `1h 2m 3s`; seconds with a fraction where they are few.
fn took(seconds: Option<f64>) -> String {
    match seconds {
        None => String::new(),
        Some(seconds) if seconds < 60.0 => format!("{seconds:.1}s"),
        Some(seconds) => {
            let whole = std::time::Duration::from_secs(seconds as u64);
            humantime::format_duration(whole).to_string()
        }
    }
}

fn due(entry: &Entry) -> String {
    match (entry.due_on, entry.overdue) {
        (Some(due), Some(true)) => format!("{due}, overdue"),
        (Some(due), _) => due.to_string(),
        (None, _) => "not known".to_owned(),
    }
}

fn describe_totals(totals: &Totals, shown: u64) -> Result<(), CommandError> {
    let number = |n: u64| output::grouped(n as i64);
    let several = |n: u64, one: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{} {one}s", number(n)),
    };
    let mut parts = vec![several(totals.submissions, "submission")];
    let more = [(totals.open, "open"), (totals.unreadable, "unreadable")];
    parts.extend(
        more.iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("{} {word}", number(*n))),
    );
    parts.push(several(totals.contacts as u64, "contact"));
    parts.push(format!(
        "{} found",
        number(totals.tally.success - totals.tally.not_found)
    ));
    parts.push(format!("{} not found", number(totals.tally.not_found)));
    parts.push(several(totals.tally.error, "error"));
    parts.push(several(totals.rows as u64, "row"));
    output::line(&format!("total: {}", parts.join(", ")))?;
    let mut parts = Vec::new();
    if let (Some(median), Some(longest)) = (totals.median_seconds, totals.longest_seconds) {
        let (median, longest) = (took(Some(median)), took(Some(longest)));
        parts.push(format!("took {median} in the median, {longest} at most"));
    }
    parts.push(format!("{} overdue", number(totals.overdue)));
    if totals.due_unknown > 0 {
        parts.push(format!(
            "{} with an unknown due date",
            number(totals.due_unknown)
        ));
    }
    output::line(&parts.join("; "))?;
    if shown < totals.submissions {
        output::line(&format!(
            "shown are the newest {}; --limit N shows more",
            number(shown)
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_others_is_no_formula_and_no_second_line() {
        assert_eq!(cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(cell("+1"), "'+1");
        assert_eq!(cell("a\nb"), "a\\nb");
        assert_eq!(cell("4711"), "4711");
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        assert_eq!(took(Some(0.25)), "0.2s");
        assert_eq!(took(Some(3_700.9)), "1h 1m 40s");
        assert_eq!(took(None), "");
    }
}
