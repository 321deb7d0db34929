//! Devices that a typing error could have turned into the requested ones.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::catalogue::plan::{Staging, Target};
use crate::domain::device::Device;
use crate::domain::submission::{Contact, DeviceId, Request, ScopeId, Submission};

/// The transposed devices of a submission.
pub(super) struct Neighbours {
    /// A submission of these devices in the same scopes.
    pub(super) submission: Submission,
    /// For each target of the original submission, the indices of its transposed devices in [`Neighbours::submission`].
    pub(super) by_target: Vec<Vec<u32>>,
}

/// Finds the devices that differ from a requested one by a transposition of two neighbouring digits. Devices that are
/// requested in the same scope are left out.
pub(super) fn neighbours(submission: &Submission, staging: &Staging) -> Neighbours {
    let device =
        |target: &Target| &submission.devices[staging.devices[target.device as usize] as usize];
    let requested: HashSet<(&Device, u32)> = staging
        .targets
        .iter()
        .map(|target| (device(target), target.scope))
        .collect();
    let mut others = Submission::default();
    let mut numbers: HashMap<Device, u32> = HashMap::new();
    let mut by_scope: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let mut by_target = Vec::with_capacity(staging.targets.len());
    for target in &staging.targets {
        let mut own = Vec::new();
        for other in device(target).transposed() {
            if requested.contains(&(&other, target.scope)) {
                continue;
            }
            let next = others.devices.len() as u32;
            let number = *numbers.entry(other.clone()).or_insert(next);
            if number == next {
                others.devices.push(other);
            }
            own.push(number);
        }
        by_scope.entry(target.scope).or_default().extend(&own);
        own.sort_unstable();
        own.dedup();
        by_target.push(own);
    }
    for (scope, devices) in by_scope {
        let first = others.contacts.len();
        let contacts = devices.into_iter().map(|d| Contact::Device(DeviceId(d)));
        others.contacts.extend(contacts);
        others.requests.push(Request {
            scope: Ok(ScopeId(scope)),
            contacts: first..others.contacts.len(),
        });
    }
    Neighbours {
        submission: others,
        by_target,
    }
}
