//! A concurrent workload: 300 transactions per second on rows of the requested set.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use serde_json::json;

use super::lethe::{Lethe, request};
use super::options::Options;
use super::report::{Goal, Report, median, note};
use super::server::Server;
use super::sets::Ground;
use super::settings::Failure;

const PER_SECOND: f64 = 300.0;
/// Connections of the dialler: one that waits for a lock must not stop the others.
const LINES: usize = 8;
/// The interval between two samples of wait events.
const LOOK: Duration = Duration::from_millis(5);

/// Rows of the set.
struct Rows {
    contacts: Vec<(String, i64)>,
    attempts: Vec<(String, i64, DateTime<Utc>)>,
}

impl Rows {
    async fn of(ground: &Ground) -> Result<Rows, Failure> {
        let client = &ground.client;
        let contacts = client
            .query(include_str!("sql/dialler/contacts.sql"), &[])
            .await?;
        let attempts = client
            .query(include_str!("sql/dialler/attempts.sql"), &[])
            .await?;
        Ok(Rows {
            contacts: contacts.iter().map(|r| (r.get(0), r.get(1))).collect(),
            attempts: attempts
                .iter()
                .map(|r| (r.get(0), r.get(1), r.get(2)))
                .collect(),
        })
    }
}

/// A running dialler.
struct Dialler {
    stop: Arc<AtomicBool>,
    lines: Vec<JoinHandle<Result<Vec<Duration>, tokio_postgres::Error>>>,
    watch: JoinHandle<Result<Waits, tokio_postgres::Error>>,
}

impl Dialler {
    async fn start(server: &Server, database: &str, rows: &Arc<Rows>) -> Result<Dialler, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = Vec::new();
        for _ in 0..LINES {
            let client = server.connect(database).await?;
            client
                .batch_execute("SET application_name = 'dialler'")
                .await?;
            clients.push(client);
        }
        let watch = watch(server.connect(database).await?, stop.clone());
        let begun = Instant::now();
        let line = |(number, client)| {
            tokio::spawn(dial(client, number, begun, rows.clone(), stop.clone()))
        };
        Ok(Dialler {
            lines: clients.into_iter().enumerate().map(line).collect(),
            watch: tokio::spawn(watch),
            stop: stop.clone(),
        })
    }

    /// Stops; returns the sorted latencies and the wait events.
    async fn stop(self) -> Result<(Vec<Duration>, Waits), Failure> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for line in self.lines {
            all.extend(line.await??);
        }
        all.sort_unstable();
        Ok((all, self.watch.await??))
    }
}

/// One connection: transactions at their due times, however long the last one took. A transaction that starts late
/// because of the one before it is measured from its due time.
async fn dial(
    client: Client,
    number: usize,
    begun: Instant,
    rows: Arc<Rows>,
    stop: Arc<AtomicBool>,
) -> Result<Vec<Duration>, tokio_postgres::Error> {
    let attribute = client
        .prepare(include_str!("sql/dialler/attribute.sql"))
        .await?;
    let disposition = client
        .prepare(include_str!("sql/dialler/disposition.sql"))
        .await?;
    let attempt = client
        .prepare(include_str!("sql/dialler/attempt.sql"))
        .await?;
    let mut latencies = Vec::new();
    for call in (number..).step_by(LINES) {
        let due = begun + Duration::from_secs_f64(call as f64 / PER_SECOND);
        let late = Instant::now() > due;
        tokio::time::sleep_until(due.into()).await;
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let from = if late { due } else { Instant::now() };
        let (account, contact) = &rows.contacts[call % rows.contacts.len()];
        match call % 3 {
            0 => client.execute(&attribute, &[account, contact]).await?,
            1 => {
                let (account, id, at) = &rows.attempts[call % rows.attempts.len()];
                client.execute(&disposition, &[account, id, at]).await?
            }
            _ => client.execute(&attempt, &[account, contact]).await?,
        };
        latencies.push(from.elapsed());
    }
    Ok(latencies)
}

/// The wait events that were sampled, and how often. A session without one works, or waits for a core.
type Waits = BTreeMap<String, f64>;

/// Samples the dialler's sessions until it is stopped.
async fn watch(client: Client, stop: Arc<AtomicBool>) -> Result<Waits, tokio_postgres::Error> {
    let look = client
        .prepare(include_str!("sql/dialler/waits.sql"))
        .await?;
    let mut seen = Waits::new();
    while !stop.load(Ordering::Relaxed) {
        for row in client.query(&look, &[]).await? {
            *seen.entry(row.get(0)).or_default() += row.get::<_, i64>(1) as f64;
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(seen)
}

/// In milliseconds.
fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let at = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted
        .get(at)
        .map_or(f64::NAN, |d| d.as_secs_f64() * 1_000.0)
}

pub async fn measure(
    server: &Server,
    ground: &mut Ground,
    lethe: &Lethe,
    devices: i64,
    options: &Options,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut idle = Vec::new();
    let mut busy = Vec::new();
    let mut rates = Vec::new();
    let mut waits = Waits::new();
    for round in 0..options.rounds {
        let set = ground.draw(devices).await?;
        ground.rehearse(&set).await?;
        let rows = Arc::new(Rows::of(ground).await?);
        let dialler = Dialler::start(server, &ground.database, &rows).await?;
        tokio::time::sleep(Duration::from_secs_f64(options.idle)).await;
        idle.push(dialler.stop().await?.0);
        let submitted = lethe.submit("forget", json!([request("FORGET", &set.devices)]))?;
        let dialler = Dialler::start(server, &ground.database, &rows).await?;
        // The dialler's tasks continue on the runtime's other threads.
        let ran = tokio::task::block_in_place(|| {
            lethe.run_beside(&ground.address, options.beside_workers, &submitted)
        })?;
        let (latencies, waited) = dialler.stop().await?;
        busy.push(latencies);
        for (what, times) in waited {
            *waits.entry(what).or_default() += times;
        }
        ground.check("lethe beside the dialler").await?;
        rates.push(devices as f64 / ran.took.elapsed.as_secs_f64());
        note(&format!(
            "round {}: {devices} devices beside a dialler: {:.0} a second, p99 {:.1} ms, idle {:.1} ms",
            round + 1,
            rates[round],
            percentile(&busy[round], 0.99),
            percentile(&idle[round], 0.99),
        ));
        ground.vacuum().await?;
    }
    for (when, all) in [("idle", &idle), ("while forgetting", &busy)] {
        for (name, share) in [("p50", 0.50), ("p99", 0.99), ("longest", 1.0)] {
            let value = median(all.iter().map(|sorted| percentile(sorted, share)));
            report.line(format!("live dialler, {when}: {name}"), value, "ms", None);
        }
    }
    let ratio = median(
        busy.iter()
            .zip(&idle)
            .map(|(b, i)| percentile(b, 0.99) / percentile(i, 0.99)),
    );
    report.line(
        "live dialler: p99 while forgetting / p99 idle",
        ratio,
        "times",
        Some(Goal::AtMost(4.0)),
    );
    report.line(
        format!("live dialler: forgetting {devices} devices beside it"),
        median(rates),
        "devices per second",
        Some(Goal::AtLeast(2_500.0)),
    );
    let all: f64 = waits.values().sum();
    for (what, times) in waits.iter().filter(|(_, times)| **times / all > 0.02) {
        let name = format!("live dialler, while forgetting: calls in progress seen in {what}");
        report.line(name, 100.0 * times / all, "%", None);
    }
    Ok(())
}
