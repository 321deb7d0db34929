//! The systemd units: systemd accepts them, and Lethe accepts their commands.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser as _;
use lethe::cli::arguments::Cli;

const LETHE: &str = env!("CARGO_BIN_EXE_lethe");
/// The path of the program in the units.
const INSTALLED: &str = "/usr/local/bin/lethe";
const SERVICE: &str = include_str!("../../packaging/lethe.service");
const TIMER: &str = include_str!("../../packaging/lethe.timer");

/// Writes the units into a folder, for the program under test; returns their paths.
fn units(folder: &Path, service: &str) -> [PathBuf; 2] {
    let program = service.replace(INSTALLED, LETHE);
    [("lethe.service", program.as_str()), ("lethe.timer", TIMER)].map(|(name, text)| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    })
}

/// What systemd finds wrong with the units; `None` where there is no systemd.
fn complaints(service: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args(units(folder.path(), service))
        .output();
    let output = match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        other => other.unwrap(),
    };
    let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() && said.is_empty() {
        said = format!("it ended with {}", output.status);
    }
    // Ignore other units of this machine.
    let ours = said.lines().filter(|line| line.contains("lethe"));
    Some(ours.collect::<Vec<_>>().join("\n"))
}

#[test]
fn systemd_accepts_the_units() {
    let Some(said) = complaints(SERVICE) else {
        eprintln!("skipped: systemd-analyze is not installed here");
        return;
    };
    assert_eq!(said, "");
    // A mistake is reported.
    let wrong = SERVICE.replace("ProtectSystem=strict", "ProtectSystm=strict");
    assert_ne!(complaints(&wrong).unwrap(), "");
}

#[test]
fn lethe_accepts_the_commands_of_the_units() {
    let mut commands = Vec::new();
    for line in SERVICE.lines().filter(|line| line.starts_with("Exec")) {
        let command = line.split_once('=').unwrap().1;
        assert!(command.starts_with(INSTALLED), "{line}");
        let words: Vec<&str> = command.split(' ').collect();
        if let Err(error) = Cli::try_parse_from(&words) {
            panic!("{line}\n{error}");
        }
        commands.push(words[1]);
    }
    assert_eq!(commands, ["run", "purge"]);
}

#[test]
fn the_service_may_do_little_else() {
    for line in [
        "User=lethe",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateTmp=yes",
        "UMask=0027",
        "LimitCORE=0",
        "SuccessExitStatus=3",
    ] {
        assert!(SERVICE.lines().any(|l| l == line), "{line}");
    }
}

/// How exposed systemd finds the service, from 0 to 10; `None` where there is no systemd.
fn exposure(service: &str) -> Option<f64> {
    let folder = tempfile::tempdir().unwrap();
    let [service, _] = units(folder.path(), service);
    let output = Command::new("systemd-analyze")
        .args(["security", "--no-pager", "--offline=true"])
        .arg(service)
        .output();
    let output = match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        other => other.unwrap(),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let overall = said.lines().find(|line| line.contains("exposure level"));
    let level = overall.and_then(|line| line.split_once(": "));
    let level = level.and_then(|(_, level)| level.split(' ').next()?.parse().ok());
    Some(level.unwrap_or_else(|| panic!("no exposure level: {said}")))
}

#[test]
fn the_service_is_hardly_exposed() {
    let Some(exposed) = exposure(SERVICE) else {
        eprintln!("skipped: systemd-analyze is not installed here");
        return;
    };
    assert!(exposed < 1.5, "{exposed}");
    let open = SERVICE.replace("SystemCallFilter=", "#");
    assert!(exposure(&open).unwrap() > 1.5);
}
