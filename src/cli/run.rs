//! `run`: carries out what is due (contract sections 1, 7 and 8).

mod metrics;
mod reconnect;
mod sweep;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::catalogue::plan::Plan;
use crate::cli::arguments::{DropArgs, Format, Global, PaceArgs};
use crate::cli::context::World;
use crate::cli::metrics::{Metrics, Pass};
use crate::cli::output::{self, Bar};
use crate::cli::scrub;
use crate::cli::signals::Signals;
use crate::cli::{CommandError, Outcome};
use crate::domain::identifier::SubmissionId;
use crate::domain::level::Level;
use crate::domain::request::Product;
use crate::drop::{
    DropError, DropFolder, Entry, FileName, Fingerprint, Refusal, Settling, Spool, State, settle,
};
use crate::engine::pace::{self, Pace};
use crate::engine::quarantine::Suspects;
use crate::erasure::scrub::Scrubbed;
use crate::ledger;
use crate::media::MediaStores;
use crate::postgres::sql::sql_file;
use crate::postgres::{Database, Session};
use crate::service::pipeline::{
    Job, Pickup, PipelineError, Receipts, Report, ReportState, TakenSubmission,
};
use crate::service::settings::{DropConfig, SubmissionSettings, Workload};
use crate::service::workspace::open_drop;

/// Options of `run`.
pub struct RunOptions {
    /// Instead of today, in every drop.
    pub date: Option<NaiveDate>,
    pub settle: Option<Duration>,
    pub watch: bool,
    pub metrics_file: Option<PathBuf>,
    pub pace: PaceArgs,
}

/// The summary of a run.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub submissions: Vec<Report>,
    /// What the scrub at the end of the pass did, where the configuration wants one and something was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scrub: Option<Scrubbed>,
    #[serde(skip)]
    pub outcome: Outcome,
    /// What stands in `submissions`: drop, file and state.
    #[serde(skip)]
    known: HashSet<(String, String, ReportState)>,
}

impl Summary {
    fn new() -> Summary {
        Summary {
            submissions: Vec::new(),
            scrub: None,
            outcome: Outcome::Done,
            known: HashSet::new(),
        }
    }

    /// Adds a report, unless it is there: a pass that began anew after a reconnection tells the same again of what it
    /// leaves where it is.
    fn add(&mut self, report: Report) {
        let known = (report.drop.clone(), report.file.clone(), report.state);
        if self.known.insert(known) {
            self.submissions.push(report);
        }
    }
}

/// Runs once, or again and again.
pub async fn run(
    global: &Global,
    args: &DropArgs,
    options: RunOptions,
) -> Result<Outcome, CommandError> {
    let mut world = World::open(global)?;
    if let Some(settle) = options.settle {
        world.config.settle = Some(settle);
    }
    if options.metrics_file.is_some() {
        world.config.metrics_file = options.metrics_file.clone();
    }
    let beside = world.pace(&options.pace);
    // Where there are cases, a run over all drops has something to do without any.
    let all = args.folder.is_none();
    let drops = match all && world.config.care.is_some() {
        true => world.drops(args)?,
        false => world.some_drops(args)?,
    };
    let (connected, session) = world.connect_to_ledger().await?;
    let mut runner = Runner::new(&world, &connected.database, session, global.format)
        .await?
        .paced(beside, &options.pace)
        .await?;
    runner.sweeps_cases = all;
    let mut signals = Signals::listen()?;
    let end = runner.interrupter();
    if options.watch {
        return signals
            .guard(watch(&mut runner, &drops, options.date, global.format), end)
            .await;
    }
    let (summary, ended) = signals.guard(runner.pass(&drops, options.date), end).await;
    if ended.is_ok() || !summary.submissions.is_empty() {
        show_summary(&summary, global.format)?;
    }
    ended?;
    drop(runner);
    drop(connected);
    Ok(summary.outcome)
}

/// Looks again and again, until it is interrupted.
async fn watch(
    runner: &mut Runner<'_>,
    drops: &[DropConfig],
    date: Option<NaiveDate>,
    format: Format,
) -> Result<Outcome, CommandError> {
    let mut outcome = Outcome::Done;
    loop {
        let (summary, ended) = runner.pass(drops, date).await;
        outcome = outcome.max(summary.outcome);
        if !summary.submissions.is_empty() || summary.scrub.is_some() {
            show_summary(&summary, format)?;
        }
        ended?;
        runner.pace.wait(runner.world.config.watch_interval()).await;
        if runner.pace.is_interrupted() {
            return Ok(outcome);
        }
    }
}

/// Carries out passes on one session.
pub struct Runner<'a> {
    world: &'a World,
    settings: SubmissionSettings,
    database: &'a Database,
    workers: u32,
    pace: Arc<Pace>,
    suspects: Suspects,
    session: Session,
    catalogue: Catalogue,
    plans: HashMap<bool, Plan>,
    spool: Spool,
    media: MediaStores,
    receipts: Receipts,
    bar: Bar,
    metrics: Option<Mutex<Metrics>>,
    gate: Option<&'a dyn Gate>,
    /// Whether a pass goes on with the media objects of cases, too.
    sweeps_cases: bool,
}

/// Which of a drop's files are to be carried out.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Those of the day that is today there.
    Day(NaiveDate),
    /// These, whatever their day.
    Files(BTreeSet<FileName>),
}

impl Wanted {
    fn has(&self, name: &FileName) -> bool {
        match self {
            Wanted::Day(today) => name.date() == *today,
            Wanted::Files(files) => files.contains(name),
        }
    }
}

/// A drop, and what of it is to be carried out.
#[derive(Debug)]
pub struct Target<'a> {
    pub drop: &'a DropConfig,
    pub wanted: Wanted,
}

/// What must let a submission pass before anything of it is carried out.
pub trait Gate {
    /// Why it may not pass; `None`: it may. It was taken: its copy in the spool is what would be carried out.
    fn refuses<'a>(
        &'a self,
        job: &'a Job<'a>,
        taken: &'a TakenSubmission,
    ) -> Pin<Box<dyn Future<Output = Result<Option<String>, CommandError>> + 'a>>;
}

/// A drop with its folder held open, and what is wanted of it.
struct Open<'a> {
    drop: &'a DropConfig,
    folder: DropFolder,
    wanted: &'a Wanted,
}

impl Open<'_> {
    /// The plain files that are due.
    fn due(&self) -> Result<Vec<(FileName, Fingerprint)>, DropError> {
        let due = |entry: Entry| match entry {
            Entry::Proper {
                name,
                state: State::Plain(fingerprint),
            } if self.wanted.has(&name) => Some((name, fingerprint)),
            _ => None,
        };
        Ok(self.folder.look()?.into_iter().filter_map(due).collect())
    }
}

impl<'a> Runner<'a> {
    pub async fn new(
        world: &'a World,
        database: &'a Database,
        session: Session,
        format: Format,
    ) -> Result<Runner<'a>, CommandError> {
        let catalogue = world.catalogue(&session).await?;
        let media = world.workspace.media_stores()?;
        let spool = world.workspace.spool(&session).await?;
        let receipts = world.receipts(&session).await?;
        Ok(Runner {
            world,
            settings: world.config.submission(),
            database,
            workers: world.config.workers(Workload::Offline),
            pace: Arc::new(Pace::new(
                world.config.pace(Workload::Offline, None),
                world.clock.clone(),
            )),
            suspects: Suspects::default(),
            session,
            plans: plans(&catalogue),
            catalogue,
            spool,
            media,
            receipts,
            bar: Bar::new(format),
            metrics: None,
            gate: None,
            sweeps_cases: false,
        })
    }

    /// The same with a gate before every submission.
    pub fn gated(mut self, gate: &'a dyn Gate) -> Runner<'a> {
        self.gate = Some(gate);
        self
    }

    /// The same with the pace that a run was asked for.
    pub async fn paced(
        mut self,
        beside: Workload,
        args: &PaceArgs,
    ) -> Result<Runner<'a>, CommandError> {
        let config = &self.world.config;
        if config.max_replica_lag.is_some() && !pace::may_see_replicas(&self.session).await? {
            return Err(CommandError::Usage(
                "this role may not see how far replicas are behind; GRANT pg_monitor to it, or leave max_replica_lag out"
                    .to_owned(),
            ));
        }
        let until = args.until.map(|until| until.moment(self.world.clock.now()));
        self.workers = config.workers(beside);
        self.pace = Arc::new(Pace::new(
            config.pace(beside, until),
            self.world.clock.clone(),
        ));
        let file = config.metrics_file.as_deref();
        self.metrics = file.map(|file| Mutex::new(Metrics::at(file)));
        Ok(self)
    }

    /// What a signal does to a pass: it ends after its transaction.
    pub fn interrupter(&self) -> impl Fn() + use<> {
        let pace = self.pace.clone();
        move || pace.interrupt()
    }

    /// One pass over the drops, with its metrics where they are wanted. What was done before an error stands in the
    /// summary.
    pub async fn pass(
        &mut self,
        drops: &[DropConfig],
        date: Option<NaiveDate>,
    ) -> (Summary, Result<(), CommandError>) {
        // Fixed here, also for what is done after a reconnection.
        let target = |drop| Target {
            drop,
            wanted: Wanted::Day(date.unwrap_or_else(|| self.world.clock.today(drop.time_zone))),
        };
        let targets: Vec<Target> = drops.iter().map(target).collect();
        self.pass_over(&targets).await
    }

    /// The same over what is wanted of each.
    pub async fn pass_over(
        &mut self,
        targets: &[Target<'_>],
    ) -> (Summary, Result<(), CommandError>) {
        let began = Instant::now();
        let mut summary = Summary::new();
        let mut ended = self.pass_with_metrics(targets, &mut summary).await;
        if ended.is_ok() {
            ended = self.scrub(&mut summary).await;
        }
        let outcome = match &ended {
            Ok(()) => summary.outcome,
            Err(error) => error.outcome(),
        };
        self.write_metrics(Some(Pass {
            took: began.elapsed(),
            exit_code: outcome.code(),
        }));
        (summary, ended)
    }

    /// Removes below SQL what this pass, or an earlier one, left there, where the configuration wants it.
    async fn scrub(&self, summary: &mut Summary) -> Result<(), CommandError> {
        let Some(level) = self.world.config.scrub else {
            return Ok(());
        };
        if self.pace.is_over() {
            return Ok(());
        }
        summary.scrub = self.scrub_at(level).await?;
        if let Some(scrubbed) = &summary.scrub {
            summary.outcome = summary.outcome.max(scrub::outcome(scrubbed));
        }
        Ok(())
    }

    /// Removes below SQL what forgets left, and what this process has staged for them.
    pub async fn scrub_at(&self, level: Level) -> Result<Option<Scrubbed>, CommandError> {
        self.session
            .run(&sql_file!("stage/discard.sql").into())
            .await?;
        self.database.close_idle();
        // A session of its own: the settings of the other are those of forgets.
        let session = self.database.session().await?;
        scrub::after_a_pass(self.world, &session, &self.pace, level).await
    }

    async fn pass_with_metrics(
        &mut self,
        targets: &[Target<'_>],
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        let mut budget = reconnect::Budget::new(self);
        loop {
            let ended = tokio::select! {
                ended = self.carry_out_all(targets, summary) => ended,
                () = self.tell_metrics() => unreachable!("it never ends"),
            };
            match ended {
                Err(error)
                    if error.is_lost_connection()
                        && !self.pace.is_interrupted()
                        && budget.allows(self) =>
                {
                    output::note(&format!("{error}; looking for the server again"));
                    self.reconnect(error).await?;
                }
                ended => return ended,
            }
        }
    }

    /// What earlier runs left open first, then what is due.
    async fn carry_out_all(
        &self,
        targets: &[Target<'_>],
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        let mut open = Vec::new();
        for target in targets {
            let drop = target.drop;
            match open_drop(drop) {
                Ok(folder) => open.push(Open {
                    drop,
                    folder,
                    wanted: &target.wanted,
                }),
                Err(error) if targets.len() == 1 => return Err(error.into()),
                Err(error) => unusable(drop, error, summary),
            }
        }
        self.tell_backlog(&open).await?;
        self.sweep_spool().await?;
        for open in &open {
            self.finish_open(open, summary).await?;
        }
        let give_up = tokio::time::Instant::now() + self.world.config.media_wait();
        for open in &open {
            self.sweep_media(open, give_up, summary).await?;
        }
        self.sweep_cases(give_up, summary).await?;
        for (open, due) in open.iter().zip(self.settled(&open, summary).await) {
            for (name, settling) in due {
                if self.pace.is_interrupted() {
                    break;
                }
                self.due_file(open, &name, settling, summary).await?;
            }
        }
        // What another process was at may have been left by it meanwhile.
        for open in &open {
            self.finish_open(open, summary).await?;
        }
        self.bar.clear();
        self.tell_media(&open).await?;
        Ok(())
    }

    /// The due files of each drop, after looking twice; none of a drop that its owner has made unreadable, which must not
    /// keep the others waiting.
    async fn settled(
        &self,
        open: &[Open<'_>],
        summary: &mut Summary,
    ) -> Vec<Vec<(FileName, Settling)>> {
        let mut look = |open: &Open| -> Vec<Entry> {
            let due = |entry: &Entry| matches!(entry, Entry::Proper { name, .. } if open.wanted.has(name));
            match open.folder.look() {
                Ok(entries) => entries.into_iter().filter(due).collect(),
                Err(error) => {
                    unusable(open.drop, error, summary);
                    Vec::new()
                }
            }
        };
        let first: Vec<_> = open.iter().map(&mut look).collect();
        let pause = self.world.config.settle();
        if pause.is_zero() || first.iter().all(Vec::is_empty) {
            return first.iter().map(|look| settle(look, look)).collect();
        }
        self.pace.wait(pause).await;
        let second: Vec<_> = open.iter().map(look).collect();
        let looks = first.iter().zip(&second);
        looks.map(|(first, second)| settle(first, second)).collect()
    }

    fn job<'b>(&'b self, open: &'b Open<'b>) -> Job<'b> {
        Job {
            session: &self.session,
            database: self.database,
            workers: self.workers,
            pace: &self.pace,
            suspects: &self.suspects,
            catalogue: &self.catalogue,
            plan: &self.plans[&(open.drop.product == Product::Messaging)],
            settings: &self.settings,
            drop: open.drop,
            folder: &open.folder,
            spool: &self.spool,
            media: &self.media,
            receipts: &self.receipts,
            clock: &self.world.clock,
            progress: &self.bar,
        }
    }

    async fn due_file(
        &self,
        open: &Open<'_>,
        name: &FileName,
        settling: Settling,
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        let fingerprint = match settling {
            Settling::Settled(fingerprint) => fingerprint,
            Settling::Gone => return Ok(()),
            Settling::Unsettled => {
                return self.leave(
                    open,
                    name,
                    ReportState::Unsettled,
                    summary,
                    UNSETTLED.to_owned(),
                );
            }
            Settling::Refused(refusal) => return self.refuse(open, name, &refusal, summary),
        };
        self.carry_out(open, name, &fingerprint, summary).await
    }

    async fn carry_out(
        &self,
        open: &Open<'_>,
        name: &FileName,
        fingerprint: &Fingerprint,
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        let job = self.job(open);
        let began = Instant::now();
        match job.pick_up(name, fingerprint).await {
            Ok(Pickup::Taken(taken)) if self.is_stopped(open, &job, &taken, summary).await? => {
                Ok(())
            }
            Ok(Pickup::Taken(taken)) => {
                let report = self.process(&job, &taken).await;
                self.finish(open, name, taken.submission_id, (report, began), summary)
                    .await
            }
            Ok(Pickup::DoneBefore | Pickup::Elsewhere | Pickup::Gone) => Ok(()),
            Ok(Pickup::Unsettled) => self.leave(
                open,
                name,
                ReportState::Unsettled,
                summary,
                UNSETTLED.to_owned(),
            ),
            Ok(Pickup::Refused(refusal)) => self.refuse(open, name, &refusal, summary),
            Ok(Pickup::Duplicate(result)) => {
                let reason = format!(
                    "other content under a name that was used before; answered by {result}"
                );
                output::note(&format!("{}: {reason}", self.place(open, name)));
                let mut report = Report::unprocessed(
                    &open.drop.name,
                    name,
                    ReportState::Duplicate,
                    Some(reason),
                );
                report.results = vec![result];
                self.note(report, None, summary);
                summary.outcome = summary.outcome.max(Outcome::Errors);
                Ok(())
            }
            Err(error) => self.failed(open, name, error, summary),
        }
    }

    /// Asks the gate about a submission of which nothing was carried out yet. One that may not pass gives its name back.
    async fn is_stopped(
        &self,
        open: &Open<'_>,
        job: &Job<'_>,
        taken: &TakenSubmission,
        summary: &mut Summary,
    ) -> Result<bool, CommandError> {
        let Some(gate) = self.gate else {
            return Ok(false);
        };
        let known = ledger::known(&self.session, &open.drop.name, taken.name.as_str()).await?;
        if known.is_some_and(|known| known.state != ledger::State::Received) {
            // It passed before it was begun.
            return Ok(false);
        }
        let refused = match gate.refuses(job, taken).await {
            Ok(refused) => refused,
            Err(error) if error.is_lost_connection() => return Err(error),
            Err(error) => {
                job.withdraw(taken.submission_id).await?;
                return Err(error);
            }
        };
        let Some(reason) = refused else {
            return Ok(false);
        };
        job.withdraw(taken.submission_id).await?;
        summary.outcome = summary.outcome.max(Outcome::Errors);
        self.leave(open, &taken.name, ReportState::Refused, summary, reason)?;
        Ok(true)
    }

    /// Notes what became of a submission, and gives it back.
    async fn finish(
        &self,
        open: &Open<'_>,
        name: &FileName,
        submission_id: SubmissionId,
        (report, began): (Result<Report, PipelineError>, Instant),
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        match report {
            Ok(report) => {
                if report.tally.error > 0 || report.state == ReportState::Failed {
                    summary.outcome = summary.outcome.max(Outcome::Errors);
                }
                if let Some(reason) = &report.reason {
                    output::note(&format!("{}: {reason}", self.place(open, name)));
                }
                self.note(report, Some(began.elapsed()), summary);
            }
            Err(error) => {
                self.failed(open, name, error, summary)?;
                // It may have failed in the middle of a transaction, and the others of the pass need the session.
                self.session.rollback().await?;
            }
        }
        Ok(ledger::unlock(&self.session, submission_id).await?)
    }

    fn failed(
        &self,
        open: &Open<'_>,
        name: &FileName,
        error: PipelineError,
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        if error.is_lost_connection() {
            // Another session goes on with it, in this run or the next.
            return Err(error.into());
        }
        let reason = error.to_string();
        output::note(&format!(
            "error: {}: {reason}; nothing is lost, run again",
            self.place(open, name)
        ));
        let report = Report::unprocessed(&open.drop.name, name, ReportState::Failed, Some(reason));
        self.note(report, None, summary);
        summary.outcome = Outcome::Failed;
        Ok(())
    }

    fn refuse(
        &self,
        open: &Open<'_>,
        name: &FileName,
        refusal: &Refusal,
        summary: &mut Summary,
    ) -> Result<(), CommandError> {
        summary.outcome = summary.outcome.max(Outcome::Errors);
        self.leave(
            open,
            name,
            ReportState::Refused,
            summary,
            format!("refused: it {refusal}"),
        )
    }

    /// Names a file that is left where it is.
    fn leave(
        &self,
        open: &Open<'_>,
        name: &FileName,
        state: ReportState,
        summary: &mut Summary,
        reason: String,
    ) -> Result<(), CommandError> {
        output::note(&format!("{}: {reason}", self.place(open, name)));
        let report = Report::unprocessed(&open.drop.name, name, state, Some(reason));
        self.note(report, None, summary);
        Ok(())
    }

    fn place(&self, open: &Open, name: &FileName) -> String {
        format!("{}/{name}", output::safe(&open.drop.name))
    }
}

/// Tells of a drop that cannot be used; the others are carried out.
fn unusable(drop: &DropConfig, error: DropError, summary: &mut Summary) {
    output::note(&format!(
        "error: drop {}: {error}",
        output::safe(&drop.name)
    ));
    summary.outcome = summary.outcome.max(CommandError::from(error).outcome());
}

/// The plans by whether they are for the messaging product.
fn plans(catalogue: &Catalogue) -> HashMap<bool, Plan> {
    [Product::Outbound, Product::Messaging]
        .map(|product| (product == Product::Messaging, Plan::new(catalogue, product)))
        .into()
}

const UNSETTLED: &str = "still being uploaded, left for the next run";

/// Prints the summary.
pub fn show_summary(summary: &Summary, format: Format) -> Result<(), CommandError> {
    if format == Format::Json {
        return output::json(summary);
    }
    if let Some(scrubbed) = &summary.scrub {
        scrub::show_remains(scrubbed)?;
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
    for report in &summary.submissions {
        let state = serde_json::to_value(report.state)
            .ok()
            .and_then(|s| s.as_str().map(str::to_owned));
        table.add_row(vec![
            report.file.clone().into(),
            state.unwrap_or_default().into(),
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
