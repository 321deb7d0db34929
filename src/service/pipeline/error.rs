//! Why a submission could not be processed to its end.

use crate::domain::placeholder::NoRandom;
use crate::drop::{DropError, PublishError, SpoolError, TakeError};
use crate::engine::ExecuteError;
use crate::postgres::DatabaseError;
use crate::proof::receipt::StoreError;
use crate::service::pipeline::context::TakenSubmission;

/// Why a submission did not come to its end in this run; it goes on in the next.
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
    Take(#[from] TakeError),
    #[error("the copy in the spool cannot be read: {0}")]
    Read(std::io::Error),
    #[error(
        "its copy in the spool is gone (another host's, maybe) and the file in the drop is not the one that was taken; \
         restore either, or let that host run; after a day, or `lethe cancel`, its log says so"
    )]
    Lost(Box<TakenSubmission>),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the execution log cannot be written: {0}")]
    Log(std::io::Error),
    #[error(
        "its receipt, made by lethe {version}, vouches for another execution log; let that version finish it, with the max_submission_values that it had"
    )]
    OtherLog { version: String },
    #[error("its receipt was made by another version of lethe; let that version finish it")]
    ForeignReceipt,
}

impl PipelineError {
    /// Whether a session was lost: on another one the submission goes on from what is committed.
    pub fn is_lost_connection(&self) -> bool {
        match self {
            PipelineError::Database(error)
            | PipelineError::Execute(ExecuteError::Database(error)) => error.is_lost_connection(),
            _ => false,
        }
    }

    /// Whether the submission may get further when it is tried again on the same session.
    pub fn is_retryable(&self) -> bool {
        match self {
            PipelineError::Database(error)
            | PipelineError::Execute(ExecuteError::Database(error)) => error.is_retryable(),
            _ => false,
        }
    }
}
