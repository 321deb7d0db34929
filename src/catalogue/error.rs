//! Why a catalogue cannot be used.

use std::path::PathBuf;

use trusted_path::Weakness;

use crate::postgres::DatabaseError;

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("cannot read the catalogue\n  detail: {path}: {source}{hint}", path = path.display(), hint = hint(source))]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the catalogue can be changed by other users\n  detail: {}\n  hint: {}", .0.detail(), .0.hint())]
    Untrusted(Weakness),
    #[error("the catalogue is not valid\n  detail: {0}")]
    Syntax(String),
    /// Every mismatch: `<place>: <what is wrong>; <what to do>`.
    #[error("the catalogue does not match the live schema, nothing was changed{}", details(.0))]
    Mismatch(Vec<String>),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

fn hint(source: &std::io::Error) -> &'static str {
    if source.kind() == std::io::ErrorKind::NotFound {
        "\n  hint: correct the path, or create an empty file and run `lethe catalogue discover`, which proposes its contents"
    } else {
        ""
    }
}

/// Each mismatch as a detail with its hint. A hint that several in succession share follows the last of them.
fn details(mismatches: &[String]) -> String {
    let parts = mismatches.iter().map(|m| match m.split_once("; ") {
        Some((detail, hint)) => (detail, Some(hint)),
        None => (m.as_str(), None),
    });
    let mut parts = parts.peekable();
    let mut text = String::new();
    while let Some((detail, hint)) = parts.next() {
        text += &format!("\n  detail: {detail}");
        let next = parts.peek().and_then(|(_, hint)| *hint);
        if let Some(hint) = hint.filter(|hint| next != Some(*hint)) {
            text += &format!("\n  hint: {hint}");
        }
    }
    text
}
