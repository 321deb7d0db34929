//! Runs pg_repack, which rewrites a table while others read and write it.
//!
//! pg_repack is an external program. It receives the connection parameters in libpq's environment variables. Its output is
//! discarded because it may quote rows.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::process::{Child, Command};

use super::name::TableName;
use super::query::queries;
use super::row::row;
use super::{Database, DatabaseError, Session};

/// The program and its connection parameters.
pub(crate) struct Repack {
    program: PathBuf,
    database: String,
    variables: Vec<(&'static str, SecretString)>,
}

/// Why pg_repack cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoRepack {
    #[error(
        "cannot use pg_repack\n  detail: the extension pg_repack is not installed in this database\n  hint: CREATE EXTENSION pg_repack, or leave --repack out"
    )]
    Extension,
    #[error(
        "cannot use pg_repack\n  detail: the program pg_repack is neither in PATH nor among PostgreSQL's programs\n  hint: install it, or leave --repack out"
    )]
    Program,
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// How a run of pg_repack ended.
#[derive(Debug)]
pub(crate) enum RepackEnd {
    /// It exited by itself.
    Exited(ExitStatus),
    /// It was interrupted at the time limit.
    TimedOut,
}

row! {
    /// The database in which the extension is installed.
    struct Extension {
        database: String,
    }
}

queries! {
    fn extension() -> Option<Extension> = "scrub/repack.sql";
}

impl Repack {
    /// Looks for the extension and the program; `folders` are searched after `PATH`.
    pub(crate) async fn find(
        database: &Database,
        session: &Session,
        folders: &[PathBuf],
    ) -> Result<Repack, NoRepack> {
        let extension = extension(session).await?.ok_or(NoRepack::Extension)?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = std::env::split_paths(&path)
            .chain(folders.iter().cloned())
            .map(|folder| folder.join("pg_repack"))
            .find(|program| program.is_file())
            .ok_or(NoRepack::Program)?;
        Ok(Repack {
            program,
            database: extension.database,
            variables: database.variables(),
        })
    }

    /// Rewrites a table. `lock` limits each wait for a lock, `limit` the whole run. It terminates no other session. `None`:
    /// the program could not be started, or its end is unknown.
    pub(crate) async fn rewrite(
        &self,
        table: &TableName,
        lock: Duration,
        limit: Duration,
    ) -> Option<RepackEnd> {
        match self.command(table, lock).spawn() {
            Ok(child) => wait(child, limit).await,
            Err(_) => None,
        }
    }

    fn command(&self, table: &TableName, lock: Duration) -> Command {
        let mut command = Command::new(&self.program);
        let of_libpq = |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with("PG"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| of_libpq(name)) {
            command.env_remove(name);
        }
        let variables = self.variables.iter();
        let variables = variables.map(|(name, value)| (*name, value.expose_secret()));
        command
            .envs(variables)
            .args(["--no-order", "--no-kill-backend", "--no-superuser-check"])
            .arg("--no-password")
            .arg(format!("--wait-timeout={}", lock.as_secs().max(1)))
            .arg(format!("--table={table}"))
            .arg(format!("--dbname={}", self.database))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is meant for Lethe, which stops after this table.
            .process_group(0);
        command
    }
}

/// Waits for the end of the process. At the limit it is interrupted, upon which it removes its temporary objects.
async fn wait(mut child: Child, limit: Duration) -> Option<RepackEnd> {
    match tokio::time::timeout(limit, child.wait()).await {
        Ok(ended) => ended.ok().map(RepackEnd::Exited),
        Err(_) => {
            if let Some(pid) = child.id() {
                // The process may have ended meanwhile, so an error means nothing.
                let _ = kill(Pid::from_raw(pid as i32), Signal::SIGINT);
            }
            child.wait().await.ok().map(|_| RepackEnd::TimedOut)
        }
    }
}
