//! Why a submission could not be completed.

use crate::domain::placeholder::NoRandom;
use crate::postgres::DatabaseError;

/// Why a submission could not be completed. What was committed is in the ledger; the next run continues from there.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(
        "the schema changed during the run\n  detail: triggers, constraints or columns of {} are not those that the catalogue was checked against\n  \
         hint: run again, which checks the catalogue again; nothing is lost",
        .0.join(", ")
    )]
    SchemaChanged(Vec<String>),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    #[error("cannot write the archive\n  detail: {0}")]
    Archive(#[from] std::io::Error),
    #[error("cannot write the archive\n  detail: {0}")]
    Zip(#[from] zip::result::ZipError),
}
