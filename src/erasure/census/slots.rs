//! Replication slots that keep WAL from before the erasure.

use crate::catalogue::render;
use crate::domain::blocker::{Blocker, BlockerKind, Keeps};
use crate::domain::census::{Finding, Grade, Place};

/// The finding for a blocker that is a slot keeping WAL; `None`: it is not.
pub(super) fn finding(blocker: &Blocker) -> Option<Finding> {
    let is_slot = blocker.kind == BlockerKind::Slot && blocker.keeps == Keeps::Wal;
    let name = blocker.name.clone().unwrap_or_default();
    let drop = render::drop_slot(&name);
    let why = "a replication slot keeps older WAL";
    is_slot.then(|| {
        Finding::new(Place::Replicas, Grade::MayRemain, why)
            .of(name)
            .until("its consumer has caught up, or it is dropped")
            .way_out(drop)
    })
}
