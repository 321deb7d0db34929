//! Estimates of a scrub before it begins: locks, time, disk space, WAL.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::target::{Target, TargetKind};
use crate::domain::level::Level;
use crate::postgres::disk::free_bytes;

/// Bytes per second of a rewrite or an index build: a modest disk, including WAL. A guess on the slow side, so that a
/// window is rather planned too long than too short.
const REWRITE_RATE: i64 = 25 * 1024 * 1024;
/// Bytes per second that VACUUM reads, with the cost delay of autovacuum.
const VACUUM_RATE: i64 = 60 * 1024 * 1024;

/// The estimate of a target.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Estimate {
    pub(crate) kind: TargetKind,
    pub(crate) relation: String,
    /// Whether others can neither read nor write it meanwhile.
    pub(crate) exclusive: bool,
    pub(crate) bytes: i64,
    /// Additional disk space in bytes.
    pub(crate) room: i64,
    /// WAL in bytes, at most.
    pub(crate) wal: i64,
    pub(crate) seconds: i64,
}

/// How a scrub of level 2 rewrites tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rewriting {
    /// `VACUUM FULL`, which locks the table.
    VacuumFull,
    /// pg_repack where the table has a key.
    Repack,
}

/// Estimates a target at a level.
pub(crate) fn estimate(target: &Target, level: Level, rewriting: Rewriting) -> Estimate {
    let rewritten = level == Level::Two
        && matches!(
            target.kind,
            TargetKind::Table | TargetKind::View | TargetKind::Statistics
        );
    let new_files =
        rewritten || target.kind == TargetKind::Index || target.kind == TargetKind::View;
    let room = if new_files { target.bytes } else { 0 };
    let rate = if new_files { REWRITE_RATE } else { VACUUM_RATE };
    Estimate {
        kind: target.kind,
        relation: target.relation(),
        exclusive: rewritten && !(rewriting == Rewriting::Repack && target.keyed),
        bytes: target.bytes,
        room,
        wal: room,
        seconds: 1 + target.bytes / rate,
    }
}

/// The disk space that a scrub needs. Targets are treated one after another.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Room {
    /// Bytes for the largest target, plus the WAL of all targets.
    pub(crate) needed: i64,
    /// Bytes free on the fullest disk; `None`: unknown.
    pub(crate) free: Option<i64>,
}

/// Whether the server runs on this machine, so that its disks can be asked for free space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerHost {
    Local,
    Remote,
}

impl Room {
    /// Sums the estimates and, for a local server with known folders, looks up the free space.
    pub(crate) fn of<'a>(
        estimates: impl Iterator<Item = (&'a Estimate, Option<&'a PathBuf>)>,
        host: ServerHost,
    ) -> Room {
        let mut most: BTreeMap<Option<&Path>, i64> = BTreeMap::new();
        let mut wal = 0;
        for (estimate, folder) in estimates {
            if estimate.room == 0 {
                continue;
            }
            wal += estimate.wal;
            let needed = most.entry(folder.map(PathBuf::as_path)).or_default();
            *needed = (*needed).max(estimate.room);
        }
        if most.is_empty() {
            return Room {
                needed: 0,
                free: Some(0),
            };
        }
        let needed = most.values().copied().max().unwrap_or(0) + wal;
        let free = most.keys().map(|folder| match folder {
            Some(folder) if host == ServerHost::Local => free_bytes(folder),
            _ => None,
        });
        let free: Option<Vec<i64>> = free.collect();
        Room {
            needed,
            free: free.and_then(|free| free.into_iter().min()),
        }
    }

    /// Whether the free space is known to be too small.
    pub(crate) fn is_short(&self) -> bool {
        self.free.is_some_and(|free| free < self.needed)
    }
}
