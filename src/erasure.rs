//! Erasure below SQL: scrubs remove what a FORGET leaves behind, a census finds where old values may still be.

pub(crate) mod census;
pub mod scrub;
