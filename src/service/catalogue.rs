//! What an operator asks of the catalogue: whether it matches the live schema, and which statements a run executes.

mod check;
mod statements;

pub use check::{CatalogueCheck, check};
pub use statements::{StatementGroup, statements};
