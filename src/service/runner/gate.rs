//! Conditions that a submission must meet before it is processed.

use std::pin::Pin;

use crate::service::ServiceError;
use crate::service::pipeline::{SubmissionContext, TakenSubmission};

/// Decides whether a submission may be processed, before anything of it is.
pub(crate) trait Gate {
    /// Why it may not; `None`: it may. The submission was taken: its copy in the spool is what would be processed.
    fn refuses<'a>(
        &'a self,
        context: &'a SubmissionContext<'a>,
        taken: &'a TakenSubmission,
    ) -> Pin<Box<dyn Future<Output = Result<Option<String>, ServiceError>> + 'a>>;
}
