//! What is found and answered according to the contract: plain loops over rows in memory, slow and simple.

use std::collections::BTreeSet;

use super::schema::{
    Account, Column, Contact, Data, DeviceRole, Flaw, PhoneForm, Record, Request, Role, Row,
    Scenario, Shape, Table,
};
use super::values::{DEVICES, Kind};

/// Record, table, row.
pub type RowId = (usize, usize, usize);
/// A row and a column.
pub(super) type Cell = (RowId, usize);
/// What identifies a record: its number, the account, and the root's key.
pub(super) type RecordId = (usize, Option<String>, Vec<Option<String>>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    accounts: BTreeSet<&'static str>,
    codes: BTreeSet<&'static str>,
}

/// An answer, and the cells that it is about.
pub(super) struct Judged {
    pub(super) response: String,
    pub(super) found: BTreeSet<Cell>,
}

/// The rules, applied to one state of the rows.
pub struct Oracle<'a> {
    pub scenario: &'a Scenario,
    pub data: &'a Data,
}

impl Oracle<'_> {
    pub(super) fn record(&self, row: RowId) -> &Record {
        &self.scenario.records[row.0]
    }

    pub(super) fn table(&self, row: RowId) -> &Table {
        &self.record(row).tables[row.1]
    }

    pub(super) fn row(&self, row: RowId) -> &Row {
        &self.data[row.0][row.1][row.2]
    }

    pub(super) fn all_rows(&self) -> Vec<RowId> {
        let mut rows = Vec::new();
        for (r, tables) in self.data.iter().enumerate() {
            for (t, table) in tables.iter().enumerate() {
                rows.extend((0..table.len()).map(|i| (r, t, i)));
            }
        }
        rows
    }

    pub(super) fn account_of(&self, row: RowId) -> &Account {
        let id = self.row(row)[self.table(row).account()]
            .as_deref()
            .expect("an account");
        self.scenario
            .accounts
            .iter()
            .find(|a| a.id == id)
            .expect("a known account")
    }

    pub(super) fn record_of(&self, row: RowId) -> RecordId {
        let (table, values) = (self.table(row), self.row(row));
        let key = table
            .root_key
            .iter()
            .map(|name| values[table.position(name)].clone())
            .collect();
        (row.0, values[table.account()].clone(), key)
    }

    pub(super) fn rows_of(&self, record: &RecordId) -> Vec<RowId> {
        self.all_rows()
            .into_iter()
            .filter(|row| self.record_of(*row) == *record)
            .collect()
    }

    /// The value of a column of the root's row of the same record.
    fn of_root(&self, row: RowId, wanted: impl Fn(&Role) -> bool) -> Option<&str> {
        let column = self.record(row).tables[0].find(wanted)?;
        let root = self
            .rows_of(&self.record_of(row))
            .into_iter()
            .find(|other| other.1 == 0)?;
        self.row(root)[column].as_deref()
    }

    fn below(&self, account: &'static str) -> BTreeSet<&'static str> {
        let mut accounts = BTreeSet::from([account]);
        for a in &self.scenario.accounts {
            if a.parent == Some(account) {
                accounts.extend(self.below(a.id));
            }
        }
        accounts
    }

    /// Section 4; an error if the request has no account in scope.
    pub(super) fn scope(&self, request: &Request) -> Result<Scope, String> {
        let known = |account: &str| self.scenario.accounts.iter().any(|a| a.id == account);
        let reach: BTreeSet<_> = self
            .scenario
            .reach
            .iter()
            .flat_map(|a| self.below(a))
            .collect();
        let codes = request.codes.clone().unwrap_or_default();
        let accounts = if self.scenario.messaging {
            if codes.is_empty() {
                return Err("ERROR: shortcodes required".to_owned());
            }
            reach
        } else {
            if request.flaw == Flaw::NoAccount {
                return Err("ERROR: accountid required".to_owned());
            }
            if !known(request.account) || !reach.contains(request.account) {
                return Err("ERROR: unknown account".to_owned());
            }
            self.below(request.account)
        };
        let counts = |code: &&'static str| {
            let mut known = self.scenario.codes.iter();
            known.any(|c| c.code == *code && c.owners.iter().any(|owner| accounts.contains(owner)))
        };
        let codes = codes.into_iter().filter(counts).collect();
        Ok(Scope { accounts, codes })
    }

    /// Whether a row is in scope. A part is in scope with its root.
    fn reaches(&self, scope: &Scope, row: RowId) -> bool {
        if !scope.accounts.contains(self.account_of(row).id) {
            return false;
        }
        let code = self
            .of_root(row, |role| matches!(role, Role::ShortCode))
            .filter(|code| !code.is_empty());
        let channel = self
            .of_root(row, |role| matches!(role, Role::Channel))
            .unwrap_or("");
        let mobile = match &self.record(row).tables[0].mobile {
            None => true,
            Some(channels) => channels.contains(&channel),
        };
        match code {
            Some(code) if scope.codes.contains(code) => true,
            _ if self.scenario.messaging => false,
            Some(_) => !mobile,
            None => true,
        }
    }

    /// Every cell that holds a device within a scope.
    pub(super) fn holding(&self, device: usize, scope: &Scope) -> BTreeSet<Cell> {
        let mut cells = BTreeSet::new();
        for row in self.all_rows() {
            if !self.reaches(scope, row) {
                continue;
            }
            for (i, column) in self.table(row).columns.iter().enumerate() {
                if let (Some(role), Some(text)) = (column.device(), &self.row(row)[i])
                    && stands(device, text, column, role, self.account_of(row))
                {
                    cells.insert((row, i));
                }
            }
        }
        cells
    }

    /// Whether any row of a record is under legal hold.
    fn is_held(&self, record: &RecordId) -> bool {
        self.rows_of(record).into_iter().any(|row| {
            let hold = self.table(row).find(|role| matches!(role, Role::LegalHold));
            hold.is_some_and(|column| self.row(row)[column].as_deref() == Some("t"))
        })
    }

    fn client_ids(&self, record: &RecordId) -> BTreeSet<String> {
        let client_id = |row: RowId| {
            let column = self
                .table(row)
                .find(|role| matches!(role, Role::ClientId))?;
            self.row(row)[column].clone()
        };
        self.rows_of(record)
            .into_iter()
            .filter_map(client_id)
            .collect()
    }

    /// Rows on a shared short code are never exported, nor are records that the catalogue excludes.
    pub(super) fn is_exportable(&self, row: RowId) -> bool {
        let code = self.of_root(row, |role| matches!(role, Role::ShortCode));
        let shared = |code: &str| {
            self.scenario
                .codes
                .iter()
                .any(|c| c.code == code && c.shared)
        };
        self.record(row).exported && !code.is_some_and(shared)
    }

    /// Section 3, for one contact by itself.
    fn judge(&self, request: &Request, contact: &Contact, action: &str) -> Judged {
        let error = |response: String| Judged {
            response,
            found: BTreeSet::new(),
        };
        if request.flaw == Flaw::OtherType {
            return error("ERROR: type does not match file name".to_owned());
        }
        // Errors of the request come first, then those of the contact, then those of the database.
        let scope = self.scope(request);
        let unknown = "ERROR: unknown account";
        match (&scope, contact) {
            (Err(response), _) if response != unknown => return error(response.clone()),
            (_, Contact::Refused { response, .. }) => return error((*response).to_owned()),
            _ => {}
        }
        let (Ok(scope), Contact::Device { device, .. }) = (scope, contact) else {
            return error(unknown.to_owned());
        };
        let found = self.holding(*device, &scope);
        let rows: BTreeSet<RowId> = found.iter().map(|(row, _)| *row).collect();
        let records: BTreeSet<RecordId> = rows.iter().map(|row| self.record_of(*row)).collect();
        let client_ids: BTreeSet<String> = records
            .iter()
            .flat_map(|record| self.client_ids(record))
            .collect();
        if found.is_empty() {
            return error("SUCCESS: not found".to_owned());
        }
        if action == "FORGET" && records.iter().any(|record| self.is_held(record)) {
            return error("ERROR: legal hold".to_owned());
        }
        let (rows_found, limit) = (rows.len(), self.scenario.max_rows);
        if rows_found > limit {
            return error(format!(
                "ERROR: too many rows ({rows_found} found, limit {limit})"
            ));
        }
        if let Some(limit) = self.scenario.max_client_ids
            && client_ids.len() > limit
        {
            return error(format!(
                "ERROR: too many client IDs ({} found, limit {limit})",
                client_ids.len()
            ));
        }
        if action == "EXPORT" && !rows.iter().any(|row| self.is_exportable(*row)) {
            return error("SUCCESS: not found".to_owned());
        }
        Judged {
            response: "SUCCESS".to_owned(),
            found,
        }
    }

    /// Every contact with its request, device and verdict.
    pub(super) fn judge_all(&self, action: &str) -> Vec<(usize, Option<usize>, Judged)> {
        let mut all = Vec::new();
        for (number, request) in self.scenario.requests.iter().enumerate() {
            for contact in &request.contacts {
                let device = match contact {
                    Contact::Device { device, .. } => Some(*device),
                    Contact::Refused { .. } => None,
                };
                all.push((number, device, self.judge(request, contact, action)));
            }
        }
        all
    }
}

/// Whether a stored text is a device in a form that the column declares.
fn stands(
    device: usize,
    text: &str,
    column: &Column,
    role: &DeviceRole,
    account: &Account,
) -> bool {
    let device = &DEVICES[device];
    if !role.kinds.contains(&device.kind) {
        return false;
    }
    match device.kind {
        Kind::Phone => role.forms.iter().any(|form| {
            let e164 = device.texts[0];
            let digits = e164.trim_start_matches('+');
            match form {
                PhoneForm::E164 => text == e164,
                PhoneForm::Digits => text == digits,
                PhoneForm::National => {
                    let code = account.dialling_code.unwrap_or("");
                    let trunk = account.trunk_prefix.unwrap_or("");
                    match digits.strip_prefix(code) {
                        Some(rest) if !code.is_empty() => text == format!("{trunk}{rest}"),
                        _ => false,
                    }
                }
            }
        }),
        Kind::Email if role.any_case => device.texts.contains(&text.to_lowercase().as_str()),
        Kind::Email => device.texts.contains(&text),
        Kind::Ipaddr if column.shape() == Shape::Inet => device
            .texts
            .contains(&text.split('/').next().expect("a host")),
        Kind::Ipaddr => device.texts.contains(&text),
    }
}
