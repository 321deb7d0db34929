//! Migrations, which need the bare client of a session.

use refinery::error::Kind;
use refinery::{Migration, Runner};

use super::error::DatabaseError;
use super::session::Session;

/// Why migrations could not be applied.
pub(crate) enum MigrationFailure {
    Database(DatabaseError),
    /// The applied migrations are not those of this program.
    Diverged(String),
}

impl Session {
    /// Applies the migrations that are missing, each in a transaction. Returns those that it applied.
    pub(crate) async fn apply(
        &mut self,
        runner: Runner,
    ) -> Result<Vec<Migration>, MigrationFailure> {
        let report = runner.run_async(self.client_mut()).await.map_err(failure)?;
        Ok(report.applied_migrations().clone())
    }
}

fn failure(error: refinery::Error) -> MigrationFailure {
    if let Kind::Connection(_, source) = error.kind()
        && let Some(database) = source.downcast_ref::<tokio_postgres::Error>()
    {
        return MigrationFailure::Database(DatabaseError::from(database));
    }
    MigrationFailure::Diverged(error.to_string())
}
