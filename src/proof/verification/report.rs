//! The result of a verification. Member names are part of JSON results.

use serde::Serialize;

use crate::proof::certificate::Certificate;
use crate::proof::receipt::Receipt;
use crate::proof::receipt::chain::Problem;

/// The result of a verification.
#[derive(Debug, Default, Serialize)]
pub struct VerificationReport {
    pub receipts: Vec<GenuineReceipt>,
    pub certificates: Vec<GenuineCertificate>,
    pub chains: Vec<Chain>,
    /// Whatever is wrong.
    pub problems: Vec<Problem>,
    /// Remarkable, but not wrong.
    pub notes: Vec<Problem>,
}

impl VerificationReport {
    /// Adds a problem, unless it was reported already.
    pub(super) fn problem(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// A receipt with a good signature.
#[derive(Debug, Serialize)]
pub struct GenuineReceipt {
    pub file: String,
    #[serde(flatten)]
    pub receipt: Receipt,
}

/// A certificate with a good signature.
#[derive(Debug, Serialize)]
pub struct GenuineCertificate {
    pub file: String,
    #[serde(flatten)]
    pub certificate: Certificate,
}

/// A chain that was checked.
#[derive(Debug, Serialize)]
pub struct Chain {
    pub chain: String,
    /// Number of different receipts.
    pub receipts: usize,
    /// Number of different certificates.
    pub certificates: usize,
    /// What its end was compared with.
    pub compared_with: Vec<&'static str>,
}
