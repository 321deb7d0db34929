//! What a FORGET leaves below SQL, and where old values may still be.

pub mod census;
pub mod scrub;
