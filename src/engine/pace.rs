//! The pace of a FORGET: the size of its transactions, and the pauses between them.
//!
//! While a workload is running, transactions are sized to take [`PaceLimits::transaction_time`], and halved when others wait for
//! their locks; where most of that time does not depend on the number of devices, they take longer ([`Cost`]). In a maintenance window they are as large as allowed. Limits on rows, WAL and replication lag cause pauses
//! between transactions.

mod cost;

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Notify};

use self::cost::Cost;
use super::limits::PaceLimits;
use super::queries;
use crate::domain::clock::Clock;
use crate::postgres::query::One;
use crate::postgres::{DatabaseError, Session};

/// Devices in the first transaction while a workload is running.
const FIRST: u32 = 64;
/// Longest pause for WAL after one transaction: most of the WAL may come from a burst of others that is over.
const MOST_REST_FOR_WAL: Duration = Duration::from_secs(10);
/// How often a pausing run checks the replicas and whether it should stop.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// The pace of a run, shared by its workers.
pub(crate) struct Pace {
    limits: PaceLimits,
    clock: Clock,
    size: AtomicU32,
    cost: std::sync::Mutex<Cost>,
    stop: AtomicBool,
    interrupted: AtomicBool,
    /// Notified when the run is asked to stop.
    ended: Notify,
    /// For the metrics.
    pub(crate) counts: PaceCounts,
    budget: Mutex<Budget>,
    written: Mutex<Unreplayed>,
}

/// Counters of a run.
#[derive(Debug, Default)]
pub struct PaceCounts {
    /// Committed transactions.
    pub(crate) chunks: AtomicI64,
    /// Transactions that were retried after a deadlock or a lock timeout.
    pub(crate) retries: AtomicI64,
    /// How often others were found waiting for our locks.
    pub(crate) waits: AtomicI64,
    /// Milliseconds of pauses caused by limits.
    pub(crate) rested: AtomicI64,
}

/// WAL positions that not every replica has replayed yet, with the time at which they were written; the oldest first.
#[derive(Default)]
struct Unreplayed(VecDeque<(i64, Instant)>);

impl Unreplayed {
    /// Notes the WAL position. Returns the age of the oldest position that the slowest replica has not replayed.
    fn lag(&mut self, position: i64, replayed: Option<i64>, now: Instant) -> Duration {
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

/// The rates of rows and WAL.
#[derive(Default)]
struct Budget {
    /// When both are within their limits again.
    free_at: Option<Instant>,
    /// The last known WAL position and its time.
    wal: Option<(i64, Instant)>,
}

impl Pace {
    pub(crate) fn new(limits: PaceLimits, clock: Clock) -> Pace {
        let all = limits.devices_per_transaction.max(1);
        let first = match limits.transaction_time {
            Some(_) => all.min(FIRST),
            None => all,
        };
        Pace {
            limits,
            clock,
            size: first.into(),
            cost: std::sync::Mutex::default(),
            stop: false.into(),
            interrupted: false.into(),
            ended: Notify::new(),
            counts: PaceCounts::default(),
            budget: Mutex::default(),
            written: Mutex::default(),
        }
    }

    /// Number of devices for the next transaction.
    pub(crate) fn devices(&self) -> u32 {
        self.size.load(Ordering::Relaxed).max(1)
    }

    /// Whether no further transaction may begin: the window is over, or [`Pace::stop`] or [`Pace::interrupt`] was called.
    pub(crate) fn is_over(&self) -> bool {
        self.is_stopped()
            || self
                .limits
                .until
                .is_some_and(|until| self.clock.now() >= until)
    }

    /// The end of the window; `None` where there is none.
    pub(crate) fn until(&self) -> Option<DateTime<Utc>> {
        self.limits.until
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.is_interrupted()
    }

    /// Completes when [`Pace::stop`] or [`Pace::interrupt`] is called, but not at the end of the window: an EXPORT that began
    /// within the window is completed, because the next run would have to start it over.
    pub(crate) async fn stopped(&self) {
        while !self.is_stopped() {
            tokio::select! {
                () = self.ended.notified() => {}
                () = tokio::time::sleep(CHECK_INTERVAL) => {}
            }
        }
    }

    /// Completes when no further transaction may begin.
    async fn over(&self) {
        while !self.is_over() {
            tokio::select! {
                () = self.ended.notified() => {}
                () = tokio::time::sleep(CHECK_INTERVAL) => {}
            }
        }
    }

    /// Resets [`Pace::stop`] for the next submission.
    pub(crate) fn begin(&self) {
        self.stop.store(false, Ordering::Relaxed);
    }

    /// Makes every worker stop after its current transaction.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.ended.notify_waiters();
    }

    /// Stops this and all following submissions: the process was asked to end.
    pub(crate) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
        self.ended.notify_waiters();
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Whether to monitor others for waits on our locks.
    pub(crate) fn has_workload(&self) -> bool {
        self.limits.transaction_time.is_some()
    }

    /// Others wait for our locks, or we for theirs: halves the transactions, which then hold fewer locks for a shorter time.
    pub(crate) fn conflict(&self) {
        let halved = |size: u32| Some((size / 2).max(1));
        // The closure never refuses.
        let _ = self
            .size
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, halved);
    }

    /// Adapts the size of the next transaction to the duration of one over `devices`.
    pub(crate) fn took(&self, devices: u32, elapsed: Duration) {
        self.counts.chunks.fetch_add(1, Ordering::Relaxed);
        let Some(target) = self.limits.transaction_time else {
            // Recovers from conflicts.
            let grown = self.devices().saturating_mul(2);
            self.size.store(
                grown.min(self.limits.devices_per_transaction.max(1)),
                Ordering::Relaxed,
            );
            return;
        };
        let mut cost = self.cost.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = cost.fitting(devices, elapsed, target);
        let most = self.limits.devices_per_transaction.max(1);
        self.size
            .store((fitting as u32).clamp(1, most), Ordering::Relaxed);
    }

    /// Pauses after a transaction that changed `rows`, as the limits require.
    pub(crate) async fn rest(&self, session: &Session, rows: u64) -> Result<(), DatabaseError> {
        let began = Instant::now();
        let rested = self.rest_for_limits(session, rows).await;
        if began.elapsed() > Duration::from_millis(1) {
            let millis = began.elapsed().as_millis() as i64;
            self.counts.rested.fetch_add(millis, Ordering::Relaxed);
        }
        rested
    }

    async fn rest_for_limits(&self, session: &Session, rows: u64) -> Result<(), DatabaseError> {
        let used = self.required_time(session, rows).await?;
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
            self.sleep(CHECK_INTERVAL).await;
        }
        Ok(())
    }

    /// Waits for a time, or until the process is asked to end.
    pub(crate) async fn wait(&self, time: Duration) {
        let interrupted = async {
            while !self.is_interrupted() {
                tokio::select! {
                    () = self.ended.notified() => {}
                    () = tokio::time::sleep(CHECK_INTERVAL) => {}
                }
            }
        };
        let _ = tokio::time::timeout(time, interrupted).await;
    }

    /// Sleeps for a time, or until no further transaction may begin.
    async fn sleep(&self, time: Duration) {
        let _ = tokio::time::timeout(time, self.over()).await;
    }

    /// The lag of the slowest replica; zero where there is none. The larger of what the server reports and of the age of the
    /// WAL that was not replayed.
    async fn replica_lag(&self, session: &Session) -> Result<Duration, DatabaseError> {
        let Some(lag) = queries::replica_lag(session).await? else {
            return Ok(Duration::ZERO);
        };
        let reported = Duration::from_secs_f64(lag.seconds.unwrap_or(0.0).max(0.0));
        let (position, replayed) = (lag.position, lag.replayed);
        let mut written = self.written.lock().await;
        Ok(written
            .lag(position, replayed, Instant::now())
            .max(reported))
    }

    /// The time that the limits on rows and WAL require for what was done.
    async fn required_time(&self, session: &Session, rows: u64) -> Result<Duration, DatabaseError> {
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
    let One(position) = queries::wal_position(session).await?;
    Ok(position.written)
}

/// Whether this role may see the state of the replicas. Without that privilege they would appear to be up to date.
pub(crate) async fn may_see_replicas(session: &Session) -> Result<bool, DatabaseError> {
    let access = queries::replica_access(session).await?;
    Ok(access.is_some_and(|access| access.may_see))
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
            Clock::system(),
        )
    }

    #[test]
    fn transactions_are_sized_by_their_duration() {
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
    fn a_conflict_halves_transactions_and_they_recover() {
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
    fn lag_is_the_age_of_what_was_not_replayed() {
        let mut written = Unreplayed::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut behind =
            |position, replayed, seconds| written.lag(position, replayed, at(seconds)).as_secs();
        assert_eq!(behind(100, None, 0), 0, "no replica");
        assert_eq!(behind(100, Some(90), 1), 0);
        assert_eq!(behind(100, Some(90), 4), 3, "it does not replay");
        assert_eq!(behind(200, Some(90), 6), 5);
        assert_eq!(behind(200, Some(100), 7), 1, "only the second is missing");
        assert_eq!(behind(200, Some(200), 8), 0);
    }

    #[test]
    fn a_stop_ends_the_run() {
        let pace = pace(None);
        assert!(!pace.is_over());
        pace.stop();
        assert!(pace.is_over());
    }
}
