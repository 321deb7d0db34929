//! The rivals: what a developer would write without Lethe. They replace each device in every column in scope and redact the
//! records, through the existing indexes, without checks, answers or records of their own.

use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::lethe::ACCOUNTS;
use super::sets::{Device, Set};
use super::settings::Failure;

/// Devices in one transaction of the pipelined rival.
const AT_ONCE: usize = 64;

/// Which values a statement takes, in order.
#[derive(Clone, Copy)]
enum Values {
    Found,
    WithCode,
    WithAddress,
}

/// A statement for one table, and the kinds of devices that it is for. The record of a part comes before the part:
/// it is found by the device.
struct Step<S> {
    statement: S,
    kinds: &'static [&'static str],
    values: Values,
}

const ALL: &[&str] = &["phone", "email", "ipaddr"];

const STEPS: [Step<&str>; 7] = [
    step(
        include_str!("sql/rival/media.sql"),
        &["phone"],
        Values::Found,
    ),
    step(
        include_str!("sql/rival/recording.sql"),
        &["phone"],
        Values::WithCode,
    ),
    step(
        include_str!("sql/rival/message.sql"),
        &["phone"],
        Values::WithCode,
    ),
    step(
        include_str!("sql/rival/attempt.sql"),
        &["phone", "email"],
        Values::WithCode,
    ),
    step(
        include_str!("sql/rival/attempt_address.sql"),
        &["ipaddr"],
        Values::WithAddress,
    ),
    step(include_str!("sql/rival/contact.sql"), ALL, Values::Found),
    step(
        include_str!("sql/rival/contact_device.sql"),
        ALL,
        Values::WithCode,
    ),
];

const fn step(
    statement: &'static str,
    kinds: &'static [&'static str],
    values: Values,
) -> Step<&'static str> {
    Step {
        statement,
        kinds,
        values,
    }
}

fn values<'a>(
    device: &'a Device,
    accounts: &'a (dyn ToSql + Sync),
    which: Values,
) -> Vec<&'a (dyn ToSql + Sync)> {
    match which {
        Values::Found => vec![&device.value, accounts],
        Values::WithCode => vec![&device.value, accounts, &device.code],
        Values::WithAddress => vec![&device.value, accounts, &device.address],
    }
}

/// A transaction for each device, every statement parsed and planned each time. Returns the rows.
pub async fn plain(client: &Client, set: &Set) -> Result<u64, Failure> {
    let accounts = ACCOUNTS.to_vec();
    let mut rows = 0;
    for device in &set.devices {
        client.batch_execute("BEGIN").await?;
        for step in STEPS.iter().filter(|s| s.kinds.contains(&&*device.kind)) {
            rows += client
                .execute(step.statement, &values(device, &accounts, step.values))
                .await?;
        }
        client.batch_execute("COMMIT").await?;
    }
    Ok(rows)
}

/// A transaction for each device, the statements prepared once.
pub async fn prepared(client: &Client, set: &Set) -> Result<u64, Failure> {
    let accounts = ACCOUNTS.to_vec();
    let steps = prepare(client).await?;
    let mut rows = 0;
    for device in &set.devices {
        client.batch_execute("BEGIN").await?;
        for step in steps.iter().filter(|s| s.kinds.contains(&&*device.kind)) {
            rows += client
                .execute(&step.statement, &values(device, &accounts, step.values))
                .await?;
        }
        client.batch_execute("COMMIT").await?;
    }
    Ok(rows)
}

/// 64 devices in a transaction, all their statements sent without waiting for answers.
pub async fn pipelined(client: &Client, set: &Set) -> Result<u64, Failure> {
    let accounts = ACCOUNTS.to_vec();
    let steps = prepare(client).await?;
    let mut rows = 0;
    for devices in set.devices.chunks(AT_ONCE) {
        let calls: Vec<_> = devices
            .iter()
            .flat_map(|device| {
                let for_it = steps.iter().filter(|s| s.kinds.contains(&&*device.kind));
                for_it.map(|step| (&step.statement, values(device, &accounts, step.values)))
            })
            .collect();
        let begin = client.batch_execute("BEGIN");
        let statements = try_join_all(calls.iter().map(|(s, v)| client.execute(*s, v)));
        let commit = client.batch_execute("COMMIT");
        // Polled in this order, so they are sent in this order.
        let (_, changed, _) = futures_util::try_join!(begin, statements, commit)?;
        rows += changed.iter().sum::<u64>();
    }
    Ok(rows)
}

async fn prepare(client: &Client) -> Result<Vec<Step<Statement>>, Failure> {
    let mut steps = Vec::new();
    for step in &STEPS {
        steps.push(Step {
            statement: client.prepare(step.statement).await?,
            kinds: step.kinds,
            values: step.values,
        });
    }
    Ok(steps)
}
