//! Responses: the answers to contacts, with the exact texts of contract section 3.

use std::fmt;

use crate::domain::submission::Refusal;

/// The answer to one contact.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Response {
    Refused(Refusal),
    UnknownAccount,
    LegalHold,
    TooManyRows {
        found: i64,
        limit: i64,
    },
    TooManyClientIds {
        found: i64,
        limit: i64,
    },
    StillBeingWritten,
    MediaNotDeleted,
    /// An SQLSTATE or a short reason; never a value from the data.
    ProcessingFailed(String),
    NotFound,
    Success,
}

impl Response {
    /// Whether the text of a response is an error.
    pub(crate) fn is_error_text(text: &str) -> bool {
        text.starts_with("ERROR")
    }

    /// Whether the response is an error.
    pub(crate) fn is_error(&self) -> bool {
        !matches!(self, Response::NotFound | Response::Success)
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Response::Refused(refusal) => refusal.fmt(f),
            Response::UnknownAccount => f.write_str("ERROR: unknown account"),
            Response::LegalHold => f.write_str("ERROR: legal hold"),
            Response::TooManyRows { found, limit } => {
                write!(f, "ERROR: too many rows ({found} found, limit {limit})")
            }
            Response::TooManyClientIds { found, limit } => {
                write!(
                    f,
                    "ERROR: too many client IDs ({found} found, limit {limit})"
                )
            }
            Response::StillBeingWritten => f.write_str("ERROR: still being written"),
            Response::MediaNotDeleted => f.write_str("ERROR: recording media not deleted"),
            Response::ProcessingFailed(reason) => write!(f, "ERROR: processing failed: {reason}"),
            Response::NotFound => f.write_str("SUCCESS: not found"),
            Response::Success => f.write_str("SUCCESS"),
        }
    }
}

/// The number of contacts by kind of answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Tally {
    /// Answers that begin with SUCCESS.
    pub(crate) success: u64,
    pub(crate) not_found: u64,
    pub(crate) error: u64,
}

impl Tally {
    /// Adds contacts by the text of their response, as stored in the ledger.
    pub(crate) fn add_many(&mut self, response: &str, contacts: u64) {
        match response {
            "SUCCESS" => self.success += contacts,
            "SUCCESS: not found" => {
                self.success += contacts;
                self.not_found += contacts;
            }
            _ => self.error += contacts,
        }
    }
}
