//! Sockets and pipes whose end shows that a process has ended.

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;

use super::message::Message;

/// The process that wants the cluster, at the other end of the socket that is this process's standard input.
#[derive(Debug)]
pub(crate) struct Parent {
    socket: UnixStream,
}

impl Parent {
    /// Takes the socket.
    pub(crate) fn new() -> io::Result<Parent> {
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Parent {
            socket: socket.into(),
        })
    }

    /// Sends a message; the parent may be gone.
    pub(crate) fn send(&self, message: &Message) {
        let _ = writeln!(&self.socket, "{}", message.line());
    }
}

/// What a keeper waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The process that wanted the cluster has ended, or has released it.
    ParentGone,
    /// The last process of the server has ended.
    ServerGone,
    Timeout,
}

/// Waits for the first event. `server` is a pipe that ends with the server; without a timeout there is no limit.
pub(crate) fn wait(
    parent: Option<&Parent>,
    server: Option<BorrowedFd<'_>>,
    timeout: Option<Duration>,
) -> Event {
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    let parent = parent.map(|parent| (Event::ParentGone, parent.socket.as_fd()));
    let server = server.map(|server| (Event::ServerGone, server));
    let watched: Vec<(Event, BorrowedFd)> = parent.into_iter().chain(server).collect();
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // Rounded up, so that the last fraction of a millisecond is not a busy loop.
        let left = left.map(|left| left.as_micros().div_ceil(1000));
        let limit = left.map_or(PollTimeout::NONE, |left| {
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        });
        let mut polled: Vec<PollFd> = watched
            .iter()
            .map(|(_, fd)| PollFd::new(*fd, PollFlags::POLLIN))
            .collect();
        let _ = poll(&mut polled, limit);
        for ((event, fd), found) in watched.iter().zip(&polled) {
            if found.any().unwrap_or(false) && has_ended(*fd) {
                return *event;
            }
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Event::Timeout;
        }
    }
}

/// Whether a readable pipe or socket is at its end; its content is ignored.
fn has_ended(pipe: BorrowedFd) -> bool {
    match read(pipe, &mut [0; 512]) {
        Ok(read) => read == 0,
        Err(error) => error != Errno::EINTR && error != Errno::EAGAIN,
    }
}
