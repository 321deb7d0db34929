//! PREVIEW: what a run would answer now, and what it would meet, out of one snapshot; nothing is changed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;

use super::find::{self, Found};
use super::plan_digest::{PlanRecord, PlannedContact};
use super::reading::Reader;
use super::{ExecuteError, export, position};
use crate::catalogue::plan::{Plan, PreviewSteps, Staging};
use crate::domain::device::Device;
use crate::domain::identifier::Ordinal;
use crate::domain::request::Action;
use crate::domain::response::{Response, Tally};
use crate::domain::scope::{Account, Scope};
use crate::domain::submission::{
    Contact, DeviceId, Document, Refusal, Request, ScopeId, Submission, members, request_case,
    string,
};
use crate::media::MediaStores;
use crate::postgres::sql::{Statement, sql_file};
use crate::postgres::{DatabaseError, Session};

/// Submissions of more devices are not looked through for transposed digits: each has some ten of them.
pub const TRANSPOSED_UP_TO: usize = 10_000;
/// Stores are asked for the size of at most so many media objects.
const OBJECTS_ASKED: usize = 1_000;

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// It would be answered as a whole, with this error and where it is.
    #[error("{0}")]
    Unreadable(String),
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

impl From<DatabaseError> for PreviewError {
    fn from(error: DatabaseError) -> PreviewError {
        PreviewError::Execute(error.into())
    }
}

/// What a run would do with a submission now.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    pub action: String,
    /// To approve it by: see [`PlanRecord::digest`].
    pub digest: String,
    pub requests: Vec<RequestPreview>,
    /// In the order of the submission; a malformed request is one of them, without an ordinal of a contact.
    pub contacts: Vec<ContactPreview>,
    #[serde(flatten)]
    pub tally: Tally,
    /// What the digest is made of, to be kept and compared.
    #[serde(skip)]
    pub plan: PlanRecord,
}

/// One request of the submission.
#[derive(Debug, Clone, Serialize)]
pub struct RequestPreview {
    pub request: Ordinal,
    pub case: Option<String>,
    pub account: Option<String>,
    pub contacts: usize,
}

/// One contact: its answer, and what holds its device.
#[derive(Debug, Clone, Serialize)]
pub struct ContactPreview {
    pub request: Ordinal,
    pub contact: Option<Ordinal>,
    pub kind: Option<&'static str>,
    /// For the terminal of who asks: see [`Device::masked`].
    #[serde(skip)]
    pub masked: Option<String>,
    /// What a run would answer.
    pub response: String,
    /// `None` where it was not looked for.
    #[serde(flatten)]
    pub facts: Option<Facts>,
}

/// What holds a device, within the scope of its request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Rows that hold it, by `<schema>.<table>`.
    pub rows: BTreeMap<String, i64>,
    /// The same by `<schema>.<table>.<column>`.
    pub columns: BTreeMap<String, i64>,
    /// Records in which it stands, by the catalogue's name for them.
    pub records: BTreeMap<String, i64>,
    /// The first and the last time stamp in them, RFC 3339 in UTC.
    pub first_activity: Option<String>,
    pub last_activity: Option<String>,
    /// Different client IDs and names in them: several speak for a device that is shared.
    pub client_ids: i64,
    pub names: i64,
    /// Different devices in them that the submission does not request.
    pub other_devices: i64,
    /// How many of them are under legal hold.
    pub held_records: i64,
    pub media: MediaFacts,
    /// Devices that differ by a transposition of two neighbouring digits, are not requested and stand somewhere in scope;
    /// `None` where there are too many to look.
    pub transposed: Option<i64>,
    /// Rows of the same client IDs, by table, that hold no requested device and so keep their personal fields.
    pub kept_rows: BTreeMap<String, i64>,
}

/// Media objects of the found records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MediaFacts {
    pub objects: i64,
    /// Of those whose size the stores told; all versions.
    pub bytes: u64,
    /// Objects whose size is not known: no configured store has them, or it did not answer.
    pub unknown: i64,
}

/// Previews submissions.
pub struct Previewer<'a> {
    pub reader: Reader<'a>,
    pub media: &'a MediaStores,
    /// Values that a submission may have: see [`Document::read_at_most`].
    pub max_values: usize,
    /// Of the plan digest.
    pub key: &'a [u8; 32],
}

/// What the snapshot told.
struct Seen {
    staging: Staging,
    scopes: Vec<Option<Scope>>,
    judged: Vec<Response>,
    facts: Vec<Facts>,
    /// URIs of media objects by target.
    media: HashMap<u32, BTreeSet<String>>,
}

impl Previewer<'_> {
    /// Reads `content` as a submission for `action`, and says of each contact what a run would answer now.
    pub async fn preview(&self, action: Action, content: Vec<u8>) -> Result<Preview, PreviewError> {
        let unreadable = |problem: &dyn ToString| PreviewError::Unreadable(problem.to_string());
        Document::check_nesting(&content).map_err(|e| unreadable(&e))?;
        let document =
            Document::read_at_most(content.clone(), self.max_values).map_err(|e| unreadable(&e))?;
        let submission = Submission::parse(&document, action, self.reader.product);
        let plan = Plan::new(self.reader.catalogue, self.reader.product);
        let noted: Statement = sql_file!("stage/noted.sql").into();
        self.reader.begin(&plan, &[noted]).await?;
        let seen = self.look(&plan, action, &submission).await;
        self.reader.end().await?;
        let mut seen = seen?;
        self.measure(&mut seen).await;
        let contacts = contacts(&submission, &seen);
        let planned = contacts.iter().map(planned).collect();
        let verb = (action, self.reader.product);
        let catalogue = self.reader.catalogue;
        let plan = PlanRecord::new(
            self.key,
            catalogue,
            verb,
            &content,
            &seen.staging.scopes,
            planned,
        );
        let mut tally = Tally::default();
        for contact in &contacts {
            tally.add_many(&contact.response, 1);
        }
        Ok(Preview {
            action: action.as_str().to_owned(),
            digest: plan.digest(self.key),
            requests: requests(&document, &submission),
            contacts,
            tally,
            plan,
        })
    }

    /// All that is asked in the snapshot.
    async fn look(
        &self,
        plan: &Plan,
        action: Action,
        submission: &Submission,
    ) -> Result<Seen, ExecuteError> {
        let session = self.reader.session;
        let scopes = self.reader.scopes(submission).await?;
        let staging = Staging::new(submission, &scopes, |_, _| true);
        session
            .run(&sql_file!("preview/savepoint.sql").into())
            .await?;
        self.reader.fill(plan, submission, &staging).await?;
        let all = 0..staging.devices.len() as u32;
        let limits = self.reader.limits;
        let found = find::find(session, plan, &staging, &all, limits).await?;
        let steps = PreviewSteps::new(self.reader.catalogue, self.reader.product);
        let mut asked = Asked {
            session,
            accounts: staging
                .scopes
                .iter()
                .flat_map(|scope| scope.accounts.iter())
                .map(|account| (account.id.as_str(), account))
                .collect(),
            facts: vec![Facts::default(); staging.targets.len()],
            media: HashMap::new(),
        };
        asked.ask(plan, &steps, &found).await?;
        let Asked { facts, media, .. } = asked;
        // An export takes out of what was found what it must not hand out, so this comes last.
        let judged = match action {
            Action::Export => {
                export::judge(session, plan, &staging, limits, &found)
                    .await?
                    .0
            }
            Action::Forget => (0..staging.targets.len() as u32)
                .map(|target| found.judge(target, action, limits))
                .collect(),
        };
        let mut seen = Seen {
            staging,
            scopes,
            judged,
            facts,
            media,
        };
        self.transposed(plan, submission, &mut seen).await?;
        Ok(seen)
    }

    /// Looks in the same snapshot which transposed devices are there.
    async fn transposed(
        &self,
        plan: &Plan,
        submission: &Submission,
        seen: &mut Seen,
    ) -> Result<(), ExecuteError> {
        let session = self.reader.session;
        if seen.staging.devices.len() > TRANSPOSED_UP_TO {
            return Ok(());
        }
        let (others, of_targets) = neighbours(submission, &seen.staging);
        let staging = Staging::new(&others, &seen.scopes, |_, _| true);
        session
            .run(&sql_file!("preview/take_back.sql").into())
            .await?;
        self.reader.fill(plan, &others, &staging).await?;
        let all = 0..staging.devices.len() as u32;
        let found = find::find(session, plan, &staging, &all, self.reader.limits).await?;
        let there: HashSet<(u32, u32)> = found
            .rows
            .keys()
            .map(|target| staging.targets[*target as usize])
            .map(|target| (staging.devices[target.device as usize], target.scope))
            .collect();
        for (target, devices) in of_targets.iter().enumerate() {
            let scope = seen.staging.targets[target].scope;
            let known = devices.iter().filter(|d| there.contains(&(**d, scope)));
            seen.facts[target].transposed = Some(known.count() as i64);
        }
        Ok(())
    }

    /// Asks the stores for the sizes of media objects, when the snapshot is over: they may take their time.
    async fn measure(&self, seen: &mut Seen) {
        let mut sizes: HashMap<String, Option<u64>> = HashMap::new();
        for (target, uris) in &seen.media {
            let media = &mut seen.facts[*target as usize].media;
            for uri in uris {
                let size = match sizes.get(uri) {
                    Some(size) => *size,
                    None if sizes.len() >= OBJECTS_ASKED => None,
                    None => {
                        let size = self.size(uri).await;
                        sizes.insert(uri.clone(), size);
                        size
                    }
                };
                media.objects += 1;
                media.bytes += size.unwrap_or(0);
                media.unknown += i64::from(size.is_none());
            }
        }
    }

    async fn size(&self, uri: &str) -> Option<u64> {
        let object = self.media.object(uri).ok()?;
        // An object that is gone has no bytes.
        let bytes = self.media.bytes(&object).await.ok()?;
        Some(bytes.unwrap_or(0))
    }
}

/// What is asked about found rows, target by target.
struct Asked<'a> {
    session: &'a Session,
    /// Those of all scopes, by their IDs.
    accounts: HashMap<&'a str, &'a Account>,
    facts: Vec<Facts>,
    media: HashMap<u32, BTreeSet<String>>,
}

impl Asked<'_> {
    async fn ask(
        &mut self,
        plan: &Plan,
        steps: &PreviewSteps,
        found: &Found,
    ) -> Result<(), DatabaseError> {
        for (target, rows) in &found.rows {
            let named = rows.iter().map(|(t, n)| (plan.tables[*t].name.clone(), *n));
            self.facts[*target as usize].rows = named.collect();
        }
        for (table, (statement, names)) in steps.columns.iter().enumerate() {
            if found.targets(table).next().is_none() {
                continue;
            }
            self.session.run(&steps.analyze[table]).await?;
            for row in self.session.query(statement, &[]).await? {
                let slot: i16 = row.get("slot");
                let column = format!("{}.{}", plan.tables[table].name, names[slot as usize - 1]);
                let rows = row.get("row_count");
                self.fact(&row).columns.insert(column, rows);
            }
        }
        for record in &steps.records {
            let is_found = |table: &usize| found.targets(*table).next().is_some();
            if !record.tables.iter().any(is_found) {
                continue;
            }
            for row in self.session.query(&record.count, &[]).await? {
                let records = row.get("record_count");
                self.fact(&row).records.insert(record.name.clone(), records);
            }
            self.activity(&record.activity).await?;
            for statement in &record.held {
                for row in self.session.query(statement, &[]).await? {
                    self.fact(&row).held_records += row.get::<_, i64>("record_count");
                }
            }
            for statement in &record.media {
                for row in self.session.query(statement, &[]).await? {
                    let target = row.get::<_, i32>("target") as u32;
                    let uris = self.media.entry(target).or_default();
                    uris.insert(row.get("media_uri"));
                }
            }
            for statement in &record.notes {
                self.session.execute(statement, &[]).await?;
            }
        }
        let noted = sql_file!("preview/analyze_noted.sql").into();
        self.session.run(&noted).await?;
        self.noted().await?;
        for (table, statement) in &steps.kept {
            for row in self.session.query(statement, &[]).await? {
                let rows: i64 = row.get("row_count");
                if rows > 0 {
                    self.fact(&row).kept_rows.insert(table.clone(), rows);
                }
            }
        }
        Ok(())
    }

    async fn activity(&mut self, statements: &[Statement]) -> Result<(), DatabaseError> {
        for statement in statements {
            for row in self.session.query(statement, &[]).await? {
                let (first, last): (String, String) = (row.get(1), row.get(2));
                let facts = self.fact(&row);
                // As texts they stand in the order of time.
                let known = facts.first_activity.take();
                facts.first_activity = Some(known.map_or(first.clone(), |k| k.min(first)));
                facts.last_activity = facts.last_activity.take().max(Some(last));
            }
        }
        Ok(())
    }

    async fn noted(&mut self) -> Result<(), DatabaseError> {
        let statement = sql_file!("preview/noted.sql").into();
        for row in self.session.query(&statement, &[]).await? {
            let values = row.get("value_count");
            let facts = self.fact(&row);
            match row.get("what") {
                "client" => facts.client_ids = values,
                _ => facts.names = values,
            }
        }
        let others = sql_file!("preview/noted_others.sql").into();
        let mut known = HashSet::new();
        for row in self.session.query(&others, &[]).await? {
            let target: i32 = row.get("target");
            let account = self.accounts.get(row.get::<_, &str>("account_id"));
            let account = account.copied();
            if known.insert((target, neutral(row.get("value"), account))) {
                self.fact(&row).other_devices += 1;
            }
        }
        Ok(())
    }

    fn fact(&mut self, row: &tokio_postgres::Row) -> &mut Facts {
        &mut self.facts[row.get::<_, i32>("target") as usize]
    }
}

/// A stored device so that all forms of a phone are equal: its digits, in a national form with the account's dialling code
/// before them.
fn neutral(stored: &str, account: Option<&Account>) -> String {
    if let Some(digits) = stored.strip_prefix('+') {
        return digits.to_owned();
    }
    let code = account.and_then(|account| account.dialling_code.as_deref());
    let code = code.unwrap_or_default().trim_start_matches('+');
    let trunk = account.and_then(|account| account.trunk_prefix.as_deref());
    let is_phone = !stored.is_empty() && stored.bytes().all(|b| b.is_ascii_digit());
    if !is_phone || code.is_empty() || stored.starts_with(code) {
        return stored.to_owned();
    }
    let number = stored.strip_prefix(trunk.unwrap_or_default());
    format!("{code}{}", number.unwrap_or(stored))
}

/// A submission of the transposed devices in the same scopes, and of each target the indices of its own among them. What
/// is requested in the same scope is none: who typed both meant both.
fn neighbours(submission: &Submission, staging: &Staging) -> (Submission, Vec<Vec<u32>>) {
    let device = |target: &crate::catalogue::plan::Target| {
        &submission.devices[staging.devices[target.device as usize] as usize]
    };
    let requested: HashSet<(&Device, u32)> = staging
        .targets
        .iter()
        .map(|target| (device(target), target.scope))
        .collect();
    let mut others = Submission::default();
    let mut numbers: HashMap<Device, u32> = HashMap::new();
    let mut of_scopes: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let mut of_targets = Vec::with_capacity(staging.targets.len());
    for target in &staging.targets {
        let mut own = Vec::new();
        for other in device(target).transposed() {
            if requested.contains(&(&other, target.scope)) {
                continue;
            }
            let next = others.devices.len() as u32;
            let number = *numbers.entry(other.clone()).or_insert(next);
            if number == next {
                others.devices.push(other);
            }
            own.push(number);
        }
        of_scopes.entry(target.scope).or_default().extend(&own);
        own.sort_unstable();
        own.dedup();
        of_targets.push(own);
    }
    for (scope, devices) in of_scopes {
        let first = others.contacts.len();
        let contacts = devices.into_iter().map(|d| Contact::Device(DeviceId(d)));
        others.contacts.extend(contacts);
        others.requests.push(Request {
            scope: Ok(ScopeId(scope)),
            contacts: first..others.contacts.len(),
        });
    }
    (others, of_targets)
}

/// Every contact with its answer, in order.
fn contacts(submission: &Submission, seen: &Seen) -> Vec<ContactPreview> {
    let mut targets = vec![None; submission.contacts.len()];
    for target in 0..seen.staging.targets.len() {
        for contact in seen.staging.contacts_of(target) {
            targets[*contact as usize] = Some(target);
        }
    }
    let mut all = Vec::with_capacity(submission.contacts.len());
    for (index, request) in submission.requests.iter().enumerate() {
        if request.scope == Err(Refusal::MalformedRequest) {
            all.push(ContactPreview {
                request: Ordinal::of_index(index),
                contact: None,
                kind: None,
                masked: None,
                response: Response::Refused(Refusal::MalformedRequest).to_string(),
                facts: None,
            });
        }
        for contact in request.contacts.clone() {
            let device = match submission.contacts[contact] {
                Contact::Device(device) => Some(&submission.devices[device.0 as usize]),
                Contact::Refused(_) => None,
            };
            let response = match (targets[contact], submission.contacts[contact]) {
                (Some(target), _) => seen.judged[target].clone(),
                (None, Contact::Refused(refusal)) => Response::Refused(refusal),
                (None, Contact::Device(_)) => Response::UnknownAccount,
            };
            let position = position(submission, contact);
            all.push(ContactPreview {
                request: position.request,
                contact: Some(position.contact),
                kind: device.map(|device| device.kind().as_str()),
                masked: device.map(Device::masked),
                response: response.to_string(),
                facts: targets[contact].map(|target| seen.facts[target].clone()),
            });
        }
    }
    all
}

fn planned(contact: &ContactPreview) -> PlannedContact {
    let rows = contact.facts.as_ref().map(|facts| facts.rows.clone());
    PlannedContact {
        request: contact.request,
        contact: contact.contact,
        response: contact.response.clone(),
        rows: rows.unwrap_or_default(),
    }
}

fn requests(document: &Document, submission: &Submission) -> Vec<RequestPreview> {
    let all = document.requests().zip(&submission.requests).enumerate();
    all.map(|(index, (raw, request))| RequestPreview {
        request: Ordinal::of_index(index),
        case: request_case(raw),
        account: members(raw).and_then(|members| {
            let account = members.iter().find(|m| m.key() == "accountid")?;
            string(account.value).map(|a| a.into_owned())
        }),
        contacts: request.contacts.len(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_phone_are_one_device() {
        let account = Account {
            id: "A".into(),
            parent: None,
            dialling_code: Some("44".into()),
            trunk_prefix: Some("0".into()),
        };
        for stored in ["+442079460101", "442079460101", "02079460101"] {
            assert_eq!(neutral(stored, Some(&account)), "442079460101");
        }
        assert_eq!(neutral("a@example.com", Some(&account)), "a@example.com");
        assert_eq!(neutral("02079460101", None), "02079460101");
    }
}
