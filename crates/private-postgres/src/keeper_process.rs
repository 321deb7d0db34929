//! The parent's side of a keeper.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

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
    /// Open in both directions while the cluster is in use; the keeper has the other end.
    socket: BufReader<UnixStream>,
}

impl KeeperProcess {
    /// Starts a keeper and waits until its server is ready; returns the socket folder too.
    pub(crate) fn start(
        program: &Path,
        arguments: &[OsString],
    ) -> Result<(KeeperProcess, PathBuf), ClusterError> {
        let (ours, theirs) =
            UnixStream::pair().map_err(io_error("create a socket for", program))?;
        let process = Command::new(program)
            .arg(KEEPER_ARGUMENT)
            .args(arguments)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(io_error("start the keeper", program))?;
        let mut keeper = KeeperProcess {
            process,
            socket: BufReader::new(ours),
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
        let _ = self.socket.get_ref().shutdown(Shutdown::Write);
        let mut messages = self
            .socket
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
        self.socket
            .read_line(&mut line)
            .ok()
            .filter(|&read| read > 0)?;
        Message::parse(line.trim_end_matches('\n'))
    }
}
