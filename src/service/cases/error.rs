//! Why a case service could not do its task.

use chrono::NaiveDate;

use crate::catalogue::CatalogueError;
use crate::domain::care::{CaseId, CaseIdError};
use crate::domain::identifier::ContactPosition;
use crate::domain::placeholder::NoRandom;
use crate::domain::request::Product;
use crate::domain::text::printable;
use crate::drop::{DropError, FileName, NameError, PublishError};
use crate::engine::ExecuteError;
use crate::postgres::DatabaseError;
use crate::service::ServiceError;
use crate::service::keyring::SecretError;

/// Why a case service could not do its task. Nothing was written, unless the error is a [`CaseError::Service`].
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error(
        "no folder for cases is configured\n  hint: set path in the section [care] of lethe.toml (see lethe.example.toml)"
    )]
    NotConfigured,
    #[error("invalid case ID{}\n  detail: {}", invalid_id(.text, *.cause), .cause)]
    InvalidId { text: String, cause: CaseIdError },
    #[error("case {0} is not known\n  hint: `lethe case list` lists all cases")]
    Unknown(CaseId),
    #[error(
        "case {case} is already open as {}\n  detail: the two IDs differ only in letter case or Unicode form\n  hint: use the existing ID",
        printable(.existing)
    )]
    DifferentSpelling { case: CaseId, existing: String },
    #[error(
        "case {0} cannot reach any account\n  detail: it was not opened with `lethe case open`\n  hint: open it, or set accounts in the section [care]"
    )]
    NoAccounts(CaseId),
    #[error(
        "case {case} was opened for accounts that cases may no longer reach\n  detail: {}\n  hint: add them to accounts in the section [care]",
        printable(.accounts.join(", "))
    )]
    AccountsWithdrawn { case: CaseId, accounts: Vec<String> },
    #[error(
        "unknown account, or not one that cases may reach\n  detail: {}; nothing was written\n  hint: correct the account, or add it to accounts in the section [care]",
        printable(.0.join(", "))
    )]
    UnknownAccounts(Vec<String>),
    #[error(
        "unknown account, or not one that drop {} may reach\n  detail: {}; nothing was written\n  hint: give the correct account with --account",
        printable(.drop), printable(.account)
    )]
    UnknownAccountInDrop { drop: String, account: String },
    #[error(
        "drop {} is not configured\n  hint: add it to the configuration again",
        printable(.0)
    )]
    DropNotConfigured(String),
    #[error("invalid name of a submission\n  detail: {0}")]
    InvalidName(#[from] NameError),

    #[error(
        "the day of the consumer's request is in the future\n  detail: --received is {received}, today is {today}\n  hint: give the day on which the consumer asked"
    )]
    ReceivedInFuture {
        received: NaiveDate,
        today: NaiveDate,
    },
    #[error("a short code is empty\n  hint: leave --shortcode out if none is meant")]
    EmptyShortCode,
    #[error(
        "a new case needs an account\n  hint: give --account with the account that the request concerns"
    )]
    AccountRequired,
    #[error("the messaging product needs a short code to search\n  hint: give --shortcode")]
    ShortCodeRequired,
    #[error("this case belongs to the product {case}\n  hint: open another case for {requested}")]
    OtherProduct { case: Product, requested: Product },
    #[error(
        "case {0} was opened for another product in the meantime\n  detail: nothing was written"
    )]
    ProductChanged(CaseId),
    #[error(
        "another submission of this case was opened at the same time\n  detail: nothing was written\n  hint: try again"
    )]
    ConcurrentOpening,
    #[error("a run would refuse this submission\n  detail: {0}; nothing was written")]
    WouldBeRefused(String),
    #[error("no device is left to submit\n  detail: nothing was written")]
    NoDevice,

    #[error(
        "submission {0} was removed or changed after it was processed\n  hint: open the case again with `lethe case open`"
    )]
    SubmissionChanged(FileName),
    #[error("submission {file} cannot be read\n  detail: {problem}")]
    UnreadableSubmission { file: FileName, problem: String },
    #[error("submission {0} is not completed yet\n  hint: `lethe status` shows its progress")]
    NotCompleted(FileName),
    #[error("no submission of case {0} was answered with errors")]
    NoErrors(CaseId),
    #[error("submission {0} has no contact with an error that can be corrected")]
    NothingToCorrect(FileName),
    #[error(
        "the contacts with errors belong to several cases, or to none\n  hint: name the case for the corrections with --case"
    )]
    CaseRequired,
    #[error(
        "device {number} of the list does not belong to a contact of {file} with an error\n  detail: nothing was written\n  hint: leave the columns request and contact as --to wrote them"
    )]
    UnrelatedDevice { number: usize, file: FileName },
    #[error(
        "the list corrects request {} contact {} twice\n  detail: nothing was written",
        .0.request, .0.contact
    )]
    CorrectedTwice(ContactPosition),
    #[error("no contact is left to resubmit\n  detail: nothing was written")]
    NothingCorrected,

    #[error("case {0} has no completed FORGET with a device that can be searched for")]
    NothingToVerify(CaseId),

    /// The task failed for a reason that does not concern cases.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// The ID in quotation marks where it helps. A device is never quoted.
fn invalid_id(text: &str, cause: CaseIdError) -> String {
    match cause {
        CaseIdError::Device | CaseIdError::TooLong => String::new(),
        _ => format!(" \"{}\"", printable(text)),
    }
}

impl CaseError {
    /// Whether the error concerns one submission or its folder, so that the other submissions of a case can still be
    /// processed.
    pub(super) fn is_about_submission(&self) -> bool {
        match self {
            CaseError::Service(error) => matches!(
                error,
                ServiceError::Drop(_) | ServiceError::Unreadable(_) | ServiceError::Usage(_)
            ),
            _ => true,
        }
    }
}

impl From<CaseError> for ServiceError {
    fn from(error: CaseError) -> ServiceError {
        match error {
            CaseError::Service(error) => error,
            other => ServiceError::Gate(Box::new(other)),
        }
    }
}

/// Errors of lower floors, as services report them.
macro_rules! from_below {
    ($($error:ty),*) => {
        $(impl From<$error> for CaseError {
            fn from(error: $error) -> CaseError {
                CaseError::Service(error.into())
            }
        })*
    };
}

from_below!(
    DatabaseError,
    CatalogueError,
    DropError,
    PublishError,
    NoRandom,
    ExecuteError,
    SecretError
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_in_place_of_a_case_id_is_not_quoted() {
        for text in ["+1 617 555 0100", "a@example.com", "192.0.2.7"] {
            let cause = CaseId::parse(text).unwrap_err();
            let text = text.to_owned();
            let message = CaseError::InvalidId {
                text: text.clone(),
                cause,
            }
            .to_string();
            assert!(!message.contains(&text), "{message}");
        }
        let cause = CaseId::parse("a/b").unwrap_err();
        let text = "a/b".to_owned();
        let message = CaseError::InvalidId { text, cause }.to_string();
        assert!(message.starts_with("invalid case ID \"a/b\"\n  detail: it contains"));
    }
}
