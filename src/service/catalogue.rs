//! What an operator asks of the catalogue: whether it matches the live schema, and which statements a run executes.

mod check;
mod statements;

pub(crate) use check::{CatalogueCheck, check};
pub(crate) use statements::{StatementGroup, statements};
