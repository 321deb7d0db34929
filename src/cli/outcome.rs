//! How a command ends: its outcome, or why there is none.

use std::process::ExitCode;

use crate::catalogue::CatalogueError;
use crate::cli::config::ConfigError;
use crate::domain::clock::InvalidNow;
use crate::domain::database_role::DatabaseRole;
use crate::domain::text::printable;
use crate::drop::DropError;
use crate::ledger::MigrateError;
use crate::postgres::{ConnectError, DatabaseError, Superuser, SuperuserKind};
use crate::proof::receipt::KeyError;
use crate::service::ServiceError;
use crate::service::cases::CaseError;
use crate::service::control::ControlError;
use crate::service::keyring::SecretError;
use private_postgres::ClusterError;

pub use crate::service::outcome::Outcome;

impl Outcome {
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(self.code())
    }

    pub fn code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::Errors => 3,
            Outcome::Usage => 2,
            Outcome::Failed => 1,
        }
    }
}

/// Why a command did not come to an outcome.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Now(#[from] InvalidNow),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(
        "the ledger of Lethe is not installed in this database, or has an older version\n  hint: run `lethe migrate`"
    )]
    NotInstalled,
    #[error(
        "the ledger is newer than this program\n  detail: the ledger has version {ledger}, this program knows versions up to {program}\n  \
         hint: use the version of lethe that migrated the ledger, or a newer one"
    )]
    NewerLedger { ledger: i32, program: i32 },
    #[error(
        "role {} may not {}\n  detail: it lacks privileges on Lethe's own tables ({})\n  \
         hint: connect as {role}, or as a member of it; `lethe catalogue grants` prints what it needs",
        printable(.session_role), .role.duty(), .tables.join(", ")
    )]
    RightsMissing {
        session_role: String,
        role: DatabaseRole,
        tables: Vec<String>,
    },
    #[error(
        "role {} may only migrate the ledger and change the rules for cases\n  detail: it owns the ledger\n  hint: connect as {role}, or as a member of it",
        DatabaseRole::Owner
    )]
    OwnerRefused { role: DatabaseRole },
    #[error(
        "role {} may not {}\n  detail: {}\n  \
         hint: connect as {role}, or as a member of it; `lethe catalogue grants` prints what it needs",
        printable(.superuser.session_role.as_str()), .role.duty(), unlimited(.superuser)
    )]
    SuperuserRefused {
        superuser: Superuser,
        role: DatabaseRole,
    },
    #[error(
        "role {} may not read the whole database\n  detail: {}\n  \
         hint: connect as the owner of the tables, or as a member of pg_read_all_data",
        printable(.0.session_role.as_str()), unlimited(.0)
    )]
    SuperuserReads(Superuser),
    #[error(transparent)]
    Embedded(#[from] ClusterError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Case(CaseError),
    #[error("the demo failed\n  detail: {0}")]
    Demo(String),
    #[error("{doing} failed\n  detail: {cause}")]
    Io {
        doing: &'static str,
        cause: std::io::Error,
    },
}

/// Why the server refuses a role nothing.
fn unlimited(superuser: &Superuser) -> String {
    let Superuser {
        session_role,
        login_role,
        role,
        kind,
    } = superuser;
    let (is_itself, name) = (role == session_role, printable(role));
    match kind {
        SuperuserKind::Superuser if is_itself => {
            "it is a superuser, to which the server refuses nothing".to_owned()
        }
        SuperuserKind::Superuser if role == login_role => {
            format!("the session logged in as {name}, a superuser, and can become it again")
        }
        SuperuserKind::Superuser => format!("it can become {name}, a superuser"),
        SuperuserKind::ServerFiles => {
            format!(
                "as a member of {name} it can become a superuser, by files or programs of the server"
            )
        }
        SuperuserKind::CreateRole if is_itself => {
            "it can make itself a superuser, because it has CREATEROLE".to_owned()
        }
        SuperuserKind::CreateRole => {
            format!(
                "it can become {name}, which can make itself a superuser because it has CREATEROLE"
            )
        }
    }
}

/// Errors of lower floors, as services report them.
macro_rules! from_below {
    ($($error:ty),*) => {
        $(impl From<$error> for CommandError {
            fn from(error: $error) -> CommandError {
                CommandError::Service(error.into())
            }
        })*
    };
}

from_below!(
    DatabaseError,
    CatalogueError,
    DropError,
    KeyError,
    SecretError
);

impl From<ControlError> for CommandError {
    fn from(error: ControlError) -> CommandError {
        match error {
            ControlError::Database(error) => error.into(),
            usage => CommandError::Usage(usage.to_string()),
        }
    }
}

impl From<CaseError> for CommandError {
    fn from(error: CaseError) -> CommandError {
        match error {
            CaseError::Service(error) => error.into(),
            other => CommandError::Case(other),
        }
    }
}

impl CommandError {
    /// Exit 2 for usage, configuration and connections that can't be used; 1 for what may succeed when run again.
    pub fn outcome(&self) -> Outcome {
        match self {
            CommandError::Usage(_)
            | CommandError::Case(_)
            | CommandError::Now(_)
            | CommandError::Config(_)
            | CommandError::NotInstalled
            | CommandError::RightsMissing { .. }
            | CommandError::OwnerRefused { .. }
            | CommandError::SuperuserRefused { .. }
            | CommandError::SuperuserReads(_)
            | CommandError::NewerLedger { .. }
            | CommandError::Migrate(MigrateError::Untrusted(_) | MigrateError::Changed { .. }) => {
                Outcome::Usage
            }
            CommandError::Service(error) => error.outcome(),
            CommandError::Connect(error) if error.is_configuration() => Outcome::Usage,
            _ => Outcome::Failed,
        }
    }
}
