//! The rule that two people must agree on a FORGET.

use crate::domain::operator::{Operator, SharedIdentity};
use crate::domain::text::printable;
use crate::drop::content_digest;
use crate::ledger::CaseFile;

/// Why an approval does not satisfy the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DualControlViolation {
    #[error(
        "two people must agree on a FORGET, and {file} was not opened with `lethe case open` or `lethe case resubmit`"
    )]
    NotOpened { file: String },
    #[error(
        "two people must agree on a FORGET, and {file} was changed after {} opened it; open the case again",
        printable(.opener)
    )]
    Changed { file: String, opener: String },
    #[error(
        "two people must agree on a FORGET, and {file} was opened by the same {shared}; somebody else must approve it"
    )]
    SameOperator {
        file: String,
        shared: SharedIdentity,
    },
}

/// Checks that somebody other than the approver opened a submission with exactly this content.
pub(super) fn check_dual_control(
    files: &[CaseFile],
    file: &str,
    content: &[u8],
    approver: &Operator,
) -> Result<(), DualControlViolation> {
    let opened = files.iter().find(|opened| opened.file == file);
    let Some((opened, (key, digest))) = opened.and_then(|o| o.digest.map(|digest| (o, digest)))
    else {
        return Err(DualControlViolation::NotOpened {
            file: file.to_owned(),
        });
    };
    if content_digest(&key, content) != digest {
        return Err(DualControlViolation::Changed {
            file: file.to_owned(),
            opener: opened.by.os_user.name.clone(),
        });
    }
    match approver.shared_identity(&opened.by) {
        None => Ok(()),
        Some(shared) => Err(DualControlViolation::SameOperator {
            file: file.to_owned(),
            shared,
        }),
    }
}
