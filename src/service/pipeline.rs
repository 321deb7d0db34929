//! One submission: taken into the spool, read, processed, answered, published.
//!
//! Every step can be repeated: the ledger records how far a submission came, and the next run continues from there.

mod begin;
mod certificate;
mod context;
mod control;
mod devices;
mod error;
mod export;
mod forget;
mod lost;
mod media;
mod pick_up;
mod process;
mod publish;
mod receipt;
mod report;

pub(crate) use certificate::{Certified, Certifier, Made};
pub(crate) use context::{OpenDrop, Pacing, Receipts, Stores, SubmissionContext, TakenSubmission};
pub(crate) use error::PipelineError;
pub(crate) use pick_up::Pickup;
pub(crate) use report::{Report, ReportState};
