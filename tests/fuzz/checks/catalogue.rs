//! A catalogue file: it is read, or refused with a position.

use lethe::catalogue::{CatalogueError, Source};

use super::is_place;

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Source::parse("c.toml".to_owned(), text.to_owned()) {
        Ok(source) => {
            assert!(source.tables().len() >= source.kept_by_rule().len());
            for record in &source.declaration.records {
                for table in std::iter::once(&record.root).chain(&record.parts) {
                    points_into(text, &source.place(table.table.span().start));
                    for column in table.columns.keys() {
                        points_into(text, &source.place(column.span().start));
                    }
                }
            }
        }
        // The parser gives no position for excessive nesting.
        Err(CatalogueError::Syntax(said)) if said == "c.toml: recursion limit" => {}
        Err(CatalogueError::Syntax(said)) => points_into(text, &said),
        Err(other) => panic!("nothing else can go wrong: {other}"),
    }
}

/// `c.toml:<line>:<column>`, perhaps followed by more.
fn points_into(text: &str, said: &str) {
    let mut parts = said.split(':').skip(1);
    let mut number = || parts.next().and_then(|n| n.trim().parse::<usize>().ok());
    let (Some(line), Some(column)) = (number(), number()) else {
        panic!("no place in {said:?}")
    };
    // TOML ends lines with \n, a carriage return before it is the last character.
    assert!(
        is_place(text, line, column),
        "{line}:{column} is not in the file"
    );
}
