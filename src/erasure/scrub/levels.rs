//! What is done to each kind of unit, and whether it did what it should: a statement that succeeded is no proof.

use std::time::Duration;

use super::horizon::{self, Holder, HolderKind, Keeps, Mark};
use super::repack::Repack;
use super::target::{Unit, UnitKind};
use super::vacuumed::Vacuumed;
use crate::catalogue::render::{self};
use crate::domain::level::Level;
use crate::erasure::scrub::ledger::Need;
use crate::postgres::sql::{Statement, sql_file};
use crate::postgres::{DatabaseError, Inputs, Session};

/// The session that scrubs, and what is known of it.
pub struct Hands<'a> {
    pub session: &'a Session,
    /// Its server process, and others of Lethe's that hold nothing.
    pub own: Vec<i32>,
    /// Transactions beyond all holders for which the server keeps row versions.
    pub deferred: i64,
    pub repack: Option<&'a Repack>,
    /// Whether the session was made to speak English.
    pub translated: bool,
}

/// Times that a unit is given.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// For a lock.
    pub lock: Duration,
    /// For a statement; none: as long as it takes.
    pub statement: Option<Duration>,
    /// Rest of VACUUM, whenever it has used up its budget.
    pub cost_delay: Duration,
}

impl Times {
    /// The same for statements that are not cut off when a window ends.
    pub fn without_end(self) -> Times {
        Times {
            statement: None,
            ..self
        }
    }
}

impl Hands<'_> {
    /// Treats a unit at a level; returns what stood in the way, nothing where it is complete.
    pub async fn treat(
        &self,
        unit: &Unit,
        level: Level,
        need: Need,
        times: Times,
    ) -> Result<Vec<Holder>, DatabaseError> {
        if !unit.may {
            let right = format!("{} is another role's; its owner may", unit.relation());
            return Ok(vec![Holder::named(HolderKind::Right, Keeps::Rows, right)]);
        }
        self.set(times).await?;
        let done = match unit.kind {
            UnitKind::Table if level == Level::Two => self.rewrite(unit, need.mark, times).await,
            UnitKind::Table => self.vacuum(unit, need.mark).await,
            UnitKind::Statistics => self.statistics(unit, level, need.mark).await,
            UnitKind::Parent => self.parent(unit).await,
            UnitKind::Index => self.reindex(unit, need.mark).await,
            UnitKind::View => self.view(unit, level, need.mark).await,
            UnitKind::Checkpoint => self.checkpoint(times).await,
        };
        if let Err(error) = &done
            && error.is_lost_connection()
        {
            return done;
        }
        // What is noted in the ledger has all the time that it takes.
        self.set(times.without_end()).await?;
        match done {
            Err(error) => Ok(vec![reason(unit, &error)]),
            done => done,
        }
    }

    pub async fn set(&self, times: Times) -> Result<(), DatabaseError> {
        let millis = |time: Duration| time.as_millis().max(1).min(i32::MAX as u128).to_string();
        let (lock, statement) = (
            millis(times.lock),
            times.statement.map_or_else(|| "0".to_owned(), millis),
        );
        let delay = times.cost_delay.as_millis().min(100).to_string();
        let file = sql_file!("scrub/settings.sql").into();
        self.session
            .query(&file, &[&lock, &statement, &delay])
            .await
            .map(drop)
    }

    /// The session is as it was.
    pub async fn reset(&self) -> Result<(), DatabaseError> {
        if self.translated {
            let language = sql_file!("scrub/own_language.sql").into();
            self.session.run(&language).await?;
        }
        let statements = sql_file!("scrub/defaults.sql").into();
        self.session.run(&statements).await
    }

    async fn holders(&self, mark: Mark) -> Result<Vec<Holder>, DatabaseError> {
        let mut holders = horizon::holders(self.session, mark, &self.own).await?;
        holders.retain(|holder| holder.keeps == Keeps::Rows);
        Ok(holders)
    }

    async fn vacuum(&self, unit: &Unit, mark: Mark) -> Result<Vec<Holder>, DatabaseError> {
        let mut stood = self.holders(mark).await?;
        let vacuum = render::vacuum(&unit.name);
        self.judge(unit, &vacuum, mark, &mut stood).await?;
        stood.extend(self.stale(unit).await?);
        let unfinished = sql_file!("scrub/unfinished.sql").into();
        let rows = self.session.query(&unfinished, &[&unit.oid]).await?;
        stood.extend(rows.iter().map(|row| unfinished_index(row.get("name"))));
        Ok(stood)
    }

    /// A table is written anew only where nothing makes the server take dead row versions over into the new file.
    async fn rewrite(
        &self,
        unit: &Unit,
        mark: Mark,
        times: Times,
    ) -> Result<Vec<Holder>, DatabaseError> {
        let mut stood = self.holders(mark).await?;
        if !stood.is_empty() {
            return Ok(stood);
        }
        if self.deferred > 0 {
            return Ok(vec![deferred()]);
        }
        if let Some(repack) = self.repack.filter(|_| unit.keyed) {
            let anew = repack.write_anew(self.session, unit, times);
            stood.extend(anew.await?);
            stood.extend(self.stale(unit).await?);
            return Ok(stood);
        }
        // Its reports tell no cutoff; whatever appeared since holds nothing of before the mark.
        let notices = self
            .session
            .run_and_listen(&render::rewrite(&unit.name))
            .await?;
        stood.extend(warnings(unit, &Vacuumed::read(&notices)));
        stood.extend(self.stale(unit).await?);
        Ok(stood)
    }

    async fn statistics(
        &self,
        unit: &Unit,
        level: Level,
        mark: Mark,
    ) -> Result<Vec<Holder>, DatabaseError> {
        let mut stood = horizon::holders(self.session, mark, &self.own).await?;
        stood.retain(|holder| holder.keeps != Keeps::Wal);
        if level < Level::Two {
            let vacuum = render::vacuum(&unit.name);
            self.judge(unit, &vacuum, mark, &mut stood).await?;
        } else if stood.is_empty() {
            let rewrite = render::rewrite(&unit.name);
            let notices = self.session.run_and_listen(&rewrite).await?;
            stood.extend(warnings(unit, &Vacuumed::read(&notices)));
        }
        Ok(stood)
    }

    /// Runs VACUUM and adds what its reports say that it could not do.
    async fn judge(
        &self,
        unit: &Unit,
        vacuum: &Statement,
        mark: Mark,
        stood: &mut Vec<Holder>,
    ) -> Result<(), DatabaseError> {
        let notices = self.session.run_and_listen(vacuum).await?;
        let read = Vacuumed::read(&notices);
        if stood.is_empty() && read.reaches(mark.xid) == Some(false) {
            // It came, and may be gone by now.
            stood.extend(self.holders(mark).await?);
            if stood.is_empty() {
                stood.push(match self.deferred > 0 {
                    true => deferred(),
                    false => Holder::named(
                        HolderKind::Unknown,
                        Keeps::Rows,
                        format!(
                            "what kept row versions of {} is gone by now",
                            unit.relation()
                        ),
                    ),
                });
            }
        }
        match read.pinned {
            Some(0) => {}
            Some(pages) => stood.push(Holder::named(
                HolderKind::Pinned,
                Keeps::Rows,
                format!("{pages} of {}", unit.relation()),
            )),
            None => stood.extend(self.unreported(unit).await?),
        }
        if read.bypassed || read.cutoff.is_none() && unit.failsafe {
            stood.push(Holder::named(
                HolderKind::Bypassed,
                Keeps::Rows,
                format!("{} (vacuum_failsafe_age)", unit.relation()),
            ));
        }
        stood.extend(warnings(unit, &read));
        Ok(())
    }

    /// Where reports cannot be read, the server's count of what it kept must be zero.
    async fn unreported(&self, unit: &Unit) -> Result<Option<Holder>, DatabaseError> {
        if self.deferred > 0 {
            return Ok(Some(deferred()));
        }
        let statement = sql_file!("scrub/dead.sql").into();
        let row = self.session.query_opt(&statement, &[&unit.oid]).await?;
        let clean = row.is_some_and(|row| row.get::<_, i64>("dead") == 0 && row.get("known"));
        Ok((!clean).then(|| {
            Holder::named(
                HolderKind::Unknown,
                Keeps::Rows,
                format!(
                    "whether pages of {} were in use: the server reports in another language; SET lc_messages must be allowed",
                    unit.relation()
                ),
            )
        }))
    }

    async fn parent(&self, unit: &Unit) -> Result<Vec<Holder>, DatabaseError> {
        let analyze = render::analyze_parent(&unit.name);
        let notices = self.session.run_and_listen(&analyze).await?;
        let mut stood: Vec<Holder> = warnings(unit, &Vacuumed::read(&notices))
            .into_iter()
            .collect();
        stood.extend(self.stale(unit).await?);
        Ok(stood)
    }

    /// Statistics of a table that ANALYZE leaves as they are.
    async fn stale(&self, unit: &Unit) -> Result<Vec<Holder>, DatabaseError> {
        let statement = sql_file!("scrub/stale.sql").into();
        let rows = self.session.query(&statement, &[&unit.oid]).await?;
        let holder = |row: &tokio_postgres::Row| {
            let name: &str = row.get("name");
            let why = match row.get("empty") {
                true => {
                    "the table is empty, and ANALYZE leaves what it had: have a row in it when it is scrubbed, or give the column its own type again (ALTER TABLE), which drops them"
                }
                false => {
                    "ANALYZE leaves them at STATISTICS 0: set another target, scrub, and set it back"
                }
            };
            Holder::named(
                HolderKind::Statistics,
                Keeps::Statistics,
                format!("{name}; {why}"),
            )
        };
        Ok(rows.iter().map(holder).collect())
    }

    /// It waits for old snapshots by itself, and would hold the table's maintenance up meanwhile; so it is not begun.
    async fn reindex(&self, unit: &Unit, mark: Mark) -> Result<Vec<Holder>, DatabaseError> {
        if !unit.concurrent {
            let name = format!(
                "{} belongs to an exclusion constraint and is made anew at level 2 only",
                unit.relation()
            );
            return Ok(vec![Holder::named(HolderKind::Index, Keeps::Rows, name)]);
        }
        if !unit.valid {
            return Ok(vec![unfinished_index(&unit.relation())]);
        }
        let stood = self.holders(mark).await?;
        if !stood.is_empty() {
            return Ok(stood);
        }
        let made = self.session.run(&render::reindex(&unit.name)).await;
        if let Err(error) = made {
            if !error.is_lost_connection() {
                self.drop_leftovers().await?;
            }
            return Err(error);
        }
        Ok(stood)
    }

    /// Drops invalid indexes that interrupted work of a scrub left behind; returns their number.
    pub async fn drop_leftovers(&self) -> Result<usize, DatabaseError> {
        let statement = sql_file!("scrub/leftovers.sql").into();
        let mut dropped = 0;
        for row in self.session.query(&statement, &[]).await? {
            let (schema, index): (String, String) = (row.get(0), row.get(1));
            let name = crate::postgres::name::TableName::new(schema, index);
            match self.session.run(&render::drop_index(&name)).await {
                Ok(()) => dropped += 1,
                Err(error) if error.is_lost_connection() => return Err(error),
                Err(error) => {
                    tracing::warn!(index = %name.plain(), %error, "an invalid index stays; the next scrub tries again");
                }
            }
        }
        Ok(dropped)
    }

    async fn view(
        &self,
        unit: &Unit,
        level: Level,
        mark: Mark,
    ) -> Result<Vec<Holder>, DatabaseError> {
        if level == Level::Two {
            let refresh = render::refresh(&unit.name);
            self.session.change(&refresh, Inputs::None).await?;
            return self.vacuum(unit, mark).await;
        }
        if !unit.concurrent {
            let name = format!(
                "{} needs a unique index to be refreshed beside its readers; create one, or scrub at level 2",
                unit.relation()
            );
            return Ok(vec![Holder::named(HolderKind::View, Keeps::Rows, name)]);
        }
        let refresh = render::refresh_concurrently(&unit.name);
        self.session.change(&refresh, Inputs::None).await?;
        // What was taken out of it died just now.
        let refreshed = Mark::now(self.session).await?;
        self.vacuum(unit, refreshed).await
    }

    /// Pages that are clean in memory are to be clean on the disk: by our checkpoint, or by one that comes in time.
    async fn checkpoint(&self, times: Times) -> Result<Vec<Holder>, DatabaseError> {
        let end = Mark::now(self.session).await?;
        match self
            .session
            .run(&sql_file!("scrub/checkpoint.sql").into())
            .await
        {
            Ok(()) => return Ok(Vec::new()),
            Err(error) if error.sqlstate.as_deref() == Some("42501") => {}
            Err(error) => return Err(error),
        }
        let give_up = std::time::Instant::now() + times.lock;
        let look = sql_file!("scrub/checkpointed.sql").into();
        loop {
            let row = self.session.query_opt(&look, &[&end.lsn]).await?;
            if row.is_some_and(|row| row.get("done")) {
                return Ok(Vec::new());
            }
            if std::time::Instant::now() >= give_up {
                let name = "CHECKPOINT; run again after the next one, or GRANT pg_checkpoint (PostgreSQL 15 and later)";
                return Ok(vec![Holder::named(HolderKind::Right, Keeps::Rows, name)]);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

/// An interrupted CREATE INDEX or REINDEX of somebody's left it behind.
fn unfinished_index(index: &str) -> Holder {
    let name = format!("{index} is invalid: it was never finished; DROP INDEX it, and run again");
    Holder::named(HolderKind::Index, Keeps::Rows, name)
}

fn deferred() -> Holder {
    let name = "vacuum_defer_cleanup_age makes the server keep row versions; set it to 0";
    Holder::named(HolderKind::Unknown, Keeps::Rows, name)
}

fn warnings(unit: &Unit, read: &Vacuumed) -> Option<Holder> {
    let name = || {
        format!(
            "the server warned about {}; VACUUM (ANALYZE) it by hand to see why",
            unit.relation()
        )
    };
    read.warned
        .then(|| Holder::named(HolderKind::Error, Keeps::Rows, name()))
}

/// What an error comes to.
fn reason(unit: &Unit, error: &DatabaseError) -> Holder {
    let relation = unit.relation();
    let (kind, name) = match error.sqlstate.as_deref() {
        Some("55P03") => (
            HolderKind::Lock,
            format!("{relation} was in use for longer than --wait"),
        ),
        Some("57014") => (
            HolderKind::Window,
            format!("it ended before {relation} was done"),
        ),
        Some("42501") => (HolderKind::Right, format!("{relation}: {error}")),
        Some("53100") => (
            HolderKind::Disk,
            format!("it was full before {relation} was done"),
        ),
        _ => (HolderKind::Error, format!("{relation}: {error}")),
    };
    Holder::named(kind, Keeps::Rows, name)
}
