//! Reading a Markdown page.

use std::path::PathBuf;

/// The binary under test.
pub(crate) const LETHE: &str = env!("CARGO_BIN_EXE_lethe");

/// The root of the source.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a page, by its path below the root.
#[track_caller]
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The fenced blocks of a language, in order.
pub(crate) fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let after = page.split(&fence).skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// The command lines of all `sh` blocks, without their comments.
pub(crate) fn commands(page: &str) -> Vec<String> {
    let lines = blocks(page, "sh").into_iter().flat_map(str::lines);
    let commands = lines.map(|line| line.split(" #").next().unwrap().trim());
    let commands = commands.filter(|line| !line.is_empty());
    commands.map(str::to_owned).collect()
}

/// The words of a lethe command in a shell line; `None` for any other program.
pub(crate) fn lethe_words(line: &str) -> Option<Vec<String>> {
    let command = match line.split_once(" -u ") {
        Some(("sudo", rest)) => rest.split_once(' ')?.1,
        _ => line,
    };
    let command = command.split(" > ").next()?;
    let words: Vec<String> = command
        .split(' ')
        .map(|word| word.trim_matches('"').to_owned())
        .collect();
    (words[0] == "lethe" || words[0] == "/usr/local/bin/lethe").then_some(words)
}
