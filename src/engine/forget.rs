//! FORGET: chunks of devices, each in one transaction over all tables, with its answers (contract section 5).

mod change;
mod passes;
mod rewrite;
mod state;
mod transaction;

pub(crate) use state::{Ending, Forget};
