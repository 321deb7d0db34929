//! Submissions: claimed by name, identified by a keyed digest, and moved from state to state.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use futures_util::try_join;

use super::control::PendingControl;
use super::secret::{KeyedDigest, SealedKey};
use super::state::State;
use super::trace::{Trace, TraceState};
use crate::domain::clock::ClockSource;
use crate::domain::file_name::FileName;
use crate::domain::identifier::{Ordinal, SubmissionId};
use crate::domain::request::Action;
use crate::domain::response::Tally;
use crate::postgres::declared::copies;
use crate::postgres::fault::point;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{CopyRows, DatabaseError, Session};

row! {
    /// A submission whose name was used before.
    #[derive(Debug)]
    pub(crate) struct Known {
        pub(crate) submission_id: SubmissionId,
        pub(crate) state: State,
        /// `None` before the content was taken and after purge.
        pub(crate) digest: Option<KeyedDigest> = flatten,
    }
}

/// Looks up many names, for a folder of a hundred thousand files.
pub(crate) async fn known_all<'a>(
    session: &Session,
    drop_name: &str,
    file_names: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, Known>, DatabaseError> {
    let file_names: Vec<&str> = file_names.collect();
    let mut known = HashMap::new();
    for some in file_names.chunks(10_000) {
        let rows = find_by_names(session, drop_name, some).await?;
        known.extend(rows.into_iter().map(|row| (row.file_name, row.known)));
    }
    Ok(known)
}

/// Claims a name that was never used, and locks the submission for this session; `None`: another session claimed it
/// first.
pub async fn claim(
    session: &Session,
    drop_name: &str,
    file_name: &str,
    action: Action,
    key: &SealedKey,
    now: DateTime<Utc>,
) -> Result<Option<SubmissionId>, DatabaseError> {
    let token = session.token().await?;
    let key = key.bytes();
    let row = claim_name(session, drop_name, file_name, action, key, now, token).await?;
    Ok(row.map(|row| row.submission_id))
}

/// A request as the ledger keeps it.
pub struct LedgerRequest {
    pub(crate) case: Option<String>,
    pub(crate) contacts: usize,
}

/// Parts of rows, of about 64 KiB each, that are gathered before they are written.
pub(super) const PARTS_AT_ONCE: usize = 64;

/// The approval that a submission needs to be begun or resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequiredApproval {
    /// Whether two people must agree on a submission of a case.
    pub(crate) two_people: bool,
    /// The digest of the content that is about to be processed, under the key of the person who opened it; `None` if nobody
    /// opened it.
    pub(crate) content: Option<[u8; 32]>,
}

/// Whether processing of a submission begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    Now,
    /// It was begun before, and is resumed now.
    Before,
    /// It lacks the approval that it needs, and stays as it is.
    NotApproved,
}

/// Records that a submission was read, with the number of its contacts and its requests, if it has its approval. In the
/// caller's transaction.
pub async fn begin(
    session: &Session,
    submission_id: SubmissionId,
    (contacts, requests): (usize, impl Iterator<Item = LedgerRequest>),
    trace: Trace,
    required: RequiredApproval,
    now: DateTime<Utc>,
) -> Result<Begun, DatabaseError> {
    let (two, content) = (required.two_people, required.content);
    let content = content.as_ref().map(|digest| &digest[..]);
    let (contacts, state) = (contacts as i64, trace.state());
    if start(session, submission_id, contacts, now, state, two, content).await? == 0 {
        return Ok(
            match resume(session, submission_id, now, two, content).await? {
                0 => Begun::NotApproved,
                _ => Begun::Before,
            },
        );
    }
    let mut rows = CopyRows::default();
    let copy = COPY_REQUESTS.into();
    for (index, request) in requests.enumerate() {
        // PostgreSQL stores no NUL in a text.
        let case = request
            .case
            .as_ref()
            .map(|case| case.replace('\0', "\u{fffd}"));
        rows.big(submission_id)
            .int(Ordinal::of_index(index))
            .optional_text(case.as_deref())
            .int(request.contacts as i32)
            .end();
        if rows.parts() >= PARTS_AT_ONCE {
            session.copy_in(&copy, &mut rows).await?;
        }
    }
    session.copy_in(&copy, &mut rows).await?;
    Ok(Begun::Now)
}

/// Counts the answers of a submission and records that they are complete. `malformed` requests count as errors;
/// `error` says why a file could not be read.
pub async fn answered(
    session: &Session,
    submission_id: SubmissionId,
    malformed: u64,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let mut tally = Tally {
        error: malformed,
        ..Tally::default()
    };
    for row in count_by_response(session, submission_id).await? {
        tally.add_many(&row.response, row.contacts);
    }
    mark_answered(
        session,
        submission_id,
        tally.success as i64,
        tally.not_found as i64,
        tally.error as i64,
        error,
        now,
    )
    .await
}

/// Deletes the answers of an export, which is repeated.
pub(crate) async fn restart_export(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<(), DatabaseError> {
    delete_rows_by_table(session, submission_id).await?;
    point!(session, "export.restart");
    delete_successes(session, submission_id).await
}

/// Of submissions with a copy in the spool, those that no longer need it: completed or withdrawn. A name is claimed
/// before its copy is made, so one that the ledger does not know was withdrawn.
pub(crate) async fn left_over(
    session: &Session,
    copies: &[SubmissionId],
) -> Result<Vec<SubmissionId>, DatabaseError> {
    let rows = filter_finished(session, copies).await?;
    Ok(rows.into_iter().map(|row| row.submission_id).collect())
}

/// The progress of a submission, as any session sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressRow {
    pub(crate) contacts: i64,
    pub(crate) answered: i64,
    /// `None` before it was read.
    pub(crate) begun_at: Option<DateTime<Utc>>,
    /// When a run last resumed it, and the contacts that had their answer by then.
    pub(crate) resumed: Option<(DateTime<Utc>, i64)>,
    /// Whether a session processes it now.
    pub(crate) at_work: bool,
    pub(crate) wish: Option<PendingControl>,
}

/// Reads the progress of a submission.
pub async fn progress(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Option<ProgressRow>, DatabaseError> {
    let row = read_progress(session, submission_id).await?;
    Ok(row.map(|row| ProgressRow {
        contacts: row.contacts,
        answered: row.answered,
        begun_at: row.begun_at,
        resumed: row.resumed_at.zip(row.resumed_answered),
        at_work: row.at_work,
        wish: row.wish,
    }))
}

/// The counts of one submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    pub(crate) contacts: u64,
    pub(crate) tally: Tally,
    pub(crate) error: Option<String>,
    /// Rows changed or exported, by table.
    pub(crate) rows: BTreeMap<String, i64>,
}

/// Reads a submission's counts.
pub async fn row(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<SubmissionRow, DatabaseError> {
    let (by_table, One(found)) = try_join!(
        rows_by_table(session, submission_id),
        counts(session, submission_id),
    )?;
    let count = |row: TableCount| (row.table_name, row.row_count);
    let rows = by_table.into_iter().map(count).collect();
    Ok(SubmissionRow {
        contacts: found.contacts,
        tally: found.tally,
        error: found.error,
        rows,
    })
}

row! {
    /// A result file.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct ResultFile {
        pub(crate) name: String = "file_name",
        pub(crate) digest: Option<[u8; 32]>,
        pub(crate) published: bool,
    }
}

/// Records that a result file was published. Completing the submission makes it durable: if it is lost before that, the
/// same file is found when it is published again.
pub(crate) async fn note_published(
    session: &Session,
    submission_id: SubmissionId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    set_result_deferred(session, submission_id, name, None, Some(now)).await
}

/// Records a result file, before (`published_at` is `None`) and after its publication.
pub(crate) async fn note_result(
    session: &Session,
    submission_id: SubmissionId,
    name: &str,
    digest: Option<&[u8; 32]>,
    published_at: Option<DateTime<Utc>>,
) -> Result<(), DatabaseError> {
    let digest = digest.map(|digest| &digest[..]);
    set_result(session, submission_id, name, digest, published_at).await
}

row! {
    /// A submission that was begun and not completed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct OpenSubmission {
        pub(crate) submission_id: SubmissionId,
        pub(crate) file_name: FileName,
        pub(crate) received_at: DateTime<Utc>,
        pub(crate) state: State,
    }
}

row! {
    /// Another content that was submitted under a used name.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Duplicate {
        pub(crate) ordinal: Ordinal,
        /// `None` after purge.
        pub(crate) digest: Option<KeyedDigest> = flatten,
        pub(crate) answered: bool,
    }
}

row! {
    /// How many contacts got one answer.
    pub(super) struct ResponseCount {
        pub(super) response: String,
        pub(super) contacts: u64,
    }
}

row! {
    struct KnownFile {
        file_name: String,
        known: Known = flatten,
    }
}

row! {
    struct Identified {
        submission_id: SubmissionId,
    }
}

row! {
    struct Claimed {
        submission_id: SubmissionId,
    }
}

row! {
    struct TableCount {
        table_name: String,
        row_count: i64,
    }
}

row! {
    struct Counts {
        contacts: u64,
        tally: Tally = flatten,
        error: Option<String>,
    }
}

row! {
    /// The clock that a submission was processed by.
    #[derive(Debug)]
    pub(crate) struct SubmissionClock {
        pub(crate) source: ClockSource = "clock_source",
    }
}

row! {
    struct Progress {
        contacts: i64,
        answered: i64,
        begun_at: Option<DateTime<Utc>>,
        resumed_at: Option<DateTime<Utc>>,
        resumed_answered: Option<i64>,
        at_work: bool,
        wish: Option<PendingControl>,
    }
}

queries! {
    /// Looks up a name; `None`: it was never used.
    pub(crate) fn known(drop_name: &str, file_name: &str) -> Option<Known> = "ledger/submission/find_by_name.sql";
    /// Records the digest of the content that was copied to the spool; if that is lost, the content is taken again.
    pub deferred fn set_digest(submission_id: SubmissionId, digest: &[u8]) = "ledger/submission/set_digest.sql";
    /// Releases a name whose content could not be taken.
    pub fn withdraw(submission_id: SubmissionId) = "ledger/submission/withdraw.sql";
    /// The clock of a submission's times.
    pub(crate) fn clock_source(submission_id: SubmissionId) -> One<SubmissionClock> = "ledger/submission/clock.sql";
    /// Records that times of a submission are by `LETHE_NOW`; that is never taken back.
    pub(crate) fn mark_rehearsal(submission_id: SubmissionId) = "ledger/submission/mark_rehearsal.sql";
    /// Records that everything of a submission is published.
    pub fn complete(submission_id: SubmissionId, now: DateTime<Utc>) = "ledger/submission/mark_done.sql";
    /// Submissions of a drop that were begun and not completed, in the order of receipt.
    pub(crate) fn open_submissions(drop_name: &str) -> Vec<OpenSubmission> = "ledger/submission/list_unfinished.sql";
    /// The result files of a submission, in the order of their publication.
    pub(crate) fn results(submission_id: SubmissionId) -> Vec<ResultFile> = "ledger/submission/list_results.sql";
    /// The contents that were submitted under a used name so far.
    pub(crate) fn duplicates(submission_id: SubmissionId) -> Vec<Duplicate> = "ledger/submission/list_duplicates.sql";
    /// Records another content under a used name, not answered yet.
    pub(crate) fn add_duplicate(
        submission_id: SubmissionId, ordinal: Ordinal, key: &[u8], digest: &[u8],
    ) = "ledger/submission/add_duplicate.sql";
    /// Records that another content under a used name was answered.
    pub(crate) fn answer_duplicate(
        submission_id: SubmissionId, ordinal: Ordinal, now: DateTime<Utc>,
    ) = "ledger/submission/mark_duplicate_answered.sql";
    /// How many contacts of a submission got which answer.
    pub(super) fn count_by_response(submission_id: SubmissionId) -> Vec<ResponseCount> = "ledger/answer/count_by_response.sql";
    fn find_by_names(drop_name: &str, file_names: &[&str]) -> Vec<KnownFile> = "ledger/submission/find_by_names.sql";
    fn claim_name(
        drop_name: &str, file_name: &str, action: Action, key: &[u8], now: DateTime<Utc>, token: i64,
    ) -> Option<Claimed> = "ledger/submission/claim.sql";
    fn start(
        submission_id: SubmissionId, contacts: i64, now: DateTime<Utc>, trace: Option<TraceState>, two_people: bool, content: Option<&[u8]>,
    ) -> u64 = "ledger/submission/begin.sql";
    fn resume(
        submission_id: SubmissionId, now: DateTime<Utc>, two_people: bool, content: Option<&[u8]>,
    ) -> u64 = "ledger/submission/resume.sql";
    fn mark_answered(
        submission_id: SubmissionId, success: i64, not_found: i64, errors: i64, error: Option<&str>, now: DateTime<Utc>,
    ) = "ledger/submission/mark_answered.sql";
    fn delete_rows_by_table(submission_id: SubmissionId) = "ledger/answer/delete_rows_by_table.sql";
    fn delete_successes(submission_id: SubmissionId) = "ledger/answer/delete_successes.sql";
    fn filter_finished(copies: &[SubmissionId]) -> Vec<Identified> = "ledger/submission/filter_finished.sql";
    fn read_progress(submission_id: SubmissionId) -> Option<Progress> = "ledger/submission/progress.sql";
    fn rows_by_table(submission_id: SubmissionId) -> Vec<TableCount> = "ledger/answer/rows_by_table.sql";
    fn counts(submission_id: SubmissionId) -> One<Counts> = "ledger/submission/counts.sql";
    fn set_result(
        submission_id: SubmissionId, file_name: &str, digest: Option<&[u8]>, published_at: Option<DateTime<Utc>>,
    ) = "ledger/submission/set_result.sql";
    deferred fn set_result_deferred(
        submission_id: SubmissionId, file_name: &str, digest: Option<&[u8]>, published_at: Option<DateTime<Utc>>,
    ) = "ledger/submission/set_result.sql";
}

copies! {
    COPY_REQUESTS(
        submission_id: SubmissionId, request: Ordinal, request_case: Option<&str>, contacts: i32,
    ) = "ledger/submission/copy_requests.sql";
}
