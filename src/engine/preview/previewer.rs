//! Previews a submission in one snapshot.

use std::collections::{HashMap, HashSet};

use super::facts::{FactReader, TargetFacts};
use super::neighbours::{Neighbours, neighbours};
use super::report::{ContactPreview, Preview, PreviewError, RequestPreview};
use crate::catalogue::plan::{Plan, PreviewSteps, Staging};
use crate::domain::device::Device;
use crate::domain::identifier::Ordinal;
use crate::domain::request::Action;
use crate::domain::response::{Response, Tally};
use crate::domain::scope::Scope;
use crate::domain::submission::{
    Contact, Document, Refusal, Submission, members, request_case, string,
};
use crate::engine::error::ExecuteError;
use crate::engine::plan_digest::{PlanInputs, PlanRecord, PlannedContact};
use crate::engine::reading::Reader;
use crate::engine::{export, find};
use crate::media::MediaStores;
use crate::postgres::declared::commands;

commands! {
    CREATE_NOTED = "stage/noted.sql";
    SAVE_BEFORE_STAGING = "preview/savepoint.sql";
    UNDO_STAGING = "preview/take_back.sql";
}

/// In submissions of more devices, transposed digits are not looked for: each device has about ten transpositions.
pub(crate) const TRANSPOSED_UP_TO: usize = 10_000;
/// Limit of media objects whose size is requested from the stores.
const MAX_MEASURED: usize = 1_000;

/// Previews submissions.
pub(crate) struct Previewer<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) media: &'a MediaStores,
    /// Limit of values in a submission: see [`Document::read_at_most`].
    pub(crate) max_values: usize,
    /// Key of the plan digest.
    pub(crate) key: &'a [u8; 32],
}

/// What was read in the snapshot.
struct Seen {
    staging: Staging,
    scopes: Vec<Option<Scope>>,
    /// The answer of each target.
    judged: Vec<Response>,
    found: TargetFacts,
}

impl Previewer<'_> {
    /// Reads `content` as a submission for `action` and predicts the answer of each contact.
    pub(crate) async fn preview(
        &self,
        action: Action,
        content: Vec<u8>,
    ) -> Result<Preview, PreviewError> {
        let unreadable = |problem: &dyn ToString| PreviewError::Unreadable(problem.to_string());
        Document::check_nesting(&content).map_err(|e| unreadable(&e))?;
        let document =
            Document::read_at_most(content.clone(), self.max_values).map_err(|e| unreadable(&e))?;
        let submission = Submission::parse(&document, action, self.reader.product);
        let plan = Plan::new(self.reader.catalogue, self.reader.product);
        self.reader.begin(&plan, &[CREATE_NOTED.into()]).await?;
        let seen = self.read_snapshot(&plan, action, &submission).await;
        self.reader.end().await?;
        let mut seen = seen?;
        self.measure_media(&mut seen.found).await;
        let contacts = contacts(&submission, &seen);
        let planned = contacts.iter().map(planned).collect();
        let inputs = PlanInputs {
            catalogue: self.reader.catalogue,
            action,
            product: self.reader.product,
            content: &content,
            scopes: &seen.staging.scopes,
        };
        let plan = PlanRecord::new(self.key, &inputs, planned);
        let mut tally = Tally::default();
        for contact in &contacts {
            tally.add_many(&contact.response, 1);
        }
        Ok(Preview {
            action,
            digest: plan.digest(self.key),
            requests: requests(&document, &submission),
            contacts,
            tally,
            plan,
        })
    }

    /// Runs all queries of the snapshot.
    async fn read_snapshot(
        &self,
        plan: &Plan,
        action: Action,
        submission: &Submission,
    ) -> Result<Seen, ExecuteError> {
        let session = self.reader.session;
        let scopes = self.reader.scopes(submission).await?;
        let staging = Staging::new(submission, &scopes, |_, _| true);
        session.run(&SAVE_BEFORE_STAGING.into()).await?;
        self.reader.fill(plan, submission, &staging).await?;
        let all = 0..staging.devices.len() as u32;
        let limits = self.reader.limits;
        let found = find::find(session, plan, &staging, &all, limits).await?;
        let steps = PreviewSteps::new(self.reader.catalogue, self.reader.product);
        let facts = FactReader::new(session, &staging);
        let facts = facts.read(plan, &steps, &found).await?;
        // Last, because judging an EXPORT removes from the found rows what must not be exported.
        let judged = match action {
            Action::Export => {
                let judged = export::judge(session, plan, &staging, limits, &found).await?;
                judged.responses
            }
            Action::Forget => (0..staging.targets.len() as u32)
                .map(|target| found.judge(target, action, limits))
                .collect(),
        };
        let mut seen = Seen {
            staging,
            scopes,
            judged,
            found: facts,
        };
        self.count_transposed(plan, submission, &mut seen).await?;
        Ok(seen)
    }

    /// Counts, in the same snapshot, the transposed devices that exist.
    async fn count_transposed(
        &self,
        plan: &Plan,
        submission: &Submission,
        seen: &mut Seen,
    ) -> Result<(), ExecuteError> {
        let session = self.reader.session;
        if seen.staging.devices.len() > TRANSPOSED_UP_TO {
            return Ok(());
        }
        let Neighbours {
            submission: others,
            by_target,
        } = neighbours(submission, &seen.staging);
        let staging = Staging::new(&others, &seen.scopes, |_, _| true);
        session.run(&UNDO_STAGING.into()).await?;
        self.reader.fill(plan, &others, &staging).await?;
        let all = 0..staging.devices.len() as u32;
        let found = find::find(session, plan, &staging, &all, self.reader.limits).await?;
        let existing: HashSet<(u32, u32)> = found
            .rows
            .keys()
            .map(|target| staging.targets[*target as usize])
            .map(|target| (staging.devices[target.device as usize], target.scope))
            .collect();
        for (target, devices) in by_target.iter().enumerate() {
            let scope = seen.staging.targets[target].scope;
            let known = devices.iter().filter(|d| existing.contains(&(**d, scope)));
            seen.found.facts[target].transposed = Some(known.count() as i64);
        }
        Ok(())
    }

    /// Asks the stores for the sizes of media objects. After the snapshot, because stores may be slow.
    async fn measure_media(&self, found: &mut TargetFacts) {
        let mut sizes: HashMap<String, Option<u64>> = HashMap::new();
        for (target, uris) in &found.media {
            let media = &mut found.facts[*target as usize].media;
            for uri in uris {
                let size = match sizes.get(uri) {
                    Some(size) => *size,
                    None if sizes.len() >= MAX_MEASURED => None,
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
        // A missing object has no bytes.
        let bytes = self.media.bytes(&object).await.ok()?;
        Some(bytes.unwrap_or(0))
    }
}

/// Every contact with its answer, in the order of the submission.
fn contacts(submission: &Submission, seen: &Seen) -> Vec<ContactPreview> {
    let targets = seen.staging.targets_by_contact(submission);
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
            let position = submission.position(contact);
            all.push(ContactPreview {
                request: position.request,
                contact: Some(position.contact),
                kind: device.map(|device| device.kind().as_str()),
                masked: device.map(Device::masked),
                response: response.to_string(),
                facts: targets[contact].map(|target| seen.found.facts[target].clone()),
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
