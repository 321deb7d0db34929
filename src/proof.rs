//! Receipts and certificates, and their verification.

pub(crate) mod certificate;
pub mod receipt;
pub mod verification;
