//! The outbox of media objects that are to be deleted.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::file_name::FileName;
use crate::domain::identifier::{ContactPosition, Ordinal, SubmissionId};
use crate::domain::response::Response;
use crate::postgres::declared::copies;
use crate::postgres::fault::point;
use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::value::Json;
use crate::postgres::{CopyRows, DatabaseError, Session};

/// One media row whose object a contact waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MediaRow {
    pub(crate) position: ContactPosition,
    pub(crate) table: String,
    /// Account and key of the row, as a JSON object.
    pub(crate) row_key: String,
    /// Identifies the URI without naming it.
    pub(crate) object_digest: Vec<u8>,
}

row! {
    /// A media row whose object is still to be deleted.
    #[derive(Debug, Clone)]
    pub(crate) struct WaitingMedia {
        pub(crate) table: String = "table_name",
        /// Account and key of the row, as a JSON object.
        pub(crate) row_key: String,
        /// Identifies the URI without naming it; `None` in entries of earlier versions.
        pub(crate) digest: Option<Vec<u8>> = "object_digest",
    }
}

row! {
    /// Media objects of a submission that wait to be deleted, for one reason.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct WaitingObjects {
        pub(crate) file_name: String,
        /// Why the last attempt failed; `None` where none was made.
        pub(crate) failure: Option<String>,
        pub(crate) objects: i64,
    }
}

row! {
    /// A completed submission whose media objects are still to be deleted, or whose media log is missing.
    #[derive(Debug, Clone)]
    pub(crate) struct OpenMedia {
        pub(crate) submission_id: SubmissionId,
        pub(crate) file_name: FileName,
        pub(crate) drop_name: String,
    }
}

/// Puts media rows into the outbox.
pub(crate) async fn add_media(
    session: &Session,
    submission_id: SubmissionId,
    outbox: &mut Vec<MediaRow>,
) -> Result<(), DatabaseError> {
    outbox.sort();
    outbox.dedup();
    let mut rows = CopyRows::default();
    for media in outbox.iter() {
        rows.big(submission_id)
            .int(media.position.request)
            .int(media.position.contact);
        rows.text(&media.table).json(&media.row_key);
        rows.bytes(&media.object_digest).end();
    }
    if !rows.is_empty() {
        session.copy_in(&COPY_MEDIA.into(), &mut rows).await?;
    }
    Ok(())
}

/// How many media objects of each contact are still to be deleted.
pub(crate) async fn media_left(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<HashMap<ContactPosition, i64>, DatabaseError> {
    let rows = count_waiting_by_contact(session, submission_id).await?;
    let count = |row: ContactMedia| (row.position, row.objects);
    Ok(rows.into_iter().map(count).collect())
}

/// Records that a media row no longer names its object.
pub(crate) async fn media_done(
    session: &Session,
    submission_id: SubmissionId,
    row: &WaitingMedia,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    mark_deleted(session, submission_id, &row.table, &row.row_key, now).await
}

/// Records why a media object could not be deleted.
pub(crate) async fn media_failed(
    session: &Session,
    submission_id: SubmissionId,
    row: &WaitingMedia,
    reason: &str,
) -> Result<(), DatabaseError> {
    set_failure(session, submission_id, &row.table, &row.row_key, reason).await
}

/// Answers the contacts whose media objects are not deleted with their error, and with success those that an
/// interrupted run answered with it and whose objects are gone now.
pub(crate) async fn answer_media(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<(), DatabaseError> {
    let error = Response::MediaNotDeleted.to_string();
    let success = Response::Success.to_string();
    answer_error(session, submission_id, &error).await?;
    point!(session, "media.refused");
    answer_success(session, submission_id, &error, &success).await
}

/// The submissions of a drop with open media; `None`: those of the folders of all cases.
pub(crate) async fn open_media(
    session: &Session,
    drop_name: Option<&str>,
) -> Result<Vec<OpenMedia>, DatabaseError> {
    list_open_submissions(session, drop_name, &Response::MediaNotDeleted.to_string()).await
}

/// The contacts that were answered before their media objects were deleted.
pub(crate) async fn late_media(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Vec<ContactPosition>, DatabaseError> {
    list_late_contacts(
        session,
        submission_id,
        &Response::MediaNotDeleted.to_string(),
    )
    .await
}

row! {
    struct ContactMedia {
        position: ContactPosition = flatten,
        objects: i64,
    }
}

queries! {
    /// The media rows whose objects are still to be deleted.
    pub(crate) fn media_rows(submission_id: SubmissionId) -> Vec<WaitingMedia> = "ledger/media/list_waiting.sql";
    /// Media objects of a drop that wait to be deleted, by submission and reason.
    pub(crate) fn waiting_media(drop_name: &str) -> Vec<WaitingObjects> = "ledger/media/count_waiting_by_reason.sql";
    fn count_waiting_by_contact(submission_id: SubmissionId) -> Vec<ContactMedia> = "ledger/media/count_waiting_by_contact.sql";
    fn mark_deleted(
        submission_id: SubmissionId, table: &str, row_key: &str, now: DateTime<Utc>,
    ) = "ledger/media/mark_deleted.sql";
    fn set_failure(submission_id: SubmissionId, table: &str, row_key: &str, reason: &str) = "ledger/media/set_failure.sql";
    fn answer_error(submission_id: SubmissionId, error: &str) = "ledger/media/answer_error.sql";
    fn answer_success(submission_id: SubmissionId, error: &str, success: &str) = "ledger/media/answer_success.sql";
    fn list_open_submissions(drop_name: Option<&str>, response: &str) -> Vec<OpenMedia> = "ledger/media/list_open_submissions.sql";
    fn list_late_contacts(submission_id: SubmissionId, response: &str) -> Vec<ContactPosition> = "ledger/media/list_late_contacts.sql";
}

copies! {
    COPY_MEDIA(
        submission_id: SubmissionId, request: Ordinal, contact: Ordinal, table_name: &str, row_key: Json,
        object_digest: &[u8],
    ) = "ledger/media/copy.sql";
}
