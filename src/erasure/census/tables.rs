//! Places of the changed tables: rows, indexes, statistics, views, copies.

use std::collections::HashMap;

use super::extensions::Extensions;
use super::progress::Progress;
use super::survey::{Survey, allowed};
use crate::catalogue::render;
use crate::domain::census::{Finding, Grade, Place};
use crate::domain::level::Level;
use crate::erasure::scrub::{Target, TargetKind};
use crate::postgres::sql::{Statement, sql_file};
use crate::postgres::{DatabaseError, Session};

const SCRUB: &str = "a scrub has treated it";
const ANEW: &str = "it is made anew (a scrub of level 1.5 or 2)";
const CHECKPOINT: &str = "the server's next checkpoint";

/// The server's statistics of a relation.
struct Relation {
    method: Option<String>,
    dead: i64,
    toast_dead: i64,
    toast: Option<u32>,
}

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
            let why =
                "a table that was changed is not found under its name, so it was not looked at";
            let finding = Finding::new(Place::Rows, Grade::Unknown, why).of(name.as_str());
            finding.way_out("give it its name back, then lethe scrub")
        })
    }

    async fn relations(&self) -> Result<HashMap<u32, Relation>, DatabaseError> {
        let oids = self.oids(&[TargetKind::Table, TargetKind::View, TargetKind::Index]);
        let statement = sql_file!("census/relations.sql").into();
        let rows = self.session.query(&statement, &[&oids]).await?;
        let relation = |row: &tokio_postgres::Row| Relation {
            method: row.get("method"),
            dead: row.get("dead"),
            toast_dead: row.get("toast_dead"),
            toast: row.get("toast"),
        };
        Ok(rows
            .iter()
            .map(|row| (row.get("oid"), relation(row)))
            .collect())
    }

    /// The number of dead row versions: counted with pgstattuple if possible, else the server's estimate.
    async fn dead(
        &self,
        target: &Target,
        relation: &Relation,
        extensions: &Extensions,
    ) -> Result<String, DatabaseError> {
        let reckoned = relation.dead + relation.toast_dead;
        let Some(schema) = &extensions.counting_in else {
            return Ok(format!(
                "{reckoned} dead row versions, as the server reckons, of whomever"
            ));
        };
        let counting = render::counted(schema);
        let mut counted = 0;
        for oid in [Some(target.oid), relation.toast].into_iter().flatten() {
            match allowed(count(self.session, &counting, oid).await)? {
                Some(dead) => counted += dead,
                None => {
                    return Ok(format!(
                        "{reckoned} dead row versions, as the server reckons, of whomever"
                    ));
                }
            }
        }
        Ok(format!("{counted} dead row versions, counted, of whomever"))
    }

    fn rows(&self, target: &Target, progress: &Progress) -> Finding {
        let place = match target.kind {
            TargetKind::View => Place::Views,
            _ => Place::Rows,
        };
        let finding = match progress.level {
            Some(Level::Two) if self.is_checkpointed() => {
                Finding::new(place, Grade::Gone, "it was written anew into new files")
            }
            Some(Level::Two) => Finding::new(
                place,
                Grade::Unreachable,
                "it was written anew; the disk may still have what it replaced",
            )
            .until(CHECKPOINT),
            Some(_) => Finding::new(
                place,
                Grade::Unreachable,
                "dead row versions were removed; bytes of them may be left in pages",
            ),
            None if target.kind == TargetKind::View => Finding::new(
                place,
                Grade::MayRemain,
                "it was not refreshed and cleaned since the erasure",
            )
            .until(SCRUB)
            .way_out("lethe scrub"),
            None => Finding::new(
                place,
                Grade::MayRemain,
                "dead row versions were not removed since the erasure, or not all of them",
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
            Some(_) => Finding::new(Place::Indexes, Grade::Gone, "it was made anew"),
            None if !target.ready => Finding::new(
                Place::Indexes,
                Grade::MayRemain,
                "it was never finished, so that nothing cleans it",
            )
            .until("it is dropped")
            .way_out("DROP INDEX"),
            None if cleaned && !keeps => Finding::new(
                Place::Indexes,
                Grade::Unreachable,
                "its dead entries were removed; keys may be left in its pages",
            ),
            None if cleaned => Finding::new(
                Place::Indexes,
                Grade::MayRemain,
                "its dead entries were removed, but such an index keeps keys or summaries of them",
            )
            .until(ANEW)
            .way_out("lethe scrub --level 1.5"),
            None => Finding::new(
                Place::Indexes,
                Grade::MayRemain,
                "its dead entries were not removed since the erasure, or not all of them",
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
                Finding::new(Place::Statistics, Grade::Gone, "they were made anew")
            }
            (Some(Level::Two), _) => Finding::new(
                Place::Statistics,
                Grade::Gone,
                "the catalogue that holds them was written anew into new files",
            ),
            (Some(_), _) => Finding::new(
                Place::Statistics,
                Grade::Unreachable,
                "dead versions of them were removed; bytes of them may be left in pages",
            ),
            (None, TargetKind::Parent) => Finding::new(
                Place::Statistics,
                Grade::MayRemain,
                "they were not made anew since the erasure",
            )
            .until(SCRUB)
            .way_out("lethe scrub"),
            (None, _) => Finding::new(
                Place::Statistics,
                Grade::MayRemain,
                "dead versions of them were not removed from the catalogue that holds them",
            )
            .until(SCRUB)
            .way_out("lethe scrub, as the owner of the database or a superuser"),
        };
        finding.of(target.relation())
    }

    /// Statistics that ANALYZE does not replace.
    async fn stale(&self) -> Result<Vec<Finding>, DatabaseError> {
        let statement: Statement = sql_file!("scrub/stale.sql").into();
        let mut findings = Vec::new();
        for oid in self.oids(&[TargetKind::Table, TargetKind::Parent, TargetKind::View]) {
            let rows = allowed(self.session.query(&statement, &[&oid]).await)?;
            for row in rows.into_iter().flatten() {
                let name: String = row.get("name");
                let (why, way_out) = match row.get("empty") {
                    true => (
                        "the table is empty, and the server leaves the statistics that it had",
                        "have a row in it when it is scrubbed, or give the column its own type again (ALTER TABLE), which drops them",
                    ),
                    false => (
                        "the server does not make these statistics anew (STATISTICS 0)",
                        "set another target, lethe scrub, and set it back",
                    ),
                };
                let finding = Finding::new(Place::Statistics, Grade::MayRemain, why);
                let until = "they are made anew or removed";
                findings.push(finding.of(name).until(until).way_out(way_out));
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
        let unseen: Statement = sql_file!("census/unreadable_statistics.sql").into();
        let rows = self.session.query(&unseen, &[&oids]).await?;
        let mut findings = Vec::new();
        if self.options.submission.is_none() {
            return Ok(findings);
        }
        let unseen = rows.iter().map(|row| {
            let why = "this role may not see them, so the devices were not looked for in them";
            let finding = Finding::new(Place::Statistics, Grade::Unknown, why);
            finding.of(row.get::<_, String>("name"))
        });
        findings.extend(unseen);
        let search: Statement = sql_file!("census/search_statistics.sql").into();
        let Some(rows) = allowed(self.session.query(&search, &[&oids]).await)? else {
            let why = "the devices could not be looked for in them";
            findings.push(Finding::new(Place::Statistics, Grade::Unknown, why));
            return Ok(findings);
        };
        // Statistics replaced since describe current rows, perhaps of another tenant, so they hold no old value.
        let old = rows
            .iter()
            .filter(|row| !self.analyzed(row.get("relation")));
        let found = old.map(|row| {
            let why = "a device stands in them: rows hold it, or they are older than the erasure";
            let finding = Finding::new(Place::Statistics, Grade::MayRemain, why);
            let finding = finding.of(row.get::<_, String>("name"));
            finding
                .until("they are made anew")
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
        let statement = sql_file!("census/dependent_views.sql").into();
        let views = self.session.query_count(&statement, &[&oids]).await?;
        let why = "plain views hold nothing themselves";
        let finding = || Finding::new(Place::Views, Grade::Gone, why).detail(format!("{views}"));
        Ok((views > 0).then(finding))
    }

    /// Tables that triggers and rules write to.
    async fn copies(&self) -> Result<Vec<Finding>, DatabaseError> {
        let oids = self.oids(&[TargetKind::Table, TargetKind::Parent]);
        let statement = sql_file!("census/triggers.sql").into();
        let rows = self.session.query(&statement, &[&oids]).await?;
        let search = "lethe verify FILE --value-search";
        let finding = |row: &tokio_postgres::Row| {
            let (table, name): (&str, &str) = (row.get("table_name"), row.get("name"));
            let (function, targets): (&str, Vec<&str>) =
                (row.get("function_name"), row.get("targets"));
            let shown = match targets.as_slice() {
                [] => function.to_owned(),
                targets => format!("writes to {}", targets.join(", ")),
            };
            let finding = if !targets.is_empty() {
                let why = "whatever changes a row also writes to another table, which may have taken old values";
                let finding = Finding::new(Place::Copies, Grade::MayRemain, why);
                finding
                    .until("somebody has looked at that table")
                    .way_out(search)
            } else if row.get("quiet") {
                Finding::new(
                    Place::Copies,
                    Grade::Gone,
                    "what fires on a change writes nowhere",
                )
            } else {
                let why = "what fires on a change may write elsewhere; where cannot be read off it";
                Finding::new(Place::Copies, Grade::Unknown, why).way_out(search)
            };
            finding.of(format!("{table}: {name}")).detail(shown)
        };
        if rows.is_empty() {
            let nothing = "nothing fires on a change of these tables";
            return Ok(vec![Finding::new(Place::Copies, Grade::Gone, nothing)]);
        }
        Ok(rows.iter().map(finding).collect())
    }

    async fn publications(&self) -> Result<Vec<Finding>, DatabaseError> {
        let oids = self.oids(&[TargetKind::Table, TargetKind::Parent]);
        let statement = sql_file!("census/publications.sql").into();
        let rows = self.session.query(&statement, &[&oids]).await?;
        let finding = |row: &tokio_postgres::Row| {
            let why = "changes are published to subscribers, which have files, statistics and logs of their own";
            let tables: i64 = row.get("tables");
            Finding::new(Place::Replicas, Grade::Unknown, why)
                .of(row.get::<_, String>("publication"))
                .detail(format!("publishes {tables} of these tables"))
                .way_out("lethe census and lethe scrub on each subscriber")
        };
        Ok(rows.iter().map(finding).collect())
    }
}

async fn count(session: &Session, counting: &Statement, oid: u32) -> Result<i64, DatabaseError> {
    session.query_count(counting, &[&oid]).await
}
