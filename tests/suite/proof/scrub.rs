//! Below SQL: what holds old row versions back is found and named; what was removed, and what was not.

mod claims;
pub mod fixture;
mod gate;
mod held;
mod levels;
