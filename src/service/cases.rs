//! Customer Care's cases: from a case ID to a confirmed answer (contract section 8).

mod accounts;
mod approval;
mod carry_out;
mod content;
mod context;
mod dual_control;
mod error;
mod file_name;
mod gate;
mod known;
mod open;
mod original;
mod overview;
mod pending;
mod plans;
mod resubmission;
mod summary;
mod verification;

pub(crate) use approval::{Approval, ApprovalRefusal, Decision, approve};
pub(crate) use carry_out::{Remainder, files_to_run, remainder};
pub(crate) use context::CaseContext;
pub(crate) use dual_control::DualControlViolation;
pub(crate) use error::CaseError;
pub(crate) use gate::ApprovalGate;
pub(crate) use known::require_known;
pub(crate) use open::{NewSubmission, OpenRequest, prepare_opening, write};
pub(crate) use original::{Original, OriginalRequest, original};
pub(crate) use overview::{Attribution, CaseOverview, SubmissionOverview, overview};
pub(crate) use pending::{Location, PendingSubmission};
pub(crate) use plans::{PreviewedSubmission, previews};
pub(crate) use resubmission::{CorrectionRequest, prepare_correction};
pub(crate) use summary::{CaseSummary, summaries};
pub(crate) use verification::{
    CaseVerification, UnverifiedSubmission, VerifiedSubmission, verify_case,
};
