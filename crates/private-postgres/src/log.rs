//! The server's messages, which go to a file and never to the user's terminal.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use super::Durability;
use super::error::{EmbeddedError, io_error};

/// The file for what the server and initdb say.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) path: PathBuf,
    file: File,
    durability: Durability,
}

impl Log {
    /// Begin a new file; the one before it is kept as `….1`.
    pub(super) fn begin(path: PathBuf, durability: Durability) -> Result<Log, EmbeddedError> {
        let _ = fs::rename(&path, path.with_extension("log.1"));
        let mut options = File::options();
        options.read(true).append(true).create_new(true).mode(0o600);
        let file = options.open(&path).map_err(io_error("make", &path))?;
        Ok(Log {
            path,
            file,
            durability,
        })
    }

    /// The file, for a program to write to.
    pub(super) fn writer(&self) -> Result<Stdio, EmbeddedError> {
        self.file
            .try_clone()
            .map(Stdio::from)
            .map_err(io_error("write to", &self.path))
    }

    /// The error for a program that has ended when it should not, with its last words.
    pub(super) fn failure(
        &self,
        program: &'static str,
        status: Option<ExitStatus>,
    ) -> EmbeddedError {
        let log = match self.durability {
            Durability::Kept => Some(self.path.clone()),
            Durability::Throwaway => None,
        };
        EmbeddedError::Server {
            program,
            status,
            words: self.last_words(),
            log,
        }
    }

    fn last_words(&self) -> String {
        const BYTES: u64 = 4096;
        const LINES: usize = 8;
        let mut file = &self.file;
        let mut tail = Vec::new();
        let read = file
            .seek(SeekFrom::End(0))
            .and_then(|length| file.seek(SeekFrom::Start(length.saturating_sub(BYTES))))
            .and_then(|_| file.read_to_end(&mut tail));
        let text = String::from_utf8_lossy(&tail);
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        match read {
            Ok(_) if !lines.is_empty() => lines[lines.len().saturating_sub(LINES)..].join("\n"),
            _ => "nothing".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        let log = Log::begin(path.clone(), Durability::Kept).unwrap();
        let text: String = (0..1000).map(|n| format!("line {n}\n\n")).collect();
        fs::write(&path, text).unwrap();
        assert!(
            log.last_words().starts_with("line 992\n") && log.last_words().ends_with("\nline 999")
        );
        Log::begin(path.clone(), Durability::Kept).unwrap();
        assert!(folder.path().join("server.log.1").exists() && fs::read(&path).unwrap().is_empty());
    }
}
