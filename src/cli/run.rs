//! `run`: processes what is due (contract sections 1, 7 and 8).

mod metrics;

use std::time::Duration;

use chrono::NaiveDate;

use crate::cli::arguments::{Format, Global, RunArgs};
use crate::cli::context::Context;
use crate::cli::output::{self, Terminal};
use crate::cli::signals::Signals;
use crate::cli::{CommandError, Outcome};
use crate::domain::database_role::DatabaseRole;
use crate::service::runner::{
    CaseSweep, Pass, PassContext, PassObserver, Runner, Summary, due_targets,
};
use crate::service::settings::DropConfig;

use metrics::MetricsObserver;

/// Runs one pass, or polls.
pub(crate) async fn run(global: &Global, args: RunArgs) -> Result<Outcome, CommandError> {
    let mut context = Context::open(global)?;
    let config = &mut context.config;
    config.settle = args.settle.or(config.settle);
    config.metrics_file = args.metrics_file.or(config.metrics_file.take());
    let workload = context.pace(&args.pace);
    // Where there are cases, a run over all drops has something to do without any drop.
    let cases = match args.drop.folder {
        None => CaseSweep::Included,
        Some(_) => CaseSweep::Excluded,
    };
    let drops = match cases == CaseSweep::Included && context.config.care.is_some() {
        true => context.drops(&args.drop)?,
        false => context.some_drops(&args.drop)?,
    };
    let (connected, session) = context.connect_to_ledger(DatabaseRole::Engine).await?;
    let terminal = Terminal::new(global.format);
    let metrics_file = context.config.metrics_file.as_deref();
    let observer = metrics_file.map(|file| MetricsObserver::new(file, &terminal));
    let pass = PassContext {
        workspace: &context.workspace,
        database: &connected.database,
        reporter: &terminal,
        settings: context.pass_settings(workload, args.pace.until, cases),
        observer: observer.as_ref().map(|o| o as &dyn PassObserver),
        gate: None,
    };
    let mut runner = Runner::new(pass, session).await?;
    let mut signals = Signals::listen()?;
    let end = runner.interrupter();
    if args.watch {
        let interval = context.config.watch_interval();
        let polling = poll(&mut runner, &drops, args.date, interval, global.format);
        return signals.guard(polling, end).await;
    }
    let targets = due_targets(&drops, args.date, &context.clock);
    let pass = signals.guard(runner.pass(&targets), end).await;
    Ok(show_pass(pass, global.format)?.outcome)
}

/// Runs a pass every `interval`, until the run is interrupted.
async fn poll(
    runner: &mut Runner<'_>,
    drops: &[DropConfig],
    date: Option<NaiveDate>,
    interval: Duration,
    format: Format,
) -> Result<Outcome, CommandError> {
    let mut outcome = Outcome::Done;
    loop {
        let targets = due_targets(drops, date, runner.clock());
        let Pass { summary, ended } = runner.pass(&targets).await;
        outcome = outcome.max(summary.outcome);
        if !summary.submissions.is_empty() || summary.scrub.is_some() {
            show_summary(&summary, format)?;
        }
        ended?;
        runner.wait(interval).await;
        if runner.is_interrupted() {
            return Ok(outcome);
        }
    }
}

/// Prints the summary of a pass and returns it; where the pass failed, prints it only if there is something to print.
pub(crate) fn show_pass(pass: Pass, format: Format) -> Result<Summary, CommandError> {
    let Pass { summary, ended } = pass;
    if ended.is_ok() || !summary.submissions.is_empty() {
        show_summary(&summary, format)?;
    }
    ended?;
    Ok(summary)
}

/// Prints the summary.
fn show_summary(summary: &Summary, format: Format) -> Result<(), CommandError> {
    if format == Format::Json {
        return output::json(summary);
    }
    if let Some(scrubbed) = &summary.scrub {
        crate::cli::scrub::show_remains(scrubbed)?;
    }
    if summary.submissions.is_empty() {
        return output::line("nothing is due");
    }
    let mut table = output::table(&[
        "submission",
        "state",
        "contacts",
        "success",
        "not found",
        "errors",
        "rows",
    ]);
    output::keep_whole(&mut table, 0);
    for report in &summary.submissions {
        let state: &str = report.state.into();
        table.add_row(vec![
            report.file.clone().into(),
            state.into(),
            output::number(report.contacts as i64),
            output::number((report.tally.success - report.tally.not_found) as i64),
            output::number(report.tally.not_found as i64),
            output::number(report.tally.error as i64),
            output::number(report.rows.values().sum::<i64>()),
        ]);
    }
    output::line(&table.to_string())?;
    for report in summary.submissions.iter().filter(|r| !r.results.is_empty()) {
        output::line(&format!("{}: {}", report.file, report.results.join(", ")))?;
    }
    Ok(())
}
