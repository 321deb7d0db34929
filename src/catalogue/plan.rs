//! The plan of a submission: what is staged, and which statements run in which order. Pure; no I/O.

mod preview;
mod staging;
mod steps;
mod verify;

pub use preview::{ColumnCounts, PreviewSteps, RecordPreview};
pub use staging::{AnsweredDevice, ScopeAccount, Staging, Target};
pub use steps::{
    Change, ChangeKind, ClientStep, ExportFound, ExportRows, ExportSteps, ForgetSteps, MatchStep,
    Plan, TableStatement, TableSteps,
};
pub use verify::{LeftSteps, VerifySteps, thorough_plan};
