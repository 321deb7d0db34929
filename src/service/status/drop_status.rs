//! What lies in a drop, as a run would see it.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::Serialize;

use super::progress::SubmissionProgress;
use crate::domain::identifier::SubmissionId;
use crate::domain::submission::{Document, MAX_NESTING};
use crate::drop::{DropFolder, Entry, FileName, Fingerprint, Refusal, State, TakeError};
use crate::ledger::{self, Known};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::name_use::NameUse;
use crate::service::report::on_one_line;
use crate::service::settings::DropConfig;
use crate::service::workspace::Workspace;

/// Bytes of new files in a drop that are read to see whether a run would refuse them: a thousand large files (sparse ones
/// cost their owner nothing) must not keep the reader waiting.
const READ_AT_MOST: u64 = 1024 * 1024 * 1024;

const DUPLICATE: &str =
    "other content under a name that was used before; submit it under a new name";

/// A file of a drop.
#[derive(Debug, Serialize)]
pub(crate) struct FileStatus {
    pub(crate) file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The command that would process it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) progress: Option<SubmissionProgress>,
}

impl FileStatus {
    fn new(file: impl Into<String>) -> FileStatus {
        FileStatus {
            file: file.into(),
            reason: None,
            command: None,
            progress: None,
        }
    }

    fn because(mut self, reason: impl Into<String>) -> FileStatus {
        self.reason = Some(reason.into());
        self
    }
}

/// Recording media that are still to be deleted, for one reason.
#[derive(Debug, Serialize)]
pub(crate) struct WaitingObjects {
    pub(crate) file: String,
    pub(crate) objects: i64,
    /// `None` where no attempt was made yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// What lies in a drop.
#[derive(Debug, Default, Serialize)]
pub(crate) struct DropStatus {
    pub(crate) drop: String,
    pub(crate) due: Vec<FileStatus>,
    pub(crate) missed: Vec<FileStatus>,
    pub(crate) refused: Vec<FileStatus>,
    pub(crate) running: Vec<FileStatus>,
    pub(crate) duplicate: Vec<FileStatus>,
    pub(crate) done: Vec<FileStatus>,
    pub(crate) ignored: Vec<FileStatus>,
    pub(crate) media: Vec<WaitingObjects>,
    /// Why the drop could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// Reads the status of a drop. A drop that cannot be read is a problem of its status, not an error.
pub(crate) async fn drop_status(
    workspace: &Workspace,
    session: &Session,
    drop: &DropConfig,
) -> Result<DropStatus, ServiceError> {
    let mut status = DropStatus {
        drop: drop.name.clone(),
        ..DropStatus::default()
    };
    let folder = match DropFolder::open(&drop.path) {
        Ok(folder) => folder,
        Err(error) => {
            status.problem = Some(on_one_line(error));
            return Ok(status);
        }
    };
    for waiting in ledger::waiting_media(session, &drop.name).await? {
        status.media.push(WaitingObjects {
            file: waiting.file_name,
            objects: waiting.objects,
            reason: waiting.failure,
        });
    }
    let entries = match folder.look() {
        Ok(entries) => entries,
        Err(error) => {
            status.problem = Some(on_one_line(error));
            return Ok(status);
        }
    };
    let mut survey = Survey {
        workspace,
        session,
        folder: &folder,
        today: workspace.clock.today(drop.time_zone),
        left_to_read: READ_AT_MOST,
        status,
    };
    survey.add_entries(entries).await?;
    survey.add_open().await?;
    Ok(survey.status)
}

/// A status in the making.
struct Survey<'a> {
    workspace: &'a Workspace,
    session: &'a Session,
    folder: &'a DropFolder,
    today: NaiveDate,
    /// Bytes of new files that may still be read.
    left_to_read: u64,
    status: DropStatus,
}

impl Survey<'_> {
    async fn add_entries(&mut self, entries: Vec<Entry>) -> Result<(), ServiceError> {
        let mut all_known = self.all_known(&entries).await?;
        for entry in entries {
            match entry {
                Entry::Other { display, why } => {
                    let file = FileStatus::new(display).because(why.to_string());
                    self.status.ignored.push(file);
                }
                Entry::Proper {
                    name,
                    state: State::NotPlain(refusal),
                } => self.add_refused(&name, &refusal),
                Entry::Proper {
                    name,
                    state: State::Plain(fingerprint),
                } => match all_known.remove(name.as_str()) {
                    None => self.add_new(&name, &fingerprint),
                    Some(known) => self.add_known(&name, &fingerprint, known).await?,
                },
            }
        }
        Ok(())
    }

    /// What the ledger knows of the regular files.
    async fn all_known(&self, entries: &[Entry]) -> Result<HashMap<String, Known>, ServiceError> {
        let names = entries.iter().filter_map(|entry| match entry {
            Entry::Proper {
                name,
                state: State::Plain(_),
            } => Some(name.as_str()),
            _ => None,
        });
        Ok(ledger::known_all(self.session, &self.status.drop, names).await?)
    }

    fn add_refused(&mut self, name: &FileName, refusal: &Refusal) {
        let file = FileStatus::new(name.as_str()).because(format!("it {refusal}"));
        self.status.refused.push(file);
    }

    fn add_new(&mut self, name: &FileName, fingerprint: &Fingerprint) {
        if let Some(refusal) = self.refusal(name, fingerprint) {
            return self.add_refused(name, &refusal);
        }
        let file = FileStatus::new(name.as_str());
        if name.date() == self.today {
            self.status.due.push(file);
        } else {
            let today = self.today.format("%Y%m%d");
            self.status
                .missed
                .push(file.because(format!("today is {today}")));
        }
    }

    async fn add_known(
        &mut self,
        name: &FileName,
        fingerprint: &Fingerprint,
        known: Known,
    ) -> Result<(), ServiceError> {
        if known.state != ledger::State::Done {
            let running = self.running(known.submission_id, name.as_str()).await?;
            self.status.running.push(running);
            return Ok(());
        }
        let limit = self.workspace.submission.max_submission_bytes;
        let digest = |key: &[u8; 32]| self.folder.digest(name, fingerprint, limit, key);
        let file = FileStatus::new(name.as_str());
        match NameUse::of(Some(known), &self.workspace.keyring, digest)? {
            Ok(NameUse::SameContent(_)) => self.status.done.push(file),
            // A file that cannot be read now is not the one that was processed.
            _ => self.status.duplicate.push(file.because(DUPLICATE)),
        }
        Ok(())
    }

    /// Submissions that are open although their file is gone: they continue from the copy in the spool.
    async fn add_open(&mut self) -> Result<(), ServiceError> {
        let running = self.status.running.iter();
        let seen: BTreeSet<String> = running.map(|running| running.file.clone()).collect();
        for begun in ledger::open_submissions(self.session, &self.status.drop).await? {
            if !seen.contains(begun.file_name.as_str()) {
                let running = self
                    .running(begun.submission_id, begun.file_name.as_str())
                    .await?;
                self.status.running.push(running);
            }
        }
        Ok(())
    }

    /// A submission that was begun, with how far it is.
    async fn running(
        &self,
        submission_id: SubmissionId,
        file: &str,
    ) -> Result<FileStatus, ServiceError> {
        let row = ledger::progress(self.session, submission_id).await?;
        let now = self.workspace.clock.now();
        Ok(FileStatus {
            progress: row.map(|row| SubmissionProgress::new(row, now)),
            ..FileStatus::new(file)
        })
    }

    /// Why a run would refuse a regular file. `None` also for one that changes, cannot be read, or is beyond what may still
    /// be read: it is judged when it is taken.
    fn refusal(&mut self, name: &FileName, fingerprint: &Fingerprint) -> Option<Refusal> {
        let limit = self.workspace.submission.max_submission_bytes;
        if fingerprint.size <= limit {
            self.left_to_read = self.left_to_read.checked_sub(fingerprint.size)?;
        }
        match self.folder.read(name, fingerprint, limit) {
            Ok(content) => Document::check_nesting(&content)
                .is_err()
                .then_some(Refusal::TooDeep {
                    limit: MAX_NESTING as u32,
                }),
            Err(TakeError::Refused(refusal)) => Some(refusal),
            Err(_) => None,
        }
    }
}
