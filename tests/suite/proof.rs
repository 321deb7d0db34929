//! What proves that a device is gone: receipts, certificates, the census and scrubs.

mod below;
pub mod census;
mod certificate;
mod receipt;
pub mod scrub;
