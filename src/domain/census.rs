//! The vocabulary of a census: places, grades, findings. Pure data that erasure produces and certificates report.

mod finding;
mod result;

pub(crate) use finding::{Finding, Grade, Place};
pub(crate) use result::{Census, CleanFiles};
