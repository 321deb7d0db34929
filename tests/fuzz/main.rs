//! The checks of `scripts/fuzz`, here over their seeds and some thousand mutations, which are the same in every run.

#[path = "checks/targets.rs"]
mod checks;
mod mutate;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use checks::TARGETS;
use checks::memory::Counting;
use mutate::Mutations;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Mutations of the seeds of each target.
const MUTATIONS: usize = 3_000;

/// The seeds of a target, by file.
fn seeds(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = fixtures().join(name);
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz")
}

fn run(name: &str) {
    let seeds = seeds(name);
    assert!(seeds.len() >= 10, "a target has some seeds");
    for (path, seed) in &seeds {
        // Printed only if the check fails.
        println!("{}", path.display());
        checks::run(name, seed);
    }
    let words = fixtures().join(format!("{name}.dict"));
    let words = mutate::dictionary(&std::fs::read_to_string(words).unwrap());
    let texts: Vec<&[u8]> = seeds.iter().map(|(_, seed)| seed.as_slice()).collect();
    let mut slowest = Duration::ZERO;
    for mutation in Mutations::new(&texts, &words).take(MUTATIONS) {
        let begun = Instant::now();
        let shown = mutation.escape_ascii().to_string();
        let outcome = std::panic::catch_unwind(|| checks::run(name, &mutation));
        assert!(outcome.is_ok(), "{name} fails for {shown}");
        slowest = slowest.max(begun.elapsed());
    }
    assert!(
        slowest < Duration::from_secs(5),
        "an input took {slowest:?}"
    );
}

/// A test for each target, so that they run in parallel and fail separately.
macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })*

        #[test]
        fn every_target_has_a_test() {
            let tested = [$(stringify!($name)),*];
            let all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(tested.as_slice(), all);
        }
    };
}

targets! { archive catalogue config device device_list file_name metrics receipt recogniser submission terminal }

/// A small file must not need much memory: files of equal size, full of nesting, keys, elements or requests.
#[test]
fn bombs_are_no_larger_in_memory_than_their_size_allows() {
    const SIZE: usize = 1 << 15;
    let many = |one: &dyn Fn(usize) -> String| {
        let mut text = String::with_capacity(SIZE + 64);
        for number in 0.. {
            let next = one(number);
            if text.len() + next.len() > SIZE {
                break;
            }
            text.push_str(if number == 0 { "" } else { "," });
            text.push_str(&next);
        }
        text
    };
    let keys = many(&|number| format!("\"{number:x}\":1"));
    let same_keys = many(&|_| "\"\":1".to_owned());
    let elements = many(&|_| "1".to_owned());
    let phones = many(&|number| {
        let (area, line) = (200 + number / 100, number % 100);
        format!("{{\"phone\":\"+1{area}55501{line:02}\"}}")
    });
    let request = |contacts: &str| {
        format!(
            "{{\"requests\":[{{\"type\":\"FORGET\",\"accountid\":\"1\",\"contacts\":[{contacts}]}}]}}"
        )
    };
    let (open, shut) = ("[".repeat(SIZE / 2), "]".repeat(SIZE / 2));
    for bomb in [
        "[".repeat(SIZE),
        "{\"a\":".repeat(SIZE / 5),
        format!("{{\"requests\":{open}{shut}}}"),
        format!("{{{keys}}}"),
        format!("{{\"requests\":[{{{keys}}}]}}"),
        request(&format!("{{{keys}}}")),
        request(&format!("{{{same_keys}}}")),
        request(&elements),
        request(&phones),
        format!("{{\"requests\":[{elements}]}}"),
        format!("{{\"requests\":[{{\"shortcodes\":[{elements}],\"contacts\":[1]}}]}}"),
    ] {
        checks::run("submission", bomb.as_bytes());
    }
}

/// Each target has a program for libFuzzer in `fuzz/`.
#[test]
fn every_target_has_a_program() {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let mut names: Vec<String> = std::fs::read_dir(programs)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(names, TARGETS.each_ref().map(|target| target.name));
}
