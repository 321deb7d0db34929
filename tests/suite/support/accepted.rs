//! Catalogues that accept triggers and other objects, as `catalogue check` prints the entries.

use std::fs;

use super::{LETHE, WORKER, ended, with_role};

/// A catalogue in which entries under `accepted` may be names: with the entries that `catalogue check` prints for them in this
/// database. Names of objects that are not there stay.
pub fn with_digests(catalogue: &str, address: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (path, config) = (folder.path().join("c.toml"), folder.path().join("l.toml"));
    fs::write(&path, catalogue).unwrap();
    fs::write(&config, format!("catalogue = {path:?}\n")).unwrap();
    let check = std::process::Command::new(LETHE)
        .args([
            "catalogue",
            "check",
            "--database",
            &with_role(address, WORKER),
        ])
        .arg("--config")
        .arg(&config)
        .env_remove("LETHE_NOW")
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let printed = ended(check).stdout;
    let quoted = printed.split('"').filter(|part| part.contains("@sha256:"));
    let mut entries: Vec<&str> = quoted.collect();
    entries.sort_unstable();
    entries.dedup();
    let with_digest = |line: &str| {
        if !line.starts_with("accepted = [") {
            return line.to_owned();
        }
        let mut names: Vec<&str> = entries
            .iter()
            .filter_map(|entry| entry.rsplit_once("@sha256:"))
            .map(|(name, _)| name)
            .collect();
        names.dedup();
        names.into_iter().fold(line.to_owned(), |line, name| {
            let all = entries
                .iter()
                .filter(|e| e.rsplit_once('@').unwrap().0 == name);
            let all: Vec<String> = all.map(|entry| format!("{entry:?}")).collect();
            line.replace(&format!("{name:?}"), &all.join(", "))
        })
    };
    let lines: Vec<String> = catalogue.lines().map(with_digest).collect();
    lines.join("\n") + "\n"
}
