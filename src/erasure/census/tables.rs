//! What may still hold old values of the tables that forgets have changed: rows, indexes, statistics, views, copies.

use std::collections::HashMap;

use super::{Asking, Finding, Grade, Place, Reached, allowed};
use crate::catalogue::render::{self};
use crate::domain::level::Level;
use crate::erasure::scrub::{Unit, UnitKind};
use crate::postgres::sql::{Statement, sql_file};
use crate::postgres::{DatabaseError, Session};

const SCRUB: &str = "a scrub has treated it";
const ANEW: &str = "it is made anew (a scrub of level 1.5 or 2)";
const CHECKPOINT: &str = "the server's next checkpoint";

/// What the server says of a relation.
struct Relation {
    method: Option<String>,
    dead: i64,
    toast_dead: i64,
    toast: Option<u32>,
}

impl Asking<'_> {
    /// Everything about the changed tables.
    pub(super) async fn tables_and_what_hangs_on_them(
        &self,
    ) -> Result<Vec<Finding>, DatabaseError> {
        let mut findings = Vec::new();
        if self.units.is_empty() {
            let nothing = "no erasure has changed a row";
            findings.push(Finding::new(Place::Rows, Grade::Gone, nothing));
            return Ok(findings);
        }
        let relations = self.relations().await?;
        let extensions = self.extensions().await?;
        for (unit, reached) in &self.units {
            let relation = relations.get(&unit.oid);
            match unit.kind {
                UnitKind::Table | UnitKind::View => {
                    let dead = match relation {
                        Some(relation) => self.dead(unit, relation, &extensions).await?,
                        None => String::new(),
                    };
                    findings.push(self.rows(unit, reached).detail(dead));
                }
                UnitKind::Index => {
                    let method = relation.and_then(|r| r.method.clone()).unwrap_or_default();
                    findings.push(self.index(unit, reached, &method));
                }
                UnitKind::Parent | UnitKind::Statistics => {
                    findings.push(self.statistics(unit, reached));
                }
                UnitKind::Checkpoint => {}
            }
        }
        findings.extend(self.nowhere());
        findings.extend(self.stale().await?);
        findings.extend(self.searched_statistics().await?);
        findings.extend(self.readers().await?);
        findings.extend(self.copies().await?);
        findings.extend(self.publications().await?);
        Ok(findings)
    }

    /// Changed tables that are not under their names, and of which nobody noted which tables they were.
    fn nowhere(&self) -> impl Iterator<Item = Finding> {
        self.nowhere.iter().map(|name| {
            let why =
                "a table that was changed is not found under its name, so it was not looked at";
            let finding = Finding::new(Place::Rows, Grade::Unknown, why).of(name.as_str());
            finding.way_out("give it its name back, then lethe scrub")
        })
    }

    /// The oids of units of some kinds.
    fn oids(&self, kinds: &[UnitKind]) -> Vec<u32> {
        let units = self.units.iter().map(|(unit, _)| unit);
        let wanted = units.filter(|unit| kinds.contains(&unit.kind));
        wanted.map(|unit| unit.oid).collect()
    }

    async fn relations(&self) -> Result<HashMap<u32, Relation>, DatabaseError> {
        let oids = self.oids(&[UnitKind::Table, UnitKind::View, UnitKind::Index]);
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

    /// How many dead row versions there are: by count where that can be had, else as the server reckons.
    async fn dead(
        &self,
        unit: &Unit,
        relation: &Relation,
        extensions: &super::cluster::Extensions,
    ) -> Result<String, DatabaseError> {
        let reckoned = relation.dead + relation.toast_dead;
        let Some(schema) = &extensions.counting_in else {
            return Ok(format!(
                "{reckoned} dead row versions, as the server reckons, of whomever"
            ));
        };
        let counting = render::counted(schema);
        let mut counted = 0;
        for oid in [Some(unit.oid), relation.toast].into_iter().flatten() {
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

    fn rows(&self, unit: &Unit, reached: &Reached) -> Finding {
        let place = match unit.kind {
            UnitKind::View => Place::Views,
            _ => Place::Rows,
        };
        let finding = match reached.level {
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
            None if unit.kind == UnitKind::View => Finding::new(
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
        finding.of(unit.relation())
    }

    /// An index is made anew, or its dead entries went with the dead row versions of its table.
    fn index(&self, unit: &Unit, reached: &Reached, method: &str) -> Finding {
        let on = self
            .units
            .iter()
            .find(|(other, _)| other.relation() == unit.on);
        let cleaned = on.is_some_and(|(_, on)| on.level.is_some());
        // These keep keys and summaries until they are made anew; of the others only bytes in pages are left.
        let keeps = !matches!(method, "btree" | "hash");
        let finding = match reached.level {
            Some(_) => Finding::new(Place::Indexes, Grade::Gone, "it was made anew"),
            None if !unit.ready => Finding::new(
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
        finding.of(unit.relation()).detail(match unit.valid {
            true => method.to_owned(),
            false => format!("{method}, invalid"),
        })
    }

    fn statistics(&self, unit: &Unit, reached: &Reached) -> Finding {
        let finding = match (reached.level, unit.kind) {
            (Some(_), UnitKind::Parent) => {
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
            (None, UnitKind::Parent) => Finding::new(
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
        finding.of(unit.relation())
    }

    /// Statistics that ANALYZE leaves as they are.
    async fn stale(&self) -> Result<Vec<Finding>, DatabaseError> {
        let statement: Statement = sql_file!("scrub/stale.sql").into();
        let mut findings = Vec::new();
        for oid in self.oids(&[UnitKind::Table, UnitKind::Parent, UnitKind::View]) {
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

    /// Statistics in which the very devices stand, and those that cannot be seen.
    async fn searched_statistics(&self) -> Result<Vec<Finding>, DatabaseError> {
        let kinds = [
            UnitKind::Table,
            UnitKind::Parent,
            UnitKind::View,
            UnitKind::Index,
        ];
        let oids = self.oids(&kinds);
        let unseen: Statement = sql_file!("census/unseen.sql").into();
        let rows = self.session.query(&unseen, &[&oids]).await?;
        let mut findings = Vec::new();
        if self.wanted.submission.is_none() {
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
        // Those that were made anew since are of rows that hold it now, perhaps another tenant's: no old value.
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

    /// Whether the statistics of a table, or of an index, were made anew since the erasure. Columns that ANALYZE leaves are
    /// found by themselves.
    fn analyzed(&self, oid: u32) -> bool {
        let of = |wanted: &dyn Fn(&Unit) -> bool| {
            let mut units = self.units.iter();
            units.find(|(unit, _)| wanted(unit))
        };
        match of(&|unit| unit.oid == oid) {
            Some((unit, _)) if unit.kind == UnitKind::Index => {
                of(&|other| other.relation() == unit.on).is_some_and(|(_, on)| on.level.is_some())
            }
            found => found.is_some_and(|(_, reached)| reached.level.is_some()),
        }
    }

    /// Plain views hold nothing.
    async fn readers(&self) -> Result<Option<Finding>, DatabaseError> {
        let oids = self.oids(&[UnitKind::Table, UnitKind::Parent]);
        let statement = sql_file!("census/readers.sql").into();
        let views = self.session.query_count(&statement, &[&oids]).await?;
        let why = "plain views hold nothing themselves";
        let finding = || Finding::new(Place::Views, Grade::Gone, why).detail(format!("{views}"));
        Ok((views > 0).then(finding))
    }

    /// What triggers and rules write to.
    async fn copies(&self) -> Result<Vec<Finding>, DatabaseError> {
        let oids = self.oids(&[UnitKind::Table, UnitKind::Parent]);
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
        let oids = self.oids(&[UnitKind::Table, UnitKind::Parent]);
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
