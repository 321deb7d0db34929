//! Control requests: a DBA pauses, resumes or cancels a submission that is not done (contract section 8).

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::text::printable;
use crate::drop::{FileName, canonical};
use crate::ledger::{self, Named, PendingControl, State};
use crate::postgres::{DatabaseError, Session};
use crate::service::ServiceError;
use crate::service::workspace::drop_name;

/// What is wanted of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ControlRequest {
    /// No run continues it until it is resumed; a run at work ends after its transaction.
    Pause,
    /// The next run continues it.
    Resume,
    /// Contacts without an answer get an error; then the log is published, by the run at work or the next one.
    Cancel,
}

impl ControlRequest {
    /// The request as the ledger has it: none is pending after a resume.
    fn pending(self) -> Option<PendingControl> {
        match self {
            ControlRequest::Pause => Some(PendingControl::Pause),
            ControlRequest::Resume => None,
            ControlRequest::Cancel => Some(PendingControl::Cancel),
        }
    }
}

/// The state of a submission after a control request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum ControlState {
    Paused,
    Resumed,
    Cancelled,
}

/// A control request that was noted.
#[derive(Debug, Serialize)]
pub(crate) struct Controlled {
    pub(crate) file: String,
    pub(crate) drop: String,
    pub(crate) state: ControlState,
    /// Whether a session works on it now; it sees the request after its transaction.
    pub(crate) at_work: bool,
}

/// Why a control request was not noted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(
        "{0} is not the name of a submission\n  hint: names are forget-<yyyymmdd>_<unique>.json and export-<yyyymmdd>_<unique>.json"
    )]
    Name(String),
    #[error(
        "no run has taken up a submission {0} so far\n  hint: `lethe status` lists those that are due and running"
    )]
    Unknown(String),
    #[error("several drops have a submission {file}\n  hint: give --drop with one of {drops}")]
    Ambiguous { file: String, drops: String },
    #[error("{0} is cancelled\n  hint: the next run publishes its log")]
    Cancelled(String),
    #[error(
        "every contact of {0} has its answer already\n  detail: there is nothing left to pause, resume or cancel"
    )]
    Answered(String),
}

impl From<ControlError> for ServiceError {
    fn from(error: ControlError) -> ServiceError {
        match error {
            ControlError::Database(error) => error.into(),
            usage => ServiceError::Usage(usage.to_string()),
        }
    }
}

/// Notes a control request for a submission, given by its file and, where several drops have such a file, its drop.
pub(crate) async fn request_control(
    session: &Session,
    file: &Path,
    drop: Option<&Path>,
    request: ControlRequest,
    now: DateTime<Utc>,
) -> Result<Controlled, ControlError> {
    let file = file_name(file)?;
    let named = find(session, &file, drop).await?;
    let place = format!("{}/{file}", printable(&named.drop));
    if named.wish == Some(PendingControl::Cancel) && request != ControlRequest::Cancel {
        return Err(ControlError::Cancelled(place));
    }
    let wish = request.pending();
    let noted = named.wish == wish
        || ledger::set_pending_control(session, named.submission_id, wish, now).await?;
    if !noted || matches!(named.state, State::Answered | State::Done) {
        return Err(ControlError::Answered(place));
    }
    let progress = ledger::progress(session, named.submission_id).await?;
    Ok(Controlled {
        file,
        drop: named.drop,
        state: match request {
            ControlRequest::Pause => ControlState::Paused,
            ControlRequest::Resume => ControlState::Resumed,
            ControlRequest::Cancel => ControlState::Cancelled,
        },
        at_work: progress.is_some_and(|progress| progress.at_work),
    })
}

/// The name of a submission, which may be given with its folder.
pub(crate) fn file_name(path: &Path) -> Result<String, ControlError> {
    let name = path.file_name().and_then(|name| name.to_str());
    match FileName::parse(name.unwrap_or_default()) {
        Ok(name) => Ok(name.as_str().to_owned()),
        Err(_) => Err(ControlError::Name(printable(path))),
    }
}

/// The submission of this file name; where several drops have one, that of `drop`, which is a name or a folder.
pub(crate) async fn find(
    session: &Session,
    file: &str,
    drop: Option<&Path>,
) -> Result<Named, ControlError> {
    let is_wanted = |named: &Named| {
        drop.is_none_or(|drop| {
            Path::new(&named.drop) == drop
                || named.drop == drop_name(drop)
                || canonical(Path::new(&named.drop)) == canonical(drop)
        })
    };
    let mut found = ledger::named(session, file).await?;
    found.retain(is_wanted);
    if found.len() > 1 {
        let drops: Vec<String> = found.iter().map(|named| printable(&named.drop)).collect();
        return Err(ControlError::Ambiguous {
            file: file.to_owned(),
            drops: drops.join(", "),
        });
    }
    found
        .pop()
        .ok_or_else(|| ControlError::Unknown(file.to_owned()))
}
