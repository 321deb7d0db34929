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
    /// Every mismatch, with the place of its declaration.
    #[error("the catalogue does not match the live schema; nothing was changed:\n{}", .0.iter().map(|m| format!("  - {m}")).collect::<Vec<_>>().join("\n"))]
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
