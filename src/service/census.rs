//! A census of one FORGET, or of all.

use crate::catalogue::check_event_triggers;
use crate::domain::census::Census;
use crate::erasure::census::{CensusOptions, take};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::subject::Subject;
use crate::service::workspace::Workspace;

/// Takes a census of a FORGET; `None`: of all FORGETs. `columns` are the [`changed_columns`](super::subject::changed_columns).
pub(crate) async fn census(
    workspace: &Workspace,
    session: &Session,
    subject: Option<&Subject>,
    columns: &[(String, String)],
) -> Result<Census, ServiceError> {
    let options = CensusOptions {
        submission_id: subject.map(|subject| subject.named.submission_id),
        submission: subject.and_then(|subject| subject.submission.as_ref()),
        columns,
        backup_retention: workspace.backup_retention,
        retention_days: workspace.retention_days,
        now: workspace.clock.now(),
    };
    if options.submission.is_some() {
        check_event_triggers(session, &workspace.sources()?).await?;
    }
    Ok(take(session, &options).await?)
}
