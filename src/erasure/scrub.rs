//! A scrub removes what a FORGET leaves below SQL, as far as possible: dead row versions, index entries, statistics and
//! old data files. It names whatever prevents that.
//!
//! A scrub treats its targets one after another ([`Target`]), records each in the ledger, and skips targets that are already
//! complete, so an interrupted scrub resumes where it stopped. A target is never called complete merely because a statement
//! succeeded ([`treatment`]).

pub(crate) mod estimate;
pub mod horizon;
pub(crate) mod ledger;
mod mark;
pub(in crate::erasure) mod queries;
pub(crate) mod repack;
mod run;
mod target;
mod times;
mod treatment;
mod vacuum_report;

pub use mark::Mark;
pub(crate) use mark::Need;
pub(crate) use queries::CHECKPOINT;
pub(crate) use run::{Pacing, ScrubOptions, ScrubReport, TargetReport, estimates, missing_tables};
pub use run::{due, not_found, scrub};
pub use target::Target;
pub(crate) use target::TargetKind;
pub use target::{checkpoint, missing, targets};
