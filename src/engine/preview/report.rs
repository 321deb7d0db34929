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
pub struct Preview {
    pub action: Action,
    /// The digest by which it is approved: see [`PlanRecord::digest`].
    pub digest: String,
    pub requests: Vec<RequestPreview>,
    /// In the order of the submission. A malformed request has one entry, without a contact ordinal.
    pub contacts: Vec<ContactPreview>,
    #[serde(flatten)]
    pub tally: Tally,
    /// The contents of the digest, to be stored and compared.
    #[serde(skip)]
    pub plan: PlanRecord,
}

/// One request of the submission.
#[derive(Debug, Clone, Serialize)]
pub struct RequestPreview {
    pub request: Ordinal,
    pub case: Option<String>,
    pub account: Option<String>,
    pub contacts: usize,
}

/// One contact: its answer, and the rows that hold its device.
#[derive(Debug, Clone, Serialize)]
pub struct ContactPreview {
    pub request: Ordinal,
    pub contact: Option<Ordinal>,
    pub kind: Option<&'static str>,
    /// For the terminal of the person who entered it: see [`Device::masked`](crate::domain::device::Device::masked).
    #[serde(skip)]
    pub masked: Option<String>,
    /// What a run would answer.
    pub response: String,
    /// `None` where the device was not looked for.
    #[serde(flatten)]
    pub facts: Option<Facts>,
}

/// What holds a device, within the scope of its request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Rows that hold it, by `<schema>.<table>`.
    pub rows: BTreeMap<String, i64>,
    /// Rows that hold it, by `<schema>.<table>.<column>`.
    pub columns: BTreeMap<String, i64>,
    /// Records that contain it, by their name in the catalogue.
    pub records: BTreeMap<String, i64>,
    /// The first and the last time stamp in them, RFC 3339 in UTC.
    pub first_activity: Option<String>,
    pub last_activity: Option<String>,
    /// Distinct client IDs and names in them: more than one suggests a shared device.
    pub client_ids: i64,
    pub names: i64,
    /// Distinct devices in them that the submission does not request.
    pub other_devices: i64,
    /// How many of these records are under legal hold.
    pub held_records: i64,
    pub media: MediaFacts,
    /// Devices in scope that differ by a transposition of two neighbouring digits and are not requested; `None` where the
    /// submission has too many devices to look for them.
    pub transposed: Option<i64>,
    /// Rows of the same client IDs, by table, that hold no requested device and therefore keep their personal fields.
    pub kept_rows: BTreeMap<String, i64>,
}

/// Media objects of the found records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MediaFacts {
    pub objects: i64,
    /// Total size of those that the stores know; all versions.
    pub bytes: u64,
    /// Objects of unknown size: no configured store has them, or the store did not answer.
    pub unknown: i64,
}
