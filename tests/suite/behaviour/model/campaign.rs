//! Sequences of FORGETs and EXPORTs over random data. Each submission is interrupted at random points and resumed by
//! later runs; every row, response and archive equals the model.
//!
//! A round is determined by its seed. The suite runs a few; `scripts/campaign` runs any number, and a round that fails
//! prints the command that repeats it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::compare::{self, Same, same};
use super::oracle::Oracle;
use super::random::{Seeds, request};
use super::schema::Scenario;
use super::{genes, set_up, told, upload};
use crate::support::{Ended, Harness};

/// The rounds of the suite, and their first seed.
const ROUNDS: u64 = 5;
const SEED: u64 = 20180315;

/// One submission: its action, its requests, and the faults of its first runs. The run after them has none.
#[derive(Debug)]
struct Step {
    action: &'static str,
    requests: Vec<Vec<u8>>,
    faults: Vec<String>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use prop::collection::vec;
    // Mostly SIGKILL, at any of the points that the run passes.
    let kind = prop_oneof![
        4 => Just("kill"),
        1 => Just("error"),
        1 => Just("disk"),
        1 => Just("lost"),
    ];
    let fault = (1..70u32, kind).prop_map(|(pass, kind)| format!("*#{pass}={kind}"));
    let requests = || vec(vec(any::<u8>(), 0..20), 1..=4);
    let step =
        (any::<bool>(), requests(), vec(fault, 0..=3)).prop_map(|(forget, requests, faults)| {
            Step {
                action: if forget { "FORGET" } else { "EXPORT" },
                requests,
                faults,
            }
        });
    vec(step, 1..=4)
}

/// The progress of a round.
#[derive(Default)]
struct Counts {
    submissions: u32,
    crashes: u32,
}

/// One round; the error is the difference.
fn round(seed: u64, harness: &mut Harness, counts: &mut Counts) -> Same {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(super::config(), rng);
    let (genes, steps) = (genes(), steps())
        .new_tree(&mut runner)
        .expect("nothing is rejected")
        .current();
    let mut scenario = Scenario::new(&genes);
    set_up(harness, &scenario);
    for step in &steps {
        scenario.requests = step
            .requests
            .iter()
            .map(|bytes| request(&mut Seeds(bytes.iter())))
            .collect();
        scenario.data = compare::read(harness, &scenario);
        let told = |difference: String| format!("{difference}\n{step:?}\n{}", told(&scenario));
        carried_out(harness, &scenario, step, counts).map_err(told)?;
    }
    Ok(())
}

fn carried_out(
    harness: &mut Harness,
    scenario: &Scenario,
    step: &Step,
    counts: &mut Counts,
) -> Same {
    let oracle = Oracle {
        scenario,
        data: &scenario.data,
    };
    let stem = upload(harness, scenario, step.action);
    run_through(harness, step, counts)?;
    fs::remove_file(harness.submit_path(&format!("{stem}.json"))).unwrap();
    counts.submissions += 1;
    let left = fs::read_dir(harness.spool()).unwrap().count();
    same("files left in the spool", &left, &0)?;
    let hidden = harness
        .results()
        .into_iter()
        .find(|name| name.starts_with('.'));
    same("files left beside the results", &hidden, &None)?;
    if step.action == "FORGET" {
        return compare::same_forget_at_last(harness, scenario, &stem, &oracle.forget());
    }
    compare::same_export(harness, &stem, &oracle.export())?;
    let rows = compare::read(harness, scenario);
    same("rows after an EXPORT", &rows, &scenario.data)
}

/// Runs with a fault each, then one without.
fn run_through(harness: &mut Harness, step: &Step, counts: &mut Counts) -> Same {
    for fault in &step.faults {
        harness
            .environment
            .insert("LETHE_FAULT".to_owned(), fault.clone());
        let ended = harness.run();
        harness.environment.remove("LETHE_FAULT");
        crate::faults::points::wait_for_its_sessions(harness);
        match ended {
            Ended { code: -1, .. } | Ended { code: 1, .. } => counts.crashes += 1,
            Ended { code: 0 | 3, .. } => {}
            other => return Err(format!("{fault}: exit {}\n{}", other.code, other.stderr)),
        }
    }
    // Exit code 1 promises that nothing is lost and that the next run continues.
    let mut ended = harness.run();
    if ended.code == 1 {
        crate::faults::points::wait_for_its_sessions(harness);
        ended = harness.run();
    }
    match ended {
        Ended { code: 0 | 3, .. } => Ok(()),
        other => Err(format!(
            "the last run: exit {}\n{}",
            other.code, other.stderr
        )),
    }
}

/// Runs rounds from a first seed; panics with all differences.
fn rounds(first: u64, rounds: u64, mut tell: impl FnMut(u64, &Counts)) {
    let mut harness = Harness::new();
    let mut wrong = Vec::new();
    let mut counts = Counts::default();
    for seed in first..first + rounds {
        let ended = catch_unwind(AssertUnwindSafe(|| round(seed, &mut harness, &mut counts)))
            .unwrap_or_else(|_| Err("a helper panicked; its message stands above".to_owned()));
        if let Err(difference) = ended {
            wrong.push(format!(
                "=== scripts/campaign --rounds 1 --seed {seed}\n{difference}"
            ));
            // The next round would resume what it left.
            harness = Harness::new();
        }
        tell(seed, &counts);
    }
    println!(
        "{rounds} rounds from seed {first}: {} submissions, {} runs broken off, {} differences",
        counts.submissions,
        counts.crashes,
        wrong.len()
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn any_sequence_of_crashes_ends_in_the_state_of_the_model() {
    rounds(SEED, ROUNDS, |_, _| {});
}

#[test]
#[ignore = "run by scripts/campaign"]
fn a_campaign() {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let (count, seed) = (number("CAMPAIGN_ROUNDS"), number("CAMPAIGN_SEED"));
    rounds(
        seed.unwrap_or(SEED),
        count.unwrap_or(ROUNDS),
        |seed, counts| {
            println!(
                "seed {seed}: {} submissions, {} runs broken off so far",
                counts.submissions, counts.crashes
            );
        },
    );
}
