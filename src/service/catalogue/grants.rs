//! The statements that give the database roles their privileges (contract section 12).

use crate::catalogue::{Catalogue, render};
use crate::domain::database_role::DatabaseRole;
use crate::ledger::{self, Right};
use crate::postgres::name::Ident;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session, server_properties, suppressed_setting_names};

/// Settings that keep values out of the server log: parameters, rows that errors and plans quote. Statements are no values, so
/// those of Care stay in the log.
const QUOTING: [&str; 4] = [
    "auto_explain.log_min_duration",
    "log_error_verbosity",
    "log_min_messages",
    "log_parameter_max_length",
];

/// The first version with the privilege to vacuum the tables of others.
const MAINTAIN_SINCE: i32 = 170_000;

/// The statements that give a role its privileges. They can be applied again, and take away what an older release granted too
/// widely.
pub(crate) struct Grants {
    pub(crate) role: DatabaseRole,
    /// What the role needs.
    pub(crate) required: Vec<String>,
    /// What only a superuser can give; `None` where the server has no such privilege.
    pub(crate) settings: Option<String>,
    /// What `scrub` and `census` need, commented out.
    pub(crate) optional: Vec<String>,
}

/// Lists the privileges of roles on this database, whether they have them or not. `roles` says which role has which name.
pub(crate) async fn grants(
    session: &Session,
    catalogue: &Catalogue,
    roles: &[(DatabaseRole, &str)],
) -> Result<Vec<Grants>, DatabaseError> {
    let One(current) = current_database(session).await?;
    let One(server) = server_properties(session).await?;
    let protected = protected_settings(session, &suppressed_setting_names()).await?;
    let server = Server {
        database: Ident::new(current.database_name),
        version: server.version_num,
        protected: protected.into_iter().map(|setting| setting.name).collect(),
        owner: ledger::owner(session).await?,
    };
    let of = |(role, name): &(DatabaseRole, &str)| server.grants(catalogue, *role, name);
    Ok(roles.iter().map(of).collect())
}

/// What the statements depend on apart from the catalogue.
struct Server {
    database: Ident,
    version: i32,
    /// Settings that only superusers may change, or roles to which they grant it.
    protected: Vec<String>,
    /// The owner of the ledger; `None`: there is no ledger.
    owner: Option<String>,
}

impl Server {
    fn grants(&self, catalogue: &Catalogue, role: DatabaseRole, name: &str) -> Grants {
        let ident = Ident::new(name);
        let database = &self.database;
        let mut required = match role {
            DatabaseRole::Engine | DatabaseRole::Care => {
                vec![render::staging_grant(database, &ident)]
            }
            DatabaseRole::Owner | DatabaseRole::Reader => {
                vec![render::connect_grant(database, &ident)]
            }
        };
        let (mut settings, mut optional) = (None, Vec::new());
        match role {
            DatabaseRole::Engine => {
                required.extend(schema_grants(catalogue, &ident));
                required.extend(render::engine_grants(catalogue, &ident));
                settings = render::setting_grants(&self.protected, &ident);
                let tables = catalogue.tables().map(|(_, table)| &table.name);
                optional = render::scrub_grants(tables, &ident, self.version);
            }
            DatabaseRole::Care => {
                required.extend(schema_grants(catalogue, &ident));
                required.extend(render::care_grants(catalogue, &ident));
                let mut protected = self.protected.clone();
                protected.retain(|setting| QUOTING.contains(&setting.as_str()));
                settings = render::setting_grants(&protected, &ident);
            }
            DatabaseRole::Owner | DatabaseRole::Reader => {}
        }
        // Who owns the ledger has every right on it, which a REVOKE would take from its own migrations.
        if role != DatabaseRole::Owner && self.owner.as_deref() != Some(name) {
            required.extend(ledger_grants(role, &ident));
            if role == DatabaseRole::Engine && self.version >= MAINTAIN_SINCE {
                required.push(render::ledger_maintain_grant(&ledger::PURGED, &ident));
            }
        }
        Grants {
            role,
            required,
            settings,
            optional,
        }
    }
}

fn schema_grants(catalogue: &Catalogue, role: &Ident) -> impl Iterator<Item = String> {
    let schemas = render::schemas(catalogue).into_iter();
    schemas.map(|schema| render::schema_grant(schema, role))
}

fn ledger_grants(role: DatabaseRole, name: &Ident) -> Vec<String> {
    let mut grants = vec![
        render::schema_grant(&Ident::new("lethe"), name),
        render::ledger_revoke(name),
    ];
    let rights = ledger::rights(role);
    for of_table in rights.chunk_by(|a, b| a.table == b.table) {
        let privilege = |right: &Right| (right.privilege.into(), right.columns);
        let privileges: Vec<(&str, &[&str])> = of_table.iter().map(privilege).collect();
        grants.push(render::ledger_grant(of_table[0].table, &privileges, name));
    }
    grants
}

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
