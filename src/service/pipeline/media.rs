//! Deletes the media objects in the outbox, for a log that waits for them or in a later run.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, join, stream};
use tokio::time::Instant;

use crate::catalogue::render::{
    lock, media_clear, media_judge, media_lock, media_referenced_objects,
};
use crate::catalogue::{Catalogue, Record, Structure, Table};
use crate::domain::clock::ClockSource;
use crate::domain::identifier::SubmissionId;
use crate::domain::scope::AccountTree;
use crate::drop::FileName;
use crate::engine::{ExecuteError, compare_structure, execution_log, load_accounts};
use crate::ledger::{self, KeyedDigest, WaitingMedia};
use crate::media::{MediaError, Object, digest};
use crate::postgres::declared::{commands, copies};
use crate::postgres::fault::point;
use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::sql::Statement;
use crate::postgres::{CHANGE_SETTINGS, CopyRows, DatabaseError, Inputs, Session};
use crate::service::pipeline::context::{SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;

/// Objects whose other references are searched at once: a search may scan a whole table.
const AT_ONCE: usize = 1000;
/// Objects that are deleted at the same time.
const CONCURRENT: usize = 8;
/// After this many failures in a row, no store is asked for a while.
const HOPELESS: u32 = 3 * CONCURRENT as u32;
/// The first pause before trying again, and the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

row! {
    /// The URI of a media row.
    struct MediaUri {
        media_uri: String,
    }
}

row! {
    /// A media row whose object is about to be deleted.
    struct JudgedRow {
        media_uri: String,
        account: Option<String>,
        /// Whether its record is under legal hold.
        held: bool,
    }
}

row! {
    /// A staged object that a row refers to which is not being forgotten.
    struct ReferencedObject {
        object: i32,
    }
}

queries! {
    fn judge(row_key: &str) -> Option<JudgedRow> = rendered "media/judge.sql";
    fn lock_uri(row_key: &str) -> Vec<MediaUri> = rendered "media/lock.sql";
    fn referenced_objects(table: &str) -> Vec<ReferencedObject> = rendered "media/referenced_objects.sql";
}

commands! { CREATE_SPELLINGS = "media/spelling.sql"; }

copies! { SPELLINGS(object: i32, spelling: &str) = "media/copy_spelling.sql"; }

/// Table and key of a row of the outbox.
type Key = (String, String);

/// The rows that name an object, with their URIs.
type RowsOfObject<'r> = Vec<(&'r WaitingMedia, Option<String>)>;

/// The result of an attempt.
#[derive(Default)]
struct Attempt {
    /// Whether a retry may succeed soon.
    retryable: bool,
    done: usize,
}

/// What happens to the URI of a row.
enum Verdict {
    /// Its object is gone.
    Deleted,
    /// Its object stays: other rows refer to it.
    Kept,
    /// The row has no URI any more.
    Gone,
}

/// What the deletions of some objects share.
struct Deletions<'a> {
    /// Judges each row again before its object is deleted. Not the session that notes what was deleted: that has transactions.
    session: &'a Session,
    /// The accounts that the drop may reach.
    reach: &'a AccountTree,
    give_up: Instant,
    /// Failures in a row.
    failures: AtomicU32,
}

impl SubmissionContext<'_> {
    /// Deletes the media objects in the outbox, waiting up to `media_wait` for stores that refuse; contacts whose
    /// objects remain are answered with their error.
    pub(super) async fn delete_media(&self, taken: &TakenSubmission) -> Result<(), PipelineError> {
        let id = taken.submission_id;
        let give_up = Instant::now() + self.settings.media_wait;
        let mut refused = HashSet::new();
        let mut pause = PAUSE;
        while self
            .attempt_media(id, give_up, &mut refused)
            .await?
            .retryable
            && Instant::now() + pause < give_up
        {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        point!(self.session, "media.before");
        ledger::answer_media(self.session, id).await?;
        point!(self.session, "media.answered");
        Ok(())
    }

    /// Deletes media objects that an execution log did not wait for. When all are gone, publishes the media log and returns
    /// its name.
    pub(crate) async fn sweep_media(
        &self,
        submission_id: SubmissionId,
        name: &FileName,
        give_up: Instant,
    ) -> Result<Option<String>, PipelineError> {
        self.attempt_media(submission_id, give_up, &mut HashSet::new())
            .await?;
        if !ledger::media_rows(self.session, submission_id)
            .await?
            .is_empty()
        {
            return Ok(None);
        }
        let late = ledger::late_media(self.session, submission_id).await?;
        let log = name.media_log();
        let clock = match self.clock.source() {
            ClockSource::LetheNow => ClockSource::LetheNow,
            ClockSource::System => self.clock_source(submission_id).await?,
        };
        self.drop.folder.publish(&log, |out| {
            execution_log::write_media_log(out, &late, clock)
        })?;
        point!(self.session, "media-log.published");
        let now = Some(self.clock.now());
        ledger::note_result(self.session, submission_id, &log, None, now).await?;
        Ok(Some(log))
    }

    /// Tries every object once, but for those that were refused for good.
    async fn attempt_media(
        &self,
        submission_id: SubmissionId,
        give_up: Instant,
        refused: &mut HashSet<Key>,
    ) -> Result<Attempt, PipelineError> {
        let mut rows = ledger::media_rows(self.session, submission_id).await?;
        rows.retain(|row| !refused.contains(&(row.table.clone(), row.row_key.clone())));
        let mut all = Attempt::default();
        if rows.is_empty() {
            return Ok(all);
        }
        let reach = load_accounts(self.session, self.catalogue, &self.drop.config.accounts).await?;
        let judging = self.database.session().await?;
        let deletions = Deletions {
            session: &judging,
            reach: &reach,
            give_up,
            failures: AtomicU32::new(0),
        };
        for some in rows.chunks(AT_ONCE) {
            if Instant::now() >= give_up {
                break;
            }
            let attempt = self
                .attempt_some(submission_id, some, &deletions, refused)
                .await?;
            all.retryable |= attempt.retryable;
            all.done += attempt.done;
            if attempt.retryable && attempt.done == 0 {
                break;
            }
        }
        Ok(all)
    }

    async fn attempt_some(
        &self,
        submission_id: SubmissionId,
        rows: &[WaitingMedia],
        deletions: &Deletions<'_>,
        refused: &mut HashSet<Key>,
    ) -> Result<Attempt, PipelineError> {
        // Rows by their object; a row without one has its verdict at once.
        let mut objects: BTreeMap<Object, RowsOfObject<'_>> = BTreeMap::new();
        let mut judged = Vec::new();
        for row in rows {
            match self.uri(row, deletions).await? {
                Ok(None) => judged.push((row, None, Ok(Verdict::Gone))),
                Ok(Some(uri)) => match self.stores.media.object(&uri) {
                    Ok(object) => objects.entry(object).or_default().push((row, Some(uri))),
                    Err(error) => judged.push((row, None, Err(error))),
                },
                Err(error) => judged.push((row, None, Err(error))),
            }
        }
        let kept = self.kept(objects.keys()).await?;
        let objects: Vec<_> = objects.into_iter().zip(kept).collect();
        deletions.failures.store(0, Ordering::Relaxed);
        let deleting = objects
            .into_iter()
            .map(|((object, rows), kept)| self.delete_object(object, rows, kept, deletions));
        let mut deleted = stream::iter(deleting).buffer_unordered(CONCURRENT);
        let mut attempt = Attempt::default();
        for (row, uri, verdict) in judged {
            self.settle(submission_id, row, uri, verdict, refused, &mut attempt)
                .await?;
        }
        // Deleted objects are noted while others are still being deleted, so that little is repeated after a crash.
        while let Some(ended) = deleted.next().await {
            let (rows, verdict) = ended?;
            for (row, uri) in rows {
                let verdict = match &verdict {
                    Ok(Verdict::Kept) => Ok(Verdict::Kept),
                    Ok(_) => Ok(Verdict::Deleted),
                    Err(error) => Err(error.clone()),
                };
                self.settle(submission_id, row, uri, verdict, refused, &mut attempt)
                    .await?;
            }
        }
        Ok(attempt)
    }

    /// The URI of a row, if its object may be deleted: it still is the one that the row had when it was forgotten, its record is
    /// not under legal hold, and the drop may reach its account. `None`: the row or its URI is gone.
    async fn uri(
        &self,
        row: &WaitingMedia,
        deletions: &Deletions<'_>,
    ) -> Result<Result<Option<String>, MediaError>, PipelineError> {
        let table = self.media_table(&row.table);
        let Some(statement) = table.and_then(|(record, table)| media_judge(record, table)) else {
            return Ok(Err(MediaError::NoStore));
        };
        let Some(found) = judge(deletions.session, &statement, &row.row_key).await? else {
            return Ok(Ok(None));
        };
        let JudgedRow {
            media_uri,
            account,
            held,
        } = found;
        let is_reached = account.is_some_and(|account| deletions.reach.contains(&account));
        let recorded = row.digest.as_deref().and_then(KeyedDigest::of_joined);
        let Some(recorded) = recorded else {
            return Ok(Err(MediaError::Unidentified));
        };
        let (key, recorded) = self.keyring.open_digest(&recorded)?;
        Ok(match digest(&key, &media_uri) == recorded {
            false => Err(MediaError::Changed),
            true if held => Err(MediaError::Held),
            true if !is_reached => Err(MediaError::OutOfScope),
            true => Ok(Some(media_uri)),
        })
    }

    /// The catalogue's table of a name as the outbox has it, with its record.
    fn media_table(&self, name: &str) -> Option<(&Record, &Table)> {
        let mut tables = self.catalogue.tables();
        tables.find(|(_, table)| table.name.plain() == name)
    }

    /// Whether each object is named by a row that is not forgotten.
    async fn kept(
        &self,
        objects: impl Iterator<Item = &Object>,
    ) -> Result<Vec<bool>, DatabaseError> {
        let mut kept = Vec::new();
        let mut spellings = CopyRows::default();
        for (object, number) in objects.zip(0_i32..) {
            for spelling in self.stores.media.spellings(object) {
                spellings.int(number).text(&spelling).end();
            }
            kept.push(false);
        }
        if kept.is_empty() {
            return Ok(kept);
        }
        self.session.begin_async_commit().await?;
        match self.referenced(&mut spellings).await {
            Ok(referenced) => {
                self.session.commit().await?;
                for number in referenced {
                    kept[number as usize] = true;
                }
                Ok(kept)
            }
            Err(error) => {
                // The first error tells more than that of a session that is gone.
                let _ = self.session.rollback().await;
                Err(error)
            }
        }
    }

    /// The numbers of the objects that a row refers to which is not being forgotten.
    async fn referenced(&self, spellings: &mut CopyRows) -> Result<Vec<i32>, DatabaseError> {
        let session = self.session;
        session.run(&CREATE_SPELLINGS.into()).await?;
        session.copy_in(&SPELLINGS.into(), spellings).await?;
        let mut numbers = Vec::new();
        for (record, table) in self.catalogue.tables() {
            let Some(statement) = media_referenced_objects(record, table) else {
                continue;
            };
            let rows = referenced_objects(session, &statement, &table.name.plain()).await?;
            numbers.extend(rows.iter().map(|row| row.object));
        }
        Ok(numbers)
    }

    /// Deletes an object, unless others name it; returns its rows again. Each row is judged once more: it may have waited for
    /// other objects.
    async fn delete_object<'r>(
        &self,
        object: Object,
        rows: RowsOfObject<'r>,
        kept: bool,
        deletions: &Deletions<'_>,
    ) -> Result<(RowsOfObject<'r>, Result<Verdict, MediaError>), PipelineError> {
        let failures = &deletions.failures;
        let counts = &self.stores.media.counts;
        if kept {
            counts.kept.fetch_add(1, Ordering::Relaxed);
            return Ok((rows, Ok(Verdict::Kept)));
        }
        if failures.load(Ordering::Relaxed) >= HOPELESS {
            return Ok((rows, Err(MediaError::Unavailable)));
        }
        for (row, uri) in &rows {
            match self.uri(row, deletions).await? {
                Ok(now) if now == *uri => {}
                Ok(_) => return Ok((rows, Err(MediaError::Changed))),
                Err(error) => return Ok((rows, Err(error))),
            }
        }
        let deleting =
            tokio::time::timeout_at(deletions.give_up, self.stores.media.delete(&object));
        let deleted = deleting.await.unwrap_or(Err(MediaError::Late));
        match &deleted {
            Err(error) if error.is_retryable() => failures.fetch_add(1, Ordering::Relaxed),
            _ => failures.swap(0, Ordering::Relaxed),
        };
        if deleted.is_ok() {
            counts.deleted.fetch_add(1, Ordering::Relaxed);
        }
        Ok((rows, deleted.map(|_| Verdict::Deleted)))
    }

    /// Clears the URI of a row whose object is gone, or notes why it is not.
    async fn settle(
        &self,
        submission_id: SubmissionId,
        row: &WaitingMedia,
        uri: Option<String>,
        verdict: Result<Verdict, MediaError>,
        refused: &mut HashSet<Key>,
        attempt: &mut Attempt,
    ) -> Result<(), PipelineError> {
        let settled = match verdict {
            Ok(verdict) => {
                if matches!(verdict, Verdict::Kept) {
                    tracing::info!(
                        table = row.table,
                        "a media object stays, as another recording names it"
                    );
                }
                self.clear(submission_id, row, uri.as_deref()).await?
            }
            Err(error) => Err(error),
        };
        let Err(error) = settled else {
            attempt.done += 1;
            return Ok(());
        };
        attempt.retryable |= error.is_retryable();
        if !error.is_retryable() {
            refused.insert((row.table.clone(), row.row_key.clone()));
        }
        let reason = error.to_string();
        ledger::media_failed(self.session, submission_id, row, &reason).await?;
        Ok(())
    }

    /// Takes the URI out of a row, where it still is the one whose object is gone, and the row out of the outbox; in one
    /// transaction.
    async fn clear(
        &self,
        submission_id: SubmissionId,
        row: &WaitingMedia,
        uri: Option<&str>,
    ) -> Result<Result<(), MediaError>, ExecuteError> {
        self.session.guard().await?;
        self.session.begin().await?;
        let ended = match self.clear_locked(submission_id, row, uri).await {
            Ok(Ok(())) => match self.session.commit().await {
                Ok(()) => {
                    point!(self.session, "media.cleared");
                    return Ok(Ok(()));
                }
                Err(error) => Err(error.into()),
            },
            ended => ended,
        };
        // Also after a failed commit: an error does not reliably say whether the session is usable.
        let rolled_back = self.session.rollback().await;
        let settled = match ended {
            Ok(settled) => settled,
            Err(ExecuteError::Database(error)) if error.is_transient() => Err(MediaError::Locked),
            Err(ExecuteError::Database(error)) if error.refusal().is_some() => {
                let reason = error.refusal().unwrap_or_default();
                Err(MediaError::RolledBack(reason.to_owned()))
            }
            // The first error tells more than that of a session that is gone.
            Err(error) => return Err(error),
        };
        rolled_back?;
        Ok(settled)
    }

    /// The same in an open transaction. As in a FORGET, the table must be what the catalogue was checked against, and every row
    /// that was found must be changed.
    async fn clear_locked(
        &self,
        submission_id: SubmissionId,
        row: &WaitingMedia,
        uri: Option<&str>,
    ) -> Result<Result<(), MediaError>, ExecuteError> {
        let table = self.media_table(&row.table).map(|(_, table)| table);
        let Some(media) = table.and_then(|table| ClearedTable::of(self.catalogue, table)) else {
            return Ok(Err(MediaError::NoStore));
        };
        let session = self.session;
        // A wait for a lock is short, as in a FORGET: other sessions would wait behind it.
        session.run(&CHANGE_SETTINGS.into()).await?;
        media.lock(session).await?;
        let found = lock_uri(session, &media.lock_row, &row.row_key).await?;
        if found.iter().any(|now| uri != Some(now.media_uri.as_str())) {
            return Ok(Err(MediaError::Changed));
        }
        if !found.is_empty() {
            let key = Inputs::Key(&row.row_key);
            let cleared = session.change_count(&media.clear, key).await?;
            if usize::try_from(cleared) != Ok(found.len()) {
                return Ok(Err(MediaError::NotCleared));
            }
        }
        ledger::media_done(session, submission_id, row, self.clock.now()).await?;
        session.check_deferred().await?;
        point!(session, "media.clear");
        if media.has_side_effects {
            let left = lock_uri(session, &media.lock_row, &row.row_key).await?;
            if !left.is_empty() {
                return Ok(Err(MediaError::NotCleared));
            }
            media.compare_structure(session).await?;
        }
        Ok(Ok(()))
    }
}

/// What is needed to clear rows of a table with media.
struct ClearedTable {
    lock_table: Statement,
    lock_row: Statement,
    clear: Statement,
    structure: Structure,
    /// Whether triggers or functions of others run.
    has_side_effects: bool,
}

impl ClearedTable {
    /// `None`: the table has no media.
    fn of(catalogue: &Catalogue, table: &Table) -> Option<ClearedTable> {
        Some(ClearedTable {
            lock_table: lock(table)?,
            lock_row: media_lock(table)?,
            clear: media_clear(table)?,
            structure: catalogue.structure.of_table(&table.name),
            has_side_effects: !table.accepted.is_empty(),
        })
    }

    /// Takes the lock of the change, under which the table must be what the catalogue was checked against.
    async fn lock(&self, session: &Session) -> Result<(), ExecuteError> {
        // Pipelined.
        let (locked, compared) = join!(
            session.run(&self.lock_table),
            self.compare_structure(session)
        );
        locked?;
        compared
    }

    async fn compare_structure(&self, session: &Session) -> Result<(), ExecuteError> {
        compare_structure(&self.structure, session).await
    }
}
