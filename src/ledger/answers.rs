//! The answers of contacts, the counts by table, the outbox of media objects.

use std::collections::{BTreeMap, HashMap};

use futures_util::{TryStreamExt as _, pin_mut};

use crate::domain::device::DeviceKind;
use crate::domain::identifier::{ContactPosition, Ordinal, SubmissionId};
use crate::domain::response::Response;
use crate::postgres::fault::point;
use crate::postgres::sql::sql_file;
use crate::postgres::{CopyRows, DatabaseError, Session};

/// The answer of one contact.
pub struct Answer<'a> {
    pub position: ContactPosition,
    pub kind: Option<DeviceKind>,
    pub response: &'a Response,
    /// Rows that held the device, by table, as a JSON object.
    pub row_counts: Option<&'a str>,
}

/// Answers gathered for one transaction.
pub struct Answers {
    submission_id: SubmissionId,
    rows: CopyRows,
    requests: Vec<Ordinal>,
    contacts: Vec<Ordinal>,
    responses: Vec<String>,
    row_counts: Vec<Option<String>>,
    keep: Keep,
}

/// Parts of rows, of some 64 KiB each, that are gathered before they are written.
pub(super) const PARTS_AT_ONCE: usize = 64;

/// Whether answers are kept singly, for an update, beside the rows for the insert.
#[derive(PartialEq, Eq)]
enum Keep {
    RowsOnly,
    Singly,
}

impl Answers {
    /// Answers to be inserted or, after a later look, updated.
    pub fn new(submission_id: SubmissionId) -> Answers {
        Answers {
            submission_id,
            rows: CopyRows::default(),
            requests: Vec::new(),
            contacts: Vec::new(),
            responses: Vec::new(),
            row_counts: Vec::new(),
            keep: Keep::RowsOnly,
        }
    }

    /// Answers of a later look, which change those that stand.
    pub fn later(submission_id: SubmissionId) -> Answers {
        Answers {
            keep: Keep::Singly,
            ..Answers::new(submission_id)
        }
    }

    pub fn push(&mut self, answer: Answer) {
        let response = answer.response.to_string();
        if self.keep == Keep::Singly {
            self.requests.push(answer.position.request);
            self.contacts.push(answer.position.contact);
            self.responses.push(response);
            self.row_counts.push(answer.row_counts.map(str::to_owned));
            return;
        }
        let kind = answer.kind.map(DeviceKind::as_str);
        let rows = self
            .rows
            .big(self.submission_id)
            .int(answer.position.request)
            .int(answer.position.contact);
        rows.optional_text(kind)
            .text(&response)
            .optional_json(answer.row_counts)
            .end();
    }

    /// Writes what is gathered so far when it is much, so that a million answers are not held in memory; not for later
    /// looks.
    pub async fn write_if_many(&mut self, session: &Session) -> Result<(), DatabaseError> {
        if self.rows.parts() >= PARTS_AT_ONCE {
            session
                .copy_in(&sql_file!("ledger/copy_contact.sql").into(), &mut self.rows)
                .await?;
        }
        Ok(())
    }

    /// Writes them to the ledger, in the transaction of `session`.
    pub async fn write(mut self, session: &Session) -> Result<(), DatabaseError> {
        if self.keep == Keep::RowsOnly {
            session
                .copy_in(&sql_file!("ledger/copy_contact.sql").into(), &mut self.rows)
                .await?;
            return Ok(());
        }
        if self.requests.is_empty() {
            return Ok(());
        }
        let statement = sql_file!("ledger/update_contact.sql").into();
        let (requests, contacts) = (&self.requests, &self.contacts);
        session
            .execute(
                &statement,
                &[
                    &self.submission_id,
                    requests,
                    contacts,
                    &self.responses,
                    &self.row_counts,
                ],
            )
            .await?;
        Ok(())
    }
}

/// The answers that stand in the ledger, in the order of the contacts; equal ones are kept once.
#[derive(Debug, Default)]
pub struct Responses {
    texts: Vec<String>,
    /// Each with its index into `texts`.
    contacts: Vec<(ContactPosition, u32)>,
}

impl Responses {
    /// The answers in order.
    pub fn iter(&self) -> impl Iterator<Item = (ContactPosition, &str)> {
        self.contacts
            .iter()
            .map(|(position, text)| (*position, self.texts[*text as usize].as_str()))
    }

    /// The answers in order, without their positions.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(_, text)| text)
    }

    /// Answers in the given order, which must be that of requests and contacts.
    pub fn of<'a>(answers: impl IntoIterator<Item = (ContactPosition, &'a str)>) -> Responses {
        let mut responses = Responses::default();
        let mut known = BTreeMap::new();
        for (position, text) in answers {
            responses.push(&mut known, position, text);
        }
        responses
    }

    fn push(&mut self, known: &mut BTreeMap<String, u32>, position: ContactPosition, text: &str) {
        let index = match known.get(text) {
            Some(index) => *index,
            None => {
                let index = self.texts.len() as u32;
                self.texts.push(text.to_owned());
                known.insert(text.to_owned(), index);
                index
            }
        };
        self.contacts.push((position, index));
    }

    pub fn len(&self) -> usize {
        self.contacts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }
}

/// Reads the answers of a submission.
pub async fn responses(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Responses, DatabaseError> {
    let mut responses = Responses::default();
    let mut known = BTreeMap::new();
    let statement = sql_file!("ledger/responses.sql").into();
    let rows = session.stream(&statement, submission_id).await?;
    pin_mut!(rows);
    while let Some(row) = rows.try_next().await? {
        let position = ContactPosition {
            request: row.get(0),
            contact: row.get(1),
        };
        responses.push(&mut known, position, row.get(2));
    }
    Ok(responses)
}

/// Adds rows changed or exported, by table.
pub async fn add_table_counts(
    session: &Session,
    submission_id: SubmissionId,
    counts: &BTreeMap<String, i64>,
    worker: u32,
) -> Result<(), DatabaseError> {
    let (tables, rows): (Vec<&str>, Vec<i64>) =
        counts.iter().map(|(table, n)| (table.as_str(), *n)).unzip();
    session
        .execute(
            &sql_file!("ledger/add_table_counts.sql").into(),
            &[&submission_id, &tables, &rows, &(worker as i32)],
        )
        .await?;
    Ok(())
}

/// Notes which tables and partitions stand behind names that a FORGET may change, so that a scrub finds them again
/// whatever they are called then.
pub async fn note_relations(
    session: &Session,
    submission_id: SubmissionId,
    tables: &[&str],
) -> Result<(), DatabaseError> {
    let statement = sql_file!("ledger/note_relations.sql").into();
    match session
        .execute(&statement, &[&submission_id, &tables])
        .await
    {
        // A server that keeps its identity from this role: what is renamed later is then named by the scrub.
        Err(error) if error.sqlstate.as_deref() == Some("42501") => Ok(()),
        noted => noted.map(drop),
    }
}

/// One media row whose object a contact waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MediaRow {
    pub position: ContactPosition,
    pub table: String,
    /// Account and key of the row, as a JSON object.
    pub row_key: String,
    /// By which the URI is known again.
    pub object_digest: Vec<u8>,
}

/// A media row whose object is still to be deleted.
#[derive(Debug, Clone)]
pub struct WaitingMedia {
    pub table: String,
    /// Account and key of the row, as a JSON object.
    pub row_key: String,
    /// By which the URI is known again; `None` in entries of earlier versions.
    pub digest: Option<Vec<u8>>,
}

/// Media objects of a submission that wait to be deleted, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingObjects {
    pub file_name: String,
    /// What stood in the way; `None` where nobody has tried yet.
    pub failure: Option<String>,
    pub objects: i64,
}

/// Puts media rows into the outbox.
pub async fn add_media(
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
        session
            .copy_in(&sql_file!("ledger/copy_media.sql").into(), &mut rows)
            .await?;
    }
    Ok(())
}

/// How many media objects of each contact are still to be deleted.
pub async fn media_left(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<HashMap<ContactPosition, i64>, DatabaseError> {
    let statement = sql_file!("ledger/media_left.sql").into();
    let rows = session.query(&statement, &[&submission_id]).await?;
    let count = |row: &tokio_postgres::Row| {
        let position = ContactPosition {
            request: row.get(0),
            contact: row.get(1),
        };
        (position, row.get(2))
    };
    Ok(rows.iter().map(count).collect())
}

/// The media rows whose objects are still to be deleted.
pub async fn media_rows(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Vec<WaitingMedia>, DatabaseError> {
    let rows = session
        .query(&sql_file!("ledger/media.sql").into(), &[&submission_id])
        .await?;
    let waiting = rows.iter().map(|row| WaitingMedia {
        table: row.get(0),
        row_key: row.get(1),
        digest: row.get(2),
    });
    Ok(waiting.collect())
}

/// Notes that a media row names its object no more.
pub async fn media_done(
    session: &Session,
    submission_id: SubmissionId,
    row: &WaitingMedia,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), DatabaseError> {
    session
        .execute(
            &sql_file!("ledger/media_done.sql").into(),
            &[&submission_id, &row.table, &row.row_key, &now],
        )
        .await?;
    Ok(())
}

/// Notes why a media object could not be deleted.
pub async fn media_failed(
    session: &Session,
    submission_id: SubmissionId,
    row: &WaitingMedia,
    reason: &str,
) -> Result<(), DatabaseError> {
    session
        .execute(
            &sql_file!("ledger/media_failed.sql").into(),
            &[&submission_id, &row.table, &row.row_key, &reason],
        )
        .await?;
    Ok(())
}

/// Answers the contacts whose media objects are not deleted with their error, and those that an interrupted run answered
/// so with success where they are gone.
pub async fn answer_media(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<(), DatabaseError> {
    let error = Response::MediaNotDeleted.to_string();
    let success = Response::Success.to_string();
    let refuse = sql_file!("ledger/refuse_media.sql").into();
    session.execute(&refuse, &[&submission_id, &error]).await?;
    point!(session, "media.refused");
    let accept = sql_file!("ledger/accept_media.sql").into();
    session
        .execute(&accept, &[&submission_id, &error, &success])
        .await?;
    Ok(())
}

/// Media objects of a drop that wait to be deleted, by submission and reason.
pub async fn waiting_media(
    session: &Session,
    drop_name: &str,
) -> Result<Vec<WaitingObjects>, DatabaseError> {
    let rows = session
        .query(&sql_file!("ledger/waiting_media.sql").into(), &[&drop_name])
        .await?;
    let waiting = rows.iter().map(|row| WaitingObjects {
        file_name: row.get(0),
        failure: row.get(1),
        objects: row.get(2),
    });
    Ok(waiting.collect())
}

/// A completed submission whose media objects are still to be deleted, or whose media log is missing.
#[derive(Debug, Clone)]
pub struct OpenMedia {
    pub submission_id: SubmissionId,
    pub file_name: String,
    pub drop_name: String,
}

/// Those of a drop; `None`: those of the folders of all cases.
pub async fn open_media(
    session: &Session,
    drop_name: Option<&str>,
) -> Result<Vec<OpenMedia>, DatabaseError> {
    let rows = session
        .query(
            &sql_file!("ledger/open_media.sql").into(),
            &[&drop_name, &Response::MediaNotDeleted.to_string()],
        )
        .await?;
    let open = |row: &tokio_postgres::Row| OpenMedia {
        submission_id: row.get(0),
        file_name: row.get(1),
        drop_name: row.get(2),
    };
    Ok(rows.iter().map(open).collect())
}

/// The contacts that were answered before their media objects were gone.
pub async fn late_media(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Vec<ContactPosition>, DatabaseError> {
    let response = Response::MediaNotDeleted.to_string();
    let statement = sql_file!("ledger/late_media.sql").into();
    let rows = session
        .query(&statement, &[&submission_id, &response])
        .await?;
    let position = |row: &tokio_postgres::Row| ContactPosition {
        request: row.get(0),
        contact: row.get(1),
    };
    Ok(rows.iter().map(position).collect())
}
