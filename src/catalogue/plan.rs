//! The plan of a submission: what is staged, and which statements run in which order. Pure; no I/O.

mod lookup_table;
mod preview;
mod staging;
mod steps;
mod verify;

pub(crate) use lookup_table::{CREATE_LOOKUP, LOOKUPS, SET_LOOKUP_STATISTICS};

pub use preview::PreviewSteps;
pub use preview::{ColumnCounts, RecordPreview};
pub use staging::{AnsweredDevice, ScopeAccount, Staging, Target};
pub use steps::Plan;
pub use steps::{
    Change, ChangeKind, ClientStep, ExportFound, ExportRows, ExportSteps, ForgetSteps, MatchStep,
    TableStatement, TableSteps,
};

pub use verify::VerifySteps;
pub use verify::{LeftSteps, thorough_plan};
