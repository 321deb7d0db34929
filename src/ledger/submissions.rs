//! Submissions: claimed by name, known by a keyed digest, led from state to state.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use futures_util::{join, try_join};

use super::answers::PARTS_AT_ONCE;
use super::{Trace, Wish};
use crate::domain::identifier::{Ordinal, SubmissionId};
use crate::domain::request::Action;
use crate::domain::response::Tally;
use crate::postgres::fault::point;
use crate::postgres::sql::sql_file;
use crate::postgres::{CopyRows, DatabaseError, Session, Value};

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its name is taken; its content may not be in the spool yet.
    Received,
    /// Read, and being carried out.
    Running,
    /// Every contact has its answer; results may not be published yet.
    Answered,
    /// Its results are published.
    Done,
}

impl State {
    pub(super) fn read(text: &str) -> State {
        match text {
            "received" => State::Received,
            "running" => State::Running,
            "answered" => State::Answered,
            _ => State::Done,
        }
    }
}

/// A name that was used before.
#[derive(Debug)]
pub struct Known {
    pub submission_id: SubmissionId,
    pub state: State,
    /// Key and digest; `None` before the content was taken and after purge.
    pub digest: Option<([u8; 32], [u8; 32])>,
}

/// Looks a name up.
pub async fn known(
    session: &Session,
    drop_name: &str,
    file_name: &str,
) -> Result<Option<Known>, DatabaseError> {
    let row = session
        .query_opt(
            &sql_file!("ledger/known.sql").into(),
            &[&drop_name, &file_name],
        )
        .await?;
    Ok(row.as_ref().map(Known::read))
}

impl Known {
    fn read(row: &tokio_postgres::Row) -> Known {
        Known {
            submission_id: row.get(0),
            state: State::read(row.get(1)),
            digest: bytes32(row.get(2)).zip(bytes32(row.get(3))),
        }
    }
}

/// Looks many names up, for a folder of a hundred thousand files.
pub async fn known_all<'a>(
    session: &Session,
    drop_name: &str,
    file_names: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, Known>, DatabaseError> {
    let file_names: Vec<&str> = file_names.collect();
    let mut known = HashMap::new();
    for some in file_names.chunks(10_000) {
        let rows = session
            .query(
                &sql_file!("ledger/known_all.sql").into(),
                &[&drop_name, &some],
            )
            .await?;
        known.extend(rows.iter().map(|row| (row.get(4), Known::read(row))));
    }
    Ok(known)
}

pub(super) fn bytes32(bytes: Option<&[u8]>) -> Option<[u8; 32]> {
    bytes.and_then(|b| b.try_into().ok())
}

/// Takes a name that was never used, and makes this session the one that carries the submission out; `None`: somebody
/// else was first.
pub async fn claim(
    session: &Session,
    drop_name: &str,
    file_name: &str,
    action: Action,
    key: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<SubmissionId>, DatabaseError> {
    let values: [&dyn Value; 5] = [&drop_name, &file_name, &action.as_str(), &&key[..], &now];
    let row = session
        .query_opt(&sql_file!("ledger/claim.sql").into(), &values)
        .await?;
    Ok(row.map(|row| row.get(0)))
}

/// Makes this session the only one that carries out the submission; false: another one does.
pub async fn lock(session: &Session, submission_id: SubmissionId) -> Result<bool, DatabaseError> {
    let (lock, workers) = (
        sql_file!("ledger/lock.sql").into(),
        sql_file!("ledger/workers.sql").into(),
    );
    let values: [&dyn Value; 1] = [&submission_id];
    let (row, workers) = join!(
        session.query_opt(&lock, &values),
        session.query_opt(&workers, &values),
    );
    if !row?.is_some_and(|row| row.get(0)) {
        return Ok(false);
    }
    if workers?.is_some_and(|row| row.get(0)) {
        unlock(session, submission_id).await?;
        return Ok(false);
    }
    Ok(true)
}

/// Makes this session a further one of the process that carries the submission out.
pub async fn lock_worker(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<(), DatabaseError> {
    let statement = sql_file!("ledger/lock_worker.sql").into();
    session.query(&statement, &[&submission_id]).await.map(drop)
}

/// The further session has done its part.
pub async fn unlock_worker(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<(), DatabaseError> {
    let statement = sql_file!("ledger/unlock_worker.sql").into();
    session.query(&statement, &[&submission_id]).await.map(drop)
}

/// Gives the submission back.
pub async fn unlock(session: &Session, submission_id: SubmissionId) -> Result<(), DatabaseError> {
    session
        .query(&sql_file!("ledger/unlock.sql").into(), &[&submission_id])
        .await
        .map(drop)
}

/// Notes the digest of the content that was taken into the spool; where it is lost, the content is taken again.
pub async fn set_digest(
    session: &Session,
    submission_id: SubmissionId,
    digest: &[u8; 32],
) -> Result<(), DatabaseError> {
    session
        .execute_async_commit(
            &sql_file!("ledger/set_digest.sql").into(),
            &[&submission_id, &&digest[..]],
        )
        .await
        .map(drop)
}

/// Forgets a name whose content could not be taken.
pub async fn withdraw(session: &Session, submission_id: SubmissionId) -> Result<(), DatabaseError> {
    session
        .execute(&sql_file!("ledger/withdraw.sql").into(), &[&submission_id])
        .await
        .map(drop)
}

/// A request as the ledger has it.
pub struct LedgerRequest {
    pub case: Option<String>,
    pub contacts: usize,
}

/// Notes that a submission was read, with the number of its contacts and its requests; false: it was begun before, and
/// goes on from now. In the caller's transaction.
pub async fn begin(
    session: &Session,
    submission_id: SubmissionId,
    (contacts, requests): (usize, impl Iterator<Item = LedgerRequest>),
    trace: Trace,
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let contacts = contacts as i64;
    let values: [&dyn Value; 4] = [&submission_id, &contacts, &now, &trace.as_text()];
    if session
        .execute(&sql_file!("ledger/begin.sql").into(), &values)
        .await?
        == 0
    {
        let resume = sql_file!("ledger/resume.sql").into();
        session.execute(&resume, &[&submission_id, &now]).await?;
        return Ok(false);
    }
    let mut rows = CopyRows::default();
    let copy = sql_file!("ledger/copy_request.sql").into();
    for (number, request) in requests.enumerate() {
        // No text of the database can hold a NUL.
        let case = request
            .case
            .as_ref()
            .map(|case| case.replace('\0', "\u{fffd}"));
        rows.big(submission_id)
            .int(number as i32 + 1)
            .optional_text(case.as_deref())
            .int(request.contacts as i32)
            .end();
        if rows.parts() >= PARTS_AT_ONCE {
            session.copy_in(&copy, &mut rows).await?;
        }
    }
    session.copy_in(&copy, &mut rows).await?;
    Ok(true)
}

/// Counts the answers of a submission and notes that they are complete. `malformed` requests count as errors;
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
    for row in session
        .query(&sql_file!("ledger/tally.sql").into(), &[&submission_id])
        .await?
    {
        tally.add_many(row.get(0), row.get::<_, i64>(1) as u64);
    }
    let (success, not_found, errors) = (
        tally.success as i64,
        tally.not_found as i64,
        tally.error as i64,
    );
    let values: [&dyn Value; 6] = [&submission_id, &success, &not_found, &errors, &error, &now];
    session
        .execute(&sql_file!("ledger/answered.sql").into(), &values)
        .await
        .map(drop)
}

/// Takes back the answers of an export, which is done afresh.
pub async fn restart_export(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<(), DatabaseError> {
    session
        .execute(
            &sql_file!("ledger/clear_table_counts.sql").into(),
            &[&submission_id],
        )
        .await?;
    point!(session, "export.restart");
    session
        .execute(
            &sql_file!("ledger/clear_answers.sql").into(),
            &[&submission_id],
        )
        .await
        .map(drop)
}

/// Notes that everything of a submission is published.
pub async fn complete(
    session: &Session,
    submission_id: SubmissionId,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    session
        .execute(
            &sql_file!("ledger/complete.sql").into(),
            &[&submission_id, &now],
        )
        .await
        .map(drop)
}

/// A submission that was begun and not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSubmission {
    pub submission_id: SubmissionId,
    pub file_name: String,
    pub received_at: DateTime<Utc>,
}

/// Submissions of a drop that were begun and not completed, in the order of receipt.
pub async fn open_submissions(
    session: &Session,
    drop_name: &str,
) -> Result<Vec<OpenSubmission>, DatabaseError> {
    let rows = session
        .query(&sql_file!("ledger/open.sql").into(), &[&drop_name])
        .await?;
    let open = |row: &tokio_postgres::Row| OpenSubmission {
        submission_id: row.get(0),
        file_name: row.get(1),
        received_at: row.get(2),
    };
    Ok(rows.iter().map(open).collect())
}

/// Of submissions whose copies lie in the spool, those that need them no more. A name is claimed before its copy is made,
/// so one that the ledger does not know was withdrawn.
pub async fn left_over(
    session: &Session,
    copies: &[SubmissionId],
) -> Result<Vec<SubmissionId>, DatabaseError> {
    let statement = sql_file!("ledger/left_over.sql").into();
    let rows = session.query(&statement, &[&copies]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// How far a submission is, as any session sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgressRow {
    pub contacts: i64,
    pub answered: i64,
    /// `None` before it was read.
    pub begun_at: Option<DateTime<Utc>>,
    /// When a run last went on with it, and the contacts that had their answer by then.
    pub resumed: Option<(DateTime<Utc>, i64)>,
    /// Whether a session carries it out now.
    pub at_work: bool,
    pub wish: Option<Wish>,
}

/// Looks how far a submission is.
pub async fn progress(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Option<ProgressRow>, DatabaseError> {
    let row = session
        .query_opt(&sql_file!("ledger/progress.sql").into(), &[&submission_id])
        .await?;
    Ok(row.map(|row| ProgressRow {
        contacts: row.get("contacts"),
        answered: row.get("answered"),
        begun_at: row.get("begun_at"),
        resumed: Option::zip(row.get("resumed_at"), row.get("resumed_answered")),
        at_work: row.get("at_work"),
        wish: Wish::read(row.get("wish")),
    }))
}

/// What the ledger knows of one submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    pub contacts: u64,
    pub tally: Tally,
    pub error: Option<String>,
    /// Rows changed or exported, by table.
    pub rows: BTreeMap<String, i64>,
}

/// Reads a submission's counts.
pub async fn row(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<SubmissionRow, DatabaseError> {
    let (counts, row) = (
        sql_file!("ledger/table_counts.sql").into(),
        sql_file!("ledger/row.sql").into(),
    );
    let values: [&dyn Value; 1] = [&submission_id];
    let (counts, found) = try_join!(
        session.query(&counts, &values),
        session.query_opt(&row, &values),
    )?;
    let rows = counts.iter().map(|row| (row.get(0), row.get(1))).collect();
    Ok(match found {
        None => SubmissionRow {
            contacts: 0,
            tally: Tally::default(),
            error: None,
            rows,
        },
        Some(row) => SubmissionRow {
            contacts: row.get::<_, i64>("contacts") as u64,
            tally: Tally {
                success: row.get::<_, i64>("success") as u64,
                not_found: row.get::<_, i64>("not_found") as u64,
                error: row.get::<_, i64>("errors") as u64,
            },
            error: row.get("error"),
            rows,
        },
    })
}

/// A file that was or will be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFile {
    pub name: String,
    pub digest: Option<[u8; 32]>,
    pub published: bool,
}

/// Notes that a result file was published. Completing the submission makes it durable: where it is lost before, the
/// same file is found there when it is published again.
pub async fn note_published(
    session: &Session,
    submission_id: SubmissionId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let (digest, published_at) = (None::<&[u8]>, Some(now));
    let values: [&dyn Value; 4] = [&submission_id, &name, &digest, &published_at];
    session
        .execute_async_commit(&sql_file!("ledger/note_result.sql").into(), &values)
        .await
        .map(drop)
}

/// Notes a result file, before (`published_at` `None`) and after its publication.
pub async fn note_result(
    session: &Session,
    submission_id: SubmissionId,
    name: &str,
    digest: Option<&[u8; 32]>,
    published_at: Option<DateTime<Utc>>,
) -> Result<(), DatabaseError> {
    let digest = digest.map(|d| &d[..]);
    let values: [&dyn Value; 4] = [&submission_id, &name, &digest, &published_at];
    session
        .execute(&sql_file!("ledger/note_result.sql").into(), &values)
        .await
        .map(drop)
}

/// The result files of a submission, in the order of their publication.
pub async fn results(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Vec<ResultFile>, DatabaseError> {
    let rows = session
        .query(&sql_file!("ledger/results.sql").into(), &[&submission_id])
        .await?;
    let file = |row: &tokio_postgres::Row| ResultFile {
        name: row.get(0),
        digest: bytes32(row.get(1)),
        published: row.get(2),
    };
    Ok(rows.iter().map(file).collect())
}

/// Another content that came under a used name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    pub ordinal: Ordinal,
    /// Key and digest; `None` after purge.
    pub digest: Option<([u8; 32], [u8; 32])>,
    pub answered: bool,
}

/// The contents that came under a used name so far.
pub async fn duplicates(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Vec<Duplicate>, DatabaseError> {
    let rows = session
        .query(
            &sql_file!("ledger/duplicates.sql").into(),
            &[&submission_id],
        )
        .await?;
    let duplicate = |row: &tokio_postgres::Row| Duplicate {
        ordinal: row.get(0),
        digest: bytes32(row.get(1)).zip(bytes32(row.get(2))),
        answered: row.get(3),
    };
    Ok(rows.iter().map(duplicate).collect())
}

/// Notes another content under a used name, not answered yet.
pub async fn add_duplicate(
    session: &Session,
    submission_id: SubmissionId,
    ordinal: Ordinal,
    key: &[u8; 32],
    digest: &[u8; 32],
) -> Result<(), DatabaseError> {
    let values: [&dyn Value; 4] = [&submission_id, &ordinal, &&key[..], &&digest[..]];
    session
        .execute(&sql_file!("ledger/add_duplicate.sql").into(), &values)
        .await
        .map(drop)
}

/// Notes that another content under a used name was answered.
pub async fn answer_duplicate(
    session: &Session,
    submission_id: SubmissionId,
    ordinal: Ordinal,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    session
        .execute(
            &sql_file!("ledger/answer_duplicate.sql").into(),
            &[&submission_id, &ordinal, &now],
        )
        .await
        .map(drop)
}
