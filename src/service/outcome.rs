//! How a task ended, from best to worst.

/// How a task ended, where it did (contract section 8). A later variant outranks an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Nothing was answered with an error.
    Done,
    /// Something was answered with an error, or refused.
    Errors,
    /// Usage or configuration.
    Usage,
    /// Something could not be done; the reason was reported, and the next run continues.
    Failed,
}
