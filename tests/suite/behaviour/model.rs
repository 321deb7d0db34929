//! For random small schemas, data and submissions, a slow and simple model agrees with the engine on every row and every
//! response. `PROPTEST_CASES` sets how many are tried.
//!
//! `schema` describes a scenario; `random` and `columns` generate one, with values from `values`; `emit` writes it for
//! PostgreSQL and Lethe; `oracle` derives from the contract what is found and answered, `outcome` what is written;
//! `compare` compares both with the result. `campaign` crashes sequences of submissions.

mod campaign;
mod columns;
mod compare;
mod emit;
mod oracle;
mod outcome;
mod random;
mod schema;
mod values;

use std::cell::RefCell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};

use crate::support::{Ended, Harness};
use compare::{Same, same};
use oracle::Oracle;
use random::Genes;
use schema::Scenario;

fn genes() -> impl Strategy<Value = Genes> {
    use prop::collection::vec;
    let table = || vec(any::<u8>(), 0..90);
    (
        vec(vec(table(), 1..=3), 1..=3),
        vec(vec(any::<u8>(), 0..20), 0..220),
        vec(vec(any::<u8>(), 0..20), 1..=6),
        vec(any::<u8>(), 0..20),
    )
        .prop_map(|(records, rows, requests, settings)| Genes {
            records,
            rows,
            requests,
            settings,
        })
}

fn config() -> ProptestConfig {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse().ok());
    ProptestConfig {
        cases: number("PROPTEST_CASES").unwrap_or(40),
        max_shrink_iters: number("PROPTEST_MAX_SHRINK_ITERS").unwrap_or(150),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn model_and_engine_agree_on_every_row_and_every_response() {
    let harness = RefCell::new(Harness::new());
    // The suite's own cases are the same each time; with PROPTEST_CASES they are random.
    let mut runner = match std::env::var_os("PROPTEST_CASES") {
        None => {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(config(), rng)
        }
        Some(_) => TestRunner::new(config()),
    };
    let outcome = runner.run(&genes(), |genes| {
        let scenario = Scenario::new(&genes);
        // A failed assertion in a helper counts as a difference.
        let agreed = catch_unwind(AssertUnwindSafe(|| {
            agree(&mut harness.borrow_mut(), &scenario)
        }))
        .unwrap_or_else(|_| Err("a helper panicked; its message stands above".to_owned()));
        agreed.map_err(|difference| {
            // The next run would resume what a failed run left.
            *harness.borrow_mut() = Harness::new();
            TestCaseError::fail(format!("{difference}\n{}", told(&scenario)))
        })
    });
    if let Err(TestError::Fail(reason, _)) = outcome {
        panic!("model and engine differ\n{reason}");
    }
    outcome.unwrap();
}

/// Everything needed to reproduce it.
fn told(scenario: &Scenario) -> String {
    format!(
        "--- schema ---\n{}--- rows ---\n{}--- catalogue ---\n{}--- configuration ---\n{}messaging: {}, the drop's accounts: {:?}\n\
         --- submission ---\n{}\n",
        emit::ddl(scenario),
        emit::rows(scenario),
        emit::catalogue(scenario),
        emit::limits(scenario),
        scenario.messaging,
        scenario.reach,
        emit::submission(scenario, "FORGET"),
    )
}

/// Replaces the schema and rows of the previous scenario. A new database for each would take longer than the rest
/// of the test.
fn set_up(harness: &mut Harness, scenario: &Scenario) {
    harness.db.run(&emit::drop_all());
    harness.db.run(&emit::ddl(scenario));
    harness.db.run(&emit::rows(scenario));
    let path = harness.path("model.toml");
    fs::write(&path, emit::catalogue(scenario)).unwrap();
    harness.config = format!("catalogue = {path:?}\n{}", emit::limits(scenario));
    harness.accounts = scenario.reach.iter().map(|a| (*a).to_owned()).collect();
    harness.product = if scenario.messaging {
        "messaging"
    } else {
        "outbound"
    }
    .to_owned();
    harness.grant();
}

/// Submits the scenario's requests; returns the stem.
fn upload(harness: &Harness, scenario: &Scenario, action: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let stem = format!(
        "{}-20180315_{}",
        action.to_lowercase(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    );
    harness.submit(&format!("{stem}.json"), emit::submission(scenario, action));
    stem
}

/// Runs the scenario's requests as a submission; returns its stem and the summary.
fn submit(harness: &Harness, scenario: &Scenario, action: &str) -> Result<(String, Ended), String> {
    let stem = upload(harness, scenario, action);
    let name = format!("{stem}.json");
    let run = harness.run();
    fs::remove_file(harness.submit_path(&name)).unwrap();
    if run.code == 0 || run.code == 3 {
        Ok((stem, run))
    } else {
        Err(format!("{stem}: exit {}\n{}", run.code, run.stderr))
    }
}

/// Exports, forgets, exports again; each time every answer, every row and every file is compared.
fn agree(harness: &mut Harness, scenario: &Scenario) -> Same {
    set_up(harness, scenario);
    let before = compare::read(harness, scenario);

    let exported = Oracle {
        scenario,
        data: &scenario.data,
    }
    .export();
    let (stem, summary) = submit(harness, scenario, "EXPORT")?;
    compare::same_export(harness, &stem, &exported)?;
    compare::same_rows(scenario, &summary, &exported.rows)?;
    same(
        "rows after an EXPORT",
        &compare::read(harness, scenario),
        &before,
    )?;

    let forgotten = Oracle {
        scenario,
        data: &scenario.data,
    }
    .forget();
    let (stem, summary) = submit(harness, scenario, "FORGET")?;
    compare::same_forget(harness, scenario, &stem, &forgotten)?;
    compare::same_rows(scenario, &summary, &forgotten.written)?;

    // Evaluate the new rows: the devices are gone wherever a FORGET was answered with SUCCESS.
    let after = compare::read(harness, scenario);
    let again = Oracle {
        scenario,
        data: &after,
    }
    .export();
    let (stem, _) = submit(harness, scenario, "EXPORT")?;
    compare::same_export(harness, &stem, &again)?;
    for (first, second) in forgotten.answers.iter().zip(&harness.answers(&stem)) {
        if first.starts_with("SUCCESS") {
            same(
                "answer of an EXPORT after SUCCESS",
                &second.as_str(),
                &"SUCCESS: not found",
            )?;
        }
    }
    Ok(())
}
