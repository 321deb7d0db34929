//! The result according to the contract: every row after a FORGET, every file of an EXPORT.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::oracle::{Cell, Oracle, RowId};
use super::schema::{Column, Contact, DeviceRole, Flaw, Role, Row, Shape, Width};
use super::values::{DEVICES, Kind};

/// What a cell holds after a FORGET.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    Is(Option<String>),
    /// A document whose formatting may differ.
    Json(Value),
    Placeholder(Symbol),
}

/// Equal symbols have equal placeholders, different symbols different ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Symbol {
    /// `None` for a sibling, whose device is not in the submission.
    pub device: Option<usize>,
    pub kind: Kind,
    pub account: String,
    /// The stored form: emails that differ in letter case are one, unless each must be unique.
    pub form: String,
}

/// The expected result of a FORGET.
pub struct Forgotten {
    pub answers: Vec<String>,
    pub rows: BTreeMap<RowId, Vec<Expected>>,
    /// Rows written, by record and table; a row counts once per transaction.
    pub written: BTreeMap<(usize, usize), usize>,
}

/// The expected result of an EXPORT.
pub struct Exported {
    pub answers: Vec<String>,
    /// By folder and label.
    pub files: BTreeMap<String, String>,
    pub rows: BTreeMap<(usize, usize), usize>,
}

impl Oracle<'_> {
    /// Section 5.
    pub fn forget(&self) -> Forgotten {
        let judged = self.judge_all("FORGET");
        let mut rows: BTreeMap<RowId, Vec<Expected>> = self
            .all_rows()
            .into_iter()
            .map(|row| {
                (
                    row,
                    self.row(row).iter().cloned().map(Expected::Is).collect(),
                )
            })
            .collect();
        let mut written = BTreeMap::new();
        let asked = self.asked();
        for devices in self.transactions() {
            let before = rows.clone();
            let mut affected = BTreeSet::new();
            for (_, device, judged) in &judged {
                let Some(device) = device.filter(|device| devices.contains(device)) else {
                    continue;
                };
                for &(row, column) in &judged.found {
                    affected.insert(self.record_of(row));
                    rows.get_mut(&row).unwrap()[column] = self.replaced(row, column, Some(device));
                }
            }
            for record in &affected {
                for row in self.rows_of(record) {
                    self.redact(row, rows.get_mut(&row).unwrap());
                    if self.record(row).siblings {
                        self.replace_siblings(row, &asked, rows.get_mut(&row).unwrap());
                    }
                }
            }
            for (row, values) in &rows {
                if before[row] != *values {
                    *written.entry((row.0, row.1)).or_insert(0) += 1;
                }
            }
        }
        let answers = judged
            .into_iter()
            .map(|(_, _, judged)| judged.response)
            .collect();
        Forgotten {
            answers,
            rows,
            written,
        }
    }

    /// The devices of each transaction: those of accepted contacts, ordered by kind and value.
    fn transactions(&self) -> Vec<Vec<usize>> {
        let mut devices = Vec::new();
        for request in &self.scenario.requests {
            for contact in &request.contacts {
                if let Contact::Device { device, .. } = contact
                    && request.flaw != Flaw::OtherType
                    && self.scope(request).is_ok()
                    && !devices.contains(device)
                {
                    devices.push(*device);
                }
            }
        }
        devices.sort_by_key(|device| (DEVICES[*device].kind, DEVICES[*device].texts[0]));
        devices
            .chunks(self.scenario.devices_per_transaction)
            .map(<[usize]>::to_vec)
            .collect()
    }

    fn replaced(&self, row: RowId, column: usize, device: Option<usize>) -> Expected {
        let declared = &self.table(row).columns[column];
        let role = declared.device().expect("a device column");
        let text = self.row(row)[column].as_deref().expect("a device");
        if role.width == Width::Null {
            return Expected::Is(None);
        }
        let one_case = role.any_case && role.kinds.contains(&Kind::Email) && !role.unique;
        let kind = match device {
            Some(device) => DEVICES[device].kind,
            None => looks(text, &role.kinds),
        };
        Expected::Placeholder(Symbol {
            device,
            kind,
            account: self.account_of(row).id.to_owned(),
            form: if one_case {
                text.to_lowercase()
            } else {
                text.to_owned()
            },
        })
    }

    fn redact(&self, row: RowId, values: &mut [Expected]) {
        for (column, value) in self.table(row).columns.iter().zip(values) {
            if let Some(constant) = column.on_forget {
                *value = Expected::Is(Some(constant.to_owned()));
                continue;
            }
            let Role::Pii { keep_keys } = &column.role else {
                continue;
            };
            let Expected::Is(Some(text)) = value else {
                continue;
            };
            *value = match column.shape() {
                Shape::Text if text.is_empty() => continue,
                Shape::Text => Expected::Is(Some("[redacted]".to_owned())),
                Shape::Array => Expected::Is(Some("{}".to_owned())),
                Shape::Inet | Shape::Other => Expected::Is(None),
                Shape::Json => {
                    let document: Value = serde_json::from_str(text).unwrap();
                    let kept = kept_of(&document, keep_keys);
                    if document == kept || document == Value::Array(vec![]) {
                        continue;
                    }
                    Expected::Json(kept)
                }
            };
        }
    }

    /// The cells with a device of the submission, whatever its answer: they are not siblings.
    fn asked(&self) -> BTreeSet<Cell> {
        let mut asked = BTreeSet::new();
        for request in self
            .scenario
            .requests
            .iter()
            .filter(|r| r.flaw != Flaw::OtherType)
        {
            for contact in &request.contacts {
                if let (Ok(scope), Contact::Device { device, .. }) = (self.scope(request), contact)
                {
                    asked.extend(self.holding(*device, &scope));
                }
            }
        }
        asked
    }

    /// Other devices of a record that was found.
    fn replace_siblings(&self, row: RowId, asked: &BTreeSet<Cell>, values: &mut [Expected]) {
        for (i, column) in self.table(row).columns.iter().enumerate() {
            if let (Some(role), Expected::Is(Some(text))) = (column.device(), &values[i])
                && !text.is_empty()
                && !is_placeholder(text, column, role)
                && !asked.contains(&(row, i))
            {
                values[i] = self.replaced(row, i, None);
            }
        }
    }

    /// Section 6.
    pub fn export(&self) -> Exported {
        let judged = self.judge_all("EXPORT");
        let mut exported = Exported {
            answers: Vec::new(),
            files: BTreeMap::new(),
            rows: BTreeMap::new(),
        };
        for (number, request) in self.scenario.requests.iter().enumerate() {
            let mut records = BTreeSet::new();
            for (_, _, judged) in judged.iter().filter(|(of, _, _)| *of == number) {
                let rows = judged.found.iter().map(|(row, _)| *row);
                records.extend(
                    rows.filter(|row| self.is_exportable(*row))
                        .map(|row| self.record_of(row)),
                );
            }
            for (r, t, table) in self.scenario.tables() {
                let in_table = |row: &RowId| (row.0, row.1) == (r, t);
                let mut rows: Vec<RowId> = records
                    .iter()
                    .flat_map(|record| self.rows_of(record))
                    .filter(in_table)
                    .collect();
                if rows.is_empty() {
                    continue;
                }
                rows.sort_by_key(|row| {
                    let columns = [table.key(), vec![table.account()]].concat();
                    columns
                        .into_iter()
                        .map(|c| self.row(*row)[c].clone())
                        .collect::<Vec<_>>()
                });
                *exported.rows.entry((r, t)).or_insert(0) += rows.len();
                let header: Vec<Option<String>> = table
                    .columns
                    .iter()
                    .map(|c| Some(c.name.to_owned()))
                    .collect();
                let lines = std::iter::once(&header).chain(rows.iter().map(|row| self.row(*row)));
                let path = format!("{}/{}.csv", folder(number, request.case), table.label());
                exported.files.insert(path, lines.map(csv_line).collect());
            }
        }
        exported.answers = judged
            .into_iter()
            .map(|(_, _, judged)| judged.response)
            .collect();
        exported
    }
}

/// Whether a value is the placeholder of an earlier FORGET.
fn is_placeholder(text: &str, column: &Column, role: &DeviceRole) -> bool {
    let code = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
    };
    text.starts_with("anon-")
        || column.shape() == Shape::Inet && text.starts_with("2001:db8:")
        || role.width == Width::Short && text.len() == 13 && code(text)
}

/// The kind of a sibling: recognised by its form, among the kinds of its column.
fn looks(text: &str, kinds: &[Kind]) -> Kind {
    let has = |kind: Kind| kinds.contains(&kind);
    let dials = text.bytes().all(|b| b == b'+' || b.is_ascii_digit());
    if has(Kind::Email) && text.contains('@') {
        Kind::Email
    } else if has(Kind::Phone) && dials {
        Kind::Phone
    } else {
        let last = [Kind::Ipaddr, Kind::Phone, Kind::Email]
            .into_iter()
            .find(|kind| has(*kind));
        last.expect("a column has kinds")
    }
}

/// The parts of a document that are kept.
fn kept_of(document: &Value, keep_keys: &[&str]) -> Value {
    let mut kept = serde_json::Map::new();
    if let Value::Object(members) = document {
        for key in keep_keys {
            if let Some(value) = members.get(*key) {
                kept.insert((*key).to_owned(), value.clone());
            }
        }
    }
    Value::Object(kept)
}

fn folder(request: usize, case: Option<&str>) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    let case = case.map(|case| format!("-{}", case.chars().map(safe).collect::<String>()));
    format!("{:03}{}", request + 1, case.unwrap_or_default())
}

/// The CSV that COPY writes: NULL is empty, an empty string is quoted.
fn csv_line(values: &Row) -> String {
    let field = |value: &Option<String>| match value {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains(['"', ',', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Some(text) => text.clone(),
    };
    let fields: Vec<String> = values.iter().map(field).collect();
    format!("{}\n", fields.join(","))
}
