//! Reading about a submission: its devices are found in one snapshot, nothing is changed, and no row is locked.

use super::{ExecuteError, Limits, load_accounts, load_short_codes, stage};
use crate::catalogue::Catalogue;
use crate::catalogue::plan::{Plan, Staging};
use crate::domain::request::Product;
use crate::domain::scope::{self, Scope};
use crate::domain::submission::Submission;
use crate::postgres::sql::{Statement, sql_file};
use crate::postgres::{DatabaseError, Session};

/// Who reads, over which catalogue, and how far.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub session: &'a Session,
    pub catalogue: &'a Catalogue,
    /// The accounts that the drop lists.
    pub accounts: &'a [String],
    pub product: Product,
    pub limits: &'a Limits,
}

impl Reader<'_> {
    /// Makes the temporary tables, as a transaction that reads only may fill them but not make them; then begins the
    /// snapshot. The caller rolls it back, whatever comes.
    pub(super) async fn begin(
        &self,
        plan: &Plan,
        further: &[Statement],
    ) -> Result<(), DatabaseError> {
        let mut definitions: Vec<Statement> = vec![
            sql_file!("stage/discard.sql").into(),
            sql_file!("session/async_commit.sql").into(),
        ];
        definitions.extend(stage::shared_definitions(plan));
        if self.limits.max_client_ids_per_device.is_some() {
            definitions.push(sql_file!("stage/client.sql").into());
        }
        definitions.extend(further.iter().cloned());
        definitions.extend(
            [
                sql_file!("stage/target_index.sql"),
                sql_file!("stage/lookup_index.sql"),
                sql_file!("stage/lookup_value_index.sql"),
                sql_file!("stage/scope_account_index.sql"),
            ]
            .map(Statement::from),
        );
        if let Err(error) = self.session.run_all(&definitions).await {
            self.end().await?;
            return Err(error);
        }
        self.session.commit().await?;
        self.session
            .run(&sql_file!("session/export_transaction.sql").into())
            .await
    }

    /// Ends the snapshot. A session that is gone has ended it.
    pub(super) async fn end(&self) -> Result<(), DatabaseError> {
        match self.session.is_closed() {
            true => Ok(()),
            false => self.session.rollback().await,
        }
    }

    /// What each scope of a submission reaches, as the snapshot has it.
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

    /// Fills the temporary tables.
    pub(super) async fn fill(
        &self,
        plan: &Plan,
        submission: &Submission,
        staging: &Staging,
    ) -> Result<(), ExecuteError> {
        stage::fill(self.session, plan, submission, staging).await?;
        self.session
            .run(&sql_file!("stage/analyze.sql").into())
            .await?;
        Ok(())
    }
}
