//! How fast a FORGET goes: the size of its transactions, and when it waits for others.
//!
//! Beside a live system a transaction is made as large as it takes [`Pace::target`] to carry it out, halved when
//! somebody waits for its locks; in a maintenance window it is as large as allowed. Limits on rows, on WAL and on the
//! replicas' lag make it rest between transactions.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Notify};

use super::limits::PaceLimits;
use crate::domain::clock::Clock;
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// Devices with which a run beside a live system begins.
const FIRST: u32 = 64;
/// Longest rest for WAL after one transaction: most of it may be a burst of somebody else's that is long over.
const MOST_REST_FOR_WAL: Duration = Duration::from_secs(10);
/// How often a run that rests looks at the replicas, and whether it shall stop.
const LAG_PAUSE: Duration = Duration::from_millis(500);

/// The pace of a run; its workers share it.
pub struct Pace {
    limits: PaceLimits,
    clock: Clock,
    size: AtomicU32,
    stop: AtomicBool,
    interrupted: AtomicBool,
    /// Wakes whoever rests or waits until it is over.
    ended: Notify,
    /// What the metrics tell.
    pub counts: PaceCounts,
    budget: Mutex<Budget>,
    written: Mutex<Written>,
}

/// What happened so far.
#[derive(Debug, Default)]
pub struct PaceCounts {
    /// Transactions that were committed.
    pub chunks: AtomicI64,
    /// Transactions that were tried again after a deadlock or a lock that was not granted.
    pub retries: AtomicI64,
    /// How often others were seen to wait for our locks.
    pub waits: AtomicI64,
    /// Milliseconds for which limits made it rest.
    pub rested: AtomicI64,
}

/// Where the WAL was when: what no replica has replayed yet, the oldest first.
#[derive(Default)]
struct Written(VecDeque<(i64, Instant)>);

impl Written {
    /// Notes where the WAL is, and tells since when the slowest replica has not replayed what was written.
    fn behind(&mut self, position: i64, replayed: Option<i64>, now: Instant) -> Duration {
        let Some(replayed) = replayed else {
            self.0.clear();
            return Duration::ZERO;
        };
        if self.0.back().is_none_or(|(last, _)| *last < position) {
            self.0.push_back((position, now));
        }
        while self.0.front().is_some_and(|(at, _)| *at <= replayed) {
            self.0.pop_front();
        }
        let oldest = self.0.front();
        oldest.map_or(Duration::ZERO, |(_, since)| {
            now.saturating_duration_since(*since)
        })
    }
}

/// What may still be used up in the current second.
#[derive(Default)]
struct Budget {
    /// When rows and WAL are within their limits again.
    free_at: Option<Instant>,
    /// The WAL position at the last look, and when that was.
    wal: Option<(i64, Instant)>,
}

impl Pace {
    pub fn new(limits: PaceLimits, clock: Clock) -> Pace {
        let all = limits.devices_per_transaction.max(1);
        let first = match limits.transaction_time {
            Some(_) => all.min(FIRST),
            None => all,
        };
        Pace {
            limits,
            clock,
            size: first.into(),
            stop: false.into(),
            interrupted: false.into(),
            ended: Notify::new(),
            counts: PaceCounts::default(),
            budget: Mutex::default(),
            written: Mutex::default(),
        }
    }

    /// Devices that the next transaction should have.
    pub fn devices(&self) -> u32 {
        self.size.load(Ordering::Relaxed).max(1)
    }

    /// Whether no transaction may begin any more: the window is over, or [`Pace::stop`] or [`Pace::interrupt`] was called.
    pub fn is_over(&self) -> bool {
        self.is_stopped()
            || self
                .limits
                .until
                .is_some_and(|until| self.clock.now() >= until)
    }

    /// When the window ends, where there is one.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        self.limits.until
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.is_interrupted()
    }

    /// Ends when [`Pace::stop`] or [`Pace::interrupt`] was called: an export that began within its window is carried to
    /// its end, for the next run would begin it afresh.
    pub async fn stopped(&self) {
        while !self.is_stopped() {
            tokio::select! {
                () = self.ended.notified() => {}
                () = tokio::time::sleep(LAG_PAUSE) => {}
            }
        }
    }

    /// Ends when no transaction may begin any more.
    async fn over(&self) {
        while !self.is_over() {
            tokio::select! {
                () = self.ended.notified() => {}
                () = tokio::time::sleep(LAG_PAUSE) => {}
            }
        }
    }

    /// Another submission begins.
    pub fn begin(&self) {
        self.stop.store(false, Ordering::Relaxed);
    }

    /// Lets every worker end after its transaction.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.ended.notify_waiters();
    }

    /// The same for good: the process was asked to end.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
        self.ended.notify_waiters();
    }

    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Whether others are watched for waits on our locks.
    pub fn is_beside_a_live_system(&self) -> bool {
        self.limits.transaction_time.is_some()
    }

    /// Others wait for our locks, or we for theirs: smaller transactions hold fewer of them, and not so long.
    pub fn conflict(&self) {
        let halved = |size: u32| Some((size / 2).max(1));
        // The closure never refuses.
        let _ = self
            .size
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, halved);
    }

    /// A transaction over so many devices took so long: the next is as large as the time allows.
    pub fn took(&self, devices: u32, elapsed: Duration) {
        self.counts.chunks.fetch_add(1, Ordering::Relaxed);
        let Some(target) = self.limits.transaction_time else {
            // Halved by a conflict, it grows again.
            let grown = self.devices().saturating_mul(2);
            self.size.store(
                grown.min(self.limits.devices_per_transaction.max(1)),
                Ordering::Relaxed,
            );
            return;
        };
        let factor = target.as_secs_f64() / elapsed.as_secs_f64().max(0.001);
        let fitting = f64::from(devices.max(1)) * factor.clamp(0.25, 2.0);
        let most = self.limits.devices_per_transaction.max(1);
        self.size
            .store((fitting as u32).clamp(1, most), Ordering::Relaxed);
    }

    /// Rests after a transaction that changed so many rows, as long as the limits want it.
    pub async fn rest(&self, session: &Session, rows: u64) -> Result<(), DatabaseError> {
        let began = Instant::now();
        let rested = self.rest_for_limits(session, rows).await;
        if began.elapsed() > Duration::from_millis(1) {
            let millis = began.elapsed().as_millis() as i64;
            self.counts.rested.fetch_add(millis, Ordering::Relaxed);
        }
        rested
    }

    async fn rest_for_limits(&self, session: &Session, rows: u64) -> Result<(), DatabaseError> {
        let used = self.used_up(session, rows).await?;
        if !used.is_zero() {
            let free_at = {
                let mut budget = self.budget.lock().await;
                let from = budget.free_at.unwrap_or_else(Instant::now);
                let free_at = from.max(Instant::now()) + used;
                budget.free_at = Some(free_at);
                free_at
            };
            while !self.is_over() {
                let left = free_at.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                self.sleep(left).await;
            }
        }
        while let Some(most) = self.limits.max_replica_lag {
            if self.is_over() || self.replica_lag(session).await? <= most {
                break;
            }
            self.sleep(LAG_PAUSE).await;
        }
        Ok(())
    }

    /// Waits for so long, or until the process is asked to end.
    pub async fn wait(&self, time: Duration) {
        let interrupted = async {
            while !self.is_interrupted() {
                tokio::select! {
                    () = self.ended.notified() => {}
                    () = tokio::time::sleep(LAG_PAUSE) => {}
                }
            }
        };
        let _ = tokio::time::timeout(time, interrupted).await;
    }

    /// Sleeps, in steps: a window that ends, a worker that failed, a signal ends the rest too.
    async fn sleep(&self, time: Duration) {
        let _ = tokio::time::timeout(time, self.over()).await;
    }

    /// The lag of the slowest replica; none where there is no replica. Measured by ourselves too: since when it has not
    /// replayed what was written.
    async fn replica_lag(&self, session: &Session) -> Result<Duration, DatabaseError> {
        let row = session
            .query_opt(&sql_file!("session/replica_lag.sql").into(), &[])
            .await?;
        let Some(row) = row else {
            return Ok(Duration::ZERO);
        };
        let told: Option<f64> = row.get("seconds");
        let told = Duration::from_secs_f64(told.unwrap_or(0.0).max(0.0));
        let (position, replayed) = (row.get("position"), row.get("replayed"));
        let mut written = self.written.lock().await;
        Ok(written.behind(position, replayed, Instant::now()).max(told))
    }

    /// The time that the limits on rows and WAL give for what was done.
    async fn used_up(&self, session: &Session, rows: u64) -> Result<Duration, DatabaseError> {
        let time = |amount: u64, rate: Option<u64>| {
            rate.map_or(Duration::ZERO, |rate| {
                Duration::from_secs_f64(amount as f64 / rate.max(1) as f64)
            })
        };
        let for_rows = time(rows, self.limits.max_rows_per_second);
        let Some(rate) = self.limits.max_wal_rate else {
            return Ok(for_rows);
        };
        let position = wal_position(session).await?;
        let mut budget = self.budget.lock().await;
        let (before, at) = budget.wal.unwrap_or((position, Instant::now()));
        budget.wal = Some((position, Instant::now()));
        let written = position.saturating_sub(before).max(0) as u64;
        let for_wal = time(written, Some(rate))
            .saturating_sub(at.elapsed())
            .min(MOST_REST_FOR_WAL);
        Ok(for_rows.max(for_wal))
    }
}

async fn wal_position(session: &Session) -> Result<i64, DatabaseError> {
    session
        .query_count(&sql_file!("session/wal_position.sql").into(), &[])
        .await
}

/// Whether this role sees the replicas at all; one that does not would take them to be up to date.
pub async fn may_see_replicas(session: &Session) -> Result<bool, DatabaseError> {
    let statement = sql_file!("session/may_see_replicas.sql").into();
    let row = session.query_opt(&statement, &[]).await?;
    Ok(row.is_some_and(|row| row.get(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(transaction_time: Option<u64>) -> Pace {
        Pace::new(
            PaceLimits {
                transaction_time: transaction_time.map(Duration::from_millis),
                devices_per_transaction: 1000,
                max_rows_per_second: None,
                max_wal_rate: None,
                max_replica_lag: None,
                until: None,
            },
            Clock::starting_at(Utc::now()),
        )
    }

    #[test]
    fn transactions_grow_and_shrink_to_the_time_they_may_take() {
        let pace = pace(Some(80));
        assert_eq!(pace.devices(), FIRST);
        pace.took(64, Duration::from_millis(10));
        assert_eq!(pace.devices(), 128, "at most doubled");
        pace.took(128, Duration::from_millis(160));
        assert_eq!(pace.devices(), 64);
        pace.took(64, Duration::from_secs(10));
        assert_eq!(pace.devices(), 16, "at most quartered");
        pace.took(1000, Duration::from_millis(1));
        assert_eq!(pace.devices(), 1000, "never more than allowed");
    }

    #[test]
    fn a_conflict_halves_and_quiet_lets_grow_again() {
        let pace = pace(None);
        assert_eq!(pace.devices(), 1000, "all that is allowed in a window");
        pace.conflict();
        pace.conflict();
        assert_eq!(pace.devices(), 250);
        pace.took(250, Duration::from_secs(9));
        assert_eq!(pace.devices(), 500);
        for _ in 0..20 {
            pace.conflict();
        }
        assert_eq!(pace.devices(), 1);
    }

    #[test]
    fn a_replica_is_behind_since_what_it_has_not_replayed_was_written() {
        let mut written = Written::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut behind =
            |position, replayed, seconds| written.behind(position, replayed, at(seconds)).as_secs();
        assert_eq!(behind(100, None, 0), 0, "no replica");
        assert_eq!(behind(100, Some(90), 1), 0);
        assert_eq!(behind(100, Some(90), 4), 3, "it stands still");
        assert_eq!(behind(200, Some(90), 6), 5);
        assert_eq!(behind(200, Some(100), 7), 1, "only the second is missing");
        assert_eq!(behind(200, Some(200), 8), 0);
    }

    #[test]
    fn a_window_ends_and_a_stop_is_heard() {
        let pace = pace(None);
        assert!(!pace.is_over());
        pace.stop();
        assert!(pace.is_over());
    }
}
