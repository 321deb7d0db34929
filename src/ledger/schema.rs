//! Installing and upgrading the ledger and the reference schema.

use refinery::Runner;

use crate::postgres::declared::commands;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, MigrationFailure, Session};

mod ledger_migrations {
    refinery::embed_migrations!("migrations/ledger");
}

mod contact_centre_migrations {
    refinery::embed_migrations!("migrations/contact_centre");
}

/// What can be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Schema `lethe`.
    Ledger,
    /// Schema `contact_centre` (contract section 9).
    Reference,
}

impl Schema {
    fn runner(self) -> Runner {
        match self {
            Schema::Ledger => {
                let mut runner = ledger_migrations::migrations::runner();
                runner.set_migration_table_name("lethe.ledger_migration");
                runner
            }
            Schema::Reference => {
                let mut runner = contact_centre_migrations::migrations::runner();
                runner.set_migration_table_name("lethe.contact_centre_migration");
                runner
            }
        }
    }
}

/// A migration that was applied now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Migrated {
    pub(crate) version: i64,
    pub(crate) name: String,
}

/// Why a schema could not be installed or upgraded; each migration is a transaction, so nothing is half done.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("another version of lethe made the ledger of this database\n  detail: {0}")]
    Diverged(String),
    #[error("a migration failed: {0}")]
    Failed(DatabaseError),
}

/// Brings a schema up to this version, while no other process does; returns what was applied now.
pub async fn migrate(session: &mut Session, schema: Schema) -> Result<Vec<Migrated>, MigrateError> {
    lock(session).await?;
    let migrated = migrate_locked(session, schema).await;
    unlock(session).await?;
    migrated
}

async fn migrate_locked(
    session: &mut Session,
    schema: Schema,
) -> Result<Vec<Migrated>, MigrateError> {
    session.run(&CREATE_SCHEMA.into()).await?;
    let applied = session.apply(schema.runner()).await?;
    let migrated = |m: &refinery::Migration| Migrated {
        version: i64::from(m.version()),
        name: m.name().to_owned(),
    };
    Ok(applied.iter().map(migrated).collect())
}

impl From<MigrationFailure> for MigrateError {
    fn from(failure: MigrationFailure) -> MigrateError {
        match failure {
            MigrationFailure::Database(error) => MigrateError::Failed(error),
            MigrationFailure::Diverged(difference) => MigrateError::Diverged(difference),
        }
    }
}

/// Whether this program can use the ledger of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installed {
    Current,
    /// Missing, or of an older version.
    Outdated,
    /// A newer program has migrated it.
    Newer {
        /// The version of the ledger.
        ledger: i32,
        /// The newest version that this program knows.
        program: i32,
    },
}

/// Compares the ledger with the one that this program needs.
pub async fn installed(session: &Session) -> Result<Installed, DatabaseError> {
    if !is_installed(session).await?.0.installed {
        return Ok(Installed::Outdated);
    }
    let migrations = Schema::Ledger.runner();
    let versions = migrations.get_migrations().iter().map(|m| m.version());
    let program = versions.max().unwrap_or(0);
    match version(session).await?.0.version {
        Some(ledger) if ledger > program => Ok(Installed::Newer { ledger, program }),
        Some(_) | None => Ok(Installed::Current),
    }
}

/// The role that owns the ledger; `None`: there is no ledger.
pub(crate) async fn owner(session: &Session) -> Result<Option<String>, DatabaseError> {
    Ok(read_owner(session).await?.map(|row| row.owner))
}

/// The name of this ledger's folder in the spool: several ledgers may share Lethe's data folder.
pub async fn spool_name(session: &Session) -> Result<String, DatabaseError> {
    let row = read_spool_name(session).await?;
    Ok(row.map_or_else(String::new, |row| row.spool_name))
}

row! {
    struct IsInstalled {
        installed: bool,
    }
}

row! {
    struct Version {
        version: Option<i32>,
    }
}

row! {
    struct SpoolName {
        spool_name: String,
    }
}

row! {
    struct Owner {
        owner: String,
    }
}

queries! {
    fn lock() = "ledger/schema/lock.sql";
    fn unlock() = "ledger/schema/unlock.sql";
    fn is_installed() -> One<IsInstalled> = "ledger/schema/is_installed.sql";
    fn read_owner() -> Option<Owner> = "ledger/schema/owner.sql";
    fn version() -> One<Version> = "ledger/schema/version.sql";
    fn read_spool_name() -> Option<SpoolName> = "ledger/schema/spool_name.sql";
}

commands! {
    CREATE_SCHEMA = "ledger/schema/create.sql";
}
