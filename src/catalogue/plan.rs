//! The plan of a submission: what is staged, and which statements run in which order. Pure; no I/O.

mod lookup_table;
mod preview;
mod sight;
mod staging;
mod steps;
mod verify;

pub(crate) use lookup_table::{CREATE_LOOKUP, LOOKUPS, SET_LOOKUP_STATISTICS};

pub(crate) use preview::PreviewSteps;
pub(crate) use preview::RecordPreview;
pub(crate) use sight::{CountryOf, SightColumn, SightStep};
pub(crate) use staging::Staging;
pub use staging::Target;
pub use steps::Change;
pub use steps::Plan;
pub(crate) use steps::{ChangeKind, MatchedBy, TableStatement};

pub(crate) use verify::VerifySteps;
