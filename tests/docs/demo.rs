//! The demo, as a newcomer runs it: it succeeds and leaves its folder and nothing else.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

#[test]
fn the_demo_ends_well_and_leaves_its_files() {
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join("shown");
    let run = demo(around.path())
        .arg("--dir")
        .arg(&folder)
        .env("LETHE_NOW", "2018-03-15T12:00:00Z")
        .assert()
        .success();
    let output = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    for words in [
        "ERROR: incorrect device format",
        "SUCCESS: not found",
        "[redacted]",
        "anon-phone-",
        "rows are unchanged",
        "lethe --help",
    ] {
        assert!(output.contains(words), "{words} is not in\n{output}");
    }
    let submitted = names(&folder.join("drop/GDPR_Submit"));
    assert_eq!(submitted.len(), 2);
    assert!(submitted[0].starts_with("export-20180315_1200"));
    assert!(submitted[1].starts_with("forget-20180315_1200"));
    let stem = |name: &str| name.trim_end_matches(".json").to_owned();
    assert_eq!(
        names(&folder.join("drop/GDPR_Result")),
        [
            stem(&submitted[0]) + "-archive.zip",
            stem(&submitted[0]) + "-execution-log.json",
            stem(&submitted[1]) + "-execution-log.json",
        ]
    );
    assert!(folder.join("media").is_dir() && folder.join("data").is_dir());
    assert_eq!(names(around.path()), ["shown"]);

    let again = demo(around.path())
        .arg("--dir")
        .arg(&folder)
        .assert()
        .code(2);
    let said = String::from_utf8_lossy(&again.get_output().stderr).into_owned();
    assert!(said.contains("is not empty"), "{said}");
    assert!(again.get_output().stdout.is_empty());
    assert_eq!(names(&folder.join("drop/GDPR_Submit")), submitted);
}

#[test]
fn the_demo_as_json_says_what_it_found_and_leaves_nothing_running() {
    let around = tempfile::tempdir().unwrap();
    let run = demo(around.path())
        .args(["--format", "json"])
        .assert()
        .success();
    let facts: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let number = |pointer: &str| facts.pointer(pointer).and_then(Value::as_i64).unwrap();
    assert!(number("/found/before") > 50);
    assert_eq!(number("/found/after"), 0);
    assert_eq!(number("/forget/contacts"), 12);
    assert_eq!(number("/forget/not_found"), 2);
    assert_eq!(number("/forget/error"), 1);
    assert_eq!(number("/export/not_found"), 11);
    assert_eq!(facts["export"]["rows"], serde_json::json!({}));
    assert_eq!(number("/archive/files"), 0);
    assert_eq!(number("/media/after"), 0);
    assert_eq!(facts["neighbour"]["unchanged"], true);
    assert_eq!(facts["suppression"]["unchanged"], true);
    assert_eq!(facts["failed_checks"], serde_json::json!([]));

    let folder = Path::new(facts["folder"].as_str().unwrap());
    assert_eq!(
        names(around.path()),
        [folder.file_name().unwrap().to_str().unwrap()]
    );
    assert!(folder.join("drop/GDPR_Result").is_dir());
    let socket_folder = facts["server"]["socket_folder"].as_str().unwrap();
    assert!(socket_folder.starts_with("/tmp/lethe-"));
    assert!(!Path::new(socket_folder).exists());
    assert_eq!(processes_about(socket_folder), 0);
}

#[test]
fn a_scrub_of_level_2_leaves_no_byte_in_the_data_files_and_a_certificate() {
    let around = tempfile::tempdir().unwrap();
    let run = demo(around.path())
        .args(["--scrub", "2", "--format", "json"])
        .assert()
        .success();
    let facts: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let number = |pointer: &str| facts.pointer(pointer).and_then(Value::as_i64).unwrap();
    assert_eq!(facts["failed_checks"], serde_json::json!([]));
    assert!(number("/scrub/before/found") > 100, "the control");
    assert_eq!(number("/scrub/after/found"), 0);
    assert!(number("/scrub/after/files") > 500);
    assert!(number("/scrub/devices_looked_for") >= 8);
    assert_eq!(facts["scrub"]["scrub"]["complete"], true);
    let certificate = facts["scrub"]["certificate"].as_str().unwrap();
    let page = facts["scrub"]["page"].as_str().unwrap();
    assert!(fs::read_to_string(page).unwrap().contains("rows of tables"));
    let key = Path::new(facts["folder"].as_str().unwrap()).join("data/receipt-key.pem.pub");
    Command::new(env!("CARGO_BIN_EXE_lethe"))
        .args(["receipt", "verify", certificate, "--public-key"])
        .arg(key)
        .assert()
        .success();
    let socket_folder = facts["server"]["socket_folder"].as_str().unwrap();
    assert!(!Path::new(socket_folder).exists());
    assert_eq!(processes_about(socket_folder), 0);
}

#[test]
fn a_lesser_scrub_says_what_it_leaves() {
    let around = tempfile::tempdir().unwrap();
    let run = demo(around.path())
        .args(["--scrub", "1", "--format", "json"])
        .assert()
        .success();
    let facts: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let found = facts.pointer("/scrub/after/found").and_then(Value::as_i64);
    assert!(
        found.unwrap() > 0,
        "level 1 leaves bytes in pages: {found:?}"
    );
}

fn demo(temp: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lethe"));
    command
        .arg("demo")
        .env("TMPDIR", temp)
        .env_remove("LETHE_NOW");
    command
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// How many processes have this folder in their arguments.
fn processes_about(folder: &str) -> usize {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .filter(|arguments| String::from_utf8_lossy(arguments).contains(folder))
        .count()
}
