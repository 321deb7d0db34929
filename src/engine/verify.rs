//! VERIFY: after a FORGET, is a device anywhere it was looked for, and is anything of its consumer's records left?
//! Nothing is changed.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::reading::Reader;
use super::{ExecuteError, find, position};
use crate::catalogue::Source;
use crate::catalogue::discover::{RelationKind, UserColumn, searchable, user_columns};
use crate::catalogue::plan::{Form, Plan, PreviewSteps, Staging, VerifySteps};
use crate::catalogue::render::{self};
use crate::domain::device::Device;
use crate::domain::identifier::{ContactPosition, Ordinal};
use crate::domain::response::Response;
use crate::domain::submission::{Contact, Submission};
use crate::ledger::FoundClient;
use crate::postgres::sql::{Statement, sql_file};
use crate::postgres::{CopyRows, DatabaseError, Session};

/// What is to be found of each contact.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    pub contacts: Vec<ContactVerdict>,
    /// Columns that were not searched to their end, and why.
    pub given_up: Vec<String>,
}

/// What a verification says of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing of it is left where it was looked for.
    Clean,
    /// Its device, or personal fields of a forgotten record, are there.
    Found,
    /// It was refused: there was nothing to look for, or nowhere.
    NotLookedFor,
}

/// One contact and what was found.
#[derive(Debug, Clone, Serialize)]
pub struct ContactVerdict {
    pub request: Ordinal,
    pub contact: Ordinal,
    pub kind: Option<&'static str>,
    /// For the terminal of who asks: see [`Device::masked`].
    #[serde(skip)]
    pub masked: Option<String>,
    pub verdict: Verdict,
    /// What was answered when it was carried out; `None` where that is not known.
    pub answered: Option<String>,
    /// Why it was not looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    #[serde(flatten)]
    pub left: Left,
}

/// What is left of a device, within the scope of its request but where it says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Rows that hold the device in a declared column, in whichever form, by `<schema>.<table>.<column>`.
    pub columns: BTreeMap<String, i64>,
    /// Rows that hold it in a column which is declared as something else.
    pub values: BTreeMap<String, i64>,
    /// Rows that hold it in tables that the catalogue does not know: nobody knows whose they are.
    pub undeclared: BTreeMap<String, i64>,
    /// Client IDs that were traced, and rows by which they should have been and that are gone.
    pub client_ids: i64,
    pub rows_gone: i64,
    /// Rows of forgotten records of these client IDs in which personal fields stand, by table.
    pub unredacted: BTreeMap<String, i64>,
    /// Media objects of its recordings that are still to be deleted, as the ledger has it.
    pub media_objects: i64,
    /// Rows of these client IDs that held no requested device and so keep their personal fields: as it is meant.
    pub kept_rows: BTreeMap<String, i64>,
}

impl Left {
    fn verdict(&self) -> Verdict {
        let found = [
            &self.columns,
            &self.values,
            &self.undeclared,
            &self.unredacted,
        ];
        match found.iter().all(|counts| counts.is_empty()) && self.media_objects == 0 {
            true => Verdict::Clean,
            false => Verdict::Found,
        }
    }
}

/// What the ledger knows of contacts, by their position.
#[derive(Debug, Default)]
pub struct Past {
    pub answered: HashMap<ContactPosition, String>,
    /// Media objects that are still to be deleted.
    pub media: HashMap<ContactPosition, i64>,
}

/// Where it is looked for beside the declared columns.
pub enum Beyond<'a> {
    Nowhere,
    /// In every column of the database that may hold a device; the sources say which tables are declared.
    AllColumns(&'a [Source]),
}

/// Verifies submissions.
pub struct Verifier<'a> {
    pub reader: Reader<'a>,
    /// The rows by which client IDs are traced.
    pub kept: &'a [FoundClient],
    pub beyond: Beyond<'a>,
}

impl Verifier<'_> {
    /// Looks for the devices of a submission.
    pub async fn verify(
        &self,
        submission: &Submission,
        past: &Past,
    ) -> Result<Verification, ExecuteError> {
        let plan = Plan::thorough(self.reader.catalogue, self.reader.product);
        let further = [
            sql_file!("stage/kept.sql").into(),
            sql_file!("stage/traced.sql").into(),
        ];
        self.reader.begin(&plan, &further).await?;
        let looked = self.look(&plan, submission).await;
        let (staging, mut left) = match looked {
            // What is staged stays for the columns beyond, each of which is searched for a while at most.
            Ok(looked) => {
                self.reader.session.commit().await?;
                looked
            }
            Err(error) => {
                self.reader.end().await?;
                return Err(error);
            }
        };
        let given_up = match self.beyond {
            Beyond::Nowhere => Vec::new(),
            Beyond::AllColumns(sources) => {
                self.search_beyond(submission, &staging, sources, &mut left)
                    .await?
            }
        };
        Ok(Verification {
            contacts: verdicts(submission, &staging, &left, past),
            given_up,
        })
    }

    /// All that is asked in one snapshot; by target.
    async fn look(
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
        for (table, (statement, names)) in columns.iter().enumerate() {
            if found.targets(table).next().is_none() {
                continue;
            }
            for row in session.query(statement, &[]).await? {
                let slot: i16 = row.get("slot");
                let column = format!("{}.{}", plan.tables[table].name, names[slot as usize - 1]);
                of(&mut left, &row)
                    .columns
                    .insert(column, row.get("row_count"));
            }
        }
        self.trace(submission, &staging, &mut left).await?;
        Ok((staging, left))
    }

    /// Finds the client IDs by the kept rows, and looks what is left in the records of each.
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
        let analyze = sql_file!("verify/analyze_kept.sql").into();
        session.run(&analyze).await?;
        let steps = VerifySteps::new(self.reader.catalogue);
        for (table, statement) in &steps.traced {
            session.execute(statement, &[table]).await?;
        }
        let analyze = sql_file!("verify/analyze_traced.sql").into();
        session.run(&analyze).await?;
        let count = sql_file!("verify/count_traced.sql").into();
        for row in session.query(&count, &[]).await? {
            of(left, &row).client_ids = row.get("client_ids");
        }
        for (target, rows) in kept {
            let left = &mut left[target as usize];
            // Each of them was kept for another client ID.
            left.rows_gone = (rows - left.client_ids).max(0);
        }
        for step in &steps.left {
            for row in session.query(&step.statement, &[&step.with_client]).await? {
                let left = of(left, &row);
                let (unredacted, kept): (i64, i64) = (row.get("left_rows"), row.get("kept_rows"));
                for (counts, rows) in [
                    (&mut left.unredacted, unredacted),
                    (&mut left.kept_rows, kept),
                ] {
                    if rows > 0 {
                        counts.insert(step.table.clone(), rows);
                    }
                }
            }
        }
        Ok(())
    }

    /// Stages the kept rows; returns how many each target has.
    async fn stage_kept(
        &self,
        submission: &Submission,
        staging: &Staging,
    ) -> Result<BTreeMap<u32, i64>, DatabaseError> {
        let mut targets = HashMap::new();
        for target in 0..staging.targets.len() as u32 {
            for contact in staging.contacts_of(target as usize) {
                targets.insert(position(submission, *contact as usize), target);
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
            .copy_in(&sql_file!("stage/copy_kept.sql").into(), &mut rows)
            .await?;
        Ok(counts)
    }

    /// Looks into all other columns, one after the other, each for a while at most; returns those that were given up.
    async fn search_beyond(
        &self,
        submission: &Submission,
        staging: &Staging,
        sources: &[Source],
        left: &mut [Left],
    ) -> Result<Vec<String>, DatabaseError> {
        let session = self.reader.session;
        let mut given_up = Vec::new();
        for (name, statement) in VerifySteps::new(self.reader.catalogue).values {
            match bounded(session, &statement).await? {
                Err(why) => given_up.push(format!("{name}: {why}")),
                Ok(rows) => {
                    for row in rows {
                        let values = &mut of(left, &row).values;
                        values.insert(name.clone(), row.get("row_count"));
                    }
                }
            }
        }
        self.stage_at_home(submission, staging).await?;
        for column in self.undeclared(sources).await? {
            let name = format!("{}.{}", column.table.plain(), column.column.as_str());
            if column.kind == RelationKind::ForeignTable {
                given_up.push(format!("{name}: its rows are in another database"));
                continue;
            }
            if !column.may_select {
                given_up.push(format!("{name}: this role may not SELECT it"));
                continue;
            }
            let statement = render::verify::undeclared(&column.table, &column.column, column.shape);
            let rows = match bounded(session, &statement).await? {
                Err(why) => {
                    given_up.push(format!("{name}: {why}"));
                    continue;
                }
                Ok(rows) => rows,
            };
            for row in rows {
                let device = row.get::<_, i32>("device") as u32;
                for target in staging.targets_of(&(device..device + 1)) {
                    let undeclared = &mut left[target].undeclared;
                    undeclared.insert(name.clone(), row.get("row_count"));
                }
            }
        }
        Ok(given_up)
    }

    /// The columns of tables that the catalogue does not declare and does not keep by rule.
    async fn undeclared(&self, sources: &[Source]) -> Result<Vec<UserColumn>, DatabaseError> {
        let declared: Vec<_> = sources.iter().flat_map(|source| source.tables()).collect();
        let by_rule: Vec<_> = sources
            .iter()
            .flat_map(|source| source.kept_by_rule())
            .collect();
        let mut columns = user_columns(self.reader.session).await?;
        columns.retain(|column| {
            searchable(column)
                && !declared.contains(&column.table)
                && !by_rule.contains(&column.table)
        });
        Ok(columns)
    }

    /// Where nobody says in which country a column is, a phone may stand as it does at home.
    async fn stage_at_home(
        &self,
        submission: &Submission,
        staging: &Staging,
    ) -> Result<(), DatabaseError> {
        let mut rows = CopyRows::default();
        for (index, device) in staging.devices.iter().enumerate() {
            if let Device::Phone(phone) = &submission.devices[*device as usize] {
                for value in phone.at_home() {
                    rows.int(index as i32)
                        .small(Form::AtHome as i16)
                        .optional_int(None)
                        .text(&value)
                        .end();
                }
            }
        }
        let copy = sql_file!("stage/copy_lookup.sql").into();
        self.reader.session.copy_in(&copy, &mut rows).await?;
        Ok(())
    }
}

/// What is left of the target that a row is about.
fn of<'a>(left: &'a mut [Left], row: &tokio_postgres::Row) -> &'a mut Left {
    &mut left[row.get::<_, i32>("target") as usize]
}

/// Runs a search that gives up after a while; the inner error says why it did.
async fn bounded(
    session: &Session,
    statement: &Statement,
) -> Result<Result<Vec<tokio_postgres::Row>, String>, DatabaseError> {
    session
        .run(&sql_file!("session/search_transaction.sql").into())
        .await?;
    let found = session.query(statement, &[]).await;
    match found {
        Err(error) if error.is_lost_connection() && session.is_closed() => Err(error),
        found => {
            session.rollback().await?;
            Ok(found.map_err(|error| error.to_string()))
        }
    }
}

/// Every contact with its verdict, in order.
fn verdicts(
    submission: &Submission,
    staging: &Staging,
    left: &[Left],
    past: &Past,
) -> Vec<ContactVerdict> {
    let mut targets = vec![None; submission.contacts.len()];
    for target in 0..staging.targets.len() {
        for contact in staging.contacts_of(target) {
            targets[*contact as usize] = Some(target);
        }
    }
    let verdict = |(index, target): (usize, Option<usize>)| {
        let position = position(submission, index);
        let (device, refused) = match (submission.contacts[index], target) {
            (Contact::Refused(refusal), _) => (None, Some(Response::Refused(refusal))),
            (Contact::Device(device), Some(_)) => (Some(device), None),
            (Contact::Device(device), None) => (Some(device), Some(Response::UnknownAccount)),
        };
        let device = device.map(|device| &submission.devices[device.0 as usize]);
        let mut left = target.map_or_else(Left::default, |target| left[target].clone());
        left.media_objects = past.media.get(&position).copied().unwrap_or(0);
        ContactVerdict {
            request: position.request,
            contact: position.contact,
            kind: device.map(|device| device.kind().as_str()),
            masked: device.map(Device::masked),
            verdict: match refused {
                Some(_) => Verdict::NotLookedFor,
                None => left.verdict(),
            },
            answered: past.answered.get(&position).cloned(),
            refused: refused.map(|refused| refused.to_string()),
            left,
        }
    };
    targets.into_iter().enumerate().map(verdict).collect()
}
