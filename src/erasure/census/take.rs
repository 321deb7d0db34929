//! Taking a census.

use super::progress::{Progress, checkpoint_after_all, ended};
use super::survey::{CensusOptions, Survey};
use super::{ledger, values};
use crate::domain::census::Census;
use crate::domain::identifier::ScrubId;
use crate::erasure::scrub::horizon;
use crate::erasure::scrub::{Mark, Target, checkpoint, missing, targets};
use crate::postgres::{DatabaseError, Session};

/// Takes a census.
pub(crate) async fn take(
    session: &Session,
    options: &CensusOptions<'_>,
) -> Result<Census, DatabaseError> {
    let changed = ledger::changed_tables(session, options.submission_id).await?;
    let mut tables: Vec<String> = changed.keys().cloned().collect();
    tables.sort();
    let from = changed.values().map(|need| need.scrub_id).min();
    let from = from.unwrap_or(ScrubId::AFTER_ALL);
    let completions = ledger::completions(session, &tables, from).await?;
    let mut all = Vec::new();
    if !tables.is_empty() {
        all = targets(session, &tables, options.columns).await?;
        all.push(checkpoint(tables.clone()));
    }
    let progress = |target: Target| {
        let need = target.need(&changed);
        let need = need.map_or(ScrubId::AFTER_ALL, |need| need.scrub_id);
        let progress = Progress::of(&target, need, &completions);
        (target, progress)
    };
    let mut targets: Vec<(Target, Progress)> = all.into_iter().map(progress).collect();
    checkpoint_after_all(&mut targets, &completions);
    let unseen = changed.values().any(|n| n.scrub_id == ScrubId::AFTER_ALL);
    let mark = match changed.values().map(|need| need.mark).max_by_key(|m| m.xid) {
        Some(mark) if !unseen => mark,
        _ => Mark::now(session).await?,
    };
    let missing_tables = missing(session, &tables).await?;
    let ended = ended(&targets).filter(|_| missing_tables.is_empty());
    let survey = Survey {
        session,
        options,
        tables,
        missing_tables,
        targets,
        mark,
        ended,
    };
    survey.census(from).await
}

impl Survey<'_> {
    /// Asks everything. `from`: the first scrub that counts.
    async fn census(&self, from: ScrubId) -> Result<Census, DatabaseError> {
        let searched = self.options.submission.is_some();
        if let Some(submission) = self.options.submission {
            values::stage(self.session, submission).await?;
        }
        let own = [self.session.process().await?];
        let blockers = horizon::blockers(self.session, self.mark, &own).await?;
        let last_blockers = ledger::last_blockers(self.session, &self.tables, from).await?;
        let scope = ledger::scope(self.session, self.options.submission_id).await?;
        let mut findings = self.tables_and_dependants().await?;
        let files_clean = self.files_clean(&findings);
        let (cluster, wal) = self
            .cluster(&blockers, &scope, files_clean.as_ref())
            .await?;
        findings.extend(cluster);
        findings.sort_by(|a, b| (a.place, &a.object).cmp(&(b.place, &b.object)));
        if searched {
            self.session.discard_temp().await?;
        }
        Ok(Census {
            taken: self.options.now,
            tables: self.tables.clone(),
            searched,
            findings,
            blockers,
            last_blockers,
            level: self.level(files_clean.as_ref()),
            files_clean,
            answered: scope.answered_at,
            wal,
        })
    }
}
