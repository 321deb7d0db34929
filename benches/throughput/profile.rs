//! Where the time goes: plans of the limit's statements, and the server's own account of Lethe's.

use tokio_postgres::Client;

use super::forget::{State, Variant, once};
use super::lethe::Lethe;
use super::sets::Ground;
use super::{Failure, extremes, limit};

/// Explains the limit (rolled back); then runs Lethe on a set, and on devices that nobody has, and shows what the server
/// spent most time on. For plans: --setting session_preload_libraries=auto_explain and its kin, with --keep.
pub async fn show(
    ground: &mut Ground,
    lethe: &Lethe,
    (devices, many): (i64, i64),
) -> Result<(), Failure> {
    let set = ground.draw(devices).await?;
    ground.client.batch_execute("BEGIN").await?;
    limit::choose(&ground.client, ground.share(&set)).await?;
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
    if !counted {
        println!("for its statements: --setting shared_preload_libraries=pg_stat_statements");
        return Ok(());
    }
    statements(&ground.client).await?;
    reset(&ground.client).await;
    let seconds = extremes::run_none_found(ground, lethe, many)?;
    println!("\n== lethe, 1 worker: {seconds:.3} s for {many} devices that no row holds");
    statements(&ground.client).await
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
