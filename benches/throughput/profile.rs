//! Where the time goes: plans of the limit's statements, and the server's own account of Lethe's.

use tokio_postgres::Client;

use super::forget::{State, Variant, once};
use super::lethe::Lethe;
use super::sets::Ground;
use super::{Failure, limit};

/// Explains the limit (rolled back), then runs Lethe on a set and shows what the server spent most time on.
pub async fn show(ground: &mut Ground, lethe: &Lethe, devices: i64) -> Result<(), Failure> {
    ground.draw(devices).await?;
    ground.client.batch_execute("BEGIN").await?;
    for (table, statement) in limit::STATEMENTS {
        println!("\n== limit: {table}");
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS, WAL) {statement}");
        for row in ground.client.query(&explain, &[]).await? {
            println!("{}", row.get::<_, &str>(0));
        }
    }
    ground.client.batch_execute("ROLLBACK").await?;
    let counted = reset(&ground.client).await;
    let run = once(ground, lethe, Variant::Lethe(1), State::Warm, devices).await?;
    println!(
        "\n== lethe, 1 worker: {:.3} s for {devices} devices, {} rows",
        run.seconds, run.rows
    );
    if counted {
        statements(&ground.client).await?;
    } else {
        println!("for its statements: --setting shared_preload_libraries=pg_stat_statements");
    }
    Ok(())
}

/// Whether the server counts statements.
async fn reset(client: &Client) -> bool {
    let extension = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements";
    client.batch_execute(extension).await.is_ok()
        && client
            .batch_execute("SELECT pg_stat_statements_reset()")
            .await
            .is_ok()
}

async fn statements(client: &Client) -> Result<(), Failure> {
    println!("\n   calls   exec ms   plan ms    rows   WAL KB  statement");
    for row in client
        .query(include_str!("sql/statements.sql"), &[])
        .await?
    {
        let number = |i| row.get::<_, f64>(i);
        println!(
            "{:>8} {:>9.1} {:>9.1} {:>7} {:>8} {}",
            number(0),
            number(1),
            number(2),
            number(3),
            number(4),
            row.get::<_, &str>(5)
        );
    }
    Ok(())
}
