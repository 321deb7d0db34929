//! The whole story of one submission: taken into the spool, read, carried out, answered, published.
//!
//! Every step can be repeated: the ledger says how far a submission came, and the next run goes on from there.

mod certificate;
mod control;
mod forget;
mod lost;
mod media;
mod pick_up;
mod publish;
mod receipt;

use std::collections::BTreeMap;

use futures_util::try_join;

use crate::catalogue::Catalogue;
use crate::catalogue::plan::{Plan, Staging};
use crate::domain::clock::Clock;
use crate::domain::identifier::{Ordinal, SubmissionId};
use crate::domain::request::Action;
use crate::domain::response::{Response, Tally};
use crate::domain::scope::{self, Scope};
use crate::domain::submission::{Contact, Document, Submission, request_case};
use crate::drop::{DropError, DropFolder, FileName, PublishError, Spool, SpoolError, TakeError};
use crate::engine::archive::{Archive, request_folder};
use crate::engine::export::Export;
use crate::engine::forget::Ending;
use crate::engine::pace::Pace;
use crate::engine::quarantine::Suspects;
use crate::engine::{ExecuteError, Progress, load_accounts, load_short_codes, position};
use crate::ledger::{self, Answer, Answers, LedgerRequest, Trace};
use crate::media::MediaStores;
use crate::postgres::fault::point;
use crate::postgres::{Database, DatabaseError, Session};
use crate::proof::receipt::StoreError;
use crate::service::settings::{DropConfig, SubmissionSettings};

pub use certificate::{Certified, Certifier, Made};
pub use pick_up::Pickup;
pub use receipt::Receipts;

use publish::Logs;

/// What every submission of a drop needs.
pub struct Job<'a> {
    /// Carries the lock of the submission, and does the work.
    pub session: &'a Session,
    /// For a FORGET's further workers.
    pub database: &'a Database,
    pub workers: u32,
    pub pace: &'a Pace,
    pub suspects: &'a Suspects,
    pub catalogue: &'a Catalogue,
    pub plan: &'a Plan,
    pub settings: &'a SubmissionSettings,
    pub drop: &'a DropConfig,
    pub folder: &'a DropFolder,
    pub spool: &'a Spool,
    pub media: &'a MediaStores,
    pub receipts: &'a Receipts,
    pub clock: &'a Clock,
    pub progress: &'a dyn Progress,
}

/// A submission that was taken: in the ledger, locked by this session, its content in the spool.
#[derive(Debug, Clone)]
pub struct TakenSubmission {
    pub submission_id: SubmissionId,
    pub name: FileName,
    /// The submission's random key, for digests.
    pub key: [u8; 32],
}

/// What became of a submission, for the summary of a run (contract section 8).
#[derive(Debug, Clone, serde::Serialize)]
pub struct Report {
    pub file: String,
    pub action: String,
    pub state: ReportState,
    pub contacts: u64,
    #[serde(flatten)]
    pub tally: Tally,
    /// Rows changed or exported, by `<schema>.<table>`.
    pub rows: BTreeMap<String, i64>,
    /// Names of the published files, in the order of their publication.
    pub results: Vec<String>,
    /// The drop; not part of the JSON summary.
    #[serde(skip)]
    pub drop: String,
    /// Why it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The state of a submission in the summary of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportState {
    Done,
    /// It could not be read, or not be carried out to its end.
    Failed,
    Refused,
    Duplicate,
    Unsettled,
    /// Its window is over, a DBA paused it, or the run was asked to end; another run goes on.
    Paused,
    /// A DBA cancelled it.
    Cancelled,
}

impl Report {
    /// Whether its results are published; an unreadable file has one too.
    pub fn is_completed(&self) -> bool {
        matches!(self.state, ReportState::Done | ReportState::Cancelled)
            || self.state == ReportState::Failed && !self.results.is_empty()
    }

    /// A report of a file that was not carried out.
    pub fn unprocessed(
        drop: &str,
        name: &FileName,
        state: ReportState,
        reason: Option<String>,
    ) -> Report {
        Report {
            file: name.as_str().to_owned(),
            action: name.action().as_str().to_owned(),
            state,
            contacts: 0,
            tally: Tally::default(),
            rows: BTreeMap::new(),
            results: Vec::new(),
            drop: drop.to_owned(),
            reason,
        }
    }
}

/// Why a submission did not come to its end in this run; it goes on in the next.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    #[error(transparent)]
    Drop(#[from] DropError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error("the file {0}")]
    Take(#[from] TakeError),
    #[error("the copy in the spool cannot be read: {0}")]
    Read(std::io::Error),
    #[error(
        "its copy in the spool is gone (another host's, maybe) and the file in the drop is not the one that was taken; \
         restore either, or let that host run; after a day, or `lethe cancel`, its log says so"
    )]
    Lost(Box<TakenSubmission>),
    #[error(transparent)]
    NoRandom(#[from] crate::domain::placeholder::NoRandom),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the execution log cannot be written: {0}")]
    Log(std::io::Error),
    #[error(
        "its receipt, made by lethe {version}, vouches for another execution log; let that version finish it, with the max_submission_values that it had"
    )]
    OtherLog { version: String },
    #[error("its receipt was made by another version of lethe; let that version finish it")]
    ForeignReceipt,
}

impl PipelineError {
    /// Whether a session was lost: on another one the submission goes on from what is committed.
    pub fn is_lost_connection(&self) -> bool {
        match self {
            PipelineError::Database(error)
            | PipelineError::Execute(ExecuteError::Database(error)) => error.is_lost_connection(),
            _ => false,
        }
    }

    /// Whether the submission may get further when it is tried again on the same session.
    pub fn is_retryable(&self) -> bool {
        match self {
            PipelineError::Database(error)
            | PipelineError::Execute(ExecuteError::Database(error)) => error.is_retryable(),
            _ => false,
        }
    }
}

/// Whether a contact has its answer in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answered {
    Not,
    Error,
    Success,
}

impl Job<'_> {
    /// Carries a taken submission to its end: from its copy in the spool to its published results.
    pub async fn process(&self, taken: &TakenSubmission) -> Result<Report, PipelineError> {
        self.folder.check_writable(&taken.name)?;
        let content = self.read_spool(taken)?;
        // With a receipt the answers are final: what is left is to publish them.
        let receipt = ledger::receipt(self.session, taken.submission_id).await?;
        let mut cancelled = false;
        match Document::read_at_most(content, self.settings.max_submission_values) {
            Err(unreadable) => {
                let problem = unreadable.to_string();
                if receipt.is_none() {
                    self.answer_unreadable(taken, &problem).await?;
                }
                self.publish(taken, Logs::Unreadable(&problem), receipt)
                    .await?;
            }
            Ok(document) => {
                let submission =
                    Submission::parse(&document, taken.name.action(), self.drop.product);
                if receipt.is_none() {
                    match self.carry_out(taken, &document, &submission).await? {
                        Ending::Answered => {}
                        Ending::Paused => return self.paused(taken).await,
                        Ending::Cancelled => {
                            cancelled = true;
                            // Of an archive that a crash left half written nobody else knows.
                            self.folder.confirm_result(&taken.name.archive())?;
                        }
                    }
                }
                let logs = self
                    .logs(taken, &document, &submission, receipt.as_ref())
                    .await?;
                self.publish(taken, logs, receipt).await?;
            }
        }
        point!(self.session, "complete.before");
        ledger::complete(self.session, taken.submission_id, self.clock.now()).await?;
        point!(self.session, "complete.after");
        self.spool.remove(taken.submission_id)?;
        let mut report = self.report(taken).await?;
        if cancelled {
            report.state = ReportState::Cancelled;
            report.reason =
                Some("cancelled; what had no answer is answered with an error".to_owned());
        }
        Ok(report)
    }

    fn read_spool(&self, taken: &TakenSubmission) -> Result<Vec<u8>, PipelineError> {
        let mut file = self.spool.read(taken.submission_id)?;
        let mut content = Vec::with_capacity(file.metadata().map_or(0, |m| m.len() as usize));
        std::io::Read::read_to_end(&mut file, &mut content).map_err(PipelineError::Read)?;
        Ok(content)
    }

    async fn answer_unreadable(
        &self,
        taken: &TakenSubmission,
        problem: &str,
    ) -> Result<(), PipelineError> {
        point!(self.session, "unreadable.before");
        ledger::answered(
            self.session,
            taken.submission_id,
            1,
            Some(problem),
            self.clock.now(),
        )
        .await?;
        point!(self.session, "unreadable.answered");
        Ok(())
    }

    async fn paused(&self, taken: &TakenSubmission) -> Result<Report, PipelineError> {
        let mut report = self.report(taken).await?;
        report.state = ReportState::Paused;
        let wish = ledger::wish(self.session, taken.submission_id).await?;
        report.reason = Some(match wish {
            Some(_) => format!(
                "paused; `lethe resume {}` lets it go on",
                taken.name.as_str()
            ),
            None if self.pace.is_interrupted() => {
                "the run was asked to end; the next run goes on".to_owned()
            }
            None => "the window is over; the next run goes on".to_owned(),
        });
        Ok(report)
    }

    /// Writes the archive, records the answers, publishes the archive.
    async fn export(
        &self,
        taken: &TakenSubmission,
        document: &Document,
        submission: &Submission,
    ) -> Result<Ending, PipelineError> {
        let archive_name = taken.name.archive();
        if self.is_published(taken, &archive_name).await? {
            return Ok(Ending::Answered);
        }
        if self.pace.is_over() {
            return Ok(Ending::Paused);
        }
        let scopes = self.begin(taken, document, submission).await?;
        ledger::restart_export(self.session, taken.submission_id).await?;
        let answered = self.answered(taken, submission).await?;
        let staging = Staging::new(submission, &scopes, |contact, _| {
            answered[contact] == Answered::Not
        });
        let folder = |request: Ordinal| {
            let index = request.index();
            let raw = document.requests_in(index..index + 1).next();
            request_folder(index + 1, raw.and_then(request_case).as_deref())
        };
        let export = Export {
            session: self.session,
            plan: self.plan,
            submission,
            staging: &staging,
            limits: &self.settings.limits,
            submission_id: taken.submission_id,
            progress: self.progress,
        };
        self.progress
            .begin(taken.name.as_str(), staging.devices.len() as u64);
        let mut archive = Archive::create(self.folder.begin(&archive_name)?, &taken.key);
        let process = self.session.process().await?;
        let exported = tokio::select! {
            exported = export.run(&mut archive, folder) => exported?,
            () = self.pace.stopped() => {
                self.give_up(process).await?;
                return Ok(Ending::Paused);
            }
        };
        let (answers, rows) = exported;
        point!(self.session, "export.written");
        let written = archive.finish().await.map_err(ExecuteError::Archive)?;
        self.session.begin().await?;
        answers.write(self.session).await?;
        ledger::add_table_counts(self.session, taken.submission_id, &rows, 0).await?;
        ledger::note_result(
            self.session,
            taken.submission_id,
            &archive_name,
            Some(&written.digest),
            None,
        )
        .await?;
        let malformed = submission.malformed_requests() as u64;
        ledger::answered(
            self.session,
            taken.submission_id,
            malformed,
            None,
            self.clock.now(),
        )
        .await?;
        point!(self.session, "export.before");
        self.session.commit().await?;
        point!(self.session, "export.committed");
        written.file.publish()?;
        point!(self.session, "export.published");
        let now = Some(self.clock.now());
        ledger::note_result(
            self.session,
            taken.submission_id,
            &archive_name,
            Some(&written.digest),
            now,
        )
        .await?;
        Ok(Ending::Answered)
    }

    /// Resolves scopes; at the first time, notes the requests and answers what needs no search.
    async fn begin(
        &self,
        taken: &TakenSubmission,
        document: &Document,
        submission: &Submission,
    ) -> Result<Vec<Option<Scope>>, PipelineError> {
        let tree = load_accounts(self.session, self.catalogue, &self.drop.accounts).await?;
        let owners = load_short_codes(self.session, self.catalogue, &tree, submission).await?;
        let scopes = scope::resolve(&submission.scopes, self.drop.product, &tree, &owners);
        let requests = document.requests().zip(&submission.requests);
        let requests = requests.map(|(raw, request)| LedgerRequest {
            case: request_case(raw),
            contacts: request.contacts.len(),
        });
        // Nothing outside the database depends on it before the first answers are durable.
        self.session.begin_async_commit().await?;
        if ledger::begin(
            self.session,
            taken.submission_id,
            (submission.contacts.len(), requests),
            self.trace(taken.name.action(), submission),
            self.clock.now(),
        )
        .await?
        {
            self.refuse(taken, submission, &scopes).await?;
        }
        point!(self.session, "begin.before");
        self.session.commit().await?;
        point!(self.session, "begin.committed");
        Ok(scopes)
    }

    /// Whether a verification shall be able to trace the client IDs that are found.
    fn trace(&self, action: Action, submission: &Submission) -> Trace {
        let few = submission.devices.len() <= self.settings.max_traced_devices;
        match action {
            Action::Forget if few => Trace::Kept,
            Action::Forget | Action::Export => Trace::NotKept,
        }
    }

    /// Answers what needs no search: refused contacts and unknown accounts.
    async fn refuse(
        &self,
        taken: &TakenSubmission,
        submission: &Submission,
        scopes: &[Option<Scope>],
    ) -> Result<(), DatabaseError> {
        let mut answers = Answers::new(taken.submission_id);
        for request in &submission.requests {
            let unknown = matches!(request.scope, Ok(scope) if scopes[scope.0 as usize].is_none());
            for contact in request.contacts.clone() {
                let (kind, response) = match submission.contacts[contact] {
                    Contact::Refused(refusal) => (None, Response::Refused(refusal)),
                    Contact::Device(device) if unknown => (
                        Some(submission.devices[device.0 as usize].kind()),
                        Response::UnknownAccount,
                    ),
                    Contact::Device(_) => continue,
                };
                answers.push(Answer {
                    position: position(submission, contact),
                    kind,
                    response: &response,
                    row_counts: None,
                });
                answers.write_if_many(self.session).await?;
            }
        }
        answers.write(self.session).await
    }

    /// What the ledger says of each contact.
    async fn answered(
        &self,
        taken: &TakenSubmission,
        submission: &Submission,
    ) -> Result<Vec<Answered>, PipelineError> {
        let answers = ledger::responses(self.session, taken.submission_id).await?;
        let mut answered = vec![Answered::Not; submission.contacts.len()];
        for (at, response) in answers.iter() {
            let first = submission.requests[at.request.index()].contacts.start;
            answered[first + at.contact.index()] = match Response::is_error_text(response) {
                true => Answered::Error,
                false => Answered::Success,
            };
        }
        Ok(answered)
    }

    async fn report(&self, taken: &TakenSubmission) -> Result<Report, PipelineError> {
        let (row, results) = try_join!(
            ledger::row(self.session, taken.submission_id),
            ledger::results(self.session, taken.submission_id),
        )?;
        Ok(Report {
            file: taken.name.as_str().to_owned(),
            action: taken.name.action().as_str().to_owned(),
            state: if row.error.is_some() {
                ReportState::Failed
            } else {
                ReportState::Done
            },
            contacts: row.contacts,
            tally: row.tally,
            rows: row.rows,
            results: results.into_iter().map(|file| file.name).collect(),
            drop: self.drop.name.clone(),
            reason: row.error,
        })
    }
}
