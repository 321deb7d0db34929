//! The content of processed submissions.

use super::context::CaseContext;
use super::error::CaseError;
use crate::drop::{DropFolder, Entry, FileName, State, TakeError, content_digest};
use crate::ledger;
use crate::postgres::Session;

/// The content of a processed submission, read again from its drop. Fails if the file was removed or changed, or
/// cannot be read.
pub(super) async fn processed_content(
    context: &CaseContext<'_>,
    session: &Session,
    drop_name: &str,
    folder: &DropFolder,
    name: &FileName,
) -> Result<Vec<u8>, CaseError> {
    let changed = || CaseError::SubmissionChanged(name.clone());
    let known = ledger::known(session, drop_name, name.as_str()).await?;
    let digest = known.and_then(|known| known.digest).ok_or_else(changed)?;
    let (key, digest) = context.workspace.keyring.open_digest(&digest)?;
    let fingerprint = folder.look()?.into_iter().find_map(|entry| match entry {
        Entry::Proper {
            name: found,
            state: State::Plain(fingerprint),
        } if found == *name => Some(fingerprint),
        _ => None,
    });
    let limit = context.workspace.submission.max_submission_bytes;
    match folder.read(name, &fingerprint.ok_or_else(changed)?, limit) {
        Ok(content) if content_digest(&key, &content) == digest => Ok(content),
        Err(error @ TakeError::Read { .. }) => Err(CaseError::UnreadableSubmission {
            file: name.clone(),
            problem: format!("it {error}"),
        }),
        _ => Err(changed()),
    }
}
