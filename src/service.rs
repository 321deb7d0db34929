//! What the commands call: a pass, one submission, cases, purge, status, history, verification. Services return results and
//! report through a [`report::Reporter`]; they never print.

mod error;
pub mod outcome;
pub mod pipeline;
pub mod preview;
pub mod report;
pub mod settings;
pub mod verification;
pub mod workspace;

pub use error::ServiceError;
