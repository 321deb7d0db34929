//! The data: the reference schema, filled by the server itself, the same for the same scale.

use std::time::Instant;

use serde_json::{Map, Value};
use tokio_postgres::Client;

use super::lethe::{CREATE_ENGINE, Lethe};
use super::report::note;
use super::server::Server;
use super::settings::Failure;

/// In order; each is one batch.
const FILES: [(&str, &str); 12] = [
    ("functions", include_str!("sql/data/functions.sql")),
    ("drop indexes", include_str!("sql/data/drop_indexes.sql")),
    ("accounts", include_str!("sql/data/accounts.sql")),
    ("contacts", include_str!("sql/data/contacts.sql")),
    (
        "contact devices",
        include_str!("sql/data/contact_devices.sql"),
    ),
    ("attempts", include_str!("sql/data/attempts.sql")),
    ("messages", include_str!("sql/data/messages.sql")),
    ("recordings", include_str!("sql/data/recordings.sql")),
    ("media", include_str!("sql/data/media.sql")),
    ("indexes", include_str!("sql/data/create_indexes.sql")),
    ("targets", include_str!("sql/data/targets.sql")),
    // Sets hint bits and the visibility map, so that no measurement pays for the load.
    ("vacuum", "VACUUM (ANALYZE)"),
];

/// Sizes that follow from the scale.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub contacts: i64,
}

impl Size {
    /// A multiple of 240, so that every cycle of the generator is complete.
    pub fn of(scale: f64) -> Size {
        let cycles = (scale * 2_000_000.0 / 240.0).ceil().max(1.0) as i64;
        Size {
            contacts: cycles * 240,
        }
    }

    /// Devices that can be requested: nine of every twenty.
    pub fn targets(self) -> i64 {
        self.contacts / 20 * 9
    }

    fn settings(self) -> String {
        let called = self.contacts / 20 * 8;
        [
            ("contacts", self.contacts),
            ("attempts", called / 16 * 200),
            ("recordings", self.contacts / 2),
            ("called_phones", called / 8 * 6),
        ]
        .map(|(name, value)| format!("SET bench.{name} = {value};"))
        .concat()
    }
}

/// Creates the database `name` with data of this size; with `kept`, as a copy of the one that an earlier run left.
pub async fn prepare(
    server: &Server,
    lethe: &Lethe,
    name: &str,
    size: Size,
    kept: bool,
) -> Result<Client, Failure> {
    let admin = server.admin().await?;
    admin
        .batch_execute(&format!("DROP DATABASE IF EXISTS {name}"))
        .await?;
    if kept {
        let pristine = format!("bench_pristine_{}", size.contacts);
        let there = "SELECT FROM pg_database WHERE datname = $1";
        if admin.query_opt(there, &[&pristine]).await?.is_none() {
            // Only complete data gets the name that later runs look for.
            let unfinished = format!("{pristine}_unfinished");
            fill(server, lethe, &admin, &unfinished, size).await?;
            admin
                .batch_execute(&format!("ALTER DATABASE {unfinished} RENAME TO {pristine}"))
                .await?;
        }
        note(&format!("copying {pristine}"));
        let version: String = admin
            .query_one("SHOW server_version_num", &[])
            .await?
            .get(0);
        let strategy = if version.as_str() < "150000" {
            ""
        } else {
            "STRATEGY file_copy"
        };
        admin
            .batch_execute(&format!(
                "CREATE DATABASE {name} TEMPLATE {pristine} {strategy}"
            ))
            .await?;
    } else {
        fill(server, lethe, &admin, name, size).await?;
    }
    let client = server.connect(name).await?;
    if kept {
        // It may be from an older version.
        install(server, lethe, name, &client).await?;
    }
    client
        .batch_execute(include_str!("sql/set/tables.sql"))
        .await?;
    prewarm(&client).await?;
    Ok(client)
}

/// Installs or upgrades the ledger, and grants the role of the runs what they need.
async fn install(
    server: &Server,
    lethe: &Lethe,
    name: &str,
    client: &Client,
) -> Result<(), Failure> {
    client.batch_execute(CREATE_ENGINE).await?;
    let grants = lethe.migrate(&server.address(name))?;
    Ok(client.batch_execute(&grants).await?)
}

async fn fill(
    server: &Server,
    lethe: &Lethe,
    admin: &Client,
    name: &str,
    size: Size,
) -> Result<(), Failure> {
    let begun = Instant::now();
    admin
        .batch_execute(&format!("DROP DATABASE IF EXISTS {name}"))
        .await?;
    admin
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await?;
    let client = server.connect(name).await?;
    install(server, lethe, name, &client).await?;
    // Foreign keys hold by construction; checking them row by row takes longer than loading the rows.
    client
        .batch_execute(
            "SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '512MB'",
        )
        .await?;
    client.batch_execute(&size.settings()).await?;
    for (what, file) in FILES {
        let begun = Instant::now();
        client.batch_execute(file).await?;
        note(&format!(
            "{name}: {what}: {:.1} s",
            begun.elapsed().as_secs_f64()
        ));
    }
    note(&format!(
        "{name}: {} contacts and what belongs to them in {:.0} s",
        size.contacts,
        begun.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Without the extension the first rounds warm the caches, but less evenly.
async fn prewarm(client: &Client) -> Result<(), Failure> {
    let extension = "CREATE EXTENSION IF NOT EXISTS pg_prewarm";
    if client.batch_execute(extension).await.is_ok() {
        client
            .query_one(include_str!("sql/data/prewarm.sql"), &[])
            .await?;
    } else {
        note("without pg_prewarm: the first round may find cold caches");
    }
    Ok(())
}

/// The rows of each table.
pub async fn counts(client: &Client) -> Result<Value, Failure> {
    let rows = client
        .query(include_str!("sql/data/counts.sql"), &[])
        .await?;
    let pair = |row: &tokio_postgres::Row| (row.get(0), Value::from(row.get::<_, i64>(1)));
    Ok(Value::Object(rows.iter().map(pair).collect::<Map<_, _>>()))
}
