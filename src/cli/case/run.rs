//! `case run`: the pending submissions of a case, if they are what was approved.

use std::time::Duration;

use crate::cli::arguments::{Global, PaceArgs};
use crate::cli::context::Context;
use crate::cli::output::Terminal;
use crate::cli::run::show_pass;
use crate::cli::signals::Signals;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::database_role::DatabaseRole;
use crate::engine::Workload;
use crate::service::cases::{
    ApprovalGate, CaseContext, Remainder, files_to_run, remainder, require_known,
};
use crate::service::runner::{CaseSweep, PassContext, Runner, Summary, Target, Wanted};

/// Applies the options of the command to the configuration.
pub(crate) fn configure(
    context: &mut Context,
    settle: Option<Duration>,
    pace: &PaceArgs,
) -> Workload {
    context.config.settle = settle.or(context.config.settle);
    // The metrics describe the runs over the drops.
    context.config.metrics_file = None;
    context.pace(pace)
}

pub(crate) async fn run(
    global: &Global,
    context: &Context,
    cases: &CaseContext<'_>,
    case: &CaseId,
    workload: Workload,
    pace: &PaceArgs,
) -> Result<Outcome, CommandError> {
    let (connected, session) = context.connect_to_ledger(DatabaseRole::Engine).await?;
    require_known(cases, &session, case).await?;
    let drops = files_to_run(cases, &session, case).await?;
    let targets: Vec<Target> = drops
        .iter()
        .map(|of| Target {
            drop: &of.drop,
            wanted: Wanted::Files(of.files.clone()),
        })
        .collect();
    let gate = ApprovalGate::new(cases, case);
    let terminal = Terminal::new(global.format);
    let pass = PassContext {
        workspace: &context.workspace,
        database: &connected.database,
        reporter: &terminal,
        settings: context.pass_settings(workload, pace.until, CaseSweep::Excluded),
        observer: None,
        gate: Some(&gate),
    };
    let mut runner = Runner::new(pass, session).await?;
    let mut signals = Signals::listen()?;
    let interrupt = runner.interrupter();
    let pass = signals.guard(runner.pass(&targets), interrupt).await;
    let summary = show_pass(pass, global.format)?;
    drop(runner);
    let session = connected.database.session().await?;
    let is_reported = |drop: &str, file: &str| is_reported(&summary, drop, file);
    report(case, &remainder(&session, case, is_reported).await?);
    Ok(summary.outcome)
}

fn is_reported(summary: &Summary, drop: &str, file: &str) -> bool {
    let mut reports = summary.submissions.iter();
    reports.any(|report| report.drop == drop && report.file == file)
}

/// Reports what of the case is not completed after the run.
fn report(case: &CaseId, remainder: &Remainder) {
    let case = output::quoted(case.as_str());
    for file in &remainder.elsewhere {
        output::note(&format!(
            "note: {file} is being processed elsewhere, or was paused\n  hint: lethe case show {case}"
        ));
    }
    if remainder.media_objects > 0 {
        output::note(&format!(
            "note: recording media still to be deleted: {}\n  hint: `lethe case show {case}` shows the reason; every `lethe run` tries again",
            output::grouped(remainder.media_objects)
        ));
    }
}
