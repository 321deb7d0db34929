//! `case run`: the waiting submissions of a case, through the engine that carries out the drops, if they are what was
//! approved.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::pin::Pin;
use std::time::Duration;

use super::Care;
use super::plan::not_by_another;
use super::waiting::{Place, waiting};
use crate::cli::arguments::{Global, PaceArgs};
use crate::cli::context::World;
use crate::cli::output::Terminal;
use crate::cli::run::{ScrubAtEnd, show_summary};
use crate::cli::signals::Signals;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::request::Action;
use crate::drop::{DropError, Entry, FileName};
use crate::engine::plan_digest::{PlanRecord, Tolerance};
use crate::engine::preview::PreviewError;
use crate::ledger;
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::pipeline::{PipelineError, SubmissionContext, TakenSubmission};
use crate::service::preview::{PreviewRequest, plan_key, preview};
use crate::service::runner::{
    CaseSweep, Epilogue, Gate, Pass, PassContext, Runner, Summary, Target, Wanted,
};
use crate::service::settings::DropConfig;

/// Most differences that are said one by one.
const SAID: usize = 10;

pub async fn run(
    global: &Global,
    mut world: World,
    care: &Care,
    case: &CaseId,
    settle: Option<Duration>,
    pace: &PaceArgs,
) -> Result<Outcome, CommandError> {
    world.config.settle = settle.or(world.config.settle);
    // They tell of the runs over the drops.
    world.config.metrics_file = None;
    let beside = world.pace(pace);
    let (connected, session) = world.connect_to_ledger().await?;
    care.must_know(&world, &session, case).await?;
    let files = files(&world, care, &session, case).await?;
    let drops = drops(&world, care, &session, case, files).await?;
    let targets: Vec<Target> = drops
        .iter()
        .map(|(drop, files)| Target {
            drop,
            wanted: Wanted::Files(files.clone()),
        })
        .collect();
    let scrub = world.config.scrub.map(|level| ScrubAtEnd {
        world: &world,
        level,
    });
    let approvals = Approvals {
        world: &world,
        care,
        case,
    };
    let terminal = Terminal::new(global.format);
    let context = PassContext {
        workspace: &world.workspace,
        database: &connected.database,
        reporter: &terminal,
        settings: world.pass_settings(beside, pace.until, CaseSweep::Excluded),
        observer: None,
        gate: Some(&approvals),
        epilogue: scrub.as_ref().map(|scrub| scrub as &dyn Epilogue),
    };
    let mut runner = Runner::new(context, session).await?;
    let mut signals = Signals::listen()?;
    let end = runner.interrupter();
    let Pass { summary, ended } = signals.guard(runner.pass(&targets), end).await;
    if ended.is_ok() || !summary.submissions.is_empty() {
        show_summary(&summary, global.format)?;
    }
    ended?;
    drop(runner);
    let session = connected.database.session().await?;
    tell_the_rest(&session, case, &summary).await?;
    Ok(summary.outcome)
}

/// Says what of the case is not at its end although this run is.
async fn tell_the_rest(
    session: &Session,
    case: &CaseId,
    summary: &Summary,
) -> Result<(), CommandError> {
    let quoted = output::quoted(case.as_str());
    let mut waiting = 0;
    for known in ledger::case_submissions(session, case).await? {
        let own = known.drop == case.drop_name();
        let of = (!own).then(|| case.as_str());
        let media = ledger::case_media(session, known.submission_id, of).await?;
        waiting += media.iter().map(|media| media.objects).sum::<i64>();
        let told = summary
            .submissions
            .iter()
            .any(|report| report.drop == known.drop && report.file == known.file);
        if known.state != ledger::State::Done && !told {
            output::note(&format!(
                "{} is being carried out elsewhere, or was paused: `lethe case show {quoted}`",
                known.file
            ));
        }
    }
    if waiting > 0 {
        output::note(&format!(
            "recording media still to be deleted: {}; `lethe case show {quoted}` says why, and every `lethe run` tries again",
            output::grouped(waiting)
        ));
    }
    Ok(())
}

/// The files to be carried out, by drop: what lies in the case's folder, the customers' files that name the case, and
/// what an earlier run began of either.
async fn files(
    world: &World,
    care: &Care,
    session: &Session,
    case: &CaseId,
) -> Result<BTreeMap<String, BTreeSet<FileName>>, CommandError> {
    let mut files: BTreeMap<String, BTreeSet<FileName>> = BTreeMap::new();
    match care.folders.case(case) {
        Ok(folder) => {
            let own = files.entry(case.drop_name()).or_default();
            for entry in folder.look()? {
                if let Entry::Proper { name, .. } = entry {
                    own.insert(name);
                }
            }
        }
        Err(DropError::NoCase { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    for waiting in waiting(world, care, session, case).await? {
        if let Place::Drop(drop) = waiting.place {
            files.entry(drop).or_default().insert(waiting.name);
        }
    }
    for begun in ledger::case_submissions(session, case).await? {
        if let (
            ledger::State::Received | ledger::State::Running | ledger::State::Answered,
            Ok(name),
        ) = (begun.state, FileName::parse(&begun.file))
        {
            files.entry(begun.drop).or_default().insert(name);
        }
    }
    Ok(files)
}

/// The drops of these files, with what each may reach.
async fn drops(
    world: &World,
    care: &Care,
    session: &Session,
    case: &CaseId,
    files: BTreeMap<String, BTreeSet<FileName>>,
) -> Result<Vec<(DropConfig, BTreeSet<FileName>)>, CommandError> {
    let mut drops = Vec::new();
    for (name, files) in files {
        if name == case.drop_name() {
            let catalogue = world.catalogue(session).await?;
            let row = care.row(session, case).await?;
            let drop = care.drop(session, &catalogue, case, row.as_ref()).await?;
            drops.push((drop, files));
        } else if let Some(drop) = world.config.drops.iter().find(|drop| drop.name == name) {
            drops.push((drop.clone(), files));
        }
    }
    Ok(drops)
}

/// Lets a submission pass that is what was approved, or needs no approval and has none.
struct Approvals<'a> {
    world: &'a World,
    care: &'a Care,
    case: &'a CaseId,
}

impl Gate for Approvals<'_> {
    fn refuses<'a>(
        &'a self,
        job: &'a SubmissionContext<'a>,
        taken: &'a TakenSubmission,
    ) -> Pin<Box<dyn Future<Output = Result<Option<String>, ServiceError>> + 'a>> {
        Box::pin(async move { Ok(self.look(job, taken).await?) })
    }
}

impl Approvals<'_> {
    async fn look(
        &self,
        job: &SubmissionContext<'_>,
        taken: &TakenSubmission,
    ) -> Result<Option<String>, CommandError> {
        let file = taken.name.as_str();
        let two_people = self.care.config.two_people && taken.name.action() == Action::Forget;
        let Some(approval) = ledger::approval(job.session, &job.drop.config.name, file).await?
        else {
            let case = output::quoted(self.case.as_str());
            return Ok(two_people.then(|| {
                format!("not run: two people must agree on a FORGET, and nobody has approved it; `lethe case preview {case}`")
            }));
        };
        let mut content = Vec::new();
        let mut spooled = job.stores.spool.read(taken.submission_id)?;
        let read = spooled.read_to_end(&mut content);
        read.map_err(PipelineError::Read)?;
        if two_people && job.drop.config.name == self.case.drop_name() {
            let files = ledger::case_files(job.session, self.case).await?;
            if let Some(why) = not_by_another(&files, file, &content, &approval.by) {
                return Ok(Some(format!("not run: {why}")));
            }
        }
        self.differences(job, taken, content, &approval.plan).await
    }

    /// What is not as it was approved. The preview has a session of its own: its staging is not the run's.
    async fn differences(
        &self,
        job: &SubmissionContext<'_>,
        taken: &TakenSubmission,
        content: Vec<u8>,
        approved: &str,
    ) -> Result<Option<String>, CommandError> {
        let Ok(approved) = serde_json::from_str::<PlanRecord>(approved) else {
            return Ok(Some(
                "not run: it was approved with another version of lethe; approve it again"
                    .to_owned(),
            ));
        };
        let session = job.database.session().await?;
        let key = plan_key(&session).await?;
        let request = PreviewRequest {
            action: taken.name.action(),
            content,
        };
        let workspace = &self.world.workspace;
        let now = match preview(
            workspace,
            &session,
            job.catalogue,
            job.drop.config,
            request,
            &key,
        )
        .await
        {
            Ok(preview) => preview.plan,
            Err(ServiceError::Preview(PreviewError::Unreadable(problem))) => {
                return Ok(Some(format!("not run: {problem}")));
            }
            Err(error) => return Err(error.into()),
        };
        let tolerance = Tolerance {
            rows: i64::try_from(self.care.config.count_tolerance).unwrap_or(i64::MAX),
            percent: 0,
        };
        let differences = approved.differences(&now, tolerance);
        if differences.is_empty() {
            return Ok(None);
        }
        let mut said: Vec<String> = differences
            .iter()
            .take(SAID)
            .map(ToString::to_string)
            .collect();
        if differences.len() > SAID {
            said.push(format!("and {} more", differences.len() - SAID));
        }
        Ok(Some(format!(
            "not run, for it is not what was approved: {}; look at a new preview and approve it",
            said.join("; ")
        )))
    }
}
