//! A pass over drops: first what earlier runs left open, then what is due, EXPORTs before FORGETs (contract sections 1, 7 and 8).

mod backlog;
mod context;
mod gate;
mod left;
mod observer;
mod open_drop;
mod order;
mod pass;
mod reconnect;
mod state;
mod submission;
mod summary;
mod sweep;
mod target;

pub(crate) use context::{
    CaseSweep, DEFAULT_RECONNECT_FOR, DEFAULT_SETTLE, PassContext, PassSettings,
};
pub(crate) use gate::{Gate, Stage};
pub(crate) use observer::{Counters, EndedPass, PassObserver, WaitingSubmission};
pub(crate) use state::Runner;
pub(crate) use summary::{Pass, Summary};
pub(crate) use target::{Target, Wanted, due_targets};
