//! Where the time goes: the statements of the limit, and pg_stat_statements for those of Lethe.

use serde_json::json;
use tokio_postgres::Client;

use super::forget::{State, Variant, once};
use super::lethe::{Lethe, request};
use super::report::{Profile, Spent};
use super::sets::Ground;
use super::settings::Failure;
use super::sizes::Sizes;
use super::{extremes, limit};

/// The limit for a set (rolled back), and Lethe on a set of its own, on devices that match nothing, and on an export.
pub async fn take(
    ground: &mut Ground,
    lethe: &Lethe,
    sizes: &Sizes,
    many: i64,
) -> Result<Vec<Profile>, Failure> {
    let devices = sizes.ordinary;
    let mut all = vec![of_limit(ground, devices).await?];
    count(ground, "top").await?;
    let run = once(ground, lethe, Variant::Lethe(1), State::Warm, devices).await?;
    all.push(Profile {
        title: format!("Lethe, one worker, {devices} devices, {} rows", run.rows),
        seconds: run.seconds,
        statements: statements(&ground.client).await?,
    });
    count(ground, "top").await?;
    let seconds = extremes::run_none_found(ground, lethe, many)?;
    all.push(Profile {
        title: format!("Lethe, one worker, {many} devices that no row holds"),
        seconds,
        statements: statements(&ground.client).await?,
    });
    let set = ground.last(sizes.export).await?;
    count(ground, "top").await?;
    let submitted = lethe.submit("export", json!([request("EXPORT", &set.devices)]))?;
    let ran = lethe.run(&ground.address, 1, &submitted)?;
    all.push(Profile {
        title: format!("Lethe, export of {} devices", sizes.export),
        seconds: ran.took.elapsed.as_secs_f64(),
        statements: statements(&ground.client).await?,
    });
    count(ground, "none").await?;
    Ok(all)
}

async fn of_limit(ground: &mut Ground, devices: i64) -> Result<Profile, Failure> {
    let set = ground.draw(devices).await?;
    ground.rehearse(&set).await?;
    ground.client.batch_execute("BEGIN").await?;
    limit::choose(&ground.client, ground.share(&set)).await?;
    let mut statements = Vec::new();
    for (table, statement) in limit::STATEMENTS {
        let explain =
            format!("EXPLAIN (ANALYZE, TIMING OFF, BUFFERS, WAL, FORMAT JSON) {statement}");
        let explained: serde_json::Value = ground.client.query_one(&explain, &[]).await?.get(0);
        let number = |value: &serde_json::Value| value.as_f64().unwrap_or_default();
        let (whole, plan) = (&explained[0], &explained[0]["Plan"]);
        statements.push(Spent {
            statement: format!("UPDATE {table} from precomputed keys"),
            calls: 1.0,
            execution_ms: number(&whole["Execution Time"]),
            planning_ms: number(&whole["Planning Time"]),
            rows: number(&plan["Plans"][0]["Actual Rows"]),
            wal_kib: number(&plan["WAL Bytes"]) / 1024.0,
        });
    }
    ground.client.batch_execute("ROLLBACK").await?;
    Ok(Profile {
        title: format!("The limit, {devices} devices, {} rows", set.rows),
        seconds: statements.iter().map(|s| s.execution_ms).sum::<f64>() / 1_000.0,
        statements,
    })
}

/// Resets the counters and sets what is tracked.
async fn count(ground: &Ground, track: &str) -> Result<(), Failure> {
    ground
        .client
        .batch_execute(&format!(
            "CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public;
             ALTER DATABASE {} SET pg_stat_statements.track = '{track}';
             SELECT pg_stat_statements_reset()",
            ground.database
        ))
        .await?;
    Ok(())
}

async fn statements(client: &Client) -> Result<Vec<Spent>, Failure> {
    let rows = client
        .query(include_str!("sql/statements.sql"), &[])
        .await?;
    Ok(rows
        .iter()
        .map(|row| Spent {
            statement: row.get(0),
            calls: row.get(1),
            execution_ms: row.get(2),
            planning_ms: row.get(3),
            rows: row.get(4),
            wal_kib: row.get(5),
        })
        .collect())
}
