//! The server's log, which goes to a file and never to the terminal.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use super::durability::Durability;
use super::error::{ClusterError, io_error};

/// The log file of the server and of initdb.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) path: PathBuf,
    file: File,
    durability: Durability,
}

impl Log {
    /// Creates a new file; the previous one is renamed to `….1`.
    pub(crate) fn create(path: PathBuf, durability: Durability) -> Result<Log, ClusterError> {
        let _ = fs::rename(&path, path.with_extension("log.1"));
        let mut options = File::options();
        options.read(true).append(true).create_new(true).mode(0o600);
        let file = options.open(&path).map_err(io_error("create", &path))?;
        Ok(Log {
            path,
            file,
            durability,
        })
    }

    /// The file, for a program to write to.
    pub(crate) fn writer(&self) -> Result<Stdio, ClusterError> {
        self.file
            .try_clone()
            .map(Stdio::from)
            .map_err(io_error("write to", &self.path))
    }

    /// The error for a program that ended unexpectedly, with the end of its output.
    pub(crate) fn failure(
        &self,
        program: &'static str,
        status: Option<ExitStatus>,
    ) -> ClusterError {
        let log = match self.durability {
            Durability::Persistent => Some(self.path.clone()),
            Durability::Throwaway => None,
        };
        ClusterError::Server {
            program,
            status,
            output: self.last_lines(),
            log,
        }
    }

    fn last_lines(&self) -> String {
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
            Ok(_) if !lines.is_empty() => lines[lines.len().saturating_sub(LINES)..].join("\n    "),
            _ => "it printed nothing".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_quotes_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        let log = Log::create(path.clone(), Durability::Persistent).unwrap();
        let text: String = (0..1000).map(|n| format!("line {n}\n\n")).collect();
        fs::write(&path, text).unwrap();
        assert!(
            log.last_lines().starts_with("line 992\n") && log.last_lines().ends_with("line 999")
        );
        Log::create(path.clone(), Durability::Persistent).unwrap();
        assert!(folder.path().join("server.log.1").exists() && fs::read(&path).unwrap().is_empty());
    }
}
