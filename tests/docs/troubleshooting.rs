//! What the page on troubleshooting quotes is what the program writes.

use std::collections::BTreeSet;

use super::page::read;
use crate::reference::messages::without_values;
use crate::source::{self, Words};

/// What the first column of the page's tables quotes. Commands are no quotations.
fn quotations(page: &str) -> Vec<&str> {
    let cells = page.lines().filter_map(|line| {
        let cell = line.strip_prefix("| ")?.split(" | ").next()?;
        (cell != "message" && cell != "answer").then_some(cell)
    });
    let spans = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    spans.filter(|span| !span.starts_with("lethe ")).collect()
}

/// The lines of all texts of the source, with `…` for each value, and the answers of the reference.
fn texts() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for file in source::read() {
        for (text, _) in Words::of(&file).strings {
            let text = without_values(&text);
            let lines = text.lines().map(|line| {
                let line = line.trim_start();
                let detail = line.strip_prefix("detail: ");
                detail.unwrap_or(line).to_owned()
            });
            texts.extend(lines);
        }
    }
    let answers = read("docs/reference/answers.md");
    let answers = answers
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    texts.extend(answers.map(str::to_owned));
    texts
}

/// Whether the quotation is a part of the text that ends at the bounds of words, or continues an answer that ends in a value.
fn is_quoted_from(quotation: &str, text: &str) -> bool {
    let is_bound = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    let is_part = text.match_indices(quotation).any(|(at, found)| {
        is_bound(text[..at].chars().next_back())
            && is_bound(text[at + found.len()..].chars().next())
    });
    let answer = text
        .strip_suffix('…')
        .filter(|start| start.starts_with("ERROR: "));
    is_part || answer.is_some_and(|start| quotation.starts_with(start))
}

/// The quotations of a page that no text has.
fn unknown(page: &str, texts: &BTreeSet<String>) -> Vec<String> {
    let quotations = quotations(page).into_iter();
    let unknown = quotations.filter(|quotation| {
        quotation.is_empty() || !texts.iter().any(|text| is_quoted_from(quotation, text))
    });
    unknown.map(str::to_owned).collect()
}

#[test]
fn every_quotation_is_a_text_of_the_program() {
    let page = read("docs/troubleshooting.md");
    let quotations = quotations(&page);
    assert!(quotations.len() > 50, "{}", quotations.len());
    let short: Vec<_> = quotations
        .iter()
        .filter(|quotation| quotation.split(' ').count() < 3 && !quotation.contains(':'))
        .collect();
    assert!(short.is_empty(), "too short to be told apart: {short:?}");
    let unknown = unknown(&page, &texts());
    assert!(unknown.is_empty(), "no message: {unknown:#?}");
}

#[test]
fn planted_quotations_are_found() {
    let texts = texts();
    let planted = [
        "no connection to the database",
        "the server is PostgreSQL …; lethe needs 14 or later",
        "annot connect to the database",
        "cannot connect to the datab",
        "ERROR: no such answer",
        "",
    ];
    for quotation in planted {
        let page = format!("| message | cause |\n|---|---|\n| `{quotation}` | none |\n");
        assert_eq!(unknown(&page, &texts), [quotation]);
    }
    let page = "| answer | cause |\n|---|---|\n\
        | `cannot connect to the database` | the server is `down` |\n\
        | `drops … and … are the same folder`, in `lethe check FILE` | |\n\
        | `ERROR: processing failed: 23505` | |\n";
    assert_eq!(unknown(page, &texts), [""; 0]);
}
