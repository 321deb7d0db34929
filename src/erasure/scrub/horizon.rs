//! The gate: whatever makes the server keep old values, found and named by what a DBA can end: a process, the gid of a
//! prepared transaction, a slot, a standby.
//!
//! `VACUUM` succeeds although it had to keep row versions; so nothing here trusts that it ended well.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// The point up to which a scrub answers for what was changed: all that is committed lies below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The first transaction ID that may be above, with its epoch.
    pub xid: i64,
    /// Bytes of WAL before it.
    pub lsn: i64,
}

impl Mark {
    /// What is committed by now lies below.
    pub async fn now(session: &Session) -> Result<Mark, DatabaseError> {
        let row = session
            .query_opt(&sql_file!("scrub/mark.sql").into(), &[])
            .await?;
        Ok(row.map_or(Mark { xid: 0, lsn: 0 }, |row| Mark {
            xid: row.get("xid"),
            lsn: row.get("lsn"),
        }))
    }
}

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    /// A session with an old snapshot: a long statement, a cursor, a REPEATABLE READ transaction.
    Snapshot,
    /// A session that is idle in a transaction.
    Idle,
    /// A session whose transaction has written and goes on.
    Writer,
    /// A prepared transaction, named by its gid.
    Prepared,
    /// A replication slot.
    Slot,
    /// A standby that asks its primary to keep row versions (`hot_standby_feedback`), without a slot.
    Standby,
    /// Pages in use while they were to be cleaned, so that `VACUUM` passed them by.
    Pinned,
    /// An index that `VACUUM` did not scan, as the table's transaction IDs were running out.
    Bypassed,
    /// A lock that was not granted in time.
    Lock,
    /// A right that this role does not have.
    Right,
    /// What cannot be known on this server, by this role.
    Unknown,
    /// Statistics that ANALYZE does not make anew.
    Statistics,
    /// A materialised view that could not be refreshed beside a live system.
    View,
    /// An index that cannot be made anew beside a live system.
    Index,
    /// Not enough room on the disk.
    Disk,
    /// The window ended before.
    Window,
    /// An SQLSTATE.
    Error,
}

impl HolderKind {
    /// The word of JSON and of the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            HolderKind::Snapshot => "snapshot",
            HolderKind::Idle => "idle",
            HolderKind::Writer => "writer",
            HolderKind::Prepared => "prepared",
            HolderKind::Slot => "slot",
            HolderKind::Standby => "standby",
            HolderKind::Pinned => "pinned",
            HolderKind::Bypassed => "bypassed",
            HolderKind::Lock => "lock",
            HolderKind::Right => "right",
            HolderKind::Unknown => "unknown",
            HolderKind::Statistics => "statistics",
            HolderKind::View => "view",
            HolderKind::Index => "index",
            HolderKind::Disk => "disk",
            HolderKind::Window => "window",
            HolderKind::Error => "error",
        }
    }

    /// Of a word that [`HolderKind::as_str`] gave.
    fn read(word: &str) -> HolderKind {
        use HolderKind::{
            Bypassed, Disk, Error, Idle, Index, Lock, Pinned, Prepared, Right, Slot, Snapshot,
            Standby, Statistics, Unknown, View, Window, Writer,
        };
        let all = [
            Snapshot, Idle, Writer, Prepared, Slot, Standby, Pinned, Bypassed, Lock, Right,
            Statistics, View, Index, Disk, Window, Error,
        ];
        let named = all.into_iter().find(|kind| kind.as_str() == word);
        named.unwrap_or(Unknown)
    }
}

/// What a holder makes the server keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeps {
    /// Old row versions of every table of this database, the system catalogues among them.
    Rows,
    /// Old row versions of the system catalogues only: old statistics.
    Statistics,
    /// WAL; nothing that a scrub can remove.
    Wal,
}

impl Keeps {
    /// The word of JSON and of the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Keeps::Rows => "rows",
            Keeps::Statistics => "statistics",
            Keeps::Wal => "wal",
        }
    }

    /// Of a word that [`Keeps::as_str`] gave.
    fn read(word: &str) -> Keeps {
        match word {
            "rows" => Keeps::Rows,
            "statistics" => Keeps::Statistics,
            _ => Keeps::Wal,
        }
    }
}

/// Something that stands in the way. Never a value: a process, a name that a DBA gave, an object of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub kind: HolderKind,
    pub keeps: Keeps,
    /// The server process, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pid: Option<i32>,
    /// A gid, the name of a slot or standby, an object of the database, a reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Since when the transaction is going on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<DateTime<Utc>>,
}

impl Holder {
    /// Of a row of the columns kind, keeps, pid, name and since.
    pub fn of_row(row: &tokio_postgres::Row) -> Holder {
        Holder {
            kind: HolderKind::read(row.get("kind")),
            keeps: Keeps::read(row.get("keeps")),
            pid: row.get("pid"),
            name: row.get("name"),
            since: row.get("since"),
        }
    }

    /// One that is no process of the server.
    pub fn named(kind: HolderKind, keeps: Keeps, name: impl Into<String>) -> Holder {
        Holder {
            kind,
            keeps,
            pid: None,
            name: Some(name.into()),
            since: None,
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or_default();
        match self.kind {
            HolderKind::Snapshot => f.write_str("an old snapshot")?,
            HolderKind::Idle => f.write_str("a session idle in a transaction")?,
            HolderKind::Writer => f.write_str("a transaction that has written")?,
            HolderKind::Prepared => write!(f, "the prepared transaction {name}")?,
            HolderKind::Slot => write!(f, "the replication slot {name}")?,
            HolderKind::Standby => write!(f, "the standby {name} (hot_standby_feedback)")?,
            HolderKind::Pinned => write!(f, "pages in use: {name}")?,
            HolderKind::Bypassed => write!(f, "indexes not cleaned: {name}")?,
            HolderKind::Lock => write!(f, "a lock: {name}")?,
            HolderKind::Right => write!(f, "a missing right: {name}")?,
            HolderKind::Unknown => write!(f, "unknown: {name}")?,
            HolderKind::Statistics => write!(f, "statistics: {name}")?,
            HolderKind::View => write!(f, "materialised view: {name}")?,
            HolderKind::Index => write!(f, "index: {name}")?,
            HolderKind::Disk => write!(f, "the disk: {name}")?,
            HolderKind::Window => write!(f, "the window: {name}")?,
            HolderKind::Error => f.write_str(name)?,
        }
        if let Some(pid) = self.pid {
            write!(f, ", pid {pid}")?;
        }
        if let Some(since) = self.since {
            write!(f, ", since {}", since.format("%Y-%m-%d %H:%M:%S UTC"))?;
        }
        match self.keeps {
            Keeps::Statistics if self.kind == HolderKind::Slot => {
                f.write_str(" (system catalogues)")
            }
            Keeps::Wal => f.write_str(" (WAL)"),
            _ => Ok(()),
        }
    }
}

/// Whatever makes the server keep row versions or WAL of before the mark; `own` are Lethe's own processes, which hold
/// nothing between two statements.
///
/// Who may see little sees this all the same: the server shows processes, slots and prepared transactions to every role,
/// but not whether a session of another role is idle: it is then called a snapshot or a writer.
pub async fn holders(
    session: &Session,
    mark: Mark,
    own: &[i32],
) -> Result<Vec<Holder>, DatabaseError> {
    let rows = session
        .query(
            &sql_file!("scrub/holders.sql").into(),
            &[&mark.xid, &mark.lsn, &own],
        )
        .await?;
    Ok(rows.iter().map(Holder::of_row).collect())
}

/// How often it is looked again whether a holder is gone.
const LOOK_PAUSE: Duration = Duration::from_millis(250);

/// Waits until nothing keeps row versions of before the mark, while `goes_on` says so; returns what still does.
pub async fn wait(
    session: &Session,
    mark: Mark,
    own: &[i32],
    goes_on: impl Fn() -> bool,
) -> Result<Vec<Holder>, DatabaseError> {
    loop {
        let mut holders = holders(session, mark, own).await?;
        holders.retain(|holder| holder.keeps != Keeps::Wal);
        if holders.is_empty() || !goes_on() {
            return Ok(holders);
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
}
