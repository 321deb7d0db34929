//! Control requests: a DBA asks that a submission pauses, or that it ends.

use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr};

use super::state::State;
use crate::domain::identifier::SubmissionId;
use crate::postgres::query::queries;
use crate::postgres::row::{row, text_enum};
use crate::postgres::{DatabaseError, Session};

/// A control request for a submission that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum PendingControl {
    /// No run continues it until it is resumed.
    Pause,
    /// Contacts without an answer are answered with an error; then its log is published.
    Cancel,
}

text_enum! { PendingControl }

/// The control request for a submission; `None` once every contact has its answer.
pub(crate) async fn pending_control(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Option<PendingControl>, DatabaseError> {
    let row = control_request(session, submission_id).await?;
    Ok(row.and_then(|row| row.wish))
}

/// Records a control request, or (`None`) that the submission resumes. False: it was cancelled before, or every contact
/// has its answer.
pub(crate) async fn set_pending_control(
    session: &Session,
    submission_id: SubmissionId,
    wish: Option<PendingControl>,
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let changed = set_control_request(session, submission_id, wish, now).await?;
    Ok(changed > 0)
}

row! {
    /// A submission found by its file name.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Named {
        pub(crate) submission_id: SubmissionId,
        pub(crate) drop: String = "drop_name",
        pub(crate) state: State,
        pub(crate) wish: Option<PendingControl>,
    }
}

row! {
    struct RequestRow {
        wish: Option<PendingControl>,
    }
}

queries! {
    /// The submissions of a file name, one for each drop that had such a file.
    pub(crate) fn named(file_name: &str) -> Vec<Named> = "ledger/submission/find_in_all_drops.sql";
    fn control_request(submission_id: SubmissionId) -> Option<RequestRow> = "ledger/submission/control_request.sql";
    fn set_control_request(
        submission_id: SubmissionId, wish: Option<PendingControl>, now: DateTime<Utc>,
    ) -> u64 = "ledger/submission/set_control_request.sql";
}
