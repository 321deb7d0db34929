//! VERIFY: whether a device, or personal fields of its records, are left after a FORGET. Nothing is changed.

mod columns;
mod report;
mod verifier;

pub use report::{ContactVerdict, Left, Verdict, Verification};
pub use verifier::{KnownContacts, UndeclaredColumns, Verifier};
