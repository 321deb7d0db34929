//! The server of the benchmark, and facts about it and the machine.

use std::path::PathBuf;
use std::process::Command;

use private_postgres::{Cluster, find_binaries};
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

use super::options::Options;
use super::settings::{Failure, PROFILING};

/// Settings of the private cluster. Durable as in production, but without automatic checkpoints and vacuums during a
/// measurement: both run between the rounds.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
    ("shared_buffers", "2GB"),
    ("work_mem", "64MB"),
    ("maintenance_work_mem", "512MB"),
    ("effective_cache_size", "8GB"),
    ("max_wal_size", "16GB"),
    ("min_wal_size", "4GB"),
    ("checkpoint_timeout", "1h"),
    ("wal_compression", "off"),
    ("autovacuum", "off"),
    ("max_connections", "50"),
    ("random_page_cost", "1.1"),
];

/// Settings that are reported with the figures.
const SHOWN: &[&str] = &[
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "work_mem",
    "max_wal_size",
    "checkpoint_timeout",
    "wal_compression",
    "wal_buffers",
    "wal_level",
    "autovacuum",
    "random_page_cost",
    "data_checksums",
];

pub struct Server {
    /// `None` if the caller named a server.
    cluster: Option<Cluster>,
    address: String,
}

impl Server {
    pub fn start(options: &Options) -> Result<Server, Failure> {
        if let Some(address) = &options.database {
            return Ok(Server {
                cluster: None,
                address: address.clone(),
            });
        }
        let own = options
            .settings
            .iter()
            .map(|s| s.split_once('=').ok_or("a setting is name=value"))
            .collect::<Result<Vec<_>, _>>()?;
        let counting = options.profile.then_some(PROFILING);
        let all = SETTINGS.iter().copied();
        let all = all.chain(counting.into_iter().flatten()).chain(own);
        let all: Vec<(&str, &str)> = all.collect();
        let cluster = match &options.keep {
            Some(folder) => Cluster::persistent_with(
                &lethe::postgres::APPLICATION,
                &options.lethe,
                folder,
                &all,
            )?,
            None => Cluster::throwaway(&lethe::postgres::APPLICATION, &options.lethe, &all)?,
        };
        Ok(Server {
            address: cluster.connection_string("postgres"),
            cluster: Some(cluster),
        })
    }

    /// The address of a database of this server.
    pub fn address(&self, database: &str) -> String {
        match &self.cluster {
            Some(cluster) => cluster.connection_string(database),
            None => with_database(&self.address, database),
        }
    }

    pub async fn connect(&self, database: &str) -> Result<Client, Failure> {
        let (client, connection) = tokio_postgres::connect(&self.address(database), NoTls).await?;
        tokio::spawn(connection);
        // As in Lethe's sessions, which switch JIT compilation off: the rivals must not pay for it.
        client.batch_execute("SET jit = off").await?;
        Ok(client)
    }

    pub async fn admin(&self) -> Result<Client, Failure> {
        let (client, connection) = tokio_postgres::connect(&self.address, NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Stops the private cluster.
    pub fn stop(self) -> Result<(), Failure> {
        Ok(self.cluster.map_or(Ok(()), Cluster::stop)?)
    }
}

/// Another database of the same server; for URLs and for key/value strings, where the last value counts.
fn with_database(address: &str, database: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return format!("{address} dbname={database}");
    };
    let (place, query) = rest
        .split_once('?')
        .map_or((rest, String::new()), |(p, q)| (p, format!("?{q}")));
    let place = place.split('/').next().unwrap_or_default();
    format!("{scheme}://{place}/{database}{query}")
}

/// The path of psql: next to the server's programs, or on the PATH.
pub fn psql() -> PathBuf {
    find_binaries(&lethe::postgres::APPLICATION)
        .map(|folder| folder.join("psql"))
        .ok()
        .filter(|path| path.exists())
        .unwrap_or_else(|| "psql".into())
}

/// Machine, versions and settings.
pub async fn facts(client: &Client) -> Result<Value, Failure> {
    let mut settings = serde_json::Map::new();
    for name in SHOWN {
        let value: String = client
            .query_one("SELECT current_setting($1)", &[name])
            .await?
            .get(0);
        settings.insert((*name).to_owned(), value.into());
    }
    let version: String = client.query_one("SELECT version()", &[]).await?.get(0);
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_else(|| "unknown".to_owned())
    };
    let first_line = |program: &str, argument: &str| {
        Command::new(program)
            .arg(argument)
            .output()
            .ok()
            .and_then(|o| String::from_utf8(o.stdout).ok())
            .and_then(|text| text.lines().next().map(str::to_owned))
            .unwrap_or_else(|| "unknown".to_owned())
    };
    Ok(json!({
        "date": chrono::Utc::now().format("%Y-%m-%d %H:%M UTC").to_string(),
        "cpu": field(&read("/proc/cpuinfo"), "model name"),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory": field(&read("/proc/meminfo"), "MemTotal"),
        "system": first_line("uname", "-sr"),
        "postgresql": version.split(',').next().unwrap_or_default(),
        "rustc": first_line("rustc", "--version"),
        "lethe": env!("CARGO_PKG_VERSION"),
        "settings": settings,
    }))
}
