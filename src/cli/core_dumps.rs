//! The process' memory stays its own: it holds devices (contract section 10).

use nix::errno::Errno;
use nix::sys::resource::{Resource, setrlimit};

/// Forbids core dumps of this process and of all that it starts, and lets nobody but root attach to it or read its memory.
///
/// A limit of 0 does not bind a program that the kernel pipes core dumps to (`core_pattern`); that a process is not dumpable
/// does. Errors: those of the kernel.
pub fn forbid_core_dumps() -> Result<(), Errno> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_dumpable(false)?;
    Ok(())
}
