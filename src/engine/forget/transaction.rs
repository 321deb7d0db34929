//! One transaction of a FORGET: a chunk of devices over all tables, with its answers.

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::state::{Done, Failed, Forget, Pass, RECHECKS, Searched};
use crate::domain::request::Action;
use crate::domain::response::Response;
use crate::engine::error::ExecuteError;
use crate::engine::find::{self, Found};
use crate::ledger::{self, Answer, Answers, Trace};
use crate::postgres::fault::point;
use crate::postgres::{CHANGE_SETTINGS, DatabaseError};

/// How often a transaction is retried after a deadlock or a lock timeout.
const RETRIES: u32 = 5;

impl Forget<'_> {
    /// Processes a chunk. A failure is narrowed down to the devices that cause it; all others are completed. Returns the
    /// number of rows changed.
    pub(super) async fn chunk(
        &self,
        first: Range<u32>,
        pass: Pass,
        searched: &mut Searched<'_>,
    ) -> Result<u64, ExecuteError> {
        let mut pending = vec![first];
        let mut rows = 0;
        while let Some(devices) = pending.pop() {
            match self.attempt(&devices, pass, searched).await {
                Ok(changed) => rows += changed,
                Err(Failed::Devices(error)) => {
                    if devices.len() > 1 {
                        let middle = devices.start + devices.len() as u32 / 2;
                        pending.push(middle..devices.end);
                        pending.push(devices.start..middle);
                    } else {
                        tracing::warn!(%error, "a device could not be processed");
                        self.fail(&devices, &error, pass, searched).await?;
                    }
                }
                Err(Failed::All(error)) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// Tries a transaction and retries it after a pause where that may help. Several devices that met a deadlock or a lock
    /// timeout are not retried together: the caller halves them. Returns the number of rows changed.
    async fn attempt(
        &self,
        devices: &Range<u32>,
        pass: Pass,
        searched: &mut Searched<'_>,
    ) -> Result<u64, Failed> {
        let mut retry = 0;
        loop {
            let error = match self.committed(devices, pass, searched).await {
                Ok(done) => {
                    searched.settled.extend(done.settled);
                    let answered = match pass {
                        Pass::First => devices.len() as u64,
                        Pass::Recheck(_) => 0,
                    };
                    self.progress.advance(answered, done.rows);
                    return Ok(done.rows);
                }
                Err(Failed::Devices(error)) => error,
                Err(all) => return Err(all),
            };
            if !error.is_retryable() || retry >= RETRIES {
                return Err(Failed::Devices(error));
            }
            self.pace.conflict();
            self.pace.counts.retries.fetch_add(1, Ordering::Relaxed);
            tracing::info!(%error, retry, devices = devices.len(), "retrying a transaction");
            // Workers that conflicted must not conflict again at once.
            let pause = (50 << retry) + 20 * u64::from(self.worker);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if devices.len() > 1 {
                return Err(Failed::Devices(error));
            }
            retry += 1;
        }
    }

    /// Runs a transaction to its commit, or rolls it back.
    async fn committed(
        &self,
        devices: &Range<u32>,
        pass: Pass,
        searched: &mut Searched<'_>,
    ) -> Result<Done, Failed> {
        self.session.begin().await.map_err(Failed::all)?;
        let failure = match self.transaction(devices, pass, searched).await {
            Ok(done) => match self.session.commit().await {
                Ok(()) => return Ok(done),
                Err(error) => error.into(),
            },
            Err(error) => error,
        };
        // Also after a failed commit: an error does not reliably say whether the session is usable.
        match (failure, self.session.rollback().await) {
            (failure, Ok(())) => Err(Failed::rolled_back(failure)),
            (failure, Err(gone)) => {
                let error = match failure {
                    ExecuteError::Database(error) if error.is_lost_connection() => error,
                    _ => gone,
                };
                let devices = &self.staging.devices[devices.start as usize..devices.end as usize];
                self.quarantine
                    .session_lost(self.submission_id, devices, &error);
                Err(Failed::all(error))
            }
        }
    }

    /// Finds, judges, changes and answers a range of devices.
    async fn transaction(
        &self,
        devices: &Range<u32>,
        pass: Pass,
        searched: &mut Searched<'_>,
    ) -> Result<Done, ExecuteError> {
        let session = self.session;
        session.run(&CHANGE_SETTINGS.into()).await?;
        if let Some(sighter) = &self.sighter {
            sighter.refresh(session, devices).await?;
        }
        let found = find::find(session, self.plan, self.staging, devices, self.limits).await?;
        let mut done = Done::default();
        let mut answers = self.answers(pass);
        let successes = self.judge(devices, pass, &found, &mut done, &mut answers);
        find::exclude(session, self.plan, &done.blocked).await?;
        point!(session, "forget.found");
        answers.write(session).await?;
        point!(session, "forget.answers");
        if successes > 0 {
            if self.trace == Trace::Kept {
                self.note_clients(&found).await?;
            }
            let changed = self.change(pass, &mut searched.drawn).await?;
            done.rows = changed.values().sum::<i64>() as u64;
            ledger::add_table_counts(session, self.submission_id, &changed, self.worker).await?;
            // The lock keeps everything but the functions of triggers, which only what is accepted has.
            if self.plan.has_side_effects {
                self.compare_structure().await?;
            }
        }
        searched.note(session).await?;
        point!(session, "forget.before");
        Ok(done)
    }

    /// Decides the answers of a range of devices; returns how many targets are to be changed.
    fn judge(
        &self,
        devices: &Range<u32>,
        pass: Pass,
        found: &Found,
        done: &mut Done,
        answers: &mut Answers,
    ) -> usize {
        let mut successes = 0;
        for target in self.staging.targets_of(devices) {
            let target = target as u32;
            let has_rows = found.rows.contains_key(&target);
            if pass != Pass::First && !has_rows {
                continue;
            }
            let judged = found.judge(target, Action::Forget, self.limits);
            let blocked = match pass {
                Pass::First => judged.is_error(),
                Pass::Recheck(_) => judged == Response::LegalHold,
            };
            let response = match (pass, judged) {
                (Pass::First, response) => response,
                // A device that keeps appearing, or appears under a legal hold, was not forgotten.
                (Pass::Recheck(RECHECKS), _) | (_, Response::LegalHold) => {
                    Response::StillBeingWritten
                }
                (Pass::Recheck(_), _) => Response::Success,
            };
            if blocked {
                done.blocked.push(target as i32);
            } else if has_rows {
                successes += 1;
            }
            if response.is_error() {
                done.settled.push(target);
            }
            let row_counts = found.row_counts(self.plan, target);
            self.answer(target as usize, &response, row_counts.as_deref(), answers);
        }
        successes
    }

    /// Answers all contacts of a target.
    fn answer(
        &self,
        target: usize,
        response: &Response,
        row_counts: Option<&str>,
        answers: &mut Answers,
    ) {
        for &contact in self.staging.contacts_of(target) {
            answers.push(Answer {
                position: self.submission.position(contact as usize),
                kind: Some(self.staging.targets[target].kind),
                response,
                row_counts,
            });
        }
    }

    fn answers(&self, pass: Pass) -> Answers {
        match pass {
            Pass::First => Answers::new(self.submission_id),
            Pass::Recheck(_) => Answers::later(self.submission_id),
        }
    }

    /// Answers devices that cannot be processed. Nothing of them is changed.
    pub(super) async fn fail(
        &self,
        devices: &Range<u32>,
        error: &DatabaseError,
        pass: Pass,
        searched: &mut Searched<'_>,
    ) -> Result<(), ExecuteError> {
        let response = match pass {
            Pass::First => Response::ProcessingFailed(error.short_reason().to_owned()),
            Pass::Recheck(_) => Response::StillBeingWritten,
        };
        let mut answers = self.answers(pass);
        let targets = self.staging.targets_of(devices);
        for target in targets.clone() {
            if !searched.settled.contains(&(target as u32)) {
                self.answer(target, &response, None, &mut answers);
            }
        }
        self.session.begin().await?;
        answers.write(self.session).await?;
        searched.note(self.session).await?;
        point!(self.session, "failed.before");
        self.session.commit().await?;
        point!(self.session, "failed.committed");
        searched.settled.extend(targets.map(|t| t as u32));
        self.progress.advance(devices.len() as u64, 0);
        Ok(())
    }
}
