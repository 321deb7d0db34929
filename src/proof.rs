//! Receipts and certificates.

pub mod certificate;
pub mod receipt;
