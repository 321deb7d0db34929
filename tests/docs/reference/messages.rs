//! The messages of the source: literals of errors, warnings and notes.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::super::page::root;

/// A message as it is written in the source, with `…` for each value.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Message {
    pub(super) primary: String,
    pub(super) detail: String,
    pub(super) hint: String,
}

/// What a message literal comes after.
const BEFORE: [&str; 5] = [
    "#[error(",
    "Error::Usage(",
    "Message::error(",
    "Message::warning(",
    "Message::note(",
];

/// All messages of the source, in alphabetical order.
pub(super) fn all() -> BTreeSet<Message> {
    let mut messages = BTreeSet::new();
    for path in sources() {
        let source = fs::read_to_string(path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        for before in BEFORE {
            for rest in source.split(before).skip(1) {
                let rest = rest
                    .trim_start()
                    .trim_start_matches("format!(")
                    .trim_start();
                if rest.starts_with('"') {
                    messages.extend(message(&literal(rest)));
                }
            }
        }
    }
    messages
}

fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("src"), root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "tests") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The value of the string literal at the beginning of a text.
pub(super) fn literal(text: &str) -> String {
    let mut value = String::new();
    let mut rest = text
        .strip_prefix('"')
        .expect("a literal")
        .chars()
        .peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => match rest.next() {
                Some('n') => value.push('\n'),
                Some('\n') => while rest.next_if(|c| c.is_whitespace()).is_some() {},
                Some(other) => value.push(other),
                None => {}
            },
            c => value.push(c),
        }
    }
    value
}

/// The parts of a message; `None` if it has no words of its own.
fn message(literal: &str) -> Option<Message> {
    let text = without_values(literal);
    let mut message = Message {
        primary: String::new(),
        detail: String::new(),
        hint: String::new(),
    };
    for line in text.lines() {
        if let Some(detail) = line.trim_start().strip_prefix("detail: ") {
            message.detail = detail.to_owned();
        } else if let Some(hint) = line.trim_start().strip_prefix("hint: ") {
            message.hint = hint.to_owned();
        } else if message.primary.is_empty() {
            message.primary = line.to_owned();
        }
    }
    let has_words = message.primary.split(' ').count() > 2;
    has_words.then_some(message)
}

/// `…` for each `{…}`.
pub(crate) fn without_values(text: &str) -> String {
    let mut shown = String::new();
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '{' => {
                if depth == 0 {
                    shown.push('…');
                }
                depth += 1;
            }
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => shown.push(c),
            _ => {}
        }
    }
    shown
}
