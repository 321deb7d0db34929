//! Fault points: steps at which a test makes a debug build fail, to see what a crash leaves behind
//! (docs/explanation/reliability.md).
//!
//! A point is one line: `point!("spool.sync")` where files are written, `point!(session, "claim.before")` where there is a
//! session. Without debug assertions the macros expand to nothing: a release build has no points, no names of points,
//! and reads none of these variables.
//!
//! - `LETHE_FAULT=<point>#<n>=<kind>`, several separated by commas: the n-th pass of the point fails. `*` is any point.
//!   Kinds: `kill` (SIGKILL of this process), `error` (EIO; in the database a serialization failure), `disk` (ENOSPC;
//!   SQLSTATE 53100), `lost` (the server terminates the session). Database errors are raised by the server.
//! - `LETHE_FAULT_LOG=<file>`: every pass of a point is logged, and every change of the folders that Lethe writes. From
//!   these a test builds the states that a power failure can leave.
//!
//! The `fail` crate does not fit: a feature enables its points, which cannot follow debug assertions and could end up in a
//! release; it can neither kill the process nor fail inside a transaction of the server, and does not log passes.

/// Declares a step that a test can make fail.
macro_rules! point {
    ($name:literal) => {
        #[cfg(debug_assertions)]
        $crate::postgres::fault::pass($name)?;
    };
    ($name:literal => $error:expr) => {
        #[cfg(debug_assertions)]
        $crate::postgres::fault::pass($name).map_err(|_| $error)?;
    };
    ($session:expr, $name:literal) => {
        #[cfg(debug_assertions)]
        $crate::postgres::fault::pass_in($session, $name).await?;
    };
}

/// Logs a change of an open folder, or that an open file was made durable.
macro_rules! record {
    ($what:literal, $open:expr $(, $name:expr)*) => {
        #[cfg(debug_assertions)]
        $crate::postgres::fault::note($what, $open, &[$($name),*]);
    };
}

pub(crate) use {point, record};

#[cfg(debug_assertions)]
pub(crate) use debug::{note, pass, pass_in};

#[cfg(debug_assertions)]
mod debug {
    use std::collections::HashMap;
    use std::fs::{self, File, OpenOptions};
    use std::io::{self, Write as _};
    use std::os::fd::{AsFd, AsRawFd as _};
    use std::os::unix::fs::MetadataExt as _;
    use std::path::PathBuf;
    use std::sync::{Mutex, OnceLock, PoisonError};

    use nix::errno::Errno;
    use nix::sys::signal::{Signal, kill};

    use crate::postgres::declared::commands;
    use crate::postgres::error::DatabaseError;
    use crate::postgres::query::queries;
    use crate::postgres::session::Session;

    queries! {
        fn terminate_self() = "session/terminate_self.sql";
        fn set_fault(sqlstate: &str) = "session/set_fault.sql";
    }

    commands! { RAISE_FAULT = "session/raise_fault.sql"; }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Kind {
        Kill,
        Error,
        Disk,
        Lost,
    }

    /// Which pass of which point fails, and how.
    #[derive(Debug, PartialEq, Eq)]
    pub(super) struct Fault {
        point: String,
        pass: u32,
        kind: Kind,
    }

    impl Fault {
        pub(super) fn read(text: &str) -> Option<Fault> {
            let (place, kind) = text.split_once('=')?;
            let (point, pass) = place.split_once('#')?;
            let kind = match kind {
                "kill" => Kind::Kill,
                "error" => Kind::Error,
                "disk" => Kind::Disk,
                "lost" => Kind::Lost,
                _ => return None,
            };
            Some(Fault {
                point: point.to_owned(),
                pass: pass.parse().ok()?,
                kind,
            })
        }
    }

    fn faults() -> &'static [Fault] {
        static FAULTS: OnceLock<Vec<Fault>> = OnceLock::new();
        FAULTS.get_or_init(|| {
            let text = std::env::var("LETHE_FAULT").unwrap_or_default();
            let read = |text| Fault::read(text).expect("LETHE_FAULT is <point>#<n>=<kind>");
            text.split(',')
                .filter(|t| !t.is_empty())
                .map(read)
                .collect()
        })
    }

    fn log() -> Option<&'static PathBuf> {
        static LOG: OnceLock<Option<PathBuf>> = OnceLock::new();
        LOG.get_or_init(|| std::env::var_os("LETHE_FAULT_LOG").map(PathBuf::from))
            .as_ref()
    }

    fn append(line: &str) {
        if let Some(path) = log() {
            let file = OpenOptions::new().append(true).create(true).open(path);
            let written = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
            written.expect("LETHE_FAULT_LOG can be written");
        }
    }

    /// Counts the pass and returns how it fails, if it does; may kill the process.
    fn passed(point: &'static str) -> Option<Kind> {
        static PASSES: Mutex<Option<HashMap<&str, u32>>> = Mutex::new(None);
        append(&format!("point\t{point}"));
        let (of_point, of_any) = {
            let mut passes = PASSES.lock().unwrap_or_else(PoisonError::into_inner);
            let passes = passes.get_or_insert_default();
            let mut count = |name| {
                let count = passes.entry(name).or_insert(0);
                *count += 1;
                *count
            };
            (count(point), count("*"))
        };
        let meant = |fault: &&Fault| match fault.point.as_str() {
            "*" => fault.pass == of_any,
            name => name == point && fault.pass == of_point,
        };
        let kind = faults().iter().find(meant)?.kind;
        append(&format!("fault\t{point}\t{kind:?}"));
        if kind == Kind::Kill {
            let _ = kill_self();
            loop {
                std::thread::park();
            }
        }
        Some(kind)
    }

    fn kill_self() -> nix::Result<()> {
        kill(nix::unistd::getpid(), Signal::SIGKILL)
    }

    /// Passes a point where files are written.
    pub(crate) fn pass(point: &'static str) -> io::Result<()> {
        let errno = match passed(point) {
            None => return Ok(()),
            Some(Kind::Disk) => Errno::ENOSPC,
            Some(_) => Errno::EIO,
        };
        Err(errno.into())
    }

    /// Passes a point in the database.
    pub(crate) async fn pass_in(
        session: &Session,
        point: &'static str,
    ) -> Result<(), DatabaseError> {
        let sqlstate = match passed(point) {
            None => return Ok(()),
            Some(Kind::Lost) => return terminate_self(session).await,
            Some(Kind::Disk) => "53100",
            Some(_) => "40001",
        };
        set_fault(session, sqlstate).await?;
        session.run(&RAISE_FAULT.into()).await
    }

    /// Logs the action, the inode, the folder or file, and names in it. A file that is about to lose its name is linked into a
    /// folder next to the log, as a power failure may bring it back.
    pub(crate) fn note(what: &str, open: impl AsFd, names: &[&str]) {
        let Some(log) = log() else {
            return;
        };
        let place = format!("/proc/self/fd/{}", open.as_fd().as_raw_fd());
        let path = fs::read_link(&place).unwrap_or_default();
        let meant = match names {
            [] => File::open(&place).and_then(|file| file.metadata()),
            [.., last] => fs::symlink_metadata(path.join(last)),
        };
        let inode = meant.map_or(0, |meant| meant.ino());
        if what == "unlink" && inode > 0 {
            let kept = log.with_extension("kept");
            let _ = fs::create_dir(&kept);
            let _ = fs::hard_link(path.join(names[0]), kept.join(inode.to_string()));
        }
        append(&format!(
            "{what}\t{inode}\t{}\t{}",
            path.display(),
            names.join("\t")
        ));
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_fault_is_read() {
            let fault = Fault::read("spool.sync#2=disk").unwrap();
            assert_eq!((fault.point.as_str(), fault.pass), ("spool.sync", 2));
            assert_eq!(fault.kind, Kind::Disk);
            for wrong in ["", "a", "a#1", "a=kill", "a#x=kill", "a#1=explode"] {
                assert_eq!(Fault::read(wrong), None, "{wrong}");
            }
        }
    }
}
