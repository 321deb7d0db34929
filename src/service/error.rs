//! Why a service could not do its task.

use crate::catalogue::CatalogueError;
use crate::domain::placeholder::NoRandom;
use crate::domain::text::printable;
use crate::drop::{DropError, PublishError, SpoolError};
use crate::engine::ExecuteError;
use crate::engine::preview::PreviewError;
use crate::media::MediaConfigError;
use crate::postgres::{DatabaseError, NoDataFolder};
use crate::proof::receipt::{KeyError, StoreError};
use crate::proof::verification::ReadError;
use crate::service::keyring::SecretError;
use crate::service::outcome::Outcome;
use crate::service::pipeline::PipelineError;

/// Why a service could not do its task.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Drop(#[from] DropError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Preview(#[from] PreviewError),
    #[error(transparent)]
    Media(#[from] MediaConfigError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Documents or copies could not be read while they were verified.
    #[error(transparent)]
    Verification(ReadError),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    /// The folder of Lethe's own data cannot be determined.
    #[error(transparent)]
    DataFolder(#[from] NoDataFolder),
    #[error(
        "the submission cannot be read\n  detail: {0}\n  hint: `lethe check` names each line and column"
    )]
    Unreadable(String),
    /// A row of this table that cannot be shown.
    #[error("cannot read a row of {}\n  hint: look at its rows with psql", printable(.0))]
    UnreadableRow(String),
    #[error("the ledger has no key for plan digests\n  hint: run `lethe purge`, which draws one")]
    NoPlanKey,
    #[error(
        "cannot see how far replicas lag behind\n  detail: max_replica_lag is set\n  hint: GRANT pg_monitor to this role, or leave max_replica_lag out"
    )]
    ReplicasHidden,
    /// The [gate](crate::service::runner) of a run could not decide about a submission.
    #[error(transparent)]
    Gate(Box<dyn std::error::Error + Send + Sync>),
    /// What was asked for is not possible; the text is a whole message.
    #[error("{0}")]
    Usage(String),
}

impl From<ExecuteError> for ServiceError {
    fn from(error: ExecuteError) -> ServiceError {
        ServiceError::Pipeline(PipelineError::Execute(error))
    }
}

impl ServiceError {
    /// Whether a session was lost that worked before; on another one the task can be repeated.
    pub(crate) fn is_lost_connection(&self) -> bool {
        match self {
            ServiceError::Database(error)
            | ServiceError::Catalogue(CatalogueError::Database(error)) => {
                error.is_lost_connection()
            }
            ServiceError::Pipeline(error) => error.is_lost_connection(),
            _ => false,
        }
    }

    /// [`Outcome::Usage`] where a setting or a right must change first, [`Outcome::Failed`] where the same may succeed later.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            ServiceError::Catalogue(CatalogueError::Database(_)) => Outcome::Failed,
            ServiceError::Preview(PreviewError::Unreadable(_)) => Outcome::Errors,
            ServiceError::Drop(DropError::Io { .. }) => Outcome::Failed,
            ServiceError::Catalogue(_)
            | ServiceError::Drop(_)
            | ServiceError::Media(_)
            | ServiceError::Key(_)
            | ServiceError::Secret(_)
            | ServiceError::Pipeline(PipelineError::Secret(_))
            | ServiceError::Unreadable(_)
            | ServiceError::NoPlanKey
            | ServiceError::ReplicasHidden
            | ServiceError::Gate(_)
            | ServiceError::Usage(_) => Outcome::Usage,
            _ => Outcome::Failed,
        }
    }
}
