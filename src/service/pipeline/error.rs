//! Why a submission could not be processed to its end.

use crate::domain::placeholder::NoRandom;
use crate::drop::{DropError, PublishError, SpoolError, TakeError};
use crate::engine::ExecuteError;
use crate::postgres::DatabaseError;
use crate::proof::receipt::StoreError;
use crate::service::keyring::SecretError;
use crate::service::pipeline::context::TakenSubmission;

/// Why a submission was not completed in this run; the next run continues it.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    #[error(transparent)]
    Drop(#[from] DropError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error("the file {0}")]
    Take(TakeError),
    #[error("cannot read its copy in the spool\n  detail: {0}")]
    Read(std::io::Error),
    #[error(
        "its content is lost\n  detail: the spool has no copy (another host may have it), and the file in the drop is not the one that was taken\n  \
         hint: restore either, or let that host run; after a day, or after `lethe cancel`, its log says so"
    )]
    Lost(Box<TakenSubmission>),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot write its execution log\n  detail: {0}")]
    Log(std::io::Error),
    #[error(
        "its receipt does not match its execution log\n  detail: lethe {version} made the receipt\n  hint: let that version finish it, with the max_submission_values that it had"
    )]
    OtherLog { version: String },
    #[error("its receipt was made by another version of lethe\n  hint: let that version finish it")]
    ForeignReceipt,
    #[error(
        "its approval was withdrawn\n  detail: two people must agree on it\n  hint: preview and approve it again with `lethe case preview`"
    )]
    NotApproved,
}

impl From<TakeError> for PipelineError {
    /// A spool that cannot be written is reported as such, not as a property of the file.
    fn from(error: TakeError) -> PipelineError {
        match error {
            TakeError::Spool(error) => PipelineError::Spool(error),
            error => PipelineError::Take(error),
        }
    }
}

impl PipelineError {
    /// Whether a session was lost: on another one the submission continues from what is committed.
    pub(crate) fn is_lost_connection(&self) -> bool {
        match self {
            PipelineError::Database(error)
            | PipelineError::Execute(ExecuteError::Database(error)) => error.is_lost_connection(),
            _ => false,
        }
    }

    /// Whether the submission may get further when it is tried again on the same session.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            PipelineError::Database(error)
            | PipelineError::Execute(ExecuteError::Database(error)) => error.is_retryable(),
            _ => false,
        }
    }

    /// Whether a key of the ledger cannot be opened or sealed, so that a file must be restored first.
    pub(crate) fn is_about_secret(&self) -> bool {
        matches!(self, PipelineError::Secret(_))
    }
}
