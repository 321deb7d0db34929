//! Whether a cluster's data is kept.

/// What happens to a cluster's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The data outlives the process, and a power failure: fsync is on.
    Persistent,
    /// The data is removed with the guard, so nothing waits for the disk. For demonstrations and tests only.
    Throwaway,
}
