//! Why a catalogue cannot be used.

use std::path::PathBuf;

use crate::postgres::DatabaseError;

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("cannot read the catalogue\n  detail: {path}: {source}{hint}", path = path.display(), hint = hint(source))]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
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

/// Each mismatch as a detail with its hint.
fn details(mismatches: &[String]) -> String {
    let mut text = String::new();
    for mismatch in mismatches {
        match mismatch.split_once("; ") {
            Some((detail, hint)) => text += &format!("\n  detail: {detail}\n  hint: {hint}"),
            None => text += &format!("\n  detail: {mismatch}"),
        }
    }
    text
}
