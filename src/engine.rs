//! Processes submissions: stages and finds devices, then forgets, exports, previews or verifies; writes execution logs and
//! archives.

mod accounts;
pub mod archive;
mod error;
pub mod exclusivity;
pub mod execution_log;
pub mod export;
mod find;
pub mod forget;
mod limits;
pub mod pace;
pub mod plan_digest;
pub mod preview;
mod progress;
pub mod quarantine;
mod queries;
pub mod reading;
mod stage;
pub mod verify;

pub use accounts::{load_accounts, load_short_codes};
pub use error::ExecuteError;
pub use limits::{
    LimitError, Limits, MAX_WORKERS, PaceLimits, Workload, at_least_one, check_workers,
};
pub use progress::Progress;
pub use stage::{action_definitions, shared_definitions};
