//! The status of drops: what is due, missed, refused, running and done.

mod drop_status;
mod progress;

pub(crate) use drop_status::{DropStatus, FileStatus, WaitingObjects, drop_status};
pub(crate) use progress::SubmissionProgress;
