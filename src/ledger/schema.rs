//! Installing and upgrading the ledger and the reference schema.

use data_encoding::HEXLOWER;
use refinery::Runner;
use sha2::{Digest as _, Sha256};

use crate::postgres::declared::commands;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::sql::Statement;
use crate::postgres::{Database, DatabaseError, MigrationFailure, Session};

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
pub(crate) struct Migrated {
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
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    #[error(
        "table lethe.{table} is not as version {version} of the ledger makes it\n  \
         detail: a column, default, constraint, index or trigger was added, changed or removed\n  \
         hint: undo the change; Lethe migrates only a ledger that it made itself"
    )]
    Changed { table: String, version: i32 },
}

/// A schema that others control. Migrating it as a powerful role, or running with it, could run their code.
#[derive(Debug, thiserror::Error)]
#[error(
    "schema {schema} cannot be trusted\n  detail: {problems}\n  \
     hint: it must belong to {LEDGER_OWNER}, to a superuser or to the role that connects, with everything in it; have a superuser \
     look at it, drop what Lethe did not create, and run `lethe migrate`"
)]
pub struct Untrusted {
    schema: &'static str,
    problems: String,
}

/// The role that owns the ledger where roles are separated (contract section 12).
pub(crate) const LEDGER_OWNER: &str = "lethe_owner";

/// More problems of a schema than this are not listed.
const LISTED_PROBLEMS: usize = 5;

/// Brings a schema up to this version, while no other process does; returns what was applied now.
///
/// # Errors
/// A schema that others control, or that is not what its version makes, is left as it is.
pub(crate) async fn migrate(
    database: &Database,
    session: &mut Session,
    schema: Schema,
) -> Result<Vec<Migrated>, MigrateError> {
    create(session).await?;
    // The lock is held by a session of its own: a migration has transactions of its own.
    let locking = database.session().await?;
    locking.begin().await?;
    lock(&locking).await?;
    let migrated = migrate_locked(session, schema).await;
    locking.rollback().await?;
    let migrated = migrated?;
    // After the lock is released, because the table of the lock is among what is given. The history of either schema's migrations is
    // in the ledger.
    session.run(&GIVE_TO_OWNER.into()).await?;
    Ok(migrated)
}

/// Creates the ledger's schema, unless there is one, which must be trusted.
async fn create(session: &Session) -> Result<(), MigrateError> {
    let One(found) = exists(session).await?;
    if !found.has_schema {
        match session.run(&CREATE_SCHEMA.into()).await {
            Ok(()) => {}
            // Another process, or somebody else, was faster.
            Err(error) if error.sqlstate.as_deref() == Some("42P06") => {}
            Err(error) => return Err(error.into()),
        }
    }
    check_trust(session, "lethe").await?;
    let One(found) = exists(session).await?;
    if !found.has_table {
        create_once(session, &CREATE_TABLE.into()).await?;
    }
    if !found.has_lock {
        create_once(session, &CREATE_LOCK.into()).await?;
    }
    Ok(())
}

/// Creates a table in a schema that can be trusted; another process that migrates may be faster.
async fn create_once(session: &Session, statement: &Statement) -> Result<(), DatabaseError> {
    match session.run(statement).await {
        Err(error) if matches!(error.sqlstate.as_deref(), Some("42P07" | "23505")) => Ok(()),
        ended => ended,
    }
}

/// Waits for the lock that allows one process at a time to migrate, and says for whom it waits.
async fn lock(session: &Session) -> Result<(), DatabaseError> {
    match session.run(&LOCK.into()).await {
        Err(error) if error.sqlstate.as_deref() == Some("55P03") => {}
        ended => return ended,
    }
    session.rollback().await?;
    if let Some(Migrating { pid, role_name }) = lock_holder(session).await? {
        tracing::warn!("waiting for session {pid} of role {role_name:?}, which is migrating");
    }
    session.begin().await?;
    session.run(&WAIT_FOR_LOCK.into()).await
}

async fn migrate_locked(
    session: &mut Session,
    schema: Schema,
) -> Result<Vec<Migrated>, MigrateError> {
    check_trust(session, "lethe").await?;
    match schema {
        Schema::Ledger => check_shapes(session).await?,
        // What the application has in its own schema is its own affair, but nothing is created in a stranger's.
        Schema::Reference if exists(session).await?.0.has_other_reference => {
            check_trust(session, "contact_centre").await?;
        }
        Schema::Reference => {}
    }
    let applied = session.apply(schema.runner()).await?;
    if schema == Schema::Ledger {
        check_shapes(session).await?;
    }
    let migrated = |m: &refinery::Migration| Migrated {
        version: i64::from(m.version()),
        name: m.name().to_owned(),
    };
    Ok(applied.iter().map(migrated).collect())
}

/// Refuses a schema that others control; one that does not exist is fine.
async fn check_trust(session: &Session, schema: &'static str) -> Result<(), MigrateError> {
    let found = foreign_objects(session, schema, LEDGER_OWNER).await?;
    match Untrusted::of(schema, &found) {
        Some(untrusted) => Err(untrusted.into()),
        None => Ok(()),
    }
}

impl Untrusted {
    fn of(schema: &'static str, found: &[ForeignObject]) -> Option<Untrusted> {
        if found.is_empty() {
            return None;
        }
        let listed = found.iter().take(LISTED_PROBLEMS);
        let listed: Vec<String> = listed
            .map(|found| format!("{} {}", found.object, found.problem))
            .collect();
        let more = match found.len() - listed.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        Some(Untrusted {
            schema,
            problems: listed.join("; ") + &more,
        })
    }
}

/// The digests of the tables that each version of the ledger makes: lines of version, table and digest, for tables that are
/// new or changed in a version. A test writes them.
const SHAPES: &str = include_str!("../../migrations/ledger/shapes.txt");

/// Refuses a ledger that is not what its version makes.
async fn check_shapes(session: &Session) -> Result<(), MigrateError> {
    let Some(version) = version(session).await?.0.version else {
        return Ok(());
    };
    let mut expected = std::collections::BTreeMap::new();
    for line in SHAPES.lines() {
        let mut words = line.split(' ');
        if let (Some(at), Some(table), Some(digest)) = (words.next(), words.next(), words.next())
            && at.parse().is_ok_and(|at: i32| at <= version)
        {
            expected.insert(table, digest);
        }
    }
    for row in shapes(session).await? {
        let digest = HEXLOWER.encode(&Sha256::digest(&row.shape));
        if expected.remove(row.table_name.as_str()) != Some(digest.as_str()) {
            return Err(MigrateError::Changed {
                table: row.table_name,
                version,
            });
        }
    }
    match expected.into_keys().next() {
        Some(table) => Err(MigrateError::Changed {
            table: table.to_owned(),
            version,
        }),
        None => Ok(()),
    }
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
#[derive(Debug)]
pub(crate) enum Installed {
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
    /// Others control its schema.
    Untrusted(Untrusted),
}

/// Compares the ledger with the one that this program needs, and checks that it can be trusted.
pub(crate) async fn installed(session: &Session) -> Result<Installed, DatabaseError> {
    let (found, foreign) = futures_util::join!(
        is_installed(session),
        foreign_objects(session, "lethe", LEDGER_OWNER)
    );
    if let Some(untrusted) = Untrusted::of("lethe", &foreign?) {
        return Ok(Installed::Untrusted(untrusted));
    }
    if !found?.0.installed {
        return Ok(Installed::Outdated);
    }
    let migrations = Schema::Ledger.runner();
    let versions = migrations.get_migrations().iter().map(|m| m.version());
    let program = versions.max().unwrap_or(0);
    match version(session).await?.0.version {
        Some(ledger) if ledger > program => Ok(Installed::Newer { ledger, program }),
        Some(ledger) if ledger < program => Ok(Installed::Outdated),
        Some(_) | None => Ok(Installed::Current),
    }
}

/// The role that owns the ledger; `None`: there is no ledger.
pub(crate) async fn owner(session: &Session) -> Result<Option<String>, DatabaseError> {
    Ok(read_owner(session).await?.map(|row| row.owner))
}

/// The name of this ledger's folder in the spool: several ledgers may share Lethe's data folder.
pub(crate) async fn spool_name(session: &Session) -> Result<String, DatabaseError> {
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

row! {
    struct Exists {
        has_schema: bool,
        has_table: bool,
        has_lock: bool,
        has_other_reference: bool,
    }
}

row! {
    /// Something in a schema that Lethe did not create, or that others control.
    struct ForeignObject {
        object: String,
        problem: String,
    }
}

row! {
    /// A table of the ledger.
    struct Shape {
        table_name: String,
        shape: String,
    }
}

row! {
    /// The session that migrates.
    struct Migrating {
        pid: i32,
        role_name: String,
    }
}

queries! {
    fn exists() -> One<Exists> = "ledger/migrate/exists.sql";
    fn lock_holder() -> Option<Migrating> = "ledger/migrate/lock_holder.sql";
    fn foreign_objects(schema: &str, owner: &str) -> Vec<ForeignObject> = "ledger/schema/foreign_objects.sql";
    fn shapes() -> Vec<Shape> = "ledger/migrate/shapes.sql";
    fn is_installed() -> One<IsInstalled> = "ledger/schema/is_installed.sql";
    fn read_owner() -> Option<Owner> = "ledger/migrate/owner.sql";
    fn version() -> One<Version> = "ledger/schema/version.sql";
    fn read_spool_name() -> Option<SpoolName> = "ledger/schema/spool_name.sql";
}

commands! {
    CREATE_SCHEMA = "ledger/migrate/create.sql";
    CREATE_TABLE = "ledger/migrate/create_table.sql";
    CREATE_LOCK = "ledger/migrate/create_lock.sql";
    LOCK = "ledger/migrate/lock.sql";
    WAIT_FOR_LOCK = "ledger/migrate/wait_for_lock.sql";
    GIVE_TO_OWNER = "ledger/migrate/give_to_owner.sql";
}
