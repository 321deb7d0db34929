//! EXPORT: streams every found record into the archive, from one snapshot (contract section 6).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures_util::{StreamExt as _, pin_mut};

use super::archive::Archive;
use super::error::ExecuteError;
use super::find::{self, Found};
use super::limits::Limits;
use super::progress::Progress;
use super::sight::Sighter;
use super::{queries, stage};
use crate::catalogue::plan::{Plan, Staging};
use crate::domain::identifier::{Ordinal, SubmissionId};
use crate::domain::request::Action;
use crate::domain::response::Response;
use crate::domain::submission::Submission;
use crate::ledger::{Answer, Answers};
use crate::postgres::{CopyRows, DatabaseError, Session};

/// Up to this number of devices, rows are fetched by index. For more devices the planner may choose to read whole tables.
const PROBED: usize = 20_000;

/// An EXPORT in progress.
pub(crate) struct Export<'a> {
    pub(crate) session: &'a Session,
    pub(crate) plan: &'a Plan,
    pub(crate) submission: &'a Submission,
    pub(crate) staging: &'a Staging,
    pub(crate) limits: &'a Limits,
    /// The submission in the ledger.
    pub(crate) submission_id: SubmissionId,
    pub(crate) progress: &'a dyn Progress,
}

impl Export<'_> {
    /// Writes the found records of every request into `archive`. Returns the answers, which are not in the ledger yet, and the
    /// number of rows exported by table. `folder` returns the folder of a request, given its ordinal.
    pub(crate) async fn run(
        &self,
        archive: &mut Archive,
        folder: impl Fn(Ordinal) -> String,
    ) -> Result<(Answers, BTreeMap<String, i64>), ExecuteError> {
        stage::stage(
            self.session,
            self.plan,
            Action::Export,
            self.submission,
            self.staging,
            self.limits,
        )
        .await?;
        let wanted = self.wanted();
        self.stage_wanted(&wanted).await?;
        self.session.begin_snapshot().await?;
        let exported = self.snapshot(&wanted, archive, folder).await;
        self.session.rollback().await?;
        exported
    }

    /// The ordinals of requests with the targets they ask for: distinct pairs, in order.
    fn wanted(&self) -> Vec<(Ordinal, u32)> {
        let mut wanted = Vec::new();
        for target in 0..self.staging.targets.len() {
            let contacts = self.staging.contacts_of(target).iter();
            let requests = contacts.map(|&c| self.submission.position(c as usize).request);
            wanted.extend(requests.map(|request| (request, target as u32)));
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    async fn stage_wanted(&self, wanted: &[(Ordinal, u32)]) -> Result<(), ExecuteError> {
        let mut rows = CopyRows::default();
        for (request, target) in wanted {
            rows.int(*request).int(*target as i32).end();
        }
        self.session
            .copy_in(&queries::WANTED.into(), &mut rows)
            .await?;
        self.session.run(&stage::INDEX_WANTED.into()).await?;
        Ok(())
    }

    async fn snapshot(
        &self,
        wanted: &[(Ordinal, u32)],
        archive: &mut Archive,
        folder: impl Fn(Ordinal) -> String,
    ) -> Result<(Answers, BTreeMap<String, i64>), ExecuteError> {
        if let Some(sighter) = Sighter::new(self.plan, self.submission, self.staging) {
            sighter.sight(self.session).await?;
        }
        let all = 0..self.staging.devices.len() as u32;
        let found = find::find(self.session, self.plan, self.staging, &all, self.limits).await?;
        let Judged {
            responses,
            exportable,
        } = judge(self.session, self.plan, self.staging, self.limits, &found).await?;
        let mut answers = Answers::new(self.submission_id);
        for (target, response) in responses.into_iter().enumerate() {
            let row_counts = found.row_counts(self.plan, target as u32);
            for &contact in self.staging.contacts_of(target) {
                answers.push(Answer {
                    position: self.submission.position(contact as usize),
                    kind: Some(self.staging.targets[target].kind),
                    response: &response,
                    row_counts: row_counts.as_deref(),
                });
            }
        }
        let requests = requests(wanted, &exportable);
        let rows = self.write(&requests, archive, folder).await?;
        self.progress.advance(self.staging.devices.len() as u64, 0);
        Ok((answers, rows))
    }

    /// Streams the rows by request and table.
    async fn write(
        &self,
        requests: &BTreeMap<Ordinal, BTreeSet<usize>>,
        archive: &mut Archive,
        folder: impl Fn(Ordinal) -> String,
    ) -> Result<BTreeMap<String, i64>, ExecuteError> {
        if self.plan.keyed && self.staging.devices.len() <= PROBED {
            self.session.run(&queries::PROBE.into()).await?;
        }
        let mut exported = BTreeMap::new();
        for (&request, records) in requests {
            queries::set_current_request(self.session, request).await?;
            let tables = records.iter().flat_map(|&r| &self.plan.export[r].rows);
            for rows in tables {
                archive
                    .start(format!("{}/{}.csv", folder(request), rows.label))
                    .await?;
                let stream = self.session.copy_out(&rows.statement).await?;
                pin_mut!(stream);
                while let Some(row) = stream.next().await {
                    archive.write(&row?).await?;
                }
                let written = archive.end().await?;
                self.progress.advance(0, written);
                if written > 0 {
                    *exported.entry(rows.table.clone()).or_insert(0) += written as i64;
                }
            }
        }
        Ok(exported)
    }
}

/// The answers of an EXPORT, and what there is to export.
pub(super) struct Judged {
    /// By target.
    pub(super) responses: Vec<Response>,
    /// For each record of the plan, the targets that have rows to export.
    exportable: Vec<HashSet<u32>>,
}

/// Judges every target. Removes refused targets and rows on shared short codes from the found rows.
pub(super) async fn judge(
    session: &Session,
    plan: &Plan,
    staging: &Staging,
    limits: &Limits,
    found: &Found,
) -> Result<Judged, DatabaseError> {
    let mut responses: Vec<Response> = (0..staging.targets.len() as u32)
        .map(|target| found.judge(target, Action::Export, limits))
        .collect();
    let refused = responses.iter().zip(0..).filter(|(r, _)| r.is_error());
    let refused: Vec<i32> = refused.map(|(_, target)| target).collect();
    find::exclude(session, plan, &refused).await?;
    let mut exportable = exportable(session, plan, found).await?;
    for targets in &mut exportable {
        targets.retain(|target| !responses[*target as usize].is_error());
    }
    for (target, response) in (0..).zip(&mut responses) {
        if *response == Response::Success && !exportable.iter().any(|e| e.contains(&target)) {
            *response = Response::NotFound;
        }
    }
    Ok(Judged {
        responses,
        exportable,
    })
}

/// Removes rows on shared short codes. Returns, for each record of the plan, the targets that have rows left.
async fn exportable(
    session: &Session,
    plan: &Plan,
    found: &Found,
) -> Result<Vec<HashSet<u32>>, DatabaseError> {
    let mut all = Vec::with_capacity(plan.export.len());
    for record in &plan.export {
        let mut exportable = HashSet::new();
        for table in &record.found {
            let mut targets = found.targets(table.table).peekable();
            if targets.peek().is_none() {
                continue;
            }
            let excluded = match &table.exclude_shared {
                Some(exclude) => queries::exclude_shared(session, exclude).await?,
                None => 0,
            };
            if excluded == 0 {
                exportable.extend(targets);
            } else {
                let left = queries::exportable(session, &table.exportable).await?;
                exportable.extend(left.iter().map(|row| row.target as u32));
            }
        }
        all.push(exportable);
    }
    Ok(all)
}

/// The requests that have something to export, by ordinal, with the indices of the plan's records to export.
fn requests(
    wanted: &[(Ordinal, u32)],
    exportable: &[HashSet<u32>],
) -> BTreeMap<Ordinal, BTreeSet<usize>> {
    let mut requests: BTreeMap<Ordinal, BTreeSet<usize>> = BTreeMap::new();
    for (request, target) in wanted {
        let records = exportable.iter().zip(0..);
        let of_target = records.filter(|(targets, _)| targets.contains(target));
        for (_, record) in of_target {
            requests.entry(*request).or_default().insert(record);
        }
    }
    requests
}
