//! The cases of `fixtures/cases/`: each is run and compared file by file.
//!
//! A folder holds `about.md`, `case.toml`, `rows.sql`, the submit files under their real names, and the expectations:
//! `expected-log.json` (the log of the last step), `expected-after.txt` (the tables that changed, after all steps),
//! `expected-run.json` (exit codes and summaries), `expected/` (the files of the last step's archive) and
//! `expected-results/` (every other result). `LETHE_CASE=name` runs one; `UPDATE_GOLDEN=1` rewrites them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{
    Ended, Harness, anonymous_names, in_parallel, same_text, unzip, updates_golden,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Accounts of the drop.
    accounts: Vec<String>,
    #[serde(default = "outbound")]
    product: String,
    #[serde(default = "utc")]
    time_zone: String,
    #[serde(default = "noon")]
    now: String,
    /// Lines of `lethe.toml`; `{dir}` is the test's folder, in which `media` is an empty folder.
    #[serde(default)]
    config: String,
    /// Submitted files in the order in which they are submitted and run; if absent, all at once.
    #[serde(default)]
    steps: Vec<String>,
    /// Transactions are rolled back and repeated, so that rows are written more often than they change.
    #[serde(default)]
    repeated: bool,
    /// Triggers that the catalogue accepts, by table.
    #[serde(default)]
    accepted: BTreeMap<String, Vec<String>>,
}

fn outbound() -> String {
    "outbound".into()
}

fn utc() -> String {
    "UTC".into()
}

fn noon() -> String {
    "2018-03-15T12:00:00Z".into()
}

#[test]
fn every_case_is_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    let only = std::env::var("LETHE_CASE").ok();
    let folders: Vec<PathBuf> = fs::read_dir(&cases)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && only.as_ref().is_none_or(|name| path.ends_with(name)))
        .collect();
    assert!(!folders.is_empty());
    in_parallel(folders, carry_out);
}

/// Runs a case; returns the differences from the expectations.
fn carry_out(folder: &Path) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let case: Case = toml::from_str(&read("case.toml").unwrap()).unwrap();
    let about = read("about.md").unwrap_or_default();
    let mut wrong = Vec::new();
    if about.split_whitespace().count() < 8 {
        wrong.push("about.md does not say what the case is about".to_owned());
    }
    let mut harness = Harness::new();
    harness.accounts = case.accounts;
    harness.product = case.product;
    harness.time_zone = case.time_zone;
    harness.now = case.now;
    harness.config = case.config;
    harness.accepted = case.accepted;
    harness.db.run(&read("rows.sql").unwrap_or_default());
    let before = harness.dump();
    let files = submit_files(folder);
    let mut runs = Vec::new();
    let mut summed: BTreeMap<String, i64> = BTreeMap::new();
    let steps: Vec<Vec<String>> = match case.steps.is_empty() {
        true => vec![files.clone()],
        false => case.steps.iter().map(|step| vec![step.clone()]).collect(),
    };
    for step in &steps {
        for file in step {
            harness.submit(file, fs::read(folder.join(file)).unwrap());
        }
        let ended = harness.run();
        add_changed(&ended, &mut summed);
        runs.push(json!({
            "exit": ended.code,
            "stderr": ended.stderr.replace(&harness.dir.path().display().to_string(), "{dir}").lines().collect::<Vec<_>>(),
            "submissions": ended.json()["submissions"],
        }));
        for file in step {
            wrong.extend(check_and_run_agree(&harness, file));
        }
    }
    let last = steps.last().and_then(|step| step.last()).unwrap();
    let stem = last.trim_end_matches(".json");
    let after = harness.dump();
    wrong.extend(compare(folder, &harness, stem, &runs, &before, &after));
    if case.repeated {
        return wrong;
    }
    // The server counts row versions: each row was written once.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while harness.updated() != summed && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let expected: BTreeMap<String, i64> = summed.into_iter().filter(|(_, n)| *n > 0).collect();
    // Clearing the URI of a deleted object is a second transaction.
    let mut updated = harness.updated();
    if harness.config.contains("[media]") {
        updated.remove("contact_centre.recording_media");
    }
    let mut counted = expected;
    if harness.config.contains("[media]") {
        counted.remove("contact_centre.recording_media");
    }
    if updated != counted {
        wrong.push(format!(
            "rows written {updated:?}, but the summary says {counted:?}"
        ));
    }
    wrong
}

fn add_changed(ended: &Ended, summed: &mut BTreeMap<String, i64>) {
    for submission in ended.submissions() {
        if submission["action"] == "FORGET" {
            for (table, rows) in submission["rows"].as_object().unwrap() {
                *summed.entry(table.clone()).or_default() += rows.as_i64().unwrap();
            }
        }
    }
}

fn submit_files(folder: &Path) -> Vec<String> {
    let mut files: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| lethe::drop::FileName::parse(name).is_ok())
        .collect();
    files.sort();
    files
}

fn compare(
    folder: &Path,
    harness: &Harness,
    stem: &str,
    runs: &[Value],
    before: &BTreeMap<String, Vec<String>>,
    after: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut changed = String::new();
    for (table, rows) in after {
        if before[table] != *rows {
            changed.push_str(&format!("{table}\n"));
            rows.iter()
                .for_each(|row| changed.push_str(&format!("  {row}\n")));
        }
    }
    texts.insert("expected-after.txt".into(), anonymous_names(&changed));
    let summary = serde_json::to_string_pretty(runs).unwrap() + "\n";
    texts.insert("expected-run.json".into(), summary);
    for name in harness.results() {
        if name == format!("{stem}-execution-log.json") {
            texts.insert("expected-log.json".into(), harness.result(&name));
        } else if name.ends_with(".zip") {
            let at = match name == format!("{stem}-archive.zip") {
                true => PathBuf::from("expected"),
                false => Path::new("expected-results").join(&name),
            };
            for (path, text) in unzip(&harness.result_path(&name)) {
                texts.insert(at.join(path), anonymous_names(&text));
            }
        } else {
            texts.insert(
                Path::new("expected-results").join(&name),
                harness.result(&name),
            );
        }
    }
    let written: BTreeSet<PathBuf> = texts.keys().cloned().collect();
    let mut wrong: Vec<String> = expected_files(folder)
        .difference(&written)
        .filter(|path| {
            if updates_golden() {
                fs::remove_file(folder.join(path)).unwrap();
            }
            !updates_golden()
        })
        .map(|path| format!("{} is expected and was not written", path.display()))
        .collect();
    for (path, text) in &texts {
        wrong.extend(same_text(&folder.join(path), text).err());
    }
    wrong
}

/// Every file of expectations.
fn expected_files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(below) = pending.pop() {
        for entry in fs::read_dir(folder.join(&below)).unwrap() {
            let entry = entry.unwrap();
            let path = below.join(entry.file_name());
            let first = path.components().next().unwrap().as_os_str().to_owned();
            if !first.to_string_lossy().starts_with("expected") {
                continue;
            }
            match entry.file_type().unwrap().is_dir() {
                true => pending.push(path),
                false => {
                    found.insert(path);
                }
            }
        }
    }
    found
}

/// `check` and `run` refuse the same contacts with the same text, without a search.
fn check_and_run_agree(harness: &Harness, file: &str) -> Vec<String> {
    let stem = file.trim_end_matches(".json");
    if !harness
        .results()
        .contains(&format!("{stem}-execution-log.json"))
        || harness.config.contains("max_contacts_per_log")
    {
        return Vec::new();
    }
    let log = harness.log(stem);
    let path = harness.submit_path(file);
    let checked = harness.lethe(&[
        "check",
        path.to_str().unwrap(),
        "--format",
        "json",
        "--product",
        &harness.product,
    ]);
    let found = checked.json();
    let problems = found["files"][0]["problems"].as_array().unwrap();
    if let Some(error) = log["error"].as_str() {
        let same = problems.len() == 1 && problems[0]["response"] == error && checked.code == 3;
        return match same {
            true => vec![],
            false => vec![format!("check says {problems:?}, the log {error:?}")],
        };
    }
    let mut by_check = BTreeSet::new();
    for problem in problems {
        let request = problem["request"].as_u64().unwrap() as usize;
        let response = problem["response"].as_str().unwrap().to_owned();
        let contacts = log["result"][request - 1]["contacts"]
            .as_array()
            .map_or(0, Vec::len);
        match problem["contact"].as_u64() {
            Some(contact) => {
                by_check.insert((request, contact as usize, response));
            }
            None if response == "ERROR: malformed request" => {
                by_check.insert((request, 0, response));
            }
            None => by_check.extend((1..=contacts).map(|c| (request, c, response.clone()))),
        }
    }
    let mut by_run = BTreeSet::new();
    for (number, request) in log["result"].as_array().unwrap().iter().enumerate() {
        let malformed = request["response"].as_str();
        let contacts = request["contacts"]
            .as_array()
            .filter(|_| malformed.is_none());
        by_run.extend(malformed.map(|r| (number + 1, 0, r.to_owned())));
        for (c, contact) in contacts.into_iter().flatten().enumerate() {
            let response = contact["response"].as_str().unwrap();
            if UNSEARCHED.contains(&response) {
                by_run.insert((number + 1, c + 1, response.to_owned()));
            }
        }
    }
    let mut wrong = Vec::new();
    if by_check != by_run {
        wrong.push(format!(
            "{file}: check says {by_check:?}\nrun says {by_run:?}"
        ));
    }
    let expected = if by_check.is_empty() { 0 } else { 3 };
    if checked.code != expected {
        wrong.push(format!("{file}: check ends with {}", checked.code));
    }
    wrong
}

/// The answers that need no database.
const UNSEARCHED: [&str; 8] = [
    "ERROR: duplicate property",
    "ERROR: unsupported type",
    "ERROR: type does not match file name",
    "ERROR: accountid required",
    "ERROR: shortcodes required",
    "ERROR: exactly one device expected",
    "ERROR: unsupported device type",
    "ERROR: incorrect device format",
];
