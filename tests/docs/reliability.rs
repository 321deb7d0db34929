//! Each fault that the page on reliability lists is shown by a test that exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../../docs/explanation/reliability.md");

/// The functions of the tests, by name.
fn functions() -> BTreeSet<String> {
    let mut functions = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("tests"), root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                functions.extend(functions_of(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    functions
}

fn functions_of(source: &str) -> impl Iterator<Item = String> {
    let name = |line: &str| {
        let line = line.trim_start();
        let rest = line.strip_prefix("pub ").unwrap_or(line);
        let rest = rest.strip_prefix("fn ")?;
        Some(rest.split(['(', '<']).next()?.to_owned())
    };
    source.lines().filter_map(name)
}

/// The rows of the table: fault, what happens, names of tests.
fn rows() -> Vec<(String, String, Vec<String>)> {
    let mut rows = Vec::new();
    for line in PAGE.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 3, "{line}");
        if cells[0] == "fault" {
            continue;
        }
        let tests = cells[2].split('`').skip(1).step_by(2);
        rows.push((
            cells[0].to_owned(),
            cells[1].to_owned(),
            tests.map(str::to_owned).collect(),
        ));
    }
    rows
}

#[test]
fn the_name_that_the_style_guide_gives_as_an_example_is_that_of_a_test() {
    let style = include_str!("../../STYLE.md");
    let (_, example) = style
        .split_once("A test name is a sentence that states the behaviour: `")
        .expect("STYLE.md gives an example");
    let name = example.split('`').next().unwrap_or_default();
    assert!(functions().contains(name), "there is no test {name}");
}

#[test]
fn every_fault_has_a_test_that_exists() {
    let functions = functions();
    let rows = rows();
    assert!(rows.len() > 10, "{rows:?}");
    for (fault, what, tests) in rows {
        assert!(!what.is_empty(), "{fault}: nothing happens");
        assert!(!tests.is_empty(), "{fault}: no test shows it");
        for test in tests {
            assert!(
                functions.contains(&test),
                "{fault}: there is no test {test}"
            );
        }
    }
}
