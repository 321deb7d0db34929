//! How far a submission is.

/// Receives the progress of a submission.
pub(crate) trait Progress {
    /// A submission with this number of devices begins.
    fn begin(&self, file: &str, devices: u64);

    /// `devices` more were answered and `rows` more changed or exported.
    fn advance(&self, devices: u64, rows: u64);
}
