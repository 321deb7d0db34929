//! Customer Care's cases: from a case ID to a confirmed answer, at a terminal as an agent sits at one.

mod agent;
mod approval;
mod customers;
mod folders;
mod leftovers;
mod page;
mod resubmit;
mod terminal;
