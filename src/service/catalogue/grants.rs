//! The privileges that a role needs for runs with a catalogue.

use crate::catalogue::Catalogue;
use crate::catalogue::render;
use crate::postgres::name::Ident;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session, server_properties, suppressed_setting_names};

row! {
    /// The database of a session.
    struct CurrentDatabase {
        database_name: String,
    }
}

row! {
    /// A setting that only superusers may change, or roles to which they grant it.
    struct ProtectedSetting {
        name: String,
    }
}

queries! {
    fn current_database() -> One<CurrentDatabase> = "session/current_database.sql";
    fn protected_settings(names: &[&str]) -> Vec<ProtectedSetting> = "catalogue/protected_settings.sql";
}

/// The statements that give a role its privileges.
pub(crate) struct Grants {
    /// What every run needs.
    pub(crate) required: Vec<String>,
    /// What only a superuser can give; `None` where the server has no such privilege.
    pub(crate) settings: Option<String>,
    /// What `scrub` and `census` need, commented out.
    pub(crate) optional: Vec<String>,
}

/// Lists the privileges that a role needs on this database, whether it has them or not.
pub(crate) async fn grants(
    session: &Session,
    catalogue: &Catalogue,
    role: &str,
) -> Result<Grants, DatabaseError> {
    let role = Ident::new(role);
    let One(current) = current_database(session).await?;
    let mut required = vec![render::database_grant(
        &Ident::new(current.database_name),
        &role,
    )];
    required.extend(catalogue_grants(catalogue, &role));
    required.extend(render::ledger_grants(&role));
    let protected = protected_settings(session, &suppressed_setting_names()).await?;
    let protected: Vec<String> = protected.into_iter().map(|setting| setting.name).collect();
    let One(server) = server_properties(session).await?;
    let tables = catalogue.tables().map(|(_, table)| &table.name);
    Ok(Grants {
        required,
        settings: render::setting_grants(&protected, &role),
        optional: render::scrub_grants(tables, &role, server.version_num),
    })
}

fn catalogue_grants(catalogue: &Catalogue, role: &Ident) -> Vec<String> {
    let mut read: Vec<_> = catalogue.accounts.iter().map(|a| &a.name).collect();
    read.extend(
        catalogue
            .short_codes
            .iter()
            .flat_map(|c| [&c.name, &c.owners]),
    );
    let tables: Vec<_> = catalogue.tables().map(|(_, table)| table).collect();
    let mut schemas: Vec<&Ident> = read
        .iter()
        .map(|name| &name.schema)
        .chain(tables.iter().map(|t| &t.name.schema))
        .collect();
    schemas.sort();
    schemas.dedup();
    let schemas = schemas
        .into_iter()
        .map(|schema| render::schema_grant(schema, role));
    let read = read.into_iter().map(|name| render::read_grant(name, role));
    let tables = tables
        .into_iter()
        .flat_map(|table| render::table_grants(table, role));
    schemas.chain(read).chain(tables).collect()
}
