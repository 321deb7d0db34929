//! Words that Lethe does not use any more, in code, SQL, messages and pages. The words that it uses: STYLE.md.

use std::fs;
use std::path::Path;

use crate::found;

/// Retired phrases, and what to write instead. Found in any letter case, and with underscores for blanks.
pub const RETIRED: [(&str, &str); 32] = [
    ("a wish", "a control request"),
    ("the wish", "the control request"),
    ("wish::", "a control request"),
    ("wishes", "control requests"),
    ("steer", "control"),
    ("misfit", "mismatch"),
    ("suspects", "quarantine"),
    ("quieten", "suppress logging"),
    ("no plain file", "not a regular file"),
    ("not a plain file", "not a regular file"),
    ("as they now are", "current values"),
    ("as it now is", "its current value"),
    (
        "catalogue against the database",
        "check the catalogue against the live schema",
    ),
    ("held against", "compared with"),
    ("hold against", "compare with"),
    (
        "go on with a submission",
        "carry on, or: pause a submission",
    ),
    ("gone on with", "continued"),
    ("goes on with", "continues"),
    ("going on with", "continuing"),
    ("look again and again", "poll"),
    ("would answer now", "would answer"),
    ("what waits in it", "its files are not listed"),
    ("units are left", "targets not started"),
    (
        "device is everybody's",
        "too many records share this device",
    ),
    ("stands in", "is in"),
    ("stand in a", "be in a"),
    ("stand in the", "be in the"),
    ("stood in", "was in"),
    ("comes of it", "results"),
    ("by whomever", "by the user who"),
    ("tells of", "reports"),
    ("told of", "reported"),
];

/// Keys of JSON and names in the ledger: others rely on them.
const KEPT: [&str; 3] = ["\"misfits\"", "stood_in_the_way", "wished_at"];

/// What is searched, from the root of the repository.
const SEARCHED: [&str; 13] = [
    ".ci",
    "benches",
    "crates",
    "docs",
    "fuzz",
    "scripts",
    "sql",
    "src",
    "tests",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "packaging",
];

/// The retired phrases of a text, with the line of each.
pub fn retired(text: &str) -> Vec<(usize, &'static str, &'static str)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = KEPT
            .iter()
            .fold(line.to_lowercase(), |line, kept| line.replace(kept, ""));
        let line = line.replace('_', " ");
        for (phrase, better) in RETIRED {
            if line.contains(phrase) {
                found.push((number + 1, phrase, better));
            }
        }
    }
    found
}

#[test]
fn retired_words_are_not_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open: Vec<_> = SEARCHED.iter().map(|place| root.join(place)).collect();
    while let Some(path) = open.pop() {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        // This list, and what a build of the fuzzer leaves.
        if name == "tests/docs/vocabulary.rs"
            || name.ends_with("/target")
            || name.ends_with("corpus")
        {
            continue;
        }
        for (_, phrase, better) in retired(&name) {
            found.push(format!("{name}: {phrase}, say {better}"));
        }
        if path.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if let Ok(text) = fs::read_to_string(&path) {
            for (line, phrase, better) in retired(&text) {
                found.push(format!("{name}:{line}: {phrase}, say {better}"));
            }
        }
    }
    found.sort();
    found::at_most(1, "retired words", &found);
}

#[test]
fn a_planted_word_is_found() {
    let found = retired("/// Text.\nfn read_the_wish(Misfit) {}\n");
    let words: Vec<_> = found
        .iter()
        .map(|(line, phrase, _)| (*line, *phrase))
        .collect();
    assert_eq!(words, [(2, "the wish"), (2, "misfit")]);
    assert_eq!(retired("a control request, a mismatch"), []);
}
