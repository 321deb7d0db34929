//! Verification of a case: whether anything is left of the devices of its FORGETs.

use super::accounts::{OpenDrop, drop_named};
use super::content::processed_content;
use super::context::CaseContext;
use super::error::CaseError;
use super::known::require_known;
use crate::catalogue::{Access, Catalogue};
use crate::domain::care::CaseId;
use crate::domain::request::Action;
use crate::domain::submission::{Document, request_case};
use crate::drop::FileName;
use crate::engine::verify::Verdict;
use crate::ledger::{self, CaseSubmission};
use crate::postgres::Session;
use crate::service::outcome::Outcome;
use crate::service::report::on_one_line;
use crate::service::verification::{Search, Traceable, VerificationRequest, Verified, verify};

/// The verification of all completed FORGETs of a case.
pub(crate) struct CaseVerification {
    pub(crate) verified: Vec<VerifiedSubmission>,
    pub(crate) unverified: Vec<UnverifiedSubmission>,
}

/// A FORGET of the case that was verified.
pub(crate) struct VerifiedSubmission {
    pub(crate) drop: String,
    pub(crate) file: String,
    pub(crate) verified: Verified,
}

/// A FORGET of the case that could not be verified.
pub(crate) struct UnverifiedSubmission {
    pub(crate) drop: String,
    pub(crate) file: String,
    pub(crate) reason: String,
}

impl CaseVerification {
    /// [`Outcome::Errors`] if something is or may be left, or could not be checked; otherwise [`Outcome::Usage`] if a submission could not
    /// be verified. Contacts that were refused do not count: `case show` lists them until they are corrected.
    pub(crate) fn outcome(&self) -> Outcome {
        let count = |s: &VerifiedSubmission, verdict| s.verified.count(verdict) > 0;
        let open = [Verdict::Found, Verdict::Possible, Verdict::Incomplete];
        let is_open = |s| open.into_iter().any(|verdict| count(s, verdict));
        if self.verified.iter().any(is_open) {
            Outcome::Errors
        } else if self.unverified.is_empty() {
            Outcome::Done
        } else {
            Outcome::Usage
        }
    }
}

/// Verifies all completed FORGETs of a case. A submission whose file was removed does not prevent the verification of the
/// others. Fails if there is nothing to verify.
pub(crate) async fn verify_case(
    context: &CaseContext<'_>,
    session: &Session,
    case: &CaseId,
    search: Search<'_>,
) -> Result<CaseVerification, CaseError> {
    require_known(context, session, case).await?;
    let catalogue = context.workspace.catalogue(session, Access::Read).await?;
    let verifier = Verifier {
        context,
        case,
        session,
        catalogue: &catalogue,
        search,
    };
    let mut all = CaseVerification {
        verified: Vec::new(),
        unverified: Vec::new(),
    };
    for submission in ledger::case_submissions(session, case).await? {
        if !is_completed_forget(&submission) {
            continue;
        }
        let CaseSubmission { drop, file, .. } = submission;
        match verifier.verify(&drop, &file).await {
            Ok(None) => {}
            Ok(Some(verified)) => all.verified.push(VerifiedSubmission {
                drop,
                file: file.to_string(),
                verified,
            }),
            Err(error) if error.is_about_submission() => {
                all.unverified.push(UnverifiedSubmission {
                    drop,
                    file: file.to_string(),
                    reason: on_one_line(&error),
                });
            }
            Err(error) => return Err(error),
        }
    }
    match all.verified.is_empty() && all.unverified.is_empty() {
        true => Err(CaseError::NothingToVerify(case.clone())),
        false => Ok(all),
    }
}

fn is_completed_forget(submission: &CaseSubmission) -> bool {
    submission.action == Action::Forget
        && submission.completed_at.is_some()
        && submission.problem.is_none()
        && submission.purged_at.is_none()
}

struct Verifier<'a> {
    context: &'a CaseContext<'a>,
    case: &'a CaseId,
    session: &'a Session,
    catalogue: &'a Catalogue,
    search: Search<'a>,
}

impl Verifier<'_> {
    /// Verifies a processed FORGET; `None` if every contact of the case was refused, so that nothing was forgotten.
    async fn verify(
        &self,
        drop_name: &str,
        name: &FileName,
    ) -> Result<Option<Verified>, CaseError> {
        let OpenDrop { config, folder } =
            drop_named(self.context, self.session, self.catalogue, drop_name).await?;
        let content =
            processed_content(self.context, self.session, drop_name, &folder, name).await?;
        let known = ledger::known(self.session, drop_name, name.as_str()).await?;
        let request = VerificationRequest {
            action: Action::Forget,
            content: &content,
            traceable: known
                .as_ref()
                .map_or(Traceable::Unprocessed, Traceable::Processed),
            search: self.search,
        };
        let workspace = self.context.workspace;
        let verified = verify(workspace, self.session, self.catalogue, &config, request).await?;
        let Some(mut verified) = verified else {
            return Ok(None);
        };
        if drop_name != self.case.drop_name() {
            self.keep_own_contacts(&mut verified, content, name)?;
        }
        let contacts = verified.verification.contacts.len();
        let looked_for = contacts > verified.count(Verdict::NotLookedFor);
        Ok(looked_for.then_some(verified))
    }

    /// Removes the contacts of other cases, which a customer's file may hold too.
    fn keep_own_contacts(
        &self,
        verified: &mut Verified,
        content: Vec<u8>,
        name: &FileName,
    ) -> Result<(), CaseError> {
        let document =
            Document::read(content).map_err(|error| CaseError::UnreadableSubmission {
                file: name.clone(),
                problem: error.to_string(),
            })?;
        let cases: Vec<Option<String>> = document.requests().map(request_case).collect();
        verified.verification.contacts.retain(|contact| {
            let case = cases.get(contact.request.index());
            case.is_some_and(|case| case.as_deref() == Some(self.case.as_str()))
        });
        Ok(())
    }
}
