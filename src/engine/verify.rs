//! VERIFY: whether a device, or personal fields of its records, are left after a FORGET. Nothing is changed.

mod report;
mod verifier;

pub(crate) use report::{ContactVerdict, Verdict, Verification};
pub(crate) use verifier::{KnownContacts, OtherColumns, Verifier};
