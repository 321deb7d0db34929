//! The rule that two people must agree on a submission of a case.

use crate::domain::operator::{Operator, SharedIdentity};
use crate::domain::text::printable;
use crate::drop::content_digest;
use crate::ledger::{Approval, CaseFile};
use crate::service::keyring::{Keyring, SecretError};

/// Why an approval does not satisfy the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DualControlViolation {
    #[error(
        "two people must agree, and {file} was not opened with `lethe case open` or `lethe case resubmit`"
    )]
    NotOpened { file: String },
    #[error(
        "two people must agree, and {file} was changed after {} opened it",
        printable(.opener)
    )]
    Changed { file: String, opener: String },
    #[error("two people must agree, and {file} was opened by the same {shared}")]
    SameOperator {
        file: String,
        shared: SharedIdentity,
    },
    #[error(
        "two people must agree, and {file} was approved with other content, or with an earlier version of lethe"
    )]
    OtherContent { file: String },
}

/// Checks that an approval is for exactly this content, by somebody other than the person who opened it.
pub(super) fn check_approval(
    opened: Option<&Opened>,
    file: &str,
    content: &[u8],
    approval: &Approval,
) -> Result<(), DualControlViolation> {
    let digest = check_dual_control(opened, file, content, &approval.by)?;
    match approval.digest == Some(digest) {
        true => Ok(()),
        false => Err(DualControlViolation::OtherContent {
            file: file.to_owned(),
        }),
    }
}

/// A submission that was opened: by whom, and the digest of its content.
pub(super) struct Opened {
    by: Operator,
    key: [u8; 32],
    digest: [u8; 32],
}

impl Opened {
    /// The record of a file; `None`: nobody opened it.
    pub(super) fn find(
        files: Vec<CaseFile>,
        file: &str,
        keyring: &Keyring,
    ) -> Result<Option<Opened>, SecretError> {
        let Some(found) = files
            .into_iter()
            .find(|opened| opened.file.as_str() == file)
        else {
            return Ok(None);
        };
        let Some(digest) = &found.digest else {
            return Ok(None);
        };
        let (key, digest) = keyring.open_digest(digest)?;
        Ok(Some(Opened {
            by: found.by,
            key,
            digest,
        }))
    }
}

/// Checks that somebody other than the approver opened a submission with exactly this content. Returns the digest of the content
/// as it was opened.
pub(super) fn check_dual_control(
    opened: Option<&Opened>,
    file: &str,
    content: &[u8],
    approver: &Operator,
) -> Result<[u8; 32], DualControlViolation> {
    let Some(opened) = opened else {
        return Err(DualControlViolation::NotOpened {
            file: file.to_owned(),
        });
    };
    if content_digest(&opened.key, content) != opened.digest {
        return Err(DualControlViolation::Changed {
            file: file.to_owned(),
            opener: opened.by.os_user.name.clone(),
        });
    }
    match approver.shared_identity(&opened.by) {
        None => Ok(opened.digest),
        Some(shared) => Err(DualControlViolation::SameOperator {
            file: file.to_owned(),
            shared,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::operator::OsUser;
    use chrono::DateTime;

    const FILE: &str = "forget-20180315_case-k3x9qd5a.json";

    fn operator(uid: i64, database_user: &str) -> Operator {
        Operator {
            os_user: OsUser {
                uid,
                login_uid: None,
                name: uid.to_string(),
            },
            database_user: database_user.to_owned(),
        }
    }

    fn opened_by(operator: Operator) -> Opened {
        let key = [7; 32];
        Opened {
            by: operator,
            key,
            digest: content_digest(&key, b"{}"),
        }
    }

    #[test]
    fn another_person_may_approve_what_was_opened() {
        let opened = opened_by(operator(1, "anna"));
        let approver = operator(2, "ben");
        let digest = opened.digest;
        let checked = check_dual_control(Some(&opened), FILE, b"{}", &approver);
        assert_eq!(checked, Ok(digest));
    }

    #[test]
    fn an_approval_is_for_the_content_that_was_opened() {
        let opened = opened_by(operator(1, "anna"));
        let digest = opened.digest;
        let check = |digest| {
            let approval = Approval {
                plan: String::new(),
                approved_at: DateTime::UNIX_EPOCH,
                digest,
                by: operator(2, "ben"),
            };
            check_approval(Some(&opened), FILE, b"{}", &approval)
        };
        assert_eq!(check(Some(digest)), Ok(()));
        for other in [None, Some([0; 32])] {
            let refused = check(other).unwrap_err();
            assert!(matches!(refused, DualControlViolation::OtherContent { .. }));
        }
    }

    #[test]
    fn an_unrecorded_or_changed_file_cannot_be_approved() {
        let opened = opened_by(operator(1, "anna"));
        let approver = operator(2, "ben");
        let other = "forget-20180315_by-hand.json";
        assert!(matches!(
            check_dual_control(None, other, b"{}", &approver),
            Err(DualControlViolation::NotOpened { .. })
        ));
        assert!(matches!(
            check_dual_control(Some(&opened), FILE, b"{ }", &approver),
            Err(DualControlViolation::Changed { .. })
        ));
    }

    #[test]
    fn a_shared_user_cannot_approve() {
        let opened = opened_by(operator(1, "anna"));
        for approver in [operator(1, "ben"), operator(2, "anna")] {
            assert!(matches!(
                check_dual_control(Some(&opened), FILE, b"{}", &approver),
                Err(DualControlViolation::SameOperator { .. })
            ));
        }
    }
}
