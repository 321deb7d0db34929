//! Conditions that a submission must meet before it is processed.

use std::pin::Pin;

use crate::service::ServiceError;
use crate::service::pipeline::{SubmissionContext, TakenSubmission};

/// How far a submission is when a gate decides on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing of it was processed.
    Begin,
    /// An earlier run has begun it.
    Resume,
}

/// Decides whether a submission may be processed.
pub(crate) trait Gate {
    /// Why it may not; `None`: it may. The submission was taken: its copy in the spool is what would be processed.
    fn refuses<'a>(
        &'a self,
        context: &'a SubmissionContext<'a>,
        taken: &'a TakenSubmission,
        stage: Stage,
    ) -> Pin<Box<dyn Future<Output = Result<Option<String>, ServiceError>> + 'a>>;
}
