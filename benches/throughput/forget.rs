//! FORGET: rivals, limit and Lethe, alternately.

use std::time::Instant;

use serde_json::json;

use super::lethe::{Lethe, request};
use super::report::{Goal, Measured, Report, Run, note};
use super::sets::{Ground, Set};
use super::settings::Failure;
use super::sizes::Sizes;
use super::{limit, rivals};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    Naive,
    Prepared,
    Pipelined,
    Limit,
    Lethe(u8),
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Variant::Naive => f.write_str("naive"),
            Variant::Prepared => f.write_str("naive, prepared"),
            Variant::Pipelined => f.write_str("pipelined"),
            Variant::Limit => f.write_str("limit"),
            Variant::Lethe(1) => f.write_str("lethe, 1 worker"),
            Variant::Lethe(n) => write!(f, "lethe, {n} workers"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Warm,
    AfterCheckpoint,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Warm => "warm",
            State::AfterCheckpoint => "after a checkpoint",
        }
    }
}

/// How the states are produced, for the reader of the figures.
pub const STATES: &str = "Each run has its own devices. Before the clock starts, plain UPDATEs in a transaction that is rolled back \
write the same row versions as the run will, which leaves the rows unchanged; then the rows are read once through their indexes, \
which prunes the rolled-back versions. *warm*: the run follows immediately, so caches are warm and the full-page images of the \
touched pages are already in the WAL. *after a checkpoint*: a CHECKPOINT comes between, so caches are as warm, and every touched \
page is logged in full again.";

const ORDINARY: [Variant; 6] = [
    Variant::Limit,
    Variant::Lethe(1),
    Variant::Lethe(2),
    Variant::Pipelined,
    Variant::Prepared,
    Variant::Naive,
];

pub async fn measure(
    ground: &mut Ground,
    lethe: &Lethe,
    sizes: &Sizes,
    rounds: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    let both = [State::Warm, State::AfterCheckpoint];
    interleaved(
        ground,
        lethe,
        ("ordinary", sizes.ordinary),
        &ORDINARY,
        &both,
        rounds,
        report,
    )
    .await?;
    let few = [Variant::Pipelined, Variant::Lethe(1)];
    interleaved(
        ground,
        lethe,
        ("few", sizes.few),
        &few,
        &both[..1],
        rounds,
        report,
    )
    .await?;
    let many = [Variant::Limit, Variant::Lethe(2)];
    interleaved(
        ground,
        lethe,
        ("many", sizes.many),
        &many,
        &both[..1],
        rounds,
        report,
    )
    .await?;
    lines(sizes, report);
    Ok(())
}

/// Each variant in each state, once in every round; each round begins with another one.
async fn interleaved(
    ground: &mut Ground,
    lethe: &Lethe,
    (part, devices): (&'static str, i64),
    variants: &[Variant],
    states: &[State],
    rounds: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut all: Vec<(Variant, State, Measured)> = states
        .iter()
        .flat_map(|&state| {
            let measured =
                move |&v: &Variant| (v, state, Measured::new(part, v, state.name(), devices));
            variants.iter().map(measured)
        })
        .collect();
    for round in 0..rounds {
        let count = all.len();
        for turn in 0..count {
            let (variant, state, measured) = &mut all[(turn + round) % count];
            let run = once(ground, lethe, *variant, *state, devices).await?;
            note(&format!(
                "round {}: {devices} devices, {variant}, {}: {:.3} s, {} rows",
                round + 1,
                state.name(),
                run.seconds,
                run.rows
            ));
            measured.runs.push(run);
        }
        ground.vacuum().await?;
    }
    all.into_iter()
        .for_each(|(_, _, measured)| report.add(measured));
    Ok(())
}

/// One variant forgets the next set; what it did is checked.
pub async fn once(
    ground: &mut Ground,
    lethe: &Lethe,
    variant: Variant,
    state: State,
    devices: i64,
) -> Result<Run, Failure> {
    let set = ground.draw(devices).await?;
    ground.rehearse(&set).await?;
    let submitted = match variant {
        Variant::Lethe(_) => {
            Some(lethe.submit("forget", json!([request("FORGET", &set.devices)]))?)
        }
        _ => None,
    };
    if state == State::AfterCheckpoint {
        ground.client.batch_execute("CHECKPOINT").await?;
    }
    let wal = ground.wal().await?;
    let begun = Instant::now();
    let (seconds, changed, memory) = match (variant, &submitted) {
        (Variant::Lethe(workers), Some(file)) => {
            let ran = lethe.run(&ground.address, workers, file)?;
            let rows = ran.submission["rows"].as_object().into_iter().flatten();
            let changed = rows.filter_map(|(_, n)| n.as_u64()).sum();
            (
                ran.took.elapsed.as_secs_f64(),
                changed,
                Some(ran.took.memory),
            )
        }
        (rival, _) => {
            let client = &ground.client;
            let changed = match rival {
                Variant::Naive => rivals::plain(client, &set).await?,
                Variant::Prepared => rivals::prepared(client, &set).await?,
                Variant::Pipelined => rivals::pipelined(client, &set).await?,
                Variant::Limit | Variant::Lethe(_) => {
                    limit::run(client, ground.share(&set)).await?
                }
            };
            (begun.elapsed().as_secs_f64(), changed, None)
        }
    };
    let wal_bytes = (ground.wal().await? - wal) as u64;
    ground.check(&variant.to_string()).await?;
    did_all(variant, &set, changed)?;
    Ok(Run {
        seconds,
        rows: set.rows,
        changed,
        wal_bytes,
        memory_bytes: memory,
    })
}

/// The limit writes every row once, a rival once for each device in it, Lethe once per transaction.
fn did_all(variant: Variant, set: &Set, changed: u64) -> Result<(), Failure> {
    let right = match variant {
        Variant::Limit => set.rows..=set.rows,
        Variant::Lethe(_) => set.rows..=set.rows + set.twice,
        _ => set.rows + set.twice..=set.rows + set.twice,
    };
    if right.contains(&changed) {
        Ok(())
    } else {
        Err(format!("{variant} changed {changed} rows, not {right:?}").into())
    }
}

fn lines(sizes: &Sizes, report: &mut Report) {
    let n = sizes.ordinary;
    let one = Variant::Lethe(1).to_string();
    let two = Variant::Lethe(2).to_string();
    for (state, goals) in [(State::Warm, true), (State::AfterCheckpoint, false)] {
        let (s, only) = (state.name(), |goal| goals.then_some(goal));
        let figures = [
            (
                format!("forget {n} devices, {s}: lethe / limit, one worker"),
                (&*one, "limit"),
                Goal::AtMost(1.25),
            ),
            (
                format!("forget {n} devices, {s}: naive / lethe, two workers"),
                ("naive", &*two),
                Goal::AtLeast(7.0),
            ),
            (
                format!("forget {n} devices, {s}: pipelined / lethe, two workers"),
                ("pipelined", &*two),
                Goal::AtLeast(1.8),
            ),
        ];
        for (name, (of, to), goal) in figures {
            let value = report.ratio("ordinary", s, of, to);
            report.line(name, value, "times", only(goal));
        }
    }
    let value = report.ratio("many", "warm", &two, "limit");
    let name = format!(
        "forget {} devices, warm: lethe / limit, two workers",
        sizes.many
    );
    report.line(name, value, "times", Some(Goal::AtMost(1.10)));
    let seconds = |variant: &str| {
        let found = report
            .measured
            .iter()
            .find(|m| m.part == "few" && m.variant == variant);
        found.map_or(f64::NAN, |m| m.median.seconds)
    };
    let more = (seconds(&one) - seconds("pipelined")) * 1_000.0;
    let name = format!(
        "whole command for {} devices, beyond the bare statements on an open connection",
        sizes.few
    );
    report.line(name, more, "ms", Some(Goal::AtMost(60.0)));
}
