//! Extensions that matter to a census, and what this role may see of them.

use super::survey::Survey;
use crate::postgres::DatabaseError;
use crate::postgres::name::Ident;
use crate::postgres::sql::sql_file;

/// Extensions of the database.
pub(super) struct Extensions {
    /// The schema of pg_stat_statements; `None`: not installed in this database.
    pub statements_in: Option<Ident>,
    /// Whether the server collects statement statistics.
    pub statements_kept: bool,
    /// The schema of pgstattuple; `None`: not installed.
    pub counting_in: Option<Ident>,
    pub citus: bool,
    /// Whether Citus has a list of shards to clean up.
    pub cleanup: bool,
    /// Whether this role may see the statements of other roles.
    pub sees_statements: bool,
}

impl Survey<'_> {
    pub(super) async fn extensions(&self) -> Result<Extensions, DatabaseError> {
        let statement = sql_file!("census/extensions.sql").into();
        let rows = self.session.query(&statement, &[]).await?;
        let row = rows.first().expect("a query without FROM has one row");
        let schema = |column| row.get::<_, Option<String>>(column).map(Ident::new);
        Ok(Extensions {
            statements_in: schema("statements_in"),
            statements_kept: row.get("statements_kept"),
            counting_in: schema("counting_in"),
            citus: row.get("citus"),
            cleanup: row.get("cleanup"),
            sees_statements: row.get("sees_statements"),
        })
    }
}
