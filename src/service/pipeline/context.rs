//! What a submission is processed with.

use crate::catalogue::Catalogue;
use crate::catalogue::plan::Plan;
use crate::domain::clock::Clock;
use crate::domain::identifier::SubmissionId;
use crate::drop::{DropFolder, FileName, Spool};
use crate::engine::Progress;
use crate::engine::pace::Pace;
use crate::engine::quarantine::Quarantine;
use crate::media::MediaStores;
use crate::postgres::{Database, Session};
use crate::proof::receipt::{SigningKey, Store};
use crate::service::settings::{DropConfig, SubmissionSettings};

/// What the submissions of a drop are processed with.
pub struct SubmissionContext<'a> {
    /// Holds the lock of the submission, and does the work.
    pub session: &'a Session,
    /// For the sessions of further workers, and of those that watch them.
    pub database: &'a Database,
    pub drop: OpenDrop<'a>,
    pub stores: &'a Stores,
    pub catalogue: &'a Catalogue,
    /// The plan for the product of the drop.
    pub plan: &'a Plan,
    pub pacing: Pacing<'a>,
    pub settings: &'a SubmissionSettings,
    pub clock: &'a Clock,
    pub progress: &'a dyn Progress,
}

/// A drop with its folder held open.
#[derive(Clone, Copy)]
pub struct OpenDrop<'a> {
    pub config: &'a DropConfig,
    pub folder: &'a DropFolder,
}

/// Where copies of submissions, recordings and receipts are kept.
#[derive(Debug)]
pub struct Stores {
    pub spool: Spool,
    pub media: MediaStores,
    pub receipts: Receipts,
}

/// How many workers a submission gets, and how fast they may go.
#[derive(Clone, Copy)]
pub struct Pacing<'a> {
    pub workers: u32,
    pub pace: &'a Pace,
    /// Devices that sessions were lost to.
    pub quarantine: &'a Quarantine,
}

/// The key and the folder for receipts.
#[derive(Debug)]
pub struct Receipts {
    /// Without one no receipt is made; those that were made are still published.
    pub key: Option<SigningKey>,
    /// The operator's folder.
    pub store: Store,
}

/// A submission that was taken: in the ledger, locked by this session, its content in the spool.
#[derive(Debug, Clone)]
pub struct TakenSubmission {
    pub submission_id: SubmissionId,
    pub name: FileName,
    /// The submission's random key, for digests.
    pub key: [u8; 32],
}

/// Whether a contact has its answer in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    Not,
    Error,
    Success,
}
