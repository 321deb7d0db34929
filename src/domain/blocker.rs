//! What prevents the removal of old values: sessions, slots, locks, missing privileges.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

/// The kind of a blocker. The text form is part of JSON results and of the ledger.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BlockerKind {
    /// A session with an old snapshot: a long statement, a cursor, a REPEATABLE READ transaction.
    Snapshot,
    /// A session that is idle in a transaction.
    Idle,
    /// A session with an open transaction that has written.
    Writer,
    /// A prepared transaction, identified by its gid.
    Prepared,
    /// A replication slot.
    Slot,
    /// A standby that makes its primary keep row versions (`hot_standby_feedback`) without a slot.
    Standby,
    /// Pages that were pinned, so `VACUUM` skipped them.
    Pinned,
    /// An index that `VACUUM` did not scan because the failsafe was active.
    Bypassed,
    /// A lock that was not granted in time.
    Lock,
    /// A privilege that the role lacks.
    Right,
    /// Something that this role cannot determine on this server.
    Unknown,
    /// Statistics that ANALYZE does not replace.
    Statistics,
    /// A materialised view that could not be refreshed on a live system.
    View,
    /// An index that cannot be rebuilt on a live system.
    Index,
    /// Too little disk space.
    Disk,
    /// The maintenance window ended first.
    Window,
    /// Maintenance would run functions that others define.
    Code,
    /// A database error; the name holds its SQLSTATE.
    Error,
}

/// What a blocker makes the server keep. The text form is part of JSON results and of the ledger.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Keeps {
    /// Old row versions in every table of the database, including the system catalogues.
    Rows,
    /// Old row versions in system catalogues only, that is, old statistics.
    Statistics,
    /// WAL, which a scrub cannot remove.
    Wal,
}

/// Something that prevents the removal of old values. It names a process, a database object or a name that a DBA chose,
/// never a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    pub kind: BlockerKind,
    pub keeps: Keeps,
    /// The server process, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pid: Option<i32>,
    /// A gid, the name of a slot or standby, a database object, or a reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// When the transaction began.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<DateTime<Utc>>,
}

impl Blocker {
    /// A blocker that is not a server process.
    pub(crate) fn named(kind: BlockerKind, keeps: Keeps, name: impl Into<String>) -> Blocker {
        Blocker {
            kind,
            keeps,
            pid: None,
            name: Some(name.into()),
            since: None,
        }
    }

    /// A description without any name, so that everybody may read it.
    pub(crate) fn general(&self) -> &'static str {
        match (self.kind, self.keeps) {
            (BlockerKind::Slot, _) => "a replication slot",
            (_, Keeps::Wal) => "something that keeps the write-ahead log",
            (BlockerKind::Snapshot, _) => "a long statement or report",
            (BlockerKind::Idle, _) => "a session that left a transaction open",
            (BlockerKind::Writer, _) => "a long transaction",
            (BlockerKind::Prepared, _) => "a prepared transaction that was never ended",
            (BlockerKind::Standby, _) => "a replica that was reading older rows",
            (BlockerKind::Pinned, _) => "pages that were in use",
            (BlockerKind::Bypassed, _) => "emergency maintenance of the server",
            (BlockerKind::Lock, _) => "a table that was in use",
            (BlockerKind::Right, _) => "a privilege that the operator's role lacks",
            (BlockerKind::Statistics, _) => "statistics that the server does not replace",
            (BlockerKind::View, _) => "a materialised view that could not be refreshed",
            (BlockerKind::Disk, _) => "too little disk space",
            (BlockerKind::Window, _) => "the end of the maintenance window",
            (BlockerKind::Unknown, _) => "something that the server does not reveal",
            (BlockerKind::Index, _) => "an index that is rebuilt at level 2 only",
            (BlockerKind::Code, _) => "functions that others define",
            (BlockerKind::Error, _) => "a server error",
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or_default();
        match self.kind {
            BlockerKind::Snapshot => f.write_str("an old snapshot")?,
            BlockerKind::Idle => f.write_str("a session idle in a transaction")?,
            BlockerKind::Writer => f.write_str("a transaction that has written")?,
            BlockerKind::Prepared => write!(f, "the prepared transaction {name}")?,
            BlockerKind::Slot => write!(f, "the replication slot {name}")?,
            BlockerKind::Standby => write!(f, "the standby {name} (hot_standby_feedback)")?,
            BlockerKind::Pinned => write!(f, "pages in use: {name}")?,
            BlockerKind::Bypassed => write!(f, "indexes not cleaned: {name}")?,
            BlockerKind::Lock => write!(f, "a lock: {name}")?,
            BlockerKind::Right => write!(f, "a missing privilege: {name}")?,
            BlockerKind::Unknown => write!(f, "unknown: {name}")?,
            BlockerKind::Statistics => write!(f, "statistics: {name}")?,
            BlockerKind::View => write!(f, "materialised view: {name}")?,
            BlockerKind::Index => write!(f, "index: {name}")?,
            BlockerKind::Disk => write!(f, "the disk: {name}")?,
            BlockerKind::Window => write!(f, "the maintenance window: {name}")?,
            BlockerKind::Code => write!(f, "functions of others: {name}")?,
            BlockerKind::Error => f.write_str(name)?,
        }
        if let Some(pid) = self.pid {
            write!(f, ", pid {pid}")?;
        }
        if let Some(since) = self.since {
            write!(f, ", since {}", since.format("%Y-%m-%d %H:%M:%S UTC"))?;
        }
        match self.keeps {
            Keeps::Statistics if self.kind == BlockerKind::Slot => {
                f.write_str(" (system catalogues)")
            }
            Keeps::Wal => f.write_str(" (WAL)"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_from_its_text_and_unknown_text_is_refused() {
        for kind in [
            BlockerKind::Snapshot,
            BlockerKind::Unknown,
            BlockerKind::Error,
        ] {
            assert_eq!(<&str>::from(kind).parse(), Ok(kind));
        }
        assert_eq!("rows".parse(), Ok(Keeps::Rows));
        assert!("newer".parse::<BlockerKind>().is_err());
        assert!("newer".parse::<Keeps>().is_err());
    }
}
