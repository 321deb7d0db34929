//! The answers of contacts, and the counts of rows by table.

use std::collections::BTreeMap;

use futures_util::{TryStreamExt as _, pin_mut};

use super::submission::PARTS_AT_ONCE;
use crate::domain::device::DeviceKind;
use crate::domain::identifier::{ContactPosition, Ordinal, SubmissionId};
use crate::domain::response::Response;
use crate::postgres::declared::copies;
use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::value::Json;
use crate::postgres::{CopyRows, DatabaseError, Session};

/// The answer of one contact.
pub struct Answer<'a> {
    pub(crate) position: ContactPosition,
    pub(crate) kind: Option<DeviceKind>,
    pub(crate) response: &'a Response,
    /// Rows that held the device, by table, as a JSON object.
    pub(crate) row_counts: Option<&'a str>,
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

/// Whether answers are kept singly, for an update, beside the rows for the insert.
#[derive(PartialEq, Eq)]
enum Keep {
    RowsOnly,
    Singly,
}

impl Answers {
    /// Answers to be inserted or, after a later look, updated.
    pub(crate) fn new(submission_id: SubmissionId) -> Answers {
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
    pub(crate) fn later(submission_id: SubmissionId) -> Answers {
        Answers {
            keep: Keep::Singly,
            ..Answers::new(submission_id)
        }
    }

    pub(crate) fn push(&mut self, answer: Answer) {
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
    pub(crate) async fn write_if_many(&mut self, session: &Session) -> Result<(), DatabaseError> {
        if self.rows.parts() >= PARTS_AT_ONCE {
            session
                .copy_in(&COPY_ANSWERS.into(), &mut self.rows)
                .await?;
        }
        Ok(())
    }

    /// Writes them to the ledger, in the transaction of `session`.
    pub(crate) async fn write(mut self, session: &Session) -> Result<(), DatabaseError> {
        if self.keep == Keep::RowsOnly {
            session
                .copy_in(&COPY_ANSWERS.into(), &mut self.rows)
                .await?;
            return Ok(());
        }
        if self.requests.is_empty() {
            return Ok(());
        }
        update(
            session,
            self.submission_id,
            &self.requests,
            &self.contacts,
            &self.responses,
            &self.row_counts,
        )
        .await
    }
}

/// The answers in the ledger, in the order of the contacts; equal ones are kept once.
#[derive(Debug, Default)]
pub struct Responses {
    texts: Vec<String>,
    /// Each with its index into `texts`.
    contacts: Vec<(ContactPosition, u32)>,
}

impl Responses {
    /// The answers in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContactPosition, &str)> {
        self.contacts
            .iter()
            .map(|(position, text)| (*position, self.texts[*text as usize].as_str()))
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
}

/// Reads the answers of a submission.
pub async fn responses(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Responses, DatabaseError> {
    let mut responses = Responses::default();
    let mut known = BTreeMap::new();
    let rows = list(session, submission_id).await?;
    pin_mut!(rows);
    while let Some(row) = rows.try_next().await? {
        responses.push(&mut known, row.position, &row.response);
    }
    Ok(responses)
}

/// Adds rows changed or exported, by table.
pub(crate) async fn add_table_counts(
    session: &Session,
    submission_id: SubmissionId,
    counts: &BTreeMap<String, i64>,
    worker: u32,
) -> Result<(), DatabaseError> {
    let (tables, rows): (Vec<&str>, Vec<i64>) =
        counts.iter().map(|(table, n)| (table.as_str(), *n)).unzip();
    add_rows_by_table(session, submission_id, &tables, &rows, worker as i32).await
}

/// Records the tables and partitions behind names that a FORGET may change, so that a scrub finds them even after they
/// are renamed.
pub(crate) async fn note_relations(
    session: &Session,
    submission_id: SubmissionId,
    tables: &[&str],
) -> Result<(), DatabaseError> {
    match add_changed_relations(session, submission_id, tables).await {
        // This role may not read the server's identity: the scrub then names renamed tables as missing.
        Err(error) if error.sqlstate.as_deref() == Some("42501") => Ok(()),
        noted => noted,
    }
}

row! {
    struct ResponseRow {
        position: ContactPosition = flatten,
        response: String,
    }
}

queries! {
    stream fn list(submission_id: SubmissionId) -> ResponseRow = "ledger/answer/list.sql";
    fn update(
        submission_id: SubmissionId, requests: &[Ordinal], contacts: &[Ordinal], responses: &[String],
        row_counts: &[Option<String>],
    ) = "ledger/answer/update.sql";
    fn add_rows_by_table(
        submission_id: SubmissionId, tables: &[&str], rows: &[i64], worker: i32,
    ) = "ledger/answer/add_rows_by_table.sql";
    fn add_changed_relations(submission_id: SubmissionId, tables: &[&str]) = "ledger/answer/add_changed_relations.sql";
}

copies! {
    COPY_ANSWERS(
        submission_id: SubmissionId, request: Ordinal, contact: Ordinal, kind: Option<&str>, response: &str,
        row_counts: Option<Json>,
    ) = "ledger/answer/copy.sql";
}
