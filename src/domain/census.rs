//! The vocabulary of a census: places, grades, findings. Pure data that erasure produces and certificates report.

mod finding;
mod result;

pub use finding::{Finding, Grade, Place};
pub use result::{Census, CleanFiles};
