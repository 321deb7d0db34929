//! The devices that a submission names, for the order of submissions.

use crate::domain::device::Device;
use crate::domain::request::Action;
use crate::domain::submission::{Document, Submission};
use crate::drop::{FileName, Fingerprint};
use crate::ledger::Known;
use crate::service::pipeline::context::{SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;

impl SubmissionContext<'_> {
    /// The devices of a submission that was taken; none if its content cannot be parsed, which is how it is answered.
    pub(crate) fn taken_devices(
        &self,
        taken: &TakenSubmission,
    ) -> Result<Vec<Device>, PipelineError> {
        let content = self.read_spool(taken.submission_id)?;
        Ok(self
            .devices(content, taken.name.action())
            .unwrap_or_default())
    }

    /// The devices of a submission that was taken or is a file in the drop, in this state there; `None`: they cannot be read.
    pub(crate) fn submitted_devices(
        &self,
        name: &FileName,
        fingerprint: Option<&Fingerprint>,
        known: Option<&Known>,
    ) -> Option<Vec<Device>> {
        let content = self.content(name, fingerprint, known)?;
        self.devices(content, name.action())
    }

    /// What was taken, or else what is in the drop.
    fn content(
        &self,
        name: &FileName,
        fingerprint: Option<&Fingerprint>,
        known: Option<&Known>,
    ) -> Option<Vec<u8>> {
        let limit = self.settings.max_submission_bytes;
        if let Some(known) = known
            && let Some(digest) = &known.digest
        {
            if self.stores.spool.contains(known.submission_id).ok()? {
                return self.read_spool(known.submission_id).ok();
            }
            // Another host has the copy: the file in the drop counts if it is the same.
            let (key, digest) = self.keyring.open_digest(digest).ok()?;
            let found = self.drop.folder.digest(name, fingerprint?, limit, &key);
            if found.ok()? != digest {
                return None;
            }
        }
        self.drop.folder.read(name, fingerprint?, limit).ok()
    }

    /// `None`: the content cannot be parsed.
    fn devices(&self, content: Vec<u8>, action: Action) -> Option<Vec<Device>> {
        Document::check_nesting(&content).ok()?;
        let document = Document::read_at_most(content, self.settings.max_submission_values).ok()?;
        Some(Submission::parse(&document, action, self.drop.config.product).devices)
    }
}
