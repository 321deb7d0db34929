//! What an operator asks of the catalogue: whether it matches the live schema, what it misses, which statements a run executes,
//! and which privileges a role needs.

mod check;
mod discovery;
mod grants;
mod proposal;
mod statements;
mod value_search;

pub(crate) use check::{CatalogueCheck, check};
pub(crate) use discovery::{Discovery, discover};
pub(crate) use grants::grants;
pub(crate) use statements::StatementGroup;
pub use statements::statements;
pub(crate) use value_search::{ValueSearch, devices_of, value_search};
