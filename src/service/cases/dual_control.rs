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
        "two people must agree on a FORGET, and {file} was changed after {} opened it",
        printable(.opener)
    )]
    Changed { file: String, opener: String },
    #[error("two people must agree on a FORGET, and {file} was opened by the same {shared}")]
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
    let opened = files.iter().find(|opened| opened.file.as_str() == file);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::operator::OsUser;
    use crate::drop::FileName;
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

    fn opened_by(operator: Operator) -> [CaseFile; 1] {
        let key = [7; 32];
        [CaseFile {
            file: FileName::parse(FILE).unwrap(),
            digest: Some((key, content_digest(&key, b"{}"))),
            opened_at: DateTime::UNIX_EPOCH,
            by: operator,
        }]
    }

    #[test]
    fn another_person_may_approve_what_was_opened() {
        let files = opened_by(operator(1, "anna"));
        let approver = operator(2, "ben");
        assert_eq!(check_dual_control(&files, FILE, b"{}", &approver), Ok(()));
    }

    #[test]
    fn an_unrecorded_or_changed_file_cannot_be_approved() {
        let files = opened_by(operator(1, "anna"));
        let approver = operator(2, "ben");
        let other = "forget-20180315_by-hand.json";
        assert!(matches!(
            check_dual_control(&files, other, b"{}", &approver),
            Err(DualControlViolation::NotOpened { .. })
        ));
        assert!(matches!(
            check_dual_control(&files, FILE, b"{ }", &approver),
            Err(DualControlViolation::Changed { .. })
        ));
    }

    #[test]
    fn a_shared_user_cannot_approve() {
        let files = opened_by(operator(1, "anna"));
        for approver in [operator(1, "ben"), operator(2, "anna")] {
            assert!(matches!(
                check_dual_control(&files, FILE, b"{}", &approver),
                Err(DualControlViolation::SameOperator { .. })
            ));
        }
    }
}
