//! Facts about the found rows.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::report::Facts;
use crate::catalogue::plan::{Plan, PreviewSteps, RecordPreview, Staging, TableStatement};
use crate::domain::scope::Account;
use crate::engine::find::Found;
use crate::postgres::sql::{Statement, sql_file};
use crate::postgres::{DatabaseError, Session};

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
        for record in &steps.records {
            let is_found = |table: &usize| found.targets(*table).next().is_some();
            if record.tables.iter().any(is_found) {
                self.read_record(record).await?;
            }
        }
        let analyze = sql_file!("preview/analyze_noted.sql").into();
        self.session.run(&analyze).await?;
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
            for row in self.session.query(&columns.count, &[]).await? {
                let slot: i16 = row.get("slot");
                let column = format!(
                    "{}.{}",
                    plan.tables[table].name,
                    columns.names[slot as usize - 1]
                );
                let rows = row.get("row_count");
                self.fact(&row).columns.insert(column, rows);
            }
        }
        Ok(())
    }

    async fn read_record(&mut self, record: &RecordPreview) -> Result<(), DatabaseError> {
        for row in self.session.query(&record.count, &[]).await? {
            let records = row.get("record_count");
            self.fact(&row).records.insert(record.name.clone(), records);
        }
        self.read_activity(&record.activity).await?;
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
        Ok(())
    }

    async fn count_kept_rows(&mut self, kept: &[TableStatement]) -> Result<(), DatabaseError> {
        for TableStatement { name, statement } in kept {
            for row in self.session.query(statement, &[]).await? {
                let rows: i64 = row.get("row_count");
                if rows > 0 {
                    self.fact(&row).kept_rows.insert(name.clone(), rows);
                }
            }
        }
        Ok(())
    }

    async fn read_activity(&mut self, statements: &[Statement]) -> Result<(), DatabaseError> {
        for statement in statements {
            for row in self.session.query(statement, &[]).await? {
                let (first, last): (String, String) =
                    (row.get("first_moment"), row.get("last_moment"));
                let facts = self.fact(&row);
                // Sorted as text, they are sorted by time.
                let known = facts.first_activity.take();
                facts.first_activity = Some(known.map_or(first.clone(), |k| k.min(first)));
                facts.last_activity = facts.last_activity.take().max(Some(last));
            }
        }
        Ok(())
    }

    async fn count_noted(&mut self) -> Result<(), DatabaseError> {
        let statement = sql_file!("preview/noted.sql").into();
        for row in self.session.query(&statement, &[]).await? {
            let values = row.get("value_count");
            let facts = self.fact(&row);
            match row.get("what") {
                "client" => facts.client_ids = values,
                _ => facts.names = values,
            }
        }
        Ok(())
    }

    async fn count_other_devices(&mut self) -> Result<(), DatabaseError> {
        let others = sql_file!("preview/noted_others.sql").into();
        let mut known = HashSet::new();
        for row in self.session.query(&others, &[]).await? {
            let target: i32 = row.get("target");
            let account = self.accounts.get(row.get::<_, &str>("account_id"));
            let account = account.copied();
            if known.insert((target, normalised(row.get("value"), account))) {
                self.fact(&row).other_devices += 1;
            }
        }
        Ok(())
    }

    fn fact(&mut self, row: &tokio_postgres::Row) -> &mut Facts {
        &mut self.facts[row.get::<_, i32>("target") as usize]
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
