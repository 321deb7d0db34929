//! Carrying out a plan: staging, finding and judging here; forgetting and exporting in the modules below.

use crate::domain::identifier::{ContactPosition, Ordinal};
use crate::domain::placeholder::NoRandom;
use crate::domain::submission::Submission;
use crate::postgres::DatabaseError;

/// Why a submission could not be carried out to its end; what is committed is in the ledger, and the next run
/// goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
    #[error("writing the archive failed: {0}")]
    Archive(#[from] std::io::Error),
    #[error("zip: {0}")]
    Zip(#[from] zip::result::ZipError),
}

/// Told about what was done so far.
pub trait Progress {
    /// A submission with so many devices begins.
    fn begin(&self, file: &str, devices: u64);

    /// `devices` more are answered, `rows` more were changed or exported.
    fn advance(&self, devices: u64, rows: u64);
}

/// The position of a contact, given by its index among all contacts of the submission.
pub fn position(submission: &Submission, contact: usize) -> ContactPosition {
    let request = submission
        .requests
        .partition_point(|r| r.contacts.end <= contact);
    let first = submission.requests[request].contacts.start;
    ContactPosition {
        request: Ordinal::of_index(request),
        contact: Ordinal::of_index(contact - first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::submission::{Contact, Refusal, Request};

    #[test]
    fn positions_pass_over_empty_requests() {
        let request = |contacts| Request {
            scope: Err(Refusal::UnsupportedType),
            contacts,
        };
        let submission = Submission {
            requests: vec![request(0..0), request(0..2), request(2..2), request(2..3)],
            contacts: vec![Contact::Refused(Refusal::UnsupportedType); 3],
            ..Submission::default()
        };
        let all: Vec<_> = (0..3).map(|c| position(&submission, c)).collect();
        let expected = [(2, 1), (2, 2), (4, 1)];
        assert_eq!(
            all,
            expected.map(|(request, contact)| ContactPosition::new(request, contact))
        );
    }
}
