//! The README's commands run as printed, and it stays short.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use super::page::{LETHE, blocks, commands, read, root};

fn readme() -> String {
    read("README.md")
}

/// Runs a line of the README in a folder that replaces the reader's, with the binary under test as `lethe`.
fn run(line: &str, folder: &Path) -> Output {
    let bin = Path::new(LETHE).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let line = line.replace("/srv/sftp", folder.to_str().unwrap());
    Command::new("sh")
        .args(["-c", &line])
        .env("PATH", path)
        .env_remove("LETHE_DATABASE")
        .env("LETHE_CONFIG", folder.join("lethe.toml"))
        .current_dir(folder)
        .output()
        .unwrap()
}

#[track_caller]
fn succeeded(line: &str, output: &Output) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{line}\n{out}\n{err}");
}

#[test]
fn the_commands_run_in_the_order_of_the_readme() {
    let folder = tempfile::tempdir().unwrap();
    // The server's unprivileged user must be able to enter.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir_all(folder.path().join("acme/GDPR_Submit")).unwrap();
    let data = folder.path().join("data");
    let config = format!("data = {data:?}\nsettle = '0s'\n");
    std::fs::write(folder.path().join("lethe.toml"), config).unwrap();
    let mut run_here = BTreeSet::new();
    let page = readme();
    for line in commands(&page).iter().filter(|l| l.starts_with("lethe ")) {
        succeeded(line, &run(line, folder.path()));
        run_here.insert(line.split(' ').nth(1).unwrap().to_owned());
    }
    assert_eq!(
        run_here,
        ["migrate", "run", "status"].map(str::to_owned).into()
    );
}

#[test]
fn the_demo_script_runs_and_prints_what_the_readme_shows() {
    let page = readme();
    let line = commands(&page).into_iter().find(|l| l == "scripts/demo");
    let line = line.expect("the README shows it");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(root().join(&line))
        .arg("--dir")
        .arg(folder.path().join("demo"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    succeeded(&line, &output);
    let printed = String::from_utf8(output.stdout).unwrap();
    let excerpt = blocks(&page, "text")[0];
    assert_eq!(
        excerpt.lines().count(),
        25,
        "an excerpt, not the whole output"
    );
    for line in excerpt.lines() {
        let shown = |candidate: &str| shape(candidate) == shape(line);
        assert!(
            printed.lines().any(shown),
            "the demo does not print {line:?}\n{printed}"
        );
    }
}

/// A line without what differs from run to run: durations and the time in file names.
fn shape(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        match word.starts_with("export-") || word.starts_with("forget-") {
            true => "FILE",
            false if word.parse::<f64>().is_ok() && word.contains('.') => "SECONDS",
            false => word,
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_test_script_is_shown_and_called_by_ci() {
    assert!(commands(&readme()).contains(&"scripts/test".to_owned()));
    assert!(read(".ci/run").contains("scripts/test"));
}

#[test]
fn every_command_that_is_named_exists() {
    let page = readme();
    let named: BTreeSet<&str> = page
        .split("`lethe ")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next())
        .filter(|command| !command.is_empty())
        .collect();
    assert!(named.len() >= 6, "{named:?}");
    for command in named {
        let output = Command::new(LETHE)
            .args([command, "--help"])
            .output()
            .unwrap();
        succeeded(command, &output);
    }
}

#[test]
fn the_readme_and_the_architecture_stay_short() {
    for (page, most) in [("README.md", 900), ("ARCHITECTURE.md", 1500)] {
        let words = read(page).split_whitespace().count();
        assert!(words <= most, "{page} has {words} words, at most {most}");
    }
}
