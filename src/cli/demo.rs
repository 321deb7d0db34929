//! `demo`: on a private PostgreSQL with sample data, the seed's sample submission is carried out, and an EXPORT of the
//! same devices proves it. Everything that it says it has counted itself.

mod below;
mod data;
mod facts;
mod folder;
mod scan;
mod tell;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::below::Below;
use self::facts::{Answered, Facts, Server, Snapshot, Trace};
use self::folder::Folder;
use self::tell::Tell;
use crate::cli::arguments::{Format, Global};
use crate::cli::config::Config;
use crate::cli::context::World;
use crate::cli::output::Terminal;
use crate::cli::trace::trace_tables;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::clock::Clock;
use crate::domain::device::{Device, DeviceKind};
use crate::domain::level::Level;
use crate::domain::request::{Action, Product};
use crate::ledger::{self, Schema};
use crate::media::MediaConfig;
use crate::postgres::{Database, Session};
use crate::proof::receipt;
use crate::service::pipeline::Report;
use crate::service::runner::{CaseSweep, PassContext, Runner, due_targets};
use crate::service::settings::DropConfig;
use crate::service::settings::Workload;
use private_postgres::Cluster;

/// The seed's sample: its brackets mended, its values kept.
const SAMPLE: &str = include_str!("../../fixtures/seed/forget.json");
/// The enterprise that the sample names.
const ACCOUNT: &str = "30003748347";
/// The other enterprise, whose rows hold the same devices.
const NEIGHBOUR: &str = "40001187020";
/// A client ID of a consumer of the sample.
const CLIENT_ID: &str = "LH-104417";

pub async fn demo(
    global: &Global,
    dir: Option<PathBuf>,
    scrub: Option<Level>,
) -> Result<Outcome, CommandError> {
    let clock = Clock::from_environment()?;
    folder::check(dir.as_deref())?;
    let tell = Tell::new(global.format);
    tell.opening()?;
    let keeper = std::env::current_exe().map_err(|cause| CommandError::Io {
        doing: "finding lethe itself",
        cause,
    })?;
    let cluster = Cluster::throwaway(&keeper, &[])?;
    let facts = play(&tell, &cluster, clock, dir, scrub).await;
    let facts = facts.and_then(|facts| look_below(&tell, &cluster, facts));
    let stopped = cluster.stop();
    let facts = facts?;
    stopped?;
    if global.format == Format::Json {
        output::json(&facts)?;
    }
    if facts.failed_checks.is_empty() {
        tell.ending(&facts)?;
        Ok(Outcome::Done)
    } else {
        Err(CommandError::Demo(facts.failed_checks.join("; ")))
    }
}

/// Where a scrub was wanted: ends the server cleanly and reads its data files.
fn look_below(tell: &Tell, cluster: &Cluster, mut facts: Facts) -> Result<Facts, CommandError> {
    if facts.scrub.is_some() {
        let data = cluster.halt()?;
        below::finish(&mut facts, &data)?;
    }
    if let Some(below) = &facts.scrub {
        tell.below(below)?;
    }
    Ok(facts)
}

/// The whole demo, on a cluster that is there.
async fn play(
    tell: &Tell,
    cluster: &Cluster,
    clock: Clock,
    dir: Option<PathBuf>,
    scrub: Option<Level>,
) -> Result<Facts, CommandError> {
    let folder = Folder::make(dir)?;
    let mut config = config(&folder);
    if scrub.is_some() {
        folder.make_neighbour()?;
        receipt::make_key(&folder.data().join("receipt-key.pem"))?;
        config
            .drops
            .push(drop_of("neighbour", folder.neighbour(), NEIGHBOUR));
    }
    let world = World::for_demo(config, clock, cluster.connection_string("postgres"));
    let connected = world.connect().await?;
    let (session, version) = install(tell, &connected.database).await?;
    let loading = Instant::now();
    data::load(&session).await?;
    let devices = sample_devices();
    let before = Snapshot::take(&session, &devices).await?;
    let media = data::media(&session, ACCOUNT, &devices).await?;
    folder.write_media(&media)?;
    tell.data(&before.tables, loading.elapsed())?;
    let mut below = match scrub {
        Some(level) => Some(Below::begin(&session, &cluster.data(), &devices, level).await?),
        None => None,
    };

    let runs_on = connected.database.session().await?;
    let terminal = Terminal::new(tell.format());
    let context = PassContext {
        workspace: &world.workspace,
        database: &connected.database,
        reporter: &terminal,
        settings: world.pass_settings(Workload::Offline, None, CaseSweep::Excluded),
        observer: None,
        gate: None,
        epilogue: None,
    };
    let mut runner = Runner::new(context, runs_on).await?;
    let mut stage = Stage {
        world: &world,
        runner: &mut runner,
        folder: &folder,
    };
    let forgotten = stage.submit(&folder.drop(), Action::Forget, SAMPLE)?;
    tell.before(&forgotten, &before.held)?;
    let (forget, took) = stage.run(&forgotten).await?;
    tell.answers(&forget, took)?;
    let after = Snapshot::take(&session, &devices).await?;
    tell.after(&before.held, &after.held)?;

    let name = stage.submit(
        &folder.drop(),
        Action::Export,
        &SAMPLE.replace("FORGET", "EXPORT"),
    )?;
    let (export, _) = stage.run(&name).await?;
    let archive = folder.archive(&export.report.results)?;
    tell.export(&export, &archive)?;

    let catalogue = world.catalogue(&session).await?;
    let traced = trace_tables(&session, &catalogue, CLIENT_ID, &[]).await?;
    tell.trace(CLIENT_ID, &traced)?;
    let mut facts = Facts {
        server: Server {
            version,
            socket_folder: cluster.socket_dir().to_owned(),
        },
        found: facts::found(&before.held, &after.held),
        forget,
        export,
        archive,
        neighbour: facts::neighbour(&before, &after),
        suppression: facts::suppression(&before.suppressed, &after.suppressed),
        media: folder.compare_media(&media),
        trace: Trace {
            client_id: CLIENT_ID,
            tables: traced,
        },
        scrub: None,
        failed_checks: Vec::new(),
        folder: folder.root.clone(),
        tables: before.tables,
    };
    facts.failed_checks = facts::failed_checks(&facts, &devices)?;
    tell.untouched(&facts)?;
    if let Some(below) = &mut below {
        below.scrub(&mut stage, &session, &forgotten).await?;
    }
    facts.scrub = below;
    Ok(facts)
}

/// Installs both schemas; returns a session, and the server's version.
async fn install(tell: &Tell, database: &Database) -> Result<(Session, String), CommandError> {
    let mut session = database.session().await?;
    let version = data::version(&session).await?;
    ledger::migrate(&mut session, Schema::Ledger).await?;
    ledger::migrate(&mut session, Schema::Reference).await?;
    tell.server(&version)?;
    Ok((session, version))
}

/// The configuration of the demo: one drop, which may reach the sample's account.
fn config(folder: &Folder) -> Config {
    Config {
        data: Some(folder.data()),
        settle: Some(Duration::ZERO),
        media: Some(MediaConfig {
            folder: Some(folder.media()),
            s3: Vec::new(),
        }),
        drops: vec![drop_of("demo", folder.drop(), ACCOUNT)],
        ..Config::default()
    }
}

/// A drop of an enterprise.
fn drop_of(name: &str, path: PathBuf, account: &str) -> DropConfig {
    DropConfig {
        name: name.to_owned(),
        path,
        accounts: vec![account.to_owned()],
        product: Product::Outbound,
        time_zone: chrono_tz::Tz::UTC,
    }
}

/// What submissions are carried out with.
struct Stage<'a> {
    world: &'a World,
    runner: &'a mut Runner<'a>,
    folder: &'a Folder,
}

impl Stage<'_> {
    /// Puts a submission of today into a drop; returns its name.
    fn submit(&self, drop: &Path, action: Action, content: &str) -> Result<String, CommandError> {
        let prefix = action.as_str().to_lowercase();
        let now = self.world.clock.now().format("%Y%m%d_%H%M%S");
        let name = format!("{prefix}-{now}.json");
        self.folder.submit(drop, &name, content)?;
        Ok(name)
    }

    /// One pass; returns what became of the submission, its answers, and how long that took.
    async fn run(&mut self, name: &str) -> Result<(Answered, Duration), CommandError> {
        let (report, took) = self.pass(name).await?;
        let responses = self.folder.responses(&report.results)?;
        Ok((Answered { report, responses }, took))
    }

    /// One pass, as `lethe run` makes it; returns what became of the submission, and how long that took.
    async fn pass(&mut self, name: &str) -> Result<(Report, Duration), CommandError> {
        let started = Instant::now();
        let date = name
            .split(['-', '_'])
            .nth(1)
            .and_then(|date| chrono::NaiveDate::parse_from_str(date, "%Y%m%d").ok());
        let targets = due_targets(&self.world.config.drops, date, &self.world.clock);
        let pass = self.runner.pass(&targets).await;
        pass.ended?;
        let took = started.elapsed();
        let report = pass
            .summary
            .submissions
            .into_iter()
            .find(|r| r.file == name);
        let report =
            report.ok_or_else(|| CommandError::Demo(format!("the run did not pick up {name}")))?;
        Ok((report, took))
    }
}

/// The devices of the sample, canonical; the wrong phone is none.
fn sample_devices() -> Vec<String> {
    let sample: serde_json::Value =
        serde_json::from_str(SAMPLE).expect("the embedded sample is JSON");
    let requests = sample["requests"].as_array().into_iter().flatten();
    let contacts =
        requests.flat_map(|request| request["contacts"].as_array().into_iter().flatten());
    contacts
        .filter_map(|contact| contact.as_object()?.iter().next())
        .filter_map(|(key, value)| Device::parse(DeviceKind::from_key(key)?, value.as_str()?).ok())
        .map(|device| match device {
            Device::Phone(phone) => phone.e164(),
            Device::Email(email) => email.canonical().to_owned(),
            Device::IpAddr(address) => address.to_string(),
        })
        .collect()
}
