//! A FORGET: its contacts are distributed to workers, each with a session of its own.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;

use crate::catalogue::plan::Staging;
use crate::domain::request::Action;
use crate::domain::scope::Scope;
use crate::domain::submission::{Document, Submission};
use crate::engine::ExecuteError;
use crate::engine::exclusivity::ExclusiveWriter;
use crate::engine::forget::{Ending, Forget};
use crate::engine::sight::Sighter;
use crate::ledger::{self, DrawnKey};
use crate::postgres::fault::point;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};
use crate::service::pipeline::context::{Answered, SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;

/// A worker with fewer devices than this is not worth a session.
const DEVICES_PER_WORKER: usize = 100;
/// How often a run checks whether others wait for its locks.
const WAIT_CHECK_INTERVAL: Duration = Duration::from_millis(100);

row! {
    /// How many other sessions wait for locks of this run.
    struct LockWaiters {
        waiting: i64,
    }
}

queries! {
    fn lock_waiters(processes: &[i32]) -> One<LockWaiters> = "session/lock_waiters.sql";
}

/// The contacts of one worker.
struct Share<'a> {
    /// `None` is the session of the submission itself.
    session: Option<Session>,
    staging: &'a Staging,
    worker: u32,
}

impl SubmissionContext<'_> {
    /// Replaces and redacts. Every contact has its answer afterwards, unless the window ends first.
    pub(super) async fn forget(
        &self,
        taken: &TakenSubmission,
        document: &Document,
        submission: &Submission,
    ) -> Result<Ending, PipelineError> {
        let scopes = self.begin(taken, document, submission).await?;
        self.note_relations(taken).await?;
        let answered = self.answered(taken, submission).await?;
        if self.search(taken, submission, &scopes, &answered).await? == Ending::Paused {
            return Ok(Ending::Paused);
        }
        self.recheck(taken, submission, &scopes, &answered).await?;
        // Partitions that were made meanwhile.
        self.note_relations(taken).await?;
        self.delete_media(taken).await?;
        let malformed = submission.malformed_requests() as u64;
        point!(self.session, "answered.before");
        ledger::answered(
            self.session,
            taken.submission_id,
            malformed,
            None,
            self.clock.now(),
        )
        .await?;
        point!(self.session, "answered.after");
        Ok(Ending::Answered)
    }

    /// Notes the tables and partitions themselves that are to be changed.
    async fn note_relations(&self, taken: &TakenSubmission) -> Result<(), DatabaseError> {
        let tables = self.plan.tables.iter().map(|table| table.name.as_str());
        let tables: Vec<&str> = tables.collect();
        ledger::note_relations(self.session, taken.submission_id, &tables).await
    }

    /// Processes the contacts that have no answer yet.
    async fn search(
        &self,
        taken: &TakenSubmission,
        submission: &Submission,
        scopes: &[Option<Scope>],
        answered: &[Answered],
    ) -> Result<Ending, PipelineError> {
        let pending = |contact: usize| answered[contact] == Answered::Not;
        let devices = answered.iter().filter(|a| **a == Answered::Not).count();
        // A value may hold devices of several workers.
        let workers = match self.plan.siblings || self.plan.sights() {
            true => 1,
            false => self
                .pacing
                .workers
                .min((devices / DEVICES_PER_WORKER) as u32),
        }
        .max(1);
        let stagings: Vec<Staging> = (0..workers)
            .map(|worker| {
                let staging = Staging::new(submission, scopes, |contact, device| {
                    pending(contact) && Staging::is_part_of(device, worker, workers)
                });
                match self.plan.siblings {
                    true => staging.with_answered(submission, scopes, |contact| !pending(contact)),
                    false => staging,
                }
            })
            .collect();
        let all = stagings.iter().map(|s| s.devices.len() as u64).sum();
        self.progress.begin(taken.name.as_str(), all);
        let media_key = self.keyring.draw(&self.drop.config.name)?;
        let mut shares = Vec::new();
        for (worker, staging) in (0..).zip(&stagings) {
            if staging.targets.is_empty() {
                continue;
            }
            let session = match worker {
                0 => None,
                _ => Some(self.further_session(taken).await?),
            };
            shares.push(Share {
                session,
                staging,
                worker,
            });
        }
        let ended = self.share_out(taken, submission, &shares, &media_key).await;
        for session in shares.iter().filter_map(|share| share.session.as_ref()) {
            // A lost session has released its lock.
            if !session.is_closed() {
                if ended.is_err() {
                    session.rollback().await?;
                }
                ledger::unlock_worker(session, taken.submission_id).await?;
                session.name(NAME).await?;
            }
        }
        if !self.session.is_closed() {
            if ended.is_err() {
                self.session.rollback().await?;
            }
            self.session.name(NAME).await?;
        }
        Ok(ended?)
    }

    async fn further_session(&self, taken: &TakenSubmission) -> Result<Session, PipelineError> {
        let session = self.database.session().await?;
        ledger::lock_worker(&session, taken.submission_id).await?;
        Ok(session)
    }

    /// Runs all workers, and checks whether others wait for them.
    async fn share_out(
        &self,
        taken: &TakenSubmission,
        submission: &Submission,
        shares: &[Share<'_>],
        media_key: &DrawnKey,
    ) -> Result<Ending, ExecuteError> {
        let limits = &self.settings.limits;
        let trace = self.trace(Action::Forget, submission);
        let name = shown_name(taken.name.as_str());
        let workers: Vec<Forget<'_>> = shares
            .iter()
            .map(|share| Forget {
                session: share.session.as_ref().unwrap_or(self.session),
                worker: share.worker,
                workers: shares.len() as u32,
                name: &name,
                pace: self.pacing.pace,
                quarantine: self.pacing.quarantine,
                plan: self.plan,
                submission,
                staging: share.staging,
                sighter: Sighter::new(self.plan, submission, share.staging),
                limits,
                submission_id: taken.submission_id,
                trace,
                media_key,
                progress: self.progress,
            })
            .collect();
        let all = self.work(&workers);
        if self.pacing.pace.has_workload() && !workers.is_empty() {
            let sessions: Vec<&Session> = workers.iter().map(|worker| worker.session).collect();
            tokio::select! {
                ended = all => ended,
                () = self.watch_for_waits(&sessions) => unreachable!("it never ends"),
            }
        } else {
            all.await
        }
    }

    /// The first pass of all workers; then, unless nobody else has written meanwhile, their last looks. What a pass that
    /// was paused has answered is looked for again in the next run.
    async fn work(&self, workers: &[Forget<'_>]) -> Result<Ending, ExecuteError> {
        for staged in join_all(workers.iter().map(Forget::stage)).await {
            staged?;
        }
        let exclusive = &ExclusiveWriter::begin(self.session, self.plan).await?;
        let passes = join_all(workers.iter().map(|worker| async move {
            let ended = worker.search(exclusive).await;
            if ended.is_err() {
                // The others end after their transactions; what they did is answered.
                self.pacing.pace.stop();
            }
            ended
        }))
        .await;
        let mut searched = Vec::with_capacity(workers.len());
        let mut paused = false;
        for pass in passes {
            match pass? {
                Some(pass) => searched.push(pass),
                None => paused = true,
            }
        }
        if paused {
            return Ok(Ending::Paused);
        }
        if exclusive.is_proved(self.session).await? {
            return Ok(Ending::Answered);
        }
        let looks = workers.iter().zip(searched);
        for looked in join_all(looks.map(|(worker, searched)| worker.recheck(searched))).await {
            looked?;
        }
        Ok(Ending::Answered)
    }

    /// Slows the workers down while others wait for their locks; never ends.
    async fn watch_for_waits(&self, workers: &[&Session]) {
        if let Err(error) = self.watch(workers).await {
            // The work itself does not depend on it.
            tracing::warn!(%error, "waits of others for the locks of this run are not checked");
        }
        std::future::pending().await
    }

    async fn watch(&self, workers: &[&Session]) -> Result<(), DatabaseError> {
        let session = self.database.session().await?;
        let mut processes = Vec::new();
        for worker in workers {
            processes.push(worker.process().await?);
        }
        loop {
            tokio::time::sleep(WAIT_CHECK_INTERVAL).await;
            let One(LockWaiters { waiting }) = lock_waiters(&session, &processes).await?;
            if waiting > 0 {
                self.pacing
                    .pace
                    .counts
                    .waits
                    .fetch_add(waiting, Ordering::Relaxed);
                self.pacing.pace.conflict();
            }
        }
    }

    /// Searches again for what an earlier run answered before it ended: rows may have appeared since.
    pub(super) async fn recheck(
        &self,
        taken: &TakenSubmission,
        submission: &Submission,
        scopes: &[Option<Scope>],
        answered: &[Answered],
    ) -> Result<(), PipelineError> {
        let staging = Staging::new(submission, scopes, |contact, _| {
            answered[contact] == Answered::Success
        })
        .with_answered(submission, scopes, |contact| {
            answered[contact] != Answered::Success
        });
        if staging.targets.is_empty() {
            return Ok(());
        }
        let media_key = self.keyring.draw(&self.drop.config.name)?;
        let forget = Forget {
            session: self.session,
            worker: 0,
            workers: 1,
            name: &shown_name(taken.name.as_str()),
            pace: self.pacing.pace,
            quarantine: self.pacing.quarantine,
            plan: self.plan,
            submission,
            staging: &staging,
            sighter: Sighter::new(self.plan, submission, &staging),
            limits: &self.settings.limits,
            submission_id: taken.submission_id,
            trace: self.trace(Action::Forget, submission),
            media_key: &media_key,
            progress: self.progress,
        };
        Ok(forget.recheck_answered().await?)
    }
}

/// The name of a session that works on no submission.
const NAME: &str = "lethe";
/// Of the 63 bytes that the server keeps of a session's name, those that are left beside `lethe`, two numbers of seven
/// digits and the number of the worker.
const SHOWN_NAME: usize = 31;

/// A submission's name as short as the name of a session needs it.
fn shown_name(name: &str) -> String {
    match name.char_indices().nth(SHOWN_NAME) {
        None => name.to_owned(),
        Some(_) => name
            .chars()
            .take(SHOWN_NAME - 3)
            .chain("...".chars())
            .collect(),
    }
}
