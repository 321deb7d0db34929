//! What commands share, built from the configuration and the command line.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::catalogue::{Access, Catalogue, Source};
use crate::cli::arguments::{DropArgs, Global, PaceArgs, Until};
use crate::cli::config::Config;
use crate::cli::{CommandError, clock, config_file};
use crate::domain::clock::Clock;
use crate::domain::database_role::DatabaseRole;
use crate::engine::Workload;
use crate::ledger::{self, Installed, MigrateError, RoleRights};
use crate::postgres::declared::commands;
use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::{APPLICATION, Database, Session, Superuser};
use crate::service::keyring::AbsentSecret;
use crate::service::runner::{CaseSweep, PassSettings};
use crate::service::settings::{DropConfig, check_given_folder};
use crate::service::workspace::{Workspace, drop_name};
use private_postgres::Cluster;

/// The address that stands for a private cluster.
const EMBEDDED: &str = "embedded";
/// The database of an embedded cluster.
const DATABASE: &str = "lethe";

row! {
    /// A database that exists.
    #[expect(dead_code, reason = "only whether there is a row matters")]
    struct FoundDatabase {
        found: i32,
    }
}

queries! {
    fn database_found(name: &str) -> Option<FoundDatabase> = "session/database_exists.sql";
}

commands! { CREATE_DATABASE = "session/create_database.sql"; }

/// Configuration and clock.
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    /// The part that services need.
    pub(crate) workspace: Workspace,
    place: Place,
}

/// Where the database is.
enum Place {
    /// At this address.
    Address(SecretString),
    /// In the private cluster of Lethe's data folder.
    Embedded,
    /// In another private cluster, at this address.
    Private(String),
}

/// A database, with its cluster where that is a private one.
pub(crate) struct Connected {
    pub(crate) database: Database,
    /// Stops when this is dropped, after the sessions were closed.
    _cluster: Option<Cluster>,
}

impl Context {
    /// Reads the configuration.
    pub(crate) fn open(global: &Global) -> Result<Context, CommandError> {
        let path = config_file::find(global.config.as_deref())?;
        let config = path
            .as_deref()
            .map_or_else(|| Ok(Config::default()), Config::read)?;
        if let (Some(path), Some(address)) = (&path, &config.database)
            && pg_connect::holds_password(address.expose_secret())
            && let Some(warning) = pg_connect::exposed_password_warning("configuration", path)
        {
            tracing::warn!("{warning}");
        }
        let given = global
            .database
            .clone()
            .filter(|address| !address.expose_secret().is_empty());
        let place = match given.or_else(|| config.database.clone()) {
            Some(address) if address.expose_secret() != EMBEDDED => Place::Address(address),
            _ => Place::Embedded,
        };
        let clock = clock::clock()?;
        let absent = match place {
            Place::Address(_) => AbsentSecret::Refused,
            Place::Embedded | Place::Private(_) => AbsentSecret::Made,
        };
        Ok(Context {
            workspace: config.workspace(clock.clone(), absent),
            config,
            clock,
            place,
        })
    }

    /// For the demo: the configuration of the user is not read.
    pub(crate) fn for_demo(config: Config, clock: Clock, address: String) -> Context {
        Context {
            workspace: config.workspace(clock.clone(), AbsentSecret::Made),
            config,
            clock,
            place: Place::Private(address),
        }
    }

    /// Applies the pace options of the command line.
    pub(crate) fn pace(&mut self, args: &PaceArgs) -> Workload {
        let config = &mut self.config;
        config.workers = args.workers.or(config.workers);
        config.max_rows_per_second = args.max_rows_per_second.or(config.max_rows_per_second);
        config.max_wal_rate = args.max_wal_rate.or(config.max_wal_rate);
        config.max_replica_lag = args.max_replica_lag.or(config.max_replica_lag);
        match args.offline {
            true => Workload::Offline,
            false => Workload::Live,
        }
    }

    /// How a pass looks for submissions, and how fast it goes.
    pub(crate) fn pass_settings(
        &self,
        workload: Workload,
        until: Option<Until>,
        cases: CaseSweep,
    ) -> PassSettings {
        let until = until.map(|until| until.moment(self.clock.now()));
        PassSettings {
            settle: self.config.settle(),
            reconnect_for: self.config.reconnect_for(),
            workers: self.config.workers(workload),
            pace: self.config.pace(workload, until),
            scrub: self.config.scrub,
            cases,
        }
    }

    /// Lethe's own folder.
    pub(crate) fn data_folder(&self) -> Result<PathBuf, CommandError> {
        Ok(self.workspace.data_folder()?)
    }

    /// The file of the key that signs receipts.
    pub(crate) fn receipt_key(&self) -> Result<PathBuf, CommandError> {
        Ok(self.workspace.receipt_key()?)
    }

    /// The drops of a command: the given one, else all that are configured.
    pub(crate) fn drops(&self, args: &DropArgs) -> Result<Vec<DropConfig>, CommandError> {
        let Some(folder) = &args.folder else {
            return Ok(self.config.drops.clone());
        };
        if args.accounts.is_empty() {
            let named = self
                .config
                .drops
                .iter()
                .find(|drop| Path::new(&drop.name) == folder);
            return match named {
                Some(drop) if args.product.is_none() && args.time_zone.is_none() => {
                    Ok(vec![drop.clone()])
                }
                Some(drop) => Err(CommandError::Usage(format!(
                    "the product and time zone of drop {:?} are configured\n  hint: leave out --product and --time-zone",
                    drop.name
                ))),
                None => Err(CommandError::Usage(format!(
                    "{} is not a configured drop\n  hint: a folder needs --account with the accounts that it may reach",
                    crate::domain::text::printable(folder)
                ))),
            };
        }
        check_given_folder(folder, &self.config.drops, self.config.care.as_ref())
            .map_err(CommandError::Usage)?;
        Ok(vec![DropConfig {
            name: drop_name(folder),
            path: folder.clone(),
            accounts: args.accounts.clone(),
            product: args.product.unwrap_or_default(),
            time_zone: args.time_zone.unwrap_or(chrono_tz::Tz::UTC),
        }])
    }

    /// The same; an error where there is none.
    pub(crate) fn some_drops(&self, args: &DropArgs) -> Result<Vec<DropConfig>, CommandError> {
        let drops = self.drops(args)?;
        if drops.is_empty() {
            return Err(CommandError::Usage(
                "no drop is configured\n  hint: give --drop DIR --account ID, or configure drops in lethe.toml (see lethe.example.toml)"
                    .to_owned(),
            ));
        }
        Ok(drops)
    }

    /// Connects, as a superuser too; a private cluster is started first.
    pub(crate) async fn connect(&self) -> Result<Connected, CommandError> {
        let elsewhere = match &self.place {
            Place::Address(address) => {
                Some(Database::connect(address.expose_secret(), "lethe").await?)
            }
            Place::Private(address) => Some(Database::connect_private(address, "lethe").await?),
            Place::Embedded => None,
        };
        if let Some(database) = elsewhere {
            return Ok(Connected {
                database,
                _cluster: None,
            });
        }
        let keeper = std::env::current_exe().map_err(|cause| CommandError::Io {
            doing: "finding lethe itself",
            cause,
        })?;
        let cluster =
            Cluster::persistent(&APPLICATION, &keeper, &self.data_folder()?.join("cluster"))?;
        ensure_database(&cluster).await?;
        let database =
            Database::connect_private(&cluster.connection_string(DATABASE), "lethe").await?;
        Ok(Connected {
            database,
            _cluster: Some(cluster),
        })
    }

    /// Connects to read tables of the database, whatever the catalogue declares; not as a superuser.
    pub(crate) async fn connect_to_read(&self) -> Result<(Connected, Session), CommandError> {
        let connected = self.connect().await?;
        if let Some(superuser) = self.superuser(&connected) {
            return Err(CommandError::SuperuserReads(superuser));
        }
        let session = connected.database.session().await?;
        Ok((connected, session))
    }

    /// Connects, and checks that the role of the session may do what `role` is for. The ledger need not be installed.
    pub(crate) async fn connect_as(
        &self,
        role: DatabaseRole,
    ) -> Result<(Connected, Session), CommandError> {
        let connected = self.connect().await?;
        self.refuse_superuser(&connected, role)?;
        let session = connected.database.session().await?;
        let rights = ledger::role_rights(&session, role).await?;
        if rights.has_ledger {
            check_rights(rights, role)?;
        }
        Ok((connected, session))
    }

    /// The same, and checks that the ledger is installed.
    pub(crate) async fn connect_to_ledger(
        &self,
        role: DatabaseRole,
    ) -> Result<(Connected, Session), CommandError> {
        let connected = self.connect().await?;
        self.refuse_superuser(&connected, role)?;
        self.ledger_session(connected, role).await
    }

    /// The same for a scrub that rewrites tables, which some servers allow to superusers only.
    pub(crate) async fn connect_to_rewrite(&self) -> Result<(Connected, Session), CommandError> {
        let connected = self.connect().await?;
        self.ledger_session(connected, DatabaseRole::Engine).await
    }

    async fn ledger_session(
        &self,
        connected: Connected,
        role: DatabaseRole,
    ) -> Result<(Connected, Session), CommandError> {
        let session = connected.database.session().await?;
        let rights = ledger::role_rights(&session, role).await?;
        if !rights.has_ledger {
            return Err(CommandError::NotInstalled);
        }
        // A role without any right on the ledger cannot even ask for its version.
        if rights.may_use_ledger {
            match ledger::installed(&session).await? {
                Installed::Current => {}
                Installed::Outdated => return Err(CommandError::NotInstalled),
                Installed::Newer { ledger, program } => {
                    return Err(CommandError::NewerLedger { ledger, program });
                }
                Installed::Untrusted(untrusted) => {
                    return Err(MigrateError::from(untrusted).into());
                }
            }
        }
        check_rights(rights, role)?;
        Ok((connected, session))
    }

    /// Fails if the role of the sessions is a superuser, or can become one.
    fn refuse_superuser(
        &self,
        connected: &Connected,
        role: DatabaseRole,
    ) -> Result<(), CommandError> {
        match self.superuser(connected) {
            Some(superuser) => Err(CommandError::SuperuserRefused { superuser, role }),
            None => Ok(()),
        }
    }

    /// The superuser that the role of the sessions is or can become. Nobody but Lethe's user reaches a private cluster, which has
    /// no other role: that one does not count.
    fn superuser(&self, connected: &Connected) -> Option<Superuser> {
        match self.place {
            Place::Address(_) => connected.database.superuser().cloned(),
            Place::Embedded | Place::Private(_) => None,
        }
    }

    /// Reads the files of the catalogue.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, CommandError> {
        Ok(self.workspace.sources()?)
    }

    /// Reads the catalogue and checks it against the live schema, and that the role of the session has the rights for `access`.
    pub(crate) async fn catalogue(
        &self,
        session: &Session,
        access: Access,
    ) -> Result<Catalogue, CommandError> {
        Ok(self.workspace.catalogue(session, access).await?)
    }
}

/// Fails if the role of a session may not do what `role` is for.
fn check_rights(rights: RoleRights, role: DatabaseRole) -> Result<(), CommandError> {
    if rights.role_name == DatabaseRole::Owner.name() && role != DatabaseRole::Owner {
        return Err(CommandError::OwnerRefused { role });
    }
    match rights.missing.is_empty() {
        true => Ok(()),
        false => Err(CommandError::RightsMissing {
            session_role: rights.role_name,
            role,
            tables: rights.missing,
        }),
    }
}

/// Creates the database of a private cluster at first use.
async fn ensure_database(cluster: &Cluster) -> Result<(), CommandError> {
    let address = cluster.connection_string("postgres");
    let maintenance = Database::connect_private(&address, "lethe").await?;
    let session = maintenance.session().await?;
    if database_found(&session, DATABASE).await?.is_none() {
        session.run(&CREATE_DATABASE.into()).await?;
    }
    Ok(())
}
