//! What is staged for a submission: its devices, scopes and contacts, as the statements join them.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::domain::device::DeviceKind;
use crate::domain::lookup::NationalFormat;
use crate::domain::scope::{Account, Scope};
use crate::domain::submission::{Contact, Submission};

/// What gets one answer: a device in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Dense index of the device in [`Staging::devices`].
    pub(crate) device: u32,
    /// Index into [`Staging::scopes`].
    pub(crate) scope: u32,
    pub(crate) kind: DeviceKind,
}

/// A device and a scope whose contacts were answered by an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AnsweredDevice {
    /// Index into the submission's devices.
    pub(crate) device: u32,
    pub(crate) scope: u32,
}

/// An account of a staged scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopeAccount<'a> {
    pub(crate) scope: u32,
    pub(crate) account: &'a str,
    /// Index into [`Staging::nationals`]; `None` where the account has no dialling code.
    pub(crate) national: Option<u32>,
}

/// The contents of the temporary tables for the contacts that have no answer yet.
#[derive(Debug, Default)]
pub(crate) struct Staging {
    /// Indices into the submission's devices, ordered by kind and value.
    pub(crate) devices: Vec<u32>,
    /// Ordered by device, so that a chunk of devices is a range of targets.
    pub(crate) targets: Vec<Target>,
    /// Resolved scopes; their index is the number under which they are staged.
    pub(crate) scopes: Vec<Scope>,
    /// Distinct pairs of dialling code and trunk prefix.
    pub(crate) nationals: Vec<NationalFormat>,
    /// Contacts (indices into the submission's contacts), grouped by target. See [`Staging::contacts_of`].
    contacts: Vec<u32>,
    contact_ranges: Vec<Range<u32>>,
    /// Answered by an earlier run. They are not looked for, but they were requested, so that the redaction of siblings
    /// leaves them alone. See [`Staging::with_answered`].
    pub(crate) answered: Vec<AnsweredDevice>,
}

/// A contact that has no answer yet.
struct Pending {
    device: u32,
    scope: u32,
    contact: u32,
}

impl Staging {
    /// Stages the contacts for which `is_pending` (of contact and device) is true. `scopes` are the submission's scopes,
    /// resolved; contacts of a scope that is `None` (its account is unknown) are not staged.
    pub(crate) fn new(
        submission: &Submission,
        scopes: &[Option<Scope>],
        is_pending: impl Fn(usize, u32) -> bool,
    ) -> Staging {
        let same = first_of_equals(scopes);
        let pending = pending(submission, scopes, &same, is_pending);
        let mut staging = Staging::default();
        staging.add_targets(submission, &pending);
        staging.scopes = distinct_scopes(scopes, &same);
        let formats: BTreeSet<_> = staging
            .scopes
            .iter()
            .flat_map(|scope| scope.accounts.iter())
            .filter_map(national_format)
            .collect();
        staging.nationals = formats.into_iter().collect();
        staging
    }

    fn add_targets(&mut self, submission: &Submission, pending: &[Pending]) {
        let mut previous = None;
        for wanted in pending {
            if self.devices.last() != Some(&wanted.device) {
                self.devices.push(wanted.device);
            }
            if previous != Some((wanted.device, wanted.scope)) {
                previous = Some((wanted.device, wanted.scope));
                self.targets.push(Target {
                    device: self.devices.len() as u32 - 1,
                    scope: wanted.scope,
                    kind: submission.devices[wanted.device as usize].kind(),
                });
                let start = self.contacts.len() as u32;
                self.contact_ranges.push(start..start);
            }
            self.contacts.push(wanted.contact);
            let range = self.contact_ranges.last_mut();
            range.expect("a target was pushed").end += 1;
        }
    }

    /// Adds the contacts that were answered by an earlier run.
    pub(crate) fn with_answered(
        mut self,
        submission: &Submission,
        scopes: &[Option<Scope>],
        is_answered: impl Fn(usize) -> bool,
    ) -> Staging {
        let same = first_of_equals(scopes);
        let answered = pending(submission, scopes, &same, |contact, _| is_answered(contact));
        self.answered = answered
            .into_iter()
            .map(|contact| AnsweredDevice {
                device: contact.device,
                scope: contact.scope,
            })
            .collect();
        self.answered.sort_unstable();
        self.answered.dedup();
        self
    }

    /// Whether a device belongs to one of several workers. All contacts of a device belong to the same worker.
    pub(crate) fn is_part_of(device: u32, worker: u32, workers: u32) -> bool {
        device % workers.max(1) == worker
    }

    /// The targets of a range of devices.
    pub(crate) fn targets_of(&self, devices: &Range<u32>) -> Range<usize> {
        let first = self.targets.partition_point(|t| t.device < devices.start);
        let last = self.targets.partition_point(|t| t.device < devices.end);
        first..last
    }

    /// Whether a range of devices includes one of these kinds.
    pub(crate) fn has_kinds(&self, devices: &Range<u32>, kinds: &[DeviceKind]) -> bool {
        let targets = &self.targets[self.targets_of(devices)];
        targets.iter().any(|target| kinds.contains(&target.kind))
    }

    /// The contacts that ask for a target, as indices into the submission's contacts.
    pub(crate) fn contacts_of(&self, target: usize) -> &[u32] {
        let range = &self.contact_ranges[target];
        &self.contacts[range.start as usize..range.end as usize]
    }

    /// The target of each of the submission's contacts; `None` where a contact is not staged.
    pub(crate) fn targets_by_contact(&self, submission: &Submission) -> Vec<Option<usize>> {
        let mut targets = vec![None; submission.contacts.len()];
        for target in 0..self.targets.len() {
            for contact in self.contacts_of(target) {
                targets[*contact as usize] = Some(target);
            }
        }
        targets
    }

    /// The accounts of every scope that has a target.
    pub(crate) fn scope_accounts(&self) -> impl Iterator<Item = ScopeAccount<'_>> {
        let answered = self.answered.iter().map(|answered| answered.scope);
        let targets = self.targets.iter().map(|target| target.scope);
        let used: BTreeSet<u32> = targets.chain(answered).collect();
        let numbers: HashMap<&NationalFormat, u32> = self.nationals.iter().zip(0..).collect();
        used.into_iter().flat_map(move |scope| {
            let numbers = numbers.clone();
            let accounts = self.scopes[scope as usize].accounts.iter();
            accounts.map(move |account| ScopeAccount {
                scope,
                account: &account.id,
                national: national_format(account).and_then(|format| numbers.get(&format).copied()),
            })
        })
    }
}

/// The contacts to stage, ordered by device (kind and value), scope and contact. `same` maps each scope to the first equal
/// one.
fn pending(
    submission: &Submission,
    scopes: &[Option<Scope>],
    same: &[u32],
    is_pending: impl Fn(usize, u32) -> bool,
) -> Vec<Pending> {
    let mut pending = Vec::new();
    for request in &submission.requests {
        let Ok(scope) = request.scope else { continue };
        if scopes[scope.0 as usize].is_none() {
            continue;
        }
        let scope = same[scope.0 as usize];
        for contact in request.contacts.clone() {
            if let Contact::Device(device) = submission.contacts[contact]
                && is_pending(contact, device.0)
            {
                pending.push(Pending {
                    device: device.0,
                    scope,
                    contact: contact as u32,
                });
            }
        }
    }
    let rank = ranks(submission, &pending);
    pending.sort_unstable_by_key(|p| (rank[p.device as usize], p.scope, p.contact));
    pending
}

/// The rank of each pending device by kind and value. Neighbours in this order are neighbours in the indexes of their
/// columns. Workers that go through the kinds in the same order seldom meet in a row that holds devices of two kinds.
fn ranks(submission: &Submission, pending: &[Pending]) -> Vec<u32> {
    let mut devices: Vec<u32> = pending.iter().map(|p| p.device).collect();
    devices.sort_unstable();
    devices.dedup();
    devices.sort_by(|a, b| submission.devices[*a as usize].cmp(&submission.devices[*b as usize]));
    let mut ranks = vec![0; submission.devices.len()];
    for (rank, device) in (0..).zip(devices) {
        ranks[device as usize] = rank;
    }
    ranks
}

/// Maps each scope to the first equal one. Short codes that no account of the scope owns do not make it different:
/// otherwise one file could have the accounts of an enterprise staged a million times.
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

/// The scopes, with an empty one in place of each that is unknown or equal to an earlier one.
fn distinct_scopes(scopes: &[Option<Scope>], same: &[u32]) -> Vec<Scope> {
    let empty = Scope {
        accounts: Arc::new([]),
        short_codes: vec![],
    };
    let distinct = (0..).zip(scopes).map(|(number, scope)| match scope {
        Some(scope) if same[number as usize] == number => scope.clone(),
        _ => empty.clone(),
    });
    distinct.collect()
}

/// `None` where an account has no dialling code.
fn national_format(account: &Account) -> Option<NationalFormat> {
    let code = account.dialling_code.as_ref();
    let dialling_code = code.filter(|code| !code.is_empty())?.clone();
    Some(NationalFormat {
        dialling_code,
        trunk_prefix: account.trunk_prefix.clone().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::request::{Action, Product};
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
    fn devices_are_ordered_by_kind_and_value() {
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
}
