//! Rows that lead a verification to client IDs: kept by a FORGET, deleted after a verification that finds nothing.

use strum::{EnumString, IntoStaticStr};

use crate::domain::identifier::{ContactPosition, Ordinal, SubmissionId};
use crate::postgres::declared::copies;
use crate::postgres::query::queries;
use crate::postgres::row::{row, text_enum};
use crate::postgres::value::Json;
use crate::postgres::{CopyRows, DatabaseError, Session};

/// Whether a FORGET keeps such rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    Kept,
    /// It has more devices than the configuration allows for that.
    NotKept,
}

/// What the ledger notes of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub(super) enum TraceState {
    Kept,
    Verified,
}

text_enum! { TraceState }

impl Trace {
    pub(super) fn state(self) -> Option<TraceState> {
        match self {
            Trace::Kept => Some(TraceState::Kept),
            Trace::NotKept => None,
        }
    }
}

row! {
    /// A row with a client ID that a contact's device was found with.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) struct FoundClient {
        /// The first contact that names the device in that scope.
        pub(crate) position: ContactPosition = flatten,
        /// `<schema>.<table>`.
        pub(crate) table: String = "table_name",
        /// As JSON.
        pub(crate) row_key: String,
    }
}

/// What a verification can know of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traced {
    /// Rows of its client IDs are kept, if any were found.
    Kept,
    /// They were kept until a verification found nothing.
    Verified,
    /// They were not kept.
    NotKept,
    /// Retention removed them, with the answers.
    Purged,
}

/// Keeps rows, in the caller's transaction.
pub(crate) async fn keep_found_clients(
    session: &Session,
    submission_id: SubmissionId,
    found: &[FoundClient],
) -> Result<(), DatabaseError> {
    let mut rows = CopyRows::default();
    for client in found {
        rows.big(submission_id)
            .int(client.position.request)
            .int(client.position.contact)
            .text(&client.table)
            .json(&client.row_key)
            .end();
    }
    session
        .copy_in(&COPY_FOUND_CLIENTS.into(), &mut rows)
        .await
        .map(drop)
}

/// Whether rows of a submission's client IDs were kept, and still are.
pub async fn traced(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Traced, DatabaseError> {
    Ok(match trace_state(session, submission_id).await? {
        Some(row) if row.purged => Traced::Purged,
        Some(row) => match row.trace {
            Some(TraceState::Kept) => Traced::Kept,
            Some(TraceState::Verified) => Traced::Verified,
            None => Traced::NotKept,
        },
        None => Traced::NotKept,
    })
}

row! {
    struct TraceRow {
        trace: Option<TraceState>,
        purged: bool,
    }
}

queries! {
    /// The kept rows of a submission.
    pub(crate) fn found_clients(submission_id: SubmissionId) -> Vec<FoundClient> = "ledger/answer/list_found_clients.sql";
    /// Deletes the rows of a submission of which a verification found nothing.
    pub fn verified(submission_id: SubmissionId) = "ledger/submission/mark_verified.sql";
    fn trace_state(submission_id: SubmissionId) -> Option<TraceRow> = "ledger/submission/trace_state.sql";
}

copies! {
    COPY_FOUND_CLIENTS(
        submission_id: SubmissionId, request: Ordinal, contact: Ordinal, table_name: &str, row_key: Json,
    ) = "ledger/answer/copy_found_clients.sql";
}
