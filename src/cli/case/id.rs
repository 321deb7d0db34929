//! Case IDs on the command line.

use crate::domain::care::CaseId;
use crate::service::cases::CaseError;

/// Parses a case ID.
pub(crate) fn case_id(text: &str) -> Result<CaseId, CaseError> {
    CaseId::parse(text).map_err(|cause| CaseError::InvalidId {
        text: text.to_owned(),
        cause,
    })
}
