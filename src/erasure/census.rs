//! A census finds where old values may still be, for each table that a FORGET changed and for the server as a whole.
//!
//! It asks with the role's own privileges. What the role may not see is unknown, never clean. A place is called gone or
//! unreachable only if a scrub recorded its completion ([`crate::erasure::scrub`]), or if there is nothing in it.

mod cluster;
mod extensions;
pub(crate) mod ledger;
mod offsite;
mod progress;
mod queries;
mod slots;
mod survey;
mod tables;
mod take;
pub(crate) mod values;

pub(crate) use survey::CensusOptions;
pub(crate) use take::take;
