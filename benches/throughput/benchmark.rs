//! The benchmark: Lethe compared with plain SQL that does the same work, in one run, on the same fresh data.
//!
//! main.rs starts it, and tests/docs/bench.rs at a tiny scale.

mod data;
mod dialler;
mod docs;
mod export;
mod extremes;
mod forget;
mod lethe;
mod limit;
mod options;
mod profile;
mod report;
mod rivals;
mod server;
mod sets;
mod settings;
mod sizes;

use std::fs;

use self::data::Size;
use self::lethe::Lethe;
use self::server::Server;
use self::sets::Ground;

pub use self::options::Options;
pub use self::settings::Failure;

use self::options::Part;
use self::report::Report;
use self::sizes::Sizes;

/// Runs the selected measurements, prints the figures, and writes them as JSON and, on request, as a page.
pub fn run(options: &Options) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let server = Server::start(options)?;
    let report = runtime.block_on(measure(&server, options));
    let stopped = server.stop();
    let report = report?;
    stopped?;
    if let Some(folder) = options.json.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&options.json, serde_json::to_vec_pretty(&report)?)?;
    print!("{}", docs::text(&report));
    if let Some(folder) = &options.write_docs {
        docs::write(&report, folder)?;
    }
    Ok(())
}

async fn measure(server: &Server, options: &Options) -> Result<Report, Failure> {
    let lethe = Lethe::new(options)?;
    let kept = options.keep.is_some();
    let (size, small) = (Size::of(options.scale), Size::of(options.scale / 10.0));
    let sizes = Sizes::new(options, size, small);
    let name = "bench_throughput";
    let client = data::prepare(server, &lethe, name, size, kept).await?;
    let mut ground = Ground::new(name.into(), server.address(name), client, size.targets());
    let mut report = Report {
        facts: server::facts(&ground.client).await?,
        command: command(std::env::args().skip(1)),
        scale: options.scale,
        rounds: options.rounds,
        rows: data::counts(&ground.client).await?,
        sizes: serde_json::to_value(sizes)?,
        workers: if lethe.knows_workers {
            "--workers N"
        } else {
            "this binary has no --workers: all its columns have one worker"
        },
        ..Report::default()
    };
    if options.wants(Part::Forget) {
        forget::measure(&mut ground, &lethe, &sizes, options.rounds, &mut report).await?;
    }
    if options.wants(Part::Growth) {
        let name = "bench_throughput_small";
        let client = data::prepare(server, &lethe, name, small, kept).await?;
        let mut tenth = Ground::new(name.into(), server.address(name), client, small.targets());
        extremes::growth(
            &mut tenth,
            &mut ground,
            &lethe,
            sizes.growth,
            options.rounds,
            &mut report,
        )
        .await?;
    }
    if options.wants(Part::NoneFound) {
        extremes::none_found(&ground, &lethe, options.many, options.rounds, &mut report)?;
    }
    if options.wants(Part::Dialler) {
        dialler::measure(
            server,
            &mut ground,
            &lethe,
            sizes.dialler,
            options,
            &mut report,
        )
        .await?;
    }
    if options.wants(Part::Export) {
        export::measure(
            &mut ground,
            &lethe,
            sizes.export,
            options.rounds,
            &mut report,
        )
        .await?;
    }
    if options.wants(Part::Memory) {
        let extent = (options.export_bytes(), options.contacts());
        extremes::memory(&ground, &lethe, extent, &mut report).await?;
    }
    if options.profile {
        report.profiles = profile::take(&mut ground, &lethe, &sizes, options.many).await?;
    }
    drop(ground);
    let admin = server.admin().await?;
    for name in ["bench_throughput", "bench_throughput_small"] {
        admin
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await?;
    }
    Ok(report)
}

/// The arguments that decide what is measured, without paths of files.
fn command(words: impl Iterator<Item = String>) -> String {
    const FILES: [&str; 4] = ["--keep", "--json", "--lethe", "--database"];
    let mut kept: Vec<String> = Vec::new();
    let mut skip = false;
    for word in words {
        let name = word.split('=').next().unwrap_or_default();
        if skip || name == "--bench" || FILES.contains(&name) {
            skip = FILES.contains(&name) && name == word;
            continue;
        }
        kept.push(word);
    }
    kept.join(" ")
}
