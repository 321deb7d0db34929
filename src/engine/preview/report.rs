//! The result of a preview.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::identifier::Ordinal;
use crate::domain::request::Action;
use crate::domain::response::Tally;
use crate::engine::error::ExecuteError;
use crate::engine::plan_digest::PlanRecord;
use crate::postgres::DatabaseError;

/// Why a submission cannot be previewed.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The file is not a submission. A run would answer it as a whole, with this error.
    #[error("{0}")]
    Unreadable(String),
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

impl From<DatabaseError> for PreviewError {
    fn from(error: DatabaseError) -> PreviewError {
        PreviewError::Execute(error.into())
    }
}

/// What a run would do with a submission.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Preview {
    pub(crate) action: Action,
    /// The digest by which it is approved: see [`PlanRecord::digest`].
    pub(crate) digest: String,
    pub(crate) requests: Vec<RequestPreview>,
    /// In the order of the submission. A malformed request has one entry, without a contact ordinal.
    pub(crate) contacts: Vec<ContactPreview>,
    #[serde(flatten)]
    pub(crate) tally: Tally,
    /// The contents of the digest, to be stored and compared.
    #[serde(skip)]
    pub(crate) plan: PlanRecord,
}

/// One request of the submission.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RequestPreview {
    pub(crate) request: Ordinal,
    pub(crate) case: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) contacts: usize,
}

/// One contact: its answer, and the rows that hold its device.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ContactPreview {
    pub(crate) request: Ordinal,
    pub(crate) contact: Option<Ordinal>,
    pub(crate) kind: Option<&'static str>,
    /// For the terminal of the person who entered it: see [`Device::masked`](crate::domain::device::Device::masked).
    #[serde(skip)]
    pub(crate) masked: Option<String>,
    /// What a run would answer.
    pub(crate) response: String,
    /// `None` where the device was not looked for.
    #[serde(flatten)]
    pub(crate) facts: Option<Facts>,
}

/// What holds a device, within the scope of its request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Facts {
    /// Rows that hold it, by `<schema>.<table>`.
    pub(crate) rows: BTreeMap<String, i64>,
    /// Rows that hold it, by `<schema>.<table>.<column>`.
    pub(crate) columns: BTreeMap<String, i64>,
    /// Rows that may hold it but could also hold something else, by `<schema>.<table>.<column>`. They stay as they are.
    pub(crate) possible: BTreeMap<String, i64>,
    /// Records that contain it, by their name in the catalogue.
    pub(crate) records: BTreeMap<String, i64>,
    /// The first and the last time stamp in them, RFC 3339 in UTC.
    pub(crate) first_activity: Option<String>,
    pub(crate) last_activity: Option<String>,
    /// Distinct client IDs and names in them: more than one suggests a shared device.
    pub(crate) client_ids: i64,
    pub(crate) names: i64,
    /// Distinct devices in them that the submission does not request.
    pub(crate) other_devices: i64,
    /// How many of these records are under legal hold.
    pub(crate) held_records: i64,
    pub(crate) media: MediaFacts,
    /// Devices in scope that differ by a transposition of two neighbouring digits and are not requested; `None` where the
    /// submission has too many devices to look for them.
    pub(crate) transposed: Option<i64>,
    /// Rows of the same client IDs, by table, that hold no requested device and therefore keep their personal fields.
    pub(crate) kept_rows: BTreeMap<String, i64>,
}

/// Media objects of the found records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct MediaFacts {
    pub(crate) objects: i64,
    /// Total size of those that the stores know; all versions.
    pub(crate) bytes: u64,
    /// Objects of unknown size: no configured store has them, or the store did not answer.
    pub(crate) unknown: i64,
}
