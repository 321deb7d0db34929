//! The signals that end a run: after its transaction, with everything recorded.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::{CommandError, output};

/// Ctrl-C and SIGTERM.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn listen() -> Result<Signals, CommandError> {
        let listen = |kind| {
            signal(kind).map_err(|cause| CommandError::Io {
                doing: "listening for signals",
                cause,
            })
        };
        Ok(Signals {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Waits for `work`. The first signal calls `end`, which should end the work soon; a second one ends the process at once.
    pub(crate) async fn guard<T>(&mut self, work: impl Future<Output = T>, end: impl Fn()) -> T {
        tokio::pin!(work);
        tokio::select! {
            done = &mut work => return done,
            () = self.next() => {
                end();
                output::note("note: ending after the current transaction; a second signal ends at once");
            }
        }
        tokio::select! {
            done = &mut work => done,
            () = self.next() => {
                output::note("note: ended at once; what was not committed is rolled back, and the next run continues");
                std::process::exit(1)
            }
        }
    }
}
