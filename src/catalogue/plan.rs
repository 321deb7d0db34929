//! The plan of a submission: what is staged, and which statements run in which order. Pure; no I/O.

mod preview;
mod verify;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

pub use preview::{PreviewSteps, RecordPreview};
pub use verify::{LeftSteps, VerifySteps};

use crate::catalogue::render::{self};
use crate::catalogue::{Catalogue, Record, Siblings, Table};
use crate::domain::device::{Device, DeviceKind, address_forms};
use crate::domain::request::Product;
use crate::domain::scope::{Account, Scope};
use crate::domain::submission::{Contact, Submission};
use crate::postgres::sql::Statement;

/// In which form a staged value stands; the numbers are those of `lethe_lookup.form`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    E164 = 1,
    Digits = 2,
    National = 3,
    /// Lower case, in the domain's given, punycode and Unicode forms.
    Email = 4,
    /// As a server lower-cases it that knows ASCII letters only.
    EmailVariant = 5,
    Address = 6,
    /// A phone as it may stand in its own country; only where columns are searched that nobody declared.
    AtHome = 7,
}

/// One unit of answering: a device in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Dense index of the device in [`Staging::devices`].
    pub device: u32,
    pub scope: u32,
    pub kind: DeviceKind,
}

/// The place of each wanted device among them by kind and value: neighbours stand near each other in the indexes of their
/// columns, and workers that go through the kinds alike seldom meet in a row that holds devices of two kinds.
fn ranks(submission: &Submission, wanted: &[(u32, u32, u32)]) -> Vec<u32> {
    let mut devices: Vec<u32> = wanted.iter().map(|(device, _, _)| *device).collect();
    devices.sort_unstable();
    devices.dedup();
    devices.sort_by(|a, b| submission.devices[*a as usize].cmp(&submission.devices[*b as usize]));
    let mut ranks = vec![0; submission.devices.len()];
    for (rank, device) in (0..).zip(devices) {
        ranks[device as usize] = rank;
    }
    ranks
}

/// A value to look for.
pub struct Lookup {
    pub device: u32,
    pub form: Form,
    /// Index into [`Staging::nationals`] for national forms.
    pub national: Option<u32>,
    pub value: String,
}

/// What goes into the temporary tables for the contacts that have no answer yet.
#[derive(Debug, Default)]
pub struct Staging {
    /// Indices into the submission's devices, ordered by kind and value.
    pub devices: Vec<u32>,
    /// Ordered by device, so that a chunk of devices is a range of targets.
    pub targets: Vec<Target>,
    /// Resolved scopes with their staged numbers being the index.
    pub scopes: Vec<Scope>,
    /// Distinct pairs of dialling code and trunk prefix.
    pub nationals: Vec<(String, String)>,
    /// Contacts (indices into the submission's contacts) of each target, grouped: see [`Staging::contacts_of`].
    contacts: Vec<u32>,
    contact_ranges: Vec<Range<u32>>,
    /// Devices (indices into the submission's) and scopes that an earlier run answered: not looked for, but requested, so
    /// that no sibling of theirs redacts them. See [`Staging::knowing`].
    pub answered: Vec<(u32, u32)>,
}

impl Staging {
    /// Stages the contacts for which `pending` (of contact and device) is true; `scopes` are the submission's scopes, resolved, `None`
    /// where the account is unknown (those contacts are not staged).
    pub fn new(
        submission: &Submission,
        scopes: &[Option<Scope>],
        pending: impl Fn(usize, u32) -> bool,
    ) -> Staging {
        let same = first_of_equals(scopes);
        let mut wanted: Vec<(u32, u32, u32)> = Vec::new();
        for request in &submission.requests {
            let Ok(scope) = request.scope else { continue };
            if scopes[scope.0 as usize].is_none() {
                continue;
            }
            let scope = same[scope.0 as usize];
            for contact in request.contacts.clone() {
                if let Contact::Device(device) = submission.contacts[contact]
                    && pending(contact, device.0)
                {
                    wanted.push((device.0, scope, contact as u32));
                }
            }
        }
        let rank = ranks(submission, &wanted);
        wanted.sort_unstable_by_key(|(device, scope, contact)| {
            (rank[*device as usize], *scope, *contact)
        });
        let mut staging = Staging::default();
        let mut previous = None;
        for (device, scope, contact) in wanted {
            if staging.devices.last() != Some(&device) {
                staging.devices.push(device);
            }
            if previous != Some((device, scope)) {
                previous = Some((device, scope));
                let kind = submission.devices[device as usize].kind();
                staging.targets.push(Target {
                    device: staging.devices.len() as u32 - 1,
                    scope,
                    kind,
                });
                let start = staging.contacts.len() as u32;
                staging.contact_ranges.push(start..start);
            }
            staging.contacts.push(contact);
            staging
                .contact_ranges
                .last_mut()
                .expect("a target was pushed")
                .end += 1;
        }
        let empty = Scope {
            accounts: Arc::new([]),
            short_codes: vec![],
        };
        staging.scopes = (0..)
            .zip(scopes)
            .map(|(number, scope)| match scope {
                Some(scope) if same[number as usize] == number => scope.clone(),
                _ => empty.clone(),
            })
            .collect();
        let pairs: BTreeSet<_> = staging
            .scopes
            .iter()
            .flat_map(|s| s.accounts.iter())
            .filter_map(national_of)
            .collect();
        staging.nationals = pairs.into_iter().collect();
        staging
    }

    /// Also knows the contacts that have their answer.
    pub fn knowing(
        mut self,
        submission: &Submission,
        scopes: &[Option<Scope>],
        answered: impl Fn(usize) -> bool,
    ) -> Staging {
        let same = first_of_equals(scopes);
        for request in &submission.requests {
            let Ok(scope) = request.scope else { continue };
            if scopes[scope.0 as usize].is_none() {
                continue;
            }
            let scope = same[scope.0 as usize];
            for contact in request.contacts.clone().filter(|c| answered(*c)) {
                if let Contact::Device(device) = submission.contacts[contact] {
                    self.answered.push((device.0, scope));
                }
            }
        }
        self.answered.sort_unstable();
        self.answered.dedup();
        self
    }

    /// Whether a device belongs to one of several workers: all that asks for it is in one of them.
    pub fn is_part_of(device: u32, worker: u32, workers: u32) -> bool {
        device % workers.max(1) == worker
    }

    /// The targets of a range of devices.
    pub fn targets_of(&self, devices: &Range<u32>) -> Range<usize> {
        let first = self.targets.partition_point(|t| t.device < devices.start);
        let last = self.targets.partition_point(|t| t.device < devices.end);
        first..last
    }

    /// Whether a range of devices has some of such kinds.
    pub fn has_kinds(&self, devices: &Range<u32>, kinds: &[DeviceKind]) -> bool {
        let targets = &self.targets[self.targets_of(devices)];
        targets.iter().any(|target| kinds.contains(&target.kind))
    }

    /// The contacts that ask for a target, as indices into the submission's contacts.
    pub fn contacts_of(&self, target: usize) -> &[u32] {
        let range = &self.contact_ranges[target];
        &self.contacts[range.start as usize..range.end as usize]
    }

    /// The accounts of every scope that a target has, with the number of their national form.
    pub fn scope_accounts(&self) -> impl Iterator<Item = (u32, &str, Option<u32>)> {
        let answered = self.answered.iter().map(|(_, scope)| *scope);
        let used: BTreeSet<u32> = self
            .targets
            .iter()
            .map(|t| t.scope)
            .chain(answered)
            .collect();
        let numbers: HashMap<&(String, String), u32> = self.nationals.iter().zip(0..).collect();
        used.into_iter().flat_map(move |scope| {
            let numbers = numbers.clone();
            self.scopes[scope as usize]
                .accounts
                .iter()
                .map(move |account| {
                    let national =
                        national_of(account).and_then(|pair| numbers.get(&pair).copied());
                    (scope, account.id.as_str(), national)
                })
        })
    }

    /// Every form of one staged device; national forms only where `nationals` says that a column holds them.
    pub fn lookups(&self, index: u32, device: &Device, nationals: Nationals) -> Vec<Lookup> {
        let lookup = |form, national, value| Lookup {
            device: index,
            form,
            national,
            value,
        };
        match device {
            Device::Phone(phone) => {
                let mut lookups = vec![
                    lookup(Form::E164, None, phone.e164()),
                    lookup(Form::Digits, None, phone.digits().to_owned()),
                ];
                if nationals == Nationals::Stored {
                    for (number, (code, trunk)) in (0..).zip(&self.nationals) {
                        lookups.extend(
                            phone
                                .national(code, trunk)
                                .map(|v| lookup(Form::National, Some(number), v)),
                        );
                    }
                }
                lookups
            }
            Device::Email(email) => {
                let forms: BTreeSet<&str> = email.forms().collect();
                let variants: BTreeSet<String> = forms
                    .iter()
                    .flat_map(|form| ascii_lower_variants(form))
                    .filter(|v| !forms.contains(&**v))
                    .collect();
                let lookups = forms
                    .iter()
                    .map(|form| lookup(Form::Email, None, (*form).to_owned()));
                lookups
                    .chain(
                        variants
                            .into_iter()
                            .map(|v| lookup(Form::EmailVariant, None, v)),
                    )
                    .collect()
            }
            Device::IpAddr(address) => address_forms(*address)
                .into_iter()
                .map(|value| lookup(Form::Address, None, value))
                .collect(),
        }
    }
}

/// For each scope the first one that is equal: short codes that count nowhere make no scope of its own, or a file could
/// have the accounts of an enterprise staged a million times.
fn first_of_equals(scopes: &[Option<Scope>]) -> Vec<u32> {
    let mut known: HashMap<(*const Account, &[String]), u32> = HashMap::new();
    let mut same = Vec::with_capacity(scopes.len());
    for (number, scope) in (0..).zip(scopes) {
        same.push(scope.as_ref().map_or(number, |scope| {
            let key = (scope.accounts.as_ptr(), scope.short_codes.as_slice());
            *known.entry(key).or_insert(number)
        }));
    }
    same
}

/// Whether any column of the catalogue holds phones in national form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nationals {
    Stored,
    None,
}

impl Nationals {
    /// Looks through the catalogue.
    pub fn of(catalogue: &Catalogue) -> Nationals {
        let stored = catalogue.tables().any(|(_, t)| {
            t.devices()
                .any(|(_, _, d)| d.forms.contains(&crate::catalogue::PhoneForm::National))
        });
        if stored {
            Nationals::Stored
        } else {
            Nationals::None
        }
    }
}

fn national_of(account: &Account) -> Option<(String, String)> {
    let code = account
        .dialling_code
        .as_ref()
        .filter(|code| !code.is_empty())?;
    Some((
        code.clone(),
        account.trunk_prefix.clone().unwrap_or_default(),
    ))
}

/// What a server whose `lower()` knows ASCII only makes of spellings with capitals outside ASCII: all capital, or
/// capital at the beginning of a label. Nothing for addresses in ASCII.
fn ascii_lower_variants(form: &str) -> Vec<String> {
    if form.is_ascii() {
        return Vec::new();
    }
    let upper = form.to_uppercase().to_ascii_lowercase();
    let mut title = String::with_capacity(form.len());
    let mut first = true;
    for c in form.chars() {
        if first && !c.is_ascii() {
            title.extend(c.to_uppercase())
        } else {
            title.push(c)
        }
        first = matches!(c, '.' | '@' | '-');
    }
    vec![upper, title]
}

/// The statements for one table.
#[derive(Debug)]
pub struct TableSteps {
    /// `<schema>.<table>`: in results and in the ledger.
    pub name: String,
    pub matches: Vec<Statement>,
    /// The kinds of devices that each of them finds.
    pub kinds: Vec<Vec<DeviceKind>>,
    pub count: Statement,
    pub held: Vec<Statement>,
    pub clients: Option<Statement>,
    pub exclude: Statement,
}

/// How one record's tables are forgotten: notes of affected records first, then each table once.
#[derive(Debug)]
pub struct ForgetSteps {
    pub records: Vec<Statement>,
    pub siblings: Vec<Statement>,
    pub assign: Vec<Statement>,
    /// A row for each client ID that was found in one of the plan's tables (its index), of the table `<schema>.<table>`.
    pub clients: Vec<(usize, String, Statement)>,
    /// In order.
    pub changes: Vec<Change>,
    /// Media rows: `<schema>.<table>` with the statement.
    pub media: Vec<(String, Statement)>,
}

/// One statement that changes a table.
#[derive(Debug)]
pub struct Change {
    /// `<schema>.<table>`.
    pub table: String,
    pub statement: Statement,
    pub kind: ChangeKind,
}

/// What a statement changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Devices, with placeholders of a range of ordinals; and the personal fields beside them.
    Replace,
    /// Personal fields only.
    Redact,
}

/// How one record's tables are exported.
#[derive(Debug)]
pub struct ExportSteps {
    /// Where its devices are looked for.
    pub found: Vec<ExportFound>,
    /// `<schema>.<table>`, label, statement: the root first.
    pub rows: Vec<(String, String, Statement)>,
}

/// What is exported of what was found in one table.
#[derive(Debug)]
pub struct ExportFound {
    /// Index into the plan's tables.
    pub table: usize,
    /// Takes rows on shared short codes out; `None` where the record has no short code.
    pub exclude_shared: Option<Statement>,
    /// Asks which targets have something left.
    pub exportable: Statement,
}

/// All statements of a verb over a catalogue for a product.
#[derive(Debug)]
pub struct Plan {
    /// Makes the temporary tables that depend on the catalogue.
    pub staging: Vec<Statement>,
    /// Tables that may hold devices in this product.
    pub tables: Vec<TableSteps>,
    pub forget: Vec<ForgetSteps>,
    pub export: Vec<ExportSteps>,
    pub nationals: Nationals,
    /// Makes the tables and indexes that only exports need.
    pub export_staging: Vec<Statement>,
    /// Whether other devices of found records are redacted too; then one session must know all that is requested.
    pub siblings: bool,
    /// Whether an index serves every column that is searched.
    pub served: bool,
    /// Whether changing the tables may set off more, as a trigger does that writes elsewhere.
    pub sets_off_more: bool,
    /// Whether an index leads to the rows of every exported table by the key of their record.
    pub keyed: bool,
}

impl Plan {
    /// Plans over a bound catalogue.
    pub fn new(catalogue: &Catalogue, product: Product) -> Plan {
        let mut plan = Plan {
            staging: Vec::new(),
            tables: Vec::new(),
            forget: Vec::new(),
            export: Vec::new(),
            nationals: Nationals::of(catalogue),
            export_staging: Vec::new(),
            siblings: false,
            served: true,
            sets_off_more: catalogue.tables().any(|(_, t)| !t.accepted.is_empty()),
            keyed: true,
        };
        for record in &catalogue.records {
            let found: Vec<&Table> = record
                .tables()
                .filter(|t| searched(record, t, product))
                .collect();
            if found.is_empty() {
                continue;
            }
            // In a record of one table, found rows are all that a FORGET needs.
            if notes_records(record) {
                plan.staging.push(render::record_table(record));
            }
            plan.siblings |= record.siblings == Siblings::Redact;
            // Siblings stand in every table of a record, also where nothing is searched in this product.
            let changed: Vec<&Table> = record
                .tables()
                .filter(|t| match record.siblings {
                    Siblings::Redact => t.has_devices(),
                    Siblings::Keep => searched(record, t, product),
                })
                .collect();
            for table in &changed {
                plan.staging.push(render::found_table(record, table));
            }
            let first = plan.tables.len();
            for table in &found {
                plan.served &= table.devices().all(|(_, column, _)| column.served);
                plan.tables.push(table_steps(record, table, product));
            }
            plan.forget
                .push(forget_steps(record, (first, &found), &changed, product));
            if record.exported {
                let indexes = found.iter().map(|table| render::found_index(table));
                plan.export_staging.extend(indexes);
                plan.keyed &= record.tables().all(|table| table.keyed);
                plan.export
                    .push(export_steps(catalogue, record, &found, first));
            }
        }
        plan
    }
}

/// Whether a table can hold a device within scope: the messaging product reaches rows with a short code only.
fn searched(record: &Record, table: &Table, product: Product) -> bool {
    let with_code = record
        .root
        .column(&crate::catalogue::Role::ShortCode)
        .is_some();
    table.has_devices() && (product == Product::Outbound || with_code)
}

/// Whether a FORGET notes affected records beside found rows: other rows of them are redacted too.
fn notes_records(record: &Record) -> bool {
    !record.parts.is_empty() || record.siblings == Siblings::Redact
}

fn table_steps(record: &Record, table: &Table, product: Product) -> TableSteps {
    TableSteps {
        name: table.name.plain(),
        matches: table
            .devices()
            .map(|(slot, column, device)| {
                render::match_column(record, table, slot, column, device, product)
            })
            .collect(),
        kinds: table.devices().map(|(_, _, d)| d.kinds.clone()).collect(),
        count: render::count(table),
        held: render::held(record, table),
        clients: render::clients(record, table),
        exclude: render::exclude(table),
    }
}

/// `found` are the tables in which devices are looked for, in the plan from `first` on, `changed` those in which devices are
/// replaced.
fn forget_steps(
    record: &Record,
    (first, found): (usize, &[&Table]),
    changed: &[&Table],
    product: Product,
) -> ForgetSteps {
    let mut steps = ForgetSteps {
        records: Vec::new(),
        siblings: Vec::new(),
        clients: (first..)
            .zip(found)
            .filter_map(|(number, table)| {
                let (with_client, statement) = render::verify::found_clients(record, table)?;
                Some((number, with_client, statement))
            })
            .collect(),
        assign: changed.iter().map(|table| render::assign(table)).collect(),
        changes: Vec::new(),
        media: Vec::new(),
    };
    // A record of one table is replaced and redacted in one statement.
    let several = !record.parts.is_empty();
    if notes_records(record) {
        let note = |table: &&Table| render::forget_record(record, table);
        steps.records = found.iter().map(note).collect();
    }
    for table in record.tables() {
        if changed.iter().any(|c| c.number == table.number) {
            steps.changes.push(Change {
                table: table.name.plain(),
                statement: render::replace(table),
                kind: ChangeKind::Replace,
            });
            if record.siblings == Siblings::Redact {
                let sibling = |(slot, column, device)| {
                    render::siblings(record, table, slot, column, device, product)
                };
                steps.siblings.extend(table.devices().map(sibling));
            }
        }
        if several {
            let redact = render::redact(record, table).map(|statement| Change {
                table: table.name.plain(),
                statement,
                kind: ChangeKind::Redact,
            });
            steps.changes.extend(redact);
        }
        for f in found {
            steps
                .media
                .extend(render::media(record, table, f).map(|s| (table.name.plain(), s)));
        }
    }
    steps
}

/// `found` are the tables in which devices are looked for, in the plan from `first` on.
fn export_steps(
    catalogue: &Catalogue,
    record: &Record,
    found: &[&Table],
    first: usize,
) -> ExportSteps {
    let codes = catalogue.short_codes.as_ref();
    let of_table = |(table, found): (usize, &&Table)| ExportFound {
        table,
        exclude_shared: codes.and_then(|codes| render::exclude_shared(record, found, codes)),
        exportable: render::exportable(found),
    };
    let rows = |table: &Table| {
        (
            table.name.plain(),
            table.label.clone(),
            render::export_rows(record, found, table),
        )
    };
    ExportSteps {
        found: (first..).zip(found).map(of_table).collect(),
        rows: std::iter::once(&record.root)
            .chain(&record.parts)
            .map(rows)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::request::Action;
    use crate::domain::submission::Document;

    fn staging(text: &str, pending: impl Fn(usize) -> bool) -> (Submission, Staging) {
        let document = Document::read(text.as_bytes().to_vec()).unwrap();
        let submission = Submission::parse(&document, Action::Forget, Product::Outbound);
        let account = |id: &str| Account {
            id: id.into(),
            parent: None,
            dialling_code: Some("1".into()),
            trunk_prefix: None,
        };
        let scopes: Vec<Option<Scope>> = submission
            .scopes
            .iter()
            .map(|s| s.account.clone().filter(|a| a != "unknown"))
            .map(|a| {
                a.map(|a| Scope {
                    accounts: [account(&a)].into(),
                    short_codes: vec![],
                })
            })
            .collect();
        let staging = Staging::new(&submission, &scopes, |contact, _| pending(contact));
        (submission, staging)
    }

    const TWO_SCOPES: &str = r#"{"requests": [
        {"type": "FORGET", "accountid": "A", "contacts": [{"phone": "+15555550101"}, {"phone": "+15555550100"}, {"phone": "x"}]},
        {"type": "FORGET", "accountid": "B", "contacts": [{"phone": "+1 555 555 0100"}, {"phone": "+15555550100"}]},
        {"type": "FORGET", "accountid": "unknown", "contacts": [{"phone": "+15555550102"}]}]}"#;

    #[test]
    fn a_device_in_two_scopes_is_two_targets_side_by_side() {
        let (_, staging) = staging(TWO_SCOPES, |_| true);
        let targets: Vec<_> = staging
            .targets
            .iter()
            .map(|t| (t.device, t.scope))
            .collect();
        assert_eq!(targets, [(0, 0), (0, 1), (1, 0)]);
        assert_eq!(staging.contacts_of(1), [3, 4]);
        assert_eq!(staging.targets_of(&(0..1)), 0..2);
    }

    #[test]
    fn equal_scopes_are_staged_once() {
        let accounts: Arc<[Account]> = [Account {
            id: "A".into(),
            parent: None,
            dialling_code: None,
            trunk_prefix: None,
        }]
        .into();
        let scope = |codes: &[&str]| {
            Some(Scope {
                accounts: accounts.clone(),
                short_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
            })
        };
        let scopes = [None, scope(&["1"]), scope(&[]), scope(&["1"]), scope(&[])];
        assert_eq!(first_of_equals(&scopes), [0, 1, 2, 1, 2]);
    }

    #[test]
    fn devices_stand_in_the_order_of_kind_and_value() {
        let text = r#"{"requests": [{"type": "FORGET", "accountid": "A", "contacts": [
            {"ipaddr": "192.0.2.1"}, {"phone": "+15555550109"}, {"email": "b@example.com"}, {"phone": "+15555550101"},
            {"email": "a@example.com"}]}]}"#;
        let (_, staging) = staging(text, |_| true);
        assert_eq!(staging.devices, [3, 1, 4, 2, 0]);
        let contacts: Vec<_> = (0..5).flat_map(|t| staging.contacts_of(t)).collect();
        assert_eq!(contacts, [&3, &1, &4, &2, &0]);
    }

    #[test]
    fn answered_contacts_are_not_staged() {
        let (_, staging) = staging(TWO_SCOPES, |contact| contact == 0);
        assert_eq!(staging.targets.len(), 1);
        assert_eq!(staging.contacts_of(0), [0]);
    }

    #[test]
    fn national_forms_are_staged_only_where_a_column_holds_them() {
        let (submission, staging) = staging(TWO_SCOPES, |_| true);
        let device = &submission.devices[0];
        assert_eq!(staging.lookups(0, device, Nationals::None).len(), 2);
        let national = staging.lookups(0, device, Nationals::Stored).pop().unwrap();
        assert_eq!(
            (national.form, &*national.value, national.national),
            (Form::National, "5555550101", Some(0))
        );
    }

    #[test]
    fn capitals_outside_ascii_are_looked_for_too() {
        assert_eq!(
            ascii_lower_variants("x@bücher.example"),
            ["x@bÜcher.example", "x@bücher.example"]
        );
        assert_eq!(
            ascii_lower_variants("x@öl.example"),
            ["x@Öl.example", "x@Öl.example"]
        );
        assert!(ascii_lower_variants("x@example.com").is_empty());
    }
}
