//! Verification of receipts and certificates: whether they are genuine, and whether a chain is complete. Needs no database.

mod names;
mod report;
mod store;
mod verifier;

pub(crate) use report::{Chain, GenuineCertificate, GenuineReceipt, VerificationReport};
pub(crate) use store::ReadError;
pub(crate) use verifier::{ChainCheck, KeyFile, Verifier};
