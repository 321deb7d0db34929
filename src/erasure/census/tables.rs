//! Places of the changed tables: rows, indexes, statistics, views, copies.

use std::collections::HashMap;

use super::extensions::Extensions;
use super::progress::Progress;
use super::queries::{self, DeadCount, Publication, Relation, Trigger, ViewCount};
use super::survey::{Survey, allowed};
use crate::catalogue::render;
use crate::domain::census::{Finding, Grade, Place};
use crate::domain::level::Level;
use crate::erasure::scrub::queries::stale;
use crate::erasure::scrub::{Target, TargetKind};
use crate::postgres::DatabaseError;
use crate::postgres::query::One;

const SCRUB: &str = "a scrub treats it";
const ANEW: &str = "it is rebuilt (a scrub of level 1.5 or 2)";
const CHECKPOINT: &str = "the server's next checkpoint";

impl Survey<'_> {
    /// Findings for the changed tables and what depends on them.
    pub(super) async fn tables_and_dependants(&self) -> Result<Vec<Finding>, DatabaseError> {
        let mut findings = Vec::new();
        if self.targets.is_empty() {
            let nothing = "no erasure has changed a row";
            findings.push(Finding::new(Place::Rows, Grade::Gone, nothing));
            return Ok(findings);
        }
        let relations = self.relations().await?;
        let extensions = self.extensions().await?;
        for (target, progress) in &self.targets {
            let relation = relations.get(&target.oid);
            match target.kind {
                TargetKind::Table | TargetKind::View => {
                    let dead = match relation {
                        Some(relation) => self.dead(target, relation, &extensions).await?,
                        None => String::new(),
                    };
                    findings.push(self.rows(target, progress).detail(dead));
                }
                TargetKind::Index => {
                    let method = relation.and_then(|r| r.method.clone()).unwrap_or_default();
                    findings.push(self.index(target, progress, &method));
                }
                TargetKind::Parent | TargetKind::Statistics => {
                    findings.push(self.statistics(target, progress));
                }
                TargetKind::Checkpoint => {}
            }
        }
        findings.extend(self.missing());
        findings.extend(self.stale().await?);
        findings.extend(self.searched_statistics().await?);
        findings.extend(self.views().await?);
        findings.extend(self.copies().await?);
        findings.extend(self.publications().await?);
        Ok(findings)
    }

    /// Changed tables that cannot be found and whose OIDs no FORGET recorded.
    fn missing(&self) -> impl Iterator<Item = Finding> {
        self.missing_tables.iter().map(|name| {
            let why = "a changed table does not exist under its name, so it was not examined";
            let finding = Finding::new(Place::Rows, Grade::Unknown, why).of(name.as_str());
            finding.way_out("restore its name, then lethe scrub")
        })
    }

    async fn relations(&self) -> Result<HashMap<u32, Relation>, DatabaseError> {
        let oids = self.oids(&[TargetKind::Table, TargetKind::View, TargetKind::Index]);
        let relations = queries::relations(self.session, &oids).await?.into_iter();
        Ok(relations.map(|relation| (relation.oid, relation)).collect())
    }

    /// The number of dead row versions: counted with pgstattuple if possible, else the server's estimate.
    async fn dead(
        &self,
        target: &Target,
        relation: &Relation,
        extensions: &Extensions,
    ) -> Result<String, DatabaseError> {
        let estimate = relation.dead + relation.toast_dead;
        let Some(schema) = &extensions.counting_in else {
            return Ok(format!(
                "{estimate} dead row versions (the server's estimate, any cause)"
            ));
        };
        let counting = render::counted(schema);
        let mut counted = 0;
        for oid in [Some(target.oid), relation.toast].into_iter().flatten() {
            match allowed(queries::count_dead(self.session, &counting, oid).await)? {
                Some(One(DeadCount { dead })) => counted += dead,
                None => {
                    return Ok(format!(
                        "{estimate} dead row versions (the server's estimate, any cause)"
                    ));
                }
            }
        }
        Ok(format!("{counted} dead row versions (counted, any cause)"))
    }

    fn rows(&self, target: &Target, progress: &Progress) -> Finding {
        let place = match target.kind {
            TargetKind::View => Place::Views,
            _ => Place::Rows,
        };
        let finding = match progress.level {
            Some(Level::Two) if self.is_checkpointed() => {
                Finding::new(place, Grade::Gone, "it was rewritten into new files")
            }
            Some(Level::Two) => Finding::new(
                place,
                Grade::Unreachable,
                "it was rewritten; the old files may still be on disk",
            )
            .until(CHECKPOINT),
            Some(_) => Finding::new(
                place,
                Grade::Unreachable,
                "dead row versions were removed; bytes of them may remain in pages",
            ),
            None if target.kind == TargetKind::View => Finding::new(
                place,
                Grade::MayRemain,
                "it was not refreshed and vacuumed since the erasure",
            )
            .until(SCRUB)
            .way_out("lethe scrub"),
            None => Finding::new(
                place,
                Grade::MayRemain,
                "not all dead row versions were removed since the erasure",
            )
            .until(SCRUB)
            .way_out("lethe scrub"),
        };
        finding.of(target.relation())
    }

    /// An index was either rebuilt, or its dead entries were removed together with the dead row versions of its table.
    fn index(&self, target: &Target, progress: &Progress, method: &str) -> Finding {
        let on = self
            .targets
            .iter()
            .find(|(other, _)| other.relation() == target.on);
        let cleaned = on.is_some_and(|(_, on)| on.level.is_some());
        // These methods keep keys or summaries until the index is rebuilt; the others leave only bytes in pages.
        let keeps = !matches!(method, "btree" | "hash");
        let finding = match progress.level {
            Some(_) => Finding::new(Place::Indexes, Grade::Gone, "it was rebuilt"),
            None if !target.ready => Finding::new(
                Place::Indexes,
                Grade::MayRemain,
                "it was never finished, so VACUUM does not clean it",
            )
            .until("it is dropped")
            .way_out("DROP INDEX"),
            None if cleaned && !keeps => Finding::new(
                Place::Indexes,
                Grade::Unreachable,
                "its dead entries were removed; keys may remain in its pages",
            ),
            None if cleaned => Finding::new(
                Place::Indexes,
                Grade::MayRemain,
                "its dead entries were removed, but this kind of index keeps keys or summaries",
            )
            .until(ANEW)
            .way_out("lethe scrub --level 1.5"),
            None => Finding::new(
                Place::Indexes,
                Grade::MayRemain,
                "not all of its dead entries were removed since the erasure",
            )
            .until(SCRUB)
            .way_out("lethe scrub"),
        };
        finding.of(target.relation()).detail(match target.valid {
            true => method.to_owned(),
            false => format!("{method}, invalid"),
        })
    }

    fn statistics(&self, target: &Target, progress: &Progress) -> Finding {
        let finding = match (progress.level, target.kind) {
            (Some(_), TargetKind::Parent) => {
                Finding::new(Place::Statistics, Grade::Gone, "they were replaced")
            }
            (Some(Level::Two), _) => Finding::new(
                Place::Statistics,
                Grade::Gone,
                "their system catalogue was rewritten into new files",
            ),
            (Some(_), _) => Finding::new(
                Place::Statistics,
                Grade::Unreachable,
                "dead versions of them were removed; bytes of them may remain in pages",
            ),
            (None, TargetKind::Parent) => Finding::new(
                Place::Statistics,
                Grade::MayRemain,
                "they were not replaced since the erasure",
            )
            .until(SCRUB)
            .way_out("lethe scrub"),
            (None, _) => Finding::new(
                Place::Statistics,
                Grade::MayRemain,
                "dead versions of them were not removed from their system catalogue",
            )
            .until(SCRUB)
            .way_out("lethe scrub, as the owner of the database or a superuser"),
        };
        finding.of(target.relation())
    }

    /// Statistics that ANALYZE does not replace.
    async fn stale(&self) -> Result<Vec<Finding>, DatabaseError> {
        let mut findings = Vec::new();
        let kinds = [TargetKind::Table, TargetKind::Parent, TargetKind::View];
        for target in self.targets_of(&kinds) {
            let Some(stale) = allowed(stale(self.session, target.oid).await)? else {
                let why = "they could not be checked for values that ANALYZE does not replace";
                let finding = Finding::new(Place::Statistics, Grade::Unknown, why);
                findings.push(finding.of(target.relation()));
                continue;
            };
            for statistics in stale {
                let (why, way_out) = match statistics.empty {
                    true => (
                        "the table is empty, so the server keeps its old statistics",
                        "scrub while the table has a row, or set the column to its own type (ALTER TABLE), which drops them",
                    ),
                    false => (
                        "the server does not replace these statistics (STATISTICS 0)",
                        "set another target, lethe scrub, and set it back",
                    ),
                };
                let finding = Finding::new(Place::Statistics, Grade::MayRemain, why);
                let until = "they are replaced or removed";
                findings.push(finding.of(statistics.name).until(until).way_out(way_out));
            }
        }
        Ok(findings)
    }

    /// Statistics that contain one of the devices, and statistics that this role may not see.
    async fn searched_statistics(&self) -> Result<Vec<Finding>, DatabaseError> {
        let kinds = [
            TargetKind::Table,
            TargetKind::Parent,
            TargetKind::View,
            TargetKind::Index,
        ];
        let oids = self.oids(&kinds);
        let unseen = queries::unreadable_statistics(self.session, &oids).await?;
        let mut findings = Vec::new();
        if self.options.submission.is_none() {
            return Ok(findings);
        }
        let unseen = unseen.into_iter().map(|statistics| {
            let why = "this role may not see them, so they were not searched for the devices";
            let finding = Finding::new(Place::Statistics, Grade::Unknown, why);
            finding.of(statistics.name)
        });
        findings.extend(unseen);
        let found = queries::search_statistics(self.session, &oids).await;
        let Some(found) = allowed(found)? else {
            let why = "they could not be searched for the devices";
            findings.push(Finding::new(Place::Statistics, Grade::Unknown, why));
            return Ok(findings);
        };
        // Statistics replaced since describe current rows, perhaps of another tenant, so they hold no old value.
        let old = found
            .into_iter()
            .filter(|statistics| !self.analyzed(statistics.relation));
        let found = old.map(|statistics| {
            let why = "they contain a device: current rows contain it, or the statistics are older than the erasure";
            let finding = Finding::new(Place::Statistics, Grade::MayRemain, why);
            let finding = finding.of(statistics.name);
            finding
                .until("they are replaced")
                .way_out("lethe verify FILE, then ANALYZE")
        });
        findings.extend(found);
        Ok(findings)
    }

    /// Whether the statistics of a table or an index were replaced since the erasure. Columns that ANALYZE skips are reported
    /// by `stale`.
    fn analyzed(&self, oid: u32) -> bool {
        let of = |wanted: &dyn Fn(&Target) -> bool| {
            let mut targets = self.targets.iter();
            targets.find(|(target, _)| wanted(target))
        };
        match of(&|target| target.oid == oid) {
            Some((target, _)) if target.kind == TargetKind::Index => {
                of(&|other| other.relation() == target.on).is_some_and(|(_, on)| on.level.is_some())
            }
            found => found.is_some_and(|(_, progress)| progress.level.is_some()),
        }
    }

    /// Plain views, which hold no data.
    async fn views(&self) -> Result<Option<Finding>, DatabaseError> {
        let oids = self.oids(&[TargetKind::Table, TargetKind::Parent]);
        let One(ViewCount { views }) = queries::dependent_views(self.session, &oids).await?;
        let why = "plain views hold no data";
        let finding = || Finding::new(Place::Views, Grade::Gone, why).detail(format!("{views}"));
        Ok((views > 0).then(finding))
    }

    /// Tables that triggers and rules write to.
    async fn copies(&self) -> Result<Vec<Finding>, DatabaseError> {
        let oids = self.oids(&[TargetKind::Table, TargetKind::Parent]);
        let triggers = queries::triggers(self.session, &oids).await?;
        let search = "lethe verify FILE --value-search";
        let finding = |trigger: &Trigger| {
            let (table, name) = (&trigger.table_name, &trigger.name);
            let targets = &trigger.targets;
            let shown = match targets.as_slice() {
                [] => trigger.function_name.clone(),
                targets => format!("writes to {}", targets.join(", ")),
            };
            let finding = if !targets.is_empty() {
                let why =
                    "a change of a row also writes to another table, which may contain old values";
                let finding = Finding::new(Place::Copies, Grade::MayRemain, why);
                finding.until("that table is checked").way_out(search)
            } else if trigger.quiet {
                Finding::new(
                    Place::Copies,
                    Grade::Gone,
                    "the trigger or rule writes to no table",
                )
            } else {
                let why =
                    "the trigger or rule may write elsewhere; its definition does not show where";
                Finding::new(Place::Copies, Grade::Unknown, why).way_out(search)
            };
            finding.of(format!("{table}: {name}")).detail(shown)
        };
        if triggers.is_empty() {
            let nothing = "these tables have no triggers or rules that fire on changes";
            return Ok(vec![Finding::new(Place::Copies, Grade::Gone, nothing)]);
        }
        Ok(triggers.iter().map(finding).collect())
    }

    async fn publications(&self) -> Result<Vec<Finding>, DatabaseError> {
        let oids = self.oids(&[TargetKind::Table, TargetKind::Parent]);
        let publications = queries::publications(self.session, &oids).await?;
        let finding = |Publication {
                           publication,
                           tables,
                       }: Publication| {
            let why = "changes are published to subscribers, which have files, statistics and logs of their own";
            Finding::new(Place::Replicas, Grade::Unknown, why)
                .of(publication)
                .detail(format!("publishes {tables} of these tables"))
                .way_out("lethe census and lethe scrub on each subscriber")
        };
        Ok(publications.into_iter().map(finding).collect())
    }
}
