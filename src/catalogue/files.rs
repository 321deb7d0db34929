//! Reads the files of the catalogue.

use std::path::{Path, PathBuf};

use trusted_path::PathError;

use super::error::CatalogueError;
use super::source::Source;

/// Reads a catalogue: a file, or all `*.toml` files of a folder in the order of their names. `None` is the catalogue of the
/// reference schema.
pub fn load(path: Option<&Path>) -> Result<Vec<Source>, CatalogueError> {
    let Some(path) = path else {
        return Ok(vec![Source::reference()]);
    };
    let read = |file: &PathBuf| {
        trusted(file)?;
        let text = std::fs::read_to_string(file).map_err(|source| CatalogueError::Read {
            path: file.clone(),
            source,
        })?;
        Source::parse(file.display().to_string(), text)
    };
    files(path)?.iter().map(read).collect()
}

/// Checks that nobody but root and the current user can change a file or folder.
fn trusted(path: &Path) -> Result<(), CatalogueError> {
    trusted_path::check(path).map_err(|error| match error {
        PathError::Untrusted(weakness) => CatalogueError::Untrusted(weakness),
        PathError::Io { path, cause } => CatalogueError::Read {
            path,
            source: cause,
        },
    })
}

fn files(path: &Path) -> Result<Vec<PathBuf>, CatalogueError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |source| CatalogueError::Read {
        path: path.to_owned(),
        source,
    };
    let entries = std::fs::read_dir(path).map_err(failed)?;
    let mut files = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<PathBuf>, _>>()
        .map_err(failed)?;
    files.retain(|file| file.extension().is_some_and(|e| e == "toml"));
    files.sort();
    if files.is_empty() {
        return Err(CatalogueError::Syntax(format!(
            "{}: the folder has no *.toml file",
            path.display()
        )));
    }
    Ok(files)
}
