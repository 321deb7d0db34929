//! What the commands call: a pass, one submission, cases, purge, status, history, verification. Services return results and
//! report through a [`report::Reporter`]; they never print.

pub mod cases;
pub mod catalogue;
pub mod census;
pub mod certificate;
pub mod check;
pub mod control;
mod error;
pub mod history;
pub mod migrate;
pub mod name_use;
pub mod outcome;
pub mod pipeline;
pub mod preview;
pub mod purge;
pub mod receipts;
pub mod report;
pub mod runner;
pub mod scrub;
pub mod settings;
pub mod status;
pub mod subject;
pub mod trace;
pub mod verification;
pub mod workspace;

pub use error::ServiceError;
