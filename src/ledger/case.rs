//! Customer Care's cases: who opened them, who approved their submissions, and the results.

use chrono::{DateTime, NaiveDate, Utc};

use super::secret::{KeyedDigest, SealedKey};
use super::state::State;
use crate::domain::care::CaseId;
use crate::domain::device::DeviceKind;
use crate::domain::file_name::FileName;
use crate::domain::identifier::{Ordinal, SubmissionId};
use crate::domain::operator::{Operator, OsUser};
use crate::domain::request::{Action, Product};
use crate::domain::response::Tally;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

row! {
    /// A case that was opened.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct CaseRow {
        pub(crate) case: CaseId = "case_id",
        pub(crate) product: Product,
        /// The accounts that its folder may reach, within those of the configuration.
        pub(crate) accounts: Vec<String>,
        /// The day on which the consumer asked.
        pub(crate) received_on: Option<NaiveDate>,
        pub(crate) opened_at: DateTime<Utc>,
    }
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
    let changed = open(session, case.as_str(), product, accounts, received_on, now).await?;
    Ok(changed > 0)
}

/// A case, if it was opened.
pub(crate) async fn case(
    session: &Session,
    case: &CaseId,
) -> Result<Option<CaseRow>, DatabaseError> {
    Ok(list(session, Some(case.as_str())).await?.pop())
}

/// All cases that were opened, the newest first.
pub(crate) async fn cases(session: &Session) -> Result<Vec<CaseRow>, DatabaseError> {
    list(session, None).await
}

row! {
    /// A submission that was put into a case.
    #[derive(Debug, Clone)]
    pub(crate) struct CaseFile {
        pub(crate) file: FileName = "file_name",
        /// Key and digest of its content.
        pub(crate) digest: Option<KeyedDigest> = flatten,
        pub(crate) opened_at: DateTime<Utc>,
        pub(crate) by: Operator = flatten,
    }
}

row! {
    impl Operator { os_user: OsUser = flatten, database_user: String }
}

row! {
    impl OsUser { uid: i64 = "os_uid", login_uid: Option<i64> = "os_login_uid", name: String = "os_user" }
}

/// Records a submission before it is put into its case; false: one of this name was recorded before.
pub(crate) async fn add_case_file(
    session: &Session,
    case: &CaseId,
    file: &str,
    (key, digest): (&SealedKey, &[u8; 32]),
    by: &Operator,
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let user = &by.os_user;
    let changed = add_file(
        session,
        case.as_str(),
        file,
        key.bytes(),
        digest,
        now,
        user.uid,
        user.login_uid,
        &user.name,
    );
    Ok(changed.await? > 0)
}

/// Deletes the record of a submission that could not be put into its case.
pub(crate) async fn withdraw_case_file(
    session: &Session,
    case: &CaseId,
    file: &str,
    digest: &[u8; 32],
) -> Result<(), DatabaseError> {
    delete_file(session, case.as_str(), file, digest).await
}

/// The submissions that were put into a case, in that order.
pub(crate) async fn case_files(
    session: &Session,
    case: &CaseId,
) -> Result<Vec<CaseFile>, DatabaseError> {
    list_files(session, case.as_str()).await
}

row! {
    /// An approval of a submission.
    #[derive(Debug, Clone)]
    pub(crate) struct Approval {
        /// What was approved, as JSON of the preview.
        pub(crate) plan: String,
        pub(crate) approved_at: DateTime<Utc>,
        /// The digest of the approved content, under the key of the person who opened it; `None` where it is not known.
        pub(crate) digest: Option<[u8; 32]>,
        pub(crate) by: Operator = flatten,
    }
}

/// What is approved.
#[derive(Debug, Clone, Copy)]
pub struct ApprovedContent<'a> {
    /// The preview as JSON.
    pub(crate) plan: &'a str,
    /// The digest of the content, under the key of the person who opened it; `None` if nobody opened it.
    pub(crate) digest: Option<&'a [u8; 32]>,
}

/// Records an approval.
pub async fn approve(
    session: &Session,
    case: &CaseId,
    (drop_name, file): (&str, &str),
    approved: ApprovedContent<'_>,
    by: &Operator,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let ApprovedContent { plan, digest } = approved;
    let user = &by.os_user;
    add_approval(
        session,
        case.as_str(),
        drop_name,
        file,
        plan,
        now,
        user.uid,
        user.login_uid,
        &user.name,
        digest.map(|digest| &digest[..]),
    )
    .await
}

/// The database user of this session, as the server authenticated it.
pub async fn database_user(session: &Session) -> Result<String, DatabaseError> {
    Ok(session_user(session).await?.0.database_user)
}

row! {
    /// A submission of a case that a run took up.
    #[derive(Debug, Clone)]
    pub(crate) struct CaseSubmission {
        pub(crate) submission_id: SubmissionId,
        pub(crate) drop: String = "drop_name",
        pub(crate) file: FileName = "file_name",
        pub(crate) action: Action,
        pub(crate) state: State,
        pub(crate) contacts: i64,
        pub(crate) tally: Tally = flatten,
        /// Why the file could not be read.
        pub(crate) problem: Option<String> = "error",
        /// Requests of the file that are of another case, or of none.
        pub(crate) other_requests: i64,
        /// Rows changed or exported.
        pub(crate) rows: i64 = "row_count",
        pub(crate) received_at: DateTime<Utc>,
        pub(crate) completed_at: Option<DateTime<Utc>>,
        pub(crate) purged_at: Option<DateTime<Utc>>,
    }
}

/// The submissions of a case that runs took up, in that order: those of its folder, and those of customers' drops with a
/// request of this case.
pub(crate) async fn case_submissions(
    session: &Session,
    case: &CaseId,
) -> Result<Vec<CaseSubmission>, DatabaseError> {
    list_submissions(session, case.as_str(), &case.drop_name()).await
}

row! {
    /// The answer of a contact, with the kind of its device where it has one.
    #[derive(Debug, Clone, serde::Serialize)]
    pub(crate) struct CaseAnswer {
        pub(crate) request: Ordinal,
        pub(crate) contact: Ordinal,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(crate) kind: Option<DeviceKind>,
        pub(crate) response: String,
    }
}

row! {
    /// Media objects that are still to be deleted.
    #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
    pub(crate) struct CaseMedia {
        pub(crate) objects: i64,
        /// Why the last attempt failed; `None`: none was made.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(crate) reason: Option<String> = "failure",
    }
}

row! {
    struct SessionUser {
        database_user: String,
    }
}

queries! {
    /// The last approval of a submission.
    pub(crate) fn approval(drop_name: &str, file: &str) -> Option<Approval> = "ledger/case/last_approval.sql";
    /// The answers of a submission; with a case only those of its requests.
    pub(crate) fn case_answers(submission_id: SubmissionId, case: Option<&str>) -> Vec<CaseAnswer> = "ledger/case/list_answers.sql";
    /// The media objects of a submission that are still to be deleted, by reason; with a case only those of its requests.
    pub(crate) fn case_media(submission_id: SubmissionId, case: Option<&str>) -> Vec<CaseMedia> = "ledger/case/count_waiting_media.sql";
    fn open(
        case: &str, product: Product, accounts: &[String], received_on: Option<NaiveDate>, now: DateTime<Utc>,
    ) -> u64 = "ledger/case/open.sql";
    fn list(case: Option<&str>) -> Vec<CaseRow> = "ledger/case/list.sql";
    #[expect(clippy::too_many_arguments, reason = "one for each parameter of the statement")]
    fn add_file(
        case: &str, file: &str, key: &[u8], digest: &[u8], now: DateTime<Utc>, uid: i64, login_uid: Option<i64>, user: &str,
    ) -> u64 = "ledger/case/add_file.sql";
    fn delete_file(case: &str, file: &str, digest: &[u8]) = "ledger/case/delete_file.sql";
    fn list_files(case: &str) -> Vec<CaseFile> = "ledger/case/list_files.sql";
    #[expect(clippy::too_many_arguments, reason = "one for each parameter of the statement")]
    fn add_approval(
        case: &str, drop_name: &str, file: &str, plan: &str, now: DateTime<Utc>, uid: i64, login_uid: Option<i64>, user: &str,
        digest: Option<&[u8]>,
    ) = "ledger/case/add_approval.sql";
    fn session_user() -> One<SessionUser> = "ledger/case/database_user.sql";
    fn list_submissions(case: &str, drop_name: &str) -> Vec<CaseSubmission> = "ledger/case/list_submissions.sql";
}
