//! Verifies a submission: declared columns and traced records in one snapshot, then all columns of all tables.

use std::collections::{BTreeMap, HashMap};

use super::report::{ContactVerdict, Left, Verdict, Verification};
use crate::catalogue::Source;
use crate::catalogue::plan::{Plan, PreviewSteps, Staging, VerifySteps};
use crate::domain::device::Device;
use crate::domain::identifier::ContactPosition;
use crate::domain::response::Response;
use crate::domain::submission::{Contact, Submission};
use crate::engine::error::ExecuteError;
use crate::engine::reading::Reader;
use crate::engine::value_search::{Attribution, Scopes, SearchObserver, Searched, ValueSearch};
use crate::engine::{find, queries};
use crate::ledger::FoundClient;
use crate::postgres::declared::commands;
use crate::postgres::{CopyRows, DatabaseError};

commands! {
    CREATE_KEPT = "stage/kept.sql";
    CREATE_TRACED = "stage/traced.sql";
    ANALYZE_KEPT = "verify/analyze_kept.sql";
    ANALYZE_TRACED = "verify/analyze_traced.sql";
}

/// What the ledger knows about contacts.
#[derive(Debug, Default)]
pub(crate) struct KnownContacts {
    /// The answers of the run.
    pub(crate) answered: HashMap<ContactPosition, String>,
    /// Number of media objects that are still to be deleted.
    pub(crate) media: HashMap<ContactPosition, i64>,
}

/// Which columns are searched besides those that are declared for devices.
pub(crate) enum OtherColumns<'a> {
    None,
    /// Every column of the database; the sources say which tables are declared.
    All {
        sources: &'a [Source],
        observer: &'a dyn SearchObserver,
    },
}

/// Verifies submissions.
pub(crate) struct Verifier<'a> {
    pub(crate) reader: Reader<'a>,
    /// The rows by which client IDs are found again.
    pub(crate) kept: &'a [FoundClient],
    pub(crate) others: OtherColumns<'a>,
}

impl Verifier<'_> {
    /// Looks for the devices of a submission.
    pub(crate) async fn verify(
        &self,
        submission: &Submission,
        known: &KnownContacts,
    ) -> Result<Verification, ExecuteError> {
        let plan = Plan::in_any_spelling(self.reader.catalogue, self.reader.product);
        let further = [CREATE_KEPT.into(), CREATE_TRACED.into()];
        self.reader.begin(&plan, &further).await?;
        let (staging, mut left) = match self.read_snapshot(&plan, submission).await {
            // The staging is kept for the search of the other columns.
            Ok(read) => {
                self.reader.session.commit().await?;
                read
            }
            Err(error) => {
                self.reader.end().await?;
                return Err(error);
            }
        };
        let given_up = match self.others {
            OtherColumns::None => Vec::new(),
            OtherColumns::All { sources, observer } => {
                let attribution = Scopes::new(self.reader.catalogue, &staging);
                let devices = staged_devices(submission, &staging);
                let search = ValueSearch {
                    session: self.reader.session,
                    sources,
                    devices: &devices,
                    attribution: &Attribution::Scopes(attribution),
                    observer,
                };
                let searched = search.run().await?;
                add_places(searched, &staging, &mut left)
            }
        };
        let mut verification = Verification {
            contacts: verdicts(submission, &staging, &left, known),
            given_up,
        };
        if !verification.given_up.is_empty() {
            verification.mark_incomplete();
        }
        Ok(verification)
    }

    /// Runs all queries of the snapshot. What is left is returned by target.
    async fn read_snapshot(
        &self,
        plan: &Plan,
        submission: &Submission,
    ) -> Result<(Staging, Vec<Left>), ExecuteError> {
        let session = self.reader.session;
        let scopes = self.reader.scopes(submission).await?;
        let staging = Staging::new(submission, &scopes, |_, _| true);
        self.reader.fill(plan, submission, &staging).await?;
        let all = 0..staging.devices.len() as u32;
        let found = find::find(session, plan, &staging, &all, self.reader.limits).await?;
        let mut left = vec![Left::default(); staging.targets.len()];
        let columns = PreviewSteps::new(self.reader.catalogue, self.reader.product).columns;
        for (table, columns) in columns.iter().enumerate() {
            if found.targets(table).next().is_none() {
                continue;
            }
            for row in queries::count_columns(session, &columns.count).await? {
                let name = &columns.names[row.slot as usize - 1];
                let column = format!("{}.{name}", plan.tables[table].name);
                let columns = &mut left[row.target as usize].columns;
                columns.insert(column, row.row_count);
            }
        }
        for (target, place, rows) in find::possible(session, plan).await? {
            left[target as usize].possible.insert(place, rows);
        }
        self.trace(submission, &staging, &mut left).await?;
        Ok((staging, left))
    }

    /// Finds the client IDs by the kept rows, and counts what is left in their records.
    async fn trace(
        &self,
        submission: &Submission,
        staging: &Staging,
        left: &mut [Left],
    ) -> Result<(), DatabaseError> {
        let session = self.reader.session;
        let kept = self.stage_kept(submission, staging).await?;
        if kept.is_empty() {
            return Ok(());
        }
        session.run(&ANALYZE_KEPT.into()).await?;
        let steps = VerifySteps::new(self.reader.catalogue);
        for step in &steps.traced {
            queries::trace_clients(session, &step.statement, &step.name).await?;
        }
        session.run(&ANALYZE_TRACED.into()).await?;
        for row in queries::count_traced(session).await? {
            left[row.target as usize].client_ids = row.client_ids;
        }
        for (target, rows) in kept {
            let left = &mut left[target as usize];
            // Each row was kept for a different client ID.
            left.rows_gone = (rows - left.client_ids).max(0);
        }
        for step in &steps.left {
            for row in queries::count_left(session, &step.statement, &step.with_client).await? {
                let left = &mut left[row.target as usize];
                for (counts, rows) in [
                    (&mut left.unredacted, row.left_rows),
                    (&mut left.kept_rows, row.kept_rows),
                ] {
                    if rows > 0 {
                        counts.insert(step.table.clone(), rows);
                    }
                }
            }
        }
        Ok(())
    }

    /// Stages the kept rows. Returns their number by target.
    async fn stage_kept(
        &self,
        submission: &Submission,
        staging: &Staging,
    ) -> Result<BTreeMap<u32, i64>, DatabaseError> {
        let mut targets = HashMap::new();
        for target in 0..staging.targets.len() as u32 {
            for contact in staging.contacts_of(target as usize) {
                targets.insert(submission.position(*contact as usize), target);
            }
        }
        let mut counts = BTreeMap::new();
        let mut rows = CopyRows::default();
        for client in self.kept {
            let Some(target) = targets.get(&client.position) else {
                continue;
            };
            rows.int(*target as i32)
                .text(&client.table)
                .text(&client.row_key)
                .end();
            *counts.entry(*target).or_insert(0) += 1;
        }
        self.reader
            .session
            .copy_in(&queries::KEPT.into(), &mut rows)
            .await?;
        Ok(counts)
    }
}

/// The staged devices, in their order.
fn staged_devices(submission: &Submission, staging: &Staging) -> Vec<Device> {
    let device = |number: &u32| submission.devices[*number as usize].clone();
    staging.devices.iter().map(device).collect()
}

/// Adds what a value search found to the targets that it concerns. Returns what was not searched.
fn add_places(searched: Searched, staging: &Staging, left: &mut [Left]) -> Vec<String> {
    for hit in searched.devices {
        let device = hit.device as u32;
        for target in staging.targets_of(&(device..device + 1)) {
            let scope = staging.targets[target].scope;
            if hit.scope.is_none_or(|of_hit| of_hit == scope) {
                left[target].places.push(hit.place.clone());
            }
        }
    }
    for left in left {
        left.forget_known_places();
    }
    searched.given_up
}

/// Every contact with its verdict, in the order of the submission.
fn verdicts(
    submission: &Submission,
    staging: &Staging,
    left: &[Left],
    known: &KnownContacts,
) -> Vec<ContactVerdict> {
    let targets = staging.targets_by_contact(submission);
    let verdict = |(index, target): (usize, Option<usize>)| {
        let position = submission.position(index);
        let (device, refused) = match (submission.contacts[index], target) {
            (Contact::Refused(refusal), _) => (None, Some(Response::Refused(refusal))),
            (Contact::Device(device), Some(_)) => (Some(device), None),
            (Contact::Device(device), None) => (Some(device), Some(Response::UnknownAccount)),
        };
        let device = device.map(|device| &submission.devices[device.0 as usize]);
        let mut left = target.map_or_else(Left::default, |target| left[target].clone());
        left.media_objects = known.media.get(&position).copied().unwrap_or(0);
        ContactVerdict {
            request: position.request,
            contact: position.contact,
            kind: device.map(|device| device.kind().as_str()),
            masked: device.map(Device::masked),
            verdict: match refused {
                Some(_) => Verdict::NotLookedFor,
                None => left.verdict(),
            },
            answered: known.answered.get(&position).cloned(),
            refused: refused.map(|refused| refused.to_string()),
            left,
        }
    };
    targets.into_iter().enumerate().map(verdict).collect()
}
