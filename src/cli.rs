//! The command line: arguments, configuration, one file per command, output.

pub mod arguments;
mod case;
mod catalogue;
mod census;
mod certificate;
mod check;
mod clock;
mod command;
pub mod config;
mod context;
mod control;
mod demo;
mod history;
mod input;
mod keygen;
pub mod metrics;
mod migrate;
mod os_user;
mod outcome;
pub mod output;
pub(crate) mod preview;
mod purge;
mod receipt;
mod run;
mod scrub;
mod signals;
mod status;
mod trace;
pub(crate) mod units;
mod usage;
pub(crate) mod verify;

pub use arguments::*;
pub use command::dispatch;
pub use outcome::Outcome;
pub(crate) use outcome::*;
pub use usage::usage_message;
