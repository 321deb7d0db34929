//! Previews: what a run would answer, and the key of their digests.

use crate::catalogue::Catalogue;
use crate::domain::request::Action;
use crate::engine::preview::{Preview, Previewer};
use crate::engine::reading::Reader;
use crate::ledger;
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::settings::DropConfig;
use crate::service::workspace::Workspace;

/// The key of previews outside cases. Nothing that is made with it is kept in the ledger.
pub(crate) async fn plan_key(session: &Session) -> Result<[u8; 32], ServiceError> {
    ledger::plan_key(session)
        .await?
        .ok_or(ServiceError::NoPlanKey)
}

/// The key of the previews of cases, whose digests the ledger keeps with their approval: the ledger has only a part of it.
pub(crate) async fn case_plan_key(
    workspace: &Workspace,
    session: &Session,
) -> Result<[u8; 32], ServiceError> {
    Ok(workspace.keyring.plan_key(&plan_key(session).await?)?)
}

/// A submission to be previewed: its action and its bytes.
pub(crate) struct PreviewRequest {
    pub(crate) action: Action,
    pub(crate) content: Vec<u8>,
}

/// Previews a submission for a drop; nothing is changed. `key` is that of the plan digest.
pub(crate) async fn preview(
    workspace: &Workspace,
    session: &Session,
    catalogue: &Catalogue,
    drop: &DropConfig,
    request: PreviewRequest,
    key: &[u8; 32],
) -> Result<Preview, ServiceError> {
    let media = workspace.media_stores()?;
    let previewer = Previewer {
        reader: Reader {
            session,
            catalogue,
            accounts: &drop.accounts,
            product: drop.product,
            limits: &workspace.submission.limits,
        },
        media: &media,
        max_values: workspace.submission.max_submission_values,
        key,
    };
    Ok(previewer.preview(request.action, request.content).await?)
}
