//! Below SQL: what a FORGET leaves behind in dead row versions, indexes, statistics and data files is removed, as far as
//! it can be, and what stands in the way is named.
//!
//! A scrub treats units ([`target::Unit`]) one behind the other, notes each in the ledger, and begins none that is done:
//! one that was killed goes on where it was. Nothing is called complete because a statement succeeded ([`levels`]).

pub mod estimate;
pub mod horizon;
pub mod ledger;
mod levels;
pub mod repack;
mod target;
mod vacuumed;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::identifier::{ScrubId, SubmissionId};
use crate::domain::level::Level;
pub(crate) use target::missing as nowhere;
pub use target::{Unit, UnitKind, checkpoint, units};

use crate::domain::clock::Clock;
use crate::engine::pace::Pace;
use crate::erasure::scrub::ledger::Need;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};
use estimate::{Estimate, Room, estimate};
use horizon::{Holder, HolderKind, Keeps, Mark};
use levels::{Hands, Times};
use repack::Repack;

/// What is wanted.
pub struct Wanted {
    pub level: Level,
    /// Only tables that this submission changed.
    pub submission_id: Option<SubmissionId>,
    /// Changed columns, as `<schema>.<table>` and name.
    pub columns: Vec<(String, String)>,
    /// For holders and locks, in all for the former, each time for the latter.
    pub wait: Duration,
    pub cost_delay: Duration,
    pub until: Option<DateTime<Utc>>,
    /// Writes tables with a key anew at level 2, beside readers and writers.
    pub repack: Option<Repack>,
}

impl Wanted {
    fn estimate(&self, due: &Due) -> Estimate {
        estimate(&due.unit, due.level, self.repack.is_some())
    }
}

/// A unit that is due.
#[derive(Debug)]
pub struct Due {
    pub unit: Unit,
    pub level: Level,
    pub need: Need,
}

/// What became of a unit.
#[derive(Debug, Serialize)]
pub struct Treated {
    pub kind: UnitKind,
    pub relation: String,
    pub complete: bool,
    pub milliseconds: i64,
    /// What stood in the way.
    pub holders: Vec<Holder>,
    /// The tables of the catalogue whose old values can be there.
    #[serde(skip)]
    pub tables: Vec<String>,
}

/// What became of a scrub.
#[derive(Debug, Serialize)]
pub struct Scrubbed {
    pub level: Level,
    /// Whether everything was removed that a scrub of this level removes.
    pub complete: bool,
    pub units: Vec<Treated>,
    /// Units that earlier scrubs had completed.
    pub up_to_date: usize,
    /// Units that were not begun any more: the window ended.
    pub left: usize,
    /// What holds row versions of before this scrub at its end, or WAL.
    pub holders: Vec<Holder>,
    /// Certificates that were made at its end.
    pub certificates: usize,
    /// Whether one could not be made, or not be published.
    #[serde(skip)]
    pub uncertified: bool,
}

impl Scrubbed {
    /// The tables of the catalogue that it was about.
    pub fn tables(&self) -> Vec<String> {
        let all = self.units.iter().flat_map(|unit| &unit.tables);
        let mut tables: Vec<String> = all.cloned().collect();
        tables.sort();
        tables.dedup();
        tables
    }
}

/// What is due at a level: units of changed tables that no scrub has completed since. Nothing, where a submission's tables
/// are all clean at that level.
pub async fn due(session: &Session, wanted: &Wanted) -> Result<(Vec<Due>, usize), DatabaseError> {
    let needs = ledger::needs(session, wanted.submission_id).await?;
    let mut tables: Vec<String> = needs.keys().cloned().collect();
    if tables.is_empty() {
        return Ok((Vec::new(), 0));
    }
    tables.sort();
    let done = ledger::completed(session).await?;
    let mut units = target::units(session, &tables, &wanted.columns).await?;
    units.push(target::checkpoint(tables));
    let (mut due, mut up_to_date) = (Vec::new(), 0);
    for unit in units {
        let (Some(level), Some(need)) = (unit.treated(wanted.level), unit.need(&needs)) else {
            continue;
        };
        let last = done.last(unit.kind.as_str(), &unit.relation(), level);
        // Whatever an index is on was perhaps written anew, and the index with it.
        let anew = match unit.kind {
            UnitKind::Index => done.last("table", &unit.on, Level::Two).max(done.last(
                "view",
                &unit.on,
                Level::Two,
            )),
            _ => ScrubId::BEFORE_ALL,
        };
        // What was written anew since the last checkpoint is to be on the disk, too.
        let after_others = unit.kind == UnitKind::Checkpoint && !due.is_empty();
        if last.max(anew) >= need.scrub_id && !after_others {
            up_to_date += 1;
        } else {
            due.push(Due { unit, level, need });
        }
    }
    Ok((due, up_to_date))
}

/// The estimates of what is due, and whether there is room for it.
pub async fn estimates(
    session: &Session,
    wanted: &Wanted,
    due: &[Due],
) -> Result<(Vec<Estimate>, Room), DatabaseError> {
    let row = session
        .query_opt(&sql_file!("scrub/local.sql").into(), &[])
        .await?;
    let local = row.is_some_and(|row| row.get("local"));
    let all: Vec<Estimate> = due.iter().map(|due| wanted.estimate(due)).collect();
    let folders = due.iter().map(|due| due.unit.folder.as_deref());
    let room = Room::of(all.iter().zip(folders), local);
    Ok((all, room))
}

/// Scrubs what is due; the caller holds the lock ([`ledger::lock_scrub`]) and has begun it ([`ledger::begin_scrub`]).
pub async fn scrub(
    session: &Session,
    scrub_id: ScrubId,
    wanted: &Wanted,
    pace: &Pace,
    clock: &Clock,
    tell: impl Fn(&Treated),
) -> Result<Scrubbed, DatabaseError> {
    let hands = hands(session, wanted.repack.as_ref()).await?;
    hands.set(times(wanted, clock).without_end()).await?;
    hands.drop_leftovers().await?;
    let (due, up_to_date) = due(session, wanted).await?;
    let mut scrubbed = Scrubbed {
        level: wanted.level,
        complete: false,
        units: Vec::new(),
        up_to_date,
        left: 0,
        holders: Vec::new(),
        certificates: 0,
        uncertified: false,
    };
    let give_up = Instant::now() + wanted.wait;
    let mut mark = None;
    for due in due {
        mark = newer(mark, due.need.mark);
        let statement = wanted.until.map(|until| until - clock.now());
        let too_late =
            statement.is_some_and(|left| left.num_seconds() < due_seconds(&wanted.estimate(&due)));
        if pace.is_over() || too_late {
            scrubbed.left += 1;
            continue;
        }
        let times = times(wanted, clock);
        ledger::begin_unit(session, scrub_id, &due.unit, due.level).await?;
        let goes_on = || Instant::now() < give_up && !pace.is_over();
        horizon::wait(session, due.need.mark, &hands.own, goes_on).await?;
        let began = Instant::now();
        let holders = hands.treat(&due.unit, due.level, due.need, times).await?;
        ledger::end_unit(session, scrub_id, &due.unit, &holders).await?;
        let treated = Treated {
            kind: due.unit.kind,
            relation: due.unit.relation(),
            complete: holders.is_empty(),
            milliseconds: began.elapsed().as_millis() as i64,
            holders,
            tables: due.unit.tables,
        };
        tell(&treated);
        scrubbed.units.push(treated);
        pace.rest(session, 0).await?;
    }
    hands.reset().await?;
    if scrubbed.left > 0 {
        let name = format!("it ended before {} of the units were begun", scrubbed.left);
        scrubbed
            .holders
            .push(Holder::named(HolderKind::Window, Keeps::Rows, name));
    }
    let gone = missing(session, wanted).await?;
    scrubbed
        .holders
        .extend(gone.iter().map(|table| not_found(table)));
    if let Some(mark) = mark {
        scrubbed
            .holders
            .extend(horizon::holders(session, mark, &hands.own).await?);
    }
    let complete =
        scrubbed.left == 0 && gone.is_empty() && scrubbed.units.iter().all(|unit| unit.complete);
    scrubbed.complete = complete;
    ledger::add_holders(session, scrub_id, None, &scrubbed.holders).await?;
    ledger::end_scrub(session, scrub_id, complete).await?;
    Ok(scrubbed)
}

/// Changed tables that are nowhere, so that nobody can say what is left of them.
pub async fn missing(session: &Session, wanted: &Wanted) -> Result<Vec<String>, DatabaseError> {
    let needs = ledger::needs(session, wanted.submission_id).await?;
    let tables: Vec<String> = needs.into_keys().collect();
    target::missing(session, &tables).await
}

/// What is said of such a table.
pub fn not_found(table: &str) -> Holder {
    let name = format!(
        "{table} is not in this database under this name; if it was renamed or moved, give it its name back and run again"
    );
    Holder::named(HolderKind::Unknown, Keeps::Rows, name)
}

/// What a unit may take now.
fn times(wanted: &Wanted, clock: &Clock) -> Times {
    let left = wanted.until.map(|until| until - clock.now());
    Times {
        lock: wanted.wait.max(Duration::from_secs(1)),
        statement: left.map(|left| left.to_std().unwrap_or_default()),
        cost_delay: wanted.cost_delay,
    }
}

/// The time that a unit must have: only what locks others out is not begun in vain.
fn due_seconds(estimate: &Estimate) -> i64 {
    if estimate.exclusive {
        estimate.seconds
    } else {
        0
    }
}

fn newer(one: Option<Mark>, other: Mark) -> Option<Mark> {
    match one {
        Some(one) if one.xid >= other.xid => Some(one),
        _ => Some(other),
    }
}

async fn hands<'a>(
    session: &'a Session,
    repack: Option<&'a Repack>,
) -> Result<Hands<'a>, DatabaseError> {
    let speaks = sql_file!("scrub/speaks_english.sql").into();
    let row = session.query_opt(&speaks, &[]).await?;
    // A view that cannot be refreshed quotes rows.
    session.guard().await?;
    let english = row.as_ref().is_some_and(|row| row.get("english"));
    // Needs a right; without it the server's counts must do.
    let translated = !english
        && match session.run(&sql_file!("scrub/english.sql").into()).await {
            Err(error) if error.is_lost_connection() => return Err(error),
            done => done.is_ok(),
        };
    Ok(Hands {
        session,
        own: vec![session.process().await?],
        translated,
        repack,
        deferred: row.map_or(0, |row| row.get("deferred")),
    })
}
