//! Settings of drops, of cases, and of how submissions are processed.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use serde::Deserialize;

use crate::domain::request::Product;
use crate::engine::Limits;

/// One SFTP account's folder, and what it may reach.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropConfig {
    /// By which the ledger knows it.
    pub name: String,
    pub path: PathBuf,
    pub accounts: Vec<String>,
    #[serde(default)]
    pub product: Product,
    #[serde(default = "utc")]
    pub time_zone: Tz,
}

/// Customer Care's cases: one folder for each below `path`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareConfig {
    pub path: PathBuf,
    /// The accounts that cases may reach, with all below them. Where absent a case reaches what it was opened with, and
    /// a folder that nobody opened reaches nothing.
    pub accounts: Option<Vec<String>>,
    /// Whether a FORGET needs the approval of somebody other than who opened it.
    #[serde(default)]
    pub two_people: bool,
    /// By how many rows each count may differ from what was approved.
    #[serde(default)]
    pub count_tolerance: u64,
    /// Whose date new submit files are named after.
    #[serde(default = "utc")]
    pub time_zone: Tz,
}

/// The key that signs receipts, and the folder of the operator's copies.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReceiptConfig {
    /// The key file. Where absent: `receipt-key.pem` in Lethe's own folder; without that file no receipts are made.
    pub key: Option<PathBuf>,
    /// The folder for the operator's copies. Where absent: `receipts` in Lethe's own folder.
    pub copies: Option<PathBuf>,
}

fn utc() -> Tz {
    Tz::UTC
}

/// Whether a run shares the database with a live system, or has a maintenance window to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Workload {
    #[default]
    Live,
    /// `--offline`.
    Offline,
}

/// How one submission is read, judged and answered.
#[derive(Debug, Clone)]
pub struct SubmissionSettings {
    /// Bytes of a submitted file, at most; a larger one is refused unread.
    pub max_submission_bytes: u64,
    /// Values in a submission, at most: whatever its objects and arrays hold.
    pub max_submission_values: usize,
    /// Contacts in one execution log; more go into further logs.
    pub max_contacts_per_log: usize,
    /// A FORGET of more devices keeps no rows by which a verification traces client IDs; 0: none does.
    pub max_traced_devices: usize,
    /// How long the log of a FORGET waits for media objects to be deleted.
    pub media_wait: Duration,
    /// Guards against devices that too many records share.
    pub limits: Limits,
}
