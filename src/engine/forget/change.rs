//! The changes of a transaction: placeholders, redactions, client IDs and media objects.

use std::collections::{BTreeMap, HashSet};

use futures_util::join;

use super::state::{Drawn, Forget, Pass};
use crate::catalogue::plan::ChangeKind;
use crate::engine::error::ExecuteError;
use crate::engine::find::Found;
use crate::engine::queries;
use crate::engine::structure::compare_structure;
use crate::ledger::{self, DrawnKey, FoundClient, KeyedDigest, MediaRow};
use crate::media;
use crate::postgres::declared::commands;
use crate::postgres::fault::point;
use crate::postgres::query::One;
use crate::postgres::sql::Statement;
use crate::postgres::{DatabaseError, Inputs};

commands! { JOIN_BY_HASH = "forget/hash.sql"; }

/// The failure of a transaction in which a trigger swallowed, restored or rewrote a value of a table.
fn not_changed(table: &str) -> ExecuteError {
    let reason = "not changed by the database".to_owned();
    DatabaseError::refused(reason, format!("table {table}")).into()
}

impl Forget<'_> {
    /// Replaces and redacts what was found, table by table. Returns the rows changed by table.
    pub(super) async fn change(
        &self,
        pass: Pass,
        drawn: &mut Drawn,
    ) -> Result<BTreeMap<String, i64>, ExecuteError> {
        let session = self.session;
        let before = drawn.last;
        // In the first pass, a device is in one chunk only; a sibling may be in several.
        let floor = match pass {
            Pass::First if !self.plan.siblings => before,
            Pass::First | Pass::Recheck(_) => 0,
        };
        session.run(&JOIN_BY_HASH.into()).await?;
        for record in &self.plan.forget {
            for note in &record.records {
                queries::note_record(session, note).await?;
            }
            for add in &record.siblings {
                queries::add_siblings(session, add).await?;
            }
            for assign in &record.assign {
                drawn.last += queries::assign(session, assign, drawn.last, floor).await? as i32;
            }
        }
        drawn.send(session, before).await?;
        self.rewrite(floor, drawn.last).await?;
        self.note_media().await?;
        point!(session, "forget.media");
        // From here on, others may wait for our locks. Everything that can be done before is done.
        self.lock_tables().await?;
        let mut changed = BTreeMap::new();
        for change in self.plan.forget.iter().flat_map(|record| &record.changes) {
            let inputs = match change.kind {
                ChangeKind::Replace => Inputs::Ordinals(floor, drawn.last),
                ChangeKind::Redact => Inputs::None,
            };
            let rows = session.change_count(&change.statement, inputs).await?;
            if rows < 0 {
                return Err(not_changed(&change.table));
            }
            if rows > 0 {
                *changed.entry(change.table.clone()).or_insert(0) += rows;
            }
        }
        session.check_deferred().await?;
        // Only a trigger can keep or restore a value, and only an accepted one is there.
        if self.plan.has_side_effects {
            self.check_changed().await?;
        }
        Ok(changed)
    }

    /// Takes the locks of the changes, under which the tables must be what the catalogue was checked against.
    async fn lock_tables(&self) -> Result<(), ExecuteError> {
        let locks = self.plan.forget.iter().flat_map(|record| &record.locks);
        let locks: Vec<Statement> = locks.cloned().collect();
        // Pipelined.
        let (locked, compared) = join!(self.session.run_all(&locks), self.compare_structure());
        locked?;
        compared
    }

    /// Fails where the tables are not what the catalogue was checked against: what a function does can change at any time.
    pub(super) async fn compare_structure(&self) -> Result<(), ExecuteError> {
        compare_structure(&self.plan.structure, self.session).await
    }

    /// Fails where a row still holds what was replaced or redacted.
    async fn check_changed(&self) -> Result<(), ExecuteError> {
        for step in self.plan.forget.iter().flat_map(|record| &record.left) {
            let One(left) = queries::left(self.session, &step.statement).await?;
            if left.row_count > 0 {
                return Err(not_changed(&step.name));
            }
        }
        Ok(())
    }

    /// Stores the key of one row for each client ID with which a device was found, for a later verification.
    pub(super) async fn note_clients(&self, found: &Found) -> Result<(), ExecuteError> {
        let mut known = HashSet::new();
        let mut clients = Vec::new();
        for step in self.plan.forget.iter().flat_map(|record| &record.clients) {
            if found.targets(step.found).next().is_none() {
                continue;
            }
            for row in queries::found_clients(self.session, &step.statement).await? {
                // The client ID itself does not leave this process.
                if !known.insert((row.target, row.account_id, row.client_id)) {
                    continue;
                }
                let first = self.staging.contacts_of(row.target as usize)[0];
                clients.push(FoundClient {
                    position: self.submission.position(first as usize),
                    table: step.table.clone(),
                    row_key: row.row_key,
                });
            }
        }
        Ok(ledger::keep_found_clients(self.session, self.submission_id, &clients).await?)
    }

    /// Adds the media objects of forgotten records to the outbox.
    async fn note_media(&self) -> Result<(), ExecuteError> {
        let mut outbox = Vec::new();
        let DrawnKey { key, sealed } = self.media_key;
        for step in self.plan.forget.iter().flat_map(|record| &record.media) {
            for row in queries::found_media(self.session, &step.statement).await? {
                let digest = media::digest(key, &row.media_uri);
                let object_digest = KeyedDigest::joined(sealed, &digest);
                // Siblings have no target; their record is listed for the device that was found.
                let Ok(target) = usize::try_from(row.target) else {
                    continue;
                };
                for &contact in self.staging.contacts_of(target) {
                    outbox.push(MediaRow {
                        position: self.submission.position(contact as usize),
                        table: step.name.clone(),
                        row_key: row.row_key.clone(),
                        object_digest: object_digest.clone(),
                    });
                }
            }
        }
        Ok(ledger::add_media(self.session, self.submission_id, &mut outbox).await?)
    }
}
