//! `demo`: processes the sample submission on a private PostgreSQL with sample data, and proves it with an EXPORT of the
//! same devices. Every number in its output is counted.

mod below;
mod data;
mod facts;
mod folder;
mod narrator;
mod sample;
mod scan;
mod stage;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use self::below::Below;
use self::facts::{Facts, Server, Snapshot, Trace};
use self::folder::{Archive, Folder};
use self::narrator::Narrator;
use self::sample::{ACCOUNT, CLIENT_ID, NEIGHBOUR, SAMPLE, sample_devices};
use self::stage::{Answered, Stage};
use crate::catalogue::Access;
use crate::cli::arguments::{Format, Global};
use crate::cli::config::Config;
use crate::cli::context::Context;
use crate::cli::output::Terminal;
use crate::cli::{CommandError, Outcome, clock, output};
use crate::domain::clock::Clock;
use crate::domain::level::Level;
use crate::domain::request::{Action, Product};
use crate::engine::Workload;
use crate::ledger::{self, Schema};
use crate::media::MediaConfig;
use crate::postgres::{APPLICATION, Database, Session};
use crate::proof::receipt;
use crate::service::runner::{CaseSweep, PassContext, Runner};
use crate::service::settings::DropConfig;
use crate::service::trace::trace;
use private_postgres::Cluster;

pub(crate) async fn demo(
    global: &Global,
    dir: Option<PathBuf>,
    scrub: Option<Level>,
) -> Result<Outcome, CommandError> {
    let clock = clock::clock()?;
    folder::check(dir.as_deref())?;
    let narrator = Narrator::new(global.format);
    narrator.opening()?;
    let keeper = std::env::current_exe().map_err(|cause| CommandError::Io {
        doing: "finding lethe itself",
        cause,
    })?;
    let cluster = Cluster::throwaway(&APPLICATION, &keeper, &[])?;
    let facts = play(&narrator, &cluster, clock, dir, scrub).await;
    let facts = facts.and_then(|facts| look_below(&narrator, &cluster, facts));
    let stopped = cluster.stop();
    let facts = facts?;
    stopped?;
    if global.format == Format::Json {
        output::json(&facts)?;
    }
    if facts.failed_checks.is_empty() {
        narrator.ending(&facts)?;
        Ok(Outcome::Done)
    } else {
        Err(CommandError::Demo(facts.failed_checks.join("; ")))
    }
}

/// After a scrub: stops the server cleanly and reads its data files.
fn look_below(
    narrator: &Narrator,
    cluster: &Cluster,
    mut facts: Facts,
) -> Result<Facts, CommandError> {
    if facts.scrub.is_some() {
        let data = cluster.halt()?;
        if let Some(below) = &mut facts.scrub {
            below.end(&data)?;
            facts.failed_checks.extend(below.failed_checks());
        }
    }
    if let Some(below) = &facts.scrub {
        narrator.below(below)?;
    }
    Ok(facts)
}

/// Plays the whole demo on a running cluster.
async fn play(
    narrator: &Narrator,
    cluster: &Cluster,
    clock: Clock,
    dir: Option<PathBuf>,
    scrub: Option<Level>,
) -> Result<Facts, CommandError> {
    let folder = Folder::make(dir)?;
    let config = prepare(&folder, scrub)?;
    let context = Context::for_demo(config, clock, cluster.connection_string("postgres"));
    let connected = context.connect().await?;
    let (session, version) = install(narrator, &connected.database).await?;
    let loading = Instant::now();
    data::load(&session).await?;
    let devices = sample_devices();
    let before = Snapshot::take(&session, &devices).await?;
    let media = data::media(&session, ACCOUNT, &devices).await?;
    folder.write_media(&media)?;
    narrator.data(&before.tables, loading.elapsed())?;
    let mut below = match scrub {
        Some(level) => Some(Below::begin(&session, &cluster.data(), &devices, level).await?),
        None => None,
    };
    let terminal = Terminal::new(narrator.format());
    let pass = PassContext {
        workspace: &context.workspace,
        database: &connected.database,
        reporter: &terminal,
        settings: context.pass_settings(Workload::Offline, None, CaseSweep::Excluded),
        observer: None,
        gate: None,
    };
    let mut runner = Runner::new(pass, connected.database.session().await?).await?;
    let mut stage = Stage {
        context: &context,
        runner: &mut runner,
        folder: &folder,
    };
    let played = perform(narrator, &mut stage, &session, &before, &devices).await?;
    let mut facts = Facts {
        server: Server {
            version,
            socket_folder: cluster.socket_dir().to_owned(),
        },
        found: facts::found(&before.held, &played.after.held),
        neighbour: facts::neighbour(&before, &played.after),
        suppression: facts::suppression(&before.suppressed, &played.after.suppressed),
        forget: played.forget,
        export: played.export,
        archive: played.archive,
        media: folder.compare_media(&media),
        trace: played.trace,
        scrub: None,
        failed_checks: Vec::new(),
        folder: folder.root.clone(),
        tables: before.tables,
    };
    facts.failed_checks = facts::failed_checks(&facts, &devices)?;
    narrator.untouched(&facts)?;
    if let Some(below) = &mut below {
        let forgotten = &facts.forget.report.file;
        below.scrub(&mut stage, &session, forgotten).await?;
    }
    facts.scrub = below;
    Ok(facts)
}

/// The configuration of the demo; with a scrub also a key and the drop of the neighbour.
fn prepare(folder: &Folder, scrub: Option<Level>) -> Result<Config, CommandError> {
    let mut config = config(folder);
    if scrub.is_some() {
        folder.make_neighbour()?;
        receipt::make_key(&folder.data().join("receipt-key.pem"))?;
        config
            .drops
            .push(drop_of("neighbour", folder.neighbour(), NEIGHBOUR));
    }
    Ok(config)
}

/// What the FORGET and the EXPORT of the demo did.
struct Played {
    forget: Answered,
    export: Answered,
    archive: Archive,
    /// After the FORGET.
    after: Snapshot,
    trace: Trace,
}

/// Runs the FORGET, then the EXPORT, then a trace.
async fn perform(
    narrator: &Narrator,
    stage: &mut Stage<'_>,
    session: &Session,
    before: &Snapshot,
    devices: &[String],
) -> Result<Played, CommandError> {
    let drop = stage.folder.drop();
    let forgotten = stage.submit(&drop, Action::Forget, SAMPLE)?;
    narrator.before(&forgotten, &before.held)?;
    let (forget, took) = stage.run(&forgotten).await?;
    narrator.answers(&forget, took)?;
    let after = Snapshot::take(session, devices).await?;
    narrator.after(&before.held, &after.held)?;

    let sample = SAMPLE.replace("FORGET", "EXPORT");
    let name = stage.submit(&drop, Action::Export, &sample)?;
    let (export, _) = stage.run(&name).await?;
    let archive = stage.folder.archive(&export.report.results)?;
    narrator.export(&export, &archive)?;

    let catalogue = stage.context.catalogue(session, Access::Change).await?;
    let tables = trace(session, &catalogue, CLIENT_ID, &[]).await?;
    narrator.trace(CLIENT_ID, &tables)?;
    Ok(Played {
        forget,
        export,
        archive,
        after,
        trace: Trace {
            client_id: CLIENT_ID,
            tables,
        },
    })
}

/// Installs both schemas; returns a session, and the server's version.
async fn install(
    narrator: &Narrator,
    database: &Database,
) -> Result<(Session, String), CommandError> {
    let mut session = database.session().await?;
    let version = data::version(&session).await?;
    ledger::migrate(database, &mut session, Schema::Ledger).await?;
    ledger::migrate(database, &mut session, Schema::Reference).await?;
    narrator.server(&version)?;
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
