//! Whether the server has room for the locks of a transaction over all declared tables.

use super::family::Families;
use super::model::Catalogue;
use super::queries;
use crate::postgres::query::One;
use crate::postgres::{DatabaseError, Session};

/// The warning that a run may find no room for its locks; `None` where there is room.
pub(crate) async fn lock_shortage(
    catalogue: &Catalogue,
    session: &Session,
) -> Result<Option<String>, DatabaseError> {
    let names = catalogue.tables().map(|(_, table)| &table.name);
    let families = Families::look_up(names, session).await?;
    let One(locks) = queries::lock_table(session, families.declared(), families.members()).await?;
    Ok((locks.needed > locks.available).then(|| {
        format!(
            "a transaction locks up to {} tables, partitions and indexes, and the server has room for {} locks; \
             raise max_locks_per_transaction",
            locks.needed, locks.available
        )
    }))
}
