//! Settings of drops, of cases, and of how submissions are processed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::care::CASE_DROP;
use crate::domain::request::Product;
use crate::domain::submission::MAX_VALUES;
use crate::drop::{Overlap, overlap};
use crate::engine::{LimitError, Limits, at_least_one};

/// The names of products.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
// Only its schema is used: products are read by `Product`, in a module that knows no schemas.
#[allow(dead_code)]
enum ProductName {
    Outbound,
    Messaging,
}

/// The folder of one SFTP account, and what it may reach.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropConfig {
    /// The name by which the ledger knows the drop. It must not begin with `case/`.
    pub name: String,
    /// The folder that holds `GDPR_Submit` and `GDPR_Result`.
    pub(crate) path: PathBuf,
    /// The accounts that the drop may reach, with all accounts below them. At least one.
    pub accounts: Vec<String>,
    /// `outbound`: requests need an `accountid`. `messaging`: requests need `shortcodes`, and `accountid` is ignored.
    #[serde(default)]
    #[schemars(with = "ProductName", extend("default" = "outbound"))]
    pub(crate) product: Product,
    /// The time zone whose date is "today", for example `America/New_York`.
    #[serde(default = "utc")]
    #[schemars(with = "String", extend("default" = "UTC"))]
    pub(crate) time_zone: Tz,
}

/// Customer Care's cases: one folder for each below `path`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CareConfig {
    /// The folder that holds the cases. It must not be inside a drop, and no drop inside it.
    pub(crate) path: PathBuf,
    /// The accounts that cases may reach, with all accounts below them. Default: a case reaches what it was opened with, and a
    /// folder that nobody opened reaches nothing.
    pub(crate) accounts: Option<Vec<String>>,
    /// Whether a submission of a case needs the approval of a second person, also where the ledger does not require it
    /// (`lethe case policy`).
    #[serde(default)]
    pub(crate) two_people: bool,
    /// By how many rows each count may differ from what was approved, where the ledger does not set a lower number
    /// (`lethe case policy`). Default: what the ledger sets.
    pub(crate) count_tolerance: Option<u64>,
    /// The time zone whose date is in the names of new submissions.
    #[serde(default = "utc")]
    #[schemars(with = "String", extend("default" = "UTC"))]
    pub(crate) time_zone: Tz,
}

/// Signing of receipts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReceiptConfig {
    /// The key file. If it is named and does not exist, nothing runs. Default: `receipt-key.pem` in Lethe's own folder; no receipts
    /// if that does not exist.
    pub(crate) key: Option<PathBuf>,
    /// The folder for the operator's copies. Default: `receipts` in Lethe's own folder.
    pub(crate) copies: Option<PathBuf>,
}

fn utc() -> Tz {
    Tz::UTC
}

/// Days between completion and purge, unless configured (contract section 7).
pub(crate) const DEFAULT_RETENTION_DAYS: u32 = 15;
/// The longest retention that is accepted (contract section 7).
const MAX_RETENTION_DAYS: u32 = 30;

/// Says why results cannot be retained for this many days.
pub(crate) fn check_retention(days: u32) -> Result<(), String> {
    match days > MAX_RETENTION_DAYS {
        true => Err(format!(
            "retention_days is {days}; more than {MAX_RETENTION_DAYS} is refused"
        )),
        false => Ok(()),
    }
}

/// How one submission is read, judged and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionSettings {
    /// Bytes of a submitted file, at most; a larger one is refused unread.
    pub(crate) max_submission_bytes: u64,
    /// Values in a submission, at most: the contents of its objects and arrays.
    pub(crate) max_submission_values: usize,
    /// Contacts in one execution log; more go into further logs.
    pub max_contacts_per_log: usize,
    /// A FORGET of more devices keeps no rows by which a verification traces client IDs; 0: none does.
    pub(crate) max_traced_devices: usize,
    /// How long the log of a FORGET waits for media objects to be deleted.
    pub media_wait: Duration,
    /// Whether two people must agree on a submission of a case.
    pub(crate) two_people: bool,
    /// Guards against devices that too many records share.
    pub limits: Limits,
}

impl Default for SubmissionSettings {
    fn default() -> SubmissionSettings {
        SubmissionSettings {
            max_submission_bytes: 256 * 1024 * 1024,
            max_submission_values: MAX_VALUES,
            max_contacts_per_log: 50_000,
            max_traced_devices: 500,
            media_wait: Duration::from_secs(600),
            two_people: false,
            limits: Limits::default(),
        }
    }
}

impl SubmissionSettings {
    /// # Errors
    /// Fails if a limit is below 1.
    pub(crate) fn check(&self) -> Result<(), LimitError> {
        self.limits.check()?;
        at_least_one("max_submission_values", Some(self.max_submission_values))?;
        at_least_one("max_contacts_per_log", Some(self.max_contacts_per_log))
    }
}

/// Says why these drops cannot be configured together: each needs a name and accounts, and a folder of its own.
pub(crate) fn check_drops(drops: &[DropConfig]) -> Result<(), String> {
    for (i, drop) in drops.iter().enumerate() {
        let number = i + 1;
        if drop.name.is_empty() || drop.accounts.is_empty() {
            return Err(format!(
                "drop {number} needs a name and at least one account"
            ));
        }
        if drop.name.starts_with(CASE_DROP) {
            return Err(format!(
                "drop {:?}: names that begin with {CASE_DROP} are reserved for cases; choose another",
                drop.name
            ));
        }
        for other in &drops[..i] {
            if other.name == drop.name {
                return Err(format!(
                    "two drops are named {:?}; the ledger knows them by name",
                    drop.name
                ));
            }
            match overlap(&other.path, &drop.path) {
                None => {}
                Some(Overlap::Same) => {
                    return Err(format!(
                        "drops {:?} and {:?} are the same folder; its submissions would run twice",
                        other.name, drop.name
                    ));
                }
                Some(Overlap::Inside) => {
                    return Err(format!(
                        "drops {:?} and {:?} contain each other, so that the owner of one could reach into the other; put them side by side",
                        other.name, drop.name
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Says why a folder of the command line cannot be used as a drop beside what is configured.
pub(crate) fn check_given_folder(
    folder: &Path,
    drops: &[DropConfig],
    care: Option<&CareConfig>,
) -> Result<(), String> {
    if care.is_some_and(|care| overlap(&care.path, folder).is_some()) {
        return Err(
            "this folder and [care] path contain each other\n  hint: `lethe case run` processes cases"
                .to_owned(),
        );
    }
    for drop in drops {
        match overlap(&drop.path, folder) {
            None => {}
            Some(Overlap::Same) => {
                return Err(format!(
                    "this folder is the configured drop {:?}, and its submissions would run twice\n  hint: give --drop with that name, without --account",
                    drop.name
                ));
            }
            Some(Overlap::Inside) => {
                return Err(format!(
                    "this folder and the configured drop {:?} contain each other\n  detail: the owner of one could reach into the other\n  hint: put them side by side",
                    drop.name
                ));
            }
        }
    }
    Ok(())
}

/// Says why cases cannot be configured beside these drops: the folder of a case is processed by `case run` only, so no drop
/// may be there.
pub(crate) fn check_care(care: Option<&CareConfig>, drops: &[DropConfig]) -> Result<(), String> {
    let Some(care) = care else {
        return Ok(());
    };
    if care.path.as_os_str().is_empty() {
        return Err("[care] needs the path of the folder that holds the cases".to_owned());
    }
    if care.accounts.as_ref().is_some_and(Vec::is_empty) {
        return Err(
            "[care] accounts is empty; name the accounts that cases may reach, or leave it out"
                .to_owned(),
        );
    }
    let overlaps = |drop: &&DropConfig| overlap(&drop.path, &care.path).is_some();
    match drops.iter().find(overlaps) {
        None => Ok(()),
        Some(drop) => Err(format!(
            "drop {:?} and [care] path contain each other; keep the folders of customers and cases apart",
            drop.name
        )),
    }
}
