//! Customer Care's cases: who opened what, who approved it, and what became of it.

use chrono::{DateTime, NaiveDate, Utc};

use super::State;
use crate::domain::care::CaseId;
use crate::domain::identifier::{Ordinal, SubmissionId};
use crate::domain::operator::{Operator, OsUser};
use crate::domain::request::Product;
use crate::domain::response::Tally;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session, Value};

/// A case that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    pub case: String,
    pub product: Product,
    /// What its folder may reach, as far as the configuration lets it.
    pub accounts: Vec<String>,
    /// The day on which the consumer asked.
    pub received_on: Option<NaiveDate>,
    pub opened_at: DateTime<Utc>,
}

/// Opens a case, or adds accounts to it; false: it is of another product.
pub async fn open_case(
    session: &Session,
    case: &CaseId,
    product: Product,
    accounts: &[String],
    received_on: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let (case, product) = (case.as_str(), product.to_string());
    let values: [&dyn Value; 5] = [&case, &product, &accounts, &received_on, &now];
    let statement = sql_file!("ledger/open_case.sql").into();
    Ok(session.execute(&statement, &values).await? > 0)
}

/// A case, if it was opened.
pub async fn case(session: &Session, case: &CaseId) -> Result<Option<CaseRow>, DatabaseError> {
    Ok(cases_of(session, Some(case.as_str())).await?.pop())
}

/// All cases that were opened, the newest first.
pub async fn cases(session: &Session) -> Result<Vec<CaseRow>, DatabaseError> {
    cases_of(session, None).await
}

async fn cases_of(session: &Session, case: Option<&str>) -> Result<Vec<CaseRow>, DatabaseError> {
    let rows = session
        .query(&sql_file!("ledger/cases.sql").into(), &[&case])
        .await?;
    let case = |row: &tokio_postgres::Row| CaseRow {
        case: row.get("case_id"),
        product: match row.get("product") {
            "messaging" => Product::Messaging,
            _ => Product::Outbound,
        },
        accounts: row.get("accounts"),
        received_on: row.get("received_on"),
        opened_at: row.get("opened_at"),
    };
    Ok(rows.iter().map(case).collect())
}

/// A submission that was put into a case.
#[derive(Debug, Clone)]
pub struct CaseFile {
    pub file: String,
    /// Key and digest of its content.
    pub digest: Option<([u8; 32], [u8; 32])>,
    pub opened_at: DateTime<Utc>,
    pub by: Operator,
}

/// Notes a submission before it is put into its case; false: one of this name was.
pub async fn add_case_file(
    session: &Session,
    case: &CaseId,
    file: &str,
    (key, digest): (&[u8; 32], &[u8; 32]),
    by: &Operator,
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let case = case.as_str();
    let values: [&dyn Value; 8] = [
        &case,
        &file,
        &&key[..],
        &&digest[..],
        &now,
        &by.os_user.uid,
        &by.os_user.login_uid,
        &by.os_user.name,
    ];
    let statement = sql_file!("ledger/add_case_file.sql").into();
    Ok(session.execute(&statement, &values).await? > 0)
}

/// Takes the note back of a submission that could not be put into its case.
pub async fn withdraw_case_file(
    session: &Session,
    case: &CaseId,
    file: &str,
    digest: &[u8; 32],
) -> Result<(), DatabaseError> {
    let statement = sql_file!("ledger/withdraw_case_file.sql").into();
    let values: [&dyn Value; 3] = [&case.as_str(), &file, &&digest[..]];
    session.execute(&statement, &values).await.map(drop)
}

/// The submissions that were put into a case, in that order.
pub async fn case_files(session: &Session, case: &CaseId) -> Result<Vec<CaseFile>, DatabaseError> {
    let statement = sql_file!("ledger/case_files.sql").into();
    let rows = session.query(&statement, &[&case.as_str()]).await?;
    let bytes = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).ok();
    let file = |row: &tokio_postgres::Row| CaseFile {
        file: row.get("file_name"),
        digest: bytes(row.get("digest_key")).zip(bytes(row.get("digest"))),
        opened_at: row.get("opened_at"),
        by: operator(row),
    };
    Ok(rows.iter().map(file).collect())
}

fn operator(row: &tokio_postgres::Row) -> Operator {
    Operator {
        os_user: OsUser {
            uid: row.get("os_uid"),
            login_uid: row.get("os_login_uid"),
            name: row.get("os_user"),
        },
        database_user: row.get("database_user"),
    }
}

/// An approval of a submission.
#[derive(Debug, Clone)]
pub struct Approval {
    /// What was approved, as the preview has it.
    pub plan: String,
    pub approved_at: DateTime<Utc>,
    pub by: Operator,
}

/// Notes an approval.
pub async fn approve(
    session: &Session,
    case: &CaseId,
    (drop_name, file): (&str, &str),
    plan: &str,
    by: &Operator,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let case = case.as_str();
    let values: [&dyn Value; 8] = [
        &case,
        &drop_name,
        &file,
        &plan,
        &now,
        &by.os_user.uid,
        &by.os_user.login_uid,
        &by.os_user.name,
    ];
    let statement = sql_file!("ledger/approve.sql").into();
    session.execute(&statement, &values).await.map(drop)
}

/// The last approval of a submission.
pub async fn approval(
    session: &Session,
    drop_name: &str,
    file: &str,
) -> Result<Option<Approval>, DatabaseError> {
    let statement = sql_file!("ledger/approval.sql").into();
    let row = session.query_opt(&statement, &[&drop_name, &file]).await?;
    Ok(row.map(|row| Approval {
        plan: row.get("plan"),
        approved_at: row.get("approved_at"),
        by: operator(&row),
    }))
}

/// As whom the server let this session in.
pub async fn database_user(session: &Session) -> Result<String, DatabaseError> {
    let statement = sql_file!("ledger/whoami.sql").into();
    let row = session.query_opt(&statement, &[]).await?;
    Ok(row.map_or_else(String::new, |row| row.get("database_user")))
}

/// A submission of a case that a run took up.
#[derive(Debug, Clone)]
pub struct CaseSubmission {
    pub submission_id: SubmissionId,
    pub drop: String,
    pub file: String,
    pub action: String,
    pub state: State,
    pub contacts: i64,
    pub tally: Tally,
    /// Why the file could not be read.
    pub problem: Option<String>,
    /// Requests of the file that are of another case, or of none.
    pub other_requests: i64,
    /// Rows changed or exported.
    pub rows: i64,
    pub received_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    pub purged_at: Option<DateTime<Utc>>,
}

/// The submissions of a case that runs took up, in that order: those of its folder, and those of customers' drops with a
/// request of this case.
pub async fn case_submissions(
    session: &Session,
    case: &CaseId,
) -> Result<Vec<CaseSubmission>, DatabaseError> {
    let statement = sql_file!("ledger/case_submissions.sql").into();
    let values: [&dyn Value; 2] = [&case.as_str(), &case.drop_name()];
    let rows = session.query(&statement, &values).await?;
    let number = |row: &tokio_postgres::Row, column: &str| row.get::<_, i64>(column) as u64;
    let submission = |row: &tokio_postgres::Row| CaseSubmission {
        submission_id: row.get("submission_id"),
        drop: row.get("drop_name"),
        file: row.get("file_name"),
        action: row.get("action"),
        state: State::read(row.get("state")),
        contacts: row.get("contacts"),
        tally: Tally {
            success: number(row, "success"),
            not_found: number(row, "not_found"),
            error: number(row, "errors"),
        },
        problem: row.get("error"),
        other_requests: row.get("other_requests"),
        rows: row.get("row_count"),
        received_at: row.get("received_at"),
        completed_at: row.get("completed_at"),
        purged_at: row.get("purged_at"),
    };
    Ok(rows.iter().map(submission).collect())
}

/// The answer of a contact, with the kind of its device where it has one.
#[derive(Debug, Clone, serde::Serialize)]
pub struct CaseAnswer {
    pub request: Ordinal,
    pub contact: Ordinal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub response: String,
}

/// The answers of a submission; with a case only those of its requests.
pub async fn case_answers(
    session: &Session,
    submission_id: SubmissionId,
    case: Option<&str>,
) -> Result<Vec<CaseAnswer>, DatabaseError> {
    let statement = sql_file!("ledger/case_answers.sql").into();
    let rows = session.query(&statement, &[&submission_id, &case]).await?;
    let answer = |row: &tokio_postgres::Row| CaseAnswer {
        request: row.get(0),
        contact: row.get(1),
        kind: row.get(2),
        response: row.get(3),
    };
    Ok(rows.iter().map(answer).collect())
}

/// Media objects that are still to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CaseMedia {
    pub objects: i64,
    /// What stood in the way; `None`: nobody has tried yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Those of a submission, by reason; with a case only those of its requests.
pub async fn case_media(
    session: &Session,
    submission_id: SubmissionId,
    case: Option<&str>,
) -> Result<Vec<CaseMedia>, DatabaseError> {
    let statement = sql_file!("ledger/case_media.sql").into();
    let rows = session.query(&statement, &[&submission_id, &case]).await?;
    let media = |row: &tokio_postgres::Row| CaseMedia {
        objects: row.get("objects"),
        reason: row.get("failure"),
    };
    Ok(rows.iter().map(media).collect())
}
