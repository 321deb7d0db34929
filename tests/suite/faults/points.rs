//! Every step of a submission fails in turn, by an error, a full disk, a lost session and SIGKILL. The next run ends in the
//! same state as an undisturbed one.
//!
//! The steps are the points of `src/postgres/fault.rs`. `scenes` has the submissions that pass them, `end` the state that is
//! compared. Each scene fails its own points: the last pass with SIGKILL, a pass in the middle in another way.
//! `LETHE_FAULTS=all` fails every pass of every point in every scene in every way.

mod disk;
mod end;
mod power;
mod scenes;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::{Ended, Harness};
use end::End;
use scenes::{SCENES, Scene};

/// The points in the source, and whether they have a session.
fn points_in_source() -> BTreeMap<String, bool> {
    let mut points = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("src/postgres/fault.rs") {
                let text = fs::read_to_string(&path).unwrap();
                for call in text.split("point!(").skip(1) {
                    let call = call.split(");").next().unwrap();
                    let name = call.split('"').nth(1).unwrap().to_owned();
                    let in_database =
                        call.starts_with("self.session") || call.starts_with("session");
                    let again = points.insert(name.clone(), in_database);
                    assert!(again.is_none(), "{name} is the name of two points");
                }
            }
        }
    }
    points
}

#[test]
fn every_fault_point_of_the_source_fails_in_one_scene() {
    let named: Vec<&str> = SCENES.iter().flat_map(|scene| scene.own).copied().collect();
    let unique: BTreeSet<String> = named.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(named.len(), unique.len(), "a point is in two scenes");
    let source: BTreeSet<String> = points_in_source().into_keys().collect();
    assert_eq!(
        source, unique,
        "what the source has, and what the scenes fail"
    );
}

/// The points that a run passed, in order.
pub fn passed(log: &str) -> Vec<String> {
    let point = |line: &str| line.strip_prefix("point\t").map(str::to_owned);
    log.lines().filter_map(point).collect()
}

/// Runs a scene's command with these faults; also returns its log.
fn run_with(scene: &Scene, harness: &mut Harness, faults: &str) -> (Ended, String) {
    let log = harness.path("faults.log");
    let environment = &mut harness.environment;
    environment.insert("LETHE_FAULT".to_owned(), faults.to_owned());
    environment.insert("LETHE_FAULT_LOG".to_owned(), log.display().to_string());
    let ended = harness.lethe(scene.command);
    harness.environment.remove("LETHE_FAULT");
    harness.environment.remove("LETHE_FAULT_LOG");
    (ended, fs::read_to_string(log).unwrap_or_default())
}

/// Waits until the sessions of a killed run have ended.
pub fn wait_for_its_sessions(harness: &Harness) {
    harness.db.wait_for(
        "0",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'",
    );
}

/// Injects a fault, recovers, and compares.
fn broken(scene: &Scene, base: &Harness, fault: &str, calm: &End) -> Result<(), String> {
    let mut harness = scene.copy(base);
    let (ended, log) = run_with(scene, &mut harness, fault);
    if !log.contains("\nfault\t") {
        // The number of transactions depends on their duration, so it varies on a busy machine.
        return match earlier(fault) {
            Some(earlier) => broken(scene, base, &earlier, calm),
            None => Err("the point was not passed".to_owned()),
        };
    }
    let was_killed = ended.code == -1;
    if was_killed != fault.ends_with("=kill") {
        return Err(format!("exit {}\n{}", ended.code, ended.stderr));
    }
    wait_for_its_sessions(&harness);
    let again = harness.lethe(scene.command);
    if again.code != 0 && again.code != 3 {
        return Err(format!(
            "the next run ends with {}\n{}--- the first said\n{}",
            again.code, again.stderr, ended.stderr
        ));
    }
    End::of(&harness, scene).same(calm)
}

/// The same fault one pass earlier.
fn earlier(fault: &str) -> Option<String> {
    let (point, rest) = fault.split_once('#')?;
    let (pass, kind) = rest.split_once('=')?;
    let pass = pass.parse::<u32>().ok()?.checked_sub(1)?;
    (pass > 0).then(|| format!("{point}#{pass}={kind}"))
}

/// The faults to inject: `<point>#<n>=<kind>`.
fn faults(passes: &[String], own: &[&str]) -> Vec<String> {
    let all = std::env::var("LETHE_FAULTS").is_ok_and(|all| all == "all");
    let in_database = points_in_source();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for point in passes {
        *counts.entry(point).or_default() += 1;
    }
    let mut faults = Vec::new();
    for (number, (point, count)) in counts.into_iter().enumerate() {
        let kinds: &[&str] = match in_database[point] {
            true => &["kill", "error", "disk", "lost"],
            false => &["kill", "error", "disk"],
        };
        let other = kinds[1 + number % (kinds.len() - 1)];
        for kind in kinds {
            let is_wanted = |n: &u32| match *kind {
                _ if all => true,
                _ if !own.contains(&point) => false,
                "kill" => *n == count,
                kind => kind == other && *n == count.div_ceil(2),
            };
            faults.extend(
                (1..=count)
                    .filter(is_wanted)
                    .map(|n| format!("{point}#{n}={kind}")),
            );
        }
    }
    faults
}

fn break_everywhere(name: &str) {
    let scene = SCENES.iter().find(|scene| scene.name == name).unwrap();
    let mut base = (scene.set_up)();
    base.db.close();
    let mut undisturbed = scene.copy(&base);
    let (ended, log) = run_with(scene, &mut undisturbed, "");
    assert!(ended.code == 0 || ended.code == 3, "{}", ended.stderr);
    let calm = End::of(&undisturbed, scene);
    let passes = passed(&log);
    for point in scene.own.iter().chain(scene.again) {
        assert!(
            passes.iter().any(|p| p == point),
            "{point} is not reached: {passes:?}"
        );
    }
    let mut wrong = Vec::new();
    let meant: Vec<&str> = scene.own.iter().chain(scene.again).copied().collect();
    let faults = faults(&passes, &meant);
    assert!(!faults.is_empty());
    for fault in &faults {
        if let Err(difference) = broken(scene, &base, fault, &calm) {
            wrong.push(format!("=== LETHE_FAULT={fault}\n{difference}"));
        }
    }
    println!("{name}: {} faults", faults.len());
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        faults.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_forget_ends_the_same_wherever_it_fails() {
    break_everywhere("forget");
}

#[test]
fn a_forget_of_two_workers_ends_the_same_wherever_it_fails() {
    break_everywhere("workers");
}

#[test]
fn an_export_ends_the_same_wherever_it_fails() {
    break_everywhere("export");
}

#[test]
fn receipts_end_the_same_wherever_they_fail() {
    break_everywhere("receipt");
}

#[test]
fn media_in_a_bucket_end_the_same_wherever_their_deletion_fails() {
    break_everywhere("bucket");
}

#[test]
fn duplicates_and_unreadable_files_end_the_same_wherever_they_fail() {
    break_everywhere("odd");
}

#[test]
fn a_cancelled_submission_ends_the_same_wherever_it_fails() {
    break_everywhere("cancel");
}

#[test]
fn a_purge_ends_the_same_wherever_it_fails() {
    break_everywhere("purge");
}
