//! Processes submissions: stages and finds devices, then forgets, exports, previews or verifies; writes execution logs and
//! archives.

mod accounts;
pub mod archive;
mod error;
pub mod exclusivity;
pub mod execution_log;
pub(crate) mod export;
mod find;
pub(crate) mod forget;
mod limits;
pub mod pace;
pub(crate) mod plan_digest;
pub(crate) mod preview;
mod progress;
pub(crate) mod quarantine;
mod queries;
pub(crate) mod reading;
mod rows;
pub(crate) mod sight;
mod stage;
mod structure;
pub(crate) mod value_search;
pub(crate) mod verify;

pub(crate) use accounts::{load_accounts, load_short_codes};
pub(crate) use error::ExecuteError;
pub use limits::Workload;
pub(crate) use limits::{LimitError, Limits, MAX_WORKERS, PaceLimits, at_least_one, check_workers};

pub(crate) use progress::Progress;
pub(crate) use stage::{AFTER_FILLING, action_definitions, shared_definitions};
pub(crate) use structure::compare_structure;
