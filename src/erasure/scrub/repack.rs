//! Writing tables anew beside readers and writers: by pg_repack, where the database has it.
//!
//! It is a program of its own: it gets the connection by libpq's variables, and what it says is not shown, as it may quote
//! rows. It is believed by what it did: the table has another file, and no trigger of it is left.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::process::{Child, Command};

use super::estimate::estimate;
use super::horizon::{Holder, HolderKind, Keeps};
use super::levels::Times;
use super::target::Unit;
use crate::domain::level::Level;
use crate::postgres::sql::sql_file;
use crate::postgres::{Database, DatabaseError, Session};

/// How many times as long as estimated it may take, beside what it waits.
const SLOWER: u64 = 10;

/// The program, and where it connects to.
pub struct Repack {
    program: PathBuf,
    database: String,
    variables: Vec<(&'static str, SecretString)>,
}

/// Why tables cannot be written anew in this way.
#[derive(Debug, thiserror::Error)]
pub enum NoRepack {
    #[error(
        "this database does not have pg_repack; CREATE EXTENSION pg_repack, or leave --repack out"
    )]
    Extension,
    #[error(
        "the program pg_repack is neither in PATH nor beside PostgreSQL's programs; install it, or leave --repack out"
    )]
    Program,
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Repack {
    /// Looks for the extension and the program; `folders` are searched after `PATH`.
    pub async fn find(
        database: &Database,
        session: &Session,
        folders: &[PathBuf],
    ) -> Result<Repack, NoRepack> {
        let statement = sql_file!("scrub/repack.sql").into();
        let row = session.query_opt(&statement, &[]).await?;
        let row = row.ok_or(NoRepack::Extension)?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = std::env::split_paths(&path)
            .chain(folders.iter().cloned())
            .map(|folder| folder.join("pg_repack"))
            .find(|program| program.is_file())
            .ok_or(NoRepack::Program)?;
        Ok(Repack {
            program,
            database: row.get("database"),
            variables: database.variables(),
        })
    }

    /// Writes a table anew; what stood in the way. It ends nobody's session.
    pub(super) async fn write_anew(
        &self,
        session: &Session,
        unit: &Unit,
        times: Times,
    ) -> Result<Option<Holder>, DatabaseError> {
        // It waits for every transaction that is going on, for ever.
        let guess = estimate(unit, Level::Two, true).seconds.unsigned_abs();
        let patience = times.lock + Duration::from_secs(SLOWER * guess);
        let left = times.statement.unwrap_or(Duration::MAX);
        let before = look(session, unit).await?;
        let ended = match self.command(unit, times.lock).spawn() {
            Ok(child) => wait(child, patience.min(left)).await,
            Err(_) => None,
        };
        let after = look(session, unit).await?;
        let ended = match ended {
            Some(Ended::Told) if left <= patience => Some(Ended::Window),
            ended => ended,
        };
        Ok(judge(unit, ended, before.file != after.file, after.trigger))
    }

    fn command(&self, unit: &Unit, lock: Duration) -> Command {
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
            .arg(format!("--table={}", unit.name))
            .arg(format!("--dbname={}", self.database))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C is Lethe's: it ends after this table.
            .process_group(0);
        command
    }
}

/// What the server has of a table.
struct Look {
    file: Option<u32>,
    trigger: bool,
}

async fn look(session: &Session, unit: &Unit) -> Result<Look, DatabaseError> {
    let statement = sql_file!("scrub/repacked.sql").into();
    let row = session.query_opt(&statement, &[&unit.oid]).await?;
    Ok(Look {
        file: row.as_ref().and_then(|row| row.get("file")),
        trigger: row.is_some_and(|row| row.get("trigger")),
    })
}

/// Waits for its end; where its time is over, it is told to stop, and removes what it made. `None`: nobody knows.
async fn wait(mut child: Child, time: Duration) -> Option<Ended> {
    match tokio::time::timeout(time, child.wait()).await {
        Ok(ended) => ended.ok().map(Ended::ByItself),
        Err(_) => {
            if let Some(pid) = child.id() {
                // It may have ended just now.
                let _ = kill(Pid::from_raw(pid as i32), Signal::SIGINT);
            }
            child.wait().await.ok().map(|_| Ended::Told)
        }
    }
}

enum Ended {
    ByItself(ExitStatus),
    /// It was told to, as it took too long.
    Told,
    /// The same, as the window ended.
    Window,
}

fn judge(unit: &Unit, ended: Option<Ended>, anew: bool, trigger: bool) -> Option<Holder> {
    let relation = unit.relation();
    let stood = |kind, name| Some(Holder::named(kind, Keeps::Rows, name));
    if trigger {
        let name = format!(
            "pg_repack left its trigger on {relation} and writes of it go on being logged; drop and create the extension, then run again"
        );
        return stood(HolderKind::Error, name);
    }
    match ended {
        Some(Ended::ByItself(status)) if status.success() && anew => None,
        Some(Ended::ByItself(status)) if status.success() => stood(
            HolderKind::Lock,
            format!("{relation} was in use for longer than --wait"),
        ),
        Some(Ended::Told) => stood(
            HolderKind::Lock,
            format!(
                "pg_repack waits for all transactions that are open, and some were for longer than --wait, so {relation} is as it was"
            ),
        ),
        Some(Ended::ByItself(status)) => {
            let end = match status.code() {
                Some(code) => format!("exit {code}"),
                None => "a signal".to_owned(),
            };
            stood(
                HolderKind::Error,
                format!("pg_repack ended with {end} over {relation}; run it by hand to see why"),
            )
        }
        Some(Ended::Window) => stood(
            HolderKind::Window,
            format!("it ended before {relation} was done"),
        ),
        None => stood(
            HolderKind::Error,
            "pg_repack could not be started; is it executable?".to_owned(),
        ),
    }
}
