//! Comparing tables with what the catalogue was checked against, in the transaction that changes them.

use super::error::ExecuteError;
use crate::catalogue::Structure;
use crate::postgres::Session;

/// Fails where tables are not what the catalogue was checked against.
pub(crate) async fn compare_structure(
    structure: &Structure,
    session: &Session,
) -> Result<(), ExecuteError> {
    let changed = structure.changed(session).await?;
    match changed.is_empty() {
        true => Ok(()),
        false => Err(ExecuteError::SchemaChanged(changed)),
    }
}
