//! Extensions that matter to a census, and what this role may see of them.

use super::queries;
use super::survey::Survey;
use crate::postgres::DatabaseError;
use crate::postgres::name::Ident;
use crate::postgres::query::One;

/// Extensions of the database.
pub(super) struct Extensions {
    /// The schema of pg_stat_statements; `None`: not installed in this database.
    pub(crate) statements_in: Option<Ident>,
    /// Whether the server collects statement statistics.
    pub(crate) statements_kept: bool,
    /// The schema of pgstattuple; `None`: not installed.
    pub(crate) counting_in: Option<Ident>,
    pub(crate) citus: bool,
    /// Whether Citus has a list of shards to clean up.
    pub(crate) cleanup: bool,
    /// Whether this role may see the statements of other roles.
    pub(crate) sees_statements: bool,
}

impl Survey<'_> {
    pub(super) async fn extensions(&self) -> Result<Extensions, DatabaseError> {
        let One(row) = queries::extensions(self.session).await?;
        Ok(Extensions {
            statements_in: row.statements_in.map(Ident::new),
            statements_kept: row.statements_kept,
            counting_in: row.counting_in.map(Ident::new),
            citus: row.citus,
            cleanup: row.cleanup,
            sees_statements: row.sees_statements,
        })
    }
}
