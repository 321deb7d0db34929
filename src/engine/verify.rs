//! VERIFY: whether a device, or personal fields of its records, are left after a FORGET. Nothing is changed.

mod columns;
mod report;
mod verifier;

pub(crate) use report::{ContactVerdict, Verdict, Verification};
pub(crate) use verifier::{KnownContacts, UndeclaredColumns, Verifier};
