//! The beginning of a submission: scopes, and the answers that need no search.

use crate::domain::care::CaseId;
use crate::domain::request::Action;
use crate::domain::response::Response;
use crate::domain::scope::{self, Scope};
use crate::domain::submission::{Contact, Document, Submission, request_case};
use crate::engine::{load_accounts, load_short_codes};
use crate::ledger::{self, Answer, Answers, Begun, LedgerRequest, RequiredApproval, Trace};
use crate::postgres::DatabaseError;
use crate::postgres::fault::point;
use crate::service::pipeline::context::{Answered, SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;

impl SubmissionContext<'_> {
    /// Resolves scopes; at the first time, notes the requests and answers what needs no search.
    pub(super) async fn begin(
        &self,
        taken: &TakenSubmission,
        document: &Document,
        submission: &Submission,
    ) -> Result<Vec<Option<Scope>>, PipelineError> {
        let tree = load_accounts(self.session, self.catalogue, &self.drop.config.accounts).await?;
        let owners = load_short_codes(self.session, self.catalogue, &tree, submission).await?;
        let scopes = scope::resolve(&submission.scopes, self.drop.config.product, &tree, &owners);
        let requests = document.requests().zip(&submission.requests);
        let requests = requests.map(|(raw, request)| LedgerRequest {
            case: request_case(raw),
            contacts: request.contacts.len(),
        });
        let required = self.required_approval(taken).await?;
        // Nothing outside the database depends on this before the first answers are durable.
        self.session.begin_async_commit().await?;
        let begun = ledger::begin(
            self.session,
            taken.submission_id,
            (submission.contacts.len(), requests),
            self.trace(taken.name.action(), submission),
            required,
            self.clock.now(),
        );
        match begun.await? {
            Begun::Now => self.refuse(taken, submission, &scopes).await?,
            Begun::Before => {}
            Begun::NotApproved => return Err(PipelineError::NotApproved),
        }
        point!(self.session, "begin.before");
        self.session.commit().await?;
        point!(self.session, "begin.committed");
        Ok(scopes)
    }

    /// The approval that the copy in the spool needs. Only the content of a case's folder has one.
    async fn required_approval(
        &self,
        taken: &TakenSubmission,
    ) -> Result<RequiredApproval, PipelineError> {
        let mut content = None;
        if let Some(case) = CaseId::of_drop(&self.drop.config.name) {
            let files = ledger::case_files(self.session, &case).await?;
            let opened = files.into_iter().find(|opened| opened.file == taken.name);
            if let Some(digest) = opened.and_then(|opened| opened.digest) {
                let key = self.keyring.open(&digest.key)?;
                content = Some(self.stores.spool.digest(taken.submission_id, &key)?);
            }
        }
        Ok(RequiredApproval {
            two_people: self.settings.two_people,
            content,
        })
    }

    /// Whether rows are kept by which a verification traces the client IDs that are found.
    pub(super) fn trace(&self, action: Action, submission: &Submission) -> Trace {
        let few = submission.devices.len() <= self.settings.max_traced_devices;
        match action {
            Action::Forget if few => Trace::Kept,
            Action::Forget | Action::Export => Trace::NotKept,
        }
    }

    /// Answers what needs no search: refused contacts and unknown accounts.
    pub(super) async fn refuse(
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
                    position: submission.position(contact),
                    kind,
                    response: &response,
                    row_counts: None,
                });
                answers.write_if_many(self.session).await?;
            }
        }
        answers.write(self.session).await
    }

    /// Which contacts have an answer in the ledger.
    pub(super) async fn answered(
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
}
