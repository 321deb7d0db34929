//! FORGET: chunks of devices, each one transaction over all tables, with its answers (contract section 5).

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::exclusivity::Alone;
use super::find::Found;
use super::pace::Pace;
use super::quarantine::Suspects;
use super::{ExecuteError, Limits, Progress, find, position, stage};
use crate::catalogue::plan::{Change, ChangeKind, Plan, Staging};
use crate::domain::identifier::SubmissionId;
use crate::domain::placeholder::{Placeholder, Placeholders, random_key};
use crate::domain::request::Action;
use crate::domain::response::Response;
use crate::domain::submission::Submission;
use crate::ledger::{self, Answer, Answers, FoundClient, MediaRow, Trace};
use crate::media;
use crate::postgres::fault::point;
use crate::postgres::sql::sql_file;
use crate::postgres::{CopyRows, DatabaseError, Inputs, Session};

/// After the last chunk the whole list is matched again, at most so many times.
const LOOKS: u32 = 3;
/// How often a transaction is tried again after a deadlock or a lock that was not granted.
const RETRIES: u32 = 5;

/// A FORGET in progress.
/// One worker of several has devices, a session and staging of its own; a device is whole in one of them.
pub struct Forget<'a> {
    pub session: &'a Session,
    /// Which worker this is, from 0.
    pub worker: u32,
    /// How many there are.
    pub workers: u32,
    /// The name of the submission, for `pg_stat_activity`.
    pub name: &'a str,
    pub pace: &'a Pace,
    pub suspects: &'a Suspects,
    pub plan: &'a Plan,
    pub submission: &'a Submission,
    pub staging: &'a Staging,
    pub limits: &'a Limits,
    /// The submission in the ledger.
    pub submission_id: SubmissionId,
    pub trace: Trace,
    pub progress: &'a dyn Progress,
}

/// How a FORGET ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every staged target has its answer.
    Answered,
    /// The pace said so between two transactions; the next run goes on.
    Paused,
    /// What had no answer was answered as cancelled.
    Cancelled,
}

/// A worker whose first pass is over.
#[derive(Default)]
pub struct Searched<'a> {
    drawn: Drawn,
    settled: Settled,
    /// Told of every transaction; none is needed once the last looks are made.
    alone: Option<&'a Alone>,
}

impl Searched<'_> {
    async fn note(&self, session: &Session) -> Result<(), DatabaseError> {
        match self.alone {
            Some(alone) => alone.note(session).await,
            None => Ok(()),
        }
    }
}

/// Which pass a transaction belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// The first: every target gets its answer.
    First,
    /// A later look at devices that were answered: only what appeared meanwhile counts.
    Look(u32),
}

/// Targets that are not looked for again.
type Settled = HashSet<u32>;

impl Forget<'_> {
    /// Brings the devices into the session; first of all.
    pub async fn stage(&self) -> Result<(), ExecuteError> {
        stage::stage(
            self.session,
            self.plan,
            Action::Forget,
            self.submission,
            self.staging,
            self.limits,
        )
        .await?;
        Ok(self.session.guard().await?)
    }

    /// The first pass: answers every staged target. Answers and changes are committed together, chunk by chunk; an error
    /// leaves what is committed, and the next run goes on with the rest. `None`: the pace ended it before. `alone` is
    /// that of all workers.
    pub async fn search<'a>(&self, alone: &'a Alone) -> Result<Option<Searched<'a>>, ExecuteError> {
        let mut searched = Searched {
            alone: Some(alone),
            ..Searched::default()
        };
        let all = self.staging.devices.len() as u32;
        let mut next = 0;
        while next < all {
            if self.pace.is_over() || self.is_to_stop().await? {
                return Ok(None);
            }
            if let Some(error) = self.given_up(next) {
                self.fail(&(next..next + 1), &error, Pass::First, &mut searched)
                    .await?;
                next += 1;
                continue;
            }
            let chunk = next..self.chunk_end(next);
            self.tell(&chunk, all).await?;
            next = chunk.end;
            let began = Instant::now();
            let devices = chunk.end - chunk.start;
            let rows = self.chunk(chunk, Pass::First, &mut searched).await?;
            point!(self.session, "forget.committed");
            self.pace.took(devices, began.elapsed());
            self.pace.rest(self.session, rows).await?;
        }
        Ok(Some(searched))
    }

    /// Whether a DBA wants it to pause or to end; then all workers do.
    async fn is_to_stop(&self) -> Result<bool, DatabaseError> {
        let wish = ledger::wish(self.session, self.submission_id).await?;
        if wish.is_some() {
            self.pace.stop();
        }
        Ok(wish.is_some())
    }

    /// Why a device is not tried any more: it lost too many sessions.
    fn given_up(&self, device: u32) -> Option<DatabaseError> {
        let device = self.staging.devices[device as usize];
        self.suspects.given_up(self.submission_id, device)
    }

    /// Where the chunk that begins at a device ends: as large as the pace has it, and smaller where a session was lost.
    /// Where others work beside, it ends with the kind: rows that hold devices of two kinds make workers wait for each
    /// other that are at different ones.
    fn chunk_end(&self, first: u32) -> u32 {
        let all = self.staging.devices.len() as u32;
        let suspected = |device: u32| {
            let device = self.staging.devices[device as usize];
            self.suspects.most(self.submission_id, device)
        };
        let most = suspected(first);
        let size = self.pace.devices().min(most.unwrap_or(u32::MAX));
        let end = all.min(first.saturating_add(size));
        // Not together with others that are less suspected.
        let end = (first..end)
            .find(|device| suspected(*device) != most)
            .unwrap_or(end);
        if self.workers < 2 {
            return end;
        }
        let kind = |device: u32| {
            let device = self.staging.devices[device as usize];
            self.submission.devices[device as usize].kind()
        };
        let mut of_kind = first..end;
        of_kind
            .find(|device| kind(*device) != kind(first))
            .unwrap_or(end)
    }

    /// Looks again for targets that an earlier run answered: rows may have appeared since.
    pub async fn look_again(&self) -> Result<(), ExecuteError> {
        self.stage().await?;
        self.looks(Searched::default()).await
    }

    /// Matches the whole list again until nothing is found, a few times at most.
    pub async fn looks(&self, mut searched: Searched<'_>) -> Result<(), ExecuteError> {
        for look in 1..=LOOKS {
            self.settle(&searched.settled).await?;
            let again = self.look().await?;
            if again.is_empty() {
                break;
            }
            for device in again {
                let pass = Pass::Look(look);
                if let Some(error) = self.given_up(device) {
                    let alone = device..device + 1;
                    self.fail(&alone, &error, pass, &mut searched).await?;
                    continue;
                }
                self.chunk(device..device + 1, pass, &mut searched).await?;
                point!(self.session, "look.committed");
            }
        }
        Ok(())
    }

    /// Names the session after what it is at: the submission, the worker, and how far it is.
    async fn tell(&self, chunk: &Range<u32>, all: u32) -> Result<(), DatabaseError> {
        let at = format!("lethe {} {}/{all}", self.name, chunk.start);
        let shown = match self.worker {
            0 => at,
            worker => format!("{at} worker {}", worker + 1),
        };
        self.session.name(&shown).await
    }

    fn answers(&self, pass: Pass) -> Answers {
        match pass {
            Pass::First => Answers::new(self.submission_id),
            Pass::Look(_) => Answers::later(self.submission_id),
        }
    }

    /// Carries out a chunk; a failure is narrowed down to the devices that cause it, all others are done.
    async fn chunk(
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

    /// Tries a transaction, again after a while where that may help; returns the rows changed. Several devices that
    /// meet a deadlock or a lock are not tried again as they are: the caller halves them.
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
                        Pass::Look(_) => 0,
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
            tracing::info!(%error, retry, devices = devices.len(), "a transaction is tried again");
            // Workers that met must not meet again at once.
            let pause = (50 << retry) + 20 * u64::from(self.worker);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if devices.len() > 1 {
                return Err(Failed::Devices(error));
            }
            retry += 1;
        }
    }

    /// Carries a transaction out to its commit, or out of the way.
    async fn committed(
        &self,
        devices: &Range<u32>,
        pass: Pass,
        searched: &mut Searched<'_>,
    ) -> Result<Done, Failed> {
        self.session.begin().await.map_err(Failed::all)?;
        let done = match self.transaction(devices, pass, searched).await {
            Ok(done) => match self.session.commit().await {
                Ok(()) => return Ok(done),
                Err(error) => error.into(),
            },
            Err(error) => error,
        };
        // Also after a commit that failed: what an error says of the session is not always so.
        match (done, self.session.rollback().await) {
            (ExecuteError::Database(error), Ok(())) if !error.is_out_of_space() => {
                Err(Failed::Devices(error))
            }
            (other, Ok(())) => Err(Failed::All(other)),
            (error, Err(gone)) => {
                let error = match error {
                    ExecuteError::Database(error) if error.is_lost_connection() => error,
                    _ => gone,
                };
                let devices = &self.staging.devices[devices.start as usize..devices.end as usize];
                self.suspects.lost(self.submission_id, devices, &error);
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
        session
            .run(&sql_file!("session/forget_transaction.sql").into())
            .await?;
        let found = find::find(session, self.plan, self.staging, devices, self.limits).await?;
        let mut done = Done::default();
        let mut answers = self.answers(pass);
        let mut successes = 0;
        for target in self.staging.targets_of(devices) {
            let target = target as u32;
            if pass != Pass::First && !found.rows.contains_key(&target) {
                continue;
            }
            let response = match (pass, found.judge(target, Action::Forget, self.limits)) {
                (Pass::First, response) => response,
                // What appears again and again, or appears under a legal hold, cannot be called forgotten.
                (Pass::Look(LOOKS), _) | (_, Response::LegalHold) => Response::StillBeingWritten,
                (Pass::Look(_), _) => Response::Success,
            };
            let blocked = match pass {
                Pass::First => response.is_error(),
                Pass::Look(_) => {
                    found.judge(target, Action::Forget, self.limits) == Response::LegalHold
                }
            };
            if blocked {
                done.blocked.push(target as i32);
            } else if found.rows.contains_key(&target) {
                successes += 1;
            }
            if response.is_error() {
                done.settled.push(target);
            }
            let row_counts = found.row_counts(self.plan, target);
            for &contact in self.staging.contacts_of(target as usize) {
                let kind = Some(self.staging.targets[target as usize].kind);
                answers.push(Answer {
                    position: position(self.submission, contact as usize),
                    kind,
                    response: &response,
                    row_counts: row_counts.as_deref(),
                });
            }
        }
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
            session.check_deferred().await?;
        }
        searched.note(session).await?;
        point!(session, "forget.before");
        Ok(done)
    }

    /// Replaces and redacts what was found, table by table; returns the rows changed by table.
    async fn change(
        &self,
        pass: Pass,
        drawn: &mut Drawn,
    ) -> Result<BTreeMap<String, i64>, ExecuteError> {
        let session = self.session;
        let before = drawn.last;
        // A device of the first pass is in no chunk before; a sibling may be.
        let floor = match pass {
            Pass::First if !self.plan.siblings => before,
            Pass::First | Pass::Look(_) => 0,
        };
        session.run(&sql_file!("forget/hash.sql").into()).await?;
        for record in &self.plan.forget {
            for note in record.records.iter().chain(&record.siblings) {
                session.execute(note, &[]).await?;
            }
            for assign in &record.assign {
                drawn.last += session.execute(assign, &[&drawn.last, &floor]).await? as i32;
            }
        }
        drawn.send(session, before).await?;
        self.note_media().await?;
        point!(session, "forget.media");
        // From here on others may wait for us: nothing stands behind the changes that can be done before them.
        let mut changed = BTreeMap::new();
        for record in &self.plan.forget {
            for Change {
                table,
                statement,
                kind,
            } in &record.changes
            {
                let inputs = match kind {
                    ChangeKind::Replace => Inputs::Ordinals(floor, drawn.last),
                    ChangeKind::Redact => Inputs::None,
                };
                let rows = session.change_count(statement, inputs).await?;
                if rows > 0 {
                    *changed.entry(table.clone()).or_insert(0) += rows;
                }
            }
        }
        Ok(changed)
    }

    /// Keeps a row for each client ID that a device was found with, for a verification.
    async fn note_clients(&self, found: &Found) -> Result<(), ExecuteError> {
        let mut known = HashSet::new();
        let mut clients = Vec::new();
        let all = self.plan.forget.iter().flat_map(|record| &record.clients);
        for (number, table, statement) in all {
            if found.targets(*number).next().is_none() {
                continue;
            }
            for row in self.session.query(statement, &[]).await? {
                let (target, account): (i32, String) = (row.get(0), row.get(1));
                // The client ID itself stays in this memory.
                if !known.insert((target, account, row.get::<_, String>(2))) {
                    continue;
                }
                let first = self.staging.contacts_of(target as usize)[0];
                clients.push(FoundClient {
                    position: position(self.submission, first as usize),
                    table: table.clone(),
                    row_key: row.get(3),
                });
            }
        }
        Ok(ledger::keep_found_clients(self.session, self.submission_id, &clients).await?)
    }

    /// Puts the media objects of forgotten records into the outbox.
    async fn note_media(&self) -> Result<(), ExecuteError> {
        let mut outbox = Vec::new();
        let key = random_key()?;
        for record in &self.plan.forget {
            for (table, statement) in &record.media {
                for row in self.session.query(statement, &[]).await? {
                    let (target, row_key): (i32, String) = (row.get(0), row.get(1));
                    let object_digest = media::digest(&key, row.get(2));
                    // Siblings have no target; their record is listed for the device that was found.
                    let Ok(target) = usize::try_from(target) else {
                        continue;
                    };
                    for &contact in self.staging.contacts_of(target) {
                        outbox.push(MediaRow {
                            position: position(self.submission, contact as usize),
                            table: table.clone(),
                            row_key: row_key.clone(),
                            object_digest: object_digest.clone(),
                        });
                    }
                }
            }
        }
        Ok(ledger::add_media(self.session, self.submission_id, &mut outbox).await?)
    }

    /// Answers a device that cannot be processed, with nothing of it changed.
    async fn fail(
        &self,
        devices: &Range<u32>,
        error: &DatabaseError,
        pass: Pass,
        searched: &mut Searched<'_>,
    ) -> Result<(), ExecuteError> {
        let response = match pass {
            Pass::First => Response::ProcessingFailed(error.short_reason().to_owned()),
            Pass::Look(_) => Response::StillBeingWritten,
        };
        let mut answers = self.answers(pass);
        for target in self
            .staging
            .targets_of(devices)
            .filter(|t| !searched.settled.contains(&(*t as u32)))
        {
            for &contact in self.staging.contacts_of(target) {
                let kind = Some(self.staging.targets[target].kind);
                answers.push(Answer {
                    position: position(self.submission, contact as usize),
                    kind,
                    response: &response,
                    row_counts: None,
                });
            }
        }
        self.session.begin().await?;
        answers.write(self.session).await?;
        searched.note(self.session).await?;
        point!(self.session, "failed.before");
        self.session.commit().await?;
        point!(self.session, "failed.committed");
        let all = self.staging.targets_of(devices).map(|t| t as u32);
        searched.settled.extend(all);
        self.progress.advance(devices.len() as u64, 0);
        Ok(())
    }

    /// Takes settled targets out of the staging, so that no later look finds them.
    async fn settle(&self, settled: &Settled) -> Result<(), ExecuteError> {
        if settled.is_empty() {
            return Ok(());
        }
        let targets: Vec<i32> = settled.iter().map(|t| *t as i32).collect();
        self.session
            .execute(&sql_file!("stage/settle.sql").into(), &[&targets])
            .await?;
        Ok(())
    }

    /// Looks for all devices again; returns those of which rows were found.
    async fn look(&self) -> Result<Vec<u32>, ExecuteError> {
        self.session.begin().await?;
        let all = 0..self.staging.devices.len() as u32;
        let found = find::find(
            self.session,
            self.plan,
            self.staging,
            &all,
            &Limits {
                max_client_ids_per_device: None,
                ..self.limits.clone()
            },
        )
        .await;
        self.session.rollback().await?;
        let mut devices: Vec<u32> = found?
            .rows
            .keys()
            .map(|target| self.staging.targets[*target as usize].device)
            .collect();
        devices.sort_unstable();
        devices.dedup();
        Ok(devices)
    }
}

/// Why a transaction was not committed.
enum Failed {
    /// On account of its devices, as far as can be known; the session goes on.
    Devices(DatabaseError),
    /// On account of none: no answer, and another run goes on.
    All(ExecuteError),
}

impl Failed {
    fn all(error: DatabaseError) -> Failed {
        Failed::All(error.into())
    }
}

/// What a transaction did.
#[derive(Default)]
struct Done {
    rows: u64,
    /// Targets whose rows must not be changed.
    blocked: Vec<i32>,
    /// Targets that are answered with an error and not looked for again.
    settled: Vec<u32>,
}

/// Placeholders that were drawn for this session so far.
#[derive(Default)]
struct Drawn {
    placeholders: Placeholders,
    /// The last ordinal given.
    last: i32,
}

impl Drawn {
    /// Draws and sends the placeholders behind ordinal `before` up to the last one given.
    async fn send(&self, session: &Session, before: i32) -> Result<(), ExecuteError> {
        let mut rows = CopyRows::default();
        for ordinal in before + 1..=self.last {
            let Placeholder { code, address } = self.placeholders.draw()?;
            rows.int(ordinal).text(&code).address(address).end();
        }
        session
            .copy_in(&sql_file!("stage/copy_random.sql").into(), &mut rows)
            .await?;
        Ok(())
    }
}
