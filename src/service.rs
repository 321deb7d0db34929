//! What the commands call: a pass, one submission, cases, purge, status, history, verification. Services return results and
//! report through a [`report::Reporter`]; they never print.

mod case_accounts;
pub(crate) mod cases;
pub mod catalogue;
pub(crate) mod census;
pub(crate) mod certificate;
pub(crate) mod check;
pub(crate) mod control;
pub(crate) mod drop_check;
mod error;
pub(crate) mod history;
pub(crate) mod keyring;
pub(crate) mod migrate;
pub(crate) mod name_use;
pub(crate) mod outcome;
pub(crate) mod pipeline;
pub(crate) mod preview;
pub(crate) mod purge;
pub(crate) mod receipts;
pub(crate) mod report;
pub(crate) mod runner;
pub(crate) mod scrub;
pub(crate) mod sealing;
pub(crate) mod settings;
pub(crate) mod status;
pub(crate) mod subject;
pub(crate) mod trace;
pub(crate) mod verification;
pub(crate) mod workspace;

pub(crate) use error::ServiceError;
