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
use crate::service::keyring::Keyring;
use crate::service::settings::{DropConfig, SubmissionSettings};

/// What the submissions of a drop are processed with.
pub(crate) struct SubmissionContext<'a> {
    /// Holds the lock of the submission, and does the work.
    pub(crate) session: &'a Session,
    /// For the sessions of further workers, and of those that watch them.
    pub(crate) database: &'a Database,
    pub(crate) drop: OpenDrop<'a>,
    pub(crate) stores: &'a Stores,
    /// Opens and seals the keys of the ledger.
    pub(crate) keyring: &'a Keyring,
    pub(crate) catalogue: &'a Catalogue,
    /// The plan for the product of the drop.
    pub(crate) plan: &'a Plan,
    pub(crate) pacing: Pacing<'a>,
    pub(crate) settings: &'a SubmissionSettings,
    pub(crate) clock: &'a Clock,
    pub(crate) progress: &'a dyn Progress,
}

/// A drop with its folder held open.
#[derive(Clone, Copy)]
pub(crate) struct OpenDrop<'a> {
    pub(crate) config: &'a DropConfig,
    pub(crate) folder: &'a DropFolder,
}

/// Where copies of submissions, recordings and receipts are kept.
#[derive(Debug)]
pub(crate) struct Stores {
    pub(crate) spool: Spool,
    pub(crate) media: MediaStores,
    pub(crate) receipts: Receipts,
}

/// How many workers a submission gets, and how fast they may go.
#[derive(Clone, Copy)]
pub(crate) struct Pacing<'a> {
    pub(crate) workers: u32,
    pub(crate) pace: &'a Pace,
    /// Devices that sessions were lost to.
    pub(crate) quarantine: &'a Quarantine,
}

/// The key and the folder for receipts.
#[derive(Debug)]
pub(crate) struct Receipts {
    /// Without one no receipt is made; those that were made are still published.
    pub(crate) key: Option<SigningKey>,
    /// The operator's folder.
    pub(crate) store: Store,
}

/// A submission that was taken: in the ledger, locked by this session, its content in the spool.
#[derive(Debug, Clone)]
pub struct TakenSubmission {
    pub(crate) submission_id: SubmissionId,
    pub(crate) name: FileName,
    /// The submission's random key, for digests.
    pub(crate) key: [u8; 32],
}

/// Whether a contact has its answer in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    Not,
    Error,
    Success,
}
