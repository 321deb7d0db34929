//! What must hold for every input from outside. Each check takes arbitrary bytes and panics if a promise is broken.
//! `tests/fuzz` runs them over `fixtures/fuzz` and mutations of it; `fuzz/` runs them under libFuzzer.

mod archive;
mod catalogue;
mod config;
mod device;
mod device_list;
mod file_name;
mod json;
pub mod memory;
mod metrics;
mod receipt;
mod recogniser;
mod submission;
mod terminal;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A check with the name of its target, its seeds and its dictionary.
pub struct Target {
    pub name: &'static str,
    pub check: fn(&[u8]),
}

pub const TARGETS: [Target; 11] = [
    target("archive", archive::check),
    target("catalogue", catalogue::check),
    target("config", config::check),
    target("device", device::check),
    target("device_list", device_list::check),
    target("file_name", file_name::check),
    target("metrics", metrics::check),
    target("receipt", receipt::check),
    target("recogniser", recogniser::check),
    target("submission", submission::check),
    target("terminal", terminal::check),
];

const fn target(name: &'static str, check: fn(&[u8])) -> Target {
    Target { name, check }
}

/// Runs the check of a target.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target has a check").check)(data);
}

/// A folder of this process, in memory if possible: a million executions should not wear out a disk.
fn scratch() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let (memory, proc) = (Path::new("/dev/shm"), Path::new("/proc"));
        let above = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        // A static is never dropped, so remove the folders of processes that have ended.
        for entry in std::fs::read_dir(&above).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let process = name
                .to_str()
                .and_then(|name| name.strip_prefix("lethe-fuzz-"));
            if proc.join("self").exists() && process.is_some_and(|id| !proc.join(id).exists()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let folder = above.join(format!("lethe-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder can be made");
        folder
    })
}

/// Whether the text has this line and column, both from 1. The column may be one past the last character.
fn is_place(text: &str, line: usize, column: usize) -> bool {
    let lines: Vec<&str> = text.split('\n').collect();
    let within = |line: &str| (1..=line.chars().count() + 1).contains(&column);
    line >= 1 && lines.get(line - 1).is_some_and(|line| within(line))
}
