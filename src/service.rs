//! What commands call: one submission, a pass, cases, purging.

pub mod pipeline;
pub mod settings;
