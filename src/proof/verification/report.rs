//! The result of a verification. Member names are part of JSON results.

use serde::Serialize;

use crate::proof::certificate::Certificate;
use crate::proof::receipt::Receipt;
use crate::proof::receipt::chain::Problem;

/// The result of a verification.
#[derive(Debug, Default, Serialize)]
pub(crate) struct VerificationReport {
    /// The public keys that were used. Whoever relies on the report compares their fingerprints with what the operator published.
    pub(crate) keys: Vec<VerifyingKey>,
    pub(crate) receipts: Vec<GenuineReceipt>,
    pub(crate) certificates: Vec<GenuineCertificate>,
    pub(crate) chains: Vec<Chain>,
    /// Whatever is wrong.
    pub(crate) problems: Vec<Problem>,
    /// Remarkable, but not wrong.
    pub(crate) notes: Vec<Problem>,
}

impl VerificationReport {
    /// Adds a problem, unless it was reported already.
    pub(super) fn problem(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// A public key that was used.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyingKey {
    pub(crate) file: String,
    pub(crate) fingerprint: String,
}

/// A receipt with a good signature.
#[derive(Debug, Serialize)]
pub(crate) struct GenuineReceipt {
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) receipt: Receipt,
}

/// A certificate with a good signature.
#[derive(Debug, Serialize)]
pub(crate) struct GenuineCertificate {
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) certificate: Certificate,
}

/// A chain that was checked.
#[derive(Debug, Serialize)]
pub(crate) struct Chain {
    pub(crate) chain: String,
    /// Number of different receipts.
    pub(crate) receipts: usize,
    /// Number of different certificates.
    pub(crate) certificates: usize,
    /// What its end was compared with.
    pub(crate) compared_with: Vec<&'static str>,
}
