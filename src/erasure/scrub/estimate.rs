//! What a rewrite will take, before it is begun: locks, time, room on the disk, WAL.

use std::collections::BTreeMap;
use std::path::Path;

use nix::sys::statvfs::statvfs;
use serde::Serialize;

use super::target::{Unit, UnitKind};
use crate::domain::level::Level;

/// Bytes that a rewrite, or the making of an index, is taken to do in a second: a modest disk, with WAL. A guess, so that
/// a window is planned rather too long than too short.
const RATE: i64 = 25 * 1024 * 1024;
/// Bytes of a table that VACUUM reads in a second, resting as autovacuum does.
const VACUUM_RATE: i64 = 60 * 1024 * 1024;

/// What a unit will take.
#[derive(Debug, Clone, Serialize)]
pub struct Estimate {
    pub kind: UnitKind,
    pub relation: String,
    /// Whether nobody else can read or write it meanwhile.
    pub exclusive: bool,
    pub bytes: i64,
    /// Room that is needed beside what is there.
    pub room: i64,
    /// WAL, at most.
    pub wal: i64,
    pub seconds: i64,
}

/// The estimate of a unit at a level; `repack`: whether pg_repack writes tables anew.
pub fn estimate(unit: &Unit, level: Level, repack: bool) -> Estimate {
    let rewritten = level == Level::Two
        && matches!(
            unit.kind,
            UnitKind::Table | UnitKind::View | UnitKind::Statistics
        );
    let anew = rewritten || unit.kind == UnitKind::Index || unit.kind == UnitKind::View;
    let room = if anew { unit.bytes } else { 0 };
    Estimate {
        kind: unit.kind,
        relation: unit.relation(),
        exclusive: rewritten && !(repack && unit.keyed),
        bytes: unit.bytes,
        room,
        wal: room,
        seconds: 1 + unit.bytes / if anew { RATE } else { VACUUM_RATE },
    }
}

/// Whether there is room for units, which are done one behind the other.
#[derive(Debug, Clone, Serialize)]
pub struct Room {
    /// The most that one of them needs at a time, with the WAL of all.
    pub needed: i64,
    /// Free on the disk with the least to spare; none where it cannot be known.
    pub free: Option<i64>,
}

impl Room {
    /// Asks the disks, where the server is on this machine (`local`) and the folders of the units are known.
    pub fn of<'a>(
        estimates: impl Iterator<Item = (&'a Estimate, Option<&'a Path>)>,
        local: bool,
    ) -> Room {
        let mut most: BTreeMap<Option<&Path>, i64> = BTreeMap::new();
        let mut wal = 0;
        for (estimate, folder) in estimates {
            if estimate.room == 0 {
                continue;
            }
            wal += estimate.wal;
            let needed = most.entry(folder).or_default();
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
            Some(folder) if local => free(folder),
            _ => None,
        });
        let free: Option<Vec<i64>> = free.collect();
        Room {
            needed,
            free: free.and_then(|free| free.into_iter().min()),
        }
    }

    /// Whether it is known not to be enough.
    pub fn is_short(&self) -> bool {
        self.free.is_some_and(|free| free < self.needed)
    }
}

/// Bytes free for the server's user; none where the folder cannot be looked at from here.
fn free(folder: &Path) -> Option<i64> {
    let found = statvfs(folder).ok()?;
    let free = found.blocks_available() as u64 * found.fragment_size() as u64;
    i64::try_from(free).ok()
}
