//! Checks declarations against the live schema. All mismatches are collected; any of them stops a run before it writes.

mod access;
mod binder;
mod describe;
mod roles;

use futures_util::try_join;

pub use self::access::Access;
use self::binder::Binder;
use super::error::CatalogueError;
use super::family::Families;
use super::model::Catalogue;
use super::source::Source;
use super::structure::Structure;
use super::{indexes, violations};
use crate::postgres::Session;
use crate::postgres::name::TableName;

/// Checks declarations against the database of `session`, whose role needs the rights of `access` on the declared tables.
///
/// Errors: [`CatalogueError::Mismatch`] with every mismatch. Each names the place of the declaration, the table and column,
/// and what to do.
pub async fn bind(
    sources: &[Source],
    session: &Session,
    access: Access,
) -> Result<Catalogue, CatalogueError> {
    let names: Vec<TableName> = sources.iter().flat_map(Source::tables).collect();
    let families = Families::look_up(&names, session).await?;
    let structure = Structure::read(&families, session).await?;
    let mut described = describe::describe(&families, session).await?;
    access.waive(&mut described);
    let all_tables = if names.iter().all(|name| families.contain(name)) {
        Vec::new()
    } else {
        describe::all_tables(session).await?
    };
    let mut binder = Binder::new(sources, described, all_tables);
    let mut catalogue = binder.catalogue();
    let mut mismatches = binder.mismatches;
    let tables: Vec<&TableName> = catalogue.tables().map(|(_, table)| &table.name).collect();
    let of_records = families.of(&tables);
    let structure = structure.of(&tables);
    let (violations, indexes) = try_join!(
        violations::find(&catalogue, sources, &of_records, &families, session, access),
        indexes::indexes(&of_records, session),
    )?;
    mismatches.extend(violations.found);
    catalogue.not_asked = violations.not_asked;
    indexes::note_index_use(&mut catalogue, &indexes);
    catalogue.structure = structure;
    if mismatches.is_empty() {
        Ok(catalogue)
    } else {
        Err(CatalogueError::Mismatch(mismatches))
    }
}
