//! Customer Care's cases: from a case ID to a confirmed answer, on a terminal as agents use it.

pub mod agent;
mod approval;
mod customers;
mod folders;
mod leftovers;
mod opening;
mod page;
mod resubmit;
mod terminal;
