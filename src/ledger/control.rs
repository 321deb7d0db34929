//! What a DBA wants of a submission: that it pauses, or that it ends.

use chrono::{DateTime, Utc};

use super::State;
use crate::domain::identifier::SubmissionId;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// What is wanted of a submission that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Wish {
    /// No run goes on with it until it is resumed.
    Pause,
    /// Contacts without an answer are answered with an error; then its log is published.
    Cancel,
}

impl Wish {
    fn as_str(self) -> &'static str {
        match self {
            Wish::Pause => "pause",
            Wish::Cancel => "cancel",
        }
    }

    pub(super) fn read(text: Option<&str>) -> Option<Wish> {
        match text {
            Some("pause") => Some(Wish::Pause),
            Some("cancel") => Some(Wish::Cancel),
            _ => None,
        }
    }
}

/// What is wanted of a submission; nothing, where every contact has its answer.
pub async fn wish(
    session: &Session,
    submission_id: SubmissionId,
) -> Result<Option<Wish>, DatabaseError> {
    let statement = sql_file!("ledger/wish.sql").into();
    let row = session.query_opt(&statement, &[&submission_id]).await?;
    Ok(row.and_then(|row| Wish::read(row.get(0))))
}

/// Notes what is wanted, or (`None`) that it shall go on; false: it was cancelled, or every contact has its answer.
pub async fn set_wish(
    session: &Session,
    submission_id: SubmissionId,
    wish: Option<Wish>,
    now: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let wish = wish.map(Wish::as_str);
    let statement = sql_file!("ledger/set_wish.sql").into();
    let changed = session
        .execute(&statement, &[&submission_id, &wish, &now])
        .await?;
    Ok(changed > 0)
}

/// A submission that is known by its file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub submission_id: SubmissionId,
    pub drop: String,
    pub state: State,
    pub wish: Option<Wish>,
}

/// The submissions of a file name, one for each drop that had such a file.
pub async fn named(session: &Session, file_name: &str) -> Result<Vec<Named>, DatabaseError> {
    let statement = sql_file!("ledger/named.sql").into();
    let rows = session.query(&statement, &[&file_name]).await?;
    let named = |row: &tokio_postgres::Row| Named {
        submission_id: row.get(0),
        drop: row.get(1),
        state: State::read(row.get(2)),
        wish: Wish::read(row.get(3)),
    };
    Ok(rows.iter().map(named).collect())
}
