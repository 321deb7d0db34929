//! Finds the devices of a submission in one snapshot. Nothing is changed and no row is locked.

use super::accounts::{load_accounts, load_short_codes};
use super::error::ExecuteError;
use super::limits::Limits;
use super::sight::Sighter;
use super::stage;
use crate::catalogue::Catalogue;
use crate::catalogue::plan::{Plan, Staging};
use crate::domain::request::Product;
use crate::domain::scope::{self, Scope};
use crate::domain::submission::Submission;
use crate::postgres::sql::Statement;
use crate::postgres::{BEGIN_ASYNC_COMMIT, DISCARD_TEMP, DatabaseError, Session};

/// A session, with the catalogue and the reach of the drop.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) session: &'a Session,
    pub(crate) catalogue: &'a Catalogue,
    /// The accounts listed in the drop's configuration.
    pub(crate) accounts: &'a [String],
    pub(crate) product: Product,
    pub(crate) limits: &'a Limits,
}

impl Reader<'_> {
    /// Creates the temporary tables, which a read-only transaction may fill but not create; then begins the snapshot. The
    /// caller must end it in any case.
    pub(super) async fn begin(
        &self,
        plan: &Plan,
        further: &[Statement],
    ) -> Result<(), DatabaseError> {
        let mut definitions: Vec<Statement> = vec![DISCARD_TEMP.into(), BEGIN_ASYNC_COMMIT.into()];
        definitions.extend(stage::shared_definitions(plan));
        if self.limits.max_client_ids_per_device.is_some() {
            definitions.push(stage::CREATE_CLIENTS.into());
        }
        definitions.extend(further.iter().cloned());
        definitions.extend(
            [
                stage::INDEX_TARGETS,
                stage::INDEX_LOOKUP,
                stage::INDEX_LOOKUP_VALUES,
                stage::INDEX_SCOPE_ACCOUNTS,
            ]
            .map(Statement::from),
        );
        if let Err(error) = self.session.run_all(&definitions).await {
            self.end().await?;
            return Err(error);
        }
        self.session.commit().await?;
        self.session.begin_snapshot().await
    }

    /// Ends the snapshot. A closed session has ended it already.
    pub(super) async fn end(&self) -> Result<(), DatabaseError> {
        match self.session.is_closed() {
            true => Ok(()),
            false => self.session.rollback().await,
        }
    }

    /// The scopes of a submission, resolved in the snapshot.
    pub(super) async fn scopes(
        &self,
        submission: &Submission,
    ) -> Result<Vec<Option<Scope>>, DatabaseError> {
        let tree = load_accounts(self.session, self.catalogue, self.accounts).await?;
        let owners = load_short_codes(self.session, self.catalogue, &tree, submission).await?;
        Ok(scope::resolve(
            &submission.scopes,
            self.product,
            &tree,
            &owners,
        ))
    }

    /// Fills the temporary tables, also with what is recognised in columns that are searched in any spelling.
    pub(super) async fn fill(
        &self,
        plan: &Plan,
        submission: &Submission,
        staging: &Staging,
    ) -> Result<(), ExecuteError> {
        stage::fill(self.session, plan, submission, staging).await?;
        self.session.run(&stage::ANALYZE.into()).await?;
        if let Some(sighter) = Sighter::new(plan, submission, staging) {
            sighter.sight(self.session).await?;
        }
        Ok(())
    }
}
