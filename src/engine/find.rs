//! Finds a range of devices, and judges each target by what was found.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::limits::Limits;
use super::queries::{self, ClientCount, END_PROBE, PROBE};
use crate::catalogue::plan::{MatchedBy, Plan, Staging};
use crate::domain::request::Action;
use crate::domain::response::Response;
use crate::postgres::{DatabaseError, Session};

/// What was found for a range of devices.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By target: table (index into the plan's tables) and number of rows that hold the device, in plan order.
    pub(crate) rows: HashMap<u32, Vec<(usize, i64)>>,
    /// Targets with a record under legal hold.
    held: HashSet<u32>,
    /// Targets with more client IDs than allowed, and their number.
    shared: HashMap<u32, i64>,
}

impl Found {
    /// The rows of a target as stored in the ledger: `{"<schema>.<table>": n}`.
    pub(crate) fn row_counts(&self, plan: &Plan, target: u32) -> Option<String> {
        let rows = self.rows.get(&target)?;
        let counts: serde_json::Map<_, _> = rows
            .iter()
            .map(|(table, n)| (plan.tables[*table].name.clone(), (*n).into()))
            .collect();
        Some(serde_json::Value::Object(counts).to_string())
    }

    /// The targets whose device was found in a table (index into the plan's tables).
    pub(crate) fn targets(&self, table: usize) -> impl Iterator<Item = u32> {
        let holds = move |(target, rows): (&u32, &Vec<(usize, i64)>)| {
            rows.iter().any(|(t, _)| *t == table).then_some(*target)
        };
        self.rows.iter().filter_map(holds)
    }

    /// The answer of a target, as far as the found rows decide it, in the contract's order (section 3).
    pub(crate) fn judge(&self, target: u32, action: Action, limits: &Limits) -> Response {
        let Some(rows) = self.rows.get(&target) else {
            return Response::NotFound;
        };
        if action == Action::Forget && self.held.contains(&target) {
            return Response::LegalHold;
        }
        let found = rows.iter().map(|(_, n)| n).sum();
        if found > limits.max_rows_per_device {
            return Response::TooManyRows {
                found,
                limit: limits.max_rows_per_device,
            };
        }
        if let (Some(&found), Some(limit)) =
            (self.shared.get(&target), limits.max_client_ids_per_device)
        {
            return Response::TooManyClientIds { found, limit };
        }
        Response::Success
    }
}

/// Matches a range of devices in every table, counts the rows, and reads what the limits and legal holds need.
pub(super) async fn find(
    session: &Session,
    plan: &Plan,
    staging: &Staging,
    devices: &Range<u32>,
    limits: &Limits,
) -> Result<Found, DatabaseError> {
    let (first, end) = (devices.start as i32, devices.end as i32);
    let mut found = Found::default();
    if plan.served {
        session.run(&PROBE.into()).await?;
    }
    let mut matched = Vec::with_capacity(plan.tables.len());
    for table in &plan.tables {
        let mut rows = 0;
        // A column that can hold none of the devices is not searched: planning the query would take longer than running it.
        let steps = table.matches.iter();
        for step in steps.filter(|step| staging.has_kinds(devices, &step.kinds)) {
            rows += match step.by {
                MatchedBy::Form => {
                    queries::match_rows(session, &step.statement, first, end).await?
                }
                MatchedBy::Sighting => {
                    queries::match_sighted(session, &step.statement, first, end).await?
                }
            };
        }
        matched.push(rows);
    }
    if plan.served {
        session.run(&END_PROBE.into()).await?;
    }
    let held_by_some = plan.tables.iter().enumerate().zip(matched);
    for ((number, table), _) in held_by_some.filter(|(_, rows)| *rows > 0) {
        for row in queries::count_rows(session, &table.count).await? {
            let rows = found.rows.entry(row.target as u32).or_default();
            rows.push((number, row.row_count));
        }
        for held in &table.held {
            let held = queries::held(session, held).await?;
            found.held.extend(held.iter().map(|row| row.target as u32));
        }
        if let (Some(clients), Some(_)) = (&table.clients, limits.max_client_ids_per_device) {
            queries::note_clients(session, clients).await?;
        }
    }
    if let Some(limit) = limits.max_client_ids_per_device {
        let shared = queries::count_clients(session, limit).await?;
        let count = |row: &ClientCount| (row.target as u32, row.client_ids);
        found.shared = shared.iter().map(count).collect();
    }
    Ok(found)
}

/// Rows that may hold a device but could also hold something else: target, place (`<schema>.<table>.<column>`) and number of rows. Nothing of
/// them is changed or exported.
pub(super) async fn possible(
    session: &Session,
    plan: &Plan,
) -> Result<Vec<(u32, String, i64)>, DatabaseError> {
    if !plan.sights() {
        return Ok(Vec::new());
    }
    let mut possible = Vec::new();
    for row in queries::count_possible(session).await? {
        let mut steps = plan.tables.iter().filter_map(|table| table.sight.as_ref());
        let step = steps.find(|step| step.table == row.table_number as usize);
        let mut columns = step.iter().flat_map(|step| &step.columns);
        if let Some(column) = columns.find(|column| column.slot == row.slot as usize) {
            possible.push((row.target as u32, column.place.clone(), row.row_count));
        }
    }
    Ok(possible)
}

/// Removes targets from the found rows, so that nothing of them is changed or exported.
pub(super) async fn exclude(
    session: &Session,
    plan: &Plan,
    targets: &[i32],
) -> Result<(), DatabaseError> {
    if targets.is_empty() {
        return Ok(());
    }
    for table in &plan.tables {
        queries::exclude(session, &table.exclude, targets).await?;
    }
    Ok(())
}
