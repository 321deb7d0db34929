//! Tests that are folders: all of them run, and all failures are reported together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Runs every folder, two at a time. Panics with the differences of each.
#[track_caller]
pub fn in_parallel(mut folders: Vec<PathBuf>, carry_out: impl Fn(&Path) -> Vec<String> + Sync) {
    folders.sort();
    let left = Mutex::new(folders.iter());
    let failures = Mutex::new(BTreeMap::new());
    let next = || left.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(folder) = next() {
                    let tried = std::panic::AssertUnwindSafe(|| carry_out(folder));
                    let wrong = std::panic::catch_unwind(tried).unwrap_or_else(|panic| {
                        let said = panic.downcast_ref::<String>().cloned();
                        vec![said.unwrap_or_else(|| "panicked".to_owned())]
                    });
                    if !wrong.is_empty() {
                        failures.lock().unwrap().insert(folder.clone(), wrong);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let shown: Vec<String> = failures
        .iter()
        .map(|(folder, wrong)| format!("=== {}\n{}", folder.display(), wrong.join("\n")))
        .collect();
    assert!(failures.is_empty(), "\n{}", shown.join("\n"));
}
