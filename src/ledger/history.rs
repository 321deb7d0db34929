//! The history of submissions.

use chrono::{DateTime, NaiveDate, Utc};

use super::state::State;
use crate::domain::identifier::SubmissionId;
use crate::domain::request::Action;
use crate::domain::response::Tally;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

/// Which submissions are listed; `None` is any.
#[derive(Debug, Clone, Default)]
pub(crate) struct HistoryFilter {
    /// Contacts, answers and rows are then those of its requests.
    pub(crate) case: Option<String>,
    pub(crate) drop: Option<String>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
}

row! {
    /// One submission.
    #[derive(Debug, Clone, serde::Serialize)]
    pub(crate) struct HistoryRow {
        pub(crate) submission: SubmissionId = "submission_id",
        pub(crate) drop: String = "drop_name",
        pub(crate) file: String = "file_name",
        pub(crate) action: Action,
        pub(crate) state: State,
        pub(crate) cases: Vec<String>,
        pub(crate) contacts: i64,
        #[serde(flatten)]
        pub(crate) tally: Tally = flatten,
        /// Rows changed or exported; with a case: rows that held its devices.
        pub(crate) rows: i64 = "row_count",
        /// Why the file could not be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(crate) problem: Option<String> = "error",
        pub(crate) received_at: DateTime<Utc>,
        pub(crate) answered_at: Option<DateTime<Utc>>,
        pub(crate) completed_at: Option<DateTime<Utc>>,
        pub(crate) purged_at: Option<DateTime<Utc>>,
        /// The day on which the consumer asked, the earliest of its cases; `None` where it was not recorded.
        pub(crate) asked_on: Option<NaiveDate>,
    }
}

/// Reads the history, newest first.
pub(crate) async fn history(
    session: &Session,
    filter: &HistoryFilter,
) -> Result<Vec<HistoryRow>, DatabaseError> {
    let (case, drop) = (filter.case.as_deref(), filter.drop.as_deref());
    list(session, case, drop, filter.from, filter.to).await
}

row! {
    /// Submissions of cases that no run has taken up.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
    pub(crate) struct NotRun {
        pub(crate) submissions: i64,
        /// Those of them whose consumer asked more than a month before today.
        pub(crate) overdue: i64,
    }
}

/// Counts those of a case, or of all.
pub(crate) async fn not_run(
    session: &Session,
    case: Option<&str>,
    today: NaiveDate,
) -> Result<NotRun, DatabaseError> {
    Ok(count_not_run(session, case, today).await?.0)
}

queries! {
    fn list(
        case: Option<&str>, drop_name: Option<&str>, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>,
    ) -> Vec<HistoryRow> = "ledger/history/list.sql";
    fn count_not_run(case: Option<&str>, today: NaiveDate) -> One<NotRun> = "ledger/history/count_not_run.sql";
}
