//! Receipts and certificates, and their verification.

pub mod certificate;
pub mod receipt;
pub mod verification;
