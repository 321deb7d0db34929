//! The FORGET that an argument names.

use crate::cli::CommandError;
use crate::cli::arguments::Submitted;
use crate::cli::context::Context;
use crate::drop::FileName;
use crate::postgres::Session;
use crate::service::control::{file_name, find};
use crate::service::subject::Subject;

/// Finds the FORGET with this path or name.
pub async fn subject(
    context: &Context,
    session: &Session,
    submitted: &Submitted,
) -> Result<Subject, CommandError> {
    let file = file_name(&submitted.submission)?;
    let named = find(session, &file, submitted.drop.as_deref()).await?;
    let name = FileName::parse(&file).expect("file_name returns valid names only");
    let given = Some(submitted.submission.as_path());
    Ok(Subject::of_forget(&context.workspace, session, name, named, given).await?)
}
