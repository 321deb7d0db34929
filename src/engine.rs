//! Carrying out a plan: staging, finding, judging, forgetting, exporting; execution logs and archives.

pub mod archive;
pub mod exclusivity;
mod execute;
pub mod execution_log;
pub mod export;
mod find;
pub mod forget;
mod limits;
pub mod pace;
pub mod plan_digest;
pub mod preview;
pub mod quarantine;
pub mod reading;
mod stage;
pub mod verify;

pub use execute::*;
pub use limits::{Limits, MAX_WORKERS, PaceLimits};
pub use stage::{load_accounts, load_short_codes, shared_definitions, verb_definitions};
