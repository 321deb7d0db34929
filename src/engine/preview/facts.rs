//! Facts about the found rows.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::report::Facts;
use crate::catalogue::plan::{Plan, PreviewSteps, RecordPreview, Staging, TableStatement};
use crate::domain::scope::Account;
use crate::engine::find::{self, Found};
use crate::engine::queries::{self, Noted};
use crate::postgres::declared::commands;
use crate::postgres::sql::Statement;
use crate::postgres::{DatabaseError, Session};

commands! { ANALYZE_NOTED = "preview/analyze_noted.sql"; }

/// Reads facts about found rows, by target.
pub(super) struct FactReader<'a> {
    session: &'a Session,
    /// The accounts of all scopes, by ID.
    accounts: HashMap<&'a str, &'a Account>,
    facts: Vec<Facts>,
    media: HashMap<u32, BTreeSet<String>>,
}

/// What was read about the found rows.
pub(super) struct TargetFacts {
    /// By target.
    pub(super) facts: Vec<Facts>,
    /// URIs of media objects by target.
    pub(super) media: HashMap<u32, BTreeSet<String>>,
}

impl<'a> FactReader<'a> {
    pub(super) fn new(session: &'a Session, staging: &'a Staging) -> FactReader<'a> {
        let accounts = staging
            .scopes
            .iter()
            .flat_map(|scope| scope.accounts.iter());
        FactReader {
            session,
            accounts: accounts
                .map(|account| (account.id.as_str(), account))
                .collect(),
            facts: vec![Facts::default(); staging.targets.len()],
            media: HashMap::new(),
        }
    }

    pub(super) async fn read(
        mut self,
        plan: &Plan,
        steps: &PreviewSteps,
        found: &Found,
    ) -> Result<TargetFacts, DatabaseError> {
        self.count_rows(plan, steps, found).await?;
        for (target, place, rows) in find::possible(self.session, plan).await? {
            self.facts[target as usize].possible.insert(place, rows);
        }
        for record in &steps.records {
            let is_found = |table: &usize| found.targets(*table).next().is_some();
            if record.tables.iter().any(is_found) {
                self.read_record(record).await?;
            }
        }
        self.session.run(&ANALYZE_NOTED.into()).await?;
        self.count_noted().await?;
        self.count_other_devices().await?;
        self.count_kept_rows(&steps.kept).await?;
        Ok(TargetFacts {
            facts: self.facts,
            media: self.media,
        })
    }

    async fn count_rows(
        &mut self,
        plan: &Plan,
        steps: &PreviewSteps,
        found: &Found,
    ) -> Result<(), DatabaseError> {
        for (target, rows) in &found.rows {
            let named = rows.iter().map(|(t, n)| (plan.tables[*t].name.clone(), *n));
            self.facts[*target as usize].rows = named.collect();
        }
        for (table, columns) in steps.columns.iter().enumerate() {
            if found.targets(table).next().is_none() {
                continue;
            }
            self.session.run(&columns.analyze).await?;
            for row in queries::count_columns(self.session, &columns.count).await? {
                let name = &columns.names[row.slot as usize - 1];
                let column = format!("{}.{name}", plan.tables[table].name);
                self.fact(row.target).columns.insert(column, row.row_count);
            }
        }
        Ok(())
    }

    async fn read_record(&mut self, record: &RecordPreview) -> Result<(), DatabaseError> {
        for row in queries::count_records(self.session, &record.count).await? {
            let records = &mut self.fact(row.target).records;
            records.insert(record.name.clone(), row.record_count);
        }
        self.read_activity(&record.activity).await?;
        for statement in &record.held {
            for row in queries::count_held_records(self.session, statement).await? {
                self.fact(row.target).held_records += row.record_count;
            }
        }
        for statement in &record.media {
            for row in queries::media_uris(self.session, statement).await? {
                let uris = self.media.entry(row.target as u32).or_default();
                uris.insert(row.media_uri);
            }
        }
        if let Some(clients) = &record.clients {
            queries::note_found_clients(self.session, clients).await?;
        }
        for statement in &record.names {
            queries::note_names(self.session, statement).await?;
        }
        for statement in &record.others {
            queries::note_others(self.session, statement).await?;
        }
        Ok(())
    }

    async fn count_kept_rows(&mut self, kept: &[TableStatement]) -> Result<(), DatabaseError> {
        for TableStatement { name, statement } in kept {
            for row in queries::count_kept_rows(self.session, statement).await? {
                if row.row_count > 0 {
                    let kept = &mut self.fact(row.target).kept_rows;
                    kept.insert(name.clone(), row.row_count);
                }
            }
        }
        Ok(())
    }

    async fn read_activity(&mut self, statements: &[Statement]) -> Result<(), DatabaseError> {
        for statement in statements {
            for row in queries::activity(self.session, statement).await? {
                let (first, last) = (row.first_moment, row.last_moment);
                let facts = self.fact(row.target);
                // Sorted as text, they are sorted by time.
                let known = facts.first_activity.take();
                facts.first_activity = Some(known.map_or(first.clone(), |k| k.min(first)));
                facts.last_activity = facts.last_activity.take().max(Some(last));
            }
        }
        Ok(())
    }

    async fn count_noted(&mut self) -> Result<(), DatabaseError> {
        for row in queries::count_noted(self.session).await? {
            let facts = self.fact(row.target);
            match row.what {
                Noted::Client => facts.client_ids = row.value_count,
                Noted::Name => facts.names = row.value_count,
            }
        }
        Ok(())
    }

    async fn count_other_devices(&mut self) -> Result<(), DatabaseError> {
        let mut known = HashSet::new();
        for row in queries::noted_others(self.session).await? {
            let account = self.accounts.get(row.account_id.as_str()).copied();
            if known.insert((row.target, normalised(&row.value, account))) {
                self.fact(row.target).other_devices += 1;
            }
        }
        Ok(())
    }

    fn fact(&mut self, target: i32) -> &mut Facts {
        &mut self.facts[target as usize]
    }
}

/// Normalises a stored device, so that all forms of a phone are equal: digits only, with the account's dialling code added to
/// a national form.
fn normalised(stored: &str, account: Option<&Account>) -> String {
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
            assert_eq!(normalised(stored, Some(&account)), "442079460101");
        }
        assert_eq!(normalised("a@example.com", Some(&account)), "a@example.com");
        assert_eq!(normalised("02079460101", None), "02079460101");
    }
}
