//! EXPORT: one snapshot, every found record whole, streamed into the archive (contract section 6).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures_util::{StreamExt as _, pin_mut};

use super::{ExecuteError, Limits, Progress, find, ordinals, stage};
use crate::archive::Archive;
use crate::database::{CopyRows, DatabaseError, Session};
use crate::ledger::{Answer, Answers};
use crate::plan::{Plan, Staging};
use crate::request::Action;
use crate::response::Response;
use crate::statement::sql_file;
use crate::submission::Submission;

/// An EXPORT in progress.
pub struct Export<'a> {
    pub session: &'a Session,
    pub plan: &'a Plan,
    pub submission: &'a Submission,
    pub staging: &'a Staging,
    pub limits: &'a Limits,
    /// The submission in the ledger.
    pub submission_id: i64,
    pub progress: &'a dyn Progress,
}

impl Export<'_> {
    /// Writes the found records of every request into `archive`; returns the answers, which are not in the ledger
    /// yet, and the rows exported by table. `folder` names the folder of a request by its ordinal.
    pub async fn run(
        &self,
        archive: &mut Archive,
        folder: impl Fn(i32) -> String,
    ) -> Result<(Answers, BTreeMap<String, i64>), ExecuteError> {
        stage::stage(
            self.session,
            self.plan,
            Action::Export,
            self.submission,
            self.staging,
        )
        .await?;
        self.stage_wanted().await?;
        self.session
            .run(&sql_file!("session/export.sql").into())
            .await?;
        let exported = self.snapshot(archive, folder).await;
        self.session.rollback().await?;
        exported
    }

    async fn stage_wanted(&self) -> Result<(), ExecuteError> {
        let mut wanted = BTreeSet::new();
        for target in 0..self.staging.targets.len() {
            for &contact in self.staging.contacts_of(target) {
                wanted.insert((ordinals(self.submission, contact as usize).0, target));
            }
        }
        let mut rows = CopyRows::default();
        for (request, target) in wanted {
            rows.number(request.into()).number(target as i64).end();
        }
        self.session
            .copy_in(&sql_file!("stage/copy_wanted.sql").into(), &mut rows)
            .await?;
        Ok(())
    }

    async fn snapshot(
        &self,
        archive: &mut Archive,
        folder: impl Fn(i32) -> String,
    ) -> Result<(Answers, BTreeMap<String, i64>), ExecuteError> {
        let all = 0..self.staging.devices.len() as u32;
        let found = find::find(self.session, self.plan, &all, self.limits).await?;
        let judged: Vec<Response> = (0..self.staging.targets.len() as u32)
            .map(|target| found.judge(target, Action::Export, self.limits))
            .collect();
        let refused = judged
            .iter()
            .zip(0..)
            .filter(|(r, _)| r.is_error())
            .map(|(_, target)| target);
        find::exclude(self.session, self.plan, &refused.collect::<Vec<i32>>()).await?;
        let exportable = self.exportable().await?;
        let mut answers = Answers::new(self.submission_id);
        for (target, judged) in judged.into_iter().enumerate() {
            let response = match judged {
                Response::Success if !exportable.contains(&(target as i32)) => Response::NotFound,
                judged => judged,
            };
            let row_counts = found.row_counts(self.plan, target as u32);
            for &contact in self.staging.contacts_of(target) {
                let (request, contact) = ordinals(self.submission, contact as usize);
                let kind = Some(self.staging.targets[target].kind);
                answers.push(Answer {
                    request,
                    contact,
                    kind,
                    response: &response,
                    row_counts: row_counts.as_deref(),
                });
            }
        }
        let rows = self.write(archive, folder).await?;
        self.progress.advance(self.staging.devices.len() as u64, 0);
        Ok((answers, rows))
    }

    /// Takes rows on shared short codes out, and says which targets have anything left that is exported.
    async fn exportable(&self) -> Result<HashSet<i32>, ExecuteError> {
        let mut exportable = HashSet::new();
        for record in &self.plan.export {
            for exclude in &record.exclude_shared {
                self.session.execute(exclude, &[]).await?;
            }
            for statement in &record.exportable {
                exportable.extend(
                    self.session
                        .query(statement, &[])
                        .await?
                        .iter()
                        .map(|row| row.get::<_, i32>(0)),
                );
            }
        }
        Ok(exportable)
    }

    /// Streams the rows, request by request, table by table.
    async fn write(
        &self,
        archive: &mut Archive,
        folder: impl Fn(i32) -> String,
    ) -> Result<BTreeMap<String, i64>, ExecuteError> {
        let mut requests: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        for (number, record) in self.plan.export.iter().enumerate() {
            for note in &record.records {
                self.session.execute(note, &[]).await?;
            }
            self.session.run(&record.analyze).await?;
            for row in self.session.query(&record.requests, &[]).await? {
                requests.entry(row.get(0)).or_default().push(number);
            }
        }
        let mut exported = BTreeMap::new();
        for (request, records) in requests {
            self.session
                .execute(&sql_file!("export/clear_current.sql").into(), &[])
                .await?;
            self.session
                .execute(&sql_file!("export/set_current.sql").into(), &[&request])
                .await?;
            for (table, label, statement) in
                records.into_iter().flat_map(|r| &self.plan.export[r].rows)
            {
                archive
                    .start(format!("{}/{label}.csv", folder(request)))
                    .await?;
                let stream = self.session.copy_out(statement).await?;
                pin_mut!(stream);
                while let Some(row) = stream.next().await {
                    archive.write(&row.map_err(DatabaseError::from)?).await?;
                }
                let rows = archive.end().await?;
                self.progress.advance(0, rows);
                if rows > 0 {
                    *exported.entry(table.clone()).or_insert(0) += rows as i64;
                }
            }
        }
        Ok(exported)
    }
}
