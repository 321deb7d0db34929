//! The order of the submissions of a drop: a FORGET never overtakes an EXPORT that shares a device with it (contract section 1).
//!
//! A pass first processes the EXPORTs of a drop. Then it lists those that are still unfinished, for whatever reason, and compares each
//! FORGET with them.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;

use crate::domain::device::Device;
use crate::domain::request::Action;
use crate::drop::{Entry, FileName, Fingerprint, State};
use crate::ledger::{self, OpenSubmission, PendingControl};
use crate::service::ServiceError;
use crate::service::pipeline::TakenSubmission;
use crate::service::runner::left::Left;
use crate::service::runner::open_drop::Open;
use crate::service::runner::state::Runner;
use crate::service::runner::summary::Summary;
use crate::service::runner::target::Wanted;

/// Most EXPORTs that a message names.
const MAX_NAMED: usize = 3;

/// Which submissions that earlier runs left open a pass continues.
#[derive(Clone, Copy)]
pub(super) enum Turn<'a> {
    /// EXPORTs, and FORGETs that have begun: those were ahead of every EXPORT that is unfinished now.
    First,
    /// FORGETs that were taken and not begun, unless they wait for one of these EXPORTs.
    Second(&'a UnfinishedExports),
}

impl Turn<'_> {
    pub(super) fn includes(self, open: &OpenSubmission) -> bool {
        is_second(open) == matches!(self, Turn::Second(_))
    }
}

/// Whether a submission is a FORGET that was taken and not begun.
pub(super) fn is_second(open: &OpenSubmission) -> bool {
    open.file_name.action() == Action::Forget && open.state == ledger::State::Received
}

/// The EXPORTs of a drop that are due or were begun, and are not done.
#[derive(Debug, Default)]
pub(super) struct UnfinishedExports(Vec<UnfinishedExport>);

#[derive(Debug)]
struct UnfinishedExport {
    name: FileName,
    /// Whether a run has taken it: then a later run continues it, whatever its date.
    is_taken: bool,
    /// `None`: they cannot be read yet.
    devices: Option<HashSet<Device>>,
}

/// What a FORGET waits for.
#[derive(Debug, PartialEq, Eq)]
struct Wait {
    exports: Vec<FileName>,
    /// Whether one of them was taken.
    is_taken: bool,
    /// Whether the devices of one of them cannot be read yet.
    is_unreadable: bool,
}

impl UnfinishedExports {
    /// What a FORGET of these devices waits for; `None`: nothing.
    fn before(&self, devices: &[Device]) -> Option<Wait> {
        let is_before = |export: &&UnfinishedExport| match &export.devices {
            Some(exported) => devices.iter().any(|device| exported.contains(device)),
            None => true,
        };
        let before: Vec<_> = self.0.iter().filter(is_before).collect();
        (!before.is_empty()).then(|| Wait {
            exports: before.iter().map(|export| export.name.clone()).collect(),
            is_taken: before.iter().any(|export| export.is_taken),
            is_unreadable: before.iter().any(|export| export.devices.is_none()),
        })
    }
}

impl Wait {
    /// Why, as a message of three lines.
    fn reason(&self) -> String {
        let named = self.exports.iter().take(MAX_NAMED).map(FileName::as_str);
        let mut named = named.collect::<Vec<_>>().join(", ");
        match self.exports.len().saturating_sub(MAX_NAMED) {
            0 => {}
            more => named += &format!(" and {more} more"),
        }
        let detail = match self.is_unreadable {
            true => {
                "an EXPORT that is not done, and whose devices cannot be read yet, holds back every FORGET of this drop"
            }
            false => "an EXPORT that is not done names one of its devices",
        };
        format!(
            "waits for {named}\n  detail: {detail}\n  hint: complete, cancel or remove the EXPORT; the next run processes this file"
        )
    }
}

impl Runner<'_> {
    /// The EXPORTs of a drop that are unfinished now; `None`: the drop cannot be read, so that all its FORGETs stay.
    pub(super) async fn unfinished_exports(
        &self,
        open: &Open<'_>,
        summary: &mut Summary,
    ) -> Result<Option<UnfinishedExports>, ServiceError> {
        let entries = match open.folder.look() {
            Ok(entries) => entries,
            Err(error) => {
                self.unusable(open.drop, error, summary);
                return Ok(None);
            }
        };
        let today = self.clock().today(open.drop.time_zone);
        let mut names: BTreeMap<FileName, Option<Fingerprint>> = BTreeMap::new();
        for begun in ledger::open_submissions(&self.session, &open.drop.name).await? {
            names.insert(begun.file_name, None);
        }
        for entry in entries {
            if let Entry::Proper { name, state } = entry
                && let State::Plain(fingerprint) = state
                && (names.contains_key(&name) || is_due(&name, open.wanted, today))
            {
                names.insert(name, Some(fingerprint));
            }
        }
        names.retain(|name, _| name.action() == Action::Export);
        let texts = names.keys().map(FileName::as_str);
        let all_known = ledger::known_all(&self.session, &open.drop.name, texts).await?;
        let context = self.submission_context(open);
        let mut exports = Vec::new();
        for (name, fingerprint) in names {
            let known = all_known.get(name.as_str());
            if known.is_some_and(|known| known.state == ledger::State::Done) {
                continue;
            }
            let devices = context.submitted_devices(&name, fingerprint.as_ref(), known);
            exports.push(UnfinishedExport {
                name,
                is_taken: known.is_some_and(|known| known.digest.is_some()),
                devices: devices.map(HashSet::from_iter),
            });
        }
        Ok(Some(UnfinishedExports(exports)))
    }

    /// Whether a FORGET that was taken is not processed, because it waits for an EXPORT. It gives its name back, unless a run has taken
    /// that EXPORT: then both are continued by later runs, whatever their date.
    pub(super) async fn waits(
        &self,
        open: &Open<'_>,
        exports: &UnfinishedExports,
        taken: &TakenSubmission,
        summary: &mut Summary,
    ) -> Result<bool, ServiceError> {
        if exports.0.is_empty() {
            return Ok(false);
        }
        let context = self.submission_context(open);
        let devices = match context.taken_devices(taken) {
            Ok(devices) => devices,
            Err(error) => {
                ledger::unlock(&self.session, taken.submission_id).await?;
                self.failed(open, &taken.name, error, summary)?;
                return Ok(true);
            }
        };
        let Some(wait) = exports.before(&devices) else {
            return Ok(false);
        };
        // One that is cancelled may end: it forgets nothing.
        let request = ledger::pending_control(&self.session, taken.submission_id).await?;
        if request == Some(PendingControl::Cancel) {
            return Ok(false);
        }
        match wait.is_taken {
            true => ledger::unlock(&self.session, taken.submission_id).await?,
            false => context.withdraw(taken.submission_id).await?,
        }
        let left = Left::waiting(wait.reason(), &wait.exports);
        self.leave(open, &taken.name, left, summary);
        Ok(true)
    }
}

/// Whether a run is to process a file. Next to a run over some files only, other runs process those of today.
fn is_due(name: &FileName, wanted: &Wanted, today: NaiveDate) -> bool {
    wanted.has(name) || matches!(wanted, Wanted::Files(_)) && name.date() == today
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::device::DeviceKind;

    fn device(phone: &str) -> Device {
        Device::parse(DeviceKind::Phone, phone).unwrap()
    }

    fn export(unique: &str, devices: Option<&[&str]>) -> UnfinishedExport {
        UnfinishedExport {
            name: FileName::parse(format!("export-20180315_{unique}.json")).unwrap(),
            is_taken: unique.starts_with("taken"),
            devices: devices.map(|devices| devices.iter().map(|phone| device(phone)).collect()),
        }
    }

    fn names(wait: &Wait) -> Vec<&str> {
        wait.exports
            .iter()
            .map(|name| &name.as_str()[16..])
            .collect()
    }

    #[test]
    fn a_forget_waits_for_exports_of_its_devices_only() {
        let exports = UnfinishedExports(vec![
            export("a", Some(&["+16175550101", "+16175550102"])),
            export("taken", Some(&["+16175550103"])),
        ]);
        assert_eq!(exports.before(&[device("+16175550104")]), None);
        assert_eq!(exports.before(&[]), None);
        let wait = exports.before(&[device("+16175550104"), device("+1 617 555 0102")]);
        let wait = wait.unwrap();
        assert_eq!((names(&wait), wait.is_taken), (vec!["a.json"], false));
        let wait = exports.before(&[device("+16175550101"), device("+16175550103")]);
        let wait = wait.unwrap();
        assert_eq!((names(&wait).len(), wait.is_taken), (2, true));
        assert!(!wait.is_unreadable);
    }

    #[test]
    fn an_export_that_cannot_be_read_holds_back_every_forget() {
        let exports = UnfinishedExports(vec![
            export("a", Some(&["+16175550101"])),
            export("cut", None),
        ]);
        let wait = exports.before(&[]).unwrap();
        assert_eq!((names(&wait), wait.is_unreadable), (vec!["cut.json"], true));
    }

    #[test]
    fn a_message_names_few_exports() {
        let one = |n: usize| export(&n.to_string(), None);
        let wait = UnfinishedExports((1..=5).map(one).collect()).before(&[]);
        let reason = wait.unwrap().reason();
        assert!(
            reason.contains("_2.json, export-20180315_3.json and 2 more\n"),
            "{reason}"
        );
        assert!(!reason.contains("_4.json"), "{reason}");
    }
}
