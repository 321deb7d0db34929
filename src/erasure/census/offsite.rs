//! Places outside the database: replicas, WAL and its archive, backups, other nodes, recordings, files.

use chrono::{DateTime, TimeDelta, Utc};

use super::extensions::Extensions;
use super::ledger::Scope;
use super::queries::{self, ShardCount, SlotConsumer, Standby, WalFiles};
use super::slots;
use super::survey::{Survey, allowed};
use crate::catalogue::render;
use crate::domain::blocker::Blocker;
use crate::domain::census::{CleanFiles, Finding, Grade, Place};
use crate::domain::identifier::Lsn;
use crate::postgres::DatabaseError;
use crate::postgres::query::One;

/// Whether anybody but replicas receives WAL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receivers {
    None,
    Some,
}

impl Survey<'_> {
    pub(super) async fn standbys(
        &self,
        blockers: &[Blocker],
    ) -> Result<Vec<Finding>, DatabaseError> {
        let standbys = queries::standbys(self.session).await?;
        let finding = |standby: Standby| {
            let finding = match (standby.visible, standby.replayed, self.ended) {
                (false, ..) => {
                    let why = "a replica is connected; this role may not see its progress";
                    Finding::new(Place::Replicas, Grade::Unknown, why).way_out("GRANT pg_monitor")
                }
                (true, None, _) => {
                    let why = "a receiver archives the write-ahead log";
                    Finding::new(Place::WalArchive, Grade::MayRemain, why)
                        .until("the retention of that archive ends")
                }
                (true, Some(replayed), Some((_, end))) if replayed >= end => {
                    let why = "a replica has replayed the scrub; its files are in the same state";
                    Finding::new(Place::Replicas, Grade::Unreachable, why)
                }
                (true, Some(_), Some(_)) => {
                    let why = "a replica has not replayed the scrub yet";
                    Finding::new(Place::Replicas, Grade::MayRemain, why).until("it has caught up")
                }
                (true, Some(_), None) => {
                    let why = "a replica's files are in the same state as these, in which not everything was removed";
                    Finding::new(Place::Replicas, Grade::MayRemain, why)
                        .until("a scrub completes here")
                }
            };
            let pid = standby.pid;
            finding.of(standby.name).detail(format!("pid {pid}"))
        };
        let mut findings: Vec<Finding> = standbys.into_iter().map(finding).collect();
        findings.extend(self.consumers(blockers).await?);
        if !findings.iter().any(|f| f.place == Place::Replicas) {
            let why = "no replica is connected; a replica that was detached was not examined";
            findings.push(Finding::new(Place::Replicas, Grade::Gone, why));
        }
        Ok(findings)
    }

    /// Consumers of slots that are neither connected replicas nor behind the erasure.
    async fn consumers(&self, blockers: &[Blocker]) -> Result<Vec<Finding>, DatabaseError> {
        let consumers = queries::slot_consumers(self.session).await?;
        let keeps_wal = |name: &str| {
            blockers
                .iter()
                .any(|h| slots::finding(h).is_some_and(|f| f.object.as_deref() == Some(name)))
        };
        let finding = |SlotConsumer { name, logical }: SlotConsumer| {
            let why = match logical {
                true => "a consumer receives row changes through a slot and has the old values",
                false => "a disconnected replica has a slot; its files were not examined",
            };
            let finding = Finding::new(Place::Replicas, Grade::Unknown, why);
            (!keeps_wal(&name)).then(|| {
                finding
                    .of(name)
                    .way_out("lethe census and lethe scrub there")
            })
        };
        Ok(consumers.into_iter().filter_map(finding).collect())
    }

    pub(super) async fn shards(
        &self,
        extensions: &Extensions,
    ) -> Result<Option<Finding>, DatabaseError> {
        if !extensions.citus {
            return Ok(None);
        }
        let why =
            "the database is distributed: each node has files, statistics and logs of its own";
        let mut finding = Finding::new(Place::Shards, Grade::Unknown, why);
        if extensions.cleanup {
            let left = queries::orphaned_shards(self.session, &render::orphaned_shards()).await;
            if let Some(One(ShardCount { shards: left })) = allowed(left)?
                && left > 0
            {
                let why = "moved or split shards with old rows are not removed yet";
                finding = Finding::new(Place::Shards, Grade::MayRemain, why)
                    .until("they are removed")
                    .detail(left.to_string())
                    .way_out(render::CLEAN_UP_SHARDS);
            }
        }
        Ok(Some(finding.way_out("lethe census on each node")))
    }

    pub(super) async fn wal(
        &self,
        receivers: Receivers,
    ) -> Result<(Vec<Finding>, String), DatabaseError> {
        let One(wal) = queries::wal_state(self.session).await?;
        let files = allowed(queries::wal_files(self.session).await)?;
        let oldest =
            files.map(|One(WalFiles { oldest, written })| (oldest.unwrap_or(Lsn::new(0)), written));
        let own = |grade, why| Finding::new(Place::Wal, grade, why);
        let until = "the server has removed or overwritten its older files";
        let mut findings = vec![match (oldest, self.ended) {
            (None, _) => {
                own(Grade::Unknown, "this role may not list WAL files").way_out("GRANT pg_monitor")
            }
            (Some((oldest, Some(written))), Some((at, end))) if oldest >= end && written >= at => {
                own(
                    Grade::Unreachable,
                    "the server keeps no older WAL; recycled files may contain bytes of it",
                )
            }
            _ => own(Grade::MayRemain, "it contains old and new values").until(until),
        }];
        if wal.archived {
            let failed = wal.failed_count;
            let why = "the server archives it";
            let finding = Finding::new(Place::WalArchive, Grade::MayRemain, why)
                .until("the retention of the archive ends")
                .until_moment(self.after_retention(self.ended.map(|(at, _)| at)));
            let last = wal
                .last_archived_wal
                .unwrap_or_else(|| "none yet".to_owned());
            findings.push(finding.detail(format!("last {last}, {failed} failed")));
        } else if receivers == Receivers::None {
            let why = "the server does not archive it, and there is no receiver";
            findings.push(Finding::new(Place::WalArchive, Grade::Gone, why));
        }
        Ok((findings, wal.shown))
    }

    pub(super) fn backups(&self, files_clean: Option<&CleanFiles>) -> Finding {
        let finding = |why| Finding::new(Place::Backups, Grade::MayRemain, why);
        match files_clean {
            Some(clean) => finding("backups started before the data files were clean contain the old values")
                .until("the last backup from before is removed")
                .until_moment(self.after_retention(Some(clean.since)))
                .detail(format!("clean where started after {}", clean.since.format("%Y-%m-%d %H:%M:%S UTC"))),
            None => finding("backups of the data files contain what is in them")
                .until("the data files are clean (a scrub of level 2), and the last backup from before is removed")
                .way_out("lethe scrub --level 2"),
        }
    }

    /// When a backup or archive made at a given time is removed at the latest; `None`: unknown.
    fn after_retention(&self, made: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let kept = TimeDelta::from_std(self.options.backup_retention?).ok()?;
        made?.checked_add_signed(kept)
    }

    pub(super) fn submissions(&self, scope: &Scope) -> Finding {
        if scope.files == 0 {
            return Finding::new(Place::Submissions, Grade::Gone, "they were removed");
        }
        let kept = TimeDelta::days(self.options.retention_days.into());
        Finding::new(
            Place::Submissions,
            Grade::MayRemain,
            "the submitted file and its results name the devices until they are purged",
        )
        .detail(format!("submissions: {}", scope.files))
        .until("their retention ends")
        .until_moment(
            scope
                .completed_at
                .and_then(|at| at.checked_add_signed(kept)),
        )
        .way_out("lethe purge")
    }
}

pub(super) fn media(scope: &Scope) -> Finding {
    match scope.media {
        0 => Finding::new(
            Place::Media,
            Grade::Gone,
            "all objects of recordings are deleted",
        ),
        n => Finding::new(
            Place::Media,
            Grade::MayRemain,
            "some objects of recordings are not deleted yet",
        )
        .until("they are deleted")
        .detail(n.to_string())
        .way_out("lethe status"),
    }
}

/// What the ledger has recorded of the submissions, besides counts and times. Rows that were deleted are examined with the other
/// tables.
pub(super) fn ledger(scope: &Scope) -> Finding {
    let finding = match (scope.clear_keys, scope.sealed_keys) {
        (0, 0) => Finding::new(
            Place::Submissions,
            Grade::Gone,
            "the ledger has no digest of them any more",
        ),
        (0, sealed) => Finding::new(
            Place::Submissions,
            Grade::Unreachable,
            "the ledger has digests of them, from which no device can be guessed without the ledger secret",
        )
        .detail(format!("submissions: {sealed}"))
        .until("their retention ends")
        .way_out("lethe purge"),
        (clear, _) => Finding::new(
            Place::Submissions,
            Grade::MayRemain,
            "the ledger has digests of them whose keys are not sealed, so that a guess can be tested",
        )
        .detail(format!("submissions: {clear}"))
        .until("a run seals the keys")
        .way_out("lethe run"),
    };
    finding.of("schema lethe")
}
