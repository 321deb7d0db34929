//! The parent's side of a keeper.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::error::{ClusterError, io_error};
use super::lock;
use super::message::Message;

/// The first argument of a keeper process. A program whose first argument this is passes the rest to
/// [`keeper_main`](crate::keeper_main), before it does anything else.
pub const KEEPER_ARGUMENT: &str = "cluster-keeper";

/// The parent's side of a keeper process.
#[derive(Debug)]
pub(crate) struct KeeperProcess {
    process: Child,
    /// Held open while the cluster is in use.
    input: ChildStdin,
    messages: BufReader<ChildStdout>,
}

impl KeeperProcess {
    /// Starts a keeper and waits until its server is ready; returns the socket folder too.
    pub(crate) fn start(
        program: &Path,
        arguments: &[OsString],
    ) -> Result<(KeeperProcess, PathBuf), ClusterError> {
        let mut process = Command::new(program)
            .arg(KEEPER_ARGUMENT)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(io_error("start the keeper", program))?;
        let input = process.stdin.take().expect("the input is a pipe");
        let messages = BufReader::new(process.stdout.take().expect("the output is a pipe"));
        let mut keeper = KeeperProcess {
            process,
            input,
            messages,
        };
        let mut folder = None;
        loop {
            match keeper.next_message() {
                Some(Message::Folder(path)) => folder = Some(path),
                Some(Message::Ready(path)) => return Ok((keeper, path)),
                Some(Message::Failed(message)) => {
                    let _ = keeper.process.wait();
                    return Err(ClusterError::Keeper(message));
                }
                Some(Message::Stopped | Message::InUse) | None => {
                    let _ = keeper.finish();
                    folder
                        .iter()
                        .for_each(|folder| lock::remove_after_lost_keeper(folder));
                    return Err(ClusterError::KeeperLost);
                }
            }
        }
    }

    /// Releases the cluster; waits for its end unless others use it.
    pub(crate) fn finish(mut self) -> Result<(), ClusterError> {
        drop(self.input);
        let mut messages = self
            .messages
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| Message::parse(&line));
        match messages.next() {
            Some(Message::InUse) => Ok(()),
            Some(Message::Stopped) => {
                let _ = self.process.wait();
                Ok(())
            }
            Some(Message::Failed(message)) => {
                let _ = self.process.wait();
                Err(ClusterError::Keeper(message))
            }
            Some(Message::Folder(_) | Message::Ready(_)) | None => {
                let _ = self.process.wait();
                Err(ClusterError::KeeperLost)
            }
        }
    }

    fn next_message(&mut self) -> Option<Message> {
        let mut line = String::new();
        self.messages
            .read_line(&mut line)
            .ok()
            .filter(|&read| read > 0)?;
        Message::parse(line.trim_end_matches('\n'))
    }
}
