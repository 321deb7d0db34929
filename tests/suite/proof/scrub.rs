//! Scrubs: blockers are found and named; what was removed, and what was not.

mod blockers;
mod claims;
pub mod fixture;
mod held;
mod levels;
mod own_tables;
