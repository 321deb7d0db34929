//! Recognises devices in the columns that are searched in any spelling: SQL returns the values, the recogniser decides, and what it saw
//! is staged, so that statements join it by the key of its row.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::atomic::{AtomicI32, Ordering};

use super::queries::{self, END_PROBE, PROBE};
use super::rows::read_rows;
use crate::catalogue::plan::{CountryOf, Plan, SightColumn, SightStep, Staging};
use crate::domain::device::{Device, DeviceKind};
use crate::domain::recogniser::{Certainty, Countries, Occurrence, Recogniser, copy_fields};
use crate::domain::scope::Account;
use crate::domain::submission::Submission;
use crate::postgres::declared::commands;
use crate::postgres::{CopyRows, DatabaseError, Session};

commands! { CLEAR = "find/clear_sighted.sql"; }

/// Recognises the staged devices of a submission.
pub(crate) struct Sighter<'a> {
    plan: &'a Plan,
    kinds: Vec<DeviceKind>,
    recogniser: Recogniser,
    accounts: HashMap<&'a str, &'a Account>,
    /// The ordinal of the next value.
    next: AtomicI32,
}

impl<'a> Sighter<'a> {
    /// `None` where no column is searched in any spelling.
    pub(crate) fn new(
        plan: &'a Plan,
        submission: &Submission,
        staging: &'a Staging,
    ) -> Option<Sighter<'a>> {
        if !plan.sights() {
            return None;
        }
        // Numbered as in the staging: those that are looked for, then those that were answered.
        let answered = staging.answered.iter().map(|answered| answered.device);
        let devices = staging.devices.iter().copied().chain(answered);
        let devices: Vec<Device> = devices
            .map(|device| submission.devices[device as usize].clone())
            .collect();
        let accounts = staging
            .scopes
            .iter()
            .flat_map(|scope| scope.accounts.iter());
        Some(Sighter {
            plan,
            kinds: devices.iter().map(Device::kind).collect(),
            recogniser: Recogniser::new(&devices),
            accounts: accounts
                .map(|account| (account.id.as_str(), account))
                .collect(),
            next: AtomicI32::new(0),
        })
    }

    /// Reads all columns that are searched in any spelling, and stages what is recognised. What was staged before is removed.
    pub(crate) async fn sight(&self, session: &Session) -> Result<(), DatabaseError> {
        session.run(&CLEAR.into()).await?;
        let mut sighted = CopyRows::default();
        for step in self.steps() {
            read_rows(session, &step.statement, |rows| {
                self.examine(step, rows, &mut sighted)
            })
            .await?;
        }
        session
            .copy_in(&queries::SIGHTED.into(), &mut sighted)
            .await?;
        Ok(())
    }

    fn steps(&self) -> impl Iterator<Item = &SightStep> {
        self.plan
            .tables
            .iter()
            .filter_map(|table| table.sight.as_ref())
    }

    fn examine(
        &self,
        step: &SightStep,
        block: &[u8],
        sighted: &mut CopyRows,
    ) -> Result<(), DatabaseError> {
        for row in self.recogniser.candidate_rows(block) {
            let text = std::str::from_utf8(row.bytes())
                .map_err(|_| unreadable(step, "a row is not valid UTF-8"))?;
            let fields: Vec<_> = copy_fields(text).collect();
            let field = |number: usize| fields.get(number).and_then(|field| field.as_deref());
            let Some(account) = field(0).and_then(|account| self.accounts.get(account)) else {
                continue;
            };
            let identity = step.identity.iter().enumerate();
            let row_key = identity.map(|(number, name)| (name.clone(), field(number).into()));
            let row_key: serde_json::Map<String, serde_json::Value> = row_key.collect();
            let row_key = serde_json::Value::Object(row_key).to_string();
            for column in &step.columns {
                if let Some(stored) = field(column.field) {
                    let value = Value {
                        account: &account.id,
                        row_key: &row_key,
                        stored,
                        country: match column.country {
                            CountryOf::Row(number) => field(number),
                            CountryOf::Account | CountryOf::Nobody => None,
                        },
                    };
                    self.note(step, column, &value, sighted);
                }
            }
        }
        Ok(())
    }

    /// Notes the devices in one value.
    fn note(&self, step: &SightStep, column: &SightColumn, value: &Value, sighted: &mut CopyRows) {
        let mut found = self.find(column, value);
        found.retain(|one| column.kinds.contains(&self.kinds[one.device]));
        if found.is_empty() {
            return;
        }
        let is_certain = |one: &Occurrence| one.certainty == Certainty::Certain;
        let certain: BTreeSet<usize> = found
            .iter()
            .filter(|one| is_certain(one))
            .map(|one| one.device)
            .collect();
        found.retain(|one| is_certain(one) || !certain.contains(&one.device));
        // Each form has a placeholder of its own: two keys of a document must not become one.
        let mut of_forms: BTreeMap<(usize, String), Vec<Occurrence>> = BTreeMap::new();
        for one in found {
            let form = form(column, value.stored, &one);
            of_forms.entry((one.device, form)).or_default().push(one);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        for ((device, form), occurrences) in of_forms {
            sighted
                .int(step.table as i32)
                .small(column.slot as i16)
                .int(number)
                .int(device as i32);
            match certain.contains(&device) {
                true => sighted.yes(),
                false => sighted.no(),
            };
            sighted
                .text(value.account)
                .text(value.row_key)
                .text(&form)
                .text(&places(&occurrences))
                .text(value.stored)
                .end();
        }
    }

    fn find(&self, column: &SightColumn, value: &Value) -> Vec<Occurrence> {
        let account = match column.country {
            CountryOf::Nobody => None,
            CountryOf::Account | CountryOf::Row(_) => self.accounts.get(value.account),
        };
        let countries = account.map_or_else(Countries::unknown, |account| account.countries());
        let countries = countries.with_row(value.country);
        self.recogniser.find(value.stored, column.shape, &countries)
    }

    /// Recognises values again that have changed since they were read, in the current transaction, for a range of devices.
    pub(crate) async fn refresh(
        &self,
        session: &Session,
        devices: &Range<u32>,
    ) -> Result<(), DatabaseError> {
        let (first, end) = (devices.start as i32, devices.end as i32);
        let mut sighted = CopyRows::default();
        let mut changed = Vec::new();
        // Otherwise the planner might read whole tables, once for each chunk.
        session.run(&PROBE.into()).await?;
        for step in self.steps() {
            for column in &step.columns {
                for row in queries::changed_values(session, &column.changed, first, end).await? {
                    changed.push(row.value);
                    if let Some(stored) = &row.stored {
                        let value = Value {
                            account: &row.account_id,
                            row_key: &row.row_key,
                            stored,
                            country: row.country.as_deref(),
                        };
                        self.note(step, column, &value, &mut sighted);
                    }
                }
            }
        }
        session.run(&END_PROBE.into()).await?;
        if !changed.is_empty() {
            queries::discard_sighted(session, &changed).await?;
            session
                .copy_in(&queries::SIGHTED.into(), &mut sighted)
                .await?;
        }
        Ok(())
    }
}

/// A value as it is stored.
struct Value<'v> {
    account: &'v str,
    /// Account and key of its row.
    row_key: &'v str,
    stored: &'v str,
    /// What the row says its country is.
    country: Option<&'v str>,
}

/// What is equal for all values that share a placeholder: the device as it is spelled; in a unique column with the value around it.
fn form(column: &SightColumn, stored: &str, occurrence: &Occurrence) -> String {
    let spelled = &stored[occurrence.range.clone()];
    if column.unique {
        return match spelled == stored {
            true => stored.to_owned(),
            false => format!("{stored}\n{spelled}"),
        };
    }
    match column.folds_emails && spelled.contains('@') {
        true => spelled.to_ascii_lowercase(),
        false => spelled.to_owned(),
    }
}

/// Ranges of bytes, as `lethe_sighted` has them.
fn places(occurrences: &[Occurrence]) -> String {
    let place = |one: &Occurrence| format!("{},{}", one.range.start, one.range.end);
    occurrences.iter().map(place).collect::<Vec<_>>().join(";")
}

/// Reads [`places`] back; `None` if the text is not one of these.
pub(super) fn ranges(places: &str) -> Option<Vec<Range<usize>>> {
    let range = |place: &str| {
        let (start, end) = place.split_once(',')?;
        Some(start.parse().ok()?..end.parse().ok()?)
    };
    places.split(';').map(range).collect()
}

fn unreadable(step: &SightStep, what: &str) -> DatabaseError {
    DatabaseError::unreadable(format!(
        "cannot read {}\n  detail: {what}",
        step.statement.about
    ))
}
