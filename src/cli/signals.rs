//! The signals that end a run: it ends after its transaction, with everything recorded.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::{CommandError, output};

/// Ctrl-C and SIGTERM.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub fn listen() -> Result<Signals, CommandError> {
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

    /// Lets `work` come to its end; the first signal calls `end`, which should bring that about, a second one ends the
    /// process as it is.
    pub async fn guard<T>(&mut self, work: impl Future<Output = T>, end: impl Fn()) -> T {
        tokio::pin!(work);
        tokio::select! {
            done = &mut work => return done,
            () = self.next() => {
                end();
                output::note("ending after the transaction that is under way; once more ends at once");
            }
        }
        tokio::select! {
            done = &mut work => done,
            () = self.next() => {
                output::note("ended at once; what was not committed is undone, and the next run goes on");
                std::process::exit(1)
            }
        }
    }
}
